"""Small edits of a tree's YAML files that leave the editor's comments and layout as they are."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from tools.errors import TreeError


def set_in_node(folder: Path, node: str, values: Mapping[str, str]) -> Path:
    """Set plain text fields of a node, in the file that defines it; returns that file.

    Raises TreeError when no file of `folder` defines the node.
    """
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.compose(path.read_text("utf-8"), yaml.CSafeLoader)
        for mapping in _nodes(document):
            if _value(mapping, "id") == node:
                _set(path, mapping, values, after="urgency")
                return path
    raise TreeError(f"no node {node!r} in {str(folder)!r}")


def set_in_topic(folder: Path, topic: str, values: Mapping[str, str]) -> Path:
    """Set plain text fields of a topic, in the file that defines it; returns that file.

    Raises TreeError when no file of `folder` defines the topic.
    """
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.compose(path.read_text("utf-8"), yaml.CSafeLoader)
        mapping = _child(document, "topic")
        if isinstance(mapping, yaml.MappingNode) and _value(mapping, "id") == topic:
            _set(path, mapping, values, after="starts_at")
            return path
    raise TreeError(f"no topic {topic!r} in {str(folder)!r}")


def _set(path: Path, mapping: yaml.MappingNode, values: Mapping[str, str], after: str) -> None:
    """Replace the lines of the fields that are there; add the others below `after`."""
    lines = [f"{line}\n" for line in path.read_text("utf-8").split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    edits: list[tuple[int, int, str]] = []
    for name, value in values.items():
        text = f"{name}: {_scalar(value)}\n"
        there = [pair for pair in mapping.value if pair[0].value == name]
        key, old = there[0] if there else _pair(mapping, after)
        indent = " " * key.start_mark.column
        end = old.end_mark.line + 1
        edits.append((key.start_mark.line if there else end, end, indent + text))
    for start, end, text in sorted(edits, reverse=True):
        lines[start:end] = [text]
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(lines), "utf-8")
    temporary.replace(path)


def _scalar(value: str) -> str:
    """The value on one line, in quotes that YAML 1.1 and 1.2 read alike."""
    quoted: str = yaml.safe_dump(value, allow_unicode=True, width=10**6, default_style='"')
    return quoted.strip()


def _nodes(document: yaml.Node | None) -> list[yaml.MappingNode]:
    nodes = _child(document, "nodes")
    items = nodes.value if isinstance(nodes, yaml.SequenceNode) else []
    return [item for item in items if isinstance(item, yaml.MappingNode)]


def _child(document: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(document, yaml.MappingNode):
        return None
    return next((value for key, value in document.value if key.value == name), None)


def _value(mapping: yaml.MappingNode, name: str) -> str | None:
    child = _child(mapping, name)
    return child.value if isinstance(child, yaml.ScalarNode) else None


def _pair(mapping: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node]:
    found: tuple[yaml.Node, yaml.Node] = next(p for p in mapping.value if p[0].value == name)
    return found
