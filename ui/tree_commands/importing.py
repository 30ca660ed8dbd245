"""`nodriza tree import`: trees of other formats and of other people's databases."""

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tools.errors import TreeError
from tools.formats import registry
from tools.formats.foreign.apoc_json import is_apoc, is_own, own_tree, read_apoc
from tools.formats.foreign.mapped import Imported, tree_from
from tools.formats.foreign.mapping import read_mapping
from tools.formats.foreign.property_graph import PropertyGraph
from tools.formats.foreign.suggest import suggest as proposal
from tools.formats.yaml_writer import write_tree
from tools.store import TreeStore
from tools.tree import Tree
from ui.tree_commands.source import AsJson, Force, err, out

PASSWORD = "NEO4J_PASSWORD"  # noqa: S105
"""Name of the environment variable with the password of the database that is read."""
_SERVER = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://")
_LONGEST_READ = 600.0
"""Seconds that reading a whole database may take."""
_READABLE = ", ".join(item.name for item in registry.FORMATS if item.read)


def import_tree(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file or folder, or the address of a Neo4j database (bolt://…, neo4j://…), whose"
            f" password is read from {PASSWORD}",
        ),
    ],
    folder: Annotated[
        Path | None, typer.Option("--out", help="The folder of YAML files to write")
    ] = None,
    kind: Annotated[str | None, typer.Option("--format", help=f"Of SOURCE: {_READABLE}")] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="What the labels and properties of a foreign database or APOC file mean"),
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print a mapping proposed from what is there")
    ] = False,
    user: Annotated[str, typer.Option(help="Of the database")] = "neo4j",
    database: Annotated[str, typer.Option(help="Its name on the server")] = "neo4j",
    version: Annotated[
        str | None, typer.Option(help="Of several trees of ours in a graph, the one to read")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Turn a tree in any readable format into a folder of YAML files, once all of it is valid."""
    if suggest:
        typer.echo(proposal(_graph(source, user, database)), nl=False)
        return
    if folder is None:
        raise TreeError("name the folder to write with --out (or see a mapping with --suggest)")
    if mapping:
        imported = tree_from(_graph(source, user, database), read_mapping(mapping))
    elif _SERVER.match(source) or (kind is None and is_apoc(Path(source))):
        imported = Imported(_own(_graph(source, user, database), version), {})
    else:
        imported = Imported(registry.read(Path(source), kind), {})
    write_tree(imported.tree, folder, force=force)
    _report(imported, folder, as_json)


def _graph(source: str, user: str, database: str) -> PropertyGraph:
    if not _SERVER.match(source):
        return read_apoc(Path(source))
    password = os.environ.get(PASSWORD)
    if password is None:
        raise TreeError(f"set {PASSWORD} to the password of user {user!r} of {source}")
    store = TreeStore(source, user, password, database=database, timeout=_LONGEST_READ)
    try:
        with err.status(f"reading {source}"):
            return PropertyGraph.of_rows(*store.whole_graph())
    finally:
        store.close()


def _own(graph: PropertyGraph, version: str | None) -> Tree:
    if not is_own(graph):
        raise TreeError(
            "this database was not filled by Nodriza: say with --mapping what its labels and"
            " properties mean; --suggest proposes a mapping"
        )
    return own_tree(graph, version)


def _report(imported: Imported, folder: Path, as_json: bool) -> None:
    tree = imported.tree
    counts = {
        "topics": len(tree.topics),
        "nodes": len(tree.nodes),
        "variables": len(tree.variables),
        "sources": len(tree.sources),
        "examples of beginnings": sum(len(entry.examples) for entry in tree.entries),
    }
    if as_json:
        told = {"version": tree.version, "folder": str(folder), "left out": imported.left_out}
        out.print_json(json.dumps(told | counts))
        return
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    out.print(f"{tree.version}: {said}", highlight=False)
    for labels, number in imported.left_out.items():
        out.print(f"left out: {number} :{escape(labels)}", highlight=False)
    name = escape(str(folder))
    out.print(f"Next: nodriza tree check {name}, then nodriza tree load {name}", highlight=False)
