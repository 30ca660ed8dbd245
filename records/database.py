"""The database of the record: its tables, its URL, and how to connect and write to it.

SQLite or PostgreSQL. Nothing here logs; no error text carries a mother's words or the database's
password.
"""

import json
import logging
import re
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from records.migrations import NEWEST, NewerDatabase, migrate


class RecordError(Exception):
    """The record cannot be read or written."""


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware UTC time: SQLite stores no zone, PostgreSQL answers in the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


FLAGS = (
    "helped",
    "not_helped",
    "worse",
    "complained",
    "commented",
    "asked_person",
    "escalated",
    "failed",
    "fell_back",
)
"""What may have happened in a conversation; records.digest.Digest says when each is true."""
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers only an INTEGER
METADATA = sa.MetaData()
CONVERSATIONS = sa.Table(
    "conversations",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("tree", sa.Text, nullable=False),
    sa.Column("navigator", sa.Text, nullable=False),
    sa.Column("model", sa.Text),
    # The rest is what records.digest makes of its events, so that it is listed and found.
    sa.Column("turns", sa.Integer, nullable=False, server_default="0"),
    # JSON: a text column of PostgreSQL would refuse a pasted NUL.
    sa.Column("first_words", sa.JSON, nullable=False, server_default='""'),
    sa.Column("urgency", sa.Text, nullable=False, server_default="none"),
    sa.Column("outcome", sa.Text, nullable=False, server_default="open"),
    sa.Column("node", sa.Text),
    sa.Column("asked", sa.Integer, nullable=False, server_default="0"),
    *(sa.Column(flag, sa.Boolean, nullable=False, server_default=sa.false()) for flag in FLAGS),
    sa.Column("least_sure", sa.Float),
    # The last_at up to which the experts have judged it (records.judgements); else None.
    sa.Column("reviewed_to", UtcTime),
    sa.Index("conversations_newest", "last_at", "id"),
)
CONVERSATION_TOPICS = sa.Table(
    "conversation_topics",
    METADATA,
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Index("conversations_of_topic", "topic", "thread"),
)
CONVERSATION_WORDS = sa.Table(
    "conversation_words",
    METADATA,
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), primary_key=True),
    # Not an index of the server's: SQLite's keeps erased words in its file (docs/adr/0013).
    sa.Column("words", sa.Text, nullable=False),
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
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.UniqueConstraint("thread", "message_id"),
    sa.UniqueConstraint("thread", "number"),
)
OPEN = TURNS.c.status == "open"
# One open turn per conversation: a promise that the database itself keeps.
sa.Index("turns_open", TURNS.c.thread, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("turn_id", sa.ForeignKey(TURNS.c.id), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),  # JSONB would refuse a pasted NUL
    sa.UniqueConstraint("turn_id", "seq"),
)
API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("rate", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
)
CONVERSATION_CLIENTS = sa.Table(
    "conversation_clients",
    METADATA,
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("client", sa.Text, nullable=False),
)
HAND_OFFS = sa.Table(
    "hand_offs",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("answered_at", UtcTime),
    sa.Column("sent", sa.Text, nullable=False),
)
WAITING = HAND_OFFS.c.answered_at.is_(None)
# One that waits per conversation; also how the inbox finds them.
sa.Index(
    "hand_offs_waiting",
    HAND_OFFS.c.thread,
    unique=True,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
DRAFTS = sa.Table(
    "drafts",
    METADATA,
    sa.Column(
        "hand_off",
        _KEY,
        sa.ForeignKey(HAND_OFFS.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Column("tree", sa.Text, nullable=False),
    sa.Column("node", sa.Text),
    sa.Column("probability", sa.Float),
    sa.Column("drafted", sa.Text, nullable=False),
    sa.Column("sent", sa.Text, nullable=False),
    sa.Index("drafts_thread", "thread"),
)
JUDGEMENTS = sa.Table(
    "judgements",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), nullable=False),
    # A step's place; both are null of a judgement of the whole conversation.
    sa.Column("turn", sa.Integer),
    sa.Column("seq", sa.Integer),
    sa.Column("expert", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("tree", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("move", sa.Text),
    sa.Column("question", sa.Text),
    sa.Column("wording", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("agreed", sa.Boolean, nullable=False),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Index("judgements_of", "thread", "turn", "seq"),
)

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_sign_in_at", UtcTime),
    sa.Column("disabled_at", UtcTime),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("seal", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),
    sa.Index("sessions_account", "account"),
)
REVEALS = sa.Table(
    "reveals",
    METADATA,
    sa.Column("session", sa.ForeignKey(SESSIONS.c.hash, ondelete="CASCADE"), primary_key=True),
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("until", UtcTime, nullable=False),
    sa.Index("reveals_thread", "thread"),
)
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    # An erased conversation's id goes, the fact that somebody read it stays (docs/adr/0015).
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="SET NULL")),
    sa.Column("path", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Column("about", sa.Text),
    sa.Index("audit_at", "at"),
    sa.Index("audit_thread", "thread"),
)
EXPORTS = sa.Table(
    "exports",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("masked", sa.Boolean, nullable=False),
)
EXPORTED = sa.Table(
    "exported_conversations",
    METADATA,
    sa.Column("export", _KEY, sa.ForeignKey(EXPORTS.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Without a conversation: it was erased, and what the file has of it is to be destroyed.
    sa.Column("thread", sa.ForeignKey(CONVERSATIONS.c.id, ondelete="SET NULL")),
    sa.Index("exported_thread", "thread"),
)

CALLED = EVENTS.c.type == "model_called"
_CALLS = sa.Index("events_calls", EVENTS.c.at, sqlite_where=CALLED, postgresql_where=CALLED)
# For what models have used today, which is asked before each call where there is a budget.

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 15000",  # first: the others may already have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # erased words are overwritten in the file
    "PRAGMA temp_store = MEMORY",  # what is sorted holds her words too
)
"""How each connection to a SQLite file begins."""


_IN_MEMORY = re.compile(r"sqlite:///file:/[0-9a-f]{32}\?vfs=memdb&uri=true")


def memory_url() -> str:
    """The URL of a new database that is never on disk and ends with its last connection.

    All connections of this process to the URL see the same database.
    """
    return f"sqlite:///file:/{uuid.uuid4().hex}?vfs=memdb&uri=true"


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
        if _IN_MEMORY.fullmatch(url):
            return parsed, shown
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
        _insist(connection, pragma)


def _insist(connection: sqlite3.Connection, pragma: str) -> None:
    """Turning a new file to WAL does not wait for its lock: another process may be at it."""
    until = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


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


def forget_log(engine: sa.Engine) -> None:
    """Empties SQLite's write-ahead log, which holds what was written before it was erased.

    What another process reads at this moment stays in it until a later call.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            # Not in a transaction, where it would be refused.
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def create_tables(connection: sa.Connection, step: str = NEWEST) -> None:
    """Creates the tables, or changes those of an older version; to a `step` of migrations.

    Raises RecordError when a newer version of the program was here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SETUP_LOCK)))
    try:
        migrate(connection, step)
    except NewerDatabase as error:
        raise RecordError(str(error)) from None


def open_database(url: str) -> sa.Engine:
    """An engine on a database whose tables are there. Raises RecordError."""
    engine, shown = open_engine(url)
    try:
        with transaction(engine, writing=True) as connection:
            create_tables(connection)
    except RecordError as error:
        engine.dispose()
        raise RecordError(f"the database {shown} cannot be opened: {error}") from None
    return engine


_LONGEST_WAIT = 10.0
"""Seconds to wait for another process that opens the same file."""
_SETUP_LOCK = 0x6E6F6472  # PostgreSQL: two processes may start at once
