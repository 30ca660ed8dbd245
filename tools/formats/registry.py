"""The formats of a tree by name. A new one is one line in FORMATS."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.errors import TreeError
from tools.formats.csv_folder import read_csv, write_csv
from tools.formats.cypher_script import write_cypher
from tools.formats.foreign.cts import read_cts
from tools.formats.foreign.flodial import read_flodial
from tools.formats.foreign.mapped import Imported
from tools.formats.html_picture import write_html
from tools.formats.json_file import read_json, write_json
from tools.formats.mermaid import write_mermaid
from tools.formats.svg_picture import write_svg
from tools.formats.xlsx_file import read_xlsx, write_xlsx
from tools.formats.yaml_folder import read_tree
from tools.formats.yaml_writer import write_tree
from tools.tree import Tree

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Format:
    """A way to keep a tree. Readers and writers raise TreeError with every problem at once."""

    name: str
    suffix: str
    """Of its file, or of the files in its folder: `.json`."""
    read: Callable[[Path], Tree] | None = None
    write: Callable[[Tree, Path], None] | None = None
    replace: Callable[[Tree, Path], None] | None = None
    """Of a format that is a folder: write it in place of an older one."""
    draw: Callable[[Tree, Path, str | None], None] | None = None
    """Of a picture: draw the topic with this id, or the whole tree."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files."""
        return self.replace is not None


def _foreign(read_foreign: Callable[[Path], Imported]) -> Callable[[Path], Tree]:
    """The reader of another program's trees: it warns of what does not come with the tree."""

    def read_it(path: Path) -> Tree:
        imported = read_foreign(path)
        for what, times in imported.left_out.items():
            _log.warning("left out: %s (%d)", what, times)
        return imported.tree

    return read_it


FORMATS: tuple[Format, ...] = (
    Format("yaml", ".yaml", read_tree, write_tree, partial(write_tree, force=True)),
    Format("csv", ".csv", read_csv, write_csv, partial(write_csv, force=True)),
    Format("json", ".json", read_json, write_json),
    Format("xlsx", ".xlsx", read_xlsx, write_xlsx),
    Format("flodial", ".json", _foreign(read_flodial)),
    Format("cts", ".json", _foreign(read_cts)),
    Format("cypher", ".cypher", write=write_cypher),
    Format("mermaid", ".mmd", write=write_mermaid, draw=write_mermaid),
    Format("svg", ".svg", write=write_svg, draw=write_svg),
    Format("html", ".html", write=write_html, draw=write_html),
)
"""Where several fit, the first is meant, unless another is named."""


def read(path: Path, name: str | None = None) -> Tree:
    """Read a tree from a file or folder: in the format called `name`, or in the one it looks like.

    Raises TreeError when no format fits, and with every problem of what was read.
    """
    if not path.exists():
        raise TreeError(f"there is no file or folder {str(path)!r}")
    readers = [item for item in FORMATS if item.read]
    read_it = _chosen(readers, path, name).read
    assert read_it
    return read_it(path)


def write(tree: Tree, target: Path, name: str | None = None, *, force: bool = False) -> None:
    """Write `tree` to `target`: in the format called `name`, or in the one of its suffix.

    A target without a suffix is a YAML folder; `force` replaces a folder that holds a tree
    already. Raises TreeError when no format fits or the target cannot be written.
    """
    chosen = _chosen([item for item in FORMATS if item.write], target, name)
    write_it = (force and chosen.replace) or chosen.write
    assert write_it
    write_it(tree, target)


def draw(tree: Tree, target: Path, topic: str | None) -> None:
    """Draw a topic or the whole tree into `target`, in the format of its suffix.

    Raises TreeError when no format fits, when there is no such topic, or when it cannot be written.
    """
    draw_it = _chosen([item for item in FORMATS if item.draw], target, None).draw
    assert draw_it
    draw_it(tree, target, topic)


def _chosen(formats: Iterable[Format], path: Path, name: str | None) -> Format:
    for item in formats:
        if item.name == name if name else _looks_like(path, item):
            return item
    valid = ", ".join(f"{f.name} ({'folder' if f.is_folder else f.suffix})" for f in formats)
    said = f"unknown format {name!r}" if name else f"the name {path.name!r} tells no format"
    raise TreeError(f"{said}; valid: {valid}")


def _looks_like(path: Path, item: Format) -> bool:
    if path.is_dir():
        there = [other.suffix for other in path.iterdir()]
        return item.is_folder and (item.suffix in there or not there)
    if item.is_folder:
        return not path.exists() and not path.suffix
    return path.suffix.lower() == item.suffix
