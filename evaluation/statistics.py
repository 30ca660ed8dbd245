"""Confidence intervals of 95 %: Wilson's for shares, the bootstrap's for everything else.

Wilson 1927, "Probable inference, the law of succession, and statistical inference"; Efron 1979,
"Bootstrap methods" (percentile intervals, cases drawn with replacement).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_Z = 1.959964
"""The normal distribution's 97.5 % quantile."""
_RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval that it is sure of."""

    value: float
    low: float
    high: float
    count: int
    """Cases that it is of."""


def share(hits: Sequence[bool]) -> Estimate | None:
    """The share of cases that are hits; None of no cases."""
    return share_of(sum(hits), len(hits))


def share_of(hits: int, count: int) -> Estimate | None:
    """The same from counts."""
    if not count:
        return None
    value = hits / count
    middle = value + _Z**2 / (2 * count)
    spread = _Z * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2))
    below = 1 + _Z**2 / count
    low, high = (middle - spread) / below, (middle + spread) / below
    return Estimate(value, min(max(low, 0.0), value), max(min(high, 1.0), value), count)


def mean(values: Sequence[float], seed: int) -> Estimate | None:
    """The mean of the cases' values; None of no cases."""
    return ratio(values, [1.0] * len(values), seed)


def ratio(above: Sequence[float], below: Sequence[float], seed: int) -> Estimate | None:
    """The cases' sum above over their sum below; None where that is nothing."""
    if not sum(below):
        return None
    tops, bottoms = np.asarray(above, float), np.asarray(below, float)
    drawn = np.random.default_rng(seed).integers(len(tops), size=(_RESAMPLES, len(tops)))
    sums = bottoms[drawn].sum(axis=1)
    ratios = tops[drawn].sum(axis=1)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Estimate(float(tops.sum() / bottoms.sum()), float(low), float(high), len(tops))


def quantile(groups: Sequence[Sequence[float]], at: float, seed: int) -> Estimate | None:
    """The quantile, 0 to 1, of all values; those of a case are drawn together. None of none."""
    if not any(len(group) for group in groups):
        return None
    values = [np.asarray(group, float) for group in groups]
    places = np.random.default_rng(seed).integers(len(values), size=(_RESAMPLES, len(values)))
    drawn = [np.quantile(np.concatenate([values[i] for i in row]), at) for row in places]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(
        float(np.quantile(np.concatenate(values), at)), float(low), float(high), len(values)
    )
