"""Neo4j's JSON export: the file that `CALL apoc.export.json.all("dump.json", {})` writes.

All three of its layouts are read: one object a line, an array of objects, and {nodes, rels}.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.errors import TreeError
from tools.formats.foreign.property_graph import GraphNode, GraphRelationship, PropertyGraph
from tools.rows import read_tree_from
from tools.tree import Tree

_BEGINNING = re.compile(
    r"""\s*(\[\s*)?\{\s*("type"\s*:\s*"(node|relationship)"|"nodes"\s*:\s*\[\s*\{\s*"type")"""
)
_Place = tuple[str, Any]
"""Where an object stands, for people, and the object."""


def read_apoc(path: Path) -> PropertyGraph:
    """Read the whole graph. Raises TreeError with every problem, each with its line."""
    nodes: list[GraphNode] = []
    relationships: list[GraphRelationship] = []
    problems: list[str] = []
    for place, item in _objects(path, problems):
        kind = item.get("type") if isinstance(item, dict) else None
        if kind == "node" and "id" in item:
            labels = frozenset(item.get("labels", ()))
            nodes.append(GraphNode(str(item["id"]), labels, item.get("properties", {})))
        elif kind == "relationship" and {"label", "start", "end"} <= item.keys():
            start, end = (str(item[end]["id"]) for end in ("start", "end"))
            properties = item.get("properties", {})
            relationships.append(GraphRelationship(item["label"], start, end, properties))
        else:
            problems.append(f"{place}: neither a node nor a relationship: {str(item)[:80]!r}")
    known = {node.id for node in nodes}
    problems += [
        f"{path.name}: a {step.type} relationship leads to node {end!r}, which is not in the file"
        for step in relationships
        for end in (step.start, step.end)
        if end not in known
    ]
    if problems or not nodes:
        problems = problems or [f"{path.name}: there is no node in it"]
        raise TreeError(f"{str(path)!r} is no JSON export of Neo4j:", tuple(problems))
    return PropertyGraph(nodes, relationships)


def own_tree(graph: PropertyGraph, version: str | None = None) -> Tree:
    """The tree of a graph that Nodriza itself filled: the one in use, or another version's.

    Raises TreeError naming the versions when there is no such one, or several are in use.
    """
    trees = {node.properties["version"]: node for node in graph.labelled("Tree")}
    wanted = [
        key
        for key, node in trees.items()
        if (key == version if version else node.properties.get("state") == "active")
    ]
    if len(wanted) != 1:
        there = ", ".join(sorted(trees)) or "none"
        asked = f"no tree version {version!r}" if version else f"{len(wanted)} trees in use"
        raise TreeError(f"{asked}; name one of these versions: {there}")
    return read_tree_from(trees[wanted[0]].properties, _rows(graph, wanted[0]))


def is_apoc(path: Path) -> bool:
    """Whether a file begins like an export of APOC."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return bool(_BEGINNING.match(file.read(200)))


def is_own(graph: PropertyGraph) -> bool:
    """Whether Nodriza itself filled the graph."""
    return any("version" in node.properties for node in graph.labelled("Tree"))


def _objects(path: Path, problems: list[str]) -> Iterator[_Place]:
    text = path.read_text("utf-8")
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        whole = None
    if isinstance(whole, dict) and {"nodes", "rels"} & whole.keys():
        for key, kind in (("nodes", "node"), ("rels", "relationship")):
            for number, item in enumerate(whole.get(key, ()), 1):
                yield f"{path.name}: {key}[{number}]", {"type": kind, **item}
    elif isinstance(whole, list):
        yield from ((f"{path.name}: item {number}", item) for number, item in enumerate(whole, 1))
    else:
        yield from _lines(path.name, text, problems)


def _lines(name: str, text: str, problems: list[str]) -> Iterator[_Place]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"{name}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                problems.append(f"{name}:{number}: no JSON: {error.msg}")


def _rows(graph: PropertyGraph, version: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the whole-tree queries, from the file instead of the server."""

    def of(label: str, name: str) -> list[dict[str, Any]]:
        found = [n for n in graph.labelled(label) if n.properties.get("tree") == version]
        found.sort(key=lambda node: node.properties["position"])
        return [{name: node.properties} for node in found]

    def start_of(topic: GraphNode) -> str:
        [(_, start)] = graph.steps(topic.id, ["STARTS_AT"])
        return str(graph.nodes[start].properties["id"])

    topics = [n for n in graph.labelled("Topic") if n.properties.get("tree") == version]
    topics.sort(key=lambda node: node.properties["position"])
    return {
        "topics": [
            {
                "topic": topic.properties,
                "starts_at": graph.nodes[graph.steps(topic.id, ["STARTS_AT"])[0][1]].properties[
                    "id"
                ],
            }
            for topic in topics
        ],
        "all_nodes": of("Node", "node"),
        "all_sources": of("Source", "source"),
        "variables": of("Variable", "variable"),
        "all_steps": [
            {
                "origin": graph.nodes[step.start].properties["id"],
                "target": graph.nodes[step.end].properties["id"],
                "kind": step.type,
                "properties": step.properties,
            }
            for step in graph.relationships
            if step.type in ("OPTION", "BRANCH", "SEE_ALSO", "CITES")
            and graph.nodes[step.start].properties.get("tree") == version
        ],
    }
