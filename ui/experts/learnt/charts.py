"""Small drawings for pages that are read on a phone, in the dark and on paper.

Only shapes are SVG, stretched to the room there is; every word and number beside them is HTML,
which keeps its size. Colours are the page's variables (learnt.css). A drawing is hidden from screen
readers: the sentence and the table beside it say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evaluation.statistics import Estimate

_HIGH = 100
"""Height and width of a drawing in its own units."""


@dataclass(frozen=True)
class Part:
    """A piece of a bar."""

    kind: str
    """A class of the style sheet: its colour."""
    size: float


def stacked(parts: Sequence[Part], whole: float) -> str:
    """A bar of pieces side by side, `whole` units long."""
    drawn, place = [], 0.0
    for part in parts:
        width = _HIGH * part.size / whole if whole else 0.0
        if width > 0:
            drawn.append(
                f'<rect class="{part.kind}" x="{place:.2f}" width="{width:.2f}" height="10"/>'
            )
        place += width
    return _svg("bar", "0 0 100 10", drawn)


def interval(share: Estimate) -> str:
    """A share and its interval between 0 and 1: a dot on a line."""
    value, low, high = (_HIGH * part for part in (share.value, share.low, share.high))
    drawn = [
        '<rect class="rail" x="0" y="4.5" width="100" height="1"/>',
        f'<rect class="range" x="{low:.2f}" y="3" width="{max(high - low, 0.6):.2f}" height="4"/>',
        f'<rect class="value" x="{max(0.0, min(value - 0.5, 99)):.2f}" width="1" height="10"/>',
    ]
    return _svg("bar", "0 0 100 10", drawn)


def columns(values: Sequence[tuple[int, int]], most: int) -> str:
    """Columns over time: how many, and of those the marked ones, from the bottom."""
    width = _HIGH / len(values) if values else _HIGH
    drawn = []
    for number, (count, marked) in enumerate(values):
        for kind, size in (("all", count), ("marked", marked)):
            height = _HIGH * size / most if most else 0.0
            if height:
                drawn.append(
                    f'<rect class="{kind}" x="{number * width + width * 0.1:.2f}"'
                    f' y="{_HIGH - height:.2f}" width="{width * 0.8:.2f}" height="{height:.2f}"/>'
                )
    return _svg("columns", "0 0 100 100", drawn)


def over_time(shares: Sequence[Estimate | None]) -> str:
    """Shares over time with their intervals; a period without cases is left out."""
    width = _HIGH / len(shares) if shares else _HIGH
    seen = [(number * width + width / 2, share) for number, share in enumerate(shares) if share]
    drawn = [
        f'<line class="grid" x1="0" x2="100" y1="{y}" y2="{y}"/>' for y in (0, 25, 50, 75, 100)
    ]
    drawn += [
        f'<line class="whisker" x1="{x:.2f}" x2="{x:.2f}" y1="{_y(share.low):.2f}"'
        f' y2="{_y(share.high):.2f}"/>'
        for x, share in seen
    ]
    points = " ".join(f"{x:.2f},{_y(share.value):.2f}" for x, share in seen)
    drawn.append(f'<polyline class="line" points="{points}"/>')
    # A dot is a line without length: a circle would be stretched.
    drawn += [f'<path class="dot" d="M{x:.2f} {_y(share.value):.2f}h0"/>' for x, share in seen]
    return _svg("columns", "0 0 100 100", drawn)


def line_of(label: str, drawing: str, value: str, quiet: str = "", under: str = "") -> str:
    """A drawing between what it is of, with what stands `under` that, and what it says."""
    return (
        f'<li><span class="label">{escape(label)}{_small(under)}</span>{drawing}'
        f'<span class="number">{escape(value)}{_small(quiet)}</span></li>'
    )


def _small(text: str) -> str:
    return f' <small class="quiet">{escape(text)}</small>' if text else ""


def axis(first: str, last: str, highest: str = "", lowest: str = "", drawing: str = "") -> str:
    """A drawing over time with the ends of its two axes."""
    upright = f'<span class="up"><span>{escape(highest)}</span><span>{escape(lowest)}</span></span>'
    along = f'<span class="along"><span>{escape(first)}</span><span>{escape(last)}</span></span>'
    return f'<div class="time" aria-hidden="true">{upright}{drawing}{along}</div>'


def _y(share: float) -> float:
    return _HIGH * (1 - share)


def _svg(kind: str, box: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg class="{kind}" viewBox="{box}" preserveAspectRatio="none" aria-hidden="true"'
        f' focusable="false">{"".join(drawn)}</svg>'
    )
