"""Texts as TF-IDF vectors of length 1: term counts dampened by a logarithm, rare terms heavier.

The same numbers as scikit-learn's TfidfVectorizer(sublinear_tf=True), whose import takes a second
of every start and whose checks take most of a turn.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_COMMON = 100
"""Texts with a term from which it counts as common."""


class Terms:
    """Texts by their terms, ready to be compared with another text."""

    def __init__(self, texts: Sequence[str], terms_of: Callable[[str], Iterable[str]]) -> None:
        """`terms_of` gives the terms of a text, as often as they are in it."""
        self.count = len(texts)
        self._terms_of = terms_of
        counted = [Counter(terms_of(text)) for text in texts]
        spread = Counter(chain.from_iterable(counted))
        self._number = {term: number for number, term in enumerate(spread)}
        spreads = np.fromiter(spread.values(), float, len(spread))
        self._rarity: _Floats = np.log((1 + self.count) / (1 + spreads)) + 1
        places = np.repeat(np.arange(self.count), [len(counts) for counts in counted])
        terms = np.array([self._number[term] for counts in counted for term in counts], np.intp)
        times = np.array([n for counts in counted for n in counts.values()], float)
        weights = self._weights(terms, times)
        weights /= np.sqrt(np.bincount(places, weights**2, self.count))[places]
        # By term, so that a text is only compared with those that share one with it.
        order = np.argsort(terms, kind="stable")
        self._places, self._values = places[order], weights[order]
        self._ends = np.cumsum(np.bincount(terms, minlength=len(spread)))

    def cosines(self, text: str) -> _Floats:
        """Shape (texts,): how much each shares with `text`, 0 to 1."""
        numbers = (self._number.get(term) for term in self._terms_of(text))
        counts = Counter(number for number in numbers if number is not None)
        if not counts:
            return np.zeros(self.count)
        terms = np.fromiter(counts, np.intp, len(counts))
        weights = self._weights(terms, np.fromiter(counts.values(), float, len(counts)))
        weights /= np.linalg.norm(weights)
        rows = [self._texts_of(term) for term in terms]
        found = [self._places[row] for row in rows]
        places = np.concatenate(found)
        values = np.concatenate([self._values[row] for row in rows])
        shares = np.bincount(
            places, values * np.repeat(weights, [len(row) for row in found]), self.count
        )
        return np.asarray(shares, np.float64)

    def gram(self) -> NDArray[np.float32]:
        """Shape (texts, texts): how much each text shares with each other, 0 to 1."""
        counts = np.diff(self._ends, prepend=0)
        common = np.flatnonzero(counts > _COMMON).astype(np.intp)
        # Terms of many texts as one product of matrices, the others pair by pair.
        dense = np.zeros((self.count, len(common)), np.float32)
        for column, term in enumerate(common):
            dense[self._places[self._texts_of(term)], column] = self._values[self._texts_of(term)]
        shares: NDArray[np.float32] = dense @ dense.T
        for term in np.flatnonzero((counts > 0) & (counts <= _COMMON)).astype(np.intp):
            places = self._places[self._texts_of(term)]
            values = self._values[self._texts_of(term)].astype(np.float32)
            # A term has each of its texts once, so no pair is added to twice.
            shares[np.ix_(places, places)] += np.outer(values, values)
        return shares

    def _texts_of(self, term: np.intp) -> slice:
        return slice(self._ends[term - 1] if term else 0, self._ends[term])

    def _weights(self, terms: NDArray[np.intp], times: _Floats) -> _Floats:
        return np.asarray((1 + np.log(times)) * self._rarity[terms])


def letter_groups(text: str, shortest: int, longest: int) -> Iterator[str]:
    """Groups of letters within words; the space at either end of a word belongs to it."""
    for word in text.split():
        padded = f" {word} "
        for length in range(shortest, longest + 1):
            if length >= len(padded):
                yield padded
                break
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
