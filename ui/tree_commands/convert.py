"""`nodriza tree export`, `draw` and `schema`: trees in other formats."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from agent.settings import load_settings
from tools.formats.registry import FORMATS, write
from tools.formats.registry import draw as draw_to
from tools.formats.schema import schemas
from tools.formats.whole import write_file
from tools.tree import Tree
from ui.tree_commands.source import Force, err, out, read

_WRITABLE = ", ".join(item.name for item in FORMATS if item.write)

FromTree = Annotated[
    Path | None,
    typer.Option(help="A tree's folder or file; left out: the tree in use in the graph"),
]


def export(
    target: Annotated[
        Path,
        typer.Argument(help="What to write: its suffix says the format; without one a YAML folder"),
    ],
    tree: FromTree = None,
    kind: Annotated[
        str | None, typer.Option("--format", help=f"Of the target: {_WRITABLE}")
    ] = None,
    force: Force = False,
) -> None:
    """Write a tree in another format: the one in use in the graph, or one of a folder or file."""
    content = _in_use() if tree is None else read(tree)
    write(content, target, kind, force=force)
    out.print(f"{content.version}: {escape(str(target))}", highlight=False)


def draw(
    target: Annotated[Path, typer.Option("--to", help="A file ending in .svg, .html or .mmd")],
    topic: Annotated[
        str | None, typer.Argument(help="A topic's id; left out: the whole tree")
    ] = None,
    tree: FromTree = None,
) -> None:
    """Draw a topic or the whole tree: a picture, a page that zooms and searches, or Mermaid."""
    content = _in_use() if tree is None else read(tree)
    draw_to(content, target, topic)
    out.print(f"{content.version}: {escape(str(target))}", highlight=False)


def schema(
    folder: Annotated[
        Path | None, typer.Option("--out", help="Where to write; left out: beside the trees")
    ] = None,
) -> None:
    """Write the JSON Schemas that let editors complete and check a tree's YAML files."""
    folder = folder or load_settings().trees_folder / "schema"
    for name, content in schemas().items():
        write_file(folder / name, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        out.print(escape(str(folder / name)), highlight=False)


def _in_use() -> Tree:
    """The tree of the settings, as it is in the graph."""
    from agent.service import open_store

    settings = load_settings()
    with open_store(settings, lambda text: err.print(text)) as store:
        return store.read_tree(store.active(settings.tree).version)
