"""Exact tests from counts, and their correction for how many are made.

- Whether a share is above a known one: the exact binomial test, one-sided.
- Whether one of two shares is above the other: Fisher's exact test, one-sided (Fisher 1935, "The
  logic of inductive inference").
- Many at once: Benjamini & Hochberg 1995, "Controlling the false discovery rate": of what is told
  at rate q, at most a share q is expected to be chance; where nothing is there at all, something is
  told in at most a share q of looks.
"""

import math
from collections.abc import Sequence

_NEGLIGIBLE = 1e-12
"""Of the sum so far: terms that fall are not added beyond."""


def binomial_above(hits: int, count: int, share: float) -> float:
    """P of so many hits or more, if each is one with probability `share` (0 < share < 1).

    1 where there are no more than expected: such p need no digits.
    """
    if hits <= count * share:
        return 1.0
    odds = share / (1 - share)
    term = math.exp(
        _log_choose(count, hits) + hits * math.log(share) + (count - hits) * math.log1p(-share)
    )
    total = 0.0
    for number in range(hits, count + 1):
        total += term
        term *= odds * (count - number) / (number + 1)
        if term < _NEGLIGIBLE * total:
            break
    return min(1.0, total)


def fisher_above(hits: int, count: int, other_hits: int, other_count: int) -> float:
    """P of so many hits or more among `count`, if both groups have the same share.

    1 where there are no more than expected.
    """
    all_hits, everyone = hits + other_hits, count + other_count
    if not everyone or hits * everyone <= all_hits * count:
        return 1.0
    term = math.exp(
        _log_choose(all_hits, hits)
        + _log_choose(everyone - all_hits, count - hits)
        - _log_choose(everyone, count)
    )
    total = 0.0
    for number in range(hits, min(count, all_hits) + 1):
        total += term
        misses = everyone - all_hits - count + number + 1
        term *= (all_hits - number) * (count - number) / ((number + 1) * misses)
        if term < _NEGLIGIBLE * total:
            break
    return min(1.0, total)


def adjusted(values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p, in the order given: to be compared with the rate."""
    order = sorted(range(len(values)), key=lambda place: values[place], reverse=True)
    found, least = [0.0] * len(values), 1.0
    for rank, place in zip(range(len(values), 0, -1), order, strict=True):
        least = min(least, values[place] * len(values) / rank)
        found[place] = least
    return found


def _log_choose(count: int, chosen: int) -> float:
    return math.lgamma(count + 1) - math.lgamma(chosen + 1) - math.lgamma(count - chosen + 1)
