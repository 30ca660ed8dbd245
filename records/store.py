"""The record: what happened in each conversation, in one SQL database (records/database.py).

A turn begins with her message, stored at once, and is finished with all its events in one
transaction: a reader sees the whole turn or only its message. Nothing here logs; no error text
carries her words, a conversation's id (a key to it) or the database's password.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from records.database import (
    CALLED,
    CONVERSATION_TOPICS,
    CONVERSATIONS,
    EVENTS,
    OPEN,
    TURNS,
    RecordError,
    forget_log,
    open_database,
    transaction,
)
from records.digest import DIGEST_COLUMNS, Digest, keep_digest
from records.events import EVENT, Aside, Event, FactCorrected, MessageReceived
from records.learnt.keep import keep_aside, keep_turn
from records.presence import Presence
from records.wanted import Found, Review, Wanted, conditions, reviews

__all__ = [
    "CONVERSATIONS",
    "EVENTS",
    "TURNS",
    "ConversationSummary",
    "RecordError",
    "RecordedEvent",
    "Records",
    "Talk",
    "TurnOpen",
    "TurnRecord",
    "UnknownConversation",
    "append",
    "lock",
]


class TurnOpen(RecordError):
    """Another message of this conversation is still open: `turn`."""

    def __init__(self, turn: "TurnRecord") -> None:
        super().__init__("another message of this conversation is still open")
        self.turn = turn


class UnknownConversation(RecordError):
    """The conversation is not there: nobody opened it, or it was erased."""

    def __init__(self) -> None:
        super().__init__("no such conversation")


# Fields with repr=False hold her words, and a repr easily ends in a log.
@dataclass(frozen=True)
class TurnRecord:
    """One message, numbered from 1 in its conversation, and who works on it."""

    thread: str
    number: int
    message_id: str
    status: Literal["open", "done"]
    owner: str
    started_at: datetime
    message: MessageReceived | FactCorrected = field(repr=False)


@dataclass(frozen=True)
class RecordedEvent:
    """An event and its place in the conversation; seq 0 of a turn is the message."""

    turn: int
    seq: int
    event: Event = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ConversationSummary(Digest):
    """A line in a list of conversations. Tree apart, the settings are those it began with."""

    thread: str
    created_at: datetime
    last_at: datetime
    tree: str
    navigator: str
    model: str | None
    topics: tuple[str, ...] = ()
    """Ids of those that she was led into, in alphabetical order."""
    reviewed_to: datetime | None = None
    """The moment of what happened last when enough experts had judged it."""

    @property
    def reviews(self) -> list[Review]:
        """Why somebody should look at it, the most pressing first; none once it is judged."""
        return [] if self.reviewed_to == self.last_at else reviews(self, self.last_at)


@dataclass(frozen=True)
class Talk:
    """A conversation and what was said in it, without how it came about."""

    summary: ConversationSummary
    said: list[RecordedEvent] = field(repr=False)
    """What she wrote, pressed and rated, and what the program and people answered, in order."""


_SAID = ("message_received", "replied", "rated", "person_replied")
_TURN = [TURNS.c[n] for n in ("thread", "number", "message_id", "status", "owner", "started_at")]
_SETTINGS = [
    CONVERSATIONS.c[n]
    for n in ("created_at", "last_at", "tree", "navigator", "model", "reviewed_to")
]
_SUMMARIES = sa.select(CONVERSATIONS.c.id.label("thread"), *_SETTINGS, *DIGEST_COLUMNS)


class Records:
    """The conversations of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.presence = Presence(engine)
        """Which of those who work on turns still live."""
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    @classmethod
    def open(cls, url: str) -> "Records":
        """Opens the database and creates its tables."""
        return cls(open_database(url))

    def open_conversation(
        self, thread: str, *, tree: str, navigator: str, model: str | None
    ) -> None:
        """Notes a conversation that has no message yet; nothing changes when it is there."""
        with transaction(self._engine, writing=True) as connection:
            row = {"id": thread, "tree": tree, "navigator": navigator, "model": model}
            self._add(connection, row, datetime.now(UTC))

    def begin(
        self,
        thread: str,
        message_id: str,
        message: MessageReceived | FactCorrected,
        *,
        owner: str,
        tree: str,
        navigator: str,
        model: str | None,
        must_exist: bool = False,
    ) -> tuple[TurnRecord, bool]:
        """Stores a message; True when this call did, False when it was there, open or done.

        The settings are kept for a conversation's first message. TurnOpen when another is open;
        UnknownConversation when the conversation must exist and does not.
        """
        now = datetime.now(UTC)
        of_thread = TURNS.c.thread == thread
        with transaction(self._engine, writing=True) as connection:
            if not must_exist:
                row = {"id": thread, "tree": tree, "navigator": navigator, "model": model}
                self._add(connection, row, now)
            if not lock(connection, thread):
                raise UnknownConversation
            if known := _turn(connection, _of(thread, message_id)):
                return known, False
            if other := _turn(connection, of_thread & OPEN):
                raise TurnOpen(other)
            last = connection.scalar(sa.select(sa.func.max(TURNS.c.number)).where(of_thread))
            turn = TurnRecord(thread, (last or 0) + 1, message_id, "open", owner, now, message)
            row = {column.name: getattr(turn, column.name) for column in _TURN}
            inserted = connection.execute(TURNS.insert().values(row)).inserted_primary_key
            key = cast("tuple[int]", inserted)[0]
            connection.execute(EVENTS.insert(), _rows(key, [message], first=0))
            _seen(connection, thread, now, [message])
        return turn, True

    def finish(self, thread: str, message_id: str, events: Sequence[Event]) -> None:
        """Stores all events that follow from an open turn's message, and closes it."""
        now = datetime.now(UTC)
        its = _of(thread, message_id)
        with transaction(self._engine, writing=True) as connection:
            lock(connection, thread)
            turn = sa.select(TURNS.c.id, TURNS.c.number).where(its & OPEN)
            row = connection.execute(turn).one_or_none()
            if row is None:
                raise RecordError(f"no open turn has the message {message_id!r}")
            if events:
                connection.execute(EVENTS.insert(), _rows(row.id, events, first=1))
            connection.execute(TURNS.update().where(its).values(status="done", finished_at=now))
            _seen(connection, thread, now, events)
            keep_turn(connection, row.id, row.number, events)

    def note(self, thread: str, aside: Aside) -> None:
        """Adds what happened between two turns.

        Raises RecordError: UnknownConversation when there is none, or before its first reply.
        """
        with transaction(self._engine, writing=True) as connection:
            if not lock(connection, thread):
                raise UnknownConversation
            append(connection, thread, aside)

    def take_over(
        self, thread: str, message_id: str, owner: str, *, previous: str | None = None
    ) -> bool:
        """Makes `owner` the one who works on an open turn; False when nothing changed.

        Give the `previous` owner that was seen: of two who take over a dead owner's turn at once,
        only one then wins. Without it, whoever comes last does.
        """
        its = _of(thread, message_id) & OPEN
        seen = TURNS.c.owner != owner if previous is None else TURNS.c.owner == previous
        with transaction(self._engine, writing=True) as connection:
            return bool(
                connection.execute(TURNS.update().where(its & seen).values(owner=owner)).rowcount
            )

    def open_turn(self, thread: str) -> TurnRecord | None:
        """The turn that is not finished."""
        with transaction(self._engine) as connection:
            return _turn(connection, (TURNS.c.thread == thread) & OPEN)

    def turn(self, thread: str, message_id: str) -> TurnRecord | None:
        """The turn of a message."""
        with transaction(self._engine) as connection:
            return _turn(connection, _of(thread, message_id))

    def message_ids(self, thread: str) -> set[str]:
        """The message ids of a conversation's turns, an open one included."""
        query = sa.select(TURNS.c.message_id).where(TURNS.c.thread == thread)
        with transaction(self._engine) as connection:
            return set(connection.scalars(query))

    def last_done(self, thread: str) -> str | None:
        """The message id of the newest finished turn."""
        query = sa.select(TURNS.c.message_id).where(TURNS.c.thread == thread, ~OPEN)
        with transaction(self._engine) as connection:
            return connection.scalar(query.order_by(TURNS.c.number.desc()).limit(1))

    def events(self, thread: str) -> list[RecordedEvent]:
        """All events of the finished turns, in order, and the message of an open one."""
        with transaction(self._engine) as connection:
            return _events(connection, TURNS.c.thread == thread)

    def turn_events(self, thread: str, message_id: str) -> list[Event]:
        """The events of one turn, its message first."""
        with transaction(self._engine) as connection:
            its = _of(thread, message_id)
            return [recorded.event for recorded in _events(connection, its)]

    def messages(self, threads: Sequence[str]) -> dict[str, list[str]]:
        """What she wrote in each of some conversations, in order: messages, and her comments."""
        written = EVENTS.c.type.in_(("message_received", "rated"))
        query = sa.select(TURNS.c.thread, EVENTS.c.payload).join_from(TURNS, EVENTS)
        query = query.order_by(TURNS.c.thread, TURNS.c.number, EVENTS.c.seq)
        found: dict[str, list[str]] = {}
        with transaction(self._engine) as connection:
            for start in range(0, len(threads), _ASKED_AT_ONCE):
                these = TURNS.c.thread.in_(threads[start : start + _ASKED_AT_ONCE])
                for thread, payload in connection.execute(query.where(these, written)):
                    text = payload.get("text") or payload.get("comment") or ""
                    found.setdefault(thread, []).append(text)
        return found

    def conversation(self, thread: str) -> ConversationSummary | None:
        """The summary of one conversation."""
        return next(iter(self._summaries(_SUMMARIES.where(CONVERSATIONS.c.id == thread))), None)

    def conversations(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        wanted: Wanted | None = None,
        total: int | None = None,
    ) -> list[ConversationSummary]:
        """Summaries of all conversations, or those wanted; the newest activity first.

        With the `total` that `count` told, pages of the older half are read from the old end.
        """
        query = _SUMMARIES.where(*conditions(wanted or Wanted()))
        newest = (CONVERSATIONS.c.last_at.desc(), CONVERSATIONS.c.id.desc())
        if total is None or offset <= total // 2:
            return self._summaries(query.order_by(*newest).limit(limit).offset(offset))
        oldest = (CONVERSATIONS.c.last_at, CONVERSATIONS.c.id)
        limit = max(0, min(limit, total - offset))
        page = query.order_by(*oldest).limit(limit).offset(max(0, total - offset - limit))
        return self._summaries(page)[::-1]

    def threads_of(self, wanted: Wanted) -> list[str]:
        """The ids of the conversations wanted, those that began first in front."""
        query = sa.select(CONVERSATIONS.c.id).where(*conditions(wanted))
        with transaction(self._engine) as connection:
            oldest = query.order_by(CONVERSATIONS.c.created_at, CONVERSATIONS.c.id)
            return list(connection.scalars(oldest))

    def talks(self, threads: Sequence[str]) -> list[Talk]:
        """Some conversations with what was said in them, in the order of `threads`.

        Those that were erased meanwhile are left out.
        """
        said = EVENTS.c.type.in_(_SAID)
        query = sa.select(TURNS.c.thread, TURNS.c.number, EVENTS.c.seq, EVENTS.c.payload)
        query = query.join_from(TURNS, EVENTS).where(TURNS.c.thread.in_(threads), said)
        events: dict[str, list[RecordedEvent]] = {}
        with transaction(self._engine) as connection:
            for row in connection.execute(query.order_by(TURNS.c.number, EVENTS.c.seq)):
                one = RecordedEvent(row.number, row.seq, _read(row.payload))
                events.setdefault(row.thread, []).append(one)
        found = self._summaries(_SUMMARIES.where(CONVERSATIONS.c.id.in_(threads)))
        known = {summary.thread: summary for summary in found}
        return [Talk(known[one], events.get(one, [])) for one in threads if one in known]

    def open_on(self, tree: str) -> list[ConversationSummary]:
        """Summaries of the conversations on a tree version that have no answer yet."""
        its = CONVERSATIONS.c
        return self._summaries(_SUMMARIES.where(its.tree == tree, its.outcome == "open"))

    def count(self, wanted: Wanted | None = None) -> int:
        """How many conversations there are, or how many of those wanted."""
        query = sa.select(sa.func.count()).select_from(CONVERSATIONS)
        with transaction(self._engine) as connection:
            return connection.scalar(query.where(*conditions(wanted or Wanted()))) or 0

    def found(self) -> Found:
        """The topics, navigators and models of all conversations."""
        columns = (
            CONVERSATION_TOPICS.c.topic,
            CONVERSATIONS.c.navigator,
            CONVERSATIONS.c.model,
        )
        with transaction(self._engine) as connection:
            values = [connection.scalars(sa.select(one).distinct()).all() for one in columns]
        return Found(*(sorted(filter(None, one)) for one in values))

    def tokens(self, since: datetime, thread: str | None = None) -> int:
        """Tokens that models have read and written since a moment, of one conversation or all."""
        read, written = (EVENTS.c.payload[f"{kind}_tokens"] for kind in ("input", "output"))
        used = sum(sa.func.coalesce(tokens.as_integer(), 0) for tokens in (read, written))
        query = sa.select(sa.func.sum(used)).join_from(EVENTS, TURNS)
        query = query.where(CALLED, EVENTS.c.at >= since)
        if thread is not None:
            query = query.where(TURNS.c.thread == thread)
        with transaction(self._engine) as connection:
            return connection.scalar(query) or 0

    def trees_in_use(self) -> set[str]:
        """The tree versions that some conversation is on."""
        with transaction(self._engine) as connection:
            return set(connection.scalars(sa.select(CONVERSATIONS.c.tree).distinct()))

    def use_tree(self, thread: str, tree: str) -> None:
        """Moves a conversation that started over to another version of the tree."""
        its = CONVERSATIONS.c.id == thread
        with transaction(self._engine, writing=True) as connection:
            if not connection.execute(CONVERSATIONS.update().where(its).values(tree=tree)).rowcount:
                raise RecordError("no such conversation")

    def threads(self) -> set[str]:
        """The ids of all conversations."""
        with transaction(self._engine) as connection:
            return set(connection.scalars(sa.select(CONVERSATIONS.c.id)))

    def erase(self, thread: str) -> int:
        """Deletes everything of a conversation; returns how many events it had."""
        with transaction(self._engine, writing=True) as connection:
            lock(connection, thread)
            erased = _delete(connection, thread)
        forget_log(self._engine)
        return erased

    def erase_idle(self, since: datetime) -> int:
        """Deletes the conversations in which nothing has happened since; returns how many."""
        idle = CONVERSATIONS.c.last_at < since
        erased = 0
        with transaction(self._engine) as connection:
            found = list(connection.scalars(sa.select(CONVERSATIONS.c.id).where(idle)))
        for thread in found:
            # One at a time, and looked at again: she may have come back in this moment.
            still = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == thread, idle)
            with transaction(self._engine, writing=True) as connection:
                if connection.scalar(still.with_for_update()) is not None:
                    _delete(connection, thread)
                    erased += 1
        if erased:
            forget_log(self._engine)
        return erased

    def check(self) -> None:
        """Raises RecordError when the database does not answer."""
        with transaction(self._engine) as connection:
            connection.execute(sa.select(1))

    def close(self) -> None:
        """Closes all connections."""
        self.presence.close()
        self._engine.dispose()

    def _add(self, connection: sa.Connection, row: dict[str, Any], now: datetime) -> None:
        """A conversation, where it is not there yet."""
        new = self._insert(CONVERSATIONS).values(**row, created_at=now, last_at=now)
        connection.execute(new.on_conflict_do_nothing())

    def _summaries(self, query: sa.Select[Any]) -> list[ConversationSummary]:
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
            topics = _topics(connection, [row.thread for row in rows])
        return [
            ConversationSummary(**row._mapping, topics=topics.get(row.thread, ())) for row in rows
        ]


def append(connection: sa.Connection, thread: str, aside: Aside) -> None:
    """Adds an aside behind the newest finished turn, in the transaction that has the `lock`.

    Raises RecordError before the conversation's first reply.
    """
    done = sa.select(sa.func.max(TURNS.c.number)).where(TURNS.c.thread == thread, ~OPEN)
    its = (TURNS.c.thread == thread) & (TURNS.c.number == done.scalar_subquery())
    newest = sa.func.max(EVENTS.c.seq).label("seq")
    last = sa.select(TURNS.c.id, TURNS.c.number, newest).join(EVENTS).where(its)
    turn = connection.execute(last.group_by(TURNS.c.id, TURNS.c.number)).one_or_none()
    if turn is None:
        raise RecordError("nothing of this conversation has been answered yet")
    connection.execute(EVENTS.insert(), _rows(turn.id, [aside], first=turn.seq + 1))
    _seen(connection, thread, aside.at, [aside])
    keep_aside(connection, thread, turn.number, turn.seq + 1, aside)


def _delete(connection: sa.Connection, thread: str) -> int:
    turns = sa.select(TURNS.c.id).where(TURNS.c.thread == thread)
    erased = connection.execute(EVENTS.delete().where(EVENTS.c.turn_id.in_(turns))).rowcount
    connection.execute(TURNS.delete().where(TURNS.c.thread == thread))
    connection.execute(CONVERSATIONS.delete().where(CONVERSATIONS.c.id == thread))
    return erased


def _topics(connection: sa.Connection, threads: Sequence[str]) -> dict[str, tuple[str, ...]]:
    its = CONVERSATION_TOPICS.c
    topics: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(threads), _ASKED_AT_ONCE):
        these = its.thread.in_(threads[start : start + _ASKED_AT_ONCE])
        query = sa.select(its.thread, its.topic).where(these).order_by(its.topic)
        for thread, topic in connection.execute(query):
            topics[thread] = (*topics.get(thread, ()), topic)
    return topics


_ASKED_AT_ONCE = 1000  # a query has room for so many values, and some more


def _of(thread: str, message_id: str) -> sa.ColumnElement[bool]:
    return (TURNS.c.thread == thread) & (TURNS.c.message_id == message_id)


def lock(connection: sa.Connection, thread: str) -> bool:
    """One writer per conversation; always taken first, so that two never wait for each other.

    False when there is no such conversation.
    """
    its = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == thread)
    return connection.scalar(its.with_for_update()) is not None


def _seen(connection: sa.Connection, thread: str, now: datetime, events: Sequence[Event]) -> None:
    its = CONVERSATIONS.c.id == thread
    connection.execute(CONVERSATIONS.update().where(its).values(last_at=now))
    keep_digest(connection, thread, events)


def _rows(key: int, events: Sequence[Event], *, first: int) -> list[dict[str, Any]]:
    return [
        {"turn_id": key, "seq": seq, "type": event.type, "at": event.at}
        | {"payload": EVENT.dump_python(event, mode="json")}
        for seq, event in enumerate(events, first)
    ]


def _turn(connection: sa.Connection, which: sa.ColumnElement[bool]) -> TurnRecord | None:
    query = sa.select(*_TURN, EVENTS.c.payload)
    row = connection.execute(
        query.join(EVENTS, EVENTS.c.turn_id == TURNS.c.id).where(which, EVENTS.c.seq == 0)
    ).one_or_none()
    if row is None:
        return None
    fields = dict(row._mapping)
    return TurnRecord(message=_read(fields.pop("payload")), **fields)


def _events(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[RecordedEvent]:
    query = sa.select(TURNS.c.number, EVENTS.c.seq, EVENTS.c.payload).join(EVENTS).where(which)
    rows = connection.execute(query.order_by(TURNS.c.number, EVENTS.c.seq))
    return [RecordedEvent(row.number, row.seq, _read(row.payload)) for row in rows]


def _read(payload: object) -> Any:
    try:
        return EVENT.validate_python(payload)
    except ValidationError as error:  # its text quotes the payload
        places = [problem["loc"] for problem in error.errors(include_input=False)]
        raise RecordError(f"an event cannot be read: {places}") from None
