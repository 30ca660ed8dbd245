"""What the HTTP API is sent and what it answers, beside events and summaries."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.assistant import LONGEST_MESSAGE
from records.events import (
    Event,
    Failed,
    GraphQueried,
    Located,
    ModelCalled,
    Screened,
    ToolCalled,
    Understood,
)

MessageId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$",
        description="Chosen by the client, new for each message: a UUID is good. Sent again with"
        " the same content it gives the same events; with other content it is refused.",
        examples=["0b9d7f6e-0d3c-4a41-9f0e-6a3f0f9c1d2e"],
    ),
]
ConversationId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="As POST /conversations gave it.")
]
Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_MESSAGE, pattern=r"[^\s\x00]"),
    Field(examples=["Me duele al dar el pecho y mi bebé tiene 3 semanas"]),
]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class NewMessage(_Given):
    """Something that she wrote."""

    message_id: MessageId
    text: Words
    """Her words, at most 4000 characters."""


class ChosenOption(_Given):
    """A quick reply that she pressed."""

    message_id: MessageId
    option: Words
    """One of the `options` of the last reply, to the letter."""


class WrongFact(_Given):
    """A fact that was understood wrongly, to be forgotten."""

    message_id: MessageId
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
    """The `name` of one of the `facts` of the last reply."""


class MessageToAnalyse(_Given):
    """A message that belongs to no conversation."""

    text: Words
    """Her words, at most 4000 characters. Nothing of them is kept."""


class Page(_Given):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """How many at most."""
    offset: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """How many before them are left out."""


class _Answered(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class OpenedConversation(_Answered):
    """A conversation that has no message yet."""

    id: str
    """Hard to guess, and the only way to the conversation: keep it as you keep her words."""
    greeting: str
    """What a screen shows first."""


class RecordedTurn(_Answered):
    """A message and what followed from it."""

    number: int
    """From 1."""
    events: list[Event]
    """Its message first; the message alone while it is being answered."""


class History(_Answered):
    """All that was said, in order."""

    conversation: str
    turns: list[RecordedTurn]


class ListedConversation(_Answered):
    """A line in the list of conversations."""

    id: str
    created_at: datetime
    last_at: datetime
    messages: int
    first_words: str
    """The first 80 characters of her first message."""
    outcome: str
    """answered, danger or open."""
    urgency: str
    """none, same_day or emergency."""


class ConversationList(_Answered):
    """A page of the list, the newest activity first."""

    total: int
    """How many conversations there are on all pages."""
    conversations: list[ListedConversation]


class AnalysedMessage(_Answered):
    """What a message says, in the events that a turn would have."""

    red_flags: Screened
    """The gravest danger found; `check` is the question that would settle a doubt."""
    understood: Understood
    """The pieces that sum it up, topics and facts."""
    entry_points: Located
    """Where in the tree it belongs, with probabilities."""


_FOR_RESEARCH = (GraphQueried, ModelCalled, ToolCalled)


def as_seen(event: Event, everything: bool) -> Event | None:
    """An event as a caller sees it: what is behind a reply is for who may see everything."""
    if everything:
        return event
    if isinstance(event, _FOR_RESEARCH):
        return None
    if isinstance(event, Failed):
        return event.model_copy(update={"cause": event.cause.partition(":")[0]})
    return event
