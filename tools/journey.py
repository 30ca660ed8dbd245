"""A journey: where a conversation stands in its tree, how it came there, and what is known.

It lives in the state as plain data; graph nodes and tools read it, move it, and write it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from tools.conditions import Value
from tools.store import TreeStore
from tools.view import Position, View
from tools.walk import Back, Legal, Move, Restart, SetFact, Step, legal_moves, take, undone_by_back


@dataclass(frozen=True)
class Fact:
    """Something she said about herself or her baby."""

    value: Value | None
    """In the variable's unit; None when she was asked and does not know."""
    quote: str
    """Her words, exactly; empty for a pressed button."""
    turn: str
    """The message that said it."""
    observed_on: str
    """ISO date: an age grows from here."""


class WalkState(TypedDict, total=False):
    """The journey as the checkpointer keeps it."""

    tree: str
    """The tree version, the same for the whole conversation."""
    turn: str
    """Id of the message at hand."""
    message: str
    """Her words in this turn."""
    position: dict[str, Any] | None
    path: list[dict[str, Any]]
    facts: dict[str, dict[str, Any]]
    located: dict[str, str]
    """Entry points that may be jumped to in this turn: title by node."""
    led_by: str | None
    """The model that chooses in this turn."""


_STEPS = TypeAdapter(list[Step])
_FACTS = TypeAdapter(dict[str, Fact])


@dataclass(frozen=True)
class Journey:
    """An immutable journey; each change gives a new one."""

    tree: str
    turn: str
    message: str
    position: Position | None
    path: tuple[Step, ...]
    facts: Mapping[str, Fact]
    located: Mapping[str, str]

    @classmethod
    def of(cls, state: WalkState) -> "Journey":
        """Read the journey from the state."""
        position = state.get("position")
        return cls(
            tree=state["tree"],
            turn=state["turn"],
            message=state["message"],
            position=Position(**position) if position else None,
            path=tuple(_STEPS.validate_python(state.get("path") or [])),
            facts=_FACTS.validate_python(state.get("facts") or {}),
            located=state.get("located") or {},
        )

    def update(self) -> WalkState:
        """What to write back to the state."""
        return {
            "position": dict(vars(self.position)) if self.position else None,
            "path": _STEPS.dump_python(list(self.path), mode="json"),
            "facts": _FACTS.dump_python(dict(self.facts), mode="json"),
            "located": dict(self.located),
        }

    def values(self, today: date) -> dict[str, Value | None]:
        """The facts' values today: an age observed earlier has grown."""
        values: dict[str, Value | None] = {}
        for name, fact in self.facts.items():
            values[name] = fact.value
            if name.endswith("_age_days") and isinstance(fact.value, int | float):
                values[name] = fact.value + (today - date.fromisoformat(fact.observed_on)).days
        return values

    def view(self, store: TreeStore) -> View | None:
        """What is seen where the journey stands."""
        return store.view(self.tree, self.position) if self.position else None

    def legal(self, view: View | None) -> Legal:
        """The moves that are legal now."""
        return legal_moves(view, self.path, self.located)

    def go(
        self, move: Move, view: View | None, store: TreeStore, today: date, quote: str = ""
    ) -> tuple["Journey", Step, View | None]:
        """Make a legal move. Raises as tools.walk.take does, and then nothing has changed."""
        step, seen = take(
            move,
            store=store,
            version=self.tree,
            view=view,
            path=self.path,
            facts=self.values(today),
            located=self.located,
            turn=self.turn,
        )
        facts = dict(self.facts)
        match move:
            case SetFact(variable=name, value=value):
                if name not in facts or self.values(today)[name] != value:
                    facts[name] = self._noted(value, quote, today)
                path = (*self.path, step)
            case Back():
                kept = len(self.path) - undone_by_back(self.path)
                undone = {undone_step.turn for undone_step in self.path[kept:]}
                facts = {name: fact for name, fact in facts.items() if fact.turn not in undone}
                path = self.path[:kept]
            case Restart():
                path = ()
            case _:
                path = (*self.path, step)
        return replace(self, position=step.target, path=path, facts=facts), step, seen

    def learn(self, name: str, value: Value | None, quote: str, today: date) -> "Journey":
        """Note a fact she volunteered; a changed one rewinds to the first step that used it."""
        known = self.facts.get(name)
        if known and self.values(today)[name] == value:
            return self
        fact = self._noted(value, quote, today)
        rewound = self.forget(name) if known else self
        return replace(rewound, facts={**rewound.facts, name: fact})

    def _noted(self, value: Value | None, quote: str, today: date) -> Fact:
        # A whole number from a tool call is a float in the state.
        kept = value if value is None or isinstance(value, bool) else float(value)
        return Fact(kept, quote, self.turn, today.isoformat())

    def forget(self, name: str) -> "Journey":
        """Drop a fact and go back to before the first step that used it."""
        facts = {other: fact for other, fact in self.facts.items() if other != name}
        for index, step in enumerate(self.path):
            if name in step.facts_used or (step.kind == "set" and step.move == name):
                return replace(self, position=step.origin, path=self.path[:index], facts=facts)
        return replace(self, facts=facts)

    def rewinding(self, before: "Journey", name: str) -> Step | None:
        """The step back that a change of the fact `name` made of `before`, if it made one."""
        if self.position == before.position:
            return None
        return Step("back", self.turn, before.position, self.position, name, "")
