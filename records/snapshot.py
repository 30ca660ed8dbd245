"""A copy of the record and its checkpoints, all of one moment; and the way back.

SQLite gives one file, PostgreSQL one file a table. A copy goes back into an empty database of the
same kind: nothing is overwritten. It holds what mothers wrote, like the database itself.
"""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from records.checkpoints import Checkpoints
from records.database import (
    CONVERSATIONS,
    METADATA,
    OPEN,
    TURNS,
    RecordError,
    cause,
    create_tables,
    open_engine,
    transaction,
)
from records.migrations import FIRST, revision

T = TypeVar("T")
Kind = Literal["sqlite", "postgresql"]
_SQLITE_FILE = "records.db"
_CHECKPOINTS = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
"""LangGraph's tables on PostgreSQL; a version of its own says how they look."""
_NUMBER_ON = """
    SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0
"""


@dataclass(frozen=True)
class Snapshot:
    """What a copy holds."""

    kind: Kind
    step: str
    """The step of `records.migrations` that its tables are at."""
    columns: dict[str, list[str]]
    """PostgreSQL: the columns of each table's file, in order, a table before those that need it."""
    trees: list[str]
    """The tree versions that its conversations are on."""
    conversations: int


def take(url: str, folder: Path) -> Snapshot:
    """Copy the database into `folder`, while others go on writing to it.

    Raises RecordError when it cannot be read, or the copy not be written.
    """

    def copy(engine: sa.Engine, shown: str) -> Snapshot:
        of_kind = _take_sqlite if engine.dialect.name == "sqlite" else _take_postgres
        return of_kind(engine, shown, folder)

    return _with_engine(url, copy)


def require_empty(url: str, snapshot: Snapshot) -> None:
    """Make the tables where there are none, and see that a copy can go into them.

    Raises RecordError when the database is of another kind or holds a conversation.
    """

    def check(engine: sa.Engine, shown: str) -> None:
        if engine.dialect.name != snapshot.kind:
            raise RecordError(
                f"the copy is of a {snapshot.kind} database and {shown} is of another kind: it"
                " goes back into the kind it was taken from"
            )
        Checkpoints.open(url).close()  # makes LangGraph's tables
        with transaction(engine, writing=True) as connection:
            create_tables(connection)
            _require_empty(connection, shown)

    _with_engine(url, check)


def put_back(url: str, folder: Path, snapshot: Snapshot) -> None:
    """Fill an empty database from a copy, then bring its tables up to date.

    Raises RecordError, with nothing changed, where `require_empty` does.
    """
    require_empty(url, snapshot)

    def fill(engine: sa.Engine, _shown: str) -> None:
        if snapshot.kind == "sqlite":
            _fill_sqlite(engine, folder)
        else:
            _fill_postgres(engine, folder, snapshot)
        with transaction(engine, writing=True) as connection:
            create_tables(connection)
            # Whoever worked on an open turn does so elsewhere, if at all: it is done again here.
            nobody = f"{socket.gethostname()}:{os.getpid()}:restored"
            connection.execute(TURNS.update().where(OPEN).values(owner=nobody))

    _with_engine(url, fill)


def _with_engine(url: str, work: Callable[[sa.Engine, str], T]) -> T:
    """What `work` gives, from an engine and how the database may be called in errors."""
    engine, shown = open_engine(url)
    try:
        return work(engine, shown)
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError) as error:
        raise RecordError(f"{shown}: {cause(error)}") from None
    finally:
        engine.dispose()


def _require_empty(connection: sa.Connection, shown: str) -> None:
    there = sa.inspect(connection).get_table_names()
    for name in [*(table.name for table in METADATA.sorted_tables), *_CHECKPOINTS]:
        if name in there and (count := _count(connection, name)):
            raise RecordError(
                f"the database {shown} is not empty (table {name!r} has {count} rows): nothing"
                " was changed; name an empty one with NODRIZA_RECORDS_URL"
            )


def _count(connection: sa.Connection, table: str) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0


def _snapshot(
    connection: sa.Connection, shown: str, kind: Kind, columns: dict[str, list[str]]
) -> Snapshot:
    if not sa.inspect(connection).has_table(CONVERSATIONS.name):
        raise RecordError(f"the database {shown} holds no record: nothing to copy")
    return Snapshot(
        kind=kind,
        step=revision(connection) or FIRST,
        columns=columns,
        trees=sorted(connection.scalars(sa.select(CONVERSATIONS.c.tree).distinct())),
        conversations=_count(connection, CONVERSATIONS.name),
    )


# SQLite


def _take_sqlite(engine: sa.Engine, shown: str, folder: Path) -> Snapshot:
    if not Path(engine.url.database or "").exists():
        raise RecordError(f"the database {shown} is not there: nothing to copy")
    path = folder / _SQLITE_FILE
    with closing(sqlite3.connect(engine.url.database or "")) as source:
        source.execute("PRAGMA busy_timeout = 15000")
        source.execute("VACUUM INTO ?", (str(path),))
    copy = sa.create_engine(f"sqlite:///{path}")
    try:
        with copy.connect() as connection:
            return _snapshot(connection, shown, "sqlite", {})
    finally:
        copy.dispose()


def _fill_sqlite(engine: sa.Engine, folder: Path) -> None:
    with (
        closing(sqlite3.connect(folder / _SQLITE_FILE)) as source,
        closing(sqlite3.connect(engine.url.database or "")) as target,
    ):
        source.backup(target)


# PostgreSQL


def _take_postgres(engine: sa.Engine, shown: str, folder: Path) -> Snapshot:
    one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**one_moment) as connection:
        there = sa.inspect(connection)
        own = [table.name for table in METADATA.sorted_tables]
        columns = {
            name: [column["name"] for column in there.get_columns(name)]
            for name in (*own, *_CHECKPOINTS)
            if there.has_table(name)
        }
        for name in columns:
            with (
                (folder / f"{name}.copy").open("wb") as file,
                _cursor(connection).copy(f"COPY {_listed(name, columns)} TO STDOUT") as copy,
            ):
                for block in copy:
                    file.write(block)
        return _snapshot(connection, shown, "postgresql", columns)


def _fill_postgres(engine: sa.Engine, folder: Path, snapshot: Snapshot) -> None:
    with transaction(engine, writing=True) as connection:
        # The tables as they were when the copy was taken; these are empty.
        METADATA.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        create_tables(connection, snapshot.step)
        for name in snapshot.columns:
            listed = _listed(name, snapshot.columns)
            with (
                (folder / f"{name}.copy").open("rb") as file,
                _cursor(connection).copy(f"COPY {listed} FROM STDIN") as copy,
            ):
                while block := file.read(1 << 20):
                    copy.write(block)
        for table in METADATA.sorted_tables:
            if table.name in snapshot.columns and table.autoincrement_column is not None:
                # Copied ids do not move the counter that gives the next ones.
                connection.execute(sa.text(_NUMBER_ON.format(table=table.name)))


def _cursor(connection: sa.Connection) -> Any:
    return cast("Any", connection.connection.driver_connection).cursor()


def _listed(table: str, columns: dict[str, list[str]]) -> str:
    names = ", ".join(f'"{name}"' for name in columns[table])
    return f'"{table}" ({names})'
