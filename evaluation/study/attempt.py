"""What is kept of one conversation of the study: all that is measured is measured from it."""

from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluation.results import Prediction
from evaluation.walks.spending import Spent
from records.events import Span

Outcome = Literal["resolved", "escalated", "gave_up", "failed"]
ReplyKind = Literal["question", "input", "offer", "answer", "check", "danger", "notice"]
"""As in records.events.Replied."""


class TokenCount(BaseModel):
    """What calls to a model took."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    read: int = 0
    """Tokens that the model was given."""
    cached: int = 0
    """Of those, what the server had computed before."""
    written: int = 0
    failed: int = 0
    """Calls without an answer."""
    cost: float | None = 0.0
    """US dollars; None where a price, or how many tokens there were, is not known."""

    @classmethod
    def of(cls, spent: Spent, cost: float | None) -> "TokenCount":
        """As spending.py counts them."""
        return cls(
            calls=spent.calls,
            read=spent.read,
            cached=spent.cached,
            written=spent.written,
            failed=spent.failed,
            cost=cost,
        )


class Exchange(BaseModel):
    """One message of hers and what the system made of it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    said: str
    """Her message, or the label of the button that she pressed."""
    kind: ReplyKind
    """What came back."""
    node: str | None
    """The node of the tree that it shows, where it shows one."""
    text: str
    """What she read."""
    options: tuple[str, ...]
    """The buttons under it."""
    moves: tuple[str, ...] = ()
    """Nodes that it moved to, in order."""
    illegal: int = 0
    """Moves along what the tree does not have, attempted or made."""
    shown: tuple[str, ...] = ()
    """Ids of the answers whose text she was given as advice."""
    unsupported: tuple[str, ...] | None = ()
    """Claims in the advice that no answer it was made from has; None where it cannot be told."""
    spent: TokenCount = TokenCount()
    ms: float | None = None
    """None where some of it was read from the journal of a killed run instead of computed."""


class FirstReading(BaseModel):
    """What a system makes of her first message, for experts; None: it makes nothing of the kind."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    summary: tuple[Span, ...] | None = None
    """Pieces of her message."""
    topics: tuple[str, ...] | None = None
    """Topic ids of the tree, the likeliest first."""
    open_questions: tuple[str, ...] | None = None
    """Question nodes still to be answered, the most useful first."""


class Attempt(Prediction):
    """One conversation: a case, an arm of the study, a repetition."""

    case: str
    arm: str
    repeat: int
    """From 0 on."""
    outcome: Outcome
    final_node: str | None
    """The answer that she was left with, right or wrong."""
    exchanges: tuple[Exchange, ...]
    reading: FirstReading = FirstReading()
    mother: TokenCount = TokenCount()
    """What a mother who is a model took; it is not the system's."""
    conversation: str | None = None
    """Its id in the study's record, for the systems that have one."""
    error: str | None = None
    """Why it failed."""

    @property
    def questions(self) -> int:
        """Times that she was asked; looking at several pages of one list counts once."""
        kinds = [exchange.kind for exchange in self.exchanges]
        asked = [kind not in ("answer", "danger", "notice") for kind in kinds]
        paged = [a == b == "offer" for a, b in pairwise(kinds)]
        return sum(asked) - sum(paged)

    @property
    def path(self) -> list[str]:
        """Where its moves led, in order."""
        return [node for exchange in self.exchanges for node in exchange.moves]


def attempt_id(arm: str, case: str, repeat: int) -> str:
    """The id of its line in the results, and of what is kept of it elsewhere."""
    return f"{arm}|{case}|{repeat}"
