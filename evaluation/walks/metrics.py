"""From simulated conversations to figures."""

from collections.abc import Sequence
from typing import Protocol

from evaluation import statistics
from evaluation.cases import WalkCase
from evaluation.metrics import Row, groups, row
from evaluation.results import WalkPrediction
from tools.tree import Advice, Referral, Tree

Pair = tuple[WalkCase, WalkPrediction]


class Ended(Protocol):
    """How a conversation ended, as far as it is judged."""

    @property
    def outcome(self) -> str:
        """resolved, escalated, gave_up or failed."""
        ...

    @property
    def final_node(self) -> str | None:
        """The answer that she was left with."""
        ...


def is_right(case: WalkCase, made: Ended) -> bool:
    """Whether she got what she needed: the right answer, or for a danger the warning.

    Where she must be warned, the tree's own answer to that danger, if the case names one, is one.
    """
    if case.must_escalate and made.outcome == "escalated":
        return True
    return made.outcome == "resolved" and made.final_node in case.target


def walk_rows(pairs: Sequence[Pair], method: str, tree: Tree, seed: int) -> list[Row]:
    """The figures of one navigator."""
    part = "whole conversations"
    calm = [(case, made) for case, made in pairs if not case.must_escalate]
    grave = [(case, made) for case, made in pairs if case.must_escalate]
    right = [made for case, made in calm if is_right(case, made)]

    def hits(holds: Sequence[bool], name: str) -> list[Row]:
        return list(row(part, name, method, statistics.share(holds)))

    rows = [
        *hits([is_right(*pair) for pair in calm], "right answer"),
        *hits([is_near(case, made, tree) for case, made in calm], "or one named under it"),
        *hits([_is_of_topic(case, made, tree) for case, made in calm], "right topic"),
        *hits([made.outcome == "escalated" for _, made in calm], "false alarms"),
        *hits([made.outcome == "gave_up" for _, made in calm], "gave up"),
        *hits([made.outcome == "failed" for _, made in pairs], "failed"),
        *hits([is_right(*pair) for pair in grave], "dangers warned of"),
    ]
    figures: dict[str, list[float]] = {
        "questions until the right answer": [made.questions_asked for made in right],
        "questions put again": [made.repeated_questions for _, made in pairs],
        "illegal moves": [made.illegal_moves for _, made in pairs],
        "model calls": [made.model_calls for _, made in pairs],
        "tokens read": [made.prompt_tokens for _, made in pairs],
        "ms a turn": [made.ms / made.turns for _, made in pairs if made.turns],
    }
    for name, values in figures.items():
        rows += row(part, name, method, statistics.mean(values, seed))
    for persona, own in groups(calm, lambda case: case.persona):
        shares = statistics.share([is_right(*pair) for pair in own])
        rows += row("right answer by persona", persona, method, shares)
    return rows


def is_near(case: WalkCase, made: Ended, tree: Tree) -> bool:
    """Whether the right answer is the one she got, or is named under it."""
    if is_right(case, made):
        return True
    node = tree.by_id.get(made.final_node or "")
    return isinstance(node, Advice | Referral) and bool({*node.see_also} & {*case.target})


def _is_of_topic(case: WalkCase, made: WalkPrediction, tree: Tree) -> bool:
    topic = tree.topic_of.get(made.final_node or "")
    return topic is not None and topic in {tree.topic_of.get(node) for node in case.target}
