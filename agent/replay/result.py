"""What came of running a conversation again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.replay.compare import Difference
from agent.replay.recording import Message, RecordedTurn
from records.events import Event, MessageReceived, Replied

Why = Literal["another question", "not recorded", "no such tree"]
"""Her next message answers what she was asked then, and now she is asked something else; a model
was asked more than it was asked then; a tree version is not in the graph any more."""


@dataclass(frozen=True)
class Pair:
    """A turn as it was, and as it came out now."""

    recorded: RecordedTurn
    said: Message = field(repr=False)
    """Her message now."""
    new: tuple[Event, ...] = field(repr=False)
    """What followed it, the message apart."""
    differences: tuple[Difference, ...]

    @property
    def number(self) -> int:
        """The turn's, from 1."""
        return self.recorded.number


@dataclass(frozen=True)
class Stop:
    """Why it was not run to its end."""

    turn: int
    """The first turn that was not run; of "not recorded", the last one that was."""
    why: Why
    cause: str = ""
    """The tree version that is gone."""


@dataclass(frozen=True)
class Rerun:
    """A conversation that was run again."""

    thread: str
    turns: int
    """How many there are in the record."""
    pairs: tuple[Pair, ...]
    stopped: Stop | None

    @property
    def differences(self) -> list[Difference]:
        """All that differ, in order."""
        return [difference for pair in self.pairs for difference in pair.differences]

    @property
    def first(self) -> Difference | None:
        """Where it bites."""
        return next(iter(self.differences), None)

    @property
    def status(self) -> Literal["same", "differs", "not run"]:
        """Whether all came out as it was; "not run" when that cannot be told to the end."""
        if self.first:
            return "differs"
        return "not run" if self.stopped else "same"


def reply_in(events: Sequence[Event]) -> Replied | None:
    """What she reads at the end of a turn."""
    return next((event for event in reversed(events) if isinstance(event, Replied)), None)


def still_fits(said: Message, then: Replied | None, now: Replied | None) -> bool:
    """Whether what she said to a reply `then` can be said to the reply `now`.

    It can to the same question; a button must still be there.
    """
    if then is None or now is None:
        return then is now
    if (then.kind, then.node) != (now.kind, now.node):
        return False
    if then.node is None and then.text != now.text:
        return False
    text = said.text if isinstance(said, MessageReceived) else None
    return text not in then.options or text in now.options
