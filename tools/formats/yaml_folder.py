"""A tree as a folder of YAML files: `tree.yaml` and one file per topic.

Any file may hold `topic`, `nodes`, `sources` and `variables`; only `tree.yaml` holds `tree`.
Values follow YAML 1.2's core schema: `no`, `1:30` and `2026-11-23` are plain strings.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tools.errors import TreeError
from tools.tree import Tree

Location = tuple[str | int, ...]
"""Keys and indexes from the top of a document to a value."""

_FILE_KEYS: dict[str, type[dict[str, Any]] | type[list[Any]]] = {
    "tree": dict,
    "topic": dict,
    "nodes": list,
    "sources": list,
    "variables": dict,
}


class _CoreSchemaLoader(yaml.CSafeLoader):
    """The C loader without YAML 1.1's surprises (`no` is False, `1:30` is 90, dates)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|", ["~", "n", ""]),
):
    _CoreSchemaLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


@dataclass
class _Draft:
    """The merged content of the files, and where each piece of it stands."""

    content: dict[str, Any] = field(
        default_factory=lambda: {
            "variables": {},
            "topics": [],
            "nodes": [],
            "sources": [],
            "topic_of": {},
        }
    )
    places: dict[Location, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_tree(folder: Path) -> Tree:
    """Read and validate the tree in `folder`.

    Raises TreeError with every problem found, each with its file and line.
    """
    tree, _ = read_tree_and_places(folder)
    return tree


def read_tree_and_places(folder: Path) -> tuple[Tree, Callable[[Location], str | None]]:
    """As `read_tree`, and what says where in the files something stands: "mastitis.yaml:41".

    A location goes from the top of the tree's content: ("nodes", 3, "options", 0, "label"). What
    a file doesn't spell out stands where the next thing around it does.
    """
    if not (folder / "tree.yaml").is_file():
        raise TreeError(f"{str(folder)!r} holds no tree: a tree is a folder with a tree.yaml")
    draft = _Draft()
    for path in sorted(folder.glob("*.yaml")):
        _add_file(path, draft)
    if draft.problems:
        raise TreeError(f"the tree in {str(folder)!r} is not valid:", tuple(draft.problems))
    try:
        tree = Tree.model_validate(draft.content)
    except ValidationError as error:
        problems = tuple(_describe(error, draft))
        raise TreeError(f"the tree in {str(folder)!r} is not valid:", problems) from error
    return tree, partial(_nearest_place, draft=draft)


def _add_file(path: Path, draft: _Draft) -> None:
    try:
        document = yaml.compose(path.read_text("utf-8"), _CoreSchemaLoader)
        if not isinstance(document, yaml.MappingNode):
            draft.problems.append(f"{path.name}:1: expected the keys {', '.join(_FILE_KEYS)}")
            return
        unfit = [f"{path.name}:{line}: {text}" for line, text in _unfit_keys(document)]
        if unfit:
            draft.problems += unfit
            return
        content = _construct(document)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        draft.problems.append(f"{path.name}:{line}: {error.problem}")
        return
    except (yaml.YAMLError, ValueError) as error:
        # Characters that are no text, and values that don't fit their own tag, have no line.
        draft.problems.append(f"{path.name}:1: {error}")
        return
    lines = dict(_lines(document, ()))
    draft.problems += [f"{path.name}:{line}: {text}" for line, text in _repeated_keys(document)]
    for key, kind in _FILE_KEYS.items():
        if not isinstance(content.get(key) or kind(), kind):
            word = "a list" if kind is list else "keys and values"
            draft.problems.append(f"{path.name}:{lines[(key,)]}: {key!r} must hold {word}")
            content[key] = kind()
    for key in content:
        if key not in _FILE_KEYS:
            valid = ", ".join(_FILE_KEYS)
            draft.problems.append(
                f"{path.name}:{lines[(key,)]}: unknown key {key!r}; valid: {valid}"
            )
    _merge(path, content, lines, draft)


def _merge(path: Path, content: dict[str, Any], lines: dict[Location, int], draft: _Draft) -> None:
    whole = draft.content
    below: dict[Location, list[tuple[Location, int]]] = defaultdict(list)
    for location, line in lines.items():
        for length in range(1, min(len(location), 2) + 1):
            below[location[:length]].append((location[length:], line))

    def note(source: Location, target: Location) -> None:
        for location, line in below[source]:
            draft.places[target + location] = f"{path.name}:{line}"

    if path.name == "tree.yaml":
        for key in (own := content.get("tree") or {}):
            if key in whole:
                draft.problems.append(
                    f"{path.name}:{lines[('tree', key)]}: {key!r} does not belong under 'tree'"
                )
        whole.update({key: value for key, value in own.items() if key not in whole})
        note(("tree",), ())
    elif "tree" in content:
        draft.problems.append(f"{path.name}:{lines[('tree',)]}: 'tree' belongs in tree.yaml")
    for name, variable in (content.get("variables") or {}).items():
        if name in whole["variables"]:
            draft.problems.append(
                f"{path.name}:{lines[('variables', name)]}: variable {name!r} is declared twice"
            )
        whole["variables"][name] = variable
        note(("variables", name), ("variables", name))
    if topic := content.get("topic"):
        note(("topic",), ("topics", len(whole["topics"])))
        whole["topics"].append(topic)
    for key in ("nodes", "sources"):
        for index, item in enumerate(content.get(key) or []):
            note((key, index), (key, len(whole[key])))
            whole[key].append(item)
            if key == "nodes" and topic and isinstance(item, dict):
                name, owner = item.get("id"), topic.get("id")
                if isinstance(name, str) and isinstance(owner, str):
                    whole["topic_of"][name] = owner


def _describe(error: ValidationError, draft: _Draft) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        location = tuple(part for part in detail["loc"] if part not in _NODE_KINDS)
        message = detail["msg"].removeprefix("Value error, ")
        if not location:
            for problem in message.split("\n"):
                yield f"{_place_of_named(problem, draft)}: {problem}"
            continue
        given = "" if isinstance(detail["input"], dict | list) else f" (got {detail['input']!r})"
        where = ".".join(map(str, location))
        yield f"{_nearest_place(location, draft)}: {where}: {message}{given}"


_NODE_KINDS = ("question", "input", "logic", "advice", "referral")


def _nearest_place(location: Location, draft: _Draft) -> str:
    while location and location not in draft.places:
        location = location[:-1]
    return draft.places.get(location, "tree.yaml:1")


def _place_of_named(problem: str, draft: _Draft) -> str:
    """The line of the thing whose quoted id comes first in the message."""
    quoted = re.search(r"'([^']+)'", problem)
    if quoted:
        for key in ("nodes", "topics", "sources"):
            for index, item in enumerate(draft.content[key]):
                if item["id"] == quoted[1]:
                    return draft.places[(key, index)]
    return "tree.yaml:1"


def parse_yaml(text: str) -> Any:
    """Plain data from YAML 1.2's core schema: `no` is a word, not False."""
    document = yaml.compose(text, _CoreSchemaLoader)
    return None if document is None else _construct(document)


def _construct(document: yaml.Node) -> Any:
    loader = _CoreSchemaLoader("")
    try:
        return loader.construct_document(document)
    finally:
        loader.dispose()


def _lines(node: yaml.Node, location: Location) -> Iterator[tuple[Location, int]]:
    yield location, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, key.value), key.start_mark.line + 1
            yield from (
                (place, line)
                for place, line in _lines(value, (*location, key.value))
                if place != (*location, key.value)
            )
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*location, index))


def _unfit_keys(node: yaml.Node, above: tuple[yaml.Node, ...] = ()) -> Iterator[tuple[int, str]]:
    """Keys that are not words, and values that hold themselves."""
    if node in above:
        yield node.start_mark.line + 1, "a value holds itself"
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                yield key.start_mark.line + 1, "a key is not a word: quote it"
            yield from _unfit_keys(value, (*above, node))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _unfit_keys(item, (*above, node))


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, f"key {key.value!r} is given twice"
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)
