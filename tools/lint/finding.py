"""What a rule is, what it looks at and what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from tools.formats.yaml_folder import Location
from tools.lint.plain import plain
from tools.tree import Advice, Input, Logic, Question, Referral, Tree, Urgency, targets

if TYPE_CHECKING:
    from tools.lint.outdated import OutdatedAdvice

Severity = Literal["error", "warning"]
Leaf = Advice | Referral


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    rule: str
    severity: Severity
    place: str | None
    """File and line, "mastitis.yaml:41"; None for a tree that did not come from files."""
    about: str
    """Id of the node, topic, source or variable; an option is "node/option"."""
    key: str
    """What is wrong, as a key of the catalogue of words: "lint.condition_gap.what_one"."""
    values: tuple[tuple[str, str], ...] = ()
    """(name, value): what fills the catalogue's phrases."""


@dataclass(frozen=True)
class Issue:
    """One thing that a rule found."""

    at: Location
    """Where in the tree's content: ("nodes", 3, "text")."""
    about: str
    key: str = "what"
    """Which of the rule's phrases says it; a rule that finds one kind of thing has one."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One thing to look for."""

    id: str
    severity: Severity
    check: Callable[["Subject"], Iterable[Issue]]

    def phrase(self, key: str) -> str:
        """The catalogue's key of one of its phrases."""
        return f"lint.{self.id.replace('-', '_')}.{key}"


def rule(name: str, severity: Severity) -> Callable[[Callable[["Subject"], Iterable[Issue]]], Rule]:
    """Make a rule of the function that looks for it; its words are in the catalogue."""
    return lambda check: Rule(name, severity, check)


@dataclass(frozen=True)
class Shown:
    """A text that she reads."""

    at: Location
    about: str
    field: str
    text: str
    folded: str


@dataclass(frozen=True)
class Subject:
    """A tree, and what it is held against."""

    tree: Tree
    today: date
    signs: Mapping[str, Urgency] | None
    """Level of each sign of the red-flag catalogue; None: no catalogue to compare with."""
    outdated: "OutdatedAdvice | None"
    """None: no list to compare with."""
    dead: Mapping[str, int | str]
    """By source: the HTTP status that its page answers, or why it could not be fetched."""

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each node in the tree."""
        return {node.id: index for index, node in enumerate(self.tree.nodes)}

    def at(self, node: str, *within: str | int) -> Location:
        """Where a node, or something within it, stands."""
        return ("nodes", self.index[node], *within)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The answers."""
        return [node for node in self.tree.nodes if isinstance(node, Advice | Referral)]

    @cached_property
    def questions(self) -> list[Question]:
        """The questions with options."""
        return [node for node in self.tree.nodes if isinstance(node, Question)]

    @cached_property
    def logic(self) -> list[Logic]:
        """The nodes that branch on facts."""
        return [node for node in self.tree.nodes if isinstance(node, Logic)]

    @cached_property
    def targets(self) -> dict[str, tuple[str, ...]]:
        """The nodes one step below each node."""
        return {node.id: targets(node) for node in self.tree.nodes}

    @cached_property
    def leading_to(self) -> dict[str, list[str]]:
        """The nodes one step above each node."""
        backwards: dict[str, list[str]] = {node.id: [] for node in self.tree.nodes}
        for origin, onward in self.targets.items():
            for target in onward:
                backwards[target].append(origin)
        return backwards

    @cached_property
    def shown(self) -> list[Shown]:
        """What she reads in nodes: texts, helps, labels, and the parts of answers."""
        return list(self._shown())

    def _shown(self) -> Iterator[Shown]:
        for node in self.tree.nodes:
            if isinstance(node, Logic):
                continue
            fields = ("text", "help") if isinstance(node, Question | Input) else PARTS
            for name in fields:
                if text := getattr(node, name):
                    yield Shown(self.at(node.id, name), node.id, name, text, plain(text))
            if isinstance(node, Question):
                for number, option in enumerate(node.options):
                    at = self.at(node.id, "options", number, "label")
                    about = f"{node.id}/{option.id}"
                    yield Shown(at, about, "label", option.label, plain(option.label))


PARTS = ("title", "text", "normal", "seek_help")
"""The texts of an answer."""
