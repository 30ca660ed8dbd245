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
    its = sa.select(TURNS.c.thread, EVENTS.c.payload).join_from(EVENTS, TURNS)
    begun = connection.execute(its.where(EVENTS.c.turn_id == turn, EVENTS.c.seq == 0)).one()
    message = EVENT.validate_python(begun.payload)
    _keep(connection, begun.thread, number, list(enumerate([message, *events])))


def keep_aside(connection: sa.Connection, thread: str, turn: int, seq: int, aside: Event) -> None:
    """Folds in what happened behind a turn."""
    _keep(connection, thread, turn, [(seq, aside)])


def rows_of(connection: sa.Connection, thread: str) -> Learnt:
    """The rows that are kept of a conversation."""
    return Learnt(
        _read(connection, thread, ASKED, Asked),
        _read(connection, thread, GIVEN, Given),
        _read(connection, thread, MISSED, Miss),
    )


def as_row(thread: str, number: int, row: Asked | Given | Miss) -> dict[str, Any]:
    """A row as its table has it."""
    return {"thread": thread, "n": number, **asdict(row)}


def _keep(
    connection: sa.Connection, thread: str, turn: int, events: Sequence[tuple[int, Event]]
) -> None:
    settings = CONVERSATIONS.c
    with_what = sa.select(settings.tree, settings.navigator, settings.model)
    row = connection.execute(with_what.where(settings.id == thread)).one()
    before = rows_of(connection, thread)
    now = after(before, Piece(turn, events, row.tree, row.navigator, row.model))
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
    connection: sa.Connection, thread: str, table: sa.Table, kind: type[Row]
) -> tuple[Row, ...]:
    columns = [table.c[one.name] for one in fields(kind)]
    found: Iterable[Any] = connection.execute(
        sa.select(*columns).where(table.c.thread == thread).order_by(table.c.n)
    )
    return tuple(kind(**row._mapping) for row in found)
