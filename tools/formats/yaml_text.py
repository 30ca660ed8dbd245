"""Plain data as YAML text that people like to edit; read back, it is the same data.

Texts of several lines become block scalars, lists of ids stand on one line, and quotes are
written only where the text would be read as something else (YAML 1.2's core schema).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tools.formats.yaml_folder import parse_yaml

Data = Any
"""Dicts with texts as keys, lists, texts, numbers, true, false and None."""

_ON_ONE_LINE = frozenset({"covers", "red_flags", "sources", "see_also"})
"""Keys of lists that hold ids."""
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML text cannot hold, or takes for the end of a line (U+0085, U+2028, U+2029)."""


def yaml_text(content: Data) -> str:
    """`content`, a dict or a list that is not empty, as block YAML."""
    return "".join(f"{line}\n" for line in _block(content))


def _block(content: Data) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _after(f"{_on_one_line(key)}:", _flow(key, value), value)
        return
    for item in content:
        if isinstance(item, dict) and item:
            first, *rest = _block(item)
            yield f"- {first}"
            yield from _indented(rest)
        else:
            yield from _after("-", None, item)


def _after(start: str, flow: str | None, value: Data) -> Iterator[str]:
    if flow is not None:
        yield f"{start} {flow}"
    elif isinstance(value, dict | list) and value:
        yield start
        yield from _indented(_block(value))
    elif isinstance(value, str) and "\n" in value and _stands_as_a_block(value):
        yield f"{start} |-"
        yield from _indented(value.split("\n"))
    else:
        yield f"{start} {_on_one_line(value)}"


def _indented(lines: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _flow(key: str, value: Data) -> str | None:
    if key in _ON_ONE_LINE and value and all(isinstance(item, str) for item in value):
        return f"[{', '.join(map(_on_one_line, value))}]"
    return None


def _stands_as_a_block(text: str) -> bool:
    """Whether neither its indentation nor spaces at the end of lines, which nobody sees, matter."""
    lines = text.split("\n")
    ends_visibly = all(line == line.rstrip(" \t") for line in lines) and lines[-1] != ""
    return ends_visibly and text[0] not in " \t\n" and not _UNPRINTABLE.search(text)


def _on_one_line(value: Data) -> str:
    match value:
        case str():
            return value if _is_plain(value) else _quoted(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return json.dumps(value)


def _is_plain(text: str) -> bool:
    """Whether `text` is read as itself without quotes."""
    try:
        return bool(parse_yaml(f"- key: {text}") == [{"key": text}])
    except (yaml.YAMLError, ValueError):
        return False


def _quoted(text: str) -> str:
    """A JSON string is a double-quoted YAML scalar once the unprintable is escaped."""
    escaped = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
