"""Conversations, their turns, and the events of each."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)
_OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("navigator", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
    )
    op.create_index("conversations_newest", "conversations", ["last_at", "id"])
    op.create_table(
        "turns",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("thread", sa.Text, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.UniqueConstraint("thread", "message_id"),
        sa.UniqueConstraint("thread", "number"),
    )
    op.create_index(
        "turns_open",
        "turns",
        ["thread"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "events",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("turn_id", _KEY, sa.ForeignKey("turns.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.UniqueConstraint("turn_id", "seq"),
    )
