"""What a comparison of two trees finds."""

from dataclasses import dataclass
from typing import Literal, get_args

from tools.tree import Advice, Input, Logic, Node, Question, Referral, Urgency

_GRAVITY = {level: rank for rank, level in enumerate(reversed(get_args(Urgency)))}


@dataclass(frozen=True)
class FieldChange:
    """One property with another value; None where it was or is not there."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ItemChange:
    """A topic, node, option, source or variable that came, went or changed."""

    what: Literal["area", "topic", "node", "option", "source", "variable"]
    id: str
    title: str
    topic: str | None
    change: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class PathChange:
    """A way through a topic that ends elsewhere than before."""

    topic: str
    steps: tuple[str, ...]
    """What she is asked and answers, from the topic's start."""
    before: str | None
    """Title of the end it led to; None for a way that is new."""
    after: str | None
    """Title of the end it leads to; None for a way that is gone."""


@dataclass(frozen=True)
class ExampleMove:
    """A way of saying it that came, went or belongs to another place now."""

    text: str
    before: str | None
    """Place it belonged to: the id of a topic or entry, or question/option."""
    after: str | None


@dataclass(frozen=True)
class Danger:
    """A change that could send a mother to a less urgent answer, or that voids a signature."""

    kind: Literal[
        "less_urgent_answer",
        "less_urgent_path",
        "urgent_answer_gone",
        "urgent_answer_unreachable",
        "red_flag_dropped",
        "confirmation_dropped",
        "signature_void",
    ]
    topic: str | None
    about: str
    """Title of the answer or id of the sign."""
    before: str
    after: str


@dataclass(frozen=True)
class TreeDiff:
    """Everything that differs."""

    before: str
    """Version key."""
    after: str
    dangers: tuple[Danger, ...]
    items: tuple[ItemChange, ...]
    paths: tuple[PathChange, ...]
    examples: tuple[ExampleMove, ...]
    uncounted: tuple[str, ...]
    """Topics with too many ways to compare."""


def title_of(node: Node) -> str:
    """What a node is called among people."""
    match node:
        case Question(text=text) | Input(text=text):
            return text
        case Logic():
            return node.id
        case _:
            return node.title


def urgency_of(node: Node) -> Urgency:
    return node.urgency if isinstance(node, Advice | Referral) else "none"


def gravity(node: Node | None) -> int:
    """0 for what can wait, higher for what cannot."""
    return _GRAVITY[urgency_of(node)] if node else 0
