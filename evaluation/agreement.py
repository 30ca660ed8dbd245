"""How far experts agree who judged the same things independently: Krippendorff's α, nominal.

α = 1 − observed / expected disagreement, over the pairs of values that different experts gave to
the same item: 1 is full agreement, 0 what chance would give. Krippendorff 2011, "Computing
Krippendorff's Alpha-Reliability" (https://repository.upenn.edu/asc_papers/43), sections C and D;
missing values are allowed. The interval is the bootstrap's (2.5 % to 97.5 %, items drawn with
replacement; Efron 1979), not the paper's on the distribution of α.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluation.statistics import Estimate
from records.judgements import VERDICTS, Standing, Verdict

FEWEST = 10
"""Items with two values or more below which there is no score: chance would speak."""
_BATCHES, _BATCH = 20, 100
"""Resamples: so many at a time, that thousands of items need little memory."""
_SEED = 1


def alpha(items: Iterable[Sequence[str]]) -> float | None:
    """α of items, each with the values that it was given.

    None where nothing can be said: no item has two values, or all values are the same.
    """
    counts = _counts([it for it in items if len(it) > 1])
    return None if counts is None else _whole(_alphas(counts, np.ones((1, len(counts)))))


def scored(items: Iterable[Sequence[str]]) -> Estimate | None:
    """α with its interval of 95 %. None below FEWEST items with two values, too."""
    pairable = [it for it in items if len(it) > 1]
    counts = _counts(pairable)
    value = alpha(pairable)
    if counts is None or value is None or len(pairable) < FEWEST:
        return None
    size = len(pairable)
    # How often each item is drawn, instead of the items: the sums are the same.
    rng, even = np.random.default_rng(_SEED), np.full(size, 1 / size)
    batches = [_alphas(counts, rng.multinomial(size, even, _BATCH)) for _ in range(_BATCHES)]
    alphas = np.concatenate(batches)
    low, high = np.nanquantile(alphas, [0.025, 0.975])
    return Estimate(value, float(low), float(high), size)


def _counts(items: Sequence[Sequence[str]]) -> "np.ndarray | None":
    """How often each item was given each value."""
    names = sorted({value for item in items for value in item})
    if not items:
        return None
    return np.array([[list(item).count(name) for name in names] for item in items], float)


def _alphas(counts: "np.ndarray", weights: "np.ndarray") -> "np.ndarray":
    """α for each row of weights; NaN where all values are the same."""
    given = counts.sum(axis=1)
    # The diagonal of the coincidence matrix, summed up: pairs that match, within each item.
    matching = weights @ ((counts * (counts - 1)).sum(axis=1) / (given - 1))
    values = weights @ counts
    total = weights @ given
    by_chance = (values * (values - 1)).sum(axis=1)
    above = (total - 1) * matching - by_chance
    below = total * (total - 1) - by_chance
    alphas = np.full(len(below), np.nan)
    np.divide(above, below, out=alphas, where=below > 0)
    return alphas


def _whole(alphas: "np.ndarray") -> float | None:
    return None if np.isnan(alphas[0]) else float(alphas[0])


@dataclass(frozen=True)
class Line:
    """Agreement on something."""

    name: str
    """A verdict, two experts' names, or empty of all."""
    items: int
    """With two experts or more."""
    same: int
    """Of those, how many they all judged the same."""
    score: Estimate | None
    """None: too few items, or nobody ever gave another verdict."""


@dataclass(frozen=True)
class Agreement:
    """How far the experts agree, on what each judged without knowing of the others."""

    whole: Line
    verdicts: Mapping[Verdict, Line]
    """Each against all others."""
    pairs: Sequence[Line]
    """By two experts."""


def agreement(standings: Iterable[Standing]) -> Agreement:
    """Agreement on verdicts; what was settled by discussion and written after is not in it."""
    said = [{name: it.verdict for name, it in one.blind.items()} for one in standings]
    both = [one for one in said if len(one) > 1]
    names = sorted({name for one in both for name in one})
    return Agreement(
        _line("", [list(one.values()) for one in both]),
        {
            verdict: _line(verdict, [[str(v == verdict) for v in one.values()] for one in both])
            for verdict in VERDICTS
        },
        [
            _line(f"{one} · {other}", shared)
            for one, other in combinations(names, 2)
            if (shared := [[it[one], it[other]] for it in both if {one, other} <= it.keys()])
        ],
    )


def _line(name: str, items: Sequence[Sequence[str]]) -> Line:
    same = sum(len(set(values)) == 1 for values in items)
    return Line(name, len(items), same, scored(items))
