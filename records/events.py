"""The events of a conversation: one tag per class, a discriminated union.

A turn is one message of the mother and all that follows from it. Its events are stored together
when the turn ends, in the order in which they happened; an aside is added to a turn that has
ended. What is not here did not happen.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

Level = Literal["none", "same_day", "emergency"]
Reason = Literal[
    "she goes back",
    "she starts over",
    "she goes on with what she also told",
    "she chose it among the places offered",
    "her words settle it",
    "one entry point stands out",
    "no entry point stands out",
    "no entry point fits",
    "her words say too little",
    "the question that tells most",
    "one option stands out",
    "no option stands out",
    "it is not guessed",
    "she has said it already",
    "the next question",
    "she asks back",
    "known already",
    "she gave the value",
    "the model chose it",
    "she asks for a person",
    "she is not helped",
    "she asks for a dose",
    "she gives orders",
]
"""Why something was decided; the experts' page has words for each."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    """When it happened (UTC)."""


class Span(BaseModel):
    """A piece of her message."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    start: int
    """Offset of the first character."""
    end: int
    """Offset behind the last character."""
    text: str
    """Exactly message[start:end]."""


class KnownFact(BaseModel):
    """A fact about her or her baby, with the words that say it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    """The tree's variable."""
    value: float | bool | None
    """In the variable's unit; None when she was asked and does not know."""
    unit: str | None
    label: str
    """What the screen calls it: "edad del bebé"."""
    quote: str
    """Her words; empty when she pressed a button."""
    shown: str
    """The value as the screen shows it: "3 semanas"."""


class Choice(BaseModel):
    """Something that could be done next, with its probability."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    """The option, entry node or other move."""
    label: str
    probability: float | None = None
    """Between 0 and 1; None where nothing was estimated."""
    topic: str | None = None


class SourceShown(BaseModel):
    """A source as the mother sees it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    title: str
    organisation: str
    year: int | None
    url: str
    checked_on: str
    verification: str


class PhoneShown(BaseModel):
    """A telephone number offered with a danger reply."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    number: str
    hours: str | None


class Locale(BaseModel):
    """Where she is and what she reads, as she chose it or the browser said."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    country: str = Field(pattern=r"^[A-Z]{2}$")
    """ISO 3166 code; ZZ is a country for which no telephone numbers are known."""
    language: str = Field(pattern=r"^[a-z]{2}$")
    """ISO 639 code of the page's words; those of the tree have a language of their own."""


class MessageReceived(_Event):
    """She wrote, or pressed a button (then the text is the button's label)."""

    type: Literal["message_received"] = "message_received"
    text: str
    locale: Locale | None = None
    """None: those of the settings."""
    consent: str | None = None
    """The words with which she was asked whether what she writes may be kept, where she agreed to
    them with this message."""


class FactCorrected(_Event):
    """She removed something that had been understood. A step back follows if it had been used."""

    type: Literal["fact_corrected"] = "fact_corrected"
    name: str
    locale: Locale | None = None
    """None: those of the settings."""


class Prepared(_Event):
    """What a turn is run with: with this and her message it can be run again."""

    type: Literal["prepared"] = "prepared"
    tree: str
    """The tree version."""
    navigator: str
    models: list[str]
    """As the settings call them, the one that is asked first in front."""
    phrasing: Literal["tree", "model"]
    """Whose words a question is asked in."""
    person: bool
    """Whether a person answers those who ask for one."""


class Screened(_Event):
    """The guard looked for danger."""

    type: Literal["screened"] = "screened"
    level: Level
    sign: str | None
    spans: list[Span]
    check: str | None


class Understood(_Event):
    """What the message says."""

    type: Literal["understood"] = "understood"
    text: str
    """What was read: her message, or the earlier one that is taken up again."""
    summary: list[Span]
    topics: list[Choice]
    facts: list[KnownFact]
    asks_back: bool


class Located(_Event):
    """The entry points that fit her words, best first."""

    type: Literal["located"] = "located"
    candidates: list[Choice]
    none_of_these: float
    """Probability that no entry fits."""
    unclear: float = 0.0
    """Probability that her words say too little."""


class Evidence(BaseModel):
    """What one source of evidence says about the legal moves."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    source: str
    scores: dict[str, float]
    """Log-odds contribution by move id."""


class Decided(_Event):
    """The posterior over the legal moves, and what was done with it."""

    type: Literal["decided"] = "decided"
    node: str | None
    """Where she was; None before the first entry."""
    action: Literal["move", "ask", "offer", "explain", "answer"]
    why: Reason
    evidence: list[Evidence]
    posterior: list[Choice]
    threshold: float | None


class Moved(_Event):
    """One step in the tree."""

    type: Literal["moved"] = "moved"
    kind: Literal["jump", "choose", "set", "back", "restart"]
    origin: str | None
    target: str | None
    """Where she is now; None after a restart."""
    move: str
    """Id of the option, the variable or the entry node."""
    label: str
    via: list[str] = []
    """Logic nodes passed, with the condition that held."""
    facts_used: list[str] = []
    topic: str | None = None
    """Where a jump leads: the topic of the entry. None for other steps, and in old records."""


class ModelAwaited(_Event):
    """The model of this machine does one thing at a time, and other conversations came first."""

    type: Literal["model_awaited"] = "model_awaited"
    ahead: int
    """Answers that it gives before; 0 when the wait is over."""


class GraphQueried(_Event):
    """A query to the graph."""

    type: Literal["graph_queried"] = "graph_queried"
    name: str
    """The .cypher file."""
    cypher: str
    parameters: dict[str, JsonValue]
    rows: int
    ms: float


class ModelCalled(_Event):
    """A call to a language model, with its exact input and output."""

    type: Literal["model_called"] = "model_called"
    model: str
    prompt: str
    """Name and content hash of the prompt."""
    messages: list[dict[str, JsonValue]]
    output: dict[str, JsonValue] | None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    """Input tokens that the server had computed before; None where it does not say."""
    output_tokens: int | None = None
    finish_reason: str | None = None
    """Why the model stopped, as its server calls it (stop, length, tool_calls); None where it does
    not say, and in old records."""
    ms: float
    error: str | None = None


class FellBack(_Event):
    """What was to lead the turn could not: the next, simpler one does."""

    type: Literal["fell_back"] = "fell_back"
    origin: str
    """A model as the settings name it, or a navigator."""
    target: str
    """The model that is asked next, or the navigator that goes on."""
    why: Literal["failed", "visitor's budget", "day's budget"]
    cause: str
    """For operators: the error, or tokens used and allowed."""


class ToolCalled(_Event):
    """The model called a tool."""

    type: Literal["tool_called"] = "tool_called"
    name: str
    arguments: dict[str, JsonValue]
    result: str
    refused: bool


class Replied(_Event):
    """What she reads."""

    type: Literal["replied"] = "replied"
    kind: Literal["question", "input", "offer", "answer", "check", "danger", "notice"]
    text: str
    intro: str | None = None
    """A sentence before the text: an explanation, or that we are not sure."""
    node: str | None = None
    title: str | None = None
    normal: str | None = None
    seek_help: str | None = None
    urgency: Level = "none"
    service: str | None = None
    sources: list[SourceShown] = []
    reviewed: bool = True
    """False while no professional has signed the text."""
    options: list[str] = []
    """Labels of the quick replies, in order; typing a label does the same as pressing it."""
    agenda: list[str] = []
    """Of several problems that she told, those still to be taken up; under an answer they are the
    first quick replies."""
    ahead: Literal["last", "few"] | None = None
    """What is known of the questions until an answer: this is the last; there are few, usually."""
    phones: list[PhoneShown] = []
    facts: list[KnownFact] = []
    """All that is understood so far."""
    can_go_back: bool = False


class Rated(_Event):
    """She said whether an answer has helped, and perhaps more."""

    type: Literal["rated"] = "rated"
    node: str | None
    """The answer's."""
    helped: bool
    comment: str = ""
    """Her words."""


class FollowedUp(_Event):
    """Back on a later day, she said how it goes since an answer."""

    type: Literal["followed_up"] = "followed_up"
    node: str | None
    """The answer's."""
    state: Literal["better", "same", "worse"]


class HandedOff(_Event):
    """She asked for a person: what she agreed to is in the experts' inbox."""

    type: Literal["handed_off"] = "handed_off"
    hand_off: int
    """Its number in the inbox."""


class PersonReplied(_Event):
    """An expert answered her, from the inbox."""

    type: Literal["person_replied"] = "person_replied"
    hand_off: int
    text: str


class Failed(_Event):
    """The turn could not be done; her place is kept."""

    type: Literal["failed"] = "failed"
    cause: str
    """For operators: the error's class and text."""


Event = Annotated[
    MessageReceived
    | FactCorrected
    | Prepared
    | Screened
    | Understood
    | Located
    | Decided
    | Moved
    | ModelAwaited
    | GraphQueried
    | ModelCalled
    | FellBack
    | ToolCalled
    | Replied
    | Rated
    | FollowedUp
    | HandedOff
    | PersonReplied
    | Failed,
    Field(discriminator="type"),
]

Aside = Rated | FollowedUp | HandedOff | PersonReplied
"""What happens between the turns; it is stored behind the one before it."""

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes any event as JSON."""


def last_reply(events: Sequence[Event]) -> Replied | None:
    """What she read last."""
    return next((event for event in reversed(events) if isinstance(event, Replied)), None)
