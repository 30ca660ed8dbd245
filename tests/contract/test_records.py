"""What the record promises, on SQLite and on PostgreSQL."""

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from records.events import (
    Decided,
    Event,
    Evidence,
    FactCorrected,
    Failed,
    Level,
    MessageReceived,
    Replied,
)
from records.store import EVENTS, TURNS, RecordError, Records, TurnOpen, TurnRecord
from tests.postgres import PostgresServer
from tests.statements import statements_run

WORDS = "Me duele el pecho 😣👩🏽‍🍼 ñandú «¿qué hago?» \x00 \ud83d fin"


@pytest.fixture
def engine(records_url: str) -> Iterator[sa.Engine]:
    """A way around the record."""
    made = sa.create_engine(records_url, logging_name="test")
    yield made
    made.dispose()


def begin(
    records: Records, thread: str = "t", message_id: str = "m1", text: str = "hola", **changes: Any
) -> tuple[TurnRecord, bool]:
    settings = {"owner": "one", "tree": "es@1", "navigator": "menu", "model": None}
    return records.begin(thread, message_id, MessageReceived(text=text), **{**settings, **changes})


def reply(
    kind: Literal["question", "answer", "danger"] = "answer", urgency: Level = "none"
) -> Replied:
    return Replied(kind=kind, text="Ponlo al pecho más a menudo.", urgency=urgency)


def turn(records: Records, thread: str, message_id: str, *events: Event, **changes: Any) -> None:
    begin(records, thread, message_id, **changes)
    records.finish(thread, message_id, events or [reply()])


# One turn


def test_the_message_is_stored_when_it_begins(records: Records, records_url: str) -> None:
    before = datetime.now(UTC)
    started, created = begin(records, text=WORDS)
    assert created
    assert (started.thread, started.number, started.message_id) == ("t", 1, "m1")
    assert (started.status, started.owner) == ("open", "one")
    assert before <= started.started_at <= datetime.now(UTC)

    again = Records.open(records_url)
    try:
        assert again.open_turn("t") == started
        assert again.turn("t", "m1") == started
        [recorded] = again.events("t")
    finally:
        again.close()
    assert (recorded.turn, recorded.seq, recorded.event) == (1, 0, started.message)
    assert isinstance(recorded.event, MessageReceived)
    assert recorded.event.text == WORDS


def test_a_finished_turn_has_all_its_events_in_order(records: Records) -> None:
    started, _ = begin(records)
    events: list[Event] = [reply("question"), Failed(cause="x"), reply("answer")]
    records.finish("t", "m1", events)
    assert records.turn_events("t", "m1") == [started.message, *events]
    assert [(e.turn, e.seq) for e in records.events("t")] == [(1, 0), (1, 1), (1, 2), (1, 3)]
    assert records.open_turn("t") is None
    done = records.turn("t", "m1")
    assert done is not None
    assert done.status == "done"


def test_a_turn_may_have_no_events(records: Records) -> None:
    begin(records)
    records.finish("t", "m1", [])
    assert len(records.events("t")) == 1
    assert records.last_done("t") == "m1"


def test_turns_are_numbered_and_read_in_order(records: Records) -> None:
    for number in range(1, 13):
        turn(records, "t", f"m{number}")
        turn(records, "other", f"m{number}")
    begin(records, "t", "open")
    assert [e.turn for e in records.events("t")] == [n for n in range(1, 13) for _ in "xy"] + [13]
    assert records.last_done("t") == "m12"


def test_nothing_is_known_of_an_unknown_conversation(records: Records) -> None:
    assert records.open_turn("t") is None
    assert records.turn("t", "m1") is None
    assert records.last_done("t") is None
    assert records.conversation("t") is None
    assert records.conversations() == []
    assert records.events("t") == []
    assert records.turn_events("t", "m1") == []
    assert records.trees_in_use() == set()
    assert records.count() == records.erase("t") == 0


def test_a_correction_is_a_message_too(records: Records) -> None:
    correction = FactCorrected(name="edad")
    started, _ = records.begin(
        "t", "m1", correction, owner="one", tree="es@1", navigator="menu", model=None
    )
    assert records.open_turn("t") == started
    summary = records.conversation("t")
    assert summary is not None
    assert summary.first_words == ""


# Twice the same, two at once


@pytest.mark.parametrize("done", [False, True])
def test_the_same_message_again_changes_nothing(records: Records, done: bool) -> None:
    first, _ = begin(records)
    if done:
        records.finish("t", "m1", [reply()])
    before = records.conversation("t")
    again, created = begin(records, text="otra cosa", owner="two")
    assert not created
    assert again.message == first.message
    assert again.owner == "one"
    assert again.status == ("done" if done else "open")
    assert records.conversation("t") == before


def test_one_message_of_a_conversation_at_a_time(records: Records) -> None:
    started, _ = begin(records)
    before = records.conversation("t")
    with pytest.raises(TurnOpen) as refused:
        begin(records, message_id="m2")
    assert refused.value.turn == started
    assert records.conversation("t") == before
    assert records.turn("t", "m2") is None
    assert begin(records, "other", "m2")[1]
    records.finish("t", "m1", [])
    assert begin(records, message_id="m2")[0].number == 2


def test_the_database_itself_refuses_a_second_open_turn(
    records: Records, engine: sa.Engine
) -> None:
    begin(records)
    row = {"thread": "t", "number": 2, "message_id": "m2", "status": "open", "owner": "x"}
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(TURNS.insert().values(**row, started_at=datetime.now(UTC)))


def test_of_eight_threads_with_the_same_message_one_creates_it(records: Records) -> None:
    for thread in "abcde":
        start = partial(begin, records, thread, "m1", "hola")
        with ThreadPoolExecutor(8) as pool:
            tasks = [pool.submit(start, owner=str(number)) for number in range(8)]
            results = [task.result() for task in tasks]
        assert [created for _, created in results].count(True) == 1
        assert len({found.owner for found, _ in results}) == 1
        assert len(records.events(thread)) == 1


def test_of_eight_threads_with_different_messages_one_is_let_in(records: Records) -> None:
    def attempt(number: int) -> bool:
        try:
            return begin(records, message_id=f"m{number}")[1]
        except TurnOpen:
            return False

    for turns in range(1, 6):
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(attempt, range(turns * 10, turns * 10 + 8))).count(True) == 1
        opened = records.open_turn("t")
        assert opened is not None
        assert opened.number == turns
        records.finish("t", opened.message_id, [])


def test_many_conversations_at_once_do_not_mix(records: Records) -> None:
    def converse(number: int) -> None:
        for message in range(3):
            turn(records, f"t{number}", f"m{message}", text=f"{number}-{message}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(converse, range(16)))
    for number in range(16):
        messages = [e.event for e in records.events(f"t{number}") if e.seq == 0]
        texts = [event.text for event in messages if isinstance(event, MessageReceived)]
        assert texts == [f"{number}-{message}" for message in range(3)]


def _begin_in_process(url: str, barrier: Any, results: Any, owner: str) -> None:
    barrier.wait(60)
    records = Records.open(url)  # in the race too: all create the tables
    results.put(begin(records, owner=owner)[1])
    records.close()


def test_of_four_processes_with_the_same_message_one_creates_it(
    records_url: str, processes: ForkServerContext
) -> None:
    barrier, results = processes.Barrier(4), processes.Queue()
    started = [
        processes.Process(target=_begin_in_process, args=(records_url, barrier, results, str(n)))
        for n in range(4)
    ]
    for process in started:
        process.start()
    created = [results.get(timeout=60) for _ in started]
    for process in started:
        process.join(60)
        assert process.exitcode == 0
    assert created.count(True) == 1


# All or nothing


def infinite() -> Decided:
    surprise = Evidence(source="s", scores={"a": float("-inf")})
    return Decided(
        node=None,
        action="ask",
        why="the next question",
        evidence=[surprise],
        posterior=[],
        threshold=None,
    )


def test_an_event_that_cannot_be_stored_leaves_the_turn_open(records: Records) -> None:
    begin(records)
    with pytest.raises(RecordError, match="not JSON compliant"):
        records.finish("t", "m1", [reply(), infinite(), reply()])
    opened = records.open_turn("t")
    assert opened is not None
    assert opened.status == "open"
    assert [e.seq for e in records.events("t")] == [0]
    records.finish("t", "m1", [reply()])
    assert len(records.events("t")) == 2


def test_a_write_that_the_database_refuses_leaves_the_turn_open(
    records: Records, engine: sa.Engine
) -> None:
    begin(records)
    squatter = {"turn_id": 1, "seq": 2, "type": "failed", "payload": {}, "at": datetime.now(UTC)}
    with engine.begin() as connection:
        connection.execute(EVENTS.insert().values(squatter))
    with pytest.raises(RecordError):
        records.finish("t", "m1", [reply(), reply(), reply()])
    with engine.begin() as connection:
        stored = connection.scalars(sa.select(EVENTS.c.seq).order_by(EVENTS.c.seq))
        assert list(stored) == [0, 2]
        assert connection.scalar(sa.select(TURNS.c.status)) == "open"


def test_only_an_open_turn_is_finished(records: Records) -> None:
    with pytest.raises(RecordError, match="no open turn has the message 'm1'"):
        records.finish("t", "m1", [reply()])
    turn(records, "t", "m1")
    with pytest.raises(RecordError, match="no open turn has the message 'm1'"):
        records.finish("t", "m1", [reply()])
    assert len(records.events("t")) == 2


# Taking over


def test_an_open_turn_is_taken_over_once(records: Records) -> None:
    begin(records, owner="dead")
    assert records.take_over("t", "m1", "two")
    assert not records.take_over("t", "m1", "two")
    opened = records.open_turn("t")
    assert opened is not None
    assert opened.owner == "two"
    records.finish("t", "m1", [])
    assert not records.take_over("t", "m1", "three")
    assert not records.take_over("t", "other", "three")


def test_of_eight_who_saw_the_same_dead_owner_one_takes_over(records: Records) -> None:
    begin(records, owner="dead")
    with ThreadPoolExecutor(8) as pool:
        won = pool.map(lambda n: records.take_over("t", "m1", n, previous="dead"), "12345678")
        assert list(won).count(True) == 1


# Listing


def test_a_summary(records: Records) -> None:
    begin(records, text="á" * 79 + "😀" + "x", navigator="scored", model="gpt")
    summary = records.conversation("t")
    assert summary is not None
    assert summary.first_words == "á" * 79 + "😀"
    assert (summary.thread, summary.turns) == ("t", 1)
    assert (summary.tree, summary.navigator, summary.model) == ("es@1", "scored", "gpt")
    assert (summary.urgency, summary.outcome) == ("none", "open")
    records.finish("t", "m1", [reply("question")])
    turn(records, "t", "m2", reply("answer", "same_day"), text="otra", tree="es@2", model="other")
    later = records.conversation("t")
    assert later is not None
    assert later.first_words == summary.first_words
    assert (later.turns, later.urgency, later.outcome) == (2, "same_day", "answered")
    assert (later.tree, later.model) == ("es@1", "gpt")
    assert later.created_at == summary.created_at
    assert later.last_at > summary.last_at
    turn(records, "t", "m3", reply("danger", "emergency"))
    turn(records, "t", "m4", reply("answer"))
    last = records.conversation("t")
    assert last is not None
    assert (last.turns, last.urgency, last.outcome) == (4, "emergency", "danger")


def test_the_newest_activity_comes_first(records: Records) -> None:
    for number in range(5):
        turn(records, f"t{number}", "m1")
    turn(records, "t1", "m2")
    listed = records.conversations()
    assert [summary.thread for summary in listed] == ["t1", "t4", "t3", "t2", "t0"]
    assert listed == [records.conversation(summary.thread) for summary in listed]
    assert records.conversations(limit=2, offset=1) == listed[1:3]
    assert records.conversations(limit=2, offset=4) == listed[4:]
    assert records.conversations(limit=2, offset=5) == []
    assert records.count() == 5


def test_one_text_with_a_nul_does_not_spoil_the_list(records: Records) -> None:
    turn(records, "t", "m1", text="a\x00b")
    turn(records, "u", "m1")
    assert [summary.first_words for summary in records.conversations()] == ["hola", "a\x00b"]


def test_a_list_reads_no_event_however_many_conversations_there_are(records: Records) -> None:
    for number in range(3):
        turn(records, f"t{number}", "m1")
    with statements_run() as few:
        records.conversations()
    for number in range(3, 40):
        turn(records, f"t{number}", "m1", MessageReceived(text="x" * 500), reply())
    with statements_run() as many:
        page = records.conversations()
    assert [summary.thread for summary in page] == [f"t{number}" for number in range(39, -1, -1)]
    assert _tables(many) == _tables(few) == ["conversations", "conversation_topics"]


def _tables(statements: list[str]) -> list[str]:
    return re.findall(r"(?:from|join) (\w+)", " ".join(statements))


def test_which_trees_are_in_use(records: Records) -> None:
    turn(records, "a", "m", tree="es@1")
    turn(records, "b", "m", tree="es@2")
    turn(records, "c", "m", tree="es@2")
    assert records.trees_in_use() == {"es@1", "es@2"}
    records.use_tree("a", "es@2")
    assert records.trees_in_use() == {"es@2"}
    with pytest.raises(RecordError, match="no such conversation"):
        records.use_tree("unknown", "es@2")


# Erasing


def test_erasing_takes_one_conversation_and_all_of_it(records: Records) -> None:
    turn(records, "t", "m1", reply(), reply())
    begin(records, "t", "m2")
    turn(records, "other", "m1")
    assert records.erase("t") == 4
    assert records.erase("t") == 0
    assert records.conversation("t") is None
    assert records.events("t") == []
    assert records.count() == 1
    assert len(records.events("other")) == 2
    assert begin(records, "t", "m2")[0].number == 1


def test_erased_words_are_not_left_in_the_file(tmp_path: Path) -> None:
    records = Records.open(f"sqlite:///{tmp_path}/records.db")
    turn(records, "t", "m1", text="palabras-que-se-borran" * 400)
    records.erase("t")
    records.close()
    assert all(b"se-borran" not in path.read_bytes() for path in tmp_path.iterdir())


# Times


def test_times_are_utc_whatever_the_zone(records: Records, engine: sa.Engine) -> None:
    at = datetime(2026, 3, 1, 20, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    message = MessageReceived(text="hola", at=at)
    records.begin("t", "m", message, owner="o", tree="x", navigator="menu", model=None)
    [recorded] = records.events("t")
    assert recorded.event.at == at
    with engine.connect() as connection:
        stored = connection.scalar(sa.select(EVENTS.c.at))
    assert stored == at
    assert stored.tzinfo is UTC
    found = records.turn("t", "m")
    summary = records.conversation("t")
    assert found is not None
    assert summary is not None
    for moment in (found.started_at, summary.created_at, summary.last_at):
        assert moment.tzinfo is UTC
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    other, _ = begin(records, "u")
    assert records.turn("u", "m1") == other  # to the microsecond


# What may not be told


def test_neither_words_nor_password_are_in_errors_logs_or_reprs(
    records_url: str, engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # an operator who wants to see everything
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    records = Records.open(records_url)
    secret = "palabras-privadas"
    started, _ = begin(records, thread="key-to-it", text=secret)
    reprs = repr((started, records.events("key-to-it"), records.conversations()))
    errors: list[BaseException] = []

    def refused(action: Callable[[], object]) -> None:
        with pytest.raises(RecordError) as caught:
            action()
        errors.append(caught.value)

    refused(lambda: begin(records, "key-to-it", "m2", text=secret))
    refused(lambda: begin(records, "key-to-it2", text=secret, owner=None))
    refused(lambda: records.finish("key-to-it", "m1", [Failed(cause=secret), infinite()]))
    refused(lambda: records.finish("key-to-it", "m9", []))
    refused(lambda: records.use_tree("unknown", None))  # type: ignore[arg-type]
    with engine.begin() as connection:
        broken = {"type": "message_received", "text": {"words": secret}}
        connection.execute(EVENTS.update().values(payload=broken))
    refused(lambda: records.events("key-to-it"))

    for error in errors:
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
    records.close()
    logged = [log.getMessage() for log in caplog.records if not log.name.endswith(".test")]
    told = "".join([*map(str, errors), *logged])
    assert secret not in told + reprs
    assert "key-to-it" not in told
    assert PostgresServer.password not in told


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://u:se@cret@h:3/db", "mysql://h:3/db"),
        ("postgresql+asyncpg://u:secret@h/db?x=1", "postgresql+asyncpg://h/db"),
        ("mysql://h/db?password=se@cret", "mysql://…"),
        ("postgresql://user:secret/db", "postgresql://…"),
        ("postgresql://u:secret@h:port/db", "postgresql://…"),
        ("user:secret@h", "…"),
        ("", "…"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db"),
    ],
)
def test_a_bad_url_is_quoted_without_its_password(url: str, shown: str) -> None:
    with pytest.raises(RecordError) as refused:
        Records.open(url)
    assert shown in str(refused.value)
    assert "cret" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("Querido diario:" * 100)
    with pytest.raises(RecordError, match=r"records\.db cannot be opened: DatabaseError: file is"):
        Records.open(f"sqlite:///{tmp_path}/records.db")
    with pytest.raises(RecordError, match="cannot be used"):
        Records.open(f"sqlite:///{tmp_path}/records.db/records.db")


@pytest.mark.postgres
def test_a_refused_password_is_not_told(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = postgres_server.database().replace(PostgresServer.quoted_password, "falsa-clave")
    with pytest.raises(RecordError, match="cannot be opened: OperationalError") as refused:
        Records.open(url)
    assert f"postgresql+psycopg://127.0.0.1:{postgres_server.port}/records_" in str(refused.value)
    assert "falsa-clave" not in str(refused.value) + caplog.text


@pytest.mark.postgres
def test_a_restarted_server_is_found_again(postgres_server: PostgresServer) -> None:
    records = Records.open(postgres_server.database())
    begin(records)
    postgres_server.disconnect_all()
    records.finish("t", "m1", [reply()])
    assert len(records.events("t")) == 2
    records.close()


# SQLite's file


def test_the_sqlite_file_is_safe_and_shared(tmp_path: Path) -> None:
    records = Records.open(f"sqlite:///{tmp_path}/new/folder/records.db")
    begin(records)
    path = tmp_path / "new/folder/records.db"
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    engine = records._engine
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    other.execute("BEGIN IMMEDIATE")
    assert len(records.events("t")) == 1  # who reads does not wait for who writes
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(records.finish, "t", "m1", [reply()])
        time.sleep(0.3)
        assert not waiting.done()
        other.rollback()
        waiting.result(10)
    other.close()
    records.close()
