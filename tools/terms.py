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
Sparse = tuple[NDArray[np.intp], _Floats]
"""A vector by the numbers of its terms, and their weights."""
_COMMON = 100
"""Texts with a term from which it counts as common."""


_AT_ONCE = 2000
"""Terms that are projected together: all at once would take a gigabyte."""


class Vocabulary:
    """Terms by number, and how much each weighs."""

    def __init__(
        self, terms: Sequence[str], rarity: _Floats, terms_of: Callable[[str], Iterable[str]]
    ) -> None:
        """`rarity`, shape (terms,), is the weight of a term that a text has once.

        `terms_of` gives the terms of a text, as often as they are in it.
        """
        self.terms = terms
        self.rarity = rarity
        self._number = {term: number for number, term in enumerate(terms)}
        self._terms_of = terms_of

    def vector(self, text: str) -> Sparse:
        """Numbers of the known terms in `text`, and their weights: a vector of length 1."""
        counts = Counter(map(self._number.get, self._terms_of(text)))
        counts.pop(None, None)
        terms = np.fromiter(counts, np.intp, len(counts))
        weights = self.weights(terms, np.fromiter(counts.values(), float, len(counts)))
        return terms, weights / np.linalg.norm(weights) if counts else weights

    def weights(self, terms: NDArray[np.intp], times: _Floats) -> _Floats:
        """Shape (terms,): what each weighs in a text that has it so often."""
        return np.asarray((1 + np.log(times)) * self.rarity[terms])


class Terms:
    """Texts by their terms, ready to be compared with another text."""

    def __init__(
        self, texts: Sequence[str], terms_of: Callable[[str], Iterable[str]], least: int = 1
    ) -> None:
        """`terms_of` gives the terms of a text, as often as they are in it.

        Terms of fewer than `least` texts are left out.
        """
        self.count = len(texts)
        # All texts together: a counter for each takes twice as long.
        number: dict[str, int] = {}
        said = [[number.setdefault(term, len(number)) for term in terms_of(t)] for t in texts]
        lengths = np.fromiter(map(len, said), np.intp, self.count)
        whose = np.repeat(np.arange(self.count), lengths)
        which = np.fromiter(chain.from_iterable(said), np.intp, len(whose))
        pairs, times = np.unique(whose * len(number) + which, return_counts=True)
        places, terms = np.divmod(pairs, max(len(number), 1))
        spread = np.bincount(terms, minlength=len(number))
        kept = spread >= least
        known = [term for term, enough in zip(number, kept, strict=True) if enough]
        rarity: _Floats = np.log((1 + self.count) / (1 + spread[kept])) + 1
        self.vocabulary = Vocabulary(tuple(known), rarity, terms_of)
        counted = kept[terms]
        places, times = places[counted], times[counted]
        terms = (np.cumsum(kept) - 1)[terms[counted]]
        weights = self.vocabulary.weights(terms, times.astype(float))
        weights /= np.sqrt(np.bincount(places, weights**2, self.count))[places]
        # By term, so that a text is only compared with those that share one with it.
        order = np.argsort(terms, kind="stable")
        self._places, self._values = places[order], weights[order]
        self._ends = np.cumsum(np.bincount(terms, minlength=len(known)))

    def cosines(self, text: Sparse) -> _Floats:
        """Shape (texts,): how much each shares with a vector of the vocabulary, 0 to 1."""
        terms, weights = text
        if not len(terms):
            return np.zeros(self.count)
        rows = [self._texts_of(term) for term in terms]
        found = [self._places[row] for row in rows]
        places = np.concatenate(found)
        values = np.concatenate([self._values[row] for row in rows])
        shares = np.bincount(
            places, values * np.repeat(weights, [len(row) for row in found]), self.count
        )
        return np.asarray(shares, np.float64)

    def project(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape (terms, columns), from (texts, columns): what a term weighs, over its texts."""
        weighed = np.empty((len(self._ends), weights.shape[1]), np.float32)
        starts = np.append(0, self._ends[:-1])
        for first in range(0, len(starts), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            places = slice(starts[first], self._ends[part][-1])
            values = self._values[places, None].astype(np.float32) * weights[self._places[places]]
            weighed[part] = np.add.reduceat(values, starts[part] - starts[first], axis=0)
        return weighed

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
