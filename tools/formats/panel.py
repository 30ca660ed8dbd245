"""One diagram of a picture: laid out, and drawn as SVG."""

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from tools.formats.diagram import Box, Diagram
from tools.formats.layout import Link, Point, Rectangle, Route, Size, lay_out
from tools.formats.wrapping import text_width, wrapped

MARGIN = 28.0
BOX_WIDTH = 236.0
KIND_NAMES = {
    "question": "PREGUNTA",
    "input": "DATO",
    "logic": "LÓGICA",
    "advice": "CONSEJO",
    "referral": "DERIVACIÓN",
}
URGENCY_NAMES = {"same_day": "HOY", "emergency": "URGENCIAS"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TITLE = 44.0
_BOX_FONT, _BOX_LINE, _PADDING, _KIND_LINE = 13.5, 18.0, 12.0, 16.0
_LABEL_FONT, _LABEL_LINE, _LABEL_WIDTH, _LABEL_PADDING = 12.0, 15.0, 150.0, 8.0
_BEND = 0.5
"""How far a curve goes straight on before it turns, as a part of the way."""


def xml_text(text: str) -> str:
    """`text` inside an element, without what XML cannot hold."""
    return escape(_NOT_XML.sub("", text), quote=False)


class Panel:
    """A diagram with its place in the picture, in pixels."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.x = self.y = 0.0
        self.title_size = 20.0
        self._texts = {box.id: _box_lines(box) for box in diagram.boxes}
        self._labels = [
            wrapped(arrow.label, _LABEL_WIDTH - 2 * _LABEL_PADDING, _LABEL_FONT)
            for arrow in diagram.arrows
        ]
        self._layout = lay_out(
            {name: (BOX_WIDTH, _box_height(lines)) for name, lines in self._texts.items()},
            [
                Link(arrow.origin, arrow.target, _label_size(lines))
                for arrow, lines in zip(diagram.arrows, self._labels, strict=True)
            ],
        )
        self.width = self._layout.width + 2 * MARGIN
        self.height = self._layout.height + 2 * MARGIN + _TITLE

    def drawn(self, number: int) -> Iterator[str]:
        """Lines of SVG; `number` makes the ids of the boxes differ from other panels'."""
        yield f'<g transform="translate({self.x:.0f} {self.y:.0f})">'
        yield _rect(Rectangle(0, 0, self.width, self.height), 18, 'class="panel"')
        title = self.diagram.title
        size = min(self.title_size, (self.width - 2 * MARGIN) / text_width(title, 1.0))
        place = f'x="{MARGIN}" y="{MARGIN + 4 + size / 2:.1f}"'
        yield f'<text class="title" font-size="{size:.1f}" {place}>{xml_text(title)}</text>'
        yield f'<g transform="translate({MARGIN} {MARGIN + _TITLE})">'
        for route in self._layout.routes:
            yield _way(route)
        for route, lines in zip(self._layout.routes, self._labels, strict=True):
            if route.label:
                yield from _label(route.label, lines)
        for box in self.diagram.boxes:
            yield from _box(box, self._layout.boxes[box.id], self._texts[box.id], number)
        yield "</g></g>"


def _box_lines(box: Box) -> list[str]:
    return wrapped(box.text, BOX_WIDTH - 2 * _PADDING, _BOX_FONT)


def _box_height(lines: list[str]) -> float:
    return 2 * _PADDING + _KIND_LINE + _BOX_LINE * len(lines)


def _label_size(lines: list[str]) -> Size | None:
    return (_LABEL_WIDTH, _LABEL_LINE * len(lines) + _LABEL_PADDING) if lines else None


def _box(box: Box, place: Rectangle, lines: list[str], panel: int) -> Iterator[str]:
    classes = ["box", box.kind]
    classes += [box.urgency] if box.urgency != "none" else []
    classes += ["elsewhere"] if box.elsewhere else []
    classes += ["start"] if box.is_start else []
    kind = " · ".join(filter(None, (KIND_NAMES[box.kind], URGENCY_NAMES.get(box.urgency))))
    if box.elsewhere:
        kind = f"→ {box.elsewhere}"
    if box.is_start:
        kind = f"EMPIEZA AQUÍ · {kind}"
    elif box.is_entry and not box.elsewhere:
        kind = f"ENTRADA · {kind}"
    (kind, *_) = wrapped(kind, BOX_WIDTH - 2 * _PADDING, 11.5)
    told = "\n\n".join(filter(None, (box.text, box.detail, box.id)))
    home = ' data-elsewhere=""' if box.elsewhere else ""
    yield f'<g class="{" ".join(classes)}" id="p{panel}-{box.id}" data-node="{box.id}"{home}>'
    yield f"<title>{xml_text(told)}</title>"
    yield _rect(place, 10)
    x, y = place.x + _PADDING, place.y + _PADDING + 9
    yield f'<text class="kind" x="{x:.0f}" y="{y:.0f}">{xml_text(kind)}</text>'
    yield _text("text", lines, x, y + _KIND_LINE + 3, _BOX_LINE)
    yield "</g>"


def _label(place: Rectangle, lines: list[str]) -> Iterator[str]:
    yield f'<g class="label">{_rect(place, 7)}'
    x, y = place.x + _LABEL_PADDING, place.y + _LABEL_PADDING / 2 + _LABEL_FONT - 1
    yield _text("", lines, x, y, _LABEL_LINE) + "</g>"


def _text(name: str, lines: list[str], x: float, y: float, line_height: float) -> str:
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{y + place * line_height:.0f}">{xml_text(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text class="{name}">{spans}</text>' if name else f"<text>{spans}</text>"


def _rect(place: Rectangle, radius: int, more: str = "") -> str:
    return (
        f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}"'
        f' height="{place.height:.1f}" rx="{radius}" {more}/>'
    )


def _way(route: Route) -> str:
    start, *_ = route.points
    parts = [f"M{_pair(start)}"]
    for place, (one, other) in enumerate(pairwise(route.points)):
        if place % 2:
            parts.append(f"L{_pair(other)}")
        else:
            bend = (other[0] - one[0]) * _BEND
            leaves, arrives = (one[0] + bend, one[1]), (other[0] - bend, other[1])
            parts.append(f"C{_pair(leaves)} {_pair(arrives)} {_pair(other)}")
    name, head = ("way back", "back-head") if route.goes_back else ("way", "head")
    return f'<path class="{name}" d="{" ".join(parts)}" marker-end="url(#{head})"/>'


def _pair(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
