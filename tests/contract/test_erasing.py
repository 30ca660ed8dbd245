"""A conversation is erased everywhere, whatever is under way, on SQLite and on PostgreSQL."""

import logging
import os
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from agent.assistant import Assistant
from agent.expiry import expire_now, expiring
from agent.service import open_service
from agent.settings import load_settings
from records.checkpoints import Checkpoints
from records.events import MessageReceived, Rated, Replied
from records.handoffs import Draft, HandOffs
from records.judgements import Item, Judgements, Opinion
from records.store import CONVERSATIONS, Records, UnknownConversation
from tests.conftest import Graph
from tests.postgres import PostgresServer

PAIN = "Me duele al dar el pecho y mi bebé tiene 3 semanas"


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of each kind, for all tests: to open a house takes seconds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('erasing')}/records.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.database()


@pytest.fixture(scope="module")
def assistant(
    url: str, embedded_graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    settings = load_settings(
        data_folder=tmp_path_factory.mktemp("data"),
        records_url=url,
        navigator="menu",
        graph_uri=embedded_graph.uri,
        graph_user=embedded_graph.user,
        graph_password=embedded_graph.password,
        graph_database=embedded_graph.database,
    )
    with open_service(settings) as service:
        yield service.assistant


@pytest.fixture
def thread() -> str:
    """A conversation of the test's own."""
    return uuid.uuid4().hex


def rows(url: str, thread: str) -> dict[str, int]:
    """What the database has of a conversation, by table; those with nothing are left out.

    No events are left when no conversation is: those of another would be counted too.
    """
    engine = sa.create_engine(url)
    found: dict[str, int] = {}
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            columns = {column["name"] for column in sa.inspect(connection).get_columns(name)}
            key = (
                "id"
                if name == "conversations"
                else next(iter(columns & {"thread", "thread_id"}), "")
            )
            its = sa.select(sa.func.count()).select_from(sa.table(name))
            if key:
                its = its.where(sa.column(key, sa.Text) == thread)
            if key or name == "events":
                found[name] = connection.scalar(its) or 0
    engine.dispose()
    return {name: count for name, count in found.items() if count}


def test_nothing_is_left_in_record_and_checkpoints(
    assistant: Assistant, thread: str, url: str
) -> None:
    assistant.open(thread)
    for number in range(3):
        list(assistant.reply(thread, str(number), PAIN, must_exist=True))
    assistant.note(thread, Rated(node=None, helped=True, comment="gracias"))
    with closing(HandOffs.open(url)) as inbox:
        assert inbox.add(thread, PAIN)
        [waiting] = inbox.of(thread)
        assert inbox.answer(waiting.id, PAIN, Draft(PAIN, "lactancia@1", None, None))
    with closing(Judgements.open(url)) as judgements:
        judgements.add(Item(thread, 1, 0), "ana", Opinion("unsafe", comment=PAIN))
    kept = {"judgements", "conversations", "turns", "checkpoints", "events", "hand_offs", "drafts"}
    kept |= {"conversation_words"}
    assert kept <= set(rows(url, thread))
    assistant.erase(thread)
    assert rows(url, thread) == {}
    with pytest.raises(UnknownConversation):
        assistant.erase(thread)


def test_messages_sent_before_are_answered_and_those_sent_after_find_no_conversation(
    assistant: Assistant, thread: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assistant.open(thread)
    with ThreadPoolExecutor(1) as pool:
        before = [assistant.reply(thread, str(n), PAIN, must_exist=True) for n in range(4)]
        erased = pool.submit(assistant.erase, thread)
        replies = [list(events)[-1] for events in before]
        erased.result(60)
    texts = assistant.texts
    assert [isinstance(r, Replied) and r.text != texts("agent.calm") for r in replies] == [True] * 4
    assert rows(url, thread) == {}
    with caplog.at_level(logging.CRITICAL):
        [after] = assistant.reply(thread, "late", PAIN, must_exist=True)
    assert isinstance(after, Replied)
    assert after.text == texts("agent.calm")
    assert rows(url, thread) == {}


def test_a_turn_that_a_crash_cut_is_erased_too(assistant: Assistant, thread: str, url: str) -> None:
    records = Records.open(url)
    records.begin(
        thread,
        "cut",
        MessageReceived(text=PAIN),
        # This process has its number, but is another: whoever worked on it is gone.
        owner=f"{socket.gethostname()}:{os.getpid()}:gone",
        tree="lactancia@1",
        navigator="menu",
        model=None,
    )
    assistant.erase(thread)
    records.close()
    assert rows(url, thread) == {}


def test_a_conversation_that_began_with_its_first_message_is_erased(
    assistant: Assistant, thread: str, url: str
) -> None:
    list(assistant.reply(thread, "0", PAIN))
    assistant.erase(thread)
    assert rows(url, thread) == {}
    # On the page she may go on: that is a new conversation.
    list(assistant.reply(thread, "0", "hola"))
    assert [type(event) for event in assistant.history(thread)][:1] == [MessageReceived]
    assistant.erase(thread)


def make_old(url: str, thread: str, days: int) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        its = CONVERSATIONS.update().where(CONVERSATIONS.c.id == thread)
        connection.execute(its.values(last_at=datetime.now(UTC) - timedelta(days=days)))
    engine.dispose()


def test_old_conversations_expire_everywhere(assistant: Assistant, thread: str, url: str) -> None:
    recent = uuid.uuid4().hex
    for each in (thread, recent):
        list(assistant.reply(each, "0", PAIN))
    make_old(url, thread, days=31)
    before = rows(url, recent)
    assert expire_now(load_settings(records_url=url), days=32) == 0
    assert "checkpoints" in rows(url, thread)
    assert expire_now(load_settings(records_url=url), days=30) == 1
    # Of events only those of the recent one are left.
    left = rows(url, thread)
    assert left.keys() <= {"events"}
    assert rows(url, recent)["checkpoints"] == before["checkpoints"]
    # What she says on the same page later is a new conversation.
    replies = list(assistant.reply(thread, "0", PAIN))
    assert isinstance(replies[-1], Replied)
    for each in (thread, recent):
        assistant.erase(each)


def test_checkpoints_that_a_crash_left_behind_are_swept(
    assistant: Assistant, thread: str, url: str
) -> None:
    list(assistant.reply(thread, "0", PAIN))
    with closing(Records.open(url)) as records:
        records.erase(thread)
    assert "checkpoints" in rows(url, thread)
    expire_now(load_settings(records_url=url), days=30)
    assert rows(url, thread) == {}


def test_they_expire_again_and_again_while_the_program_runs(
    assistant: Assistant, thread: str, url: str
) -> None:
    list(assistant.reply(thread, "0", PAIN))
    with (
        closing(Records.open(url)) as records,
        closing(Checkpoints.open(url)) as checkpoints,
        expiring(records, checkpoints, days=30, every=0.1),
    ):
        assert thread in records.threads()
        make_old(url, thread, days=31)
        until = time.monotonic() + 20
        while thread in checkpoints.threads() and time.monotonic() < until:
            time.sleep(0.05)
    assert rows(url, thread) == {}
