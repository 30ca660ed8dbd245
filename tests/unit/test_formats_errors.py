"""What people are told about a file that is wrong: every problem at once, each with its place."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.trees import write_small
from tools.errors import TreeError
from tools.formats.columns import SHEETS
from tools.formats.csv_folder import read_csv, write_csv
from tools.formats.from_tables import from_tables
from tools.formats.json_file import read_json, write_json
from tools.formats.to_tables import Grid, to_tables
from tools.formats.xlsx_file import read_xlsx, write_xlsx
from tools.formats.yaml_folder import read_tree
from tools.tree import Question, Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return read_tree(write_small(tmp_path / "pequeño"))


def problems(read: Callable[[], Tree]) -> tuple[str, ...]:
    with pytest.raises(TreeError) as caught:
        read()
    for problem in caught.value.problems:
        assert problem in str(caught.value)
    return caught.value.problems


# JSON


def broken_json(tree: Tree, path: Path, *changes: tuple[str, str]) -> list[str]:
    """Write the tree with some text replaced; returns the lines of the file."""
    write_json(tree, path)
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return text.split("\n")


def test_json_that_is_wrong_in_many_places(tree: Tree, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    lines = broken_json(
        tree,
        path,
        ('"Suele pasar pronto."', "38"),
        ('"kind": "referral"', '"kind": "referal"'),
        ('"temperature": {', '"temperature": {\n"maximo": {"a": [], "b": [1, {}]},'),
        ('"summary": "Le duele al dar el pecho.",', ""),
        ('"language": "es",\n "licence"', '"language": "es", "language": "español",\n "licence"'),
    )
    found = problems(lambda: read_json(path))

    def line(piece: str) -> int:
        return next(place for place, text in enumerate(lines, start=1) if piece in text)

    text = "\n".join(found)
    assert f"a.json:{line(': 38,')}: nodes.9.text: Input should be a valid string (got 38)" in text
    assert f"a.json:{line('referal')}: nodes.3.kind: Input tag 'referal'" in text
    assert f"a.json:{line('maximo')}: variables.temperature.maximo: Extra" in text
    assert f"a.json:{line('topics') + 1}: topics.0.summary: Field required" in text
    assert f"a.json:{line('español')}: key 'language' is given twice" in text
    assert len(found) == 5, "the value of the key given twice goes without saying"


def test_json_that_does_not_fit_together(tree: Tree, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    lines = broken_json(tree, path, ('"starts_at": "dolor-cuando"', '"starts_at": "nada"'))
    start = next(place for place, text in enumerate(lines, start=1) if "topics" in text) + 1
    assert problems(lambda: read_json(path)) == (
        f"a.json:{start}: topic 'dolor' starts at unknown node 'nada'",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n"id": "a",\n}', r"a.json:3: .* \(column 1\)"),
        (b"", r"a.json:1: "),
        (b"[]", "expected an object with id, title"),
        (b"[" * 100_000, "nests values too deeply|a.json:1"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_text_that_is_no_json_tree(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(TreeError, match=message):
        read_json(tmp_path / "a.json")


def test_json_on_one_line(tree: Tree, tmp_path: Path) -> None:
    content = tree.model_dump(mode="json", by_alias=True)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), "utf-8")
    assert read_json(path) == tree


# Tables


def changed(tree: Tree, *changes: tuple[str, int, str, str]) -> dict[str, Grid]:
    """The tables with some cells replaced: sheet, row, heading, text."""
    tables = to_tables(tree)
    for sheet, row, heading, text in changes:
        tables[sheet][row - 1][tables[sheet][0].index(heading)] = text
    return tables


def row_of(grid: Grid, *cells: str) -> int:
    return next(place for place, row in enumerate(grid, start=1) if {*cells} <= {*row})


def test_tables_that_are_wrong_in_many_places(tree: Tree) -> None:
    tables = to_tables(tree)
    question = row_of(tables["nodos"], "dolor-cuando")
    advice = row_of(tables["nodos"], "dolor-agarre")
    option = row_of(tables["opciones"], "dolor-cuando", "siempre")
    otherwise = row_of(tables["opciones"], "dolor-logica", "en otro caso")
    fever = row_of(tables["variables"], "temperature")
    found = problems(
        lambda: from_tables(
            changed(
                tree,
                ("nodos", question, "texto", ""),
                ("nodos", question, "urgencia", "hoy"),
                ("nodos", advice, "tipo", "consejito"),
                ("nodos", advice - 1, "urgencia", "mañana"),
                ("nodos", advice, "tema", "nada"),
                ("opciones", option, "etiqueta", ""),
                ("opciones", option, "condición", "preterm"),
                ("opciones", otherwise, "opción", "otra"),
                ("opciones", otherwise + 1, "nodo", "nadie"),
                ("variables", fever, "máximo", "mucho"),
                ("fuentes", 2, "año", "MMXXI"),
                ("fuentes", 2, "consultada el", "23/11/2026"),
                ("ejemplos", 2, "id", "dolores"),
                ("ejemplos", 3, "de qué", "cosa"),
                ("ejemplos", 4, "es del tema", "dolor"),
            ),
            "a.xlsx",
        )
    )
    places = sorted(problem.split(": ")[0] for problem in found)
    assert places == sorted(
        [
            f"nodos, row {question}, column 'texto'",
            f"nodos, row {question}, column 'urgencia'",
            f"nodos, row {advice}, column 'tipo'",
            f"nodos, row {advice - 1}, column 'urgencia'",
            f"nodos, row {advice}, column 'tema'",
            f"opciones, row {option}, column 'etiqueta'",
            f"opciones, row {option}, column 'condición'",
            f"opciones, row {otherwise}, column 'opción'",
            f"opciones, row {otherwise + 1}, column 'nodo'",
            f"variables, row {fever}, column 'máximo'",
            "fuentes, row 2, column 'año'",
            "fuentes, row 2, column 'consultada el'",
            "ejemplos, row 2, column 'id'",
            "ejemplos, row 3, column 'de qué'",
            "ejemplos, row 4, column 'es del tema'",
            # The row of dolor-logica-dos whose only branch now stands under nobody's name.
            f"nodos, row {row_of(tables['nodos'], 'dolor-logica-dos')}",
        ]
    )
    text = "\n".join(found)
    assert "'mañana' is none of: urgencias, hoy, sin prisa" in text
    assert "'consejito' is none of: pregunta, dato, lógica, consejo, derivación" in text
    assert "there is no node 'nadie'" in text
    assert "there is no topic 'nada'" in text
    assert "(got '23/11/2026')" in text


def test_what_must_be_confirmed_is_yes_or_no(tree: Tree) -> None:
    option = row_of(to_tables(tree)["opciones"], "siempre")
    cell = ("opciones", option, "solo si lo confirma")
    read = from_tables(changed(tree, (*cell, "Sí")), "a.xlsx").by_id["dolor-cuando"]
    assert isinstance(read, Question)
    assert [item.id for item in read.options if item.confirm] == ["siempre"]
    assert from_tables(changed(tree, (*cell, "no")), "a.xlsx") == tree
    (problem,) = problems(lambda: from_tables(changed(tree, (*cell, "quizás")), "a.xlsx"))
    assert problem == (
        f"opciones, row {option}, column 'solo si lo confirma': 'quizás' is none of: sí, no"
    )


def test_tables_that_do_not_fit_together(tree: Tree) -> None:
    tables = to_tables(tree)
    option = row_of(tables["opciones"], "siempre")
    (problem,) = problems(
        lambda: from_tables(changed(tree, ("opciones", option, "va a", "nada")), "a.xlsx")
    )
    row = row_of(tables["nodos"], "dolor-cuando")
    assert problem == f"nodos, row {row}: node 'dolor-cuando' leads to unknown node 'nada'"


def test_rows_that_lead_nowhere_or_twice(tree: Tree) -> None:
    tables = to_tables(tree)
    last = len(tables["opciones"])
    tables["opciones"] += [
        ["dolor-fiebre", "", "", "", "consulta"],
        ["dolor-logica", "", "", "En otro caso", "consulta"],
        ["edad"],
        ["consulta", "", "", "", "edad"],
        ["", "", "", "", "edad"],
        [],
    ]
    tables["general"].append(["otro"])
    tables["variables"] += [["preterm", "otra vez", "sí o no"], ["", "sin nombre", "número"]]
    found = problems(lambda: from_tables(tables, "a.xlsx"))
    assert found == (
        "general, row 3: a second row: a tree has one",
        "variables, row 5: variable 'preterm' is declared twice",
        "variables, row 6: a variable needs an id",
        f"opciones, row {last + 1}: node 'dolor-fiebre' already leads to 'dolor-fiebre-logica'",
        f"opciones, row {last + 2}: node 'dolor-logica' already leads to 'dolor-logica-dos'",
        f"opciones, row {last + 3}, column 'va a': it leads nowhere: name a node",
        f"opciones, row {last + 4}, column 'nodo': nothing follows a 'derivación'",
        f"opciones, row {last + 5}, column 'nodo': it is empty",
    )


def test_headings_and_sheets(tree: Tree) -> None:
    tables = to_tables(tree)
    tables["notas"] = [["lo que sea"]]
    del tables["opciones"]
    tables["nodos"][0][tables["nodos"][0].index("texto")] = "testo"
    tables["temas"][0][0] = "título"
    tables["fuentes"][0][1] = ""
    found = problems(lambda: from_tables(tables, "a.xlsx"))
    valid = ", ".join(column.heading for column in SHEETS["nodos"])
    assert found == (
        f"unknown sheet 'notas'; valid: {', '.join(SHEETS)}",
        "there is no sheet 'opciones'",
        "temas, row 1: heading 'título' is given twice",
        "temas, row 1: there is no column 'id'",
        f"nodos, row 1: unknown heading 'testo'; valid: {valid}",
        "nodos, row 1: there is no column 'texto'",
        "fuentes, row 1: column 2 has no heading",
        "fuentes, row 1: there is no column 'título'",
    )


def test_columns_in_another_order_and_without_the_empty_ones(tree: Tree) -> None:
    """As spreadsheets leave them: trailing empty cells gone, empty rows, spaces around words."""
    tables = {}
    for sheet, grid in to_tables(tree).items():
        used = [i for i, _ in enumerate(grid[0]) if any(row[i] for row in grid[1:])]
        required = [i for i, column in enumerate(SHEETS[sheet]) if column.required]
        rows = [[row[i] for i in sorted({*used, *required}, reverse=True)] for row in grid]
        rows = [["", *(f" {cell} " if cell else "" for cell in row)] for row in rows]
        for row in rows:
            while row and not row[-1]:
                row.pop()
        tables[sheet] = [*rows, [], ["", ""]]
    assert from_tables(tables, "a.xlsx") == tree


def test_sheets_that_are_not_needed(tree: Tree) -> None:
    """Two sheets, the tree's name and a topic are a whole tree."""
    tables = to_tables(tree)
    content = tree.model_dump(mode="json", by_alias=True)
    del tables["ejemplos"]
    bare = json.loads(json.dumps(content))
    bare["topics"][0]["examples"] = []
    for node in bare["nodes"]:
        if node["entry"]:
            node["entry"]["examples"] = []
        for option in node.get("options", ()):
            option["examples"] = []
    assert from_tables(tables, "a.xlsx") == Tree.model_validate(bare)


# CSV


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_of_any_country(tree: Tree, tmp_path: Path, separator: str, encoding: str) -> None:
    import csv

    for sheet, grid in to_tables(tree).items():
        path = tmp_path / f"{sheet}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator, lineterminator="\n").writerows(grid)
    assert read_csv(tmp_path) == tree


def test_csv_that_a_spreadsheet_opens(tree: Tree, tmp_path: Path) -> None:
    content = tree.model_dump(mode="json", by_alias=True)
    content["topics"][0]["title"] = '=HYPERLINK("http://example.org")'
    content["topics"][0]["summary"] = "Duele.\nY mucho; más, de noche."
    write_csv(Tree.model_validate(content), tmp_path / "a")
    raw = (tmp_path / "a" / "temas.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8"
    assert b"\"'=HYPERLINK" in raw, "nothing that Excel would run"
    assert read_csv(tmp_path / "a").topics[0].title == content["topics"][0]["title"]


def test_csv_files_that_cannot_be_read(tree: Tree, tmp_path: Path) -> None:
    write_csv(tree, tmp_path / "a")
    (tmp_path / "a" / "temas.csv").write_bytes("id,título\n".encode("latin-1"))
    (tmp_path / "a" / "nodos.csv").write_text('id,texto\na,"sin cerrar', "utf-8")
    first, second = problems(lambda: read_csv(tmp_path / "a"))
    assert first.startswith("nodos.csv is not CSV: ")
    assert second.startswith("temas.csv is not UTF-8: save it as “CSV UTF-8”")
    (tmp_path / "b").mkdir()
    with pytest.raises(
        TreeError, match=r"holds no tables: they are general.csv, apartados.csv, temas.csv"
    ):
        read_csv(tmp_path / "b")


# Excel


def edited(tree: Tree, path: Path, edit: Callable[[Workbook], Any]) -> Path:
    write_xlsx(tree, path)
    workbook = load_workbook(path)
    edit(workbook)
    workbook.save(path)
    return path


def cell_of(workbook: Workbook, sheet: str, row: int, heading: str) -> Any:
    page = workbook[sheet]
    assert isinstance(page, Worksheet)
    column = [column.heading for column in SHEETS[sheet]].index(heading)
    return page.cell(row, column + 1)


def test_excel_keeps_numbers_and_dates_as_such(tree: Tree, tmp_path: Path) -> None:
    """What is typed into a cell that is no longer text."""

    def edit(workbook: Workbook) -> None:
        cell_of(workbook, "fuentes", 2, "año").value = 1999
        cell_of(workbook, "fuentes", 2, "consultada el").value = datetime(2026, 1, 2)
        cell_of(workbook, "variables", 2, "máximo").value = 99.0
        cell_of(workbook, "variables", 4, "mínimo").value = 33.5
        row = row_of(to_tables(tree)["opciones"], "siempre")
        cell_of(workbook, "opciones", row, "etiqueta").value = 7

    again = read_xlsx(edited(tree, tmp_path / "a.xlsx", edit))
    assert (again.sources[0].year, again.sources[0].checked_on) == (1999, "2026-01-02")
    assert again.variables["baby_age_days"].max == 99
    assert again.variables["temperature"].min == 33.5
    question = again.by_id["dolor-cuando"]
    assert isinstance(question, Question)
    assert question.options[1].label == "7"


def test_formulas_and_failed_cells(tree: Tree, tmp_path: Path) -> None:
    def edit(workbook: Workbook) -> None:
        cell_of(workbook, "temas", 2, "título").value = '="Do"&"lor"'
        cell_of(workbook, "nodos", 3, "texto").value = "#N/A"

    path = edited(tree, tmp_path / "a.xlsx", edit)
    assert problems(lambda: read_xlsx(path)) == (
        'temas, row 2, column \'título\': a formula (="Do"&"lor"); write the text itself',
        "nodos, row 3, column 'texto': Excel could not compute it (#N/A); write the text itself",
    )


def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(TreeError, match="is not an Excel workbook"):
        read_xlsx(tmp_path / "a.xlsx")
    with pytest.raises(TreeError, match="cannot be read: No such file"):
        read_xlsx(tmp_path / "b.xlsx")
