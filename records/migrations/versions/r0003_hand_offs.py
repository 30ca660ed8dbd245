"""What mothers have handed to a person: the experts' inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WAITING = sa.text("answered_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "hand_offs",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column(
            "thread",
            sa.Text,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("answered_at", _TIME),
        sa.Column("sent", sa.Text, nullable=False),
    )
    op.create_index(
        "hand_offs_waiting",
        "hand_offs",
        ["thread"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
