"""The tables of a tree as one Excel workbook, one sheet each.

Every cell is text, so that Excel neither runs what begins with = nor turns 007 and dates into
numbers. LibreOffice opens and saves the same file.
"""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from zipfile import BadZipFile

from tools.errors import TreeError
from tools.formats.columns import SHEETS
from tools.formats.from_tables import from_tables
from tools.formats.problems import invalid
from tools.formats.to_tables import Grid, to_tables
from tools.formats.whole import write_file
from tools.tree import Tree

if TYPE_CHECKING:  # openpyxl takes longer to import than everything else of `nodriza tree`
    from openpyxl.worksheet.worksheet import Worksheet

MOST_CHARACTERS = 32_767
"""In a cell (https://support.microsoft.com: Excel specifications and limits)."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold or changes, in the notation of ISO/IEC 29500-1, 22.9.2.19."""
_WIDE = {"texto": 60, "aclaración": 40, "qué es normal": 40, "cuándo pedir ayuda": 40}
_COLUMN_WIDTH = 24


def write_xlsx(tree: Tree, path: Path) -> None:
    """Write the tables of `tree` to `path`. Raises TreeError when a text is too long for a cell."""
    from openpyxl import Workbook

    grids = to_tables(tree)
    too_long = [
        f"{_place(sheet, row, column)}: {len(cell)} characters, more than {MOST_CHARACTERS}"
        for sheet, grid in grids.items()
        for row, cells in enumerate(grid, start=1)
        for column, cell in enumerate(cells)
        if len(_escaped(cell)) > MOST_CHARACTERS
    ]
    if too_long:
        raise TreeError(f"the tree does not fit into the workbook {str(path)!r}:", tuple(too_long))
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet, grid in grids.items():
        _fill(workbook.create_sheet(sheet), grid)
    content = io.BytesIO()
    workbook.save(content)
    write_file(path, content.getvalue())


def read_xlsx(path: Path) -> Tree:
    """Read a workbook. Raises TreeError with every problem: sheet, row and column."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(path.read_bytes()))
    except OSError as error:
        raise TreeError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except (BadZipFile, KeyError, ValueError, ElementTree.ParseError) as error:
        raise TreeError(f"{str(path)!r} is not an Excel workbook (.xlsx): {error}") from error
    problems = [problem for sheet in workbook.worksheets for problem in _unreadable(sheet)]
    if problems:
        raise invalid(str(path), problems)
    return from_tables(
        {
            sheet.title: [[_text(cell.value) for cell in row] for row in sheet.iter_rows()]
            for sheet in workbook.worksheets
        },
        str(path),
    )


def _fill(sheet: "Worksheet", grid: Grid) -> None:
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "B2"
    for column, heading in enumerate(grid[0], start=1):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = _WIDE.get(heading, _COLUMN_WIDTH)
        sheet.column_dimensions[letter].number_format = "@"
    wrapped, bold = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
    for row, cells in enumerate(grid, start=1):
        for column, text in enumerate(cells, start=1):
            cell = sheet.cell(row, column)
            assert isinstance(cell, Cell), "nothing is merged"
            cell.number_format, cell.alignment = "@", wrapped
            if row == 1:
                cell.font = bold
            if text:
                cell.value = _escaped(text)
                cell.data_type = "s"  # not a formula, whatever it begins with
                cell.quotePrefix = text[0] in "=+-@"


def _unreadable(sheet: "Worksheet") -> Iterator[str]:
    for row in sheet.iter_rows():
        for cell in row:
            place = _place(sheet.title, cell.row, (cell.column or 1) - 1)
            if cell.data_type == "f":
                yield f"{place}: a formula ({cell.value}); write the text itself"
            elif cell.data_type == "e":
                yield f"{place}: Excel could not compute it ({cell.value}); write the text itself"


def _place(sheet: str, row: int | None, column: int) -> str:
    """Sheet, row counted from 1, and the heading of the column counted from 0."""
    columns = SHEETS.get(sheet, ())
    name = columns[column].heading if column < len(columns) else column + 1
    return f"{sheet}, row {row}, column {name!r}"


def _text(value: Any) -> str:
    """What was typed: Excel keeps 7, 38.5, dates and yes or no as such where it is let."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()[:10]
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
