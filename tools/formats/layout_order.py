"""The order of what stands in the columns of a layout: few crossings, by barycentres."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 24


@dataclass
class Stop:
    """A box, a label or a dummy: what takes room in a column."""

    width: float
    height: float
    column: int
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    """Its middle line."""


def ordered(stops: list[Stop]) -> list[list[int]]:
    """Stops by column, from top to bottom, with few crossings."""
    columns: list[list[int]] = [[] for _ in range(max(stop.column for stop in stops) + 1)]
    for place in _depth_first(stops):
        columns[stops[place].column].append(place)
    best, fewest = [list(column) for column in columns], _crossings(columns, stops)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for column in columns if forwards else reversed(columns):
            ranks = {p: rank for other in columns for rank, p in enumerate(other)}
            means = {p: _mean_rank(stops[p], ranks, ranks[p], forwards) for p in column}
            column.sort(key=lambda place: means[place])
        crossings = _crossings(columns, stops)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _mean_rank(stop: Stop, ranks: Mapping[int, int], own: int, forwards: bool) -> float:
    if not stop.before and not stop.after:
        return float("inf")  # below what belongs together
    near = stop.before if forwards else stop.after
    return sum(ranks[other] for other in near) / len(near) if near else own


def _depth_first(stops: list[Stop]) -> Iterator[int]:
    seen = set[int]()
    todo = [place for place in reversed(range(len(stops))) if not stops[place].before]
    while todo:
        place = todo.pop()
        if place not in seen:
            seen.add(place)
            yield place
            todo += reversed(stops[place].after)


def _crossings(columns: list[list[int]], stops: list[Stop]) -> int:
    total = 0
    for left, right in pairwise(columns):
        ranks = {place: rank for rank, place in enumerate(right)}
        passed: list[int] = []
        for place in left:
            targets = sorted(ranks[other] for other in stops[place].after)
            total += sum(len(passed) - bisect_left(passed, target + 1) for target in targets)
            for target in targets:
                insort(passed, target)
    return total
