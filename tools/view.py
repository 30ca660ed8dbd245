"""What can be seen at a node: the node itself, and the way down to the next shown nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.conditions import Value, parse_condition
from tools.errors import TreeError
from tools.tree import Advice, Input, Question, Referral, Source, Variable

Shown = Question | Input | Advice | Referral


@dataclass(frozen=True)
class Position:
    """Where a conversation stands."""

    node: str
    resume: str | None = None
    """At an input: the logic node that called for the fact, where the walk goes on afterwards."""


@dataclass(frozen=True)
class LogicStep:
    """A logic node as the walk needs it."""

    branches: tuple[tuple[str | None, str], ...]
    """(condition, target) in order; the last one has no condition."""
    inputs: Mapping[str, str]
    """Input node that asks for a variable, by variable."""


@dataclass(frozen=True)
class Landing:
    """Where a way through logic nodes ends."""

    position: Position
    via: tuple[str, ...]
    """Logic nodes passed, each as "id: condition" ("id: else" for the last way out)."""
    facts_used: tuple[str, ...]
    """Facts that decided the way, in order."""


@dataclass(frozen=True)
class View:
    """A shown node with everything needed to take the next step from it."""

    position: Position
    node: Shown
    topic: str | None
    variable: Variable | None
    """At an input: what the value must look like."""
    logic: Mapping[str, LogicStep] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    see_also: tuple[tuple[str, str], ...] = ()
    """(node id, title) of nodes worth offering afterwards."""

    @property
    def is_leaf(self) -> bool:
        """Whether the way ends here."""
        return isinstance(self.node, Advice | Referral)

    def land(self, target: str, facts: Mapping[str, Value | None]) -> Landing:
        """Follow logic nodes from `target` to the next shown node.

        A fact that a branch needs and that was never asked leads to the input that asks for it.
        """
        via: list[str] = []
        used: list[str] = []
        while target in self.logic:
            step = self.logic[target]
            onward = None
            for condition, branch_target in step.branches:
                if condition is None:
                    via.append(f"{target}: else")
                    onward = branch_target
                    break
                parsed = parse_condition(condition)
                verdict = parsed.evaluate(facts)
                used += [name for name in parsed.variables if name in facts]
                if verdict.missing:
                    called = Position(step.inputs[verdict.missing], resume=target)
                    return Landing(called, tuple(via), tuple(dict.fromkeys(used)))
                if verdict.holds:
                    via.append(f"{target}: {condition}")
                    onward = branch_target
                    break
            if onward is None:
                raise TreeError(f"logic node {target!r} has no else")
            target = onward
        return Landing(Position(target), tuple(via), tuple(dict.fromkeys(used)))
