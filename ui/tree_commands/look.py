"""`nodriza tree show` and `stats`: look at a tree."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.tree import Tree as Drawing

from tools.errors import TreeError
from tools.tree import Input, Logic, Node, Question, Tree
from ui.tree_commands.source import AsJson, Source, out, read


def show(
    topic: Annotated[str | None, typer.Argument(help="A topic's id; left out: the topics")] = None,
    tree: Annotated[Path | None, typer.Option(help="A tree's folder or JSON file")] = None,
) -> None:
    """Draw a topic, or list the topics."""
    content = read(tree)
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


def stats(tree: Source = None, as_json: AsJson = False) -> None:
    """Count what is in a tree."""
    content = read(tree)
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
