"""What the tree commands share: where a tree is read from, and where output goes."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.settings import load_settings
from tools.formats import registry
from tools.tree import Tree

out = Console()
err = Console(stderr=True)

Source = Annotated[
    Path | None,
    typer.Argument(help="A tree's folder or file; left out: the tree of the settings"),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a folder that holds a tree already")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output")]


def read(source: Path | None) -> Tree:
    """The tree at `source`, or the one of the settings."""
    if source is None:
        settings = load_settings()
        source = settings.trees_folder / settings.tree
    return registry.read(source)
