"""The folder of FloDial, checked: charts, and dialogs whose turns name places of a chart.

The layout is that of Raghu et al., "End-to-End Learning of Flowchart Grounded Task-Oriented
Dialogs" (EMNLP 2021): `dialogs/dialogs.json` and a chart for each file of `knowledge-sources/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, TypeAdapter

from evaluation.cases import CasesError
from tools.errors import TreeError
from tools.formats.foreign.located_json import LocatedJson
from tools.tree import Text

DIALOGS = "dialogs/dialogs.json"
CHARTS = "knowledge-sources"
LANGUAGE = "en"
_LAYOUT = f"FloDial's layout, {DIALOGS} and {CHARTS}/*.json"
NOWHERE = "0"
"""In the place of a node, of a user's first turn."""
_Part = TypeVar("_Part")


class _Node(BaseModel):
    utterance: Text


class Chart(BaseModel):
    """A flowchart."""

    name: Text
    nodes: dict[str, _Node]
    edges: dict[str, dict[Text, str]]

    @property
    def starts(self) -> list[str]:
        """The nodes that no edge leads to: one, in a chart that was read."""
        led_to = {to for ways in self.edges.values() for to in ways.values()}
        return [node for node in self.nodes if node not in led_to]

    def ways(self, node: str) -> list[tuple[str, str]]:
        """A node's edges and where they lead, as the import shows them: "Yes" first."""
        ways = sorted(self.edges.get(node, {}).items(), key=lambda way: way[0] != "yes")
        return [(a.capitalize() if a in ("yes", "no") else a, to) for a, to in ways]

    def route(self, to: str) -> list[tuple[str, str]]:
        """(node, next node) from the start to `to`; empty where it is the start or out of reach."""
        came_from: dict[str, str] = {}
        ahead = self.starts
        for node in ahead:
            for _, after in self.ways(node):
                if after not in came_from:
                    came_from[after] = node
                    ahead.append(after)
        route: list[tuple[str, str]] = []
        while to in came_from:
            route.insert(0, (came_from[to], to))
            to = came_from[to]
        return route


class Turn(BaseModel):
    """What one of them says."""

    speaker: Literal["user", "agent"]
    utterance: str
    grounded_doc_id: str | None = None
    """ "chart-3": node 3 of the chart; "chart-0": no node yet; "faq-1": a FAQ; None: thanks."""

    @property
    def node(self) -> str | None:
        """The chart's node that it is about."""
        kind, _, name = (self.grounded_doc_id or "").partition("-")
        return name if kind == "chart" else None

    @property
    def is_faq(self) -> bool:
        """Whether it quotes a FAQ."""
        return (self.grounded_doc_id or "").startswith("faq-")


class _Dialog(BaseModel):
    flowchart: str
    utterences: list[Turn]


_CHART, _DIALOGS = TypeAdapter(Chart), TypeAdapter(dict[Text, _Dialog])


@dataclass(frozen=True)
class FlodialFolder:
    """What is in the folder."""

    dialogs: Mapping[str, tuple[Chart, tuple[Turn, ...]]]
    files: tuple[Path, ...]


def read_flodial_folder(folder: Path) -> FlodialFolder:
    """Read and check all of it. Raises CasesError with every problem, each with its line."""
    files = (folder / DIALOGS, *sorted((folder / CHARTS).glob("*.json")))
    if not files[0].is_file() or len(files) < 2:
        missing = f"{CHARTS}/*.json" if files[0].is_file() else DIALOGS
        raise CasesError(f"there is no {missing} in {str(folder)!r}; valid: {_LAYOUT}")
    problems: list[str] = []
    charts: dict[str, Chart] = {}
    for file in files[1:]:
        if chart := _chart(file, problems):
            if chart.name in charts:
                problems.append(f"{file.name}: another file has a chart {chart.name!r} too")
            charts[chart.name] = chart
    dialogs = _dialogs(files[0], charts, problems)
    if problems:
        raise CasesError(f"{str(folder)!r} is not valid; valid: {_LAYOUT}", tuple(problems))
    return FlodialFolder(dialogs, files)


def _chart(file: Path, problems: list[str]) -> Chart | None:
    read = _read(file, _CHART, problems)
    if read is None:
        return None
    located, chart = read
    for node, ways in chart.edges.items():
        for name in (node, *ways.values()):
            if name not in chart.nodes:
                located.problem(("edges", node), f"there is no node {name!r} for its edges")
    if len(chart.starts) != 1:
        names = ", ".join(map(repr, chart.starts)) or "none"
        located.problem(("nodes",), f"a chart has one node that no edge leads to; here: {names}")
    problems += located.problems
    return chart


def _dialogs(
    file: Path, charts: Mapping[str, Chart], problems: list[str]
) -> dict[str, tuple[Chart, tuple[Turn, ...]]]:
    # Against charts that are not valid every dialog would be wrong too.
    charts_are_valid = not problems
    read = _read(file, _DIALOGS, problems)
    if read is None or not charts_are_valid:
        return {}
    located, content = read
    found = {}
    for name, dialog in content.items():
        chart = charts.get(dialog.flowchart)
        if chart is None:
            valid = ", ".join(map(repr, charts))
            what = f"dialog {name!r}: no chart is called {dialog.flowchart!r}; valid: {valid}"
            located.problem((name, "flowchart"), what)
            continue
        for place, turn in enumerate(dialog.utterences):
            if turn.grounded_doc_id is not None and not _is_founded(turn, chart):
                valid = f"chart-0, faq-… or chart- and a node of {chart.name!r}"
                what = f"dialog {name!r}: got {turn.grounded_doc_id!r}; valid: {valid}"
                located.problem((name, "utterences", place, "grounded_doc_id"), what)
        found[name] = (chart, tuple(dialog.utterences))
    problems += located.problems
    return found


def _is_founded(turn: Turn, chart: Chart) -> bool:
    return turn.is_faq or turn.node in {NOWHERE, *chart.nodes}


def _read(
    file: Path, layout: TypeAdapter[_Part], problems: list[str]
) -> tuple[LocatedJson, _Part] | None:
    """The file's content; None, with its problems noted, where it has another layout."""
    try:
        located = LocatedJson(file)
    except TreeError as error:
        problems += error.problems or [str(error)]
        return None
    part = located.part((), located.content, layout)
    if part is None:
        problems += located.problems
        return None
    return located, part
