"""The way that a conversation took through the tree, from its events alone. Pure.

Whatever version of the tree it was: the record says where each step led, how likely each move
was thought to be, and which conditions held on the way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from records.events import Choice, Decided, Event, Located, Moved, Reason, Replied

SETTLED: Reason = "her words settle it"
"""She pressed a button: from then on every other move has no probability left."""


Kind = Literal["jump", "choose", "set"]


class Recorded(Protocol):
    """An event with its place; records.store.RecordedEvent."""

    @property
    def turn(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def event(self) -> Event: ...


@dataclass(frozen=True)
class Step:
    """One step to a node."""

    number: int
    """From 1, in the order in which they were made; also those that were undone."""
    turn: int
    seq: int
    """With `turn`, the place of its event in the record."""
    kind: Kind
    origin: str | None
    target: str
    move: str
    """Id of the option, the variable or the entry node."""
    label: str
    via: tuple[tuple[str, str], ...]
    """Logic nodes passed, each with the condition that held; "else" for its last way."""
    considered: tuple[Choice, ...]
    """What could have been done, with what was thought before she settled it, best first."""
    undone: Literal["back", "restart"] | None = None

    @property
    def probability(self) -> float | None:
        """That of the move that was made; None where nothing was estimated."""
        return next((one.probability for one in self.considered if one.id == self.move), None)

    @property
    def others(self) -> tuple[Choice, ...]:
        """The roads not taken."""
        return tuple(one for one in self.considered if one.id != self.move)


@dataclass(frozen=True)
class Traversal:
    """All steps of a conversation, and where it stands."""

    steps: tuple[Step, ...] = ()
    here: str | None = None
    """The node where she is; None outside of the tree."""
    ahead: tuple[Choice, ...] = ()
    """What could be done from there, as it was thought last."""
    danger: Replied | None = None
    """The warning, where the conversation ends with one."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What she read first at each node."""


def traversal(recorded: Iterable[Recorded]) -> Traversal:
    """The way through the tree of a whole conversation."""
    steps: list[Step] = []
    path: list[int] = []  # indexes in `steps` of those that were not undone
    thought = _Thought()
    here: str | None = None
    danger: Replied | None = None
    said: dict[str, str] = {}
    for item in sorted(recorded, key=lambda item: (item.turn, item.seq)):
        event = item.event
        if isinstance(event, Located | Decided):
            thought.note(event)
        elif isinstance(event, Replied) and event.kind != "notice":
            danger = event if event.kind == "danger" else None
            if event.node:
                said.setdefault(event.node, event.title or event.text)
        elif isinstance(event, Moved):
            if event.kind == "back" or event.kind == "restart":
                while path and steps[path[-1]].target != event.target:
                    index = path.pop()
                    steps[index] = replace(steps[index], undone=event.kind)
            elif event.target:
                path.append(len(steps))
                steps.append(_step(len(steps) + 1, item, event, event.kind, thought.of(event)))
            here = event.target
            thought = _Thought()
    return Traversal(tuple(steps), here, thought.last(here), danger, said)


class _Thought:
    """How likely each move was thought to be, since the last step."""

    def __init__(self) -> None:
        self._decided: list[tuple[str | None, Reason, Sequence[Choice]]] = []
        self._located: Sequence[Choice] = ()

    def note(self, event: Located | Decided) -> None:
        if isinstance(event, Located):
            self._located = event.candidates
        elif event.posterior:
            self._decided.append((event.node, event.why, event.posterior))

    def of(self, move: Moved) -> tuple[Choice, ...]:
        """What was thought of a move and of those in its place, before she settled it."""
        beliefs = self._at(move.origin)
        if move.kind == "jump":
            beliefs = [*self._at(None), self._located, *beliefs]
        with_it = [it for it in beliefs if any(one.id == move.move for one in it)]
        if move.kind == "jump":
            # She may choose a place that nobody thought of, from the table of contents.
            with_it = with_it or [it for it in beliefs if it]
        return tuple(with_it[0]) if with_it else ()

    def last(self, node: str | None) -> tuple[Choice, ...]:
        """What was thought of what could be done at a node, or outside of the tree."""
        beliefs = self._at(node) if node else [*self._at(None), self._located]
        return tuple(beliefs[0]) if beliefs else ()

    def _at(self, node: str | None) -> list[Sequence[Choice]]:
        """At a node, the newest first; but what was thought while it was open before all."""
        there = [it for it in reversed(self._decided) if it[0] == node]
        return [it[2] for it in sorted(there, key=lambda it: it[1] == SETTLED)]


def _step(
    number: int, item: Recorded, event: Moved, kind: Kind, considered: tuple[Choice, ...]
) -> Step:
    return Step(
        number=number,
        turn=item.turn,
        seq=item.seq,
        kind=kind,
        origin=event.origin,
        target=event.target or "",
        move=event.move,
        label=event.label,
        via=tuple(_passed(one) for one in event.via),
        considered=considered,
    )


def _passed(told: str) -> tuple[str, str]:
    node, _, condition = told.partition(": ")
    return node, condition
