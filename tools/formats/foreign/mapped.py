"""A tree out of somebody's graph, by a mapping."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from tools.errors import TreeError
from tools.formats.foreign.fitting import (
    MORE,
    MOST_OPTIONS,
    ForeignNode,
    ForeignOption,
    Names,
    fitted,
    slug,
    topics_of,
)
from tools.formats.foreign.mapping import Answers, Mapping, Options, Questions, UrgencyFrom
from tools.formats.foreign.property_graph import GraphNode, GraphRelationship, PropertyGraph
from tools.tree import Tree, Urgency


@dataclass(frozen=True)
class Imported:
    """A tree, and what of the database did not come with it."""

    tree: Tree
    left_out: dict[str, int]
    """Nodes that no part of the mapping takes, counted by their labels."""


def tree_from(graph: PropertyGraph, mapping: Mapping) -> Imported:
    """Read `graph` as `mapping` says. Raises TreeError with every problem found."""
    return _Import(graph, mapping).run()


class _Import:
    def __init__(self, graph: PropertyGraph, mapping: Mapping) -> None:
        self._graph = graph
        self._mapping = mapping
        self._problems: list[str] = []
        self._names = Names()
        self._sources = Names()

    def run(self) -> Imported:
        nodes = {node.key: node for node in self._foreign_nodes()}
        self._keep_known(nodes)
        topics = list(self._topics(nodes))
        more = self._more(nodes)
        self._stop_at_problems()
        content = fitted(nodes.values(), self._names, more)
        starts = {topic["id"]: topic["starts_at"] for topic in topics}
        try:
            tree = Tree.model_validate(
                {
                    **self._mapping.tree.model_dump(),
                    "topics": topics,
                    "nodes": content,
                    "sources": list(self._all_sources()),
                    "topic_of": topics_of(content, starts),
                }
            )
        except ValidationError as error:
            self._problems += [
                f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
                for detail in error.errors(include_url=False)
            ]
        self._stop_at_problems()
        return Imported(tree, self._left_out())

    def _stop_at_problems(self) -> None:
        if self._problems:
            raise TreeError("the database does not fit the mapping:", tuple(self._problems))

    def _problem(self, node: GraphNode | None, text: str) -> None:
        labels = ":".join(sorted(node.labels)) if node else ""
        self._problems.append(f"node {node.id} (:{labels}): {text}" if node else text)

    # Nodes

    def _foreign_nodes(self) -> Iterator[ForeignNode]:
        taken: set[str] = set()
        parts: list[Questions | Answers] = [*self._mapping.questions, *self._mapping.answers]
        for part in parts:
            found = self._graph.labelled(part.label)
            if not found:
                self._problem(None, f"no node has the label {part.label!r}")
            for node in found:
                if node.id not in taken:
                    taken.add(node.id)
                    if isinstance(part, Questions):
                        yield self._question(node, part)
                    else:
                        yield self._answer(node, part)

    def _question(self, node: GraphNode, part: Questions) -> ForeignNode:
        text = self._text(node, part.text)
        return ForeignNode(
            key=node.id,
            name=self._name(node, part.id, text),
            text=text,
            help=self._optional(node, part.help),
            options=[o for options in self._mapping.options for o in self._options(node, options)],
            sources=self._cited(node),
        )

    def _answer(self, node: GraphNode, part: Answers) -> ForeignNode:
        text = self._text(node, part.text)
        title = self._optional(node, part.title)
        return ForeignNode(
            key=node.id,
            name=self._name(node, part.id, title or text),
            text=text,
            title=title,
            normal=self._optional(node, part.normal),
            seek_help=self._optional(node, part.seek_help),
            urgency=self._urgency(node, part.urgency),
            service=self._optional(node, part.service),
            see_also=[end for _, end in self._graph.steps(node.id, self._mapping.see_also)],
            sources=self._cited(node),
        )

    def _options(self, question: GraphNode, part: Options) -> list[ForeignOption]:
        steps = self._graph.steps(question.id, part.relationships)
        found: list[tuple[Any, ForeignOption]] = []
        for step, end in steps:
            between = self._graph.nodes[end]
            if part.node is None:
                found.append(self._option(step, step.properties, end, part))
            elif part.node in between.labels:
                onward = self._graph.steps(end, part.onward)
                if len(onward) != 1:
                    self._problem(between, f"{len(onward)} ways on; an option has exactly one")
                found += [self._option(step, between.properties, to, part) for _, to in onward]
        found.sort(key=lambda pair: pair[0])
        return [option for _, option in found]

    def _option(
        self, step: GraphRelationship, properties: Any, to: str, part: Options
    ) -> tuple[tuple[bool, Any], ForeignOption]:
        label = properties.get(part.text) if part.text else step.type.replace("_", " ").capitalize()
        if not isinstance(label, str) or not label.strip():
            self._problem(
                self._graph.nodes[step.start],
                f"an option without words: its property {part.text!r} holds {label!r}",
            )
            label = "?"
        position = properties.get(part.position) if part.position else None
        order = (position is None, 0 if position is None else position)
        return order, ForeignOption(label.strip(), to, _examples(properties, part.examples))

    def _keep_known(self, nodes: dict[str, ForeignNode]) -> None:
        for node in nodes.values():
            for option in node.options:
                if option.to not in nodes:
                    there = self._graph.nodes[option.to]
                    labels = ":".join(sorted(there.labels))
                    self._problem(
                        self._graph.nodes[node.key],
                        f"option {option.label!r} leads to a node :{labels}, which is neither a"
                        " question nor an answer of the mapping",
                    )
            node.see_also = [key for key in node.see_also if key in nodes]

    # What is read from properties

    def _text(self, node: GraphNode, name: str) -> str:
        value = node.properties.get(name)
        if not isinstance(value, str) or not value.strip():
            self._problem(node, f"its text, the property {name!r}, holds {value!r}")
            return "?"
        return value.strip()

    def _optional(self, node: GraphNode, name: str | None) -> str | None:
        value = node.properties.get(name) if name else None
        return str(value).strip() or None if value is not None else None

    def _name(self, node: GraphNode, name: str | None, text: str) -> str:
        value = node.properties.get(name) if name else None
        return str(value) if value is not None else text

    def _urgency(self, node: GraphNode, rule: UrgencyFrom | Urgency) -> Urgency:
        if isinstance(rule, str):
            return rule
        value = node.properties.get(rule.property)
        level = rule.values.get(str(value)) if value is not None else rule.default
        if level is None:
            valid = ", ".join(map(repr, rule.values))
            self._problem(
                node,
                f"its urgency, the property {rule.property!r}, holds {value!r}; known: {valid}",
            )
            return "none"
        return level

    # Topics and sources

    def _topics(self, nodes: dict[str, ForeignNode]) -> Iterator[dict[str, Any]]:
        part, names = self._mapping.topics, Names()
        if part is None:
            led_to = {option.to for node in nodes.values() for option in node.options}
            for node in nodes.values():
                if node.options and node.key not in led_to:
                    start = self._names.of(node.key, node.name)
                    yield _topic(names.of(node.key, node.name), node.text, None, start, [])
            return
        for found in self._graph.labelled(part.label):
            title = self._text(found, part.title)
            starts = [end for _, end in self._graph.steps(found.id, part.starts) if end in nodes]
            if len(starts) != 1:
                self._problem(found, f"{len(starts)} first nodes; a topic has exactly one")
                continue
            first = nodes[starts[0]]
            yield _topic(
                names.of(found.id, self._name(found, part.id, title)),
                title,
                self._optional(found, part.summary),
                self._names.of(first.key, first.name),
                _examples(found.properties, part.examples),
            )

    def _cited(self, node: GraphNode) -> list[str]:
        part = self._mapping.sources
        if part is None:
            return []
        ends = [end for _, end in self._graph.steps(node.id, part.cited_by)]
        return [
            self._sources.of(end, str(self._graph.nodes[end].properties.get(part.title)))
            for end in dict.fromkeys(ends)
            if part.label in self._graph.nodes[end].labels
        ]

    def _all_sources(self) -> Iterator[dict[str, Any]]:
        part = self._mapping.sources
        for node in self._graph.labelled(part.label) if part else ():
            assert part is not None
            title = self._text(node, part.title)
            year = self._optional(node, part.year)
            yield {
                "id": self._sources.of(node.id, title),
                "title": title,
                "organisation": self._optional(node, part.organisation) or "—",
                "year": int(year) if year and year.isdecimal() else None,
                "url": self._text(node, part.url),
                "checked_on": self._optional(node, part.checked_on) or date.today().isoformat(),
                "verification": "unread",
            }

    def _more(self, nodes: dict[str, ForeignNode]) -> str:
        language = self._mapping.tree.language
        more = self._mapping.more or MORE.get(language)
        if more is None and any(len(node.options) > MOST_OPTIONS for node in nodes.values()):
            self._problem(
                None,
                f"a question has more than {MOST_OPTIONS} options: write under 'more' what the"
                f" option that leads to further ones is called in {language!r}",
            )
        return more or ""

    def _left_out(self) -> dict[str, int]:
        mapping = self._mapping
        parts = [*mapping.questions, *mapping.answers, mapping.topics, mapping.sources]
        taken = {part.label for part in parts if part}
        taken |= {part.node for part in mapping.options if part.node} | set(mapping.ignore)
        counts: dict[str, int] = {}
        for node in self._graph.nodes.values():
            if not node.labels & taken:
                name = ":".join(sorted(node.labels))
                counts[name] = counts.get(name, 0) + 1
        return counts


def _topic(
    name: str, title: str, summary: str | None, start: str, examples: list[str]
) -> dict[str, Any]:
    return {
        "id": slug(name),
        "title": title,
        "summary": summary or title,
        "starts_at": start,
        "examples": examples,
    }


def _examples(properties: Any, name: str | None) -> list[str]:
    value = properties.get(name) if name else None
    items: Iterable[Any] = value.split("|") if isinstance(value, str) else value or ()
    return [str(item).strip() for item in items if str(item).strip()]
