"""A drawing of matplotlib as SVG to stand in a page: with its fonts and its colours, no others."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's colour of text, which is put in its place."""
PAPER = "#040506"
"""Stands for what is behind it."""
ACCENT, MIDDLE, FAINT = "#8a3b6a", "#9a9a9a", "#bdbdbd"
"""The page's colour of accents, and two greys."""


def as_file(svg: str) -> str:
    """A picture for a file of its own."""
    return svg.replace('aria-hidden="true" class="plot"', 'font-family="sans-serif"', 1)


class Drawing:
    """Where the picture is, once it is drawn."""

    svg: str = ""


@contextmanager
def drawn(name: str, width: float, height: float) -> Iterator[tuple["Figure", Drawing]]:
    """An empty picture to draw into; its size is in inches."""
    # Not at the top: it takes a second, and only the report needs it.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": MIDDLE,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    out = Drawing()
    with rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, out
        file = io.StringIO()
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", transparent=True, metadata=metadata)
    out.svg = _for_a_page(file.getvalue(), name)


def _for_a_page(svg: str, name: str) -> str:
    """Without what only a file needs; ids of its own, and the page's font and colours.

    The page says in words what it is.
    """
    inner = svg[svg.index("<svg") :]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", inner, count=1)
    inner = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", inner, count=1)
    width = re.search(r'viewBox="0 0 ([\d.]+)', inner)
    wide = f' style="--wide:{width[1]}pt"' if width else ""
    inner = inner.replace("<svg ", f'<svg aria-hidden="true" class="plot"{wide} ', 1)
    prefix = re.sub(r"\W+", "-", name)
    inner = re.sub(r'\bid="', f'id="{prefix}-', inner)
    inner = re.sub(r'(href="#|url\(#)', rf"\1{prefix}-", inner)
    inner = re.sub(r"font-family: [^;\"]*;?", "", inner)
    inner = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", inner, flags=re.DOTALL)
    inner = inner.replace(ACCENT, f"var(--accent, {ACCENT})")
    return inner.replace(INK, "currentColor").replace(PAPER, "var(--paper, white)")
