"""A picture of a topic or of a whole tree as SVG: no fonts, scripts or images from elsewhere."""

from math import sqrt
from pathlib import Path

from tools.formats.diagram import topic_diagram, tree_diagrams
from tools.formats.panel import Panel, xml_text
from tools.formats.whole import write_file
from tools.formats.wrapping import text_width
from tools.tree import Tree

_STYLE = (Path(__file__).parent / "picture.css").read_text("utf-8")
_GAP = 32.0
_READABLE_WIDTH = 2400.0
"""A wider picture is seen from afar: titles and legend grow with it."""
_SWATCH, _LEGEND_ROW = 30.0, 28.0
_LEGEND = (
    ("question", "Pregunta"),
    ("input", "Dato que se pide"),
    ("logic", "Lógica: decide con lo que ya se sabe"),
    ("advice", "Consejo"),
    ("referral", "Derivación"),
    ("same_day", "Que la vean hoy"),
    ("emergency", "Urgencias"),
    ("question elsewhere", "Sigue en otro tema"),
    ("way back", "Vuelve atrás"),
)
_ASPECT = 1.6
"""Width by height of a whole tree: what screens have."""


def write_svg(tree: Tree, path: Path, topic: str | None = None) -> None:
    """Write the picture of a topic, or of the whole tree. Raises TreeError."""
    write_file(path, picture(tree, topic))


def picture(tree: Tree, topic: str | None = None) -> str:
    """The picture of a topic, or of the whole tree with its topics side by side.

    Raises TreeError when there is no such topic.
    """
    diagrams = tree_diagrams(tree) if topic is None else (topic_diagram(tree, topic),)
    panels = [Panel(diagram) for diagram in diagrams]
    _pack(panels)
    width = max(panel.x + panel.width for panel in panels) + _GAP
    scale = max(1.0, width / _READABLE_WIDTH)
    for panel in panels:
        panel.title_size *= scale
    legend, top = _legend(width / scale)
    for panel in panels:
        panel.y += top * scale
    height = max(panel.y + panel.height for panel in panels) + _GAP
    title = xml_text(tree.title if topic is None else diagrams[0].title)
    size = f'width="{width:.0f}" height="{height:.0f}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" {size}'
            f' role="img" xml:lang="{tree.language}">',
            f"<title>{title}</title>",
            f"<style>\n{_STYLE}</style>",
            _ARROWHEADS,
            f'<rect class="paper" {size}/>',
            f'<g transform="scale({scale:.2f})">',
            *legend,
            "</g>",
            *(line for place, panel in enumerate(panels) for line in panel.drawn(place)),
            "</svg>\n",
        )
    )


_ARROWHEADS = "".join(
    (
        "<defs>",
        *(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7"'
            f' markerHeight="7" orient="auto"><path class="{name}" d="M0,0.5 8,4 0,7.5z"/></marker>'
            for name in ("head", "back-head")
        ),
        "</defs>",
    )
)


def _pack(panels: list[Panel]) -> None:
    """Set the places of the panels: high ones first, each on the first shelf with room for it."""
    area = sum((panel.width + _GAP) * (panel.height + _GAP) for panel in panels)
    room = max(sqrt(area * _ASPECT), *(panel.width + _GAP for panel in panels), 0)
    shelves: list[float] = []
    """Where the free part of each begins."""
    tops = [0.0]
    for panel in sorted(panels, key=lambda panel: -panel.height):
        fitting = (n for n, x in enumerate(shelves) if x + panel.width + _GAP <= room + _GAP)
        shelf = next(fitting, len(shelves))
        if shelf == len(shelves):
            shelves.append(_GAP)
            tops.append(tops[-1] + panel.height + _GAP)
        panel.x, panel.y = shelves[shelf], tops[shelf]
        shelves[shelf] += panel.width + _GAP


def _legend(width: float) -> tuple[list[str], float]:
    """Lines of SVG, and the height that they take within `width`."""
    lines: list[str] = []
    x, y = _GAP, _GAP
    for kind, name in _LEGEND:
        needed = _SWATCH + 8 + text_width(name, 13.5) + 22
        if x > _GAP and x + needed > width:
            x, y = _GAP, y + _LEGEND_ROW
        lines.append(
            f'<g class="box {kind}">{_swatch(kind, x, y)}</g>'
            f'<text class="text" x="{x + _SWATCH + 8:.0f}" y="{y + 14:.0f}">{name}</text>'
        )
        x += needed
    return lines, y + _LEGEND_ROW + _GAP / 2


def _swatch(kind: str, x: float, y: float) -> str:
    if kind == "way back":
        line = f"M{x + _SWATCH:.0f},{y + 9:.0f} h-{_SWATCH:.0f}"
        return f'<path class="{kind}" d="{line}" marker-end="url(#back-head)"/>'
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{_SWATCH:.0f}" height="18" rx="5"/>'
