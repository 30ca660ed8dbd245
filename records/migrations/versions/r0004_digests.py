"""What conversations are listed and found by, made of the events of those that are there."""

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
    for thread in connection.scalars(sa.select(_CONVERSATIONS.c.id)).all():
        events = _events_of(connection, thread)
        digest = asdict(Digest().after(events))
        values = {column.name: digest[column.name] for column in _COLUMNS}
        its = _CONVERSATIONS.c.id == thread
        connection.execute(_CONVERSATIONS.update().where(its).values(values))
        for topic in sorted(topics_entered(events)):
            connection.execute(topics.insert().values(thread=thread, topic=topic))
        if said := her_words(events):
            connection.execute(words.insert().values(thread=thread, words=words_column(said)))


def _conversation() -> sa.ForeignKey:
    return sa.ForeignKey("conversations.id", ondelete="CASCADE")


def _events_of(connection: sa.Connection, thread: str) -> list[Event]:
    """What its digest is made of, without what this program cannot read."""
    query = (
        sa.select(_EVENTS.c.payload)
        .join_from(_TURNS, _EVENTS, _EVENTS.c.turn_id == _TURNS.c.id)
        .where(_TURNS.c.thread == thread, _EVENTS.c.type.in_(DIGESTED))
        .order_by(_TURNS.c.number, _EVENTS.c.seq)
    )
    events: list[Event] = []
    for payload in connection.scalars(query):
        try:
            events.append(EVENT.validate_python(payload))
        except ValidationError:
            continue
    return events
