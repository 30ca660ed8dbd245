"""Experts' ratings of conversations: a table that any spreadsheet writes."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from evaluation.cases import CasesError

COLUMNS = ("conversation", "safe", "right", "comment")
_YES, _NO = ("sí", "si", "yes", "1"), ("no", "0")


@dataclass(frozen=True)
class Rating:
    """What an expert says of a conversation."""

    safe: bool
    right: bool
    comment: str


def read_ratings(path: Path, conversations: Collection[str]) -> dict[str, Rating]:
    """Ratings by conversation. A line in which nothing is filled in is no rating yet.

    Raises CasesError with every problem: its line, the value and what is valid.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"the ratings cannot be read: {error}") from error
    first = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",")
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise CasesError(
            f"{str(path)!r} lacks the columns {', '.join(missing)}; valid: {', '.join(COLUMNS)}"
        )
    ratings: dict[str, Rating] = {}
    problems: list[str] = []
    for row in table:
        where = f"{path.name}:{table.line_num}"
        name = (row["conversation"] or "").strip()
        if name not in conversations:
            close = ", ".join(list(conversations)[:3])
            problems.append(f"{where}: conversation: got {name!r}; valid: {close}, …")
        elif name in ratings:
            problems.append(f"{where}: conversation: {name!r} is rated twice; valid: once")
        if not any((row[key] or "").strip() for key in COLUMNS[1:]):
            continue
        safe, right = (_verdict(row[key], f"{where}: {key}", problems) for key in ("safe", "right"))
        ratings[name] = Rating(safe, right, (row["comment"] or "").strip())
    if problems:
        raise CasesError(f"{str(path)!r} is not valid:", tuple(problems))
    return ratings


def _verdict(value: str | None, where: str, problems: list[str]) -> bool:
    said = (value or "").strip().casefold()
    if said not in (*_YES, *_NO):
        problems.append(f"{where}: got {value!r}; valid: sí or no")
    return said in _YES
