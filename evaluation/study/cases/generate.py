"""Cases of whole conversations made from a tree, by walking it at random.

Each case is a way from the start of a topic (or an entry point) to an answer: an option at each
question, and a value for each fact that an input asks for, drawn from both sides of the thresholds
that the tree's conditions name. She begins with an example of the place where the way begins, or
with its title where it has none, and answers with examples of the options. A tree's own examples
are what systems have learnt from: such cases show whether the machinery works, not how well real
mothers are understood, and say so (`generated`).
"""

import ast
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evaluation.cases import WalkCase
from tools.conditions import Value, parse_condition
from tools.tree import Advice, Input, Logic, PlacedEntry, Question, Referral, Tree, Variable

PERSONA = "generated"
_LONGEST_WAY = 25
"""Shown nodes: a longer way goes in circles."""
_TRIES = 60
"""Walks from each entry point."""


@dataclass
class _Way:
    """A walk from an entry point to an answer."""

    entry: PlacedEntry
    facts: dict[str, Value] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Generated:
    """What was made of a tree."""

    cases: tuple[WalkCase, ...]
    reached: int
    """Answers of the tree that some walk came to."""
    answers: int
    """All of its answers."""


def generate_cases(tree: Tree, name: str, limit: int, seed: int) -> Generated:
    """`limit` cases at most, of as many different answers as can be; the same for the same seed.

    `name` is the tree's, as in a case file. A greater limit only adds cases.
    """
    walker = _Walker(tree, seed)
    ways = walker.ways()
    drawn = random.Random(f"{seed} order")  # noqa: S311 - reproducible, not secret
    leaves = list(ways)
    drawn.shuffle(leaves)
    most = max(map(len, ways.values()), default=0)
    in_turn = [(leaf, ways[leaf][n]) for n in range(most) for leaf in leaves if n < len(ways[leaf])]
    cases = [
        walker.case(way, leaf, name, f"g{number:04}")
        for number, (leaf, way) in enumerate(in_turn[:limit], 1)
    ]
    answers = sum(isinstance(node, Advice | Referral) for node in tree.nodes)
    return Generated(tuple(cases), len(ways), answers)


class _Walker:
    def __init__(self, tree: Tree, seed: int) -> None:
        self._tree = tree
        self._seed = seed
        self._thresholds = _thresholds(tree)

    def ways(self) -> dict[str, list[_Way]]:
        """Different ways by the answer that they lead to."""
        found: dict[str, list[_Way]] = defaultdict(list)
        for entry in self._tree.entries:
            known: set[tuple[str, ...]] = set()
            for attempt in range(_TRIES):
                drawn = random.Random(f"{self._seed} {entry.node} {attempt}")  # noqa: S311
                way = _Way(entry)
                leaf = self._walk(way, drawn)
                key = (*map(str, way.answers.items()), *map(str, way.facts.items()))
                if leaf and key not in known:
                    known.add(key)
                    found[leaf].append(way)
        return found

    def _walk(self, way: _Way, drawn: random.Random) -> str | None:
        """The answer that it comes to; None where it goes in circles."""
        here = way.entry.node
        resume: str | None = None
        for _ in range(_LONGEST_WAY):
            node = self._tree.by_id[here]
            match node:
                case Question():
                    if node.id in way.answers:
                        return None
                    option = drawn.choice(node.options)
                    way.answers[node.id] = option.id
                    if option.examples:
                        way.says[node.id] = drawn.choice(option.examples)
                    here = option.to
                case Input():
                    way.facts.setdefault(node.variable, self._value(node.variable, drawn))
                    here = node.to or resume or ""
                    resume = None
                case Logic():
                    missing, here = self._branch(node, way)
                    resume = node.id if missing else None
                case _:
                    return node.id
        return None

    def _branch(self, node: Logic, way: _Way) -> tuple[bool, str]:
        """Where a logic node leads; or, for want of a fact, the input that asks for it."""
        for branch in node.branches:
            verdict = parse_condition(branch.when).evaluate(way.facts)
            if verdict.missing:
                return True, self._input(verdict.missing)
            if verdict.holds:
                return False, branch.to
        return False, node.otherwise

    def _input(self, variable: str) -> str:
        return next(
            node.id
            for node in self._tree.nodes
            if isinstance(node, Input) and node.variable == variable and not node.to
        )

    def _value(self, name: str, drawn: random.Random) -> Value:
        variable = self._tree.variables[name]
        if variable.type == "boolean":
            return drawn.random() < 0.5
        return drawn.choice(_around(self._thresholds[name], variable))

    def case(self, way: _Way, leaf: str, name: str, number: str) -> WalkCase:
        """The case of a mother whose way this is."""
        drawn = random.Random(f"{self._seed} {leaf} words")  # noqa: S311
        answer = self._tree.by_id[leaf]
        assert isinstance(answer, Advice | Referral)
        return WalkCase(
            id=number,
            tree=name,
            first_message=drawn.choice(way.entry.examples or (way.entry.title,)),
            persona=PERSONA,
            facts=dict(way.facts),
            start=way.entry.node,
            answers=way.answers,
            says=way.says,
            target=(leaf,),
            must_escalate=answer.urgency == "emergency",
            level=answer.urgency,
            summary_gold=(),
            topics_gold=(self._tree.topic_of.get(leaf, way.entry.topic),),
            generated=True,
        )


def _thresholds(tree: Tree) -> dict[str, set[float]]:
    """The numbers that conditions compare each variable with."""
    found: dict[str, set[float]] = defaultdict(set)
    for node in tree.nodes:
        for branch in node.branches if isinstance(node, Logic) else ():
            condition = parse_condition(branch.when)
            numbers = set(_numbers(branch.when))
            for name in condition.variables:
                found[name] |= numbers
    return found


def _numbers(condition: str) -> Iterator[float]:
    for part in ast.walk(ast.parse(condition.strip(), mode="eval")):
        if isinstance(part, ast.Constant) and type(part.value) in (int, float):
            yield float(str(part.value))


def _around(thresholds: set[float], variable: Variable) -> Sequence[float]:
    """Values on both sides of the thresholds, within what the variable can be."""
    low, high = variable.min or 0.0, variable.max or 0.0
    step = 0.5 if variable.unit in ("°C", "kg") else 1.0
    near = {value for it in thresholds for value in (it - step, it, it + step)}
    return sorted(value for value in {*near, low, high} if low <= value <= high)
