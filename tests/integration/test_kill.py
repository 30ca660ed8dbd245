"""A house that is killed in mid-turn, again and again: nothing is lost, nothing is doubled.

Its process gets SIGKILL at a random moment after it says that it sends a message or looks for a
cut turn. A new process goes on as the page does. In the end the conversation equals that of a
house that nobody disturbed.
"""

import contextlib
import multiprocessing
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from agent.assistant import Assistant
from agent.replay.compare import differences
from records.checkpoints import Checkpoints
from records.events import Event, GraphQueried
from records.store import Records
from tests.integration.conftest import GraphServer, OpenHouse
from tests.integration.talker import FORGET, prepared, talk

CRACK = "Una grieta o costra, a veces con sangre"
STORY = [
    "tengo una grieta en el pezon",
    CRACK,
    "10 dias",
    "perdona, mi bebe tiene 2 meses",
    "Más de una semana y no mejora",
    "Volver",
    "Hace menos de una semana",
    FORGET + "baby_age_days",
    "No lo sé",
    "no entiendo la pregunta",
    "Volver",
    "mi bebe esta azul y no respira",
    "Seguir con mi consulta",
    "Empezar de nuevo",
    "me duele al dar el pecho",
    "Durante casi toda la toma",
    "Redondo, como entró",
    "Volver",
    "Aplastado, en punta o con una raya",
    "Muchas gracias",
    "tengo un bulto en el pecho",
    "No",
    "Empezar de nuevo",
    "quiero saber como hacer una paella",
]
SCRIPT = [*STORY, "Empezar de nuevo", *STORY]
KILLS = 20


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that know nothing of this one, with all imports done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.talker"])
    return context


@dataclass
class Child:
    """A process with a house in it."""

    process: BaseProcess
    news: Any
    """Its end of the pipe is closed when it is gone."""

    def hears(self, seconds: float = 60.0) -> tuple[str, Any] | None:
        """The next line; None when the child is gone."""
        try:
            if not self.news.poll(seconds):
                raise AssertionError(f"the child says nothing for {seconds} s")
            line: tuple[str, Any] = self.news.recv()
        except (EOFError, ConnectionError):
            return None
        return line

    def kill(self) -> None:
        """As the kernel does: no goodbye."""
        self.process.kill()
        self.process.join(20)
        assert self.process.exitcode == -9
        while self.hears(1.0) is not None:
            pass
        self.news.close()


@dataclass
class Killer:
    """Starts children one after the other, and ends them when its dice say so."""

    processes: ForkServerContext
    settings: dict[str, Any]
    thread: str
    script: list[str]
    dice: random.Random
    seconds: list[float]
    """What each line takes in peace: the blow falls within that time, before the next line."""
    kills: int = 0
    cut: int = 0
    """How many of the kills left an open turn behind."""
    followed: int = 0
    """How many children found one and finished it."""
    moments: list[str] = field(default_factory=list)

    def run(self, kills: int, records: Records | None) -> None:
        """Until the script is over."""
        while True:
            child = self._start()
            try:
                over = self._watch(child, kills)
            finally:
                if child.process.is_alive():
                    child.kill()
            if over:
                return
            self.kills += 1
            if records and records.open_turn(self.thread):
                self.cut += 1

    def _start(self) -> Child:
        near, far = self.processes.Pipe(duplex=False)
        arguments = (self.settings, self.thread, self.script, far)
        process = self.processes.Process(target=talk, args=arguments, daemon=True)
        process.start()
        far.close()
        return Child(process, near)

    def _watch(self, child: Child, kills: int) -> bool:
        """True when the script is over, False when the child was killed."""
        while (line := child.hears()) is not None:
            what, detail = line
            if what == "over":
                child.process.join(20)
                child.news.close()
                return True
            if what == "followed":
                self.followed += bool(detail)
            if self.kills < kills and what in ("sent", "following"):
                # Often enough that the kills are done before the script is over.
                left, lines = kills - self.kills, len(self.script) - (detail or 0)
                likely = 1.5 * left / (lines - 2) if lines - 2 > left else 1.0
                if self.dice.random() < (likely if what == "sent" else 0.2):
                    self._strike(child, what, detail or 0)
                    return False
        raise AssertionError("the child ended by itself")

    def _strike(self, child: Child, what: str, line: int) -> None:
        time.sleep(self.dice.random() * self.seconds[line])
        self.moments.append(what)
        child.kill()


def must_be_the_same(one: Records, other: Records, thread: str) -> None:
    """The conversation as the records have it, but for the clock and what was read from the graph.

    Probabilities may differ in the eighth place: another process adds up in another order.
    """
    kept = [
        [item for item in records.events(thread) if not isinstance(item.event, GraphQueried)]
        for records in (one, other)
    ]
    places = [[(item.turn, item.event.type) for item in items] for items in kept]
    assert places[0] == places[1]
    events = [[item.event for item in items] for items in kept]
    assert list(differences(0, *events)) == []


def undisturbed(assistant: Assistant, thread: str, script: list[str]) -> list[float]:
    """The same conversation in peace; returns the seconds that each turn took, at most 0.25."""
    seconds: list[float] = []
    for number, line in enumerate(script):
        started = time.monotonic()
        events: Iterator[Event]
        if line.startswith(FORGET):
            events = assistant.correct(thread, str(number), line.removeprefix(FORGET))
        else:
            events = assistant.reply(thread, str(number), line)
        assert list(events)[-1].type == "replied"
        seconds.append(min(time.monotonic() - started, 0.25))
    return seconds


def test_twenty_kills(
    graph_server: GraphServer, open_house: OpenHouse, tmp_path: Path, processes: ForkServerContext
) -> None:
    peace = open_house(navigator="semantic", data_folder=tmp_path / "peace")
    seconds = undisturbed(peace.assistant, "mother", SCRIPT)
    settings = prepared(tmp_path / "war", graph_server.settings())
    url = f"sqlite:///{tmp_path / 'war' / 'records.db'}"
    records = Records.open(url)
    with contextlib.closing(records):
        killer = Killer(processes, settings, "mother", SCRIPT, random.Random(20261123), seconds)
        killer.run(KILLS, records)
        assert killer.kills == KILLS
        must_be_the_same(records, peace.records, "mother")
        assert [turn.status for turn in turns(records, len(SCRIPT))] == ["done"] * len(SCRIPT)
    # The dice must have hit: a kill between two turns proves nothing.
    assert killer.cut >= 5, killer
    assert killer.followed >= 3, killer
    assert state(url, "mother") == state(f"sqlite:///{tmp_path / 'peace' / 'records.db'}", "mother")


def turns(records: Records, count: int) -> list[Any]:
    """Each message's turn, once."""
    found = [records.turn("mother", str(number)) for number in range(count)]
    assert [turn and turn.number for turn in found] == list(range(1, count + 1))
    return found


def state(url: str, thread: str) -> dict[str, Any]:
    """Where the conversation stands, as the next turn will read it."""
    checkpoints = Checkpoints.open(url)
    with contextlib.closing(checkpoints):
        found = checkpoints.saver.get_tuple({"configurable": {"thread_id": thread}})
        assert found is not None
        values: dict[str, Any] = found.checkpoint["channel_values"]
        return {key: value for key, value in values.items() if not key.startswith("branch:")}


def test_three_kills_of_a_house_with_its_own_graph(
    open_house: OpenHouse, tmp_path: Path, processes: ForkServerContext
) -> None:
    """The embedded graph dies with its process, and is there again in the next one."""
    script = STORY[:9]
    peace = open_house(navigator="semantic", data_folder=tmp_path / "peace")
    seconds = undisturbed(peace.assistant, "mother", script)
    settings = prepared(tmp_path / "war", {})
    killer = Killer(processes, settings, "mother", script, random.Random(3), seconds)
    killer.run(3, None)
    assert killer.kills == 3
    records = Records.open(f"sqlite:///{tmp_path / 'war' / 'records.db'}")
    with contextlib.closing(records):
        must_be_the_same(records, peace.records, "mother")
