"""Which question is worth asking: expected information about the answer she will be led to.

Her words give each entry point a probability, and each question's options one; together they give
every answer of the tree one. Asking a question that lies on the way with probability r, whose
option o has probability p(o), is expected to tell

    r · (H(answers below the question) - Σ p(o) · H(answers below o))

bits about the answer (mutual information; Lindley 1956, "On a measure of the information provided
by an experiment"). What lies elsewhere in the tree is not changed by it. A value that is asked for
tells what its branches do, wherever it is needed; one that is known decides them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tools.conditions import Value, parse_condition
from tools.outline import Outline

DEEPEST = 12
"""Nodes in a row that are looked at: no way through the shipped tree is longer."""
Shares = Mapping[str, float]
Believe = Callable[[str], Shares | None]
"""Probabilities of a question's options by id, as far as her words tell; None: not at all."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that she has not answered, and what its answer is expected to tell."""

    node: str
    text: str
    bits: float
    reached: float
    """Probability that it lies on her way."""
    separates: tuple[str, ...]
    """Titles of the likeliest answer below each of its options."""


@dataclass(frozen=True)
class OpenValue:
    """A value that is not known, and what it is expected to tell."""

    variable: str
    bits: float
    reached: float
    """Probability that it is needed on her way."""
    separates: tuple[str, ...]
    """Titles of the likeliest answer below each of the ways that it decides between."""


class Prospects:
    """The answers ahead of her."""

    def __init__(
        self,
        outline: Outline,
        entries: Shares,
        believe: Believe,
        values: Mapping[str, Value | None] = MappingProxyType({}),
    ) -> None:
        """`entries` are the probabilities of the nodes where she may belong.

        `values` are the variables that are known, None where she was asked and does not know.
        """
        self._outline = outline
        self._believe = believe
        self._values = values
        self._below: dict[str, Shares] = {}
        self._entries = {node: share for node, share in entries.items() if share > 0}

    def answers(self) -> Shares:
        """Probability of each answer, given that she belongs to one of the entries."""
        return self._mixed({node: (share, node) for node, share in self._entries.items()})

    def offer_bits(self) -> float:
        """What it tells to let her choose among the entries."""
        total = sum(self._entries.values())
        after = sum(share * entropy(self.below(node)) for node, share in self._entries.items())
        return entropy(self.answers()) - after / total if total else 0.0

    def question_bits(self, node: str, reached: float) -> float:
        """What the answer to one question tells."""
        ways = zip(self._outline.ways[node], self._parts(node), strict=True)
        after = sum(part * entropy(self.below(way.target)) for way, part in ways)
        return reached * max(0.0, entropy(self.below(node)) - after)

    def open_questions(self) -> list[OpenQuestion]:
        """Every question ahead, the most telling first."""
        return sorted(self.questions_ahead(), key=lambda question: (-question.bits, question.node))

    def questions_ahead(self) -> list[OpenQuestion]:
        """Every question ahead, as the tree has them: the likeliest entry's first, then on."""
        return [
            OpenQuestion(
                node=node,
                text=self._outline.questions[node],
                bits=self.question_bits(node, share),
                reached=share,
                separates=self._separated(node),
            )
            for node, share in self._ahead().items()
            if node in self._outline.questions
        ]

    def open_values(self) -> list[OpenValue]:
        """Every unknown value that is needed ahead, the most telling first.

        One that is needed at several places tells the sum of what it does there.
        """
        places: dict[str, list[tuple[str, float]]] = {}
        for node, share in self._ahead().items():
            if node not in self._outline.questions and (name := self._branch(node)[1]):
                places.setdefault(name, []).append((node, share))
        found = [
            OpenValue(
                variable=name,
                bits=sum(self.question_bits(node, share) for node, share in there),
                reached=min(1.0, sum(share for _, share in there)),
                separates=tuple(dict.fromkeys(t for n, _ in there for t in self._separated(n))),
            )
            for name, there in places.items()
        ]
        return sorted(found, key=lambda value: (-value.bits, value.variable))

    def below(self, node: str, path: tuple[str, ...] = ()) -> Shares:
        """Probability of each answer once she stands at `node`."""
        if node in self._below:
            return self._below[node]
        ways = self._outline.ways.get(node, ())
        if not ways or node in path or len(path) >= DEEPEST:
            return {node: 1.0}
        found: dict[str, float] = {}
        for way, share in zip(ways, self._parts(node), strict=True):
            for answer, chance in self.below(way.target, (*path, node)).items():
                found[answer] = found.get(answer, 0.0) + share * chance
        if not path:
            self._below[node] = found
        return found

    def _parts(self, node: str) -> list[float]:
        """The share of each way from a node."""
        if node not in self._outline.questions:
            return self._branch(node)[0]
        options = [way.option for way in self._outline.ways[node]]
        believed = self._believe(node) or dict.fromkeys(options, 1 / len(set(options)))
        return [believed[option] / options.count(option) for option in options]

    def _branch(self, node: str) -> tuple[list[float], str | None]:
        """The share of each way from a logic node, and the variable that would tell them apart."""
        ways = self._outline.ways[node]
        for place, way in enumerate(ways):
            if way.condition is None:
                return _one_of(len(ways), place), None
            verdict = parse_condition(way.condition).evaluate(self._values)
            if verdict.missing:
                left = len(ways) - place
                return [0.0] * place + [1 / left] * left, verdict.missing
            if verdict.holds:
                return _one_of(len(ways), place), None
        return [1 / len(ways)] * len(ways), None

    def _mixed(self, parts: Mapping[str, tuple[float, str]]) -> Shares:
        total = sum(share for share, _ in parts.values())
        found: dict[str, float] = {}
        for share, node in parts.values():
            for answer, chance in self.below(node).items():
                found[answer] = found.get(answer, 0.0) + share / total * chance
        return found

    def _ahead(self) -> Shares:
        """Probability of each node that leads on."""
        reached: dict[str, float] = {}
        for node, share in self._entries.items():
            self._reach(node, share, reached, ())
        return reached

    def _reach(
        self, node: str, share: float, reached: dict[str, float], path: tuple[str, ...]
    ) -> None:
        ways = self._outline.ways.get(node, ())
        if not ways or node in path or len(path) >= DEEPEST or share < _LEAST:
            return
        reached[node] = reached.get(node, 0.0) + share
        for way, part in zip(ways, self._parts(node), strict=True):
            self._reach(way.target, share * part, reached, (*path, node))

    def _separated(self, node: str) -> tuple[str, ...]:
        titles = []
        for way, part in zip(self._outline.ways[node], self._parts(node), strict=True):
            if not part:
                continue
            below = self.below(way.target)
            best = max(below, key=lambda answer: below[answer])
            titles.append(self._outline.titles.get(best, best))
        return tuple(dict.fromkeys(titles))


_LEAST = 0.001
"""Probability below which a way is not followed."""


def _one_of(count: int, place: int) -> list[float]:
    return [float(number == place) for number in range(count)]


def entropy(shares: Shares) -> float:
    """Bits of a distribution."""
    return -sum(share * math.log2(share) for share in shares.values() if share > 0)
