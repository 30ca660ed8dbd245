"""What fails around a conversation: graph, record, readers, impatient senders, many at once.

In each case she has one calm sentence, her place is kept, and the next message goes on.
"""

import logging
import selectors
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import pytest

from agent.assistant import LONGEST_MESSAGE
from agent.service import Service, open_service
from agent.settings import load_settings
from records.events import Event, Failed, GraphQueried, MessageReceived, Moved, Replied, Screened
from tests.integration.conftest import (
    TEXTS,
    Conversation,
    GraphServer,
    OpenHouse,
    Turn,
    model_settings,
)
from tests.integration.openai_server import Fails, Says, ScriptedModel, calls, wait_until

CRACK = "Una grieta o costra, a veces con sangre"
SORE = "tengo una grieta en el pezon"
CALM = TEXTS("agent.calm")


class Wire:
    """A TCP forwarder between the driver and the graph that can be cut and mended."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self._threads: list[threading.Thread] = []
        self._over = False
        self._start(self._accept)

    def cut(self) -> None:
        """Drop all connections, and refuse new ones."""
        self._cut.set()
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Forward again."""
        self._cut.clear()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        self.cut()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        for thread in list(self._threads):
            thread.join(timeout=5)
        self._listener.close()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over:
            near, _ = self._listener.accept()
            if self._cut.is_set() or self._over:
                near.close()
                continue
            self._start(self._forward, near)

    def _forward(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far, selectors.DefaultSelector() as s:
            with self._lock:
                self._open |= {near, far}
            try:
                s.register(near, selectors.EVENT_READ, far)
                s.register(far, selectors.EVENT_READ, near)
                while not self._cut.is_set():
                    for key, _ in s.select(timeout=0.2):
                        data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                        if not data:
                            return
                        key.data.sendall(data)
            except OSError:
                return
            finally:
                with self._lock:
                    self._open -= {near, far}


@pytest.fixture
def wire(graph_server: GraphServer) -> Iterator[Wire]:
    parts = urlsplit(graph_server.uri)
    assert parts.hostname is not None
    assert parts.port is not None
    with Wire((parts.hostname, parts.port)) as wire:
        yield wire


@pytest.fixture
def house(open_house: OpenHouse, wire: Wire) -> Service:
    """Its graph is at the end of the wire."""
    return open_house(
        navigator="semantic", graph_uri=f"bolt://127.0.0.1:{wire.port}", graph_timeout=1.0
    )


def assert_calm(turn: Turn, before: Turn | None, cause: str) -> None:
    """One sentence and the buttons she had; the cause is for the operators."""
    assert (turn.replied.kind, turn.replied.text) == ("notice", CALM)
    assert turn.replied.options == (before.replied.options if before else [])
    (failed,) = turn.of(Failed)
    assert failed.cause.startswith(cause)


# The graph


def test_the_graph_fails_and_comes_back(house: Service, wire: Wire) -> None:
    mother = Conversation(house.assistant)
    asked = mother.say(SORE)
    wire.cut()
    started = time.monotonic()
    turn = mother.say(CRACK)
    assert_calm(turn, asked, "GraphUnavailable: ")
    assert time.monotonic() - started < 30
    assert turn.of(Moved) == []
    again = mother.say("hola?")
    assert again.replied.node in ("grietas-aspecto", None)
    wire.mend()
    turn = mother.say(CRACK)
    assert turn.replied.node == "edad-bebe"
    assert [m.origin for m in turn.of(Moved)] == ["grietas-aspecto"]


def test_the_first_message_of_all_meets_a_broken_graph(house: Service, wire: Wire) -> None:
    wire.cut()
    mother = Conversation(house.assistant)
    assert_calm(mother.say(SORE), None, "GraphUnavailable: ")
    wire.mend()
    assert mother.say(SORE).replied.node == "grietas-aspecto"


def test_the_graph_fails_between_two_moves(
    open_house: OpenHouse, wire: Wire, model: ScriptedModel
) -> None:
    """What the turn had done is undone: she stands where she read the last question."""
    uri = f"bolt://127.0.0.1:{wire.port}"
    house = open_house(**{**model_settings(model), "graph_uri": uri, "graph_timeout": 1.0})
    mother = Conversation(house.assistant)
    ask = calls("ask", about="x")
    model.script(calls("jump_to", node_id="dolor-cuando"), ask)
    asked = mother.say("Me duele mucho cuando mama mi niña")

    def cut_then_jump(request: object) -> Says:
        wire.cut()
        return calls("jump_to", node_id="grietas-aspecto")

    model.script(calls("choose_option", option_id="toda-la-toma", quote="todo el rato"))
    model.always(cut_then_jump)
    turn = mother.say("todo el rato; y tengo una grieta en el pezon que sangra")
    assert turn.places == ["dolor-forma"], "the record tells what was tried"
    assert_calm(turn, asked, "GraphUnavailable: ")
    wire.mend()
    model.always(ask)
    model.script(calls("read_position"))
    assert mother.say("uf, menuda semana llevamos").replied.node == "dolor-cuando"


def test_danger_needs_neither_graph_nor_model(
    open_house: OpenHouse, wire: Wire, model: ScriptedModel, graph_server: GraphServer
) -> None:
    model.always(Fails(500))
    uri = f"bolt://127.0.0.1:{wire.port}"
    house = open_house(**{**model_settings(model), "graph_uri": uri, "graph_timeout": 1.0})
    wire.cut()
    mother = Conversation(house.assistant)
    for message, urgency in (
        ("mi bebe esta azul y no respira", "emergency"),
        ("tengo fiebre y el pecho rojo y duro", "same_day"),
    ):
        turn = mother.say(message)
        assert (turn.replied.kind, turn.replied.urgency) == ("danger", urgency)
        assert turn.replied.text
        assert turn.of(Failed) == []
        assert turn.of(GraphQueried) == []
    assert mother.history
    assert "112" in {p.number for e in mother.history if isinstance(e, Replied) for p in e.phones}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("mi bebe esta azul y no respira", "danger"),
        ("tengo fiebre y el pecho rojo y duro", "danger"),
        ("tengo un bulto en el pecho", "check"),
    ],
)
def test_danger_in_the_middle_of_a_conversation_whose_place_cannot_be_read(
    house: Service, wire: Wire, message: str, kind: str
) -> None:
    """As after a restart, when nothing of the tree has been read yet."""
    mother = Conversation(house.assistant)
    mother.say(SORE)
    house.store.forget_views()
    wire.cut()
    started = time.monotonic()
    turn = mother.say(message)
    assert turn.replied.kind == kind
    if "azul" in message:
        assert time.monotonic() - started < 2, "an emergency waits for nothing"
        assert turn.replied.phones
    wire.mend()
    if kind == "check":
        mother.say("No")
    house.store.forget_views()
    assert mother.say(CRACK).replied.node == "edad-bebe"


# The record


def test_the_record_fails_at_the_end_of_a_turn(open_house: OpenHouse, tmp_path: Path) -> None:
    """The turn could not be recorded, so it did not happen: it is done again before the next."""
    mother = Conversation(open_house(navigator="semantic").assistant)
    mother.say(SORE)
    with spoilt(tmp_path, "BEFORE UPDATE OF status ON turns"):
        turn = mother.say(CRACK)
        assert (turn.replied.kind, turn.replied.text) == ("notice", CALM)
    turn = mother.say("10 dias")
    assert turn.replied.node == "grietas-primeras-semanas"
    said = [event.text for event in mother.history if isinstance(event, MessageReceived)]
    assert said == [SORE, CRACK, "10 dias"]
    nodes = [event.node for event in mother.history if isinstance(event, Replied)]
    assert nodes == ["grietas-aspecto", "edad-bebe", "grietas-primeras-semanas"]


def test_the_record_fails_and_she_sends_it_again(open_house: OpenHouse, tmp_path: Path) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    mother.say(SORE)
    with spoilt(tmp_path, "BEFORE UPDATE OF status ON turns"):
        assert mother.say(CRACK, "again").replied.text == CALM
    assert mother.say(CRACK, "again").replied.node == "edad-bebe"
    assert [type(e) for e in mother.history].count(MessageReceived) == 2


def test_the_record_fails_and_the_page_is_reloaded(open_house: OpenHouse, tmp_path: Path) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    mother.say(SORE)
    with spoilt(tmp_path, "BEFORE UPDATE OF status ON turns"):
        mother.say(CRACK)
    followed = mother.assistant.follow(mother.thread)
    assert followed is not None
    assert Turn(list(followed)).replied.node == "edad-bebe"
    assert mother.assistant.follow(mother.thread) is None


def test_the_record_fails_at_the_beginning_of_a_turn(open_house: OpenHouse, tmp_path: Path) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    mother.say(SORE)
    with spoilt(tmp_path, "BEFORE INSERT ON turns"):
        turn = mother.say(CRACK)
        assert (turn.replied.kind, turn.replied.text) == ("notice", CALM)
    assert mother.say(CRACK).replied.node == "edad-bebe"


def test_the_checkpoints_fail(open_house: OpenHouse, tmp_path: Path) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    mother.say(SORE)
    with spoilt(tmp_path, "BEFORE INSERT ON checkpoints"):
        turn = mother.say(CRACK)
        assert (turn.replied.kind, turn.replied.text) == ("notice", CALM)
    assert mother.say("10 dias").replied.node == "grietas-primeras-semanas"


class spoilt:  # noqa: N801 - reads as a statement
    """A trigger that refuses a kind of write, for the time of a block."""

    def __init__(self, folder: Path, moment: str) -> None:
        self._connection = sqlite3.connect(folder / "data" / "records.db", isolation_level=None)
        self._moment = moment

    def __enter__(self) -> None:
        self._connection.execute(
            f"CREATE TRIGGER spoilt {self._moment} BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.execute("DROP TRIGGER spoilt")
        self._connection.close()


# Impatience


def test_the_same_message_twice_is_one_turn(open_house: OpenHouse) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    first = mother.say(SORE, "one")
    second = mother.say(SORE, "one")
    assert second.events == first.events
    assert mother.assistant.turns(mother.thread) == 1
    assert mother.history == first.events


def test_the_same_message_from_eight_threads_is_one_turn(open_house: OpenHouse) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    ready = threading.Barrier(8)

    def send(_: int) -> list[Event]:
        ready.wait()
        return list(mother.assistant.reply(mother.thread, "one", SORE))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(send, range(8)))
    assert all(result == results[0] for result in results)
    assert mother.assistant.turns(mother.thread) == 1
    assert [e for e in mother.history if isinstance(e, Moved)] == [
        e for e in results[0] if isinstance(e, Moved)
    ]


def test_messages_in_a_hurry_are_answered_in_order(open_house: OpenHouse) -> None:
    assistant = open_house(navigator="semantic").assistant
    turns = [
        assistant.reply("hurry", str(number), text)
        for number, text in enumerate((SORE, CRACK, "10 dias"))
    ]
    assert assistant.turns("hurry") == 3
    nodes = [Turn(list(turn)).replied.node for turn in reversed(turns)]
    assert nodes == ["grietas-primeras-semanas", "edad-bebe", "grietas-aspecto"]


STORIES = [
    (SORE, CRACK, "10 dias"),
    ("me duele al dar el pecho", "Durante casi toda la toma", "Redondo, como entró"),
    ("quiero saber cómo trabajar y dar el pecho", "Volver al trabajo y seguir con el pecho"),
    ("tengo una grieta, mi bebe tiene 2 meses", CRACK, "Hace menos de una semana"),
]


def test_eight_conversations_at_once_do_not_mix(open_house: OpenHouse) -> None:
    """Each is told what it would be told alone."""
    assistant = open_house(navigator="semantic").assistant

    def tell(number: int) -> list[object]:
        mother = Conversation(assistant)
        for line in STORIES[number % len(STORIES)]:
            mother.say(line)
        return [
            event.model_dump(exclude={"at", "ms"})
            for event in mother.history
            if not isinstance(event, GraphQueried)
        ]

    alone = [tell(number) for number in range(len(STORIES))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(tell, range(24)))
    for number, story in enumerate(together):
        assert story == alone[number % len(STORIES)]


def test_a_very_long_message_is_refused_kindly(open_house: OpenHouse) -> None:
    mother = Conversation(open_house(navigator="semantic").assistant)
    turn = mother.say("a" * (LONGEST_MESSAGE + 1))
    assert turn.replied.text == TEXTS("agent.too_long", limit=LONGEST_MESSAGE)
    assert mother.say(SORE).replied.node == "grietas-aspecto"


# Readers


def test_a_reader_that_stops_does_not_stop_the_turn(led: Service, model: ScriptedModel) -> None:
    mother = Conversation(led.assistant)
    model.script(calls("jump_to", node_id="dolor-cuando"), Says(after=0.3))
    events = mother.assistant.reply(mother.thread, "0", "Me duele mucho cuando mama mi niña")
    assert isinstance(next(iter(events)), MessageReceived)
    del events
    wait_until(lambda: isinstance(mother.history[-1], Replied))
    assert mother.node == "dolor-cuando"


def test_a_page_reloaded_in_the_middle_follows(led: Service, model: ScriptedModel) -> None:
    """It has her message from the history, and the whole turn from its start, once."""
    mother = Conversation(led.assistant)
    going_on = threading.Event()

    def slow(request: object) -> Says:
        going_on.wait(20)
        return Says()

    model.script(calls("jump_to", node_id="dolor-cuando"))
    model.always(slow)
    reading = mother.assistant.reply(mother.thread, "0", "Me duele mucho cuando mama mi niña")
    wait_until(lambda: len(model.requests) == 2)
    assert [event.type for event in mother.history] == ["message_received"]
    assert mother.assistant.turns(mother.thread) == 1
    followed = mother.assistant.follow(mother.thread)
    assert followed is not None
    early = next(iter(followed))
    assert isinstance(early, MessageReceived)
    going_on.set()
    turn = Turn(list(followed))
    assert turn.replied.node == "dolor-cuando"
    assert turn.places == ["dolor-cuando"]
    assert Turn(list(reading)).replied == turn.replied
    wait_until(lambda: mother.assistant.follow(mother.thread) is None)
    assert [event.type for event in mother.history].count("replied") == 1


# Logs


def test_no_log_has_her_words(
    open_house: OpenHouse,
    wire: Wire,
    model: ScriptedModel,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither while all is well nor when everything around fails."""
    marker = "Xochiquetzalina"
    caplog.set_level(logging.INFO)
    for name in ("agent", "records", "tools"):
        caplog.set_level(logging.DEBUG, logger=name)
    uri = f"bolt://127.0.0.1:{wire.port}"
    house = open_house(**{**model_settings(model), "graph_uri": uri, "graph_timeout": 1.0})
    mother = Conversation(house.assistant)
    said = f"A mi niña {marker} le doy el pecho y me duele mucho cuando mama"
    ask = calls("ask", about=marker)
    model.script(calls("search_tree", query=said), calls("jump_to", node_id="dolor-cuando"), ask)
    mother.say(said)
    model.script(
        calls("choose_option", option_id=marker, quote=marker),
        calls(marker),
        Says(
            (),
        ),
    )
    mother.say(f"{marker} no para")
    model.script(*[Fails(500, f"cannot answer {marker}")] * 3)
    mother.say(f"y ahora {marker}")
    with spoilt(tmp_path, "BEFORE UPDATE OF status ON turns"):
        model.script(ask)
        mother.say(f"otra vez {marker}")
    model.always(ask)
    house.store.forget_views()
    wire.cut()
    assert mother.say(f"dime algo, {marker}").replied.text == CALM
    mother.say(f"mi bebe {marker} esta azul y no respira")
    wire.mend()
    mother.say("a" * LONGEST_MESSAGE + marker)
    failures = [event for event in mother.history if isinstance(event, Failed)]
    assert len(failures) >= 2
    screened = [event for event in mother.history if isinstance(event, Screened)]
    assert screened
    written = capfd.readouterr()
    assert marker not in caplog.text
    assert marker not in written.out
    assert marker not in written.err
    assert mother.thread not in caplog.text
    assert "a turn could not be recorded" in caplog.text


def test_settings_of_a_graph_that_is_not_there(tmp_path: Path) -> None:
    """The house does not open, and the operator reads why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = load_settings(
        graph_uri=f"bolt://127.0.0.1:{port}", data_folder=tmp_path, graph_timeout=1.0
    )
    with (
        pytest.raises(Exception, match="the graph did not answer"),
        open_service(settings),
    ):
        pass
