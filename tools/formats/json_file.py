"""A tree as one JSON file: the same content as the YAML folder, for other programs."""

import json
import re
from pathlib import Path
from typing import Any

from tools.errors import TreeError
from tools.formats.problems import validated
from tools.formats.whole import write_file
from tools.formats.yaml_folder import Location
from tools.tree import Tree

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def write_json(tree: Tree, path: Path) -> None:
    """Write the whole tree to `path`. Raises TreeError when it cannot be written."""
    content = tree.model_dump(mode="json", by_alias=True)
    write_file(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_json(path: Path) -> Tree:
    """Read a tree that `write_json` wrote. Raises TreeError with every problem and its line."""
    text, content = load_json(path)
    if not isinstance(content, dict):
        keys = ", ".join(Tree.model_fields)
        raise TreeError(f"{str(path)!r} holds no valid tree: expected an object with {keys}")
    lines, repeated = lines_of(text)
    return validated(
        content,
        {location: f"{path.name}:{line}" for location, line in lines.items()},
        name=str(path),
        problems=[(key, f"key {key[-1]!r} is given twice") for key in repeated],
    )


def load_json(path: Path) -> tuple[str, Any]:
    """The text of a JSON file and its value. Raises TreeError with file and line."""
    try:
        text = path.read_text("utf-8-sig")
        return text, json.loads(text)
    except OSError as error:
        raise TreeError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TreeError(f"{str(path)!r} is not UTF-8 text: {error}") from error
    except json.JSONDecodeError as error:
        problem = f"{path.name}:{error.lineno}: {error.msg} (column {error.colno})"
        raise TreeError(f"{str(path)!r} is not JSON:", (problem,)) from error
    except RecursionError as error:
        raise TreeError(f"{str(path)!r} nests values too deeply for a tree") from error


def lines_of(text: str) -> tuple[dict[Location, int], list[Location]]:
    """The line of each value, which is its key's if it has one, and keys that are given twice.

    `text` is valid JSON; lines count from 1.
    """
    lines: dict[Location, int] = {}
    repeated: list[Location] = []
    location: list[str | int] = []
    open_brackets: list[str] = []
    line, counted = 1, 0
    key_comes = False
    for found in _PIECE.finditer(text):
        piece = found[0]
        line += text.count("\n", counted, found.start())
        counted = found.start()
        if key_comes and piece[0] == '"':
            location.append(json.loads(piece))
            if tuple(location) in lines:
                repeated.append(tuple(location))
            lines[tuple(location)] = line
            key_comes = False
        elif piece in "}]":
            open_brackets.pop()
            if not key_comes:
                location.pop()
            key_comes = False
        elif piece == ",":
            key_comes = open_brackets[-1] == "{"
            last = location.pop()
            if isinstance(last, int):
                location.append(last + 1)
        elif piece != ":":
            lines.setdefault(tuple(location), line)
            if piece in "{[":
                open_brackets.append(piece)
                key_comes = piece == "{"
            if piece == "[":
                location.append(0)
    return lines, repeated
