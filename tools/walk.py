"""The walk: which moves are legal at a position, and what one of them does.

Nothing else can happen to a conversation's position. `legal_moves` reads only the view that the
store gave; `take` is pure but for one look at the store to see the place it lands on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tools.conditions import Value
from tools.errors import IllegalMove
from tools.store import TreeStore
from tools.tree import Input, Question, Variable
from tools.view import Landing, Position, View

POSSIBLE = "; possible: "
"""In the text of every move that is not legal, before those that are."""


@dataclass(frozen=True)
class Choose:
    """Take an option of the question at hand."""

    option: str
    kind: Literal["choose"] = "choose"


@dataclass(frozen=True)
class SetFact:
    """Give the input at hand its value; None when she does not know."""

    variable: str
    value: Value | None
    kind: Literal["set"] = "set"


@dataclass(frozen=True)
class Jump:
    """Go to an entry point that was located in this turn."""

    node: str
    kind: Literal["jump"] = "jump"


@dataclass(frozen=True)
class Back:
    """Undo what her last answer did."""

    kind: Literal["back"] = "back"


@dataclass(frozen=True)
class Restart:
    """Leave the walk and begin anew."""

    kind: Literal["restart"] = "restart"


Move = Choose | SetFact | Jump | Back | Restart
MOVE: TypeAdapter[Move] = TypeAdapter(Annotated[Move, Field(discriminator="kind")])
"""Reads and writes any move as plain data."""


@dataclass(frozen=True)
class Step:
    """A move that was made."""

    kind: Literal["choose", "set", "jump", "back", "restart"]
    turn: str
    """Message that led to it."""
    origin: Position | None
    target: Position | None
    """Where the walk is now; None before the first entry."""
    move: str
    """Id of the option, the variable or the entry node; empty for back and restart."""
    label: str
    via: tuple[str, ...] = ()
    facts_used: tuple[str, ...] = ()


@dataclass(frozen=True)
class Legal:
    """The moves that are legal now."""

    options: tuple[str, ...] = ()
    """Ids of the question's options."""
    variable: str | None = None
    """The variable that the input asks for."""
    jumps: tuple[str, ...] = ()
    back: bool = False
    restart: bool = False

    def __str__(self) -> str:
        ways = [f"option {option!r}" for option in self.options]
        ways += [f"a value for {self.variable!r}"] if self.variable else []
        ways += [f"jump to {node!r}" for node in self.jumps]
        ways += ["go back"] if self.back else []
        ways += ["start over"] if self.restart else []
        return ", ".join(ways) or "none"


def legal_moves(view: View | None, path: Sequence[Step], located: Collection[str]) -> Legal:
    """The moves that are legal at `view` (None before the first entry)."""
    here = view.position.node if view else None
    node = view.node if view else None
    return Legal(
        options=tuple(o.id for o in node.options) if isinstance(node, Question) else (),
        variable=node.variable if isinstance(node, Input) else None,
        jumps=tuple(entry for entry in located if entry != here),
        back=bool(path),
        restart=view is not None,
    )


def take(
    move: Move,
    *,
    store: TreeStore,
    version: str,
    view: View | None,
    path: Sequence[Step],
    facts: Mapping[str, Value | None],
    located: Mapping[str, str],
    turn: str,
) -> tuple[Step, View | None]:
    """Make a move: the step, and what is seen where it lands (None before the first entry).

    At most one query to the graph. Raises IllegalMove, quoting the move and listing what is legal;
    UnknownTree or GraphUnavailable from the store, with nothing changed.
    """
    legal = legal_moves(view, path, located)
    step = _step(move, view, path, facts, legal, located, turn)
    return step, store.view(version, step.target) if step.target else None


def undone_by_back(path: Sequence[Step]) -> int:
    """How many steps of `path` going back undoes: all that the last answer led to."""
    count = 0
    while count < len(path) and path[-1 - count].turn == path[-1].turn:
        count += 1
    return count


def _step(
    move: Move,
    view: View | None,
    path: Sequence[Step],
    facts: Mapping[str, Value | None],
    legal: Legal,
    located: Mapping[str, str],
    turn: str,
) -> Step:
    origin = view.position if view else None
    match move:
        case Choose(option=chosen):
            if view is None or not isinstance(view.node, Question) or chosen not in legal.options:
                raise _illegal(f"option {chosen!r}", legal)
            option = next(o for o in view.node.options if o.id == chosen)
            landing = view.land(option.to, facts)
            return _landed("choose", turn, origin, landing, chosen, option.label)
        case SetFact(variable=name, value=value):
            if view is None or not isinstance(view.node, Input) or name != legal.variable:
                raise _illegal(f"a value for {name!r}", legal)
            assert view.variable is not None
            check_value(name, view.variable, value)
            onward = view.position.resume or view.node.to
            assert onward is not None, "an input without `to` is only reached from a logic node"
            landing = view.land(onward, {**facts, name: value})
            return _landed("set", turn, origin, landing, name, f"{value}")
        case Jump(node=entry):
            if entry not in legal.jumps:
                raise _illegal(f"jump to {entry!r}", legal)
            return _landed(
                "jump", turn, origin, Landing(Position(entry), (), ()), entry, located[entry]
            )
        case Back():
            if not legal.back:
                raise _illegal("go back", legal)
            return Step("back", turn, origin, path[-undone_by_back(path)].origin, "", "")
        case Restart():
            if not legal.restart:
                raise _illegal("start over", legal)
            return Step("restart", turn, origin, None, "", "")


def _landed(
    kind: Literal["choose", "set", "jump"],
    turn: str,
    origin: Position | None,
    landing: Landing,
    move: str,
    label: str,
) -> Step:
    return Step(kind, turn, origin, landing.position, move, label, landing.via, landing.facts_used)


def check_value(name: str, variable: Variable, value: Value | None) -> None:
    """Raise IllegalMove when the value is not one that the variable can take."""
    if value is None:
        return
    if variable.type == "boolean":
        if not isinstance(value, bool):
            raise IllegalMove(f"{name!r} is true or false, not {value!r}")
        return
    low, high = variable.min, variable.max
    assert low is not None
    assert high is not None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and low <= value <= high):
        unit = f" {variable.unit}" if variable.unit else ""
        raise IllegalMove(f"{name!r} lies between {low:g} and {high:g}{unit}, not {value!r}")


def _illegal(what: str, legal: Legal) -> IllegalMove:
    return IllegalMove(f"{what} is not possible here{POSSIBLE}{legal}")
