"""Proposes a mapping from the schema that a graph turns out to have.

It goes by what people usually build: questions end in a question mark, answers are long texts that
nothing leaves, options are short texts between the two, on relationships or on nodes with one way
in and one way on. It is a proposal: each line says in a comment what it rests on.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.errors import TreeError
from tools.formats.foreign.mapping import Kind
from tools.formats.foreign.property_graph import GraphNode, PropertyGraph
from tools.words import fold

_ASKS = re.compile(r"[?？]\s*$|^\s*¿")
_NO_NAMES = {"true", "false", "null", "yes", "no", "on", "off"}
_NAMED: Mapping[str, Sequence[str]] = {
    "id": ("codigo", "clave", "id", "key", "code", "slug", "uid"),
    "title": ("titulo", "title", "nombre", "name", "titel"),
    "help": ("ayuda", "help", "aclaracion", "explicacion", "hint", "hilfe"),
    "position": ("orden", "posicion", "order", "position", "rank", "index"),
    "examples": ("ejemplos", "examples", "sinonimos", "frases", "utterances", "variantes"),
    "urgency": ("urgencia", "gravedad", "urgency", "severity", "prioridad", "priority", "nivel"),
    "summary": ("resumen", "descripcion", "summary", "description"),
    "url": ("url", "enlace", "link", "web"),
    "year": ("ano", "anyo", "year", "fecha"),
    "organisation": ("organismo", "organizacion", "organisation", "autor", "editor", "publisher"),
}
"""Beginnings of property names, folded, by what they usually hold."""


@dataclass(frozen=True)
class _Label:
    """What the nodes of one label are like."""

    name: str
    nodes: Sequence[GraphNode]
    text: str | None
    """The property with its questions, or else with the longest texts."""
    letters: float
    """Its mean length."""
    asks: float
    """Share of them that ask."""
    ways_in: Counter[tuple[str, str]]
    """(type, label at the other end) of what comes in."""
    ways_out: Counter[tuple[str, str]]

    @property
    def evidence(self) -> str:
        return (
            f"{len(self.nodes)} nodes, {self.asks:.0%} ask, {self.letters:.0f} letters on average,"
            f" {sum(self.ways_in.values())} ways in, {sum(self.ways_out.values())} out"
        )


def suggest(graph: PropertyGraph, language: str = "es") -> str:
    """A mapping file, with comments, for `graph`.

    Raises TreeError when nothing in the graph looks like a question.
    """
    labels = _labels(graph)
    kinds = _kinds(labels)
    if "question" not in kinds.values():
        seen = "; ".join(f":{label.name}: {label.evidence}" for label in labels.values())
        raise TreeError(
            f"nothing in this database looks like a question. It has {seen or 'no nodes'}"
        )
    lines = [
        "# A proposal: check each line against what you know of your database, then run",
        "# nodriza tree import … --mapping this-file --out FOLDER",
        "tree:",
        "  id: importado",
        "  title: Árbol importado",
        f"  language: {language}",
        "  licence: unknown     # whose content is it, and what may be done with it?",
    ]
    lines += ["questions:", *(line for q in _of("question", kinds, labels) for line in _part(q))]
    lines += ["answers:"]
    for label in _of("answer", kinds, labels):
        lines += [*_part(label, "title"), *_urgency(label)]
    lines += _options(graph, kinds, labels)
    lines += _topics(kinds, labels) + _sources(kinds, labels)
    if ignored := [name for name in labels if name not in kinds]:
        lines.append("# Nothing leads from these to questions and answers, or back:")
        lines.append(f"ignore: [{', '.join(map(_word, ignored))}]")
    return "\n".join(lines) + "\n"


# What labels are like


def _labels(graph: PropertyGraph) -> dict[str, _Label]:
    names = Counter(_main_label(node) for node in graph.nodes.values() if node.labels)
    ways_in: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in names}
    ways_out: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in names}
    for step in graph.relationships:
        start, end = (_main_label(graph.nodes[id_]) for id_ in (step.start, step.end))
        ways_out[start][step.type, end] += 1
        ways_in[end][step.type, start] += 1
    found = {}
    for name in names:
        nodes = [node for node in graph.nodes.values() if _main_label(node) == name]
        text = _asking(nodes) or _longest(node.properties for node in nodes)
        texts = [str(node.properties[text]) for node in nodes if text and text in node.properties]
        found[name] = _Label(
            name,
            nodes,
            text,
            sum(map(len, texts)) / max(len(texts), 1),
            sum(bool(_ASKS.search(value)) for value in texts) / max(len(texts), 1),
            ways_in[name],
            ways_out[name],
        )
    return found


def _main_label(node: GraphNode) -> str:
    """Of several labels the last in the alphabet: stable, and a base label is on every node."""
    return max(node.labels, default="")


def _kinds(labels: Mapping[str, _Label]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for label in labels.values():
        if label.text and label.asks >= 0.5 and label.ways_out:
            kinds[label.name] = "question"
    for label in labels.values():
        if label.name in kinds or not label.text:
            continue
        before = {other for _, other in label.ways_in}
        after = {other for _, other in label.ways_out}
        asked = any(kinds.get(other) == "question" for other in before)
        if _named(label, "url"):
            kinds[label.name] = "source"
        elif asked and after and sum(label.ways_out.values()) == len(label.nodes):
            kinds[label.name] = "option"
        elif before and not after - {label.name, *_with_url(labels)}:
            kinds[label.name] = "answer"
        elif not before and any(kinds.get(other) == "question" for other in after):
            kinds[label.name] = "topic"
    return kinds


def _with_url(labels: Mapping[str, _Label]) -> set[str]:
    return {label.name for label in labels.values() if _named(label, "url")}


def _asking(nodes: Sequence[GraphNode]) -> str | None:
    """The property that most often holds a question, if half of the nodes have one there."""
    asking = Counter(
        name
        for node in nodes
        for name, value in node.properties.items()
        if isinstance(value, str) and _ASKS.search(value)
    )
    name, times = asking.most_common(1)[0] if asking else ("", 0)
    return name if times >= len(nodes) / 2 > 0 else None


def _longest(rows: Iterable[Mapping[str, Any]]) -> str | None:
    letters: Counter[str] = Counter()
    for row in rows:
        letters.update({key: len(value) for key, value in row.items() if isinstance(value, str)})
    return letters.most_common(1)[0][0] if letters else None


def _named(label: _Label, what: str) -> str | None:
    """The property whose name begins like those that usually hold `what`."""
    names = {key for node in label.nodes for key in node.properties}
    for beginning in _NAMED[what]:
        for name in sorted(names if what == "url" else names - {label.text}):
            if fold(name).startswith(beginning):
                return name
    return None


# Lines of the file


def _of(kind: Kind, kinds: Mapping[str, Kind], labels: Mapping[str, _Label]) -> list[_Label]:
    return [labels[name] for name, is_ in kinds.items() if is_ == kind]


def _part(label: _Label, *more: str) -> list[str]:
    sample = next(value for node in label.nodes if (value := node.properties.get(label.text or "")))
    wanted = ("id", *(more or ("help",)))
    return [
        f"  - label: {_word(label.name)}     # {label.evidence}",
        f"    text: {_word(label.text)}     # {' '.join(str(sample).split())[:70]!r}",
        *(f"    {what}: {_word(name)}" for what in wanted if (name := _named(label, what))),
    ]


def _urgency(label: _Label) -> list[str]:
    name = _named(label, "urgency")
    if name is None:
        return []
    values = sorted({str(n.properties[name]) for n in label.nodes if name in n.properties})
    return [
        "    urgency:     # write none, same_day or emergency for each: nobody else can know",
        f"      property: {_word(name)}",
        "      values:",
        *(f"        {json.dumps(value, ensure_ascii=False)}: '?'" for value in values),
        "      default: none",
    ]


def _word(name: str | None) -> str:
    """A name as YAML: in quotes unless it is a plain word."""
    plain = name is not None and re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in _NO_NAMES
    return name if plain and name else json.dumps(name, ensure_ascii=False)


def _options(
    graph: PropertyGraph, kinds: Mapping[str, Kind], labels: Mapping[str, _Label]
) -> list[str]:
    lines = ["options:"]
    questions = {label.name for label in _of("question", kinds, labels)}
    between = {label.name for label in _of("option", kinds, labels)}
    ends = questions | {label.name for label in _of("answer", kinds, labels)}
    for label in _of("option", kinds, labels):
        types = sorted({type_ for type_, other in label.ways_in if other in questions})
        onward = sorted({type_ for type_, other in label.ways_out if other in ends})
        lines += [
            f"  - relationships: [{', '.join(map(_word, types))}]     # {label.evidence}",
            f"    node: {_word(label.name)}",
            f"    onward: [{', '.join(map(_word, onward))}]",
            f"    text: {_word(label.text)}",
            *_extras(label),
        ]
    types = sorted(
        {
            type_
            for name in questions
            for type_, other in labels[name].ways_out
            if other in ends and other not in between
        }
    )
    for type_ in types:
        steps = [step for step in graph.relationships if step.type == type_]
        text = _longest(step.properties for step in steps)
        said = f"'{text}' holds their words" if text else "the type is what she answers"
        lines.append(f"  - relationships: [{_word(type_)}]     # {len(steps)} of them; {said}")
        lines += [f"    text: {_word(text)}"] if text else []
    return lines


def _extras(label: _Label) -> list[str]:
    found = ((what, _named(label, what)) for what in ("position", "examples"))
    return [f"    {what}: {_word(name)}" for what, name in found if name]


def _topics(kinds: Mapping[str, Kind], labels: Mapping[str, _Label]) -> list[str]:
    for label in _of("topic", kinds, labels)[:1]:
        types = sorted({type_ for type_, other in label.ways_out if kinds.get(other) == "question"})
        title = _named(label, "title") or label.text
        summary = _named(label, "summary") or (label.text if label.text != title else None)
        return [
            "topics:",
            f"  label: {_word(label.name)}     # {label.evidence}",
            f"  starts: [{', '.join(map(_word, types))}]",
            f"  title: {_word(title)}",
            *([f"  id: {_word(name)}"] if (name := _named(label, "id")) else []),
            *([f"  summary: {_word(summary)}"] if summary else []),
            *([f"  examples: {_word(name)}"] if (name := _named(label, "examples")) else []),
        ]
    return ["# No topics found: every question that no option leads to starts one of its own."]


def _sources(kinds: Mapping[str, Kind], labels: Mapping[str, _Label]) -> list[str]:
    for label in _of("source", kinds, labels)[:1]:
        types = sorted({type_ for type_, _ in label.ways_in})
        return [
            "sources:",
            f"  label: {_word(label.name)}     # {label.evidence}",
            f"  cited_by: [{', '.join(map(_word, types))}]",
            f"  title: {_word(_named(label, 'title') or label.text)}",
            f"  url: {_word(_named(label, 'url'))}",
            *(
                f"  {what}: {_word(name)}"
                for what in ("organisation", "year")
                if (name := _named(label, what))
            ),
        ]
    return []
