"""The picture of a topic or of a whole tree as one HTML file that zooms, moves and searches.

It works without a network: nothing in it points anywhere else.
"""

from html import escape
from pathlib import Path
from string import Template

from tools.formats.svg_picture import picture
from tools.formats.whole import write_file
from tools.tree import Tree

_HERE = Path(__file__).parent
PAN_ZOOM = (_HERE / "pan_zoom.js").read_text("utf-8")
"""A script that moves and enlarges an SVG: panZoom(stage, svg)."""
_PAGE = Template((_HERE / "picture.html").read_text("utf-8"))


def write_html(tree: Tree, path: Path, topic: str | None = None) -> None:
    """Write the page of a topic, or of the whole tree. Raises TreeError."""
    write_file(path, html_page(tree, topic))


def html_page(tree: Tree, topic: str | None = None) -> str:
    """The page of a topic, or of the whole tree. Raises TreeError when there is no such topic."""
    titles = {item.id: item.title for item in tree.topics}
    title = titles.get(topic, tree.title) if topic else tree.title
    return _PAGE.substitute(
        title=escape(title),
        language=tree.language,
        svg=picture(tree, topic).strip(),
        pan_zoom=PAN_ZOOM,
    )
