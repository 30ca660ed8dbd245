"""What was said of a step or of a conversation, in words: HTML. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from agent.texts import Texts
from records.judgements import NONE_OF_THESE, Item, Judgement, Standing, Verdict

SIGNS: dict[Verdict, str] = {
    "right": "✓",
    "wrong": "✗",
    "better_move": "↪",
    "missing_question": "?",
    "text_unclear": "≈",
    "unsafe": "⚠",
}


@dataclass(frozen=True)
class Judged:
    """An item, and what is said of it; `expert` is who looks."""

    item: Item
    standing: Standing | None
    expert: str
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What places of the tree are called, by id."""

    @property
    def own(self) -> Judgement | None:
        """What she says herself."""
        return self.standing.own.get(self.expert) if self.standing else None

    @property
    def key(self) -> str:
        """Tells the forms of a page apart."""
        return f"{self.item.turn}-{self.item.seq}" if self.item.turn is not None else "all"


def told(judgement: Judgement, texts: Texts, names: Mapping[str, str]) -> str:
    """A judgement in words, without who said it; `names` are of places of the tree, by id."""
    words = f'<span class="verdict {judgement.verdict}">{named(judgement.verdict, texts)}</span>'
    what = judgement.move or judgement.question or judgement.wording
    if judgement.move == NONE_OF_THESE:
        what = texts("experts.judge.none_of_these")
    detail = f" <span>{escape(names.get(what, what))}</span>" if what else ""
    comment = f"<q>{escape(judgement.comment)}</q>" if judgement.comment else ""
    return f"{words}{detail} {comment}"


def named(verdict: Verdict, texts: Texts) -> str:
    """A verdict with its sign."""
    name = escape(texts(f"experts.judge.verdict.{verdict}"))
    return f'<span aria-hidden="true">{SIGNS[verdict]}</span> {name}'


def own_first(standing: Standing, expert: str) -> list[tuple[str, Judgement]]:
    """Who says what, her own in front."""
    return sorted(standing.own.items(), key=lambda it: it[0] != expert)
