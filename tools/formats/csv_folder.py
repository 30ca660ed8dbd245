"""The tables of a tree as a folder of CSV files, one per sheet.

UTF-8 with a byte order mark, so that Excel shows accents. Read with commas, semicolons or tabs:
a spreadsheet saves with the separator of its country.
"""

import csv
import io
import re
from pathlib import Path

from tools.errors import TreeError
from tools.formats.columns import SHEETS
from tools.formats.from_tables import from_tables
from tools.formats.problems import invalid
from tools.formats.to_tables import Grid, to_tables
from tools.formats.whole import write_folder
from tools.tree import Tree

_FORMULA = re.compile(r"'*[=+\-@]")
"""What a spreadsheet would run. It gets an apostrophe in front, which spreadsheets read as "this
is text" (https://owasp.org/www-community/attacks/CSV_Injection); reading takes it away."""
_LONGEST_CELL = 1_000_000


def write_csv(tree: Tree, folder: Path, *, force: bool = False) -> None:
    """Write the tables of `tree` to `folder`. Raises TreeError."""
    files = {f"{sheet}.csv": _csv_text(grid) for sheet, grid in to_tables(tree).items()}
    write_folder(folder, files, force=force)


def read_csv(folder: Path) -> Tree:
    """Read the tables in `folder`. Raises TreeError with every problem: sheet, row and column."""
    sheets: dict[str, Grid] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.csv")):
        try:
            sheets[path.stem] = _grid(path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            problems.append(f"{path.name} is not UTF-8: save it as “CSV UTF-8” ({error})")
        except csv.Error as error:
            problems.append(f"{path.name} is not CSV: {error}")
        except OSError as error:
            problems.append(f"{path.name} cannot be read: {error.strerror}")
    if problems:
        raise invalid(str(folder), problems)
    if not sheets:
        names = ", ".join(f"{sheet}.csv" for sheet in SHEETS)
        raise TreeError(f"{str(folder)!r} holds no tables: they are {names}")
    return from_tables(sheets, str(folder))


def _csv_text(grid: Grid) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    writer.writerows([_guarded(cell) for cell in row] for row in grid)
    return "\ufeff" + text.getvalue()


def _grid(text: str) -> Grid:
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    return [[_unguarded(cell) for cell in row] for row in reader]


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
