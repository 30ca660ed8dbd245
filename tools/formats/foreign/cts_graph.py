"""The file of a CTS graph, checked: its nodes, and where each of their ways leads.

The layout is that of Väth et al., "Conversational Tree Search" (EACL 2023). What is written in
its template language is read here: `{{LAND=LOCATION}}` sets a variable, `{{LAND` with the answers
`== "DEUTSCHLAND"}}` and `== DEFAULT}}` compares it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from tools.formats.foreign.located_json import LocatedJson
from tools.formats.problems import invalid
from tools.formats.yaml_folder import Location
from tools.tree import Text

Kind = Literal["startNode", "infoNode", "userResponseNode", "userInputNode", "logicNode"]
Values = Literal["number", "boolean", "text"]

_COMPARED = re.compile(r"\{\{\s*(?P<name>\w+)\s*")
_SET = re.compile(r"\{\{\s*(?P<name>\w+)\s*=\s*(?P<type>\w+)\s*\}\}")
_COMPARISON = re.compile(
    r"\s*(?P<operator>==|!=|>=|<=|>|<)\s*"
    r'(?:(?P<default>DEFAULT)|(?P<boolean>TRUE|FALSE)|(?P<number>-?\d+(?:\.\d+)?)|"(?P<text>.+)")'
    r"\s*\}\}\s*"
)
_VALUES: dict[str, Values] = {"BOOLEAN": "boolean", "NUMBER": "number", "TIMESPAN": "number"}
"""Types of variables whose values are no texts."""


class _Answer(BaseModel):
    id: str
    raw_text: Text


class _Asked(BaseModel):
    text: Text


class _Data(BaseModel):
    raw_text: Text
    markup: str = ""
    answers: list[_Answer]
    questions: list[_Asked]
    tags: list[str] = []


class _Node(BaseModel):
    id: Text
    type: Kind
    data: _Data


class _Connection(BaseModel):
    source: str
    source_handle: str | None = Field(alias="sourceHandle")
    """Id of the answer that it belongs to; of a node without answers its own id."""
    target: str


class _Layout(BaseModel):
    nodes: list[Any]
    connections: list[Any]


_LAYOUT, _NODE = TypeAdapter(_Layout), TypeAdapter(_Node)
_CONNECTION = TypeAdapter(_Connection)


@dataclass(frozen=True)
class Comparison:
    """What the variable of a logic node is compared with."""

    operator: str
    value: str
    kind: Values


@dataclass(frozen=True)
class Way:
    """A way on from a node."""

    label: str
    """The user's answer; empty where there is none to give."""
    to: str
    comparison: Comparison | None = None
    """Of a logic node; None for DEFAULT."""


@dataclass
class CtsNode:
    """A node of any type."""

    id: str
    kind: Kind
    text: str
    markup: str
    questions: list[str]
    """Ways in which users ask for it."""
    tags: list[str]
    ways: list[Way] = field(default_factory=list)
    variable: str | None = None
    """What an input sets, or a logic node compares."""
    variable_type: str | None = None
    """Of an input, as it is written there: BOOLEAN, TIMESPAN, LOCATION."""


@dataclass(frozen=True)
class CtsGraph:
    """A checked graph."""

    nodes: dict[str, CtsNode]
    first: str
    """The node that the start node leads to."""
    values: dict[str, Values]
    """What values each variable has."""


def read_cts_graph(path: Path) -> CtsGraph:
    """Read the file. Raises TreeError with every problem, each with its line."""
    file = LocatedJson(path)
    graph = _Reader(file).graph()
    if graph is None:
        raise invalid(str(path), file.problems)
    return graph


class _Reader:
    def __init__(self, file: LocatedJson) -> None:
        self._file = file
        self._places: dict[str, Location] = {}
        """Where each node stands: also those that are not in their layout."""
        self._targets: dict[tuple[str, str], list[str]] = {}
        """By node and answer, or node and node: where the connections lead."""

    def graph(self) -> CtsGraph | None:
        """The graph; None when there is a problem with it."""
        layout = self._file.part((), self._file.content, _LAYOUT)
        if layout is None:
            return None
        found = list(self._nodes(layout))
        self._connect(layout.connections, {node.id: node for node in found})
        nodes = {node.id: self._node(node) for node in found}
        starts = [node for node in nodes.values() if node.kind == "startNode"]
        if len(starts) != 1:
            what = f"{len(starts)} nodes of the type startNode; there is exactly one in a graph"
            self._file.problem(("nodes",), what)
        values = {name: self._values(name, nodes) for name in _variables(nodes)}
        if self._file.problems:
            return None
        return CtsGraph(nodes, starts[0].ways[0].to, values)

    def _nodes(self, layout: _Layout) -> Iterator[_Node]:
        for index, value in enumerate(layout.nodes):
            place: Location = ("nodes", index)
            node = self._file.part(place, value, _NODE)
            name = value.get("id") if isinstance(value, dict) else None
            if name in self._places:
                self._file.problem(place, f"another node has the id {name!r} too")
                continue
            if isinstance(name, str):
                self._places[name] = place
            if node:
                yield node

    def _connect(self, connections: list[Any], nodes: dict[str, _Node]) -> None:
        for index, value in enumerate(connections):
            place: Location = ("connections", index)
            step = self._file.part(place, value, _CONNECTION)
            if step is None:
                continue
            for end in ("source", "target"):
                if getattr(step, end) not in self._places:
                    what = f"its {end} {getattr(step, end)!r} is no node of the graph"
                    self._file.problem((*place, end), what)
            node = nodes.get(step.source)
            handles = _handles(node) if node else []
            if node and step.source_handle not in handles:
                what = f"its sourceHandle {step.source_handle!r} is none of node {node.id!r}'s"
                valid = ", ".join(map(repr, handles)) or "none"
                self._file.problem((*place, "sourceHandle"), f"{what}; valid: {valid}")
            key = (step.source, str(step.source_handle))
            self._targets.setdefault(key, []).append(step.target)

    def _node(self, node: _Node) -> CtsNode:
        data = node.data
        asked = [asked.text for asked in data.questions]
        read = CtsNode(node.id, node.type, data.raw_text, data.markup, asked, data.tags)
        match node.type:
            case "userInputNode":
                self._read_input(node, read)
            case "logicNode":
                self._read_logic(node, read)
            case "userResponseNode":
                read.ways = [
                    Way(answer.raw_text, to)
                    for answer in data.answers
                    for to in self._onward(node, answer.id, answer.raw_text)
                ]
            case _:
                read.ways = [Way("", to) for to in self._onward(node, node.id)]
        return read

    def _read_input(self, node: _Node, read: CtsNode) -> None:
        set_here = [(a, _SET.fullmatch(a.raw_text)) for a in node.data.answers]
        if len(set_here) != 1 or not set_here[0][1]:
            written = ", ".join(repr(answer.raw_text) for answer, _ in set_here) or "none"
            what = "an input has one answer that sets a variable, {{NAME=TYPE}}"
            self._problem(node, f"{what}; here: {written}")
            return
        answer, found = set_here[0]
        assert found
        read.variable, read.variable_type = found["name"], found["type"]
        read.ways = [Way("", to) for to in self._onward(node, answer.id)]

    def _read_logic(self, node: _Node, read: CtsNode) -> None:
        compared = _COMPARED.fullmatch(node.data.raw_text)
        if not compared:
            self._problem(node, f"{node.data.raw_text!r} names no variable: {{{{NAME")
        else:
            read.variable = compared["name"]
        for answer in node.data.answers:
            found = _COMPARISON.fullmatch(answer.raw_text)
            if not found:
                what = 'is no comparison with a number, TRUE, FALSE, a "text" or DEFAULT'
                self._problem(node, f"{answer.raw_text!r} {what}")
                continue
            comparison = None if found["default"] else _comparison(found)
            if (
                comparison
                and comparison.kind != "number"
                and comparison.operator not in ("==", "!=")
            ):
                self._problem(node, f"{answer.raw_text!r} puts what is no number in an order")
            for to in self._onward(node, answer.id, answer.raw_text):
                read.ways.append(Way("", to, comparison))
        if not any(way.comparison for way in read.ways):
            self._problem(node, f"it compares {read.variable!r} with nothing")

    def _onward(self, node: _Node, handle: str, answer: str | None = None) -> list[str]:
        ways = self._targets.get((node.id, handle), [])
        is_end = node.type == "infoNode" and not ways
        if len(ways) != 1 and not is_end:
            whose = f"answer {answer!r}" if answer else f"a node of the type {node.type}"
            self._problem(node, f"{whose} has {len(ways)} ways on; there is one each")
        return ways

    def _values(self, name: str, nodes: dict[str, CtsNode]) -> Values:
        """What a variable holds, by what it is compared with, or else by its type."""
        about = [node for node in nodes.values() if node.variable == name]
        compared = {way.comparison.kind for n in about for way in n.ways if way.comparison}
        declared = {_VALUES[n.variable_type] for n in about if n.variable_type in _VALUES}
        if len(compared | declared) > 1:
            kinds = " and ".join(sorted(compared | declared))
            for node in about:
                self._file.problem(self._places[node.id], f"{name!r} is {kinds} at the same time")
        return next(iter(compared | declared), "text")

    def _problem(self, node: _Node, text: str) -> None:
        self._file.problem((*self._places[node.id], "data"), f"node {node.id!r}: {text}")


def _handles(node: _Node) -> list[str]:
    if node.type in ("startNode", "infoNode"):
        return [node.id]
    return [answer.id for answer in node.data.answers]


def _comparison(found: re.Match[str]) -> Comparison:
    kinds: tuple[Values, ...] = ("boolean", "number", "text")
    [kind] = [kind for kind in kinds if found[kind] is not None]
    return Comparison(found["operator"], found[kind], kind)


def _variables(nodes: dict[str, CtsNode]) -> list[str]:
    return list(dict.fromkeys(node.variable for node in nodes.values() if node.variable))
