"""Judged conversations, with what nobody disputes."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from records.digest import her_texts
from records.events import Event, FactCorrected, MessageReceived
from records.judgements import Item, Judgement, Judgements, standings
from records.store import ConversationSummary, RecordedEvent

Mask = Callable[[str], str]
"""Hides what could tell who she is, letter for letter: the text keeps its length."""
Masking = Callable[[Sequence[str]], Mask]
"""Makes the mask of a conversation from all that she wrote in it: what a name is said to be once is
hidden wherever it stands."""


class Reader(Protocol):
    """What is needed of the record."""

    def conversation(self, thread: str) -> ConversationSummary | None: ...
    def events(self, thread: str) -> Sequence[RecordedEvent]: ...


@dataclass(frozen=True)
class Turn:
    """A message of hers, and what followed; the event n has the seq n + 1."""

    number: int
    message: MessageReceived | FactCorrected = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)


@dataclass(frozen=True)
class Step:
    """A step that was judged."""

    turn: Turn
    seq: int
    event: Event = field(repr=False)
    judgement: Judgement


@dataclass(frozen=True)
class JudgedTalk:
    """A conversation, and what holds of it."""

    summary: ConversationSummary
    turns: tuple[Turn, ...] = field(repr=False)
    verdicts: Mapping[Item, Judgement]
    """Agreed, or said by all who judged it."""
    mask: Mask = field(repr=False)
    """What her words go through before they leave the record."""

    @property
    def name(self) -> str:
        """Tells it apart in a file, and is no key to it."""
        return f"judged-{hashlib.sha256(self.summary.thread.encode()).hexdigest()[:12]}"

    @property
    def whole(self) -> Judgement | None:
        """What is said of all of it."""
        return self.verdicts.get(Item(self.summary.thread))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its judged steps, in their order."""
        return tuple(
            Step(turn, seq, event, judgement)
            for turn in self.turns
            for seq, event in enumerate(turn.events, 1)
            if (judgement := self.verdicts.get(Item(self.summary.thread, turn.number, seq)))
        )

    @property
    def consented(self) -> bool:
        """She agreed that what she writes is kept."""
        messages = (turn.message for turn in self.turns)
        return any(isinstance(it, MessageReceived) and it.consent for it in messages)


def judged_talks(judgements: Judgements, reader: Reader, masking: Masking) -> Iterator[JudgedTalk]:
    """The conversations of which something is judged and not disputed."""
    for thread, said in judgements.all():
        held = {item: it.verdict for item, it in standings(said).items()}
        verdicts = {item: it for item, it in held.items() if it}
        summary = reader.conversation(thread) if verdicts else None
        if summary:
            recorded = reader.events(thread)
            mask = masking(her_texts(one.event for one in recorded))
            yield JudgedTalk(summary, tuple(_turns(recorded)), verdicts, mask)


def _turns(recorded: Sequence[RecordedEvent]) -> Iterator[Turn]:
    for number, group in groupby(recorded, key=attrgetter("turn")):
        message, *rest = (item.event for item in group)
        assert isinstance(message, MessageReceived | FactCorrected)
        yield Turn(number, message, tuple(rest))
