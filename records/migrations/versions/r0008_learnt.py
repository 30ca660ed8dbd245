"""What the record teaches about questions and answers, made of the events that are there."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic import ValidationError

from records.digest import DIGESTED, Digest
from records.events import EVENT, Event
from records.learnt.fold import FOLDED, Piece, learnt
from records.learnt.keep import as_row

revision = "0008"
down_revision = "0007"

_TIME = sa.DateTime(timezone=True)
_CONVERSATIONS = sa.table(
    "conversations",
    *(sa.column(name) for name in ("id", "tree", "navigator", "model", "asked")),
)
_TURNS = sa.table("turns", *(sa.column(name) for name in ("id", "thread", "number", "status")))
_EVENTS = sa.table(
    "events",
    *(sa.column("turn_id"), sa.column("seq"), sa.column("type")),
    sa.column("payload", sa.JSON),
)
_AT_ONCE = 500
"""Conversations whose events are read together."""
_TOLD_EVERY = 20 * _AT_ONCE
_logger = logging.getLogger(__name__)


def upgrade() -> None:
    op.add_column(
        "conversations", sa.Column("asked", sa.Integer, nullable=False, server_default="0")
    )
    tables = {"asked": _asked(), "given": _given(), "missed": _missed()}
    put = sa.text("shown > 0")
    op.create_index(
        "asked_questions_node",
        "asked_questions",
        ["node", "seconds"],
        sqlite_where=put,
        postgresql_where=put,
    )
    changed = sa.text("instead_of IS NOT NULL")
    op.create_index(
        "asked_questions_changed",
        "asked_questions",
        ["node"],
        sqlite_where=changed,
        postgresql_where=changed,
    )
    connection = op.get_bind()
    its = _CONVERSATIONS.c
    settings = sa.select(its.id, its.tree, its.navigator, its.model).order_by(its.id)
    threads = connection.execute(settings).all()
    for start in range(0, len(threads), _AT_ONCE):
        _fill(connection, threads[start : start + _AT_ONCE], tables)
        done = min(start + _AT_ONCE, len(threads))
        if done % _TOLD_EVERY == 0:
            _logger.warning("what is learnt: %d of %d conversations read", done, len(threads))


def _fill(connection: sa.Connection, threads: Sequence[Any], tables: dict[str, sa.Table]) -> None:
    events = _events_of(connection, [row.id for row in threads])
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    asked: list[dict[str, Any]] = []
    for row in threads:
        turns = events.get(row.id, {})
        digest = Digest().after(e for turn in turns.values() for _, e in turn)
        asked.append({"its": row.id, "count": digest.asked})
        pieces = (Piece(n, turn, row.tree, row.navigator, row.model) for n, turn in turns.items())
        found = learnt(pieces)
        for name, into in rows.items():
            into += [as_row(row.id, n, one) for n, one in enumerate(getattr(found, name))]
    update = _CONVERSATIONS.update().where(_CONVERSATIONS.c.id == sa.bindparam("its"))
    connection.execute(update.values(asked=sa.bindparam("count")), asked)
    for name, table in tables.items():
        if rows[name]:
            connection.execute(table.insert(), rows[name])


def _events_of(
    connection: sa.Connection, threads: Sequence[str]
) -> dict[str, dict[int, list[tuple[int, Event]]]]:
    """What rows are made of, by conversation and turn; without what this program cannot read.

    Of a turn that is not finished there is only the message, which asks and answers nothing.
    """
    query = (
        sa.select(_TURNS.c.thread, _TURNS.c.number, _EVENTS.c.seq, _EVENTS.c.payload)
        .join_from(_TURNS, _EVENTS, _EVENTS.c.turn_id == _TURNS.c.id)
        .where(_TURNS.c.thread.in_(threads), _TURNS.c.status == "done")
        .where(_EVENTS.c.type.in_({*FOLDED, *DIGESTED}))
        .order_by(_TURNS.c.thread, _TURNS.c.number, _EVENTS.c.seq)
    )
    events: dict[str, dict[int, list[tuple[int, Event]]]] = {}
    for thread, number, seq, payload in connection.execute(query):
        with suppress(ValidationError):
            event = EVENT.validate_python(payload)
            events.setdefault(thread, {}).setdefault(number, []).append((seq, event))
    return events


def _place_and_setting() -> list[sa.Column[Any]]:
    its = sa.ForeignKey("conversations.id", ondelete="CASCADE")
    return [
        sa.Column("thread", sa.Text, its, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("navigator", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("topic", sa.Text),
    ]


def _flags(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def _asked() -> sa.Table:
    return op.create_table(
        "asked_questions",
        *_place_and_setting(),
        sa.Column("stretch", sa.Integer, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("how", sa.Text),
        sa.Column("option", sa.Text),
        sa.Column("instead_of", sa.Text),
        sa.Column("left", sa.Text),
        *_flags("asks_back", "unsure", "unknown", "undone", "rejected"),
        sa.Column("answer", sa.Text),
        sa.Column("seconds", sa.Integer),
        sa.Column("bits", sa.Float),
    )


def _given() -> sa.Table:
    return op.create_table(
        "given_answers",
        *_place_and_setting(),
        sa.Column("stretch", sa.Integer, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("helped", sa.Boolean),
        *_flags("worse", "complained", "left"),
        sa.Column("followed", sa.Text),
    )


def _missed() -> sa.Table:
    return op.create_table(
        "missed_messages",
        *_place_and_setting(),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("node", sa.Text),
        sa.Column("meant", sa.Text),
    )
