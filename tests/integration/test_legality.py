"""Nothing illegal happens, whatever the navigator asks for.

Thousands of random and hostile moves go through the journey on a real store. An oracle of its own
decides what is legal and where it lands: it reads the YAML files, has its own reader of conditions,
and shares no code with the walk.
"""

import math
import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.trees import random_draft
from tools.errors import ToolError
from tools.formats.yaml_folder import read_tree
from tools.journey import Journey
from tools.store import TreeStore
from tools.view import Position, View
from tools.walk import Back, Choose, Jump, Move, Restart, SetFact

TREES = 20
STEPS = 1000
FIRST_DAY = date(2026, 11, 23)


# The oracle's conditions: text -> True, False or None (undecided), and the fact to ask for

_TOKEN = re.compile(r"\s*(<=|>=|==|!=|<|>|\(|\)|\[|\]|,|-?\d+(?:\.\d+)?|[a-z_]\w*)")
_KEYWORDS = {"and", "or", "not", "in"}


class Reader:
    """A recursive descent over the tokens that decides as it goes."""

    def __init__(self, text: str, facts: dict[str, Any]) -> None:
        self._tokens = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s", "", text), text
        self._facts = facts

    def decide(self) -> tuple[bool | None, str | None]:
        verdict = self._either()
        assert not self._tokens
        return verdict

    def _next(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[0] in wanted:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> tuple[bool | None, str | None]:
        parts = [self._both()]
        while self._next("or"):
            parts.append(self._both())
        return joined(parts, decisive=True)

    def _both(self) -> tuple[bool | None, str | None]:
        parts = [self._negated()]
        while self._next("and"):
            parts.append(self._negated())
        return joined(parts, decisive=False)

    def _negated(self) -> tuple[bool | None, str | None]:
        if self._next("not"):
            holds, missing = self._negated()
            return (None, missing) if holds is None else (not holds, None)
        if self._next("("):
            inner = self._either()
            assert self._next(")")
            return inner
        return self._comparison()

    def _comparison(self) -> tuple[bool | None, str | None]:
        operands, signs = [self._tokens.pop(0)], []
        while self._tokens and self._tokens[0] in {"<", "<=", ">", ">=", "==", "!=", "in", "not"}:
            sign = self._tokens.pop(0)
            if sign == "not":
                assert self._next("in")
                sign = "not in"
            signs.append(sign)
            operands.append(self._list() if sign.endswith("in") else self._tokens.pop(0))
        values = []
        for operand in operands:
            if isinstance(operand, str) and operand[0].isalpha() and operand not in LITERALS:
                if operand not in self._facts:
                    return None, operand
                values.append(self._facts[operand])
            else:
                values.append(value_of(operand))
        if None in values:
            return None, None
        if not signs:
            return bool(values[0]), None
        pairs = zip(signs, values, values[1:], strict=False)
        return all(compares(sign, a, b) for sign, a, b in pairs), None

    def _list(self) -> list[str]:
        assert self._next("[")
        items = []
        while not self._next("]"):
            items.append(self._tokens.pop(0))
            self._next(",")
        return items


LITERALS = {"true": True, "false": False}


def value_of(operand: Any) -> Any:
    if isinstance(operand, list):
        return [value_of(item) for item in operand]
    return LITERALS[operand] if operand in LITERALS else float(operand)


def compares(sign: str, a: Any, b: Any) -> bool:
    if sign in ("in", "not in"):
        return any(a == item for item in b) == (sign == "in")
    truth = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}
    return bool(truth[sign])


def joined(
    parts: list[tuple[bool | None, str | None]], *, decisive: bool
) -> tuple[bool | None, str | None]:
    if any(holds is decisive for holds, _ in parts):
        return decisive, None
    if all(holds is not None for holds, _ in parts):
        return not decisive, None
    return None, next((missing for holds, missing in parts if holds is None and missing), None)


# The oracle itself


class Illegal(Exception):
    """The oracle's answer to a move that must be refused."""


Place = tuple[str, str | None]


@dataclass
class Known:
    value: Any
    turn: str
    day: date


@dataclass
class Oracle:
    """Where a conversation must stand, according to the YAML files of a folder."""

    nodes: dict[str, Any]
    variables: dict[str, Any]
    called: dict[str, str]
    entries: list[str]
    place: Place | None = None
    path: list[tuple[str, Place | None]] = field(default_factory=list)
    facts: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> "Oracle":
        parts = [yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("*.yaml")]
        nodes = {node["id"]: node for part in parts for node in part.get("nodes", [])}
        variables = {k: v for part in parts for k, v in part.get("variables", {}).items()}
        starts = [part["topic"]["starts_at"] for part in parts if "topic" in part]
        return cls(
            nodes=nodes,
            variables=variables,
            called={
                n["variable"]: n["id"]
                for n in nodes.values()
                if n["kind"] == "input" and "to" not in n
            },
            entries=starts + [node["id"] for node in nodes.values() if "entry" in node],
        )

    def known(self, today: date) -> dict[str, Any]:
        values = {}
        for name, fact in self.facts.items():
            grows = name.endswith("_age_days") and fact.value is not None
            values[name] = fact.value + (today - fact.day).days if grows else fact.value
        return values

    def make(self, move: Move, turn: str, today: date, located: set[str]) -> None:
        """Make the move, or raise Illegal and leave everything as it is."""
        here = self.nodes[self.place[0]] if self.place else None
        known = self.known(today)
        match move:
            case Choose(option=chosen):
                options = here["options"] if here and here["kind"] == "question" else []
                ways = [option["to"] for option in options if same_text(option["id"], chosen)]
                if not ways:
                    raise Illegal
                self._step(turn, self._land(ways[0], known))
            case SetFact(variable=name, value=value):
                if not here or here["kind"] != "input" or not same_text(here["variable"], name):
                    raise Illegal
                self._check(name, value)
                onwards = (self.place and self.place[1]) or here["to"]
                self._step(turn, self._land(onwards, {**known, name: value}))
                if name not in known or known[name] != value:
                    self.facts[name] = Known(value, turn, today)
            case Jump(node=node):
                if (
                    not isinstance(node, str)
                    or node not in located
                    or (here and here["id"] == node)
                ):
                    raise Illegal
                self._step(turn, (node, None))
            case Back():
                if not self.path:
                    raise Illegal
                last = self.path[-1][0]
                while self.path and self.path[-1][0] == last:
                    self.place = self.path.pop()[1]
                self.facts = {k: v for k, v in self.facts.items() if v.turn != last}
            case Restart():
                if not self.place:
                    raise Illegal
                self.place, self.path = None, []

    def _step(self, turn: str, target: Place) -> None:
        self.path.append((turn, self.place))
        self.place = target

    def _check(self, name: str, value: Any) -> None:
        variable = self.variables[name]
        if value is None:
            return
        if variable["type"] == "boolean":
            fits = value is True or value is False
        else:
            fits = type(value) in (int, float) and variable["min"] <= value <= variable["max"]
        if not fits:
            raise Illegal

    def _land(self, name: str, known: dict[str, Any]) -> Place:
        while (node := self.nodes[name])["kind"] == "logic":
            target = node["else"]
            for branch in node["branches"]:
                holds, missing = Reader(branch["when"], known).decide()
                if missing:
                    return self.called[missing], name
                if holds:
                    target = branch["to"]
                    break
            name = target
        return name, None


def same_text(a: str, b: object) -> bool:
    return isinstance(b, str) and a == b


# The navigator: sometimes sensible, often not


STRANGE: list[Any] = [
    *("", " ", "o0 ", "O0", "no", "constructor", "' OR 1=1 //", "t0-n0\0", "👶", "a" * 5000),
    *(None, 0, -1, 3.5, True, [], {}, ["o0"], {"id": "o0"}, b"o0", object()),
]
VALUES: list[Any] = [
    *(0, 1, 5, 13, 14.0, 20, 34.5, 37.5, 38, 43, 60, None, None, True, False, True, False),
    *(-1, 61, 1e9, 10**400, math.nan, math.inf, -math.inf, -0.0, 1j, "14", "sí", "", [14], {}),
    *(b"14", object()),
]


class Navigator:
    """Draws the next move, mostly from what it sees, else out of the blue."""

    def __init__(self, rng: random.Random, oracle: Oracle) -> None:
        self._rng = rng
        self._nodes = list(oracle.nodes)
        self._variables = list(oracle.variables)
        self._entries = oracle.entries
        conditions = [b["when"] for n in oracle.nodes.values() for b in n.get("branches", [])]
        # Values right at the borders that conditions draw.
        self._borders = [
            float(n) for text in conditions for n in re.findall(r"\d+(?:\.\d+)?", text)
        ]

    def located(self) -> dict[str, str]:
        """What the locator found for this message."""
        found = self._rng.sample(self._entries, self._rng.randint(0, min(3, len(self._entries))))
        return {node: f"título de {node}" for node in found}

    def move(self, view: View | None, located: dict[str, str]) -> Move:
        rng = self._rng
        if rng.random() < 0.7 and (move := self._sensible(view, located)):
            return move
        match rng.randrange(8):
            case 0 | 1:
                return Jump(rng.choice([*located, *self._nodes[:3], *self._entries]))
            case 2:
                return Jump(cast(str, rng.choice([*self._nodes, *STRANGE])))
            case 3:
                return Choose(cast(str, rng.choice([*(f"o{i}" for i in range(9)), *STRANGE])))
            case 4:
                return SetFact(rng.choice(self._variables), rng.choice(VALUES))
            case 5:
                return SetFact(cast(str, rng.choice(STRANGE)), rng.choice(VALUES))
            case 6:
                return Back()
            case _:
                return Restart() if rng.random() < 0.3 else Back()

    def _sensible(self, view: View | None, located: dict[str, str]) -> Move | None:
        rng = self._rng
        if view and view.node.kind == "question":
            return Choose(rng.choice(view.node.options).id)
        if view and view.node.kind == "input":
            assert view.variable is not None
            if view.variable.type == "boolean":
                return SetFact(view.node.variable, rng.choice([True, False, None, 1]))
            values = self._borders if rng.random() < 0.6 else VALUES
            return SetFact(view.node.variable, rng.choice(values))
        return Jump(rng.choice(list(located))) if located else None


# The property


@pytest.mark.parametrize("seed", range(TREES))
def test_exactly_the_legal_moves_happen_and_land_where_the_yaml_says(
    seed: int, embedded_store: TreeStore, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    folder = random_draft(seed, nodes=rng.choice([15, 40, 80]), tree_id=f"ley-{seed}").write(
        tmp_path
    )
    version = embedded_store.load(read_tree(folder))
    oracle = Oracle.of(folder)
    navigator = Navigator(rng, oracle)
    located = navigator.located()
    journey = Journey(version, "m0", "", None, (), {}, located)
    view: View | None = None
    today = FIRST_DAY
    made = refused = 0
    for number in range(STEPS):
        if rng.random() < 0.5:  # a new message; else the same one says more
            today += timedelta(days=rng.choice([0, 0, 0, 0, 1]))
            located = navigator.located()
            state = {**journey.update(), "tree": version, "turn": f"m{number}", "message": ""}
            journey = Journey.of(cast(Any, state | {"located": located}))
        move = navigator.move(view, located)
        before = journey.update()
        try:
            oracle.make(move, journey.turn, today, set(located))
        except Illegal:
            with pytest.raises(ToolError):
                journey.go(move, view, embedded_store, today)
            assert journey.update() == before
            refused += 1
        else:
            journey, _, view = journey.go(move, view, embedded_store, today)
            made += 1
        agree(journey, view, oracle, today)
    assert made > STEPS * 0.3
    assert refused > STEPS * 0.1


def agree(journey: Journey, view: View | None, oracle: Oracle, today: date) -> None:
    position = Position(*oracle.place) if oracle.place else None
    assert journey.position == position
    assert [(step.turn, step.origin) for step in journey.path] == [
        (turn, Position(*place) if place else None) for turn, place in oracle.path
    ]
    assert journey.values(today) == oracle.known(today)
    assert (view.position if view else None) == position
    if view and oracle.place:
        assert view.node.id == oracle.place[0]
        assert view.node.kind == oracle.nodes[oracle.place[0]]["kind"] != "logic"


def test_the_walks_see_the_whole_tree(embedded_store: TreeStore, tmp_path: Path) -> None:
    """The property says something: logic, called inputs, cycles and leaves were all walked."""
    oracle = Oracle.of(random_draft(0, nodes=40, tree_id="ley-0").write(tmp_path))
    version = embedded_store.load(read_tree(tmp_path))
    rng = random.Random(1)
    navigator = Navigator(rng, oracle)
    located = dict.fromkeys(oracle.entries, "")
    kinds, via, resumed, again = set[str](), 0, 0, 0
    journey, view = Journey(version, "m", "", None, (), {}, located), cast(View | None, None)
    seen = set[str]()
    for _ in range(1500):
        try:
            journey, step, view = journey.go(
                navigator.move(view, located), view, embedded_store, FIRST_DAY
            )
        except ToolError:
            continue
        via += bool(step.via)
        if view:
            kinds.add(view.node.kind)
            resumed += view.position.resume is not None
            again += view.node.id in seen
            seen.add(view.node.id)
    assert kinds == {"question", "input", "advice", "referral"}
    assert min(via, resumed, again) > 20
    assert len(seen) > 20
