"""Many consultations at once: the rows of a file as a table that grows while they are read.

Nothing is kept: each line carries its text to the desk, and the results are in the page itself.
"""

import csv
import io
from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape
from itertools import islice

from agent.consultation import Consultation
from agent.texts import Texts
from tools.errors import GraphUnavailable
from ui.experts.desk.sheets import COLUMNS, Row, Sheet, UnreadableSheet, line_of, open_sheet
from ui.experts.markup import chips, named, percent
from ui.experts.ways import DESK
from ui.hers.document import button, hidden, link, paragraph

LARGEST = 1_000_000
"""Bytes of a file."""
MOST = 200
"""Consultations of a file; for more there is `nodriza analyse`."""
_HEADINGS = ("row", "level", "words", "topic", "question", "open")
_WORDS = 160
"""Characters of a consultation that its line shows."""


def page(
    content: bytes, consult: Callable[[str], Consultation], texts: Texts, mark: str
) -> Iterator[str]:
    """The page's parts, one after another; a line each time that a consultation was read."""
    back = f"<p>{link(DESK, texts('experts.desk.heading'), 'button')}</p>"
    try:
        sheet, count = _opened(content)
    except UnreadableSheet as refused:
        yield paragraph(refused.fault.told(texts), "urgent") + back
        return
    values = {"count": count, "encoding": sheet.encoding}
    yield paragraph(texts("experts.desk.list_of", **values))
    heads = "".join(
        f'<th scope="col">{escape(texts(f"experts.desk.column.{name}"))}</th>' for name in _HEADINGS
    )
    yield f'<div class="wide" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>'
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in sheet:
        read, error = _read(row, consult, texts)
        writer.writerow(line_of(row, read, error))
        yield _line(row, read, error, texts, mark)
    data = b64encode(file.getvalue().encode("utf-8-sig")).decode()
    yield (
        '</tbody></table></div><p class="row">'
        f'<a class="button strong" download="{escape(texts("experts.desk.file_name"))}"'
        f' href="data:text/csv;charset=utf-8;base64,{data}">'
        f"{escape(texts('experts.desk.download'))}</a></p>{back}"
    )


def _opened(content: bytes) -> tuple[Sheet, int]:
    """The sheet and how many rows it has. Raises UnreadableSheet."""
    if len(content) > LARGEST:
        raise UnreadableSheet("large", limit=LARGEST // 1_000_000)
    sheet = open_sheet(lambda: io.BytesIO(content))
    count = sum(1 for _ in islice(sheet, MOST + 1))
    if not count:
        raise UnreadableSheet("nothing")
    if count > MOST:
        raise UnreadableSheet("many", limit=MOST)
    return sheet, count


def _read(
    row: Row, consult: Callable[[str], Consultation], texts: Texts
) -> tuple[Consultation | None, str]:
    """What it says, or why not."""
    if row.fault:
        return None, row.fault.told(texts)
    try:
        return consult(row.text), ""
    except GraphUnavailable:
        return None, texts("experts.desk.unavailable")


def _line(row: Row, read: Consultation | None, error: str, texts: Texts, mark: str) -> str:
    first = f'<th scope="row">{escape(row.id)}</th>'
    if read is None:
        return f'<tr>{first}<td colspan="5"><strong>{escape(error)}</strong></td></tr>'
    danger = read.danger
    level = ("check" if danger.level == "none" else danger.level) if danger else "none"
    told = "; ".join(f"{one.label} {percent(one.probability, texts)}" for one in read.topics)
    asked = read.questions[0].text if read.questions else ""
    words = row.text if len(row.text) <= _WORDS else f"{row.text[:_WORDS]}…"
    see = (
        f'<form method="post" action="{DESK}" target="_blank">{mark}{hidden("text", row.text)}'
        f"{button(texts('experts.desk.open_one'))}</form>"
    )
    cells = [
        chips([named(texts, "danger", level)], f"level-{level}") if danger else "",
        escape(words),
        escape(told),
        escape(asked),
        see,
    ]
    return f"<tr>{first}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
