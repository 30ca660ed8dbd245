"""Formatted text as plain text: paragraphs, lists and links stay to be read."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = {"br": "\n", "li": "\n- ", "tr": "\n"}


def plain_text(markup: str) -> str:
    """The text of an HTML fragment. A link's address follows its words in brackets."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line != "-"))
    return re.sub(r"\n+(?=- )", "\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag in _LINES:
            self.pieces.append(_LINES[tag])
        elif tag == "a":
            self._links.append(given.get("href"))
        elif tag == "img":
            self.pieces.append(f"{given.get('alt') or ''} ({given.get('src') or ''})")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag == "a" and self._links and (address := self._links.pop()):
            words = "".join(self.pieces).rstrip()
            space = " " if self.pieces and self.pieces[-1].endswith(" ") else ""
            self.pieces[:] = [words, f" ({address.removeprefix('mailto:')})", space]

    def handle_data(self, data: str) -> None:
        self.pieces.append(re.sub(r"\s+", " ", data))
