"""Reads the consultations of a CSV file one after another, and writes what each says."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import Progress

from agent.consultation import Consultation
from agent.service import open_service
from agent.settings import load_settings
from agent.texts import load_texts
from tools.errors import NodrizaError, SettingsError
from ui.experts.access.private_file import private_file
from ui.experts.desk.sheets import COLUMNS, Row, Sheet, UnreadableSheet, line_of, open_sheet

err = Console(stderr=True)
_CONSULTATION = TypeAdapter(Consultation)
_TEXTS = load_texts("en")
Write = Callable[[Row, Consultation | None, str], None]


def run(source: Path, out: Path | None, column: str | None, *, as_json: bool) -> None:
    """As the command `nodriza analyse` has it. Raises SettingsError for what cannot be used."""
    try:
        sheet = open_sheet(lambda: source.open("rb"), column)
        count = sum(1 for _ in sheet)
    except UnreadableSheet as refused:
        raise SettingsError(f"{str(source)!r}: {refused.fault.told(_TEXTS)}") from None
    if sheet.encoding == "cp1252":
        err.print(f"nodriza: {str(source)!r} is not UTF-8: read as Windows-1252 (Latin-1)")
    settings = load_settings(navigator="semantic")
    with _writing(out, as_json=as_json) as write, open_service(settings) as service:
        failed = _each(sheet, count, service.assistant.consultation, write)
    err.print(f"nodriza: {count} consultations, {failed} with an error", highlight=False)


def _each(sheet: Sheet, count: int, consult: Callable[[str], Consultation], write: Write) -> int:
    """Read and write every row, with a bar; how many could not be read."""
    failed = 0
    with Progress(console=err) as progress:
        for row in progress.track(sheet, total=count, description="consultations"):
            read, error = None, row.fault.told(_TEXTS) if row.fault else ""
            if not error:
                try:
                    read = consult(row.text)
                except NodrizaError as problem:
                    error = f"row {row.number}: {type(problem).__name__}: {problem}"
            failed += bool(error)
            write(row, read, error)
    return failed


@contextmanager
def _writing(out: Path | None, *, as_json: bool) -> Iterator[Write]:
    """What writes a line at once, so that a run that is cut keeps what it has read."""
    with private_file(out) as file:
        yield _writer(file, as_json=as_json)


def _writer(file: TextIO, *, as_json: bool) -> Write:
    lines = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    if not as_json:
        lines.writeheader()

    def write(row: Row, read: Consultation | None, error: str) -> None:
        if as_json:
            file.write(_json_of(row, read, error))
        else:
            lines.writerow(line_of(row, read, error))
        file.flush()

    return write


_LINE = TypeAdapter(dict[str, object])


def _json_of(row: Row, read: Consultation | None, error: str) -> str:
    found = _CONSULTATION.dump_python(read, mode="json") if read else None
    line = {"id": row.id, "row": row.number, "consultation": found, "error": error or None}
    if read is None:
        line["text"] = row.text
    return _LINE.dump_json(line).decode() + "\n"
