"""What the record promises of the API's clients and of erasing, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from records.clients import Clients
from records.events import MessageReceived, Replied
from records.store import RecordError, Records, UnknownConversation


@pytest.fixture
def clients(records_url: str) -> Iterator[Clients]:
    opened = Clients.open(records_url)
    yield opened
    opened.close()


def open_conversation(records: Records, thread: str) -> None:
    records.open_conversation(thread, tree="es@1", navigator="menu", model=None)


# Keys


def test_a_key_is_known_by_its_text(clients: Clients) -> None:
    text = clients.create_key("clínica", "app", "60/minute")
    other = clients.create_key("clínica", "researcher", "5/hour")
    known = clients.authenticate(text)
    assert known is not None
    assert (known.client, known.role, known.rate) == ("clínica", "app", "60/minute")
    assert known.revoked_at is None
    found = clients.authenticate(other)
    assert found is not None
    assert clients.all_keys() == [known, found]


@pytest.mark.parametrize("change", [str.upper, lambda t: t[:-1], lambda t: t + "x", lambda _: ""])
def test_another_text_is_no_key(clients: Clients, change: object) -> None:
    assert callable(change)
    text = clients.create_key("a", "app", "60/minute")
    assert clients.authenticate(change(text)) is None


def test_the_secret_of_one_key_does_not_open_another(clients: Clients) -> None:
    first = clients.create_key("a", "app", "60/minute").split("_", 2)
    second = clients.create_key("b", "admin", "60/minute").split("_", 2)
    assert clients.authenticate("_".join([*second[:2], first[2]])) is None


def test_the_database_holds_no_secret(clients: Clients, records_url: str) -> None:
    text = clients.create_key("a", "app", "60/minute")
    engine = sa.create_engine(records_url)
    with engine.connect() as connection:
        [row] = connection.execute(sa.text("SELECT * FROM api_keys")).all()
    engine.dispose()
    assert text.split("_", 2)[2] not in str(row)


def test_a_revoked_key_is_none_at_once(clients: Clients, records_url: str) -> None:
    text = clients.create_key("a", "app", "60/minute")
    assert clients.has_keys()
    [known] = clients.all_keys()
    elsewhere = Clients.open(records_url)
    assert elsewhere.revoke(known.id)
    assert not elsewhere.revoke(known.id)
    elsewhere.close()
    assert clients.authenticate(text) is None
    assert not clients.has_keys()
    [revoked] = clients.all_keys()
    assert revoked.revoked_at is not None


# Conversations


def test_a_conversation_has_the_client_that_opened_it(clients: Clients, records: Records) -> None:
    open_conversation(records, "t")
    clients.claim("t", "a")
    assert clients.client_of("t") == "a"
    assert clients.client_of("other") is None
    with pytest.raises(RecordError):
        clients.claim("t", "b")
    with pytest.raises(RecordError):
        clients.claim("nowhere", "b")


def test_an_opened_conversation_is_there_before_its_first_message(records: Records) -> None:
    open_conversation(records, "t")
    open_conversation(records, "t")
    known = records.conversation("t")
    assert known is not None
    assert (known.turns, known.first_words, known.outcome) == (0, "", "open")
    assert records.events("t") == []
    begin(records, "t")
    known = records.conversation("t")
    assert known is not None
    assert known.turns == 1


def begin(records: Records, thread: str, text: str = "hola", *, must_exist: bool = True) -> None:
    records.begin(
        thread,
        "m",
        MessageReceived(text=text),
        owner="one",
        tree="es@1",
        navigator="menu",
        model=None,
        must_exist=must_exist,
    )


def test_a_message_does_not_begin_a_conversation_that_must_exist(records: Records) -> None:
    with pytest.raises(UnknownConversation, match="no such conversation"):
        begin(records, "t")
    assert records.conversation("t") is None


def test_nothing_of_an_erased_conversation_is_left(
    clients: Clients, records: Records, records_url: str
) -> None:
    open_conversation(records, "t")
    clients.claim("t", "a")
    begin(records, "t")
    records.finish("t", "m", [Replied(kind="answer", text="Ponlo al pecho.")])
    records.erase("t")
    assert clients.client_of("t") is None
    with pytest.raises(UnknownConversation):
        begin(records, "t")
    engine = sa.create_engine(records_url)
    with engine.connect() as connection:
        for table in ("conversations", "turns", "events", "conversation_clients"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0
    engine.dispose()


def test_erased_words_are_in_no_file_while_the_record_is_in_use(tmp_path: Path) -> None:
    records = Records.open(f"sqlite:///{tmp_path}/records.db")
    other = Records.open(f"sqlite:///{tmp_path}/records.db")
    begin(records, "t", text="palabras-que-se-borran" * 40, must_exist=False)
    assert other.conversation("t") is not None
    records.erase("t")
    assert all(b"se-borran" not in path.read_bytes() for path in tmp_path.iterdir())
    other.close()
    records.close()


def test_the_record_answers(records: Records) -> None:
    records.check()
