"""What conversations are listed and found by, made of the events of those that are there."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic import ValidationError

from records.digest import DIGESTED, Digest, her_words, topics_entered, words_column
from records.events import EVENT, Event

revision = "0004"
down_revision = "0003"

_FLAGS = (
    *("helped", "not_helped", "worse", "complained", "commented", "asked_person"),
    *("escalated", "failed", "fell_back"),
)
_COLUMNS: list[sa.Column[Any]] = [
    sa.Column("turns", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_words", sa.JSON, nullable=False, server_default='""'),
    sa.Column("urgency", sa.Text, nullable=False, server_default="none"),
    sa.Column("outcome", sa.Text, nullable=False, server_default="open"),
    sa.Column("node", sa.Text),
    *(sa.Column(flag, sa.Boolean, nullable=False, server_default=sa.false()) for flag in _FLAGS),
]
_CONVERSATIONS = sa.table(
    "conversations",
    sa.column("id", sa.Text),
    *(sa.column(column.name, column.type) for column in _COLUMNS),
)
_TURNS = sa.table("turns", sa.column("id"), sa.column("thread"), sa.column("number"))
_EVENTS = sa.table(
    "events",
    *(sa.column("turn_id"), sa.column("seq"), sa.column("type")),
    sa.column("payload", sa.JSON),
)


def upgrade() -> None:
    for column in _COLUMNS:
        op.add_column("conversations", column)
    topics = op.create_table(
        "conversation_topics",
        sa.Column("thread", sa.Text, _conversation(), primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
    )
    op.create_index("conversations_of_topic", "conversation_topics", ["topic", "thread"])
    words = op.create_table(
        "conversation_words",
        sa.Column("thread", sa.Text, _conversation(), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    threads = connection.scalars(sa.select(_CONVERSATIONS.c.id).order_by(_CONVERSATIONS.c.id)).all()
    for start in range(0, len(threads), _AT_ONCE):
        _fill(connection, threads[start : start + _AT_ONCE], topics, words)


_AT_ONCE = 500
"""Conversations whose events are read together."""


def _fill(
    connection: sa.Connection, threads: Sequence[str], topics: sa.Table, words: sa.Table
) -> None:
    digests: list[dict[str, Any]] = []
    entered: list[dict[str, str]] = []
    said: list[dict[str, str]] = []
    for thread, events in _events_of(connection, threads).items():
        digest = asdict(Digest().after(events))
        digests.append({"its": thread} | {f"new_{c.name}": digest[c.name] for c in _COLUMNS})
        entered += [{"thread": thread, "topic": topic} for topic in sorted(topics_entered(events))]
        if hers := her_words(events):
            said.append({"thread": thread, "words": words_column(hers)})
    new = {c.name: sa.bindparam(f"new_{c.name}", type_=c.type) for c in _COLUMNS}
    update = _CONVERSATIONS.update().where(_CONVERSATIONS.c.id == sa.bindparam("its")).values(new)
    for statement, rows in ((update, digests), (topics.insert(), entered), (words.insert(), said)):
        if rows:
            connection.execute(statement, rows)


def _conversation() -> sa.ForeignKey:
    return sa.ForeignKey("conversations.id", ondelete="CASCADE")


def _events_of(connection: sa.Connection, threads: Sequence[str]) -> dict[str, list[Event]]:
    """What digests are made of, by conversation; without what this program cannot read."""
    query = (
        sa.select(_TURNS.c.thread, _EVENTS.c.payload)
        .join_from(_TURNS, _EVENTS, _EVENTS.c.turn_id == _TURNS.c.id)
        .where(_TURNS.c.thread.in_(threads), _EVENTS.c.type.in_(DIGESTED))
        .order_by(_TURNS.c.thread, _TURNS.c.number, _EVENTS.c.seq)
    )
    events: dict[str, list[Event]] = {}
    for thread, payload in connection.execute(query):
        with suppress(ValidationError):
            events.setdefault(thread, []).append(EVENT.validate_python(payload))
    return events
