"""Topics, nodes, options, sources and variables that came, went or changed; examples that moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from tools.diff.model import ExampleMove, FieldChange, ItemChange, title_of
from tools.tree import Question, Tree

_SHOWN_ELSEWHERE = {"id", "kind", "options", "entry", "examples", "near_misses"}


def items_of(before: Tree, after: Tree) -> Iterator[ItemChange]:
    kinds = (_areas, _topics, _nodes, _options, _sources, _variables)
    for collect in kinds:
        old, new = collect(before), collect(after)
        for key in sorted(old.keys() | new.keys()):
            change = _item(old.get(key), new.get(key))
            if change:
                yield change


@dataclass(frozen=True)
class _Item:
    what: Literal["area", "topic", "node", "option", "source", "variable"]
    id: str
    title: str
    topic: str | None
    content: BaseModel


def _item(old: _Item | None, new: _Item | None) -> ItemChange | None:
    shown = new or old
    assert shown is not None
    identity = (shown.what, shown.id, shown.title, shown.topic)
    if old is None:
        return ItemChange(*identity, "added")
    if new is None:
        return ItemChange(*identity, "removed")
    fields = tuple(_fields(old.content, new.content))
    return ItemChange(*identity, "changed", fields) if fields else None


def _fields(old: BaseModel, new: BaseModel) -> Iterator[FieldChange]:
    values = [item.model_dump(mode="json", by_alias=True) for item in (old, new)]
    if values[0].get("kind") != values[1].get("kind"):
        yield FieldChange("kind", values[0].get("kind"), values[1].get("kind"))
    for field in dict.fromkeys([*values[0], *values[1]]):
        past, now = (value.get(field) for value in values)
        if field not in _SHOWN_ELSEWHERE and past != now:
            yield FieldChange(field, _in_words(past), _in_words(now))
    entries = [value.get("entry") or {} for value in values]
    for field in ("title", "description"):
        past, now = (entry.get(field) for entry in entries)
        if past != now:
            yield FieldChange(f"entry.{field}", past, now)


def _in_words(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()  # as the YAML files say it
    if isinstance(value, list):
        return ", ".join(
            f"{item['when']} → {item['to']}" if isinstance(item, dict) else str(item)
            for item in value
        )
    return str(value)


class _Area(BaseModel):
    title: str


def _areas(tree: Tree) -> dict[str, _Item]:
    return {
        name: _Item("area", name, title, None, _Area(title=title))
        for name, title in tree.areas.items()
    }


def _topics(tree: Tree) -> dict[str, _Item]:
    return {t.id: _Item("topic", t.id, t.title, t.id, t) for t in tree.topics}


def _nodes(tree: Tree) -> dict[str, _Item]:
    return {n.id: _Item("node", n.id, title_of(n), tree.topic_of.get(n.id), n) for n in tree.nodes}


def _options(tree: Tree) -> dict[str, _Item]:
    return {
        f"{node.id}/{option.id}": _Item(
            "option", f"{node.id}/{option.id}", option.label, tree.topic_of.get(node.id), option
        )
        for node in tree.nodes
        if isinstance(node, Question)
        for option in node.options
    }


def _sources(tree: Tree) -> dict[str, _Item]:
    return {s.id: _Item("source", s.id, s.title, None, s) for s in tree.sources}


def _variables(tree: Tree) -> dict[str, _Item]:
    return {name: _Item("variable", name, v.label, None, v) for name, v in tree.variables.items()}


def examples_of(before: Tree, after: Tree) -> Iterator[ExampleMove]:
    places = [_places(tree) for tree in (before, after)]
    for text in sorted(places[0].keys() | places[1].keys()):
        past, now = (of.get(text, frozenset()) for of in places)
        gone, came = sorted(past - now), sorted(now - past)
        for i in range(max(len(gone), len(came))):
            yield ExampleMove(
                text, gone[i] if i < len(gone) else None, came[i] if i < len(came) else None
            )


def _places(tree: Tree) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    starts = {topic.starts_at for topic in tree.topics}
    for entry in tree.entries:
        place = entry.topic if entry.node in starts else entry.node
        for example in entry.examples:
            found.setdefault(example, set()).add(place)
    for node in tree.nodes:
        if isinstance(node, Question):
            for option in node.options:
                for example in option.examples:
                    found.setdefault(example, set()).add(f"{node.id}/{option.id}")
    return {text: frozenset(at) for text, at in found.items()}
