"""The rows: one question put to her, one answer shown, one message that was not understood."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

How = Literal["button", "words", "told"]
"""She pressed an option (or wrote its label), said it in words, or had said it before."""
Left = Literal["back", "revised", "restart", "elsewhere", "danger", "corrected"]
"""She went back, went back and changed an earlier answer, started over, went to other topics, was
warned, or took back a fact that led here."""
Missed = Literal["nowhere", "unclear", "undecided", "not understood", "elsewhere"]
"""Her words fit no entry, said too little, fit several, fit no option; or led where she left."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """When and with what a row came to be."""

    turn: int
    seq: int
    """With `turn`, the event in the conversation: its reply, step or message."""
    day: date
    """UTC."""
    tree: str
    """The tree version."""
    navigator: str
    model: str | None
    topic: str | None
    """The topic that she had been led into."""


@dataclass(frozen=True, kw_only=True)
class Asked(Setting):
    """A question or value, from when it was put to her until she left it."""

    stretch: int
    """Counts the topics entered; the rows of one way have the same."""
    node: str
    kind: Literal["question", "input"]
    asked_at: datetime
    shown: int
    """How often it was put; 0 where she had said it already."""
    how: How | None = None
    """None: she did not answer it."""
    option: str | None = None
    """What she chose, by id; None also for values."""
    instead_of: str | None = None
    """The option that she had chosen before she came back to it."""
    left: Left | None = None
    asks_back: bool = False
    unsure: bool = False
    """Her words were not understood."""
    unknown: bool = False
    """She said that she does not know."""
    undone: bool = False
    """She came back to it and answered anew, or to one before it."""
    answer: str | None = None
    """The answer that its way ended at."""
    rejected: bool = False
    """She said of that answer that it did not help, or that it went worse, or of no use."""
    seconds: int | None = None
    """Until her first message after it."""
    bits: float | None = None
    """Entropy of the posterior over its options at asking: what its answer was expected to tell
    about the option; about the answers, too, where no two options lead to the same one."""

    @property
    def is_open(self) -> bool:
        """Whether it is what she is being asked, or was when she went away."""
        return self.how is None and self.left is None


@dataclass(frozen=True, kw_only=True)
class Given(Setting):
    """An answer of the tree that she was shown."""

    stretch: int
    node: str
    helped: bool | None = None
    worse: bool = False
    complained: bool = False
    """She wrote under it that the program is of no use."""
    left: bool = False
    """She went back from it."""
    followed: str | None = None
    """The place that she chose among those offered under it."""


@dataclass(frozen=True, kw_only=True)
class Miss(Setting):
    """A message of hers (that of `turn`) that did not lead on."""

    why: Missed
    node: str | None
    """The question that it was to answer; None where she was being located."""
    meant: str | None = None
    """The option or place that she chose afterwards."""


@dataclass(frozen=True)
class Learnt:
    """All rows of a conversation, in the order in which they came to be."""

    asked: tuple[Asked, ...] = field(default=())
    given: tuple[Given, ...] = field(default=())
    missed: tuple[Miss, ...] = field(default=())
