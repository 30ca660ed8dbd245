"""The draft of an answer to a consultation: text of the tree, put together for an expert to edit.

Danger first, with the telephones; then what settles a doubtful one; then the leaf, as far as the
evidence leads to one; then what she could be asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.replying.plain import advice_lines, phone_lines
from agent.texts import Texts
from records.events import Replied

MOST_ASKED = 3
"""Questions in a draft: more would not be answered."""


@dataclass(frozen=True)
class Draft:
    """A proposed answer. All advice in it is expert text."""

    text: str
    """Plain text."""
    node: str | None
    """The leaf that it is made of; None where the evidence leads to none."""
    title: str | None
    probability: float | None
    """Of that leaf."""


def make_draft(
    warned: Replied | None,
    check: str | None,
    answer: Replied | None,
    probability: float | None,
    questions: Sequence[str],
    texts: Texts,
    *,
    unclear: bool = False,
) -> Draft:
    """The draft of a warning, a check question, an answer with its probability, and questions.

    Where she says too little (`unclear`) she is asked to tell more.
    """
    sections = [
        _warning(warned, texts) if warned else [],
        [check] if check else [],
        _answer(answer, texts) if answer else [],
        _asked(questions[:MOST_ASKED], texts),
        [texts("agent.tell_more")] if unclear else [],
    ]
    return Draft(
        text="\n\n".join("\n".join(lines) for lines in sections if lines),
        node=answer.node if answer else None,
        title=answer.title if answer else None,
        probability=probability if answer else None,
    )


def _warning(warned: Replied, texts: Texts) -> list[str]:
    lines = list(advice_lines(warned, texts))
    phones = phone_lines(warned)
    title, rest = lines[:1], lines[1:]
    return [*title, *phones, "", *rest] if phones else lines


def _answer(answer: Replied, texts: Texts) -> list[str]:
    where = [texts("chat.service", service=answer.service)] if answer.service else []
    return [*advice_lines(answer, texts), *where, *phone_lines(answer)]


def _asked(questions: Sequence[str], texts: Texts) -> list[str]:
    if not questions:
        return []
    return [texts("agent.ask_her"), *(f"- {question}" for question in questions)]
