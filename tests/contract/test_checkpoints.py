"""What the checkpoints promise, with a real graph, on SQLite and on PostgreSQL."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Literal, TypedDict

import pytest
import sqlalchemy as sa
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from records.checkpoints import Checkpoints
from records.store import RecordError, Records
from tests.postgres import PostgresServer

Durability = Literal["sync", "exit"]


class Interrupted(Exception):
    """The turn is cut here."""


class State(TypedDict, total=False):
    turn: str
    fails: bool
    path: list[str]
    last_turn: str


def walk(state: State) -> State:
    return {"path": [*state.get("path", []), f"walk {state['turn']}"]}


def decide(state: State) -> State:
    if state.get("fails"):
        raise Interrupted
    return {"path": [*state["path"], f"decide {state['turn']}"]}


def kill_or_decide(state: State) -> State:
    if state.get("fails"):
        os._exit(9)
    return decide(state)


def end(state: State) -> State:
    return {"last_turn": state["turn"]}


class Conversation:
    """A thread of a small graph."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        durability: Durability,
        thread: str = "t",
        second: Any = decide,
    ) -> None:
        builder = StateGraph(State)
        builder.add_node("walk", walk)
        builder.add_node("decide", second)
        builder.add_node("end", end)
        builder.add_edge(START, "walk")
        builder.add_edge("walk", "decide")
        builder.add_edge("decide", "end")
        builder.add_edge("end", END)
        self.graph: CompiledStateGraph[State] = builder.compile(checkpointer=checkpoints.saver)
        self.durability: Durability = durability
        self.config: Any = {"configurable": {"thread_id": thread}}

    def turn(self, turn: str, *, fails: bool = False) -> None:
        given: State = {"turn": turn, "fails": fails}
        self.graph.invoke(given, self.config, durability=self.durability)

    def cut(self, turn: str) -> None:
        with pytest.raises(Interrupted):
            self.turn(turn, fails=True)

    @property
    def state(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The values and what would run next."""
        snapshot = self.graph.get_state(self.config)
        return snapshot.values, snapshot.next


@pytest.fixture
def checkpoints(records_url: str) -> Iterator[Checkpoints]:
    opened = Checkpoints.open(records_url)
    yield opened
    opened.close()


@pytest.fixture
def rows(records_url: str) -> Iterator["Rows"]:
    counter = Rows(records_url)
    yield counter
    counter.engine.dispose()


class Rows:
    """Counts what the backend keeps."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        sqlite = self.engine.dialect.name == "sqlite"
        self.tables = (
            ["checkpoints", "writes"]
            if sqlite
            else ["checkpoints", "checkpoint_writes", "checkpoint_blobs"]
        )

    def __call__(self, thread: str = "t") -> list[int]:
        its = sa.column("thread_id", sa.Text) == thread
        with self.engine.connect() as connection:
            counts = [
                connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)).where(its))
                for name in self.tables
            ]
        return [count or 0 for count in counts]


@pytest.fixture(params=["sync", "exit"])
def conversation(request: pytest.FixtureRequest, checkpoints: Checkpoints) -> Conversation:
    return Conversation(checkpoints, request.param)


# Rolling back


def test_a_cut_turn_is_rolled_back(conversation: Conversation, checkpoints: Checkpoints) -> None:
    conversation.turn("m1")
    conversation.turn("m2")
    good = conversation.state
    conversation.cut("m3")
    assert conversation.state != good
    assert checkpoints.roll_back("t", "m2")
    assert conversation.state == good
    assert conversation.state[1] == ()
    conversation.turn("m3")
    path = conversation.state[0]["path"]
    assert path == [f"{node} m{n}" for n in (1, 2, 3) for node in ("walk", "decide")]


def test_a_turn_cut_twice_is_rolled_back(
    conversation: Conversation, checkpoints: Checkpoints
) -> None:
    conversation.turn("m1")
    good = conversation.state
    conversation.cut("m2")
    conversation.cut("m3")
    assert checkpoints.roll_back("t", "m1")
    assert conversation.state == good


def test_a_turn_that_ended_but_was_not_recorded_is_rolled_back(
    conversation: Conversation, checkpoints: Checkpoints
) -> None:
    conversation.turn("m1")
    good = conversation.state
    conversation.turn("m2")
    conversation.turn("m3")
    assert checkpoints.roll_back("t", "m1")
    assert conversation.state == good


def test_nothing_changes_after_a_whole_turn(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    conversation.turn("m1")
    conversation.turn("m2")
    before = rows(), conversation.state
    assert not checkpoints.roll_back("t", "m2")
    assert (rows(), conversation.state) == before


def test_a_first_turn_that_was_cut_leaves_nothing(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    conversation.cut("m1")
    assert checkpoints.roll_back("t", None)
    assert not any(rows())
    assert not checkpoints.roll_back("t", None)
    conversation.turn("m1")
    assert conversation.state[0]["path"] == ["walk m1", "decide m1"]


def test_a_state_that_is_not_there_is_an_error(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    with pytest.raises(RecordError, match="no checkpoint is left of the turn 'm1'"):
        checkpoints.roll_back("t", "m1")
    conversation.turn("m1")
    before = rows()
    with pytest.raises(RecordError, match="no checkpoint is left of the turn 'm2'"):
        checkpoints.roll_back("t", "m2")
    assert rows() == before


def test_writes_that_a_later_turn_left_on_the_last_state_are_removed(
    conversation: Conversation, checkpoints: Checkpoints
) -> None:
    conversation.turn("m1")
    good = conversation.state
    # What LangGraph keeps for a turn that starts from a command, applied whenever it goes on.
    config = conversation.graph.get_state(conversation.config).config
    nobody = "00000000-0000-0000-0000-000000000000"
    checkpoints.saver.put_writes(config, [("path", ["half done"])], nobody)
    assert conversation.state != good
    assert checkpoints.roll_back("t", "m1")
    assert conversation.state == good


def test_other_conversations_are_left_alone(checkpoints: Checkpoints, rows: Rows) -> None:
    mine, other = (Conversation(checkpoints, "sync", thread) for thread in ("t", "other"))
    for conversation in (mine, other):
        conversation.turn("m1")
        conversation.cut("m2")
    before = rows("other"), other.state
    checkpoints.roll_back("t", "m1")
    checkpoints.prune("t", 1)
    checkpoints.erase("t")
    assert (rows("other"), other.state) == before


def _converse_and_die(url: str, durability: Durability) -> None:
    conversation = Conversation(Checkpoints.open(url), durability, second=kill_or_decide)
    conversation.turn("m1")
    conversation.turn("m2", fails=True)


@pytest.mark.parametrize("durability", ["sync", "exit"])
def test_a_killed_turn_is_rolled_back(
    records_url: str, durability: Durability, processes: ForkServerContext
) -> None:
    process = processes.Process(target=_converse_and_die, args=(records_url, durability))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    checkpoints = Checkpoints.open(records_url)
    conversation = Conversation(checkpoints, durability)
    # Killed, nobody was left to write at the exit: only what was written at once is there.
    assert checkpoints.roll_back("t", "m1") == (durability == "sync")
    assert conversation.state[0]["path"] == ["walk m1", "decide m1"]
    conversation.turn("m2")
    assert conversation.state[0]["path"][2:] == ["walk m2", "decide m2"]
    checkpoints.close()


# Pruning


def test_pruning_keeps_the_conversation_usable(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    for number in range(1, 7):
        conversation.turn(f"m{number}")
    before = conversation.state
    checkpoints.prune("t")
    assert conversation.state == before
    assert rows()[0] == 3
    conversation.cut("m7")
    assert checkpoints.roll_back("t", "m6")
    assert conversation.state == before
    assert checkpoints.roll_back("t", "m4")
    assert conversation.state[0]["last_turn"] == "m4"
    assert len(conversation.state[0]["path"]) == 8
    conversation.turn("m5")
    assert conversation.state[0]["path"][8:] == ["walk m5", "decide m5"]


def test_pruning_at_each_turn_keeps_the_size(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    sizes = set()
    for number in range(1, 12):
        conversation.turn(f"m{number}")
        checkpoints.prune("t", 2)
        sizes.add(tuple(rows()))
    assert len(sizes) <= 2
    assert rows()[0] == 2
    assert len(conversation.state[0]["path"]) == 22


def test_pruning_leaves_what_is_newer_than_the_last_end(
    conversation: Conversation, checkpoints: Checkpoints
) -> None:
    conversation.turn("m1")
    conversation.turn("m2")
    good = conversation.state
    conversation.cut("m3")
    half = conversation.state
    checkpoints.prune("t", 1)
    assert conversation.state == half
    assert checkpoints.roll_back("t", "m2")
    assert conversation.state == good


def test_pruning_what_has_not_ended_or_is_not_there(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    checkpoints.prune("t")
    conversation.cut("m1")
    before = rows()
    checkpoints.prune("t", 1)
    assert rows() == before
    with pytest.raises(ValueError, match="at least 1, not 0"):
        checkpoints.prune("t", 0)


# Erasing


def test_erasing_takes_everything(
    conversation: Conversation, checkpoints: Checkpoints, rows: Rows
) -> None:
    conversation.turn("m1")
    conversation.cut("m2")
    assert all(rows())
    checkpoints.erase("t")
    assert not any(rows())
    assert conversation.state == ({}, ())
    checkpoints.erase("t")


def test_erased_words_are_not_left_in_the_file(tmp_path: Path) -> None:
    checkpoints = Checkpoints.open(f"sqlite:///{tmp_path}/records.db")
    Conversation(checkpoints, "sync").turn("palabras-que-se-borran" * 400)
    checkpoints.erase("t")
    checkpoints.close()
    assert all(b"se-borran" not in path.read_bytes() for path in tmp_path.iterdir())


# The database


def test_what_is_written_is_there_after_a_restart(records_url: str) -> None:
    for turn in ("m1", "m2"):
        checkpoints = Checkpoints.open(records_url)
        Conversation(checkpoints, "sync").turn(turn)
        checkpoints.close()
    again = Checkpoints.open(records_url)
    assert Conversation(again, "sync").state[0]["last_turn"] == "m2"
    again.close()


def test_record_and_checkpoints_share_the_database(records_url: str) -> None:
    checkpoints, records = Checkpoints.open(records_url), Records.open(records_url)
    conversation = Conversation(checkpoints, "sync")
    conversation.turn("m1")
    assert records.count() == 0
    assert conversation.state[0]["last_turn"] == "m1"
    records.close()
    checkpoints.close()


def _open_both(url: str, barrier: Any) -> None:
    barrier.wait(60)
    Checkpoints.open(url).close()
    Records.open(url).close()


def test_four_processes_open_a_new_database_at_once(
    records_url: str, processes: ForkServerContext
) -> None:
    barrier = processes.Barrier(4)
    started = [processes.Process(target=_open_both, args=(records_url, barrier)) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0, 0]


PROGRAM = """
import sys
if sys.argv[2] == "after":
    import langgraph.graph  # fixes LangGraph's own default before it is set
from dataclasses import dataclass
from records.checkpoints import Checkpoints
checkpoints = Checkpoints.open(sys.argv[1])
@dataclass
class Custom:
    words: str
serde = checkpoints.saver.serde
print(serde.loads_typed(serde.dumps_typed(Custom("x"))))
checkpoints.close()
"""


@pytest.mark.parametrize(
    ("imported", "setting", "read"),
    [
        ("before", None, "{'words': 'x'}"),
        ("after", None, "{'words': 'x'}"),
        ("before", "false", "Custom(words='x')"),
    ],
)
def test_only_plain_data_is_read_back(
    tmp_path: Path, imported: str, setting: str | None, read: str
) -> None:
    name = "LANGGRAPH_STRICT_MSGPACK"
    environment = {key: value for key, value in os.environ.items() if key != name}
    if setting:
        environment[name] = setting
    url = f"sqlite:///{tmp_path}/records.db"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, imported],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert done.stdout.strip() == read


def test_a_bad_url_is_quoted_without_its_password() -> None:
    with pytest.raises(RecordError, match="mysql://h/db") as refused:
        Checkpoints.open("mysql://u:secret@h/db")
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("Querido diario:" * 100)
    with pytest.raises(RecordError, match=r"records\.db cannot be opened: DatabaseError: file is"):
        Checkpoints.open(f"sqlite:///{tmp_path}/records.db")


@pytest.mark.postgres
def test_a_refused_password_is_not_told(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = postgres_server.database().replace(PostgresServer.quoted_password, "falsa-clave")
    with pytest.raises(RecordError, match="cannot be opened: OperationalError") as refused:
        Checkpoints.open(url)
    assert "falsa-clave" not in str(refused.value) + caplog.text


@pytest.mark.postgres
def test_a_restarted_server_is_found_again(postgres_server: PostgresServer) -> None:
    checkpoints = Checkpoints.open(postgres_server.database())
    conversation = Conversation(checkpoints, "sync")
    conversation.turn("m1")
    postgres_server.disconnect_all()
    conversation.turn("m2")
    checkpoints.prune("t", 1)
    assert conversation.state[0]["last_turn"] == "m2"
    checkpoints.close()


@pytest.mark.postgres
def test_a_missing_driver_is_named(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres_server.database()
    monkeypatch.setitem(sys.modules, "langgraph.checkpoint.postgres", None)
    with pytest.raises(RecordError, match=r"nodriza\[postgres\]"):
        Checkpoints.open(url)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RecordError, match=r"nodriza\[postgres\]"):
        Checkpoints.open(url)
    with pytest.raises(RecordError, match=r"nodriza\[postgres\]"):
        Records.open(url)
