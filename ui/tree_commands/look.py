"""`nodriza tree …`: what editors do with a tree."""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.tree import Tree as Drawing

from agent.settings import load_settings
from tools.errors import TreeError
from tools.formats.json_file import read_json, write_json
from tools.formats.yaml_folder import read_tree
from tools.lint import lint
from tools.tree import Input, Logic, Node, Question, Tree

app = typer.Typer(help="Check, load, look at and export decision trees.", no_args_is_help=True)
out = Console()
err = Console(stderr=True)

Source = Annotated[
    Path | None,
    typer.Argument(help="A tree's folder or JSON file; left out: the tree of the settings"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output")]


@app.command()
def check(tree: Source = None, as_json: AsJson = False) -> None:
    """Validate a tree and report what to mend; exit code 1 when there is an error."""
    content = _read(tree)
    findings = lint(content)
    if as_json:
        out.print_json(json.dumps([dataclasses.asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            colour = "red" if finding.severity == "error" else "yellow"
            line = f"[{colour}]{finding.rule}[/{colour}] {finding.node}: {finding.what}"
            out.print(f"{line} — {finding.mend}", highlight=False)
        out.print(f"{content.version}: {len(content.nodes)} nodes, {len(findings)} findings")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def load(tree: Source = None) -> None:
    """Load a tree into the graph and put it into use; open conversations stay in theirs."""
    from agent.service import open_store

    content = _read(tree)
    with open_store(load_settings(), lambda text: err.print(text)) as store:
        with Progress(console=err) as progress:
            task = progress.add_task(f"loading {content.version}")
            store.load(
                content, lambda done, total: progress.update(task, completed=done, total=total)
            )
        out.print(f"{content.version} is in use ({len(content.nodes)} nodes)")


@app.command()
def show(
    topic: Annotated[str | None, typer.Argument(help="A topic's id; left out: the topics")] = None,
    tree: Annotated[Path | None, typer.Option(help="A tree's folder or JSON file")] = None,
) -> None:
    """Draw a topic, or list the topics."""
    content = _read(tree)
    if topic is None:
        for item in content.topics:
            out.print(f"{item.id}  {item.title}", highlight=False)
        return
    found = next((item for item in content.topics if item.id == topic), None)
    if found is None:
        valid = ", ".join(item.id for item in content.topics)
        raise TreeError(f"no topic {topic!r}; valid: {valid}")
    drawing = Drawing(f"[bold]{found.title}[/bold]")
    _draw(content, found.starts_at, drawing, set())
    out.print(drawing, highlight=False)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="The JSON file to write")],
    tree: Annotated[
        Path | None, typer.Option(help="A tree's folder; left out: from the graph")
    ] = None,
) -> None:
    """Write a tree to a JSON file: the one in use in the graph, or a folder's."""
    from agent.service import open_store

    settings = load_settings()
    if tree is not None:
        content = _read(tree)
    else:
        with open_store(settings, lambda text: err.print(text)) as store:
            content = store.read_tree(store.active(settings.tree).version)
    write_json(content, target)
    out.print(f"{content.version}: {target}", highlight=False)


@app.command()
def stats(tree: Source = None, as_json: AsJson = False) -> None:
    """Count what is in a tree."""
    content = _read(tree)
    kinds = Counter(node.kind for node in content.nodes)
    options = [o for n in content.nodes if isinstance(n, Question) for o in n.options]
    counts = {
        "topics": len(content.topics),
        "nodes": len(content.nodes),
        **{f"{kind} nodes": number for kind, number in sorted(kinds.items())},
        "leaves": kinds["advice"] + kinds["referral"],
        "options": len(options),
        "entries": len(content.entries),
        "entry examples": sum(len(entry.examples) for entry in content.entries),
        "option examples": sum(len(option.examples) for option in options),
        "sources": len(content.sources),
    }
    if as_json:
        out.print_json(json.dumps({"version": content.version, **counts}))
        return
    for name, number in counts.items():
        out.print(f"{number:6}  {name}")


@app.command()
def encode(tree: Source = None) -> None:
    """Write the vectors that are shipped beside a tree, so that its first start encodes nothing."""
    from agent.service import make_encoder
    from agent.vectors import ship_vectors

    settings = load_settings()
    content = _read(tree)
    encoder = make_encoder(settings)
    if encoder is None:
        raise TreeError("no encoder is installed on this platform")
    path = (tree or settings.trees_folder / settings.tree).with_suffix(".vectors.npz")
    count = ship_vectors(content, encoder, path)
    out.print(f"{count} vectors: {path}", highlight=False)


def _read(source: Path | None) -> Tree:
    if source is None:
        settings = load_settings()
        source = settings.trees_folder / settings.tree
    return read_json(source) if source.is_file() else read_tree(source)


def _draw(tree: Tree, node_id: str, drawing: Drawing, seen: set[str]) -> None:
    node = tree.by_id[node_id]
    branch = drawing.add(_label(node))
    if node_id in seen:
        branch.add("[dim]… see above[/dim]")
        return
    seen.add(node_id)
    for label, target in _ways(node):
        _draw(tree, target, branch.add(f"[cyan]{label}[/cyan]"), seen)


def _label(node: Node) -> str:
    match node:
        case Question(text=text) | Input(text=text):
            return f"{text} [dim]{node.id}[/dim]"
        case Logic():
            return f"[dim]{node.id}[/dim]"
        case _:
            return f"[green]{node.title}[/green] [dim]{node.id} · {node.urgency}[/dim]"


def _ways(node: Node) -> list[tuple[str, str]]:
    match node:
        case Question(options=options):
            return [(option.label, option.to) for option in options]
        case Input(to=str(target)):
            return [("value", target)]
        case Logic(branches=branches, otherwise=otherwise):
            return [*((branch.when, branch.to) for branch in branches), ("else", otherwise)]
        case _:
            return []
