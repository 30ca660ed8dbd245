"""What is wrong with a tree that was read, problem by problem, each with its place in the file."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tools.errors import TreeError
from tools.formats.yaml_folder import Location
from tools.tree import Tree

_KINDS = ("question", "input", "logic", "advice", "referral")


Problem = tuple[Location, str]
"""Where something is wrong, and what."""


def validated(
    content: Mapping[str, Any],
    places: Mapping[Location, str],
    *,
    name: str,
    problems: Sequence[Problem] = (),
) -> Tree:
    """The tree that `content` makes.

    `places` says where each value stands, `places[()]` where one stands that has no place of its
    own. `problems` are those that the reader met already; what else is wrong with the same values
    goes without saying. Raises TreeError, which quotes `name`, with every problem at once.
    """
    tree = None
    described = [f"{_nearest(location, places)}: {text}" for location, text in problems]
    try:
        tree = Tree.model_validate(content)
    except ValidationError as error:
        told = {location for location, _ in problems}
        described += _described(error, told, content, places)
    if tree is None or described:
        raise invalid(name, described)
    return tree


def invalid(name: str, problems: Iterable[str]) -> TreeError:
    """The error that says what is wrong with the file or folder `name`."""
    return TreeError(f"{name!r} holds no valid tree:", tuple(dict.fromkeys(problems)))


def _described(
    error: ValidationError,
    told: set[Location],
    content: Mapping[str, Any],
    places: Mapping[Location, str],
) -> Iterator[str]:
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and any(_is_below(detail, other) for other in details):
            continue  # pydantic counts only the items that are valid
        location = tuple(part for part in detail["loc"] if part not in _KINDS)
        if detail["type"].startswith("union_tag"):
            location += ("kind",)
        message = detail["msg"].removeprefix("Value error, ")
        if not location:
            for problem in message.split("\n"):
                yield f"{_place_of_named(problem, content, places)}: {problem}"
        elif location not in told:
            given = (
                "" if isinstance(detail["input"], dict | list) else f" (got {detail['input']!r})"
            )
            where = ".".join(map(str, location))
            yield f"{_nearest(location, places)}: {where}: {message}{given}"


def _is_below(above: ErrorDetails, below: ErrorDetails) -> bool:
    return below is not above and below["loc"][: len(above["loc"])] == above["loc"]


def _nearest(location: Location, places: Mapping[Location, str]) -> str:
    while location not in places:
        location = location[:-1]
    return places[location]


def _place_of_named(
    problem: str, content: Mapping[str, Any], places: Mapping[Location, str]
) -> str:
    """The place of the node, topic or source whose quoted id comes first in the message."""
    quoted = re.search(r"'([^']+)'", problem)
    for key in ("nodes", "topics", "sources"):
        for index, item in enumerate(content.get(key) or ()):
            if quoted and item["id"] == quoted[1]:
                return _nearest((key, index), places)
    return places[()]
