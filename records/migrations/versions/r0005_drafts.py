"""What the program drafted for a hand-off, and what the expert sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column(
            "hand_off",
            _KEY,
            sa.ForeignKey("hand_offs.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "thread",
            sa.Text,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("node", sa.Text),
        sa.Column("probability", sa.Float),
        sa.Column("drafted", sa.Text, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
    )
    op.create_index("drafts_thread", "drafts", ["thread"])
