"""Which question is worth asking: expected information about the answer she will be led to.

Her words give each entry point a probability, and each question's options one; together they give
every answer of the tree one. Asking a question that lies on the way with probability r, whose
option o has probability p(o), is expected to tell

    r · (H(answers below the question) - Σ p(o) · H(answers below o))

bits about the answer (mutual information; Lindley 1956, "On a measure of the information provided
by an experiment"). What lies elsewhere in the tree is not changed by it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


class Prospects:
    """The answers ahead of her."""

    def __init__(self, outline: Outline, entries: Shares, believe: Believe) -> None:
        """`entries` are the probabilities of the nodes where she may belong."""
        self._outline = outline
        self._believe = believe
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
        ways = self._outline.ways[node]
        shares = self._shares(node)
        after = sum(shares[way.option] * entropy(self.below(way.target)) for way in ways)
        return reached * max(0.0, entropy(self.below(node)) - after)

    def open_questions(self) -> list[OpenQuestion]:
        """Every question ahead, the most telling first."""
        return sorted(self.questions_ahead(), key=lambda question: (-question.bits, question.node))

    def questions_ahead(self) -> list[OpenQuestion]:
        """Every question ahead, as the tree has them: the likeliest entry's first, then on."""
        reached: dict[str, float] = {}
        for node, share in self._entries.items():
            self._reach(node, share, reached, ())
        return [
            OpenQuestion(
                node=node,
                text=self._outline.questions[node],
                bits=self.question_bits(node, share),
                reached=share,
                separates=self._separated(node),
            )
            for node, share in reached.items()
            if node in self._outline.questions
        ]

    def below(self, node: str, path: tuple[str, ...] = ()) -> Shares:
        """Probability of each answer once she stands at `node`."""
        if node in self._below:
            return self._below[node]
        ways = self._outline.ways.get(node, ())
        if not ways or node in path or len(path) >= DEEPEST:
            return {node: 1.0}
        shares = self._shares(node)
        found: dict[str, float] = {}
        for way, share in zip(ways, _spread(shares, [w.option for w in ways]), strict=True):
            for answer, chance in self.below(way.target, (*path, node)).items():
                found[answer] = found.get(answer, 0.0) + share * chance
        if not path:
            self._below[node] = found
        return found

    def _shares(self, node: str) -> Shares:
        options = [way.option for way in self._outline.ways[node]]
        believed = self._believe(node) if node in self._outline.questions else None
        return believed or dict.fromkeys(options, 1 / len(set(options)))

    def _mixed(self, parts: Mapping[str, tuple[float, str]]) -> Shares:
        total = sum(share for share, _ in parts.values())
        found: dict[str, float] = {}
        for share, node in parts.values():
            for answer, chance in self.below(node).items():
                found[answer] = found.get(answer, 0.0) + share / total * chance
        return found

    def _reach(
        self, node: str, share: float, reached: dict[str, float], path: tuple[str, ...]
    ) -> None:
        ways = self._outline.ways.get(node, ())
        if not ways or node in path or len(path) >= DEEPEST or share < _LEAST:
            return
        reached[node] = reached.get(node, 0.0) + share
        shares = _spread(self._shares(node), [way.option for way in ways])
        for way, part in zip(ways, shares, strict=True):
            self._reach(way.target, share * part, reached, (*path, node))

    def _separated(self, node: str) -> tuple[str, ...]:
        titles = []
        for way in self._outline.ways[node]:
            below = self.below(way.target)
            best = max(below, key=lambda answer: below[answer])
            titles.append(self._outline.titles.get(best, best))
        return tuple(dict.fromkeys(titles))


_LEAST = 0.001
"""Probability below which a way is not followed."""


def _spread(shares: Shares, options: list[str]) -> list[float]:
    """The share of each way; ways without options of their own divide theirs evenly."""
    return [shares[option] / options.count(option) for option in options]


def entropy(shares: Shares) -> float:
    """Bits of a distribution."""
    return -sum(share * math.log2(share) for share in shares.values() if share > 0)
