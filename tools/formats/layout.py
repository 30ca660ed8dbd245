"""Lays out boxes and arrows in columns, left to right.

The layered method of Sugiyama, Tagawa and Toda (1981): arrows that close a circle are turned,
each box stands one column further than the longest way to it, arrows that skip columns go through
dummies, the order in a column is improved by barycentres, and heights by isotonic regression.
An arrow's label is a stop on its way, with a column to itself: labels hide nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.formats.layout_order import Stop, ordered

COLUMN_GAP = 30.0
ROW_GAP = 16.0
_DUMMY_HEIGHT = 6.0
_SWEEPS = 24

Point = tuple[float, float]
Size = tuple[float, float]
"""Width and height, in pixels."""


@dataclass(frozen=True)
class Rectangle:
    """Its upper left corner, and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Route:
    """The way of an arrow: points joined by curves, every second pair by a straight line."""

    points: tuple[Point, ...]
    label: Rectangle | None
    goes_back: bool


@dataclass(frozen=True)
class Layout:
    """Where everything stands: boxes by id, routes in the order of the arrows."""

    boxes: Mapping[str, Rectangle]
    routes: Sequence[Route]
    width: float
    height: float


@dataclass(frozen=True)
class Link:
    """An arrow to lay out."""

    origin: str
    target: str
    label: Size | None = None


def lay_out(boxes: Mapping[str, Size], links: Sequence[Link]) -> Layout:
    """Lay out `boxes`, sizes by id; the first one is where reading begins."""
    back = _links_back(boxes, links)
    columns = _columns(boxes, links, back)
    stops = {name: place for place, name in enumerate(boxes)}
    all_stops = [Stop(*boxes[name], 2 * columns[name]) for name in boxes]
    chains = [_chain(link, link in back, stops, all_stops) for link in links]
    order = ordered(all_stops)
    _place_across(all_stops, order)
    _place_along(all_stops, order)
    width = max(stop.x + stop.width for stop in all_stops)
    height = max(stop.y + stop.height / 2 for stop in all_stops)
    return Layout(
        {name: _rectangle(all_stops[place]) for name, place in stops.items()},
        _routes(links, chains, all_stops, back),
        width,
        height,
    )


def _links_back(boxes: Mapping[str, Size], links: Sequence[Link]) -> set[Link]:
    """Links to a box that is still open when the boxes are walked depth first."""
    onward: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        onward[link.origin].append(link)
    back: set[Link] = set()
    opened, closed = set[str](), set[str]()
    for root in boxes:
        todo: list[tuple[str, Iterator[Link]]] = []
        if root not in closed:
            opened.add(root)
            todo.append((root, iter(onward[root])))
        while todo:
            name, rest = todo[-1]
            for link in rest:
                if link.target in opened:
                    back.add(link)
                elif link.target not in closed:
                    opened.add(link.target)
                    todo.append((link.target, iter(onward[link.target])))
                    break
            else:
                opened.discard(name)
                closed.add(name)
                todo.pop()
    return back


def _columns(boxes: Mapping[str, Size], links: Sequence[Link], back: set[Link]) -> dict[str, int]:
    """Length of the longest way to each box."""
    onward: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(boxes, 0)
    for link in links:
        if link.origin == link.target:
            continue
        first, last = (link.target, link.origin) if link in back else (link.origin, link.target)
        onward[first].append(last)
        waiting[last] += 1
    columns = dict.fromkeys(boxes, 0)
    todo = [name for name, before in waiting.items() if not before]
    for name in todo:
        for target in onward[name]:
            columns[target] = max(columns[target], columns[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                todo.append(target)
    return columns


def _chain(link: Link, goes_back: bool, stops: Mapping[str, int], found: list[Stop]) -> list[int]:
    """The stops of an arrow from its origin to its target; the new ones join `found`.

    An arrow from a box to itself has its label beside the box, and points from there to it.
    """
    first, last = stops[link.origin], stops[link.target]
    if first == last:
        found.append(Stop(*(link.label or (0.0, _DUMMY_HEIGHT)), found[first].column + 1))
        found[first].after.append(len(found) - 1)
        found[-1].before.append(first)
        return [first, len(found) - 1]
    step = -1 if goes_back else 1
    chain = [first]
    for column in range(found[first].column + step, found[last].column, step):
        is_label = link.label and len(chain) == 1
        size = link.label if is_label and link.label else (0.0, _DUMMY_HEIGHT)
        found.append(Stop(*size, column))
        chain.append(len(found) - 1)
    chain.append(last)
    for one, other in pairwise(chain):
        left, right = (other, one) if goes_back else (one, other)
        found[left].after.append(right)
        found[right].before.append(left)
    return chain


# Coordinates


def _place_across(stops: list[Stop], order: list[list[int]]) -> None:
    """Heights: each stop near the mean of its neighbours, nothing overlapping."""
    for column in order:
        _set_heights(column, stops, [0.0] * len(column))
    for sweep in range(_SWEEPS):
        for column in order if sweep % 2 == 0 else reversed(order):
            wishes = []
            for place in column:
                stop = stops[place]
                near = [*stop.before, *stop.after]
                if sweep < _SWEEPS - 4:
                    near = (stop.before if sweep % 2 == 0 else stop.after) or near
                wishes.append(sum(stops[other].y for other in near) / len(near) if near else stop.y)
            _set_heights(column, stops, wishes)
    top = min(stop.y - stop.height / 2 for stop in stops)
    for stop in stops:
        stop.y -= top


def _set_heights(column: list[int], stops: list[Stop], wishes: list[float]) -> None:
    """The heights closest to `wishes` (least squares) that keep order and gaps.

    Pool adjacent violators: neighbours that would overlap move as one block.
    """
    offsets = [0.0]
    for upper, lower in pairwise(column):
        gap = ROW_GAP if stops[upper].width and stops[lower].width else ROW_GAP / 2
        offsets.append(offsets[-1] + (stops[upper].height + stops[lower].height) / 2 + gap)
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, size = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean = (mean * size + other * others) / (size + others)
            size += others
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    for place, mean, offset in zip(column, means, offsets, strict=True):
        stops[place].y = mean + offset


def _place_along(stops: list[Stop], order: list[list[int]]) -> None:
    x = 0.0
    for column in order:
        width = max((stops[place].width for place in column), default=0.0)
        for place in column:
            stops[place].x = x
            stops[place].width = stops[place].width or width  # a dummy crosses its column
        x += width + (COLUMN_GAP if width else 0.0)


def _rectangle(stop: Stop) -> Rectangle:
    return Rectangle(stop.x, stop.y - stop.height / 2, stop.width, stop.height)


def _routes(
    links: Sequence[Link], chains: list[list[int]], stops: list[Stop], back: set[Link]
) -> list[Route]:
    leaving: dict[int, list[int]] = defaultdict(list)
    for index, chain in enumerate(chains):
        leaving[chain[0]].append(index)
    ports: dict[int, float] = {}
    for origin, indexes in leaving.items():
        indexes.sort(key=lambda index: stops[chains[index][1]].y)
        for rank, index in enumerate(indexes, start=1):
            stop = stops[origin]
            ports[index] = stop.y + stop.height * (rank / (len(indexes) + 1) - 0.5)
    return [
        _route(link, chain, stops, ports[index], link in back)
        for index, (link, chain) in enumerate(zip(links, chains, strict=True))
    ]


def _route(link: Link, chain: list[int], stops: list[Stop], port: float, goes_back: bool) -> Route:
    first, last = stops[chain[0]], stops[chain[-1]]
    label = _rectangle(stops[chain[1]]) if link.label else None
    if link.origin == link.target:
        points = [(last.x, last.y), (first.x + first.width, port)]
        return Route(tuple(points), label, goes_back=True)
    points = [(first.x + (0.0 if goes_back else first.width), port)]
    for place in chain[1:-1]:
        stop = stops[place]
        ends = [(stop.x, stop.y), (stop.x + stop.width, stop.y)]
        points += reversed(ends) if goes_back else ends
    points.append((last.x + (last.width if goes_back else 0.0), last.y))
    return Route(tuple(points), label, goes_back)
