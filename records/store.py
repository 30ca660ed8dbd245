"""The record: what happened in each conversation, in one SQL database.

A turn begins with her message, stored at once, and is finished with all its events in one
transaction: a reader sees the whole turn or only its message. Nothing here logs; no error text
carries her words, a conversation's id (a key to it) or the database's password.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from records.events import EVENT, Event, FactCorrected, Level, MessageReceived


class RecordError(Exception):
    """The record cannot be read or written."""


class TurnOpen(RecordError):
    """Another message of this conversation is still open: `turn`."""

    def __init__(self, turn: "TurnRecord") -> None:
        super().__init__("another message of this conversation is still open")
        self.turn = turn


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


class _UtcTime(sa.TypeDecorator[datetime]):
    """An aware UTC time: SQLite stores no zone, PostgreSQL answers in the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers only an INTEGER
METADATA = sa.MetaData()
CONVERSATIONS = sa.Table(
    "conversations",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", _UtcTime, nullable=False),
    sa.Column("last_at", _UtcTime, nullable=False),
    sa.Column("tree", sa.Text, nullable=False),
    sa.Column("navigator", sa.Text, nullable=False),
    sa.Column("model", sa.Text),
    sa.Index("conversations_newest", "last_at", "id"),
)
TURNS = sa.Table(
    "turns",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("started_at", _UtcTime, nullable=False),
    sa.Column("finished_at", _UtcTime),
    sa.UniqueConstraint("thread", "message_id"),
    sa.UniqueConstraint("thread", "number"),
)
_OPEN = TURNS.c.status == "open"
# One open turn per conversation: a promise that the database itself keeps.
sa.Index("turns_open", TURNS.c.thread, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("turn_id", sa.ForeignKey(TURNS.c.id), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", _UtcTime, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),  # JSONB would refuse a pasted NUL
    sa.UniqueConstraint("turn_id", "seq"),
)

_TURN = [TURNS.c[n] for n in ("thread", "number", "message_id", "status", "owner", "started_at")]
_SUMMED_UP = ("message_received", "replied")

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 15000",  # first: the others may already have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # erased words are overwritten in the file
)
"""How each connection to a SQLite file begins."""
_SETUP_LOCK = 0x6E6F6472  # PostgreSQL: two processes may start at once


def database_url(url: str) -> tuple[sa.URL, str]:
    """The parsed URL, and how to show it: without user, password and parameters.

    Makes the folder of a SQLite file. RecordError for what is neither that nor PostgreSQL.
    """
    scheme, _, rest = url.partition("://")
    # Only what looks like host:port/database is shown; anything else could be a password.
    place = re.search(r"(?:^|@)([\w.-]*(?::\d+)?(?:/[\w-]*)?)(?:\?[^@]*)?$", rest)
    shown = f"{scheme}://{place[1] if place and 'password' not in rest else '…'}"
    shown = url if scheme.startswith("sqlite") else shown if rest else "…"
    try:
        parsed = sa.make_url(url)
        name = parsed.database or ""
        if parsed.drivername in ("postgresql", "postgresql+psycopg"):
            patient = {"connect_timeout": "10", **parsed.query}
            return parsed.set(drivername="postgresql+psycopg", query=patient), shown
        # In memory every connection would see a database of its own.
        if parsed.drivername == "sqlite" and name and not name.startswith((":memory:", "file:")):
            Path(name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return parsed, shown
    except (SQLAlchemyError, ValueError, OSError) as error:
        detail = error.strerror if isinstance(error, OSError) else "not a URL"
        raise RecordError(f"the database {shown} cannot be used: {detail}") from None
    raise RecordError(f"a database is sqlite:///FILE or postgresql+psycopg://…, not {shown}")


def cause(error: BaseException) -> str:
    """What a database driver says, without the row that PostgreSQL quotes in its details."""
    original = getattr(error, "orig", None) or error
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    return f"{type(original).__name__}: {primary or original}"


def open_engine(url: str) -> tuple[sa.Engine, str]:
    """An engine that has not connected yet, and its URL as it may be shown."""
    parsed, shown = database_url(url)
    # hide_parameters does not hide the rows, which a logger at DEBUG would write down.
    logging.getLogger("sqlalchemy.engine.Engine.records").setLevel(logging.WARNING)
    try:
        engine = sa.create_engine(
            parsed,
            hide_parameters=True,  # else exceptions quote her words
            logging_name="records",
            pool_pre_ping=True,
            # NaN is not JSON: SQLite would take it, PostgreSQL not. Refused on both.
            json_serializer=partial(json.dumps, allow_nan=False),
        )
    except ImportError:
        raise RecordError(f"{shown} needs PostgreSQL's driver: nodriza[postgres]") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine, shown


def _prepare_sqlite(connection: sqlite3.Connection, _pool: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin_sqlite does
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that first reads could find at its first write that another was faster.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction(engine: sa.Engine, *, writing: bool = False) -> Iterator[sa.Connection]:
    """All or nothing. What the database or the encoding of a value refuses is a RecordError."""
    try:
        with engine.execution_options(writing=writing).begin() as connection:
            yield connection
    except (SQLAlchemyError, ValueError) as error:
        raise RecordError(cause(error)) from None


class Records:
    """The conversations of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    @classmethod
    def open(cls, url: str) -> "Records":
        """Opens the database and creates its tables."""
        engine, shown = open_engine(url)
        try:
            with transaction(engine, writing=True) as connection:
                if engine.dialect.name == "postgresql":
                    lock = sa.func.pg_advisory_xact_lock(_SETUP_LOCK)
                    connection.execute(sa.select(lock))
                METADATA.create_all(connection)
        except RecordError as error:
            engine.dispose()
            raise RecordError(f"the database {shown} cannot be opened: {error}") from None
        return cls(engine)

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
    ) -> tuple[TurnRecord, bool]:
        """Stores a message; True when this call did, False when it was there, open or done.

        The settings are kept for a conversation's first message. TurnOpen when another is open.
        """
        now = datetime.now(UTC)
        of_thread = TURNS.c.thread == thread
        with transaction(self._engine, writing=True) as connection:
            connection.execute(
                self._insert(CONVERSATIONS)
                .values(id=thread, tree=tree, navigator=navigator, model=model)
                .values(created_at=now, last_at=now)
                .on_conflict_do_nothing()
            )
            _lock(connection, thread)
            if known := _turn(connection, _of(thread, message_id)):
                return known, False
            if other := _turn(connection, of_thread & _OPEN):
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
            _lock(connection, thread)
            key = connection.scalar(sa.select(TURNS.c.id).where(its & _OPEN))
            if key is None:
                raise RecordError(f"no open turn has the message {message_id!r}")
            if events:
                connection.execute(EVENTS.insert(), _rows(key, events, first=1))
            connection.execute(TURNS.update().where(its).values(status="done", finished_at=now))
            _seen(connection, thread, now)

    def take_over(
        self, thread: str, message_id: str, owner: str, *, previous: str | None = None
    ) -> bool:
        """Makes `owner` the one who works on an open turn; False when nothing changed.

        Give the `previous` owner that was seen: of two who take over a dead owner's turn at once,
        only one then wins. Without it, whoever comes last does.
        """
        its = _of(thread, message_id) & _OPEN
        seen = TURNS.c.owner != owner if previous is None else TURNS.c.owner == previous
        with transaction(self._engine, writing=True) as connection:
            return bool(
                connection.execute(TURNS.update().where(its & seen).values(owner=owner)).rowcount
            )

    def open_turn(self, thread: str) -> TurnRecord | None:
        """The turn that is not finished."""
        with transaction(self._engine) as connection:
            return _turn(connection, (TURNS.c.thread == thread) & _OPEN)

    def turn(self, thread: str, message_id: str) -> TurnRecord | None:
        """The turn of a message."""
        with transaction(self._engine) as connection:
            return _turn(connection, _of(thread, message_id))

    def last_done(self, thread: str) -> str | None:
        """The message id of the newest finished turn."""
        query = sa.select(TURNS.c.message_id).where(TURNS.c.thread == thread, ~_OPEN)
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

    def count(self) -> int:
        """How many conversations there are."""
        with transaction(self._engine) as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(CONVERSATIONS)) or 0

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

    def erase(self, thread: str) -> int:
        """Deletes everything of a conversation; returns how many events it had."""
        turns = sa.select(TURNS.c.id).where(TURNS.c.thread == thread)
        with transaction(self._engine, writing=True) as connection:
            _lock(connection, thread)
            erased = connection.execute(EVENTS.delete().where(EVENTS.c.turn_id.in_(turns))).rowcount
            connection.execute(TURNS.delete().where(TURNS.c.thread == thread))
            connection.execute(CONVERSATIONS.delete().where(CONVERSATIONS.c.id == thread))
        return erased

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

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


def _of(thread: str, message_id: str) -> sa.ColumnElement[bool]:
    return (TURNS.c.thread == thread) & (TURNS.c.message_id == message_id)


def _lock(connection: sa.Connection, thread: str) -> None:
    """One writer per conversation; always taken first, so that two never wait for each other."""
    its = CONVERSATIONS.c.id == thread
    connection.execute(sa.select(CONVERSATIONS.c.id).where(its).with_for_update())


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
    )
