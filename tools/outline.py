"""A tree version at a glance: which ways lead from node to node, and where they end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Way:
    """One way from a node to the next."""

    option: str
    """Id of the option; empty where no option is chosen, as on the ways of inputs."""
    label: str
    examples: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Outline:
    """The ways of one tree version."""

    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    """By node, in order; an answer has none."""
    questions: Mapping[str, str] = field(default_factory=dict)
    """Texts of the questions, by node."""
    topics: Mapping[str, str] = field(default_factory=dict)
    """The topic of each node that leads on and is not shared between topics."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the answers, by node."""


def outline_of(records: Iterable[Mapping[str, Any]]) -> Outline:
    """The outline, from the rows of outline.cypher."""
    ways: dict[str, list[Way]] = {}
    questions: dict[str, str] = {}
    topics: dict[str, str] = {}
    titles: dict[str, str] = {}
    for record in sorted(records, key=lambda record: record["position"] or 0):
        origin, target = record["origin"], record["target"]
        ways.setdefault(origin, []).append(
            Way(
                option=record["option"] or "",
                label=record["label"] or "",
                examples=tuple(record["examples"] or ()),
                target=target,
            )
        )
        if record["kind"] == "question":
            questions[origin] = record["text"]
        if record["topic"]:
            topics[origin] = record["topic"]
        if record["title"]:
            titles[target] = record["title"]
    return Outline(
        {origin: tuple(found) for origin, found in ways.items()}, questions, topics, titles
    )
