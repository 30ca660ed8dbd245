"""Conversations as a file: CSV, a row per message, or JSONL, a line per conversation.

A conversation is called by its number in the export, "12-3": its id would be a key to it. Each is
entered in the register (records/exports.py) before it is handed out, so that what somebody who
hangs up has got is known too.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from records.digest import her_texts
from records.events import Event, MessageReceived, PersonReplied, Rated, Replied
from records.exports import Exports
from records.personal import Masker
from records.store import Records, Talk
from records.wanted import Wanted
from ui.experts.desk.sheets import no_formula

Format = Literal["csv", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {"csv": "text/csv", "jsonl": "application/jsonl"}
_OF_TALK = (
    *("conversation", "began", "ended", "outcome", "urgency", "topics", "reviews"),
    *("navigator", "model", "tree"),
)
_OF_MESSAGE = ("turn", "at", "who", "text", "node", "helped")
COLUMNS = (*_OF_TALK, *_OF_MESSAGE)
"""Of the CSV; the fields of a line of JSONL are the first of them and a list `said` of the rest."""
_AT_ONCE = 200
"""Conversations that are read, entered and handed out together."""


@dataclass(frozen=True)
class Order:
    """What somebody exports."""

    who: str
    wanted: Wanted
    format: Format
    masked: bool
    region: str
    """Country of the telephone numbers (ISO 3166)."""


class Exporter:
    """Hands out one export, piece by piece; it is in the register from the start."""

    def __init__(self, records: Records, exports: Exports, order: Order) -> None:
        self._records = records
        self._exports = exports
        self._order = order
        self.id = exports.begin(order.who, order.format, masked=order.masked)

    @property
    def name(self) -> str:
        """How the file is called."""
        return f"nodriza-{self.id}.{self._order.format}"

    def __iter__(self) -> Iterator[str]:
        """The file's text."""
        if self._order.format == "csv":
            # The mark tells spreadsheets that it is UTF-8.
            yield "\ufeff" + _csv([list(COLUMNS)])
        threads = self._records.threads_of(self._order.wanted)
        for start in range(0, len(threads), _AT_ONCE):
            talks = self._records.talks(threads[start : start + _AT_ONCE])
            numbered = list(enumerate(talks, start + 1))
            self._exports.add(self.id, ((n, talk.summary.thread) for n, talk in numbered))
            yield "".join(self._written(f"{self.id}-{n}", talk) for n, talk in numbered)

    def _written(self, name: str, talk: Talk) -> str:
        line = _line(name, talk, self._masker(talk))
        if self._order.format == "jsonl":
            return json.dumps(line, ensure_ascii=False) + "\n"
        of_talk = [_cell(line[column]) for column in _OF_TALK]
        return _csv(
            [
                [*of_talk, *(no_formula(_cell(said[column])) for column in _OF_MESSAGE)]
                for said in line["said"]
            ]
        )

    def _masker(self, talk: Talk) -> Masker:
        written = her_texts(one.event for one in talk.said) if self._order.masked else ()
        return Masker(written, self._order.region)


def _line(name: str, talk: Talk, masker: Masker) -> dict[str, Any]:
    its = talk.summary
    said = [
        {"turn": one.turn, "at": one.event.at.isoformat(timespec="seconds")}
        | _said(masker.event(one.event))
        for one in talk.said
    ]
    return {
        "conversation": name,
        "began": its.created_at.isoformat(timespec="seconds"),
        "ended": its.last_at.isoformat(timespec="seconds"),
        "outcome": its.outcome,
        "urgency": its.urgency,
        "topics": list(its.topics),
        "reviews": list(its.reviews),
        "navigator": its.navigator,
        "model": its.model,
        "tree": its.tree,
        "said": said,
    }


def _said(event: Event) -> dict[str, Any]:
    nothing: dict[str, Any] = {"node": None, "helped": None}
    match event:
        case MessageReceived(text=text):
            return {**nothing, "who": "mother", "text": text}
        case Rated(node=node, helped=helped, comment=comment):
            return {"who": "mother", "text": comment, "node": node, "helped": helped}
        case PersonReplied(text=text):
            return {**nothing, "who": "person", "text": text}
        case Replied():
            parts = (event.intro, event.title, event.text, event.normal, event.seek_help)
            text = "\n".join(filter(None, parts))
            return {**nothing, "who": "program", "text": text, "node": event.node}
        case _:
            raise ValueError(f"{event.type!r} is nothing that was said")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list) else str(value)


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
