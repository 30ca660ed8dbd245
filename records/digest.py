"""What is kept of each conversation beside its events, so that it is listed and found.

A fold over the events: it is kept up in the transaction that stores them, and a migration can make
it from nothing. Its pieces go with the conversation when that is erased.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from records.database import CONVERSATION_TOPICS, CONVERSATION_WORDS, CONVERSATIONS
from records.events import (
    Decided,
    Event,
    FactCorrected,
    Failed,
    FellBack,
    FollowedUp,
    HandedOff,
    Level,
    Located,
    MessageReceived,
    Moved,
    Rated,
    Replied,
)

Outcome = Literal["answered", "danger", "open"]
DIGESTED = (
    *("message_received", "fact_corrected", "located", "decided", "moved", "fell_back"),
    *("replied", "rated", "followed_up", "handed_off", "failed"),
)
"""The types of the events that it is made of."""
_LEVELS = get_args(Level)
_FIRST_WORDS = 80


@dataclass(frozen=True)
class Digest:
    """What happened in a conversation; each field is a column of it."""

    turns: int = 0
    """Messages and corrections of hers, one that is not answered yet included."""
    first_words: str = field(default="", repr=False)
    urgency: Level = "none"
    """The gravest of its replies."""
    outcome: Outcome = "open"
    """A warning of a danger at any time counts more than an answer."""
    node: str | None = None
    """Of the last reply that shows one."""
    asked: int = 0
    """Questions and values that she was asked; one put again in other words counts once."""
    helped: bool = False
    """She said of some answer that it helped."""
    not_helped: bool = False
    """She said of some answer that it did not."""
    worse: bool = False
    """Back on a later day, she said that it goes worse."""
    complained: bool = False
    """She wrote that the program is of no use or does not understand her."""
    commented: bool = False
    """She added words of her own when she rated an answer."""
    asked_person: bool = False
    """She wrote that she wants a person, or handed it to one."""
    escalated: bool = False
    """She was warned of a danger, or sent to an emergency department."""
    failed: bool = False
    """A turn could not be done."""
    fell_back: bool = False
    """A model or navigator could not lead a turn, and a simpler one did."""
    least_sure: float | None = None
    """The smallest probability on which it went on, or found that nothing stood out."""

    def after(self, events: Iterable[Event]) -> "Digest":
        """The digest when these have happened too."""
        digest = self
        for event in events:
            digest = _after(digest, event)
        return digest


DIGEST_COLUMNS = [CONVERSATIONS.c[column.name] for column in fields(Digest)]


def _after(digest: Digest, event: Event) -> Digest:
    match event:
        case MessageReceived(text=text):
            first = digest.first_words or text[:_FIRST_WORDS]
            return replace(digest, turns=digest.turns + 1, first_words=first)
        case FactCorrected():
            return replace(digest, turns=digest.turns + 1)
        case Replied():
            return _replied(digest, event)
        case Rated(helped=helped, comment=comment):
            said = replace(digest, commented=digest.commented or bool(comment.strip()))
            return replace(said, helped=True) if helped else replace(said, not_helped=True)
        case FollowedUp(state="worse"):
            return replace(digest, worse=True)
        case Decided(why="she is not helped"):
            return replace(digest, complained=True)
        case Decided(why="she asks for a person") | HandedOff():
            return replace(digest, asked_person=True)
        case Decided():
            return _decided(digest, event)
        case Failed():
            return replace(digest, failed=True)
        case FellBack():
            return replace(digest, fell_back=True)
        case _:
            return digest


def _decided(digest: Digest, event: Decided) -> Digest:
    """A question is no doubt: before she answers, no option of it is likelier than another."""
    chances = [it.probability for it in event.posterior if it.probability is not None]
    if not chances or not (event.action == "move" or event.why in _NOTHING_STOOD_OUT):
        return digest
    before = 1.0 if digest.least_sure is None else digest.least_sure
    return replace(digest, least_sure=min(before, max(chances)))


_NOTHING_STOOD_OUT = ("no entry point stands out", "no option stands out")


def _replied(digest: Digest, reply: Replied) -> Digest:
    outcome: Outcome = digest.outcome
    if reply.kind == "danger":
        outcome = "danger"
    elif reply.kind == "answer" and outcome == "open":
        outcome = "answered"
    grave = reply.kind == "danger" or reply.urgency == "emergency"
    return replace(
        digest,
        urgency=max(digest.urgency, reply.urgency, key=_LEVELS.index),
        outcome=outcome,
        node=reply.node or digest.node,
        asked=digest.asked + _is_new_question(digest, reply),
        escalated=digest.escalated or grave,
    )


def _is_new_question(digest: Digest, reply: Replied) -> bool:
    return reply.kind in ("question", "input") and reply.node != digest.node


def topics_entered(events: Sequence[Event]) -> set[str]:
    """The topics that she was led into, by the jumps to their entries.

    Old records do not name a jump's topic: it is then that of a candidate among the events.
    """
    candidates = {
        candidate.id: candidate.topic
        for event in events
        if isinstance(event, Located | Decided)
        for candidate in (event.candidates if isinstance(event, Located) else event.posterior)
    }
    jumps = (event for event in events if isinstance(event, Moved) and event.kind == "jump")
    found = {jump.topic or candidates.get(jump.target or "") for jump in jumps}
    return {topic for topic in found if topic}


def her_texts(events: Iterable[Event]) -> list[str]:
    """Her messages and comments, as she wrote them."""
    return [
        event.text if isinstance(event, MessageReceived) else event.comment
        for event in events
        if isinstance(event, MessageReceived | Rated)
    ]


def her_words(events: Iterable[Event]) -> list[str]:
    """Each word of her messages and comments once, folded as `folded` has them."""
    return list(dict.fromkeys(word for text in her_texts(events) for word in folded(text)))


_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")


def folded(text: str) -> list[str]:
    """The words and numbers of a text in lower case, without accents."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _WORD.findall(plain)


def words_column(words: Sequence[str]) -> str:
    """How words are stored: a blank before and behind each, so that a search finds beginnings."""
    return f" {' '.join(words)} " if words else ""


def keep_digest(connection: sa.Connection, thread: str, events: Sequence[Event]) -> None:
    """Brings what a conversation is found by up to date with events that were just stored.

    In their transaction, which has the conversation's lock.
    """
    its = CONVERSATIONS.c.id == thread
    row = connection.execute(sa.select(*DIGEST_COLUMNS).where(its)).one()
    before = Digest(**row._mapping)
    after = before.after(events)
    if after != before:
        connection.execute(CONVERSATIONS.update().where(its).values(asdict(after)))
    if topics := topics_entered(events):
        _add_topics(connection, thread, topics)
    if said := her_words(events):
        _add_words(connection, thread, said)


def _add_topics(connection: sa.Connection, thread: str, topics: set[str]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    # Any: the two have no class in common that knows conflicts.
    insert = cast("Any", dialect).insert(CONVERSATION_TOPICS)
    rows = [{"thread": thread, "topic": topic} for topic in sorted(topics)]
    connection.execute(insert.on_conflict_do_nothing(), rows)


def _add_words(connection: sa.Connection, thread: str, said: Sequence[str]) -> None:
    its = CONVERSATION_WORDS.c.thread == thread
    known = connection.scalar(sa.select(CONVERSATION_WORDS.c.words).where(its))
    if known is None:
        row = {"thread": thread, "words": words_column(said)}
        connection.execute(CONVERSATION_WORDS.insert().values(row))
    elif new := [word for word in said if f" {word} " not in known]:
        longer = known + words_column(new)[1:]
        connection.execute(CONVERSATION_WORDS.update().where(its).values(words=longer))
