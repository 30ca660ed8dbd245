"""Writes a tree as a folder of YAML files, as an editor would: what `yaml_folder` reads back.

`tree.yaml` holds the tree's own keys and the variables, `fuentes.yaml` the sources; each topic
has a file of its own, and so have the nodes that belong to no topic (`comun.yaml`).
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tools.errors import TreeError
from tools.formats.whole import write_folder
from tools.formats.yaml_text import yaml_text
from tools.tree import Node, Tree

_Part = tuple[str | None, list[Node]]
"""What goes into one file: a topic's id or None, and nodes in their order."""

_RESERVED = ("tree.yaml", "fuentes.yaml")
_SHARED = "comun"
_ORDER = (
    *(
        "id",
        "kind",
        "variable",
        "title",
        "summary",
        "area",
        "covers",
        "starts_at",
        "urgency",
        "service",
    ),
    *("text", "help", "to", "confirm", "options", "branches", "else", "normal", "seek_help"),
    *("sources", "see_also", "reviewed_on", "reviewed_by", "reviewed_text", "entry"),
)
"""Keys in the order of docs/tree-format.md; those of the models that are not here come last."""


def write_tree(tree: Tree, folder: Path, *, force: bool = False) -> None:
    """Write `tree` to `folder`.

    Reading the folder gives an equal tree, in the same order whenever each topic's nodes stand
    together and follow the order of the topics, as they do in a tree that was read from YAML;
    otherwise the nodes are gathered by topic, and the version is still the same. Raises TreeError.
    """
    write_folder(folder, yaml_files(tree), force=force)


def yaml_files(tree: Tree) -> dict[str, str]:
    """The texts of the files by name. Raises TreeError when a node's topic does not exist."""
    own = {key: getattr(tree, key) for key in ("id", "title", "language", "licence")}
    own |= {"areas": tree.areas} if tree.areas else {}
    variables = {name: _content(variable) for name, variable in tree.variables.items()}
    files = {
        "tree.yaml": _sections({"tree": own, "variables": variables}),
        "fuentes.yaml": _sections({"sources": map(_content, tree.sources)}),
    }
    topics = {topic.id: _content(topic) for topic in tree.topics}
    parts = _parts(tree)
    for name, (topic, nodes) in zip(_names(parts), parts, strict=True):
        files[name] = _sections(
            {"topic": topics[topic] if topic else {}, "nodes": map(_content, nodes)}
        )
    return {name: text for name, text in files.items() if text}


def _content(model: BaseModel) -> dict[str, Any]:
    """What is not as it would be if left out."""
    content = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    rank = {key: place for place, key in enumerate(_ORDER)}
    return dict(sorted(content.items(), key=lambda item: rank.get(item[0], len(rank))))


def _sections(sections: dict[str, Any]) -> str:
    """A file's sections with an empty line between them, and between the items of a list."""
    texts = []
    for key, value in sections.items():
        if isinstance(value, dict):
            texts += [yaml_text({key: value})] if value else []
        elif items := [yaml_text({key: [item]}) for item in value]:
            heading = f"{key}:\n"
            texts += [items[0], *(item.removeprefix(heading) for item in items[1:])]
    return "\n".join(texts)


def _parts(tree: Tree) -> list[_Part]:
    """The files' contents, in the order in which they must be read."""
    topics = [topic.id for topic in tree.topics]
    lost = sorted({str(_topic_in(tree)(node)) for node in tree.nodes} - {"None", *topics})
    if lost:
        raise TreeError(f"nodes belong to topics that do not exist: {', '.join(map(repr, lost))}")
    runs: list[_Part] = [
        (topic, list(nodes)) for topic, nodes in groupby(tree.nodes, _topic_in(tree))
    ]
    filled = {topic for topic, _ in runs}
    if [topic for topic, _ in runs if topic] != [topic for topic in topics if topic in filled]:
        runs = [(topic, _nodes_of(tree, topic)) for topic in (None, *topics)]
        filled = {None, *topics}
    for place, topic in enumerate(topics):
        if topic not in filled:
            later = (at for at, run in enumerate(runs) if run[0] in topics[place + 1 :])
            runs.insert(next(later, len(runs)), (topic, []))
    return [part for part in runs if part[0] or part[1]]


def _topic_in(tree: Tree) -> Callable[[Node], str | None]:
    return lambda node: tree.topic_of.get(node.id)


def _nodes_of(tree: Tree, topic: str | None) -> list[Node]:
    return [node for node in tree.nodes if _topic_in(tree)(node) == topic]


def _names(parts: Iterable[_Part]) -> list[str]:
    """File names by topic; numbered where the alphabet would change the order."""
    stems = [topic or _SHARED for topic, _ in parts]
    plain = [f"{stem}.yaml" for stem in stems]
    if plain == sorted({*plain} - {*_RESERVED}):
        return plain
    width = len(str(len(stems)))
    return [f"{place:0{width}}-{name}" for place, name in enumerate(plain, start=1)]
