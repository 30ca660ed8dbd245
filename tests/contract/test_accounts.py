"""Accounts, sessions, the log and the exports' register, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from agent.settings import load_settings
from records.accounts import AccountError, Accounts
from records.audit import Audit, Sought
from records.database import AUDIT, SESSIONS, open_database
from records.events import MessageReceived, Rated, Replied
from records.exports import Exports
from records.sessions import REVEALED_FOR, Sessions
from records.store import CONVERSATIONS, Records, UnknownConversation
from ui.experts.assembly import open_panel

PASSWORD = "una frase bastante larga"
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def engine(records_url: str) -> Iterator[sa.Engine]:
    opened = open_database(records_url)
    yield opened
    opened.dispose()


@pytest.fixture
def accounts(engine: sa.Engine) -> Accounts:
    return Accounts(engine)


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    return Sessions(engine, idle=IDLE, longest=LONGEST)


@pytest.fixture
def audit(engine: sa.Engine) -> Audit:
    return Audit(engine)


def conversation(records: Records, thread: str) -> None:
    said = MessageReceived(text="hola")
    records.begin(thread, "0", said, owner="a", tree="es@1", navigator="menu", model=None)
    records.finish(thread, "0", [Replied(kind="answer", text="Así.", node="n")])


def test_an_account_is_found_however_its_name_is_written(accounts: Accounts) -> None:
    assert not accounts.any()
    made = accounts.add("  Ana  García ", "expert", PASSWORD)
    assert (made.name, made.role, made.last_sign_in_at) == ("Ana García", "expert", None)
    # The same letters composed another way, in capitals.
    found = accounts.verify("ANA GARCI\u0301A", PASSWORD)
    assert found is not None
    assert found.name == "Ana García"
    assert accounts.verify("Ana García", PASSWORD + " ") is None
    assert accounts.verify("Nadie", PASSWORD) is None
    accounts.signed_in("ana garcía")
    [listed] = accounts.all()
    assert listed.last_sign_in_at is not None
    assert accounts.any()
    with pytest.raises(AccountError, match="there is an account 'ana GARCÍA' already"):
        accounts.add("ana GARCÍA", "admin", PASSWORD)


@pytest.mark.parametrize("name", ["", " ", "-ana", "ana;", "a" * 65, "ana\x00"])
def test_what_is_no_name_is_quoted(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError, match="is no name of an account") as refused:
        accounts.add(name, "expert", PASSWORD)
    assert repr(name) in str(refused.value)


def test_a_short_password_is_refused_and_not_quoted(accounts: Accounts) -> None:
    for password in ("corta", "x" * 257):
        with pytest.raises(AccountError, match="12 to 256 characters") as refused:
            accounts.add("ana", "expert", password)
        assert password not in str(refused.value)
    accounts.add("ana", "expert", "x" * 12)
    with pytest.raises(AccountError, match="no account is called 'eva'; there are: 'ana'"):
        accounts.set_role("eva", "admin")


def test_passwords_are_hashed_with_argon2id(accounts: Accounts, engine: sa.Engine) -> None:
    accounts.add("ana", "expert", PASSWORD)
    accounts.add("eva", "expert", PASSWORD)
    hashes = [accounts.credential(name) or "" for name in ("ana", "eva")]
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in hashes)
    assert hashes[0] != hashes[1]
    assert not any(PASSWORD in one for one in hashes)


def test_a_session_is_known_by_its_token_only(
    accounts: Accounts, sessions: Sessions, engine: sa.Engine
) -> None:
    accounts.add("ana", "expert", PASSWORD)
    token = sessions.begin("ana", accounts.credential("ana") or "")
    found = sessions.find(token, accounts.credential)
    assert found is not None
    assert found.account == "ana"
    for forged in ("", "x" * 43, token[:-1], token + "x", found.hash):
        assert sessions.find(forged, accounts.credential) is None
    with engine.connect() as connection:
        stored = str(connection.execute(sa.select(SESSIONS)).all())
    assert token not in stored
    sessions.end(token)
    assert sessions.find(token, accounts.credential) is None


def test_a_new_password_and_a_disabled_account_end_sessions(
    accounts: Accounts, sessions: Sessions
) -> None:
    def session() -> str:
        return sessions.begin("ana", accounts.credential("ana") or "")

    accounts.add("ana", "expert", PASSWORD)
    before = [session(), session()]
    accounts.set_password("ana", PASSWORD + "!")
    assert [sessions.find(one, accounts.credential) for one in before] == [None, None]
    after = session()
    accounts.disable("ana")
    assert accounts.verify("ana", PASSWORD + "!") is None
    assert accounts.credential("ana") is None
    assert not accounts.any()
    accounts.enable("ana")
    assert sessions.find(after, accounts.credential) is None, "it does not come back to life"
    assert accounts.verify("ana", PASSWORD + "!") is not None


@pytest.mark.parametrize(
    ("column", "age", "lives"),
    [
        ("used_at", IDLE - timedelta(minutes=1), True),
        ("used_at", IDLE + timedelta(minutes=1), False),
        ("created_at", LONGEST - timedelta(minutes=1), True),
        ("created_at", LONGEST + timedelta(minutes=1), False),
    ],
)
def test_sessions_end_by_themselves(
    accounts: Accounts,
    sessions: Sessions,
    engine: sa.Engine,
    column: str,
    age: timedelta,
    lives: bool,
) -> None:
    accounts.add("ana", "expert", PASSWORD)
    token = sessions.begin("ana", accounts.credential("ana") or "")
    with engine.begin() as connection:
        connection.execute(SESSIONS.update().values({column: datetime.now(UTC) - age}))
    assert (sessions.find(token, accounts.credential) is not None) == lives
    sessions.sweep()
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(SESSIONS)).all()) == lives
    if lives and column == "used_at":  # being used, it goes on
        again = sessions.find(token, accounts.credential)
        assert again is not None
        assert datetime.now(UTC) - again.used_at < timedelta(minutes=1)


def test_what_is_revealed_is_so_for_one_session_and_for_a_while(
    accounts: Accounts, sessions: Sessions, records: Records, engine: sa.Engine
) -> None:
    accounts.add("ana", "expert", PASSWORD)
    conversation(records, "t")
    both = [sessions.begin("ana", accounts.credential("ana") or "") for _ in range(2)]
    mine, other = (sessions.find(token, accounts.credential) for token in both)
    assert mine is not None
    assert other is not None
    until = sessions.reveal(mine, "t")
    assert timedelta(0) < until - datetime.now(UTC) <= REVEALED_FOR
    assert sessions.revealed(mine) == {"t": until}
    assert sessions.revealed(other) == {}
    sessions.reveal(mine, "t")  # again, longer
    sessions.cover(mine, "t")
    assert sessions.revealed(mine) == {}
    with pytest.raises(UnknownConversation):
        sessions.reveal(mine, "forged")
    sessions.reveal(mine, "t")
    records.erase("t")
    assert sessions.revealed(mine) == {}


def test_the_log_keeps_the_fact_and_loses_the_erased_conversation(
    audit: Audit, records: Records
) -> None:
    for thread in ("t", "other"):
        conversation(records, thread)
        audit.note("ana", "expert", "read", thread=thread)
    audit.note("ana", "expert", "read", thread="forged")
    audit.note("–", None, "refused", path="/expertas/consulta", status=401)
    assert [one.thread for one in audit.every(Sought())] == ["t", "other", None, None]
    assert audit.count(Sought(thread="t")) == 1
    records.erase("t")
    assert [one.thread for one in audit.every(Sought())] == [None, "other", None, None]
    assert audit.count(Sought(who="ana", action="read")) == 3
    newest, *_ = audit.entries(Sought(), limit=1)
    assert (newest.action, newest.status, newest.path) == ("refused", 401, "/expertas/consulta")
    assert audit.entries(Sought(), limit=1, offset=4) == []
    assert audit.people() == sorted(["ana", "–"])


def test_the_log_is_found_by_day_and_forgotten_after_its_time(
    audit: Audit, engine: sa.Engine
) -> None:
    for _ in range(3):
        audit.note("ana", "expert", "sign_in")
    now = datetime.now(UTC)
    with engine.begin() as connection:
        first = AUDIT.c.id == sa.select(sa.func.min(AUDIT.c.id)).scalar_subquery()
        old = AUDIT.update().where(first).values(at=now - timedelta(days=731))
        connection.execute(old)
    assert audit.count(Sought(since=now - timedelta(days=1))) == 2
    assert audit.count(Sought(until=now - timedelta(days=1))) == 1
    assert audit.forget(now - timedelta(days=730)) == 1
    assert audit.count(Sought()) == 2


def test_many_write_the_log_at_once(audit: Audit) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: audit.note("ana", "expert", "list"), range(30)))
    assert audit.count(Sought()) == 30


def test_the_register_says_what_of_a_file_is_to_be_destroyed(
    engine: sa.Engine, records: Records
) -> None:
    exports = Exports(engine)
    for thread in ("a", "b", "c"):
        conversation(records, thread)
    first = exports.begin("ana", "csv", masked=True)
    exports.add(first, [(1, "a"), (2, "b"), (3, "c")])
    second = exports.begin("eva", "jsonl", masked=False)
    exports.add(second, [(1, "b")])
    assert exports.holding("b") == [(first, 2), (second, 1)]
    records.erase("b")
    assert exports.holding("b") == []
    newest, oldest = exports.all()
    assert (newest.id, newest.who, newest.masked, newest.conversations) == (second, "eva", False, 1)
    assert list(newest.erased) == [1]
    assert (oldest.conversations, list(oldest.erased)) == (3, [2])


def test_what_she_wrote_is_read_of_many_conversations_at_once(records: Records) -> None:
    for thread in ("a", "b"):
        conversation(records, thread)
    records.note("a", Rated(node="n", helped=True, comment="gracias"))
    assert records.messages(["a", "b", "none"]) == {"a": ["hola", "gracias"], "b": ["hola"]}
    assert records.messages([]) == {}


def test_what_expires_is_named_nowhere(
    accounts: Accounts, sessions: Sessions, audit: Audit, records: Records, engine: sa.Engine
) -> None:
    accounts.add("ana", "expert", PASSWORD)
    exports = Exports(engine)
    export = exports.begin("ana", "csv", masked=True)
    token = sessions.begin("ana", accounts.credential("ana") or "")
    session = sessions.find(token, accounts.credential)
    assert session is not None
    for number, thread in enumerate(("old", "new"), 1):
        conversation(records, thread)
        audit.note("ana", "expert", "reveal", thread=thread)
        sessions.reveal(session, thread)
        exports.add(export, [(number, thread)])
    with engine.begin() as connection:
        its = CONVERSATIONS.update().where(CONVERSATIONS.c.id == "old")
        connection.execute(its.values(last_at=datetime.now(UTC) - timedelta(days=91)))
    assert records.erase_idle(datetime.now(UTC) - timedelta(days=90)) == 1
    assert [one.thread for one in audit.every(Sought())] == [None, "new"]
    assert set(sessions.revealed(session)) == {"new"}
    assert list(exports.all()[0].erased) == [1]


def test_the_panel_deletes_what_is_too_old_in_its_log(
    records_url: str, records: Records, audit: Audit, engine: sa.Engine
) -> None:
    for _ in range(2):
        audit.note("ana", "expert", "sign_in")
    with engine.begin() as connection:
        first = AUDIT.c.id == sa.select(sa.func.min(AUDIT.c.id)).scalar_subquery()
        old = datetime.now(UTC) - timedelta(days=8)
        connection.execute(AUDIT.update().where(first).values(at=old))
    with open_panel(load_settings(records_url=records_url, audit_days=7), records):
        assert audit.count(Sought()) == 1
