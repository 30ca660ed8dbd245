"""The record: what happened in each conversation, in one SQL database (records/database.py).

A turn begins with her message, stored at once, and is finished with all its events in one
transaction: a reader sees the whole turn or only its message. Nothing here logs; no error text
carries her words, a conversation's id (a key to it) or the database's password.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite

from records.database import (
    CALLED,
    CONVERSATIONS,
    EVENTS,
    OPEN,
    TURNS,
    RecordError,
    forget_log,
    open_database,
    transaction,
)
from records.events import EVENT, Aside, Event, FactCorrected, Level, MessageReceived
from records.presence import Presence

__all__ = [
    "CONVERSATIONS",
    "EVENTS",
    "TURNS",
    "ConversationSummary",
    "RecordError",
    "RecordedEvent",
    "Records",
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


@dataclass(frozen=True)
class ConversationSummary:
    """A line in a list of conversations. Tree apart, the settings are those it began with."""

    thread: str
    created_at: datetime
    last_at: datetime
    turns: int
    first_words: str = field(repr=False)
    tree: str
    navigator: str
    model: str | None
    urgency: Level
    """The gravest of its replies."""
    outcome: Literal["answered", "danger", "open"]
    """Danger if any reply warned of it, even when an answer came after or before."""
    node: str | None
    """Where she is: the tree's node that was last shown to her."""


_TURN = [TURNS.c[n] for n in ("thread", "number", "message_id", "status", "owner", "started_at")]
_SUMMED_UP = ("message_received", "replied")


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
            _seen(connection, thread, now)
        return turn, True

    def finish(self, thread: str, message_id: str, events: Sequence[Event]) -> None:
        """Stores all events that follow from an open turn's message, and closes it."""
        now = datetime.now(UTC)
        its = _of(thread, message_id)
        with transaction(self._engine, writing=True) as connection:
            lock(connection, thread)
            key = connection.scalar(sa.select(TURNS.c.id).where(its & OPEN))
            if key is None:
                raise RecordError(f"no open turn has the message {message_id!r}")
            if events:
                connection.execute(EVENTS.insert(), _rows(key, events, first=1))
            connection.execute(TURNS.update().where(its).values(status="done", finished_at=now))
            _seen(connection, thread, now)

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

    def conversation(self, thread: str) -> ConversationSummary | None:
        """The summary of one conversation."""
        return next(
            iter(self._summaries(sa.select(CONVERSATIONS).where(CONVERSATIONS.c.id == thread))),
            None,
        )

    def conversations(self, *, limit: int = 50, offset: int = 0) -> list[ConversationSummary]:
        """Summaries, the one with the newest activity first."""
        newest = sa.select(CONVERSATIONS).order_by(
            CONVERSATIONS.c.last_at.desc(), CONVERSATIONS.c.id
        )
        return self._summaries(newest.limit(limit).offset(offset))

    def open_on(self, tree: str) -> list[ConversationSummary]:
        """Summaries of the conversations on a tree version that have no answer yet."""
        there = sa.select(CONVERSATIONS).where(CONVERSATIONS.c.tree == tree)
        return [summary for summary in self._summaries(there) if summary.outcome == "open"]

    def count(self) -> int:
        """How many conversations there are."""
        with transaction(self._engine) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(CONVERSATIONS)) or 0

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

    def _summaries(self, page: sa.Select[Any]) -> list[ConversationSummary]:
        chosen = page.subquery()
        # One query, so that a page is of one moment; the payloads are read here and not by SQL,
        # where one text with a NUL would fail PostgreSQL's whole list.
        query = (
            sa.select(chosen, TURNS.c.number, EVENTS.c.type, EVENTS.c.payload)
            .outerjoin(TURNS, TURNS.c.thread == chosen.c.id)
            .outerjoin(EVENTS, (EVENTS.c.turn_id == TURNS.c.id) & EVENTS.c.type.in_(_SUMMED_UP))
            .order_by(chosen.c.last_at.desc(), chosen.c.id, TURNS.c.number, EVENTS.c.seq)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
        return [_summary(list(group)) for _, group in groupby(rows, lambda row: row.id)]


def append(connection: sa.Connection, thread: str, aside: Aside) -> None:
    """Adds an aside behind the newest finished turn, in the transaction that has the `lock`.

    Raises RecordError before the conversation's first reply.
    """
    done = sa.select(sa.func.max(TURNS.c.number)).where(TURNS.c.thread == thread, ~OPEN)
    its = (TURNS.c.thread == thread) & (TURNS.c.number == done.scalar_subquery())
    last = sa.select(TURNS.c.id, sa.func.max(EVENTS.c.seq).label("seq")).join(EVENTS).where(its)
    turn = connection.execute(last.group_by(TURNS.c.id)).one_or_none()
    if turn is None:
        raise RecordError("nothing of this conversation has been answered yet")
    connection.execute(EVENTS.insert(), _rows(turn.id, [aside], first=turn.seq + 1))
    _seen(connection, thread, aside.at)


def _delete(connection: sa.Connection, thread: str) -> int:
    turns = sa.select(TURNS.c.id).where(TURNS.c.thread == thread)
    erased = connection.execute(EVENTS.delete().where(EVENTS.c.turn_id.in_(turns))).rowcount
    connection.execute(TURNS.delete().where(TURNS.c.thread == thread))
    connection.execute(CONVERSATIONS.delete().where(CONVERSATIONS.c.id == thread))
    return erased


def _of(thread: str, message_id: str) -> sa.ColumnElement[bool]:
    return (TURNS.c.thread == thread) & (TURNS.c.message_id == message_id)


def lock(connection: sa.Connection, thread: str) -> bool:
    """One writer per conversation; always taken first, so that two never wait for each other.

    False when there is no such conversation.
    """
    its = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == thread)
    return connection.scalar(its.with_for_update()) is not None


def _seen(connection: sa.Connection, thread: str, now: datetime) -> None:
    its = CONVERSATIONS.c.id == thread
    connection.execute(CONVERSATIONS.update().where(its).values(last_at=now))


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


def _summary(rows: Sequence[sa.Row[Any]]) -> ConversationSummary:
    replies = [row.payload for row in rows if row.type == "replied"]
    texts = (row.payload["text"] for row in rows if row.type == "message_received")
    kinds = {reply["kind"] for reply in replies}
    return ConversationSummary(
        thread=rows[0].id,
        created_at=rows[0].created_at,
        last_at=rows[0].last_at,
        turns=rows[-1].number or 0,
        first_words=next(texts, "")[:80],
        tree=rows[0].tree,
        navigator=rows[0].navigator,
        model=rows[0].model,
        urgency=max((r["urgency"] for r in replies), key=get_args(Level).index, default="none"),
        outcome="danger" if "danger" in kinds else "answered" if "answer" in kinds else "open",
        node=next((reply["node"] for reply in reversed(replies) if reply["node"]), None),
    )
