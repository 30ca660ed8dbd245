"""A tree version at a glance: which ways lead from node to node, and where they end."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Way:
    """One way from a node to the next."""

    option: str
    """Id of the option; empty where no option is chosen, as on the ways of inputs."""
    label: str
    examples: tuple[str, ...]
    target: str
    condition: str | None = None
    """On the ways of logic nodes: when it is taken; the last way of each has none."""


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
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Variables whose values are asked for at a node, unless they are known."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The node that asks for a variable which a logic node needs, by variable."""
    _asked: dict[tuple[str, frozenset[str]], "Asked"] = field(default_factory=dict, compare=False)
    """What `asked_from` has told already: a way of many questions takes milliseconds."""

    def asked_from(self, node: str, known: Collection[str]) -> "Asked":
        """How often she will be asked from `node` on, itself included, until an answer.

        `known` are the variables that have a value. A node that comes again is not counted anew.
        """
        at = node, frozenset(known)
        if at not in self._asked:
            self._asked[at] = self._asked_from(*at, before=())
        return self._asked[at]

    def _asked_from(self, node: str, known: frozenset[str], before: tuple[str, ...]) -> "Asked":
        if node in before:
            return Asked(0, 0)
        needed = self.needs.get(node, frozenset())
        here = (node in self.questions) + len(needed - known)
        path, known = (*before, node), known | needed
        below = [self._asked_from(w.target, known, path) for w in self.ways.get(node, ())]
        if not below:
            return Asked(here, here)
        usually = sum(asked.usually for asked in below) / len(below)
        return Asked(here + usually, here + max(asked.at_most for asked in below))


class Asked(NamedTuple):
    """How many questions."""

    usually: float
    """The mean, if every way from a node is as likely as the others."""
    at_most: int


def outline_of(records: Iterable[Mapping[str, Any]]) -> Outline:
    """The outline, from the rows of outline.cypher."""
    ways: dict[str, list[Way]] = {}
    questions: dict[str, str] = {}
    topics: dict[str, str] = {}
    titles: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    inputs: dict[str, str] = {}
    for record in sorted(records, key=lambda record: record["position"] or 0):
        origin, target = record["origin"], record["target"]
        if record["variable"]:
            needs.setdefault(origin, set()).add(record["variable"])
        if record["way"] == "NEEDS":
            inputs[record["variable"]] = target
            continue
        ways.setdefault(origin, []).append(
            Way(
                option=record["option"] or "",
                label=record["label"] or "",
                examples=tuple(record["examples"] or ()),
                target=target,
                condition=record["condition"],
            )
        )
        if record["kind"] == "question":
            questions[origin] = record["text"]
        if record["topic"]:
            topics[origin] = record["topic"]
        if record["title"]:
            titles[target] = record["title"]
    return Outline(
        {origin: tuple(found) for origin, found in ways.items()},
        questions,
        topics,
        titles,
        {origin: frozenset(names) for origin, names in needs.items()},
        inputs,
    )
