"""The decision tree: topics, questions, inputs, logic nodes, advice, referrals and their sources.

A tree is a directed graph in spirit: nodes may be shared, and a path may lead back. Everything
here is frozen and validated; `docs/tree-format.md` says the same for editors.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tools.components import circles, components
from tools.conditions import parse_condition
from tools.errors import TreeError

Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=80, strict=True)
]
"""A stable id: lower-case ASCII letters and digits, in words joined by - or _."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, strict=True)]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$", strict=True)]
MOST_LOGIC = 12
"""Logic nodes in a row that view.cypher follows."""
Urgency = Literal["emergency", "same_day", "none"]
"""How soon she must be seen: now, today, or no hurry."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Source(_Frozen):
    """A public page that a node's claims come from."""

    id: Slug
    title: Text
    organisation: Text
    year: int | None
    """Year of the page, None where it names none."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", strict=True)]
    checked_on: Date
    verification: Literal["page", "excerpt", "unread"]
    """How much of it was read: the whole page, its opening part, or only an account of it."""
    language: Text = "es"


class Variable(_Frozen):
    """A fact that an input asks for and logic nodes branch on."""

    type: Literal["number", "boolean"]
    unit: Literal["days", "g", "kg", "°C", "ml", "times", "hours"] | None = None
    """The unit of the stored value; what she says is converted to it."""
    min: float | None = None
    max: float | None = None
    label: Text
    """What it is called on the screen: "edad del bebé"."""
    said: tuple[Text, ...] = ()
    """How she says it unasked: "nació hace {value}"; for yes and no, the words that mean yes."""
    denied: tuple[Text, ...] = ()
    """For yes and no: the words that mean no."""

    @model_validator(mode="after")
    def _has_a_range(self) -> "Variable":
        if self.type == "number" and (self.min is None or self.max is None or self.min > self.max):
            raise ValueError("a number needs min and max, with min ≤ max")
        return self


class Entry(_Frozen):
    """What makes a node a place where a conversation may begin."""

    title: Text
    """A few words for a button, as she would say it."""
    description: Text
    """One line on what mothers who belong here describe; the locator reads it."""
    examples: tuple[Text, ...] = ()
    """Ways real mothers say it."""


class NearMiss(_Frozen):
    """Words that sound like one topic and belong to another."""

    says: Text
    belongs_to: Slug
    """Id of the topic where they belong: the locator reads them as an example of it."""


class Topic(_Frozen):
    """A problem area, with the node where its questions start."""

    id: Slug
    title: Text
    summary: Text
    """One line on what mothers who belong here describe; the locator reads it."""
    covers: tuple[Slug, ...] = ()
    """Ids of the shared topic vocabulary that this topic answers."""
    area: Slug | None = None
    """The part of the table of contents where it stands; needed where the tree has areas."""
    starts_at: Slug
    status: Literal["draft", "published"] = "published"
    """A draft is seen in previews only."""
    red_flags: tuple[Slug, ...] | None = None
    """Signs of the red-flag catalogue that mothers with this problem may have: from its start
    there must be a way to an answer as urgent as each. None: nobody has thought about it yet."""
    only_when_said: tuple[Slug, ...] = ()
    """Beginnings of words, without accents and with - between two, of which her message must hold
    one before this topic may be guessed or offered: for what hurts when it is asked of the wrong
    mother."""
    examples: tuple[Text, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()


class Option(_Frozen):
    """An answer to a question."""

    id: Slug
    label: Text
    to: Slug
    confirm: bool = Field(default=False, exclude_if=lambda confirm: not confirm)
    """Too grave to be guessed (violence, thoughts of dying, a loss): taken only when she presses
    it, or says it in the words of its label or of its examples; else she is asked."""
    examples: tuple[Text, ...] = ()


class Branch(_Frozen):
    """One way out of a logic node, taken when its condition certainly holds."""

    when: Text
    to: Slug


class _Node(_Frozen):
    id: Slug
    entry: Entry | None = None
    sources: tuple[Slug, ...] = ()
    see_also: tuple[Slug, ...] = ()


class Question(_Node):
    """Asks her to choose among two to six options."""

    kind: Literal["question"]
    text: Text
    help: Text | None = None
    """Shown when she asks what the question means."""
    options: tuple[Option, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _options_differ(self) -> "Question":
        for attribute in ("id", "label"):
            values = [getattr(option, attribute) for option in self.options]
            if len(set(values)) < len(values):
                raise ValueError(f"two options share the same {attribute}: {values}")
        return self


class Input(_Node):
    """Asks for the value of one variable."""

    kind: Literal["input"]
    text: Text
    help: Text | None = None
    variable: Slug
    to: Slug | None = None
    """Where to go on; None for the input that logic nodes call when they miss the fact."""


class Logic(_Node):
    """Branches on known facts; never shown."""

    kind: Literal["logic"]
    branches: tuple[Branch, ...] = Field(min_length=1)
    otherwise: Slug = Field(alias="else")
    """Where to go when no branch certainly holds. It must be the safe way."""

    @model_validator(mode="after")
    def _is_never_shown(self) -> "Logic":
        if self.entry:
            raise ValueError("a logic node is never shown and cannot be an entry")
        return self


class _Leaf(_Node):
    title: Text
    """A few words that name the answer."""
    text: Text
    """What to do now."""
    normal: Text | None = None
    """What is normal to feel or see, and for how long."""
    seek_help: Text | None = None
    """When to ask for help, and whom."""
    urgency: Urgency
    reviewed_on: Date | None = None
    reviewed_by: Text | None = None
    reviewed_text: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")] | None = None
    """`text_checksum` of the words that were signed: a signature does not cover later changes."""

    @cached_property
    def text_checksum(self) -> str:
        """First twelve hexadecimal digits of the SHA-256 of what a professional signs."""
        signed = [self.title, self.text, self.normal, self.seek_help, self.urgency, *self.sources]
        return hashlib.sha256(json.dumps(signed).encode()).hexdigest()[:12]

    @property
    def is_reviewed(self) -> bool:
        """Whether a professional has signed these very words."""
        return self.reviewed_by is not None and self.reviewed_text == self.text_checksum


class Advice(_Leaf):
    """A leaf: expert text."""

    kind: Literal["advice"]


class Referral(_Leaf):
    """A leaf: go and see someone."""

    kind: Literal["referral"]
    service: Text
    """Who she should see."""


Node = Annotated[Question | Input | Logic | Advice | Referral, Field(discriminator="kind")]


class PlacedEntry(_Frozen):
    """An entry point with the place it opens."""

    node: Slug
    topic: Slug
    title: Text
    description: Text
    examples: tuple[Text, ...]
    only_when_said: tuple[str, ...] = ()
    """As its topic says."""


class Tree(_Frozen):
    """A whole decision tree, consistent in itself."""

    id: Slug
    title: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$", strict=True)]
    licence: Text
    areas: dict[Slug, Text] = {}
    """Parts of the table of contents in their order: a few words for a button, by id."""
    variables: dict[Slug, Variable] = {}
    topics: tuple[Topic, ...] = Field(min_length=1)
    nodes: tuple[Node, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = ()
    topic_of: dict[Slug, Slug] = {}
    """Topic of each node that a topic file defines; shared nodes have none."""

    @cached_property
    def by_id(self) -> dict[str, "Node"]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def source_by_id(self) -> dict[str, Source]:
        """Sources by id."""
        return {source.id: source for source in self.sources}

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the content, in hexadecimal: equal trees have equal checksums."""
        content = self.model_dump(mode="json", by_alias=True)
        for key in ("topics", "nodes", "sources"):
            content[key].sort(key=lambda item: item["id"])
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def version(self) -> str:
        """The version's key in the graph: id@first twelve digits of the checksum."""
        return f"{self.id}@{self.checksum[:12]}"

    @cached_property
    def entries(self) -> tuple[PlacedEntry, ...]:
        """Every place where a conversation may begin: topic starts, then entry nodes."""
        said = said_of(near_miss for topic in self.topics for near_miss in topic.near_misses)
        guarded = {topic.id: topic.only_when_said for topic in self.topics}
        starts = [
            PlacedEntry(
                node=topic.starts_at,
                topic=topic.id,
                title=topic.title,
                description=topic.summary,
                examples=(*topic.examples, *said.get(topic.id, ())),
                only_when_said=topic.only_when_said,
            )
            for topic in self.topics
        ]
        deeper = [
            PlacedEntry(
                node=node.id,
                topic=self.topic_of.get(node.id, self.topics[0].id),
                title=node.entry.title,
                description=node.entry.description,
                examples=node.entry.examples,
                only_when_said=guarded[self.topic_of.get(node.id, self.topics[0].id)],
            )
            for node in self.nodes
            if node.entry
        ]
        return (*starts, *deeper)

    @model_validator(mode="after")
    def _is_consistent(self) -> "Tree":
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> "list[str]":
        problems: list[str] = []
        for what, ids in (
            ("node", [node.id for node in self.nodes]),
            ("topic", [topic.id for topic in self.topics]),
            ("source", [source.id for source in self.sources]),
        ):
            repeated = sorted(item for item, times in Counter(ids).items() if times > 1)
            problems += [f"{what} {item!r} is defined more than once" for item in repeated]
        known = {node.id: node for node in self.nodes}
        called = [node.variable for node in self.nodes if isinstance(node, Input) and not node.to]
        problems += [
            f"more than one input without 'to' asks for {name!r}: logic nodes need a single one"
            for name in sorted(set(called))
            if called.count(name) > 1
        ]
        problems += [
            f"topic {topic.id!r} stands in area {topic.area!r}; valid: {', '.join(self.areas)}"
            for topic in self.topics
            if topic.area not in (self.areas or {None})
        ]
        topics = {topic.id for topic in self.topics}
        for topic in self.topics:
            problems += [
                f"topic {topic.id!r} has a near miss that belongs to {near_miss.belongs_to!r}: "
                "name another topic"
                for near_miss in topic.near_misses
                if near_miss.belongs_to not in topics - {topic.id}
            ]
            if topic.starts_at not in known:
                problems.append(f"topic {topic.id!r} starts at unknown node {topic.starts_at!r}")
            elif isinstance(known[topic.starts_at], Logic):
                problems.append(
                    f"topic {topic.id!r} starts at a logic node; begin with a shown one"
                )
            elif _is_called(known[topic.starts_at]):
                problems.append(
                    f"topic {topic.id!r} starts at input {topic.starts_at!r}, which has no 'to'"
                )
            elif known[topic.starts_at].entry:
                problems.append(f"node {topic.starts_at!r} starts a topic: drop its own entry")
        cited = {source.id for source in self.sources}
        for node in self.nodes:
            for target in (*targets(node), *node.see_also):
                if target not in known:
                    problems.append(f"node {node.id!r} leads to unknown node {target!r}")
                elif _is_called(known[target]):
                    problems.append(
                        f"node {node.id!r} leads to input {target!r}, which has no 'to': "
                        "only a logic node that misses its fact goes there"
                    )
            if node.entry and _is_called(node):
                problems.append(f"input {node.id!r} has no 'to' and cannot be an entry")
            problems += [
                f"node {node.id!r} cites unknown source {source!r}"
                for source in node.sources
                if source not in cited
            ]
            if isinstance(node, Input) and node.variable not in self.variables:
                problems.append(f"input {node.id!r} asks for undeclared variable {node.variable!r}")
            if isinstance(node, Logic):
                problems += self._logic_problems(node, set(called))
        if not problems:
            problems += _logic_cycles(known) or _long_logic(known)
        return problems

    def _logic_problems(self, node: Logic, inputs: set[str]) -> "list[str]":
        problems = []
        for branch in node.branches:
            try:
                names = parse_condition(branch.when).variables
            except TreeError as error:
                problems.append(f"logic {node.id!r}: {error}")
                continue
            problems += [
                f"logic {node.id!r} uses undeclared variable {name!r}"
                for name in names
                if name not in self.variables
            ]
            problems += [
                f"logic {node.id!r} needs {name!r}, which no input without 'to' asks for"
                for name in names
                if name in self.variables and name not in inputs
            ]
        return problems


def said_of(near_misses: "Iterable[NearMiss]") -> dict[str, list[str]]:
    """By topic: the words of the near misses that belong to it, in their order."""
    said: dict[str, list[str]] = {}
    for item in near_misses:
        said.setdefault(item.belongs_to, []).append(item.says)
    return said


def _logic_cycles(known: "dict[str, Node]") -> "list[str]":
    """Logic nodes that lead only to one another would never show anything."""
    looping = {name for circle in circles(_logic_ways(known)) for name in circle}
    return [
        f"logic {name!r} leads back to itself through logic nodes only"
        for name in known
        if name in looping
    ]


def _long_logic(known: "dict[str, Node]") -> "list[str]":
    """More logic nodes in a row than one query follows (view.cypher)."""
    ways = _logic_ways(known)
    lengths: dict[str, int] = {}
    for (name,) in components(ways):
        lengths[name] = 1 + max((lengths[target] for target in ways[name]), default=0)
    return [
        f"logic {name!r} begins a row of {lengths[name]} logic nodes; at most {MOST_LOGIC} are read"
        for name in ways
        if lengths[name] > MOST_LOGIC
    ]


def _logic_ways(known: "dict[str, Node]") -> "dict[str, list[str]]":
    """The logic nodes that each logic node leads to."""
    logic = {name: node for name, node in known.items() if isinstance(node, Logic)}
    return {
        name: [target for target in targets(node) if target in logic]
        for name, node in logic.items()
    }


def _is_called(node: "Node") -> bool:
    """Whether it is an input that only logic nodes lead to."""
    return isinstance(node, Input) and node.to is None


def targets(node: "Node") -> tuple[str, ...]:
    """Ids of the nodes one step below `node`, in order."""
    match node:
        case Question(options=options):
            return tuple(option.to for option in options)
        case Input(to=to):
            return (to,) if to else ()
        case Logic(branches=branches, otherwise=otherwise):
            return (*(branch.to for branch in branches), otherwise)
        case _:
            return ()
