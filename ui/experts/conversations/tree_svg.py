"""The map of a conversation's way as SVG: from the top to the bottom, offline, links to the steps.

Laid out like the pictures of the tree (tools/formats/layout.py), turned by a quarter: a way is
longer than it is wide, and so is its place on the page.
"""

from html import escape
from itertools import pairwise

from agent.texts import Texts
from tools.formats.layout import Layout, Link, Point, Rectangle, Route, Size, lay_out
from tools.formats.panel import xml_text
from tools.formats.wrapping import wrapped
from ui.experts.conversations.tree_map import Map, Place, Road
from ui.experts.markup import named, percent

_MARGIN = 18.0
_WIDE, _NARROW = 180.0, 126.0
_FONT, _SMALL_FONT, _LINE, _SMALL_LINE = 13.5, 11.5, 17.0, 14.5
_KIND_LINE, _PADDING = 14.0, 9.0
_LABEL_WIDTH, _LABEL_PADDING, _BAR = 118.0, 5.0, 5.0
_MOST_LINES, _FEW_LINES = 6, 3
_BADGE = 11.0
_FITS = 0.93
"""Of a line's room that text is given: fonts differ."""
_SMALL = frozenset({"entry", "elsewhere"})


def drawn(map_: Map, texts: Texts) -> str:
    """The picture: an SVG element that knows its size."""
    boxes = {name: _Box(place, texts) for name, place in map_.places.items()}
    labels = [_Label(road, texts) for road in map_.roads]
    laid = _upright(
        lay_out(
            {name: _turned(box.size) for name, box in boxes.items()},
            [
                Link(road.origin, road.target, _turned(label.size) if label.size else None)
                for road, label in zip(map_.roads, labels, strict=True)
            ],
        )
    )
    x, y = -_MARGIN, -_MARGIN
    width, height = laid.width + 2 * _MARGIN, laid.height + 2 * _MARGIN
    parts = [_ARROWHEADS]
    order = sorted(range(len(map_.roads)), key=lambda n: _DEPTH[map_.roads[n].state])
    parts += [_way(map_.roads[n], laid.routes[n].points) for n in order]
    for label, route in zip(labels, laid.routes, strict=True):
        if route.label:
            parts.append(label.drawn(route.label))
    parts += [box.drawn(laid.boxes[name]) for name, box in boxes.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="group" class="way-map"'
        f' aria-label="{escape(texts("experts.map.picture"))}"'
        f' viewBox="{x:.0f} {y:.0f} {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'
    )


_DEPTH = {"aside": 0, "undone": 1, "walked": 2}
"""What lies over what."""
_ARROWHEADS = (
    "<defs>"
    + "".join(
        f'<marker id="head-{state}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}"'
        f' markerHeight="{size}" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="head {state}" d="M0,0.5 8,4 0,7.5z"/></marker>'
        for state, size in (("aside", 9), ("undone", 11), ("walked", 14))
    )
    + "</defs>"
)


class _Box:
    """A place: what it says in lines, how large it is."""

    def __init__(self, place: Place, texts: Texts) -> None:
        self._place = place
        self._texts = texts
        walked = place.state != "aside"
        self._font, self._line = (_FONT, _LINE) if walked else (_SMALL_FONT, _SMALL_LINE)
        self.width = _WIDE if walked else _NARROW
        most = _MOST_LINES if walked else _FEW_LINES
        self._lines = _cut(
            wrapped(place.text, _FITS * (self.width - 2 * _PADDING), self._font), most
        )
        self._kind = "" if place.kind in _SMALL else named(texts, "map.kind", place.kind)
        if place.urgency != "none":
            self._kind = texts(f"experts.map.urgency.{place.urgency}")
        if place.is_here:
            self._kind = " · ".join(filter(None, (texts("experts.map.here"), self._kind)))

    @property
    def size(self) -> Size:
        kind = _KIND_LINE if self._kind else 0.0
        return self.width, 2 * _PADDING + kind + self._line * len(self._lines)

    def drawn(self, at: Rectangle) -> str:
        place = self._place
        x, y = at.x + _PADDING, at.y + _PADDING
        parts = [f"<title>{xml_text(place.told or place.text)}</title>", _rect(at, 9)]
        if self._kind:
            fits, *_ = wrapped(self._kind.upper(), self.width - 2 * _PADDING, 10.5)
            parts.append(f'<text class="kind" x="{x:.0f}" y="{y + 9:.0f}">{xml_text(fits)}</text>')
            y += _KIND_LINE
        parts.append(_text(self._lines, x, y + self._font - 2, self._line, self._font))
        if place.numbers:
            parts.append(self._badge(at))
        kinds = ["place", place.kind, place.state, place.urgency, *(["here"] * place.is_here)]
        box = f'<g class="{" ".join(kinds)}" data-node="{escape(place.node)}">{"".join(parts)}</g>'
        if place.step is None:
            return box
        label = self._texts(
            "experts.map.box", numbers=_numbers(place), kind=self._kind, text=place.text
        )
        return f'<a href="#{place.step}" aria-label="{_attribute(label)}">{box}</a>'

    def _badge(self, at: Rectangle) -> str:
        """The numbers of the steps, on the upper left corner."""
        told = _numbers(self._place)
        width = max(2 * _BADGE, 8.0 * len(told) + 8)
        place = Rectangle(at.x - _BADGE + 2, at.y - _BADGE + 2, width, 2 * _BADGE)
        middle = f'x="{place.x + width / 2:.1f}" y="{place.y + _BADGE + 4.5:.1f}"'
        return f'<g class="badge">{_rect(place, _BADGE)}<text {middle}>{told}</text></g>'


class _Label:
    """What stands on a road: what she would have answered, and how likely that was thought."""

    def __init__(self, road: Road, texts: Texts) -> None:
        self._road = road
        few = _MOST_LINES if road.state != "aside" else _FEW_LINES
        inside = _FITS * (_LABEL_WIDTH - 2 * _LABEL_PADDING)
        self._lines = _cut(wrapped(road.label, inside, _SMALL_FONT), few)
        self._share = "" if road.share is None else percent(road.share, texts)

    @property
    def size(self) -> Size | None:
        """None where there is nothing to say."""
        if not self._lines and not self._share:
            return None
        lines = len(self._lines) + bool(self._share)
        bar = _BAR + 3 if self._share else 0.0
        return _LABEL_WIDTH, 2 * _LABEL_PADDING + _SMALL_LINE * lines + bar

    def drawn(self, at: Rectangle) -> str:
        x, y = at.x + _LABEL_PADDING, at.y + _LABEL_PADDING
        parts = [f"<title>{xml_text(self._road.label)}</title>", _rect(at, 6)]
        parts.append(_text(self._lines, x, y + _SMALL_FONT - 1, _SMALL_LINE, _SMALL_FONT))
        if self._share:
            y += _SMALL_LINE * len(self._lines)
            parts.append(
                f'<text class="share" x="{x:.0f}" y="{y + _SMALL_FONT - 1:.0f}">'
                f"{xml_text(self._share)}</text>"
            )
            whole = Rectangle(x, y + _SMALL_LINE + 1, at.width - 2 * _LABEL_PADDING, _BAR)
            part = whole.width * min(max(self._road.share or 0.0, 0.0), 1.0)
            parts.append(_rect(whole, 2, "track"))
            parts.append(_rect(Rectangle(whole.x, whole.y, part, _BAR), 2, "fill"))
        return f'<g class="label {self._road.state}">{"".join(parts)}</g>'


def _attribute(text: str) -> str:
    return xml_text(text).replace('"', "&quot;")


def _numbers(place: Place) -> str:
    return "·".join(str(number) for number in place.numbers)


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]}…"]


def _text(lines: list[str], x: float, y: float, line: float, font: float) -> str:
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{y + place * line:.1f}">{xml_text(one)}</tspan>'
        for place, one in enumerate(lines)
    )
    return f'<text font-size="{font}">{spans}</text>'


def _rect(at: Rectangle, radius: float, kind: str = "box") -> str:
    return (
        f'<rect class="{kind}" x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}"'
        f' height="{at.height:.1f}" rx="{radius:g}"/>'
    )


def _way(road: Road, points: tuple[Point, ...]) -> str:
    """Curves that leave and arrive upright; every second pair of points is joined straight."""
    start, *_ = points
    parts = [f"M{_pair(start)}"]
    for number, (one, other) in enumerate(pairwise(points)):
        if number % 2:
            parts.append(f"L{_pair(other)}")
        else:
            bend = (other[1] - one[1]) / 2
            leaves, arrives = (one[0], one[1] + bend), (other[0], other[1] - bend)
            parts.append(f"C{_pair(leaves)} {_pair(arrives)} {_pair(other)}")
    state = road.state
    return f'<path class="way {state}" d="{" ".join(parts)}" marker-end="url(#head-{state})"/>'


def _pair(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


# The layout goes from left to right: its x is the picture's y.


def _turned(size: Size) -> Size:
    return size[1], size[0]


def _upright(laid: Layout) -> Layout:
    def rectangle(it: Rectangle) -> Rectangle:
        return Rectangle(it.y, it.x, it.height, it.width)

    return Layout(
        {name: rectangle(it) for name, it in laid.boxes.items()},
        [
            Route(
                tuple((y, x) for x, y in route.points),
                rectangle(route.label) if route.label else None,
                route.goes_back,
            )
            for route in laid.routes
        ],
        laid.height,
        laid.width,
    )
