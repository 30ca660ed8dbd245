"""Consultations in a CSV file: reading them one by one, and writing what they say. Pure.

Rows are numbered as a spreadsheet shows them, the heading being row 1. What cannot be read is told
with its row and column; only a file that is no table at all is refused as a whole.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from agent.consultation import Consultation
from agent.texts import Texts
from records.events import Choice
from ui.experts.desk.form import LONGEST

NAMES = ("texto", "text")
"""What the column of the consultations may be called, whatever its case."""
DELIMITERS = ",;\t|"
ENTRIES, QUESTIONS = 3, 3
COLUMNS = (
    *("id", "text", "level", "signs", "summary", "topics"),
    *(f"entry_{n}_{what}" for n in (1, 2, 3) for what in ("node", "title", "probability")),
    "facts",
    *(f"question_{n}_{what}" for n in (1, 2, 3) for what in ("text", "bits")),
    *("draft_node", "draft_probability", "error"),
)
_SHOWN = 60
"""Characters of a value that an error quotes."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file or a row, as a key of the catalogue and its values."""

    key: str
    values: Mapping[str, object]

    def told(self, texts: Texts) -> str:
        """A sentence."""
        return texts(f"experts.sheet.{self.key}", **self.values)


class UnreadableSheet(Exception):
    """The file is no table of consultations."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.fault = Fault(key, values)


@dataclass(frozen=True)
class Row:
    """A row of the file."""

    number: int
    id: str
    """The row's number where the file has no ids."""
    text: str
    fault: Fault | None = None


@dataclass(frozen=True)
class Sheet:
    """A file that can be read, as often as wanted."""

    encoding: str
    delimiter: str
    _source: Callable[[], BinaryIO]
    _text: int
    _id: int | None
    _columns: tuple[str, ...]

    def __iter__(self) -> Iterator[Row]:
        """The rows that are not blank, in order."""
        with io.TextIOWrapper(self._source(), self.encoding, newline="") as lines:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    fields = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Row(number, str(number), "", Fault("broken", _at(number, error)))
                else:
                    if number > 1 and fields:
                        yield self._row(number, fields)

    def _row(self, number: int, fields: Sequence[str]) -> Row:
        wanted, there = len(self._columns), len(fields)
        if there != wanted:
            said = self.delimiter.join(fields)
            counts = {"row": number, "count": there, "wanted": wanted, "said": _short(said)}
            return Row(number, str(number), said, Fault("fields", counts))
        text = fields[self._text].strip()
        id_ = fields[self._id].strip() if self._id is not None else ""
        column = self._columns[self._text]
        values: dict[str, object] = {"row": number, "column": column}
        fault: Fault | None = None
        if not text:
            fault = Fault("empty", values)
        elif len(text) > LONGEST:
            fault = Fault(
                "long", {**values, "length": len(text), "limit": LONGEST, "said": _short(text)}
            )
        return Row(number, id_ or str(number), text, fault)


def open_sheet(source: Callable[[], BinaryIO], column: str | None = None) -> Sheet:
    """Find out how a file is written; `source` opens it anew each time.

    `column` has the consultations; by default one of NAMES. Raises UnreadableSheet.
    """
    encoding = _encoding(source)
    with io.TextIOWrapper(source(), encoding, newline="") as lines:
        heading = lines.readline()
    if not heading.strip():
        raise UnreadableSheet("nothing")
    readings = {
        delimiter: tuple(name.strip() for name in next(csv.reader([heading], delimiter=delimiter)))
        for delimiter in DELIMITERS
    }
    wanted = {column.casefold()} if column else set(NAMES)
    fitting = {d: names for d, names in readings.items() if wanted & _folded(names)}
    if not fitting:
        there = max(readings.values(), key=len)
        quoted = ", ".join(f"«{_short(name)}»" for name in there)
        names = " / ".join(f"«{name}»" for name in ([column] if column else NAMES))
        raise UnreadableSheet("no_column", wanted=names, there=quoted)
    delimiter = max(fitting, key=lambda one: len(fitting[one]))
    columns = fitting[delimiter]
    places = [place for place, name in enumerate(columns) if name.casefold() in wanted]
    if len(places) > 1:
        raise UnreadableSheet("two_columns", columns=", ".join(columns[place] for place in places))
    ids = [place for place, name in enumerate(columns) if name.casefold() == "id"]
    return Sheet(encoding, delimiter, source, places[0], ids[0] if ids else None, columns)


def line_of(row: Row, read: Consultation | None, error: str) -> dict[str, str]:
    """What one consultation says, by column. No cell begins like a formula of a spreadsheet."""
    line = dict.fromkeys(COLUMNS, "")
    line |= {"id": row.id, "text": row.text, "error": error}
    if read:
        line |= _found(read)
    return {name: no_formula(value) for name, value in line.items()}


def _found(read: Consultation) -> dict[str, str]:
    danger = read.danger
    line = {
        "level": ("check" if danger.check else danger.level) if danger else "none",
        "signs": danger.sign if danger else "",
        "summary": " … ".join(span.text for span in read.summary),
        "topics": "; ".join(f"{one.id} {_share(one)}" for one in read.topics),
        "facts": "; ".join(f"{fact.name}={fact.value} «{fact.shown}»" for fact in read.facts),
        "draft_node": read.draft.node or "",
        "draft_probability": _number(read.draft.probability),
    }
    for place, entry in enumerate(read.entries[:ENTRIES], 1):
        line[f"entry_{place}_node"] = entry.id
        line[f"entry_{place}_title"] = entry.label
        line[f"entry_{place}_probability"] = _share(entry)
    for place, question in enumerate(read.questions[:QUESTIONS], 1):
        line[f"question_{place}_text"] = question.text
        line[f"question_{place}_bits"] = _number(question.bits)
    return line


def _encoding(source: Callable[[], BinaryIO]) -> str:
    """UTF-8, with its mark or without; UTF-16 with its mark; else what Windows wrote."""
    with source() as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        encoding, block = "utf-8-sig", start
        while block:
            if b"\0" in block or start.startswith(b"PK"):
                raise UnreadableSheet("no_text", said=repr(start))
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                encoding = "cp1252"
            block = file.read(1 << 16)
    return encoding


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}


def _at(number: int, error: csv.Error) -> dict[str, object]:
    return {"row": number, "cause": str(error)}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _share(choice: Choice) -> str:
    return _number(choice.probability)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def no_formula(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
