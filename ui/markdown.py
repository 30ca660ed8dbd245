"""Markdown that shows what it is given, and nothing else.

Only our own templates may hold Markdown that does something. Her words are escaped to the last
punctuation mark, and the texts of the tree keep no more than bold words and lists.
"""

import re
from collections.abc import Iterable
from string import punctuation

_PUNCTUATION = re.compile(f"([{re.escape(punctuation)}])")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def literal(text: str) -> str:
    """Markdown that shows exactly this text: no tag, link, image or list in it comes alive."""
    # An indent would make a code block, where the backslashes would be seen.
    unindented = _INDENT.sub(lambda indent: "\u00a0" * len(indent.group()), text)
    return _PUNCTUATION.sub(r"\\\1", unindented)


def text_in_tag(text: str) -> str:
    """The same inside of a tag, where Markdown does not take every backslash away."""
    return "".join(
        f"&#{ord(letter)};" if letter in punctuation else letter
        for letter in " ".join(text.split())
    )


_BOLD = re.compile(r"\\\*\\\*(\S.*?)\\\*\\\*")
_BULLET = re.compile(r"^\\- ", re.MULTILINE)
_NUMBER = re.compile(r"^(\d{1,2})\\\. ", re.MULTILINE)


def prose(text: str) -> str:
    """Text of the tree: literal, but for bold words and lists. It may quote her."""
    shown = _BOLD.sub(r"**\1**", literal(text.strip()))
    return _NUMBER.sub(r"\1. ", _BULLET.sub("- ", shown))


def box(name: str, *parts: str) -> str:
    """A part of a message with a look of its own; the parts are Markdown."""
    body = "\n\n".join(parts)
    return f'<div class="{name}">\n\n{body}\n\n</div>'


def folded(title: str, lines: Iterable[str]) -> str:
    """A list that opens with a tap or the Enter key; the lines are Markdown."""
    listed = "\n".join(f"- {line}" for line in lines)
    return f"<details>\n<summary>{text_in_tag(title)}</summary>\n\n{listed}\n\n</details>"
