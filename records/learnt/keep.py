"""Keeps the rows of a conversation up, in the transaction that stores what happened in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

import sqlalchemy as sa

from records.database import CONVERSATIONS, EVENTS, TURNS
from records.events import EVENT, Event
from records.learnt.fold import Piece, after
from records.learnt.rows import Asked, Given, Learnt, Miss
from records.learnt.tables import ASKED, GIVEN, MISSED

Row = TypeVar("Row", Asked, Given, Miss)
KINDS: tuple[tuple[str, sa.Table], ...] = (("asked", ASKED), ("given", GIVEN), ("missed", MISSED))
"""The fields of Learnt and their tables."""


def keep_turn(connection: sa.Connection, turn: int, number: int, events: Sequence[Event]) -> None:
    """Folds in a turn that has just ended: its row in `turns`, its number, what its message led to.

    Its conversation's lock is held.
    """
    begun = connection.execute(_BEGUN, {"turn": turn}).one()
    message = EVENT.validate_python(begun.payload)
    happened = list(enumerate([message, *events]))
    piece = Piece(number, happened, begun.tree, begun.navigator, begun.model)
    _keep(connection, begun.thread, piece)


def keep_aside(connection: sa.Connection, thread: str, turn: int, seq: int, aside: Event) -> None:
    """Folds in what happened behind a turn."""
    run = connection.execute(_RUN_WITH, {"its": thread}).one()
    _keep(connection, thread, Piece(turn, [(seq, aside)], run.tree, run.navigator, run.model))


_SETTINGS = [CONVERSATIONS.c[name] for name in ("tree", "navigator", "model")]
_RUN_WITH = sa.select(*_SETTINGS).where(CONVERSATIONS.c.id == sa.bindparam("its"))
_BEGUN = (
    sa.select(TURNS.c.thread, EVENTS.c.payload, *_SETTINGS)
    .join_from(EVENTS, TURNS)
    .join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.thread)
    .where(EVENTS.c.turn_id == sa.bindparam("turn"), EVENTS.c.seq == 0)
)


def rows_of(connection: sa.Connection, thread: str) -> Learnt:
    """The rows that are kept of a conversation."""
    return Learnt(
        _read(connection, thread, _ASKED, Asked),
        _read(connection, thread, _GIVEN, Given),
        _read(connection, thread, _MISSED, Miss),
    )


def _rows_query(table: sa.Table, kind: type[Asked | Given | Miss]) -> sa.Select[Any]:
    columns = [table.c[one.name] for one in fields(kind)]
    return sa.select(*columns).where(table.c.thread == sa.bindparam("its")).order_by(table.c.n)


_ASKED, _GIVEN, _MISSED = (
    _rows_query(table, kind) for table, kind in ((ASKED, Asked), (GIVEN, Given), (MISSED, Miss))
)


def as_row(thread: str, number: int, row: Asked | Given | Miss) -> dict[str, Any]:
    """A row as its table has it."""
    return {"thread": thread, "n": number, **asdict(row)}


def _keep(connection: sa.Connection, thread: str, piece: Piece) -> None:
    before = rows_of(connection, thread)
    now = after(before, piece)
    for name, table in KINDS:
        _write(connection, table, thread, getattr(before, name), getattr(now, name))


def _write(
    connection: sa.Connection,
    table: sa.Table,
    thread: str,
    before: Sequence[Asked | Given | Miss],
    now: Sequence[Asked | Given | Miss],
) -> None:
    for number, (was, row) in enumerate(zip(before, now, strict=False)):
        if was != row:
            its = (table.c.thread == thread) & (table.c.n == number)
            connection.execute(table.update().where(its).values(_changes(was, row)))
    new = [as_row(thread, number, row) for number, row in enumerate(now) if number >= len(before)]
    if new:
        connection.execute(table.insert(), new)


def _changes(was: Asked | Given | Miss, row: Asked | Given | Miss) -> Mapping[str, Any]:
    old, new = asdict(was), asdict(row)
    return {name: value for name, value in new.items() if value != old[name]}


def _read(
    connection: sa.Connection, thread: str, query: sa.Select[Any], kind: type[Row]
) -> tuple[Row, ...]:
    found: Iterable[Any] = connection.execute(query, {"its": thread})
    return tuple(kind(**row._mapping) for row in found)
