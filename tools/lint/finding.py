"""What a rule is, what it looks at and what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    what: str
    """What is wrong, with the value."""
    why: str
    """Why it matters."""
    mend: str
    """How to mend it."""


@dataclass(frozen=True)
class Issue:
    """One thing that a rule found."""

    at: Location
    """Where in the tree's content: ("nodes", 3, "text")."""
    about: str
    what: str
    mend: str | None = None
    """None: as the rule says."""
    why: str | None = None
    """None: as the rule says."""


@dataclass(frozen=True)
class Rule:
    """One thing to look for."""

    id: str
    severity: Severity
    why: str
    mend: str
    check: Callable[["Subject"], Iterable[Issue]]


def rule(
    name: str, severity: Severity, *, why: str, mend: str
) -> Callable[[Callable[["Subject"], Iterable[Issue]]], Rule]:
    """Make a rule of the function that looks for it."""
    return lambda check: Rule(name, severity, why, mend, check)


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
    dead: Mapping[str, str]
    """By source: why its page could not be fetched."""

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
            for field in fields:
                if text := getattr(node, field):
                    yield Shown(self.at(node.id, field), node.id, field, text, plain(text))
            if isinstance(node, Question):
                for number, option in enumerate(node.options):
                    at = self.at(node.id, "options", number, "label")
                    about = f"{node.id}/{option.id}"
                    yield Shown(at, about, "label", option.label, plain(option.label))


PARTS = ("title", "text", "normal", "seek_help")
"""The texts of an answer."""


def reached(start: Iterable[str], ways: Mapping[str, Iterable[str]]) -> set[str]:
    """The nodes that can be come to from `start`, themselves included."""
    found = set(start)
    todo = list(found)
    while todo:
        for target in ways.get(todo.pop(), ()):
            if target not in found:
                found.add(target)
                todo.append(target)
    return found


def quoted(items: Iterable[str], most: int = 5) -> str:
    """Ids in a message, the first few of them."""
    listed = list(items)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(repr(item) for item in listed[:most]) + more
