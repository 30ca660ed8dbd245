"""What a picture of a tree shows: boxes and arrows, before anybody lays them out or draws them."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from tools.errors import TreeError
from tools.tree import Advice, Input, Logic, Node, Question, Referral, Topic, Tree, Urgency

Kind = Literal["question", "input", "logic", "advice", "referral"]

_OTHERWISE = "en otro caso"
_UNITS = {"days": "días", "times": "veces", "hours": "horas"}
_WORDS = {
    "and": "y",
    "or": "o",
    "not": "no",
    "in": "entre",
    "true": "sí",
    "false": "no",
    "<=": "≤",
    ">=": "≥",
    "==": "=",
    "!=": "≠",
}
_SHARED_TITLE = "Compartido entre temas"


@dataclass(frozen=True)
class Box:
    """A node as it is shown."""

    id: str
    kind: Kind
    text: str
    urgency: Urgency = "none"
    detail: str = ""
    """The rest of what it says, shown when one asks for it."""
    elsewhere: str | None = None
    """Title of the topic where it stands, when the diagram is another topic's."""
    is_start: bool = False
    is_entry: bool = False
    """Whether a conversation may begin there too."""


@dataclass(frozen=True)
class Arrow:
    """A way from one box to another."""

    origin: str
    target: str
    label: str
    move: str = ""
    """Id of the option, or a logic node's condition; "else" for its last way."""


@dataclass(frozen=True)
class Diagram:
    """A topic's boxes, those of other topics that it leads to, and the arrows between them."""

    id: str
    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def topic_diagram(tree: Tree, topic_id: str) -> Diagram:
    """The diagram of one topic. Raises TreeError when there is no such topic."""
    for topic in tree.topics:
        if topic.id == topic_id:
            members = [n for n in tree.nodes if tree.topic_of.get(n.id) == topic_id]
            return _diagram(tree, topic_id, topic.title, members, topic)
    valid = ", ".join(topic.id for topic in tree.topics)
    raise TreeError(f"no topic {topic_id!r}; there are: {valid}")


def tree_diagrams(tree: Tree) -> tuple[Diagram, ...]:
    """A diagram of each topic, and one of the nodes that belong to none."""
    shared = [node for node in tree.nodes if node.id not in tree.topic_of]
    diagrams = [topic_diagram(tree, topic.id) for topic in tree.topics]
    if shared:
        diagrams.append(_diagram(tree, "", _SHARED_TITLE, shared, None))
    return tuple(diagrams)


def part_diagram(tree: Tree, nodes: Collection[str]) -> Diagram:
    """The diagram of some nodes, with those that they lead to. Ids that are none are left out."""
    members = [tree.by_id[name] for name in dict.fromkeys(nodes) if name in tree.by_id]
    arrows = [arrow for node in members for arrow in _arrows(tree, node)]
    shown = dict.fromkeys([*(node.id for node in members), *(arrow.target for arrow in arrows)])
    starts = {topic.starts_at for topic in tree.topics}
    boxes = [
        _box(tree, tree.by_id[name], name if name in starts else None, tree.topic_of.get(name, ""))
        for name in shown
    ]
    return Diagram("", tree.title, tuple(boxes), tuple(arrows))


def _diagram(
    tree: Tree, name: str, title: str, members: list[Node], topic: Topic | None
) -> Diagram:
    start = topic.starts_at if topic else None
    members.sort(key=lambda node: node.id != start)
    arrows = [arrow for node in members for arrow in _arrows(tree, node)]
    own = {node.id for node in members}
    ends = [*([start] if start else []), *(arrow.target for arrow in arrows)]
    others = [tree.by_id[end] for end in dict.fromkeys(ends) if end not in own]
    return Diagram(
        name,
        title,
        tuple(_box(tree, node, start, name) for node in [*members, *others]),
        tuple(arrows),
    )


def _box(tree: Tree, node: Node, start: str | None, diagram: str) -> Box:
    titles = {topic.id: topic.title for topic in tree.topics}
    home = tree.topic_of.get(node.id, "")
    detail = ""
    match node:
        case Question(text=text) | Input(text=text):
            detail = node.help or ""
        case Logic():
            text = "Según lo que ya sabemos"
        case Advice() | Referral():
            text = node.title
            detail = "\n\n".join(filter(None, (node.text, node.normal, node.seek_help)))
    return Box(
        id=node.id,
        kind=node.kind,
        text=text,
        urgency=node.urgency if isinstance(node, Advice | Referral) else "none",
        detail=detail,
        elsewhere=titles.get(home, _SHARED_TITLE) if home != diagram else None,
        is_start=node.id == start,
        is_entry=node.entry is not None,
    )


def _arrows(tree: Tree, node: Node) -> Iterator[Arrow]:
    match node:
        case Question(options=options):
            for option in options:
                yield Arrow(node.id, option.to, option.label, option.id)
        case Input(to=str(target)):
            yield Arrow(node.id, target, "")
        case Logic(branches=branches, otherwise=otherwise):
            for number, branch in enumerate(branches, start=1):
                # Numbered where it matters: the first that holds is taken, wherever it is drawn.
                order = f"{number}.º " if len(branches) > 1 else ""
                label = order + _in_spanish(tree, branch.when)
                yield Arrow(node.id, branch.to, label, branch.when)
            yield Arrow(node.id, otherwise, _OTHERWISE, "else")


def _in_spanish(tree: Tree, condition: str) -> str:
    """A condition in words: "edad del bebé (días) < 14 y no bebé prematuro"."""

    def word(found: re.Match[str]) -> str:
        variable = tree.variables.get(found[0])
        if variable is None:
            return _WORDS.get(found[0], found[0])
        unit = _UNITS.get(variable.unit or "", variable.unit)
        return f"{variable.label} ({unit})" if unit else variable.label

    words = re.sub(r"[a-z_][a-z0-9_]*|[<>=!]=", word, condition)
    return re.sub(r"([<>≤≥=≠]) (?=\S)", "\\1\u00a0", words)  # a number stays with its sign
