"""The state machine in memory, one turn at a time: as it was recorded, or live."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from agent.models.budget import Budget
from agent.models.providers import NamedModel
from agent.replay.recording import Message, RecordedTurn
from agent.replay.tape import Deck, RecordedBudget, RecordedModel, Tape
from agent.service import in_memory
from agent.settings import Navigator, Phrasing
from agent.state import Context
from agent.turns import House, Turn, TurnRunner
from records.events import Event, FactCorrected, MessageReceived, Prepared


@dataclass(frozen=True)
class Live:
    """What a turn is run with that goes another way than it went."""

    navigator: Navigator
    models: tuple[NamedModel, ...]
    tree: str
    phrasing: Phrasing
    person: bool


@dataclass(frozen=True)
class _RecordedHouse(House):
    """Cuts a turn where it was cut."""

    deck: Deck = field(kw_only=True)

    def context(
        self,
        version: str,
        thread: str,
        navigator: Navigator,
        emit: Callable[[Event], None],
        message: MessageReceived | FactCorrected,
    ) -> Context:
        """What the nodes of a turn are handed."""
        return super().context(version, thread, navigator, self.deck.tape.cutting(emit), message)


class Machine:
    """Runs turns. Not for several threads at once."""

    def __init__(self, memory: House) -> None:
        """`memory` has a record and checkpoints of its own."""
        self._memory = replace(memory, on_turn=lambda _done: None)
        self._deck = Deck()
        self._runners: dict[str, TurnRunner] = {}

    @property
    def trees(self) -> set[str]:
        """The tree versions in the graph."""
        versions = self._memory.brains.store.versions()
        return {version.version for version in versions if version.state != "loading"}

    def again(self, thread: str, turn: RecordedTurn) -> tuple[list[Event], bool]:
        """Run a turn as it was; and whether a model was asked for more than was recorded."""
        self._deck.tape = tape = Tape(turn)
        key = turn.prepared.model_dump_json(exclude={"at"})
        if key not in self._runners:
            self._runners[key] = TurnRunner(self._recorded(turn.prepared))
        return _run(self._runners[key], thread, turn.number, turn.message), tape.exhausted

    def otherwise(self, thread: str, number: int, live: Live) -> Callable[[Message], list[Event]]:
        """Runs the turns from a number on another way. Raises UnknownTree.

        The tree must have the place where the conversation stands.
        """
        house = replace(
            self._memory,
            brains=self._memory.brains.staying_on(live.tree),
            navigator=live.navigator,
            models=live.models,
            phrasing=live.phrasing,
            person=live.person,
            budget=Budget(),
        )
        runner = TurnRunner(house)
        runner.go_on_in(thread, live.tree)
        numbers = iter(range(number, 10**9))
        return lambda message: _run(runner, thread, next(numbers), message)

    def forget(self, thread: str) -> None:
        """Let go of a conversation."""
        self._memory.checkpoints.erase(thread)
        self._memory.records.erase(thread)

    def _recorded(self, prepared: Prepared) -> House:
        given: dict[str, Any] = {one.name: getattr(self._memory, one.name) for one in fields(House)}
        models = [
            NamedModel(name, RecordedModel(deck=self._deck, setting=name))
            for name in prepared.models
        ]
        given |= {
            "brains": self._memory.brains.staying_on(prepared.tree),
            "navigator": cast("Navigator", prepared.navigator),
            "models": tuple(models),
            "phrasing": prepared.phrasing,
            "person": prepared.person,
            "budget": RecordedBudget(deck=self._deck),
        }
        return _RecordedHouse(**given, deck=self._deck)


@contextmanager
def open_machine(house: House) -> Iterator[Machine]:
    """A machine with the parts of a house; it has a record of its own, in memory."""
    with in_memory(house) as memory:
        yield Machine(memory)


def _run(runner: TurnRunner, thread: str, number: int, message: Message) -> list[Event]:
    turn = Turn(thread, str(number), message, must_exist=False)
    runner.run(turn)
    turn.close()
    _, *events = turn
    return events
