"""Lint: what a valid tree can still get wrong. Validation itself is in tools/tree.py."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tools.conditions import parse_condition
from tools.tree import Advice, Input, Logic, Referral, Tree, targets
from tools.words import words

LONGEST_LEAF = 180
"""Words of an answer: what can be read on a phone at night without scrolling for long."""


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    rule: str
    severity: Literal["error", "warning"]
    node: str
    what: str
    """What is wrong."""
    mend: str
    """How to mend it."""


def lint(tree: Tree) -> list[Finding]:
    """Every finding, errors first."""
    findings = [finding for rule in RULES for finding in rule(tree)]
    return sorted(findings, key=lambda finding: (finding.severity, finding.rule, finding.node))


def unreachable(tree: Tree) -> Iterator[Finding]:
    """Nodes that no conversation can come to."""
    ways = _ways(tree)
    reached = _closure({entry.node for entry in tree.entries}, ways)
    for node in tree.nodes:
        if node.id not in reached:
            yield Finding(
                "unreachable",
                "error",
                node.id,
                "no topic, entry or option leads here",
                "link it from a question or a logic node, or remove it",
            )


def no_way_out(tree: Tree) -> Iterator[Finding]:
    """Nodes from which no answer can be reached."""
    backwards: dict[str, set[str]] = {}
    for origin, onward in _ways(tree).items():
        for target in onward:
            backwards.setdefault(target, set()).add(origin)
    leaves = {node.id for node in tree.nodes if isinstance(node, Advice | Referral)}
    ends = _closure(leaves, backwards)
    for node in tree.nodes:
        called_by_logic = isinstance(node, Input) and not node.to
        if node.id not in ends and not called_by_logic:
            yield Finding(
                "no-way-out",
                "error",
                node.id,
                "no advice or referral can be reached from here",
                "give one of its ways an answer at the end",
            )


def unsourced(tree: Tree) -> Iterator[Finding]:
    """Answers without a source."""
    for node in tree.nodes:
        if isinstance(node, Advice | Referral) and not node.sources:
            yield Finding(
                "unsourced", "error", node.id, "it cites no source", "cite one under `sources`"
            )


def too_long(tree: Tree) -> Iterator[Finding]:
    """Answers that nobody reads to the end."""
    for node in tree.nodes:
        if isinstance(node, Advice | Referral):
            parts = filter(None, (node.text, node.normal, node.seek_help))
            length = sum(len(words(part)) for part in parts)
            if length > LONGEST_LEAF:
                what = f"its text has {length} words, more than {LONGEST_LEAF}"
                yield Finding("too-long", "warning", node.id, what, "say less, or split it")


RULES: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    unreachable,
    no_way_out,
    unsourced,
    too_long,
)


def _ways(tree: Tree) -> dict[str, set[str]]:
    """Nodes by the node that leads to them, the inputs that logic nodes call included."""
    called = {n.variable: n.id for n in tree.nodes if isinstance(n, Input) and not n.to}
    ways = {node.id: set(targets(node)) for node in tree.nodes}
    for node in tree.nodes:
        if isinstance(node, Logic):
            for branch in node.branches:
                names = parse_condition(branch.when).variables
                ways[node.id] |= {called[name] for name in names}
    return ways


def _closure(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for target in ways.get(todo.pop(), set()) - reached:
            reached.add(target)
            todo.append(target)
    return reached
