"""Reads the tables that `to_tables` writes, as experts give them back."""

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from tools.formats.columns import (
    KINDS,
    NEEDED_SHEETS,
    NO,
    NOTHING,
    OTHERWISE,
    SHEETS,
    YES,
    Column,
)
from tools.formats.problems import Problem, invalid, validated
from tools.formats.to_tables import Grid
from tools.formats.yaml_folder import Location
from tools.tree import Tree

_BLANK = " \t\r\n\xa0"
_Item = dict[str, Any]


def from_tables(sheets: Mapping[str, Grid], name: str) -> Tree:
    """The tree in `sheets`: grids by sheet, their first row the headings.

    Columns may stand in any order, and rows may be shorter than the headings. Raises TreeError,
    which quotes `name`, with every problem at once, each with its sheet, row and column.
    """
    problems = [*_sheet_problems(sheets), *_heading_problems(sheets)]
    if problems:
        raise invalid(name, problems)
    reading = _Reading(sheets)
    return validated(reading.content, reading.places, name=name, problems=reading.problems)


def _sheet_problems(sheets: Mapping[str, Grid]) -> Iterator[str]:
    for sheet in sheets:
        if sheet not in SHEETS:
            yield f"unknown sheet {sheet!r}; valid: {', '.join(SHEETS)}"
    for sheet in sorted(NEEDED_SHEETS - sheets.keys()):
        yield f"there is no sheet {sheet!r}"


def _heading_problems(sheets: Mapping[str, Grid]) -> Iterator[str]:
    for sheet, columns in SHEETS.items():
        if sheet not in sheets:
            continue
        headings = [cell.strip(_BLANK) for cell in (sheets[sheet] or [[]])[0]]
        valid = [column.heading for column in columns]
        for place, heading in enumerate(headings):
            if not heading and any(len(row) > place and row[place] for row in sheets[sheet]):
                yield f"{sheet}, row 1: column {place + 1} has no heading"
            elif heading and heading not in valid:
                yield f"{sheet}, row 1: unknown heading {heading!r}; valid: {', '.join(valid)}"
            elif heading in headings[:place]:
                yield f"{sheet}, row 1: heading {heading!r} is given twice"
        for column in columns:
            if column.required and column.heading not in headings:
                yield f"{sheet}, row 1: there is no column {column.heading!r}"


class _Reading:
    """The content of the sheets put together, and where each piece of it stands.

    A cell is known by sheet, row and key until it has found its place in the content.
    """

    def __init__(self, sheets: Mapping[str, Grid]) -> None:
        self.content: _Item = {"areas": {}, "variables": {}, "topic_of": {}}
        self.places: dict[Location, str] = {(): "general"}
        self._sheets = sheets
        self._problems: list[Problem] = []
        self._found_at: dict[Location, Location] = {}
        self._own_keys()
        for source, cells in self._rows("apartados"):
            self._add_area(cells, source)
        for key, sheet in (("topics", "temas"), ("sources", "fuentes"), ("nodes", "nodos")):
            self.content[key] = []
            for source, cells in self._rows(sheet):
                self._add(key, cells, source)
        for source, cells in self._rows("variables"):
            self._add_variable(cells, source)
        self._items = {
            **_by_id("topics", self.content["topics"]),
            **_by_id("nodes", self.content["nodes"]),
            **{
                ("variables", name): (("variables", name), item)
                for name, item in self.content["variables"].items()
            },
        }
        for source, cells in self._rows("opciones"):
            self._add_way(cells, source)
        for source, cells in self._rows("ejemplos"):
            self._add_example(cells, source)

    @property
    def problems(self) -> list[Problem]:
        """What the cells themselves say is wrong."""
        return [(self._found_at.get(place, place), text) for place, text in self._problems]

    # Cells

    def _rows(self, sheet: str) -> Iterator[tuple[Location, _Item]]:
        """Sheet and row number, and what the cells hold by key; empty rows are left out."""
        headings, *rows = self._sheets.get(sheet) or [[]]
        columns = {column.heading: column for column in SHEETS[sheet]}
        for number, row in enumerate(rows, start=2):
            cells: _Item = {}
            self.places[(sheet, number)] = f"{sheet}, row {number}"
            for heading, cell in zip_longest(headings, row, fillvalue=""):
                if column := columns.get(heading.strip(_BLANK)):
                    location = (sheet, number, column.key)
                    self.places[location] = f"{sheet}, row {number}, column {column.heading!r}"
                    if cell.strip(_BLANK):
                        cells[column.key] = self._value(column, cell.strip(_BLANK), location)
                    elif column.may_be_none:
                        cells[column.key] = None
            if any(cell.strip(_BLANK) for cell in row):
                yield (sheet, number), cells

    def _value(self, column: Column, cell: str, location: Location) -> Any:
        """What the cell means; the cell itself where it means nothing."""
        if column.words:
            for value, word in column.words.items():
                if cell.casefold() == word.casefold():
                    return value
            self._tell(location, f"{cell!r} is none of: {', '.join(column.words.values())}")
        match column.holds:
            case "ids or nothing" if cell == NOTHING:
                return []
            case "ids" | "ids or nothing":
                return re.split(r"[\s,;]+", cell)
            case "yes or no":
                said = cell.casefold()
                if said not in (YES, NO):
                    self._tell(location, f"{cell!r} is none of: {YES}, {NO}")
                return said == YES
            case "number":
                return cell.replace(",", ".")
            case _:
                return cell

    def _tell(self, location: Location, problem: str) -> None:
        self._problems.append((location, problem))

    def _stands(self, location: Location, source: Location, **keys: str) -> None:
        """Note that `location` is read from the row `source`; `keys` differ from the columns'."""
        self.places[location] = self.places[source]
        for column in SHEETS[str(source[0])]:
            cell = (*source, column.key)
            if cell in self.places:
                target = (*location, *keys.get(column.key, column.key).split("."))
                self.places[target] = self.places[cell]
                self._found_at[cell] = target

    # Items

    def _own_keys(self) -> None:
        for source, cells in self._rows("general"):
            if "id" in self.content:
                self._tell(source, "a second row: a tree has one")
                continue
            self.content |= cells
            self._stands((), source)

    def _add(self, key: str, cells: _Item, source: Location) -> None:
        self._stands((key, len(self.content[key])), source)
        topic = cells.pop("topic", None)
        if topic and "id" in cells:
            self.content["topic_of"][cells["id"]] = topic
            if topic not in [item.get("id") for item in self.content["topics"]]:
                self._tell((*source, "topic"), f"there is no topic {topic!r}")
        nested = [name for name in cells if "." in name]
        for name in nested:
            above, below = name.split(".")
            cells.setdefault(above, {})[below] = cells.pop(name)
        self.content[key].append(cells)

    def _add_area(self, cells: _Item, source: Location) -> None:
        name = cells.get("id")
        if name is None:
            self._tell(source, "an area needs an id")
        elif name in self.content["areas"]:
            self._tell(source, f"area {name!r} is declared twice")
        else:
            self._stands(("areas", name), source)
            self.content["areas"][name] = cells.get("title")

    def _add_variable(self, cells: _Item, source: Location) -> None:
        name = cells.pop("id", None)
        if name is None:
            self._tell(source, "a variable needs an id")
        elif name in self.content["variables"]:
            self._tell(source, f"variable {name!r} is declared twice")
        else:
            self._stands(("variables", name), source)
            self.content["variables"][name] = cells

    # Rows about something that stands in another sheet

    def _add_way(self, cells: _Item, source: Location) -> None:
        location, node = self._item("nodes", cells.pop("node", None), (*source, "node"))
        match node.get("kind"):
            case "question":
                self._append(node, "options", cells, location, source)
            case "logic" if str(cells.get("when", "")).casefold() == OTHERWISE:
                del cells["when"]
                self._only_way(node, "else", cells, location, source)
            case "logic":
                self._append(node, "branches", cells, location, source)
            case "input":
                self._only_way(node, "to", cells, location, source)
            case "advice" | "referral" as kind:
                self._tell((*source, "node"), f"nothing follows a {KINDS[kind]!r}")

    def _append(
        self, item: _Item, key: str, cells: Any, location: Location, source: Location, **keys: str
    ) -> None:
        some = item.setdefault(key, [])
        self._stands((*location, key, len(some)), source, **keys)
        some.append(cells)

    def _only_way(
        self, node: _Item, key: str, cells: _Item, location: Location, source: Location
    ) -> None:
        if key in node:
            self._tell(source, f"node {node['id']!r} already leads to {node[key]!r}")
        elif "to" not in cells:
            self._tell((*source, "to"), "it leads nowhere: name a node")
        else:
            node[key] = cells.pop("to")
            self.places[(*location, key)] = self.places[(*source, "to")]
            self._leave_nothing(cells, source)

    def _add_example(self, cells: _Item, source: Location) -> None:
        owner, name, text = (cells.pop(key, None) for key in ("owner", "id", "text"))
        match owner:
            case "topic":
                location, item = self._item("topics", name, (*source, "id"))
                self._append_text(item, "examples", text, location, source)
            case "near_miss":
                location, item = self._item("topics", name, (*source, "id"))
                near_miss = {"says": text, "belongs_to": cells.pop("belongs_to", None)}
                self._append(item, "near_misses", near_miss, location, source, text="says")
            case "entry":
                location, item = self._item("nodes", name, (*source, "id"))
                entry = item.setdefault("entry", {})
                self._append_text(entry, "examples", text, (*location, "entry"), source)
            case "option":
                location, item = self._option(name, cells.pop("option", None), source)
                self._append_text(item, "examples", text, location, source)
            case "said" | "denied":
                location, item = self._item("variables", name, (*source, "id"))
                self._append_text(item, str(owner), text, location, source)
            case None:
                self._tell((*source, "owner"), "it does not say what it is an example of")
        self._leave_nothing(cells, source)

    def _append_text(
        self, item: _Item, key: str, text: str | None, location: Location, source: Location
    ) -> None:
        some = item.setdefault(key, [])
        self.places[(*location, key, len(some))] = self.places[(*source, "text")]
        some.append(text)

    def _leave_nothing(self, cells: _Item, source: Location) -> None:
        for key, value in cells.items():
            self._tell((*source, key), f"{value!r} does not belong to this row")

    def _item(self, key: str, name: str | None, cell: Location) -> tuple[Location, _Item]:
        """Where the named item stands and the item; one that nobody sees when there is none."""
        if (key, str(name)) in self._items:
            return self._items[(key, str(name))]
        self._tell(cell, f"there is no {_NOUNS[key]} {name!r}" if name else "it is empty")
        return ("nowhere",), {}

    def _option(
        self, node: str | None, name: str | None, source: Location
    ) -> tuple[Location, _Item]:
        location, item = self._item("nodes", node, (*source, "id"))
        for index, option in enumerate(item.get("options", ())):
            if option.get("id") == name:
                return (*location, "options", index), option
        if item:
            self._tell((*source, "option"), f"node {node!r} has no option {name!r}")
        return ("nowhere",), {}


_NOUNS = {"topics": "topic", "nodes": "node", "variables": "variable"}


def _by_id(key: str, items: list[_Item]) -> dict[tuple[str, str], tuple[Location, _Item]]:
    """Location and item; the first one where an id is given twice."""
    return {
        (key, item["id"]): ((key, index), item)
        for index, item in reversed(list(enumerate(items)))
        if "id" in item
    }
