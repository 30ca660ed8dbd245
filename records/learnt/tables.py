"""The tables of the rows; they go with the conversation."""

import sqlalchemy as sa

from records.database import CONVERSATIONS, METADATA, UtcTime


def _place() -> list[sa.Column[object]]:
    """Which row of which conversation."""
    its = sa.ForeignKey(CONVERSATIONS.c.id, ondelete="CASCADE")
    return [
        sa.Column("thread", its, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    ]


def _setting() -> list[sa.Column[object]]:
    return [
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("navigator", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("topic", sa.Text),
    ]


ASKED = sa.Table(
    "asked_questions",
    METADATA,
    *_place(),
    *_setting(),
    sa.Column("stretch", sa.Integer, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("how", sa.Text),
    sa.Column("option", sa.Text),
    sa.Column("instead_of", sa.Text),
    sa.Column("left", sa.Text),
    *(
        sa.Column(name, sa.Boolean, nullable=False)
        for name in ("asks_back", "unsure", "unknown", "undone", "rejected")
    ),
    sa.Column("answer", sa.Text),
    sa.Column("seconds", sa.Integer),
    sa.Column("bits", sa.Float),
)
PUT = ASKED.c.shown > sa.literal_column("0")
# Median times are read off it, and the conversations behind a figure. Not of all rows: SQLite would
# follow it when all are counted, which takes half as long again as the whole table.
sa.Index(
    "asked_questions_node", ASKED.c.node, ASKED.c.seconds, sqlite_where=PUT, postgresql_where=PUT
)
CHANGED = ASKED.c.instead_of.is_not(None)
# Few: without it all rows are gone through for those that she answered anew.
sa.Index("asked_questions_changed", ASKED.c.node, sqlite_where=CHANGED, postgresql_where=CHANGED)
GIVEN = sa.Table(
    "given_answers",
    METADATA,
    *_place(),
    *_setting(),
    sa.Column("stretch", sa.Integer, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("helped", sa.Boolean),
    *(sa.Column(name, sa.Boolean, nullable=False) for name in ("worse", "complained", "left")),
    sa.Column("followed", sa.Text),
)
MISSED = sa.Table(
    "missed_messages",
    METADATA,
    *_place(),
    *_setting(),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("node", sa.Text),
    sa.Column("meant", sa.Text),
)
