"""How likely each word of a text is to be marked, learnt from texts with marked words.

Two steps. First every word is scored by its stem, its letters, its neighbours and the other words
of its clause: ridge regression over hashed features (Weinberger et al. 2009, "Feature hashing for
large scale multitask learning"). Then a logistic regression sees each score among the others of
its clause and of the text, and makes a probability of it; it is fitted on scores of texts that
the first step had not learnt from.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tools.apart import apart
from tools.logistic import chances, fit_logistic
from tools.terms import letter_groups
from tools.words import speller, stemmer

_BUCKETS = 2**17
_RIDGE = 30.0
"""Chosen on the development messages (of 15, 30, 60, 120), as are the steps of _ROUNDS."""
_ROUNDS = 60
_FOLDS = 5
_SECOND_RIDGE = 10.0
_NEAR = 2
"""Words on each side whose scores the second step sees."""
_Floats = NDArray[np.float64]


class Clauses(NamedTuple):
    """The words of one text, and the number of the clause that each is in, rising."""

    words: Sequence[str]
    """Folded."""
    clause: Sequence[int]


@dataclass(frozen=True)
class _Rows:
    """A sparse matrix, row by row."""

    columns: NDArray[np.int64]
    values: NDArray[np.float32]
    starts: NDArray[np.int64]
    """Where each row begins; no row is empty."""

    def times(self, weights: _Floats) -> _Floats:
        """The matrix times a vector."""
        return np.add.reduceat(self.values * weights[self.columns], self.starts)

    def transposed_times(self, residue: _Floats) -> _Floats:
        """The transposed matrix times a vector."""
        lengths = np.diff(np.append(self.starts, len(self.columns)))
        spread = np.repeat(residue, lengths)
        sums: _Floats = np.bincount(self.columns, self.values * spread, _BUCKETS).astype(float)
        return sums


class WordMarker:
    """Says of each word how likely it is to be marked."""

    method = f"words {_BUCKETS} {_RIDGE} {_ROUNDS} {_SECOND_RIDGE}"
    """How it is learnt: another one learns something else from the same texts."""

    def __init__(
        self, first: _Floats, base: float, second: _Floats, middle: _Floats, spread: _Floats
    ) -> None:
        """What `learn` found: the weights of both steps, and the second's usual features."""
        self._first, self._base = first, base
        self._second, self._middle, self._spread = second, middle, spread

    @classmethod
    def learn(
        cls, texts: Sequence[Clauses], marked: Sequence[Sequence[bool]], language: str
    ) -> Self:
        """Learn from texts of which each word is marked or not. Takes half a minute for 1,300."""
        folds = min(_FOLDS, len(texts))
        parts = [(texts[fold::folds], marked[fold::folds]) for fold in range(folds)]
        rows: list[_Floats] = []
        right: list[Sequence[bool]] = []
        for out, (held, held_marked) in enumerate(parts):
            others = [part for place, part in enumerate(parts) if place != out] or parts
            known = [text for these, _ in others for text in these]
            first, base = _ridge(known, [m for _, ms in others for m in ms], language)
            rows += [_context(_scores(text, first, base, language), text.clause) for text in held]
            right += held_marked
        seen = np.concatenate(rows)
        middle, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-9
        outcome = np.concatenate([np.asarray(m, float) for m in right])
        rows_squared = _squared((seen - middle) / spread)
        second = apart(fit_logistic, rows_squared, outcome, _SECOND_RIDGE)
        first, base = _ridge(texts, marked, language)
        return cls(first, base, second, middle, spread)

    def chances(self, text: Clauses, language: str) -> _Floats:
        """Shape (words,): the probability that each word of `text` is marked."""
        if not text.words:
            return np.zeros(0)
        seen = _context(_scores(text, self._first, self._base, language), text.clause)
        return chances(_squared((seen - self._middle) / self._spread), self._second)

    def keep(self, key: str, path: Path) -> None:
        """Write it to `path`, the first step in half precision; whole or not at all."""
        unfinished = path.with_suffix(".part.npz")
        np.savez_compressed(
            unfinished,
            key=np.array(key),
            first=self._first.astype(np.float16),
            base=np.array(self._base),
            second=self._second,
            middle=self._middle,
            spread=self._spread,
        )
        unfinished.replace(path)

    @classmethod
    def read(cls, path: Path, key: str) -> Self | None:
        """The one that was kept under that key; None where the file has another."""
        with np.load(path) as file:
            if str(file["key"]) != key:
                return None
            first = file["first"].astype(float)
            return cls(first, float(file["base"]), file["second"], file["middle"], file["spread"])


# The first step


def _scores(text: Clauses, weights: _Floats, base: float, language: str) -> _Floats:
    return _rows([text], language).times(weights) + base


def _ridge(
    texts: Sequence[Clauses], marked: Sequence[Sequence[bool]], language: str
) -> tuple[_Floats, float]:
    """Weights and base of the least squares, by conjugate gradients."""
    rows = _rows(texts, language)
    right = np.concatenate([np.asarray(one, float) for one in marked])
    base = float(right.mean())
    weights = np.zeros(_BUCKETS)
    residue = rows.transposed_times(right - base)
    step = residue.copy()
    size = float(residue @ residue)
    for _ in range(_ROUNDS):
        if size < 1e-9:
            break
        bent = rows.transposed_times(rows.times(step)) + _RIDGE * step
        length = size / float(step @ bent)
        weights += length * step
        residue -= length * bent
        size, before = float(residue @ residue), size
        step = residue + size / before * step
    return weights, base


def _rows(texts: Iterable[Clauses], language: str) -> _Rows:
    columns: list[int] = []
    values: list[float] = []
    starts: list[int] = []
    for text in texts:
        for features in _features(text, language):
            starts.append(len(columns))
            for name, value in features:
                columns.append(crc32(name.encode()) % _BUCKETS)
                values.append(value)
    return _Rows(np.array(columns), np.array(values, np.float32), np.array(starts))


def _features(text: Clauses, language: str) -> Iterator[list[tuple[str, float]]]:
    """Of each word: name and value."""
    spell, stem = speller(language), stemmer(language)
    stems = [spell(stem(word)) for word in text.words]
    kinds = ["number" if any(map(str.isdigit, word)) else "" for word in text.words]
    count = len(text.words)
    clauses: dict[int, list[str]] = {}
    for number, stem_of_word in zip(text.clause, stems, strict=True):
        clauses.setdefault(number, []).append(stem_of_word)
    for place in range(count):
        here = text.clause[place]
        members = clauses[here]
        weight = 1 / math.sqrt(len(members))
        found = [("stem " + stems[place], 1.0), ("kind " + kinds[place], 1.0)]
        found += [("letters " + part, 0.5) for part in letter_groups(text.words[place], 3, 4)]
        found += [("clause " + member, weight) for member in members]
        found += [
            ("length", math.log(len(members))),
            ("first", float(here == text.clause[0])),
            ("last", float(here == text.clause[-1])),
            ("place", place / count),
        ]
        for step in (-1, 1):
            other = place + step
            if not 0 <= other < count:
                found.append((f"{step} edge", 1.0))
                continue
            found.append((f"{step} {stems[other]}", 1.0))
            found.append((f"{step} kind {kinds[other]}", 1.0))
            found.append((f"{step} pair {stems[place]} {stems[other]}", 1.0))
            if text.clause[other] != here:
                found.append((f"{step} break", 1.0))
        yield found


# The second step


def _context(scores: _Floats, clause: Sequence[int]) -> _Floats:
    """Shape (words, features): each score among the others."""
    count = len(scores)
    of_text = [float(scores.mean()), float(scores.max())]
    of_clause = _clause_context(scores, clause)
    above = (scores > scores[:, None]).mean(axis=1)
    rows = []
    for place in range(count):
        here = clause[place]
        row: list[float] = []
        for other in range(place - _NEAR, place + _NEAR + 1):
            beside = 0 <= other < count and clause[other] == here
            row += [float(scores[other]) if beside else 0.0, float(beside)]
        row += [*of_text, float(above[place]), place / count, math.log(count), *of_clause[here]]
        rows.append(row)
    return np.array(rows)


def _clause_context(scores: _Floats, clause: Sequence[int]) -> dict[int, list[float]]:
    """What the words of a clause share, by its number."""
    numbers = np.asarray(clause)
    inside = {number: scores[numbers == number] for number in set(clause)}
    means = {number: float(same.mean()) for number, same in inside.items()}
    ranked = np.array(list(means.values()))
    return {
        number: [
            means[number],
            float(same.max()),
            float(same.min()),
            len(same) / len(scores),
            math.log(len(same)),
            float((ranked > means[number]).mean()),
            max(means.get(number - 1, 0.0), means.get(number + 1, 0.0)),
        ]
        for number, same in inside.items()
    }


def _squared(rows: _Floats) -> _Floats:
    """One, the features, and the product of each two."""
    one, other = np.triu_indices(rows.shape[1])
    return np.concatenate([np.ones((len(rows), 1)), rows, rows[:, one] * rows[:, other]], axis=1)
