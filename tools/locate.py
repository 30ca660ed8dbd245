"""Entry points: her words -> ranked places of the tree, with probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.encoder import Encoder
from tools.similarity import LETTERS, MEANING, STEMS, Phrase, PhraseIndex, weighted
from tools.tree import PlacedEntry
from tools.words import words

WEIGHTS = {MEANING: 54.0, LETTERS: 9.8, STEMS: 4.2}
"""Log-odds a unit of likeness: fitted by leaving out 900 of the shipped tree's entry examples in
turn, as they stand and with the misspellings of a phone, maximising the likelihood of its topic
(found first: 63 of 100 of all examples as they stand, 59 of 100 with the misspelt copies)."""
NONE_OF_THESE = 9.5
"""Log-weight of "no entry fits": above 23 of 24 messages on other matters or none (6.2 to 9.6),
below 30 short ones on breastfeeding, 12 of them misspelt (10.4 to 21)."""


@dataclass(frozen=True)
class Candidate:
    """An entry point with its probability."""

    node: str
    topic: str
    title: str
    probability: float


@dataclass(frozen=True)
class Location:
    """Where her words could belong."""

    candidates: tuple[Candidate, ...]
    """Best first."""
    none_of_these: float
    """Probability that no entry fits. With the candidates' it sums to one, or less when cut."""


class Locator:
    """Ranks the entry points of one tree version."""

    def __init__(
        self, entries: Sequence[PlacedEntry], language: str, encoder: Encoder | None
    ) -> None:
        self._entries = tuple(entries)
        self._guarded = {i: e.only_when_said for i, e in enumerate(entries) if e.only_when_said}
        self._index = PhraseIndex([phrases_of(entry) for entry in entries], language, encoder)

    def locate(self, text: str, clauses: Sequence[str] = (), limit: int = 8) -> Location:
        """The entry points that fit `text`, or one of its clauses, best; at most `limit`."""
        features = np.maximum.reduce([self._features(part) for part in {text, *clauses}])
        logits = weighted(features, WEIGHTS)
        logits[self._never_guessed(text)] = -np.inf
        weights = np.exp(np.append(logits, NONE_OF_THESE) - max(np.max(logits), NONE_OF_THESE))
        probabilities = weights / weights.sum()
        order = np.argsort(-probabilities[:-1], kind="stable")[:limit]
        return Location(
            tuple(
                Candidate(
                    self._entries[i].node,
                    self._entries[i].topic,
                    self._entries[i].title,
                    float(probabilities[i]),
                )
                for i in order
            ),
            float(probabilities[-1]),
        )

    def _never_guessed(self, text: str) -> list[int]:
        """Places of the entries that nothing in her words allows to guess."""
        said = " ".join(["", *(word.folded for word in words(text))])
        return [
            place
            for place, beginnings in self._guarded.items()
            if not any(f" {beginning.replace('-', ' ')}" in said for beginning in beginnings)
        ]

    def _features(self, text: str) -> NDArray[np.float64]:
        features = self._index.features(text).copy()
        # E5's cosines all lie close together: what counts is how far one stands out.
        features[:, MEANING] -= features[:, MEANING].mean()
        return features


def phrases_of(entry: PlacedEntry) -> list[Phrase]:
    """What is known about an entry, for comparison with her words."""
    described = [Phrase(f"{entry.title}. {entry.description}", "passage")]
    return described + [Phrase(example, "query") for example in entry.examples]
