"""FloDial's flowcharts: charts of yes/no questions that find a fault, with FAQs beside them.

The layout is that of the data set of Raghu et al., "End-to-End Learning of Flowchart Grounded
Task-Oriented Dialogs" (EMNLP 2021): a folder of JSON files, one chart each. A chart becomes a
topic. A node with edges is a question and one without is an answer, whatever its flag `terminal`
says. A FAQ becomes an answer that stands beside the chart and is found by its question.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from tools.components import reached
from tools.errors import TreeError
from tools.formats.foreign.fitting import (
    MORE,
    ForeignNode,
    ForeignOption,
    Names,
    fitted,
    slug,
    title_from,
    without_read_out,
)
from tools.formats.foreign.located_json import LocatedJson
from tools.formats.foreign.mapped import Imported
from tools.formats.problems import invalid, validated
from tools.tree import Text

_LANGUAGE = "en"
_LONGEST_DESCRIPTION = 200


class _Node(BaseModel):
    label: Text
    terminal: bool
    utterance: Text


class _Faq(BaseModel):
    id: Text
    q: Text
    a: Text


class _Layout(BaseModel):
    name: Text
    category: str
    problem_description: Text
    nodes: Annotated[dict[str, Any], Field(min_length=1)]
    edges: dict[str, Any]
    supporting_faqs: list[Any]


_LAYOUT, _NODE, _FAQ = TypeAdapter(_Layout), TypeAdapter(_Node), TypeAdapter(_Faq)
_EDGES = TypeAdapter(dict[Text, str])


@dataclass(frozen=True)
class _Chart:
    name: str
    summary: str
    first: str
    nodes: dict[str, _Node]
    edges: dict[str, dict[str, str]]
    """By node: where each answer leads."""
    faqs: list[_Faq]


def read_flodial(path: Path) -> Imported:
    """Read a chart, or a folder of them as one tree with a topic for each.

    The ids are those of the chart: node 7 of engine_overheats is "engine-overheats-7", its FAQ 0
    "engine-overheats-faq-0". Raises TreeError with every problem of every file, each with its line.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise TreeError(f"there is no flowchart (*.json) in the folder {str(path)!r}")
    problems: list[str] = []
    charts: dict[str, _Chart] = {}
    for file in files:
        chart = _read(file, problems)
        if chart and chart.name in charts:
            problems.append(f"{file.name}: another file has a chart {chart.name!r} too")
        elif chart:
            charts[chart.name] = chart
    if problems:
        raise invalid(str(path), problems)
    return _imported(list(charts.values()), path)


def _read(file: Path, problems: list[str]) -> _Chart | None:
    try:
        located = LocatedJson(file)
    except TreeError as error:
        problems += error.problems or [str(error)]
        return None
    chart = _chart(located)
    problems += located.problems
    return chart


def _chart(file: LocatedJson) -> _Chart | None:
    layout = file.part((), file.content, _LAYOUT)
    if layout is None:
        return None
    nodes = {
        key: node
        for key, value in layout.nodes.items()
        if (node := file.part(("nodes", key), value, _NODE))
    }
    edges = {
        key: ways
        for key, value in layout.edges.items()
        if (ways := file.part(("edges", key), value, _EDGES))
    }
    faqs = [
        faq
        for index, value in enumerate(layout.supporting_faqs)
        if (faq := file.part(("supporting_faqs", index), value, _FAQ))
    ]
    _check_edges(file, layout, edges)
    for repeated, times in Counter(faq.id for faq in faqs).items():
        if times > 1:
            file.problem(("supporting_faqs",), f"{times} FAQs have the id {repeated!r}")
    led_to = {to for ways in edges.values() for to in ways.values()}
    first = [key for key in layout.nodes if key not in led_to]
    if len(first) != 1:
        names = ", ".join(map(repr, first)) or "none"
        file.problem(("nodes",), f"a chart has one node that no edge leads to; here: {names}")
    if file.problems:
        return None
    return _Chart(layout.name, layout.problem_description, first[0], nodes, edges, faqs)


def _check_edges(file: LocatedJson, layout: _Layout, edges: dict[str, dict[str, str]]) -> None:
    known = ", ".join(layout.nodes)
    for key in layout.edges:
        if key not in layout.nodes:
            file.problem(("edges", key), f"edges leave node {key!r}, which does not exist: {known}")
    for key, ways in edges.items():
        for answer, to in ways.items():
            if to not in layout.nodes:
                what = f"edge {answer!r} leads to node {to!r}, which does not exist: {known}"
                file.problem(("edges", key, answer), what)


def _imported(charts: list[_Chart], path: Path) -> Imported:
    names, topic_names = Names(), Names()
    topics: list[dict[str, Any]] = []
    content: list[dict[str, Any]] = []
    topic_of: dict[str, str] = {}
    for chart in charts:
        nodes = fitted(_nodes(chart), names, MORE[_LANGUAGE])
        start = names.of(_key(chart, chart.first))
        ways = {key: [*answers.values()] for key, answers in chart.edges.items()}
        led_to = {names.of(_key(chart, key)) for key in reached([chart.first], ways)}
        topic = {
            "id": topic_names.of(chart.name),
            "title": chart.name.replace("_", " ").capitalize(),
            "summary": chart.summary,
            "starts_at": start,
        }
        topics.append(topic)
        kept = without_read_out(nodes, [start], led_to)
        content += kept
        topic_of |= {node["id"]: topic["id"] for node in kept}
    tree = validated(
        {
            "id": "flodial" if path.is_dir() else slug(charts[0].name),
            "title": "FloDial" if path.is_dir() else topics[0]["title"],
            "language": _LANGUAGE,
            "licence": "unknown",
            "topics": topics,
            "nodes": content,
            "topic_of": topic_of,
        },
        {(): path.name},
        name=str(path),
    )
    edges = [answers for chart in charts for answers in chart.edges.values()]
    left_out = {
        "category of a chart": len(charts),
        "short label of a question": sum(len(answers) > 1 for answers in edges),
        "answer to a question that has only this one": sum(len(answers) == 1 for answers in edges),
    }
    return Imported(tree, {what: times for what, times in left_out.items() if times})


def _nodes(chart: _Chart) -> Iterator[ForeignNode]:
    for key, node in chart.nodes.items():
        yield ForeignNode(
            key=_key(chart, key),
            name=f"{chart.name}-{key}",
            title=node.label,
            text=node.utterance,
            options=[
                ForeignOption(_label(answer), _key(chart, to))
                for answer, to in sorted(chart.edges.get(key, {}).items(), key=_yes_first)
            ],
        )
    for faq in chart.faqs:
        yield ForeignNode(
            key=_key(chart, f"faq-{faq.id}"),
            name=f"{chart.name}-faq-{faq.id}",
            title=faq.q,
            text=faq.a,
            entry={
                "title": faq.q,
                "description": title_from(faq.a, _LONGEST_DESCRIPTION),
                "examples": [faq.q],
            },
        )


def _key(chart: _Chart, node: str) -> str:
    return f"{chart.name}/{node}"


def _label(answer: str) -> str:
    return answer.capitalize() if answer in ("yes", "no") else answer


def _yes_first(way: tuple[str, str]) -> bool:
    return way[0] != "yes"
