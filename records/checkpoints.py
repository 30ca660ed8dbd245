"""LangGraph's checkpoints, in the database of the record and kept in step with it.

The record decides what happened. A turn that was cut leaves half of its moves in the checkpoints;
`roll_back` returns to the state in which the last recorded turn ended.

Expected of the graph: the last node of every turn, and no other, writes the turn's message id into
the state's `last_turn`, also when the turn failed; and there is neither a DeltaChannel nor a
subgraph with a memory of its own, which would need the older checkpoints that are deleted here.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from records.database import (
    SQLITE_PRAGMAS,
    RecordError,
    cause,
    forget_log,
    open_engine,
    transaction,
)

if TYPE_CHECKING:
    # LangGraph reads LANGGRAPH_STRICT_MSGPACK when it is imported, so open() imports it.
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

_thread: sa.ColumnClause[str] = sa.column("thread_id", sa.Text)
_checkpoint: sa.ColumnClause[str] = sa.column("checkpoint_id", sa.Text)
_TABLES = {
    "sqlite": (sa.table("checkpoints"), sa.table("writes")),
    "postgresql": (sa.table("checkpoints"), sa.table("checkpoint_writes")),
}
# PostgreSQL keeps a channel's value once for all the checkpoints that share it.
_UNUSED_BLOBS = sa.text("""
    DELETE FROM checkpoint_blobs AS b WHERE b.thread_id = :thread AND NOT EXISTS (
        SELECT 1 FROM checkpoints AS c
        WHERE c.thread_id = b.thread_id AND c.checkpoint_ns = b.checkpoint_ns
        AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version)
""")


class Checkpoints:
    """The checkpoints of all conversations.

    Call its methods between the turns of a conversation, never during one.
    """

    saver: "BaseCheckpointSaver[str]"
    """To compile the graph with."""

    def __init__(
        self, saver: "BaseCheckpointSaver[str]", close: Callable[[], None], engine: sa.Engine
    ) -> None:
        self.saver = saver
        self._close = close
        self._engine = engine
        self._tables = _TABLES[engine.dialect.name]

    @classmethod
    def open(cls, url: str) -> "Checkpoints":
        """Opens the database and creates LangGraph's tables."""
        strict = os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true").lower()
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

        # Whoever imported LangGraph before has fixed its default; so the serializer is told too.
        safe_only = strict in ("1", "true", "yes")
        serializer = JsonPlusSerializer(allowed_msgpack_modules=None if safe_only else True)
        engine, shown = open_engine(url)
        driver = _sqlite if engine.dialect.name == "sqlite" else _postgres
        try:
            saver, close = driver(engine, serializer)
        except ImportError:
            detail = "LangGraph's saver is missing, install nodriza[postgres]"
        except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
            detail = cause(error)
        else:
            return cls(saver, close, engine)
        engine.dispose()
        raise RecordError(f"the checkpoints in {shown} cannot be opened: {detail}")

    def roll_back(self, thread: str, last_turn: str | None) -> bool:
        """Returns to the state in which the turn `last_turn` ended; None: to before the first.

        False when nothing had to change. RecordError when that state is not there any more.
        """
        if last_turn is None:
            return self._delete(thread, sa.true(), sa.true())
        ended = next((id_ for turn, id_ in self._ends(thread) if turn == last_turn), None)
        if ended is None:
            raise RecordError(f"no checkpoint is left of the turn {last_turn!r}")
        # What was written on the last one is of a turn that came after it.
        return self._delete(thread, _checkpoint > ended, _checkpoint >= ended)

    def prune(self, thread: str, keep: int = 3) -> None:
        """Keeps the states in which the newest `keep` turns ended, and what is newer."""
        if keep < 1:
            raise ValueError(f"keep must be at least 1, not {keep}")
        kept = [id_ for _, id_ in self._ends(thread)[:keep]]
        if kept:
            old = (_checkpoint < kept[0]) & _checkpoint.not_in(kept)
            self._delete(thread, old, old)

    def erase(self, thread: str) -> None:
        """Deletes all checkpoints of a conversation."""
        self._delete(thread, sa.true(), sa.true())
        forget_log(self._engine)

    def threads(self) -> set[str]:
        """The conversations that have checkpoints."""
        with transaction(self._engine) as connection:
            return set(connection.scalars(sa.select(_thread).select_from(self._tables[0])))

    def close(self) -> None:
        """Closes all connections."""
        self._close()
        self._engine.dispose()

    def _ends(self, thread: str) -> list[tuple[str, str]]:
        """Each turn and the checkpoint it ended with, the newest first.

        The checkpoints of the next turn still carry `last_turn` until its last node has run. So
        a turn ended with the oldest checkpoint that has it.
        """
        config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
        try:
            found = [
                (state.checkpoint["channel_values"].get("last_turn"), state.checkpoint["id"])
                for state in self.saver.list(config)
            ]
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise RecordError(cause(error)) from None
        runs = groupby(found, key=lambda pair: pair[0])
        return [(turn, list(run)[-1][1]) for turn, run in runs if turn is not None]

    def _delete(
        self, thread: str, checkpoints: sa.ColumnElement[bool], writes: sa.ColumnElement[bool]
    ) -> bool:
        with transaction(self._engine, writing=True) as connection:
            deleted = 0
            for table, which in zip(self._tables, (checkpoints, writes), strict=True):
                rows = sa.delete(table).where(_thread == thread, which)
                deleted += connection.execute(rows).rowcount
            if self._engine.dialect.name == "postgresql":
                deleted += connection.execute(_UNUSED_BLOBS, {"thread": thread}).rowcount
        return deleted > 0


# Not the record's lock: who waits for that is in a transaction, for which an index would wait.
_SETUP_LOCK = 0x6E6F6473
_Opened = tuple["BaseCheckpointSaver[str]", Callable[[], None]]


def _sqlite(engine: sa.Engine, serializer: "JsonPlusSerializer") -> _Opened:
    from langgraph.checkpoint.sqlite import SqliteSaver

    # The saver takes a lock of its own around each use of its one connection.
    (name,), options = engine.dialect.create_connect_args(engine.url)
    connection = sqlite3.connect(name, uri=bool(options.get("uri")), check_same_thread=False)
    try:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        saver = SqliteSaver(connection, serde=serializer)
        saver.setup()
    except sqlite3.Error:
        connection.close()
        raise
    return saver, connection.close


def _postgres(engine: sa.Engine, serializer: "JsonPlusSerializer") -> _Opened:
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg import Connection
    from psycopg.rows import DictRow, dict_row
    from psycopg_pool import ConnectionPool

    # A pool of one: the saver uses one connection at a time, and the pool replaces a broken one.
    pool = ConnectionPool(
        connection_class=Connection[DictRow],
        kwargs={
            **engine.dialect.create_connect_args(engine.url)[1],
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
        },
        min_size=1,
        max_size=1,
        check=ConnectionPool.check_connection,
        open=False,
    )
    saver = PostgresSaver(pool, serde=serializer)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Polled: who waits for the lock inside a statement would block CREATE INDEX CONCURRENTLY.
        lock = sa.select(sa.func.pg_try_advisory_lock(_SETUP_LOCK))
        while not connection.scalar(lock):
            time.sleep(0.05)
        try:
            pool.open(wait=True, timeout=10)
            saver.setup()
        except BaseException:
            pool.close()
            raise
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_SETUP_LOCK)))
    return saver, pool.close
