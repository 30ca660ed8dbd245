"""A conversation summed up from its events: her words, topics, facts and the path so far. Pure."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from records.events import Choice, Event, KnownFact, Span, Understood, last_reply
from records.store import ConversationSummary
from ui.path import walked
from ui.render import known_facts


class Step(BaseModel):
    """A step of the way to where she is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    node: str
    """Where the step led."""
    kind: str
    """jump: to a topic; choose: an option of a question; set: a value that was asked for."""
    label: str
    """The option, value or topic as she sees it."""


class Summary(BaseModel):
    """What a conversation has told so far."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    conversation: str
    """Its id."""
    messages: int
    """How many messages it has."""
    outcome: str
    """answered, danger (any reply warned of it) or open."""
    urgency: str
    """Of its gravest reply: none, same_day or emergency."""
    node: str | None
    """The node of the tree that was last shown to her."""
    said: list[list[Span]]
    """Of each message that told something: the pieces that sum it up, in her own words."""
    topics: list[Choice]
    """The topics that her messages are about, each with its highest probability, best first."""
    facts: list[KnownFact]
    """What is understood so far, without what she took back."""
    path: list[Step]
    """The way from the start to where she is, without what was undone."""
    options: list[str]
    """The quick replies that she has now."""


def sum_up(known: ConversationSummary, events: Sequence[Event]) -> Summary:
    """The summary of a conversation's events."""
    told = [event for event in events if isinstance(event, Understood)]
    last = last_reply(events)
    return Summary(
        conversation=known.thread,
        messages=known.turns,
        outcome=known.outcome,
        urgency=known.urgency,
        node=known.node,
        said=[event.summary for event in told if event.summary],
        topics=_topics(told),
        facts=known_facts(events),
        path=[Step(node=it.node, kind=it.kind, label=it.label) for it in walked(events)],
        options=last.options if last else [],
    )


def _topics(told: Sequence[Understood]) -> list[Choice]:
    best: dict[str, Choice] = {}
    for topic in (topic for event in told for topic in event.topics):
        best[topic.id] = max(best.get(topic.id, topic), topic, key=_probability)
    return sorted(best.values(), key=_probability, reverse=True)


def _probability(topic: Choice) -> float:
    return topic.probability or 0.0
