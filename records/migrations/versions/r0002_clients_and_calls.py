"""Keys of the HTTP API, whose conversations are whose, and an index for what models have used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)
_CALLED = sa.text("type = 'model_called'")


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("rate", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
    )
    op.create_table(
        "conversation_clients",
        sa.Column(
            "thread",
            sa.Text,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("client", sa.Text, nullable=False),
    )
    op.create_index(
        "events_calls", "events", ["at"], sqlite_where=_CALLED, postgresql_where=_CALLED
    )
