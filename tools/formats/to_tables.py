"""A tree as tables, for experts who edit in a spreadsheet. `from_tables` reads them back."""

from collections.abc import Iterator
from typing import Any

from tools.formats.columns import NOTHING, OTHERWISE, SHEETS, YES, Column
from tools.tree import Input, Logic, Node, Question, Tree

Grid = list[list[str]]
"""Rows of cells, the headings first. An empty cell is an empty text."""
_Row = dict[str, Any]


def to_tables(tree: Tree) -> dict[str, Grid]:
    """The grids of every sheet. What a topic_of says of nodes that do not exist is left out."""
    rows = {
        "general": [{key: getattr(tree, key) for key in ("id", "title", "language", "licence")}],
        "apartados": [{"id": name, "title": title} for name, title in tree.areas.items()],
        "temas": [topic.model_dump(mode="json") for topic in tree.topics],
        "nodos": [_node_row(tree, node) for node in tree.nodes],
        "opciones": [row for node in tree.nodes for row in _ways(node)],
        "ejemplos": [*_topic_examples(tree), *_node_examples(tree), *_variable_examples(tree)],
        "fuentes": [source.model_dump(mode="json") for source in tree.sources],
        "variables": [
            {"id": name} | variable.model_dump(mode="json")
            for name, variable in tree.variables.items()
        ],
    }
    return {sheet: _grid(columns, rows[sheet]) for sheet, columns in SHEETS.items()}


def _grid(columns: tuple[Column, ...], rows: list[_Row]) -> Grid:
    headings = [column.heading for column in columns]
    return [headings, *([_cell(column, row.get(column.key)) for column in columns] for row in rows)]


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.words:
        return column.words[value]
    match column.holds:
        case "ids or nothing" if not value:
            return NOTHING
        case "ids" | "ids or nothing":
            return ", ".join(value)
        case "yes or no":
            return YES if value else ""
        case "number":
            return repr(value).removesuffix(".0")
        case _:
            return str(value)


def _node_row(tree: Tree, node: Node) -> _Row:
    row = node.model_dump(mode="json") | {"topic": tree.topic_of.get(node.id)}
    entry = row.pop("entry") or {}
    return row | {f"entry.{key}": value for key, value in entry.items()}


def _ways(node: Node) -> Iterator[_Row]:
    match node:
        case Question(options=options):
            for option in options:
                yield {"node": node.id} | option.model_dump(mode="json")
        case Input(to=str(target)):
            yield {"node": node.id, "to": target}
        case Logic(branches=branches, otherwise=otherwise):
            for branch in branches:
                yield {"node": node.id} | branch.model_dump(mode="json")
            yield {"node": node.id, "when": OTHERWISE, "to": otherwise}


def _topic_examples(tree: Tree) -> Iterator[_Row]:
    for topic in tree.topics:
        yield from _examples("topic", topic.id, topic.examples)
        for near_miss in topic.near_misses:
            yield {
                "owner": "near_miss",
                "id": topic.id,
                "text": near_miss.says,
                "belongs_to": near_miss.belongs_to,
            }


def _node_examples(tree: Tree) -> Iterator[_Row]:
    for node in tree.nodes:
        if node.entry:
            yield from _examples("entry", node.id, node.entry.examples)
        if isinstance(node, Question):
            for option in node.options:
                for row in _examples("option", node.id, option.examples):
                    yield row | {"option": option.id}


def _variable_examples(tree: Tree) -> Iterator[_Row]:
    for name, variable in tree.variables.items():
        yield from _examples("said", name, variable.said)
        yield from _examples("denied", name, variable.denied)


def _examples(owner: str, name: str, texts: tuple[str, ...]) -> Iterator[_Row]:
    return ({"owner": owner, "id": name, "text": text} for text in texts)
