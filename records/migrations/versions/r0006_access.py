"""Accounts of the experts' panel, their sessions, what they did, and what was exported."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_sign_in_at", _TIME),
        sa.Column("disabled_at", _TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
    )
    op.create_index("sessions_account", "sessions", ["account"])
    op.create_table(
        "reveals",
        sa.Column(
            "session", sa.Text, sa.ForeignKey("sessions.hash", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("thread", sa.Text, _conversation("CASCADE"), primary_key=True),
        sa.Column("until", _TIME, nullable=False),
    )
    op.create_index("reveals_thread", "reveals", ["thread"])
    op.create_table(
        "audit",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, _conversation("SET NULL")),
        sa.Column("path", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("about", sa.Text),
    )
    op.create_index("audit_at", "audit", ["at"])
    op.create_index("audit_thread", "audit", ["thread"])
    op.create_table(
        "exports",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("masked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "exported_conversations",
        sa.Column(
            "export", _KEY, sa.ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("thread", sa.Text, _conversation("SET NULL")),
    )
    op.create_index("exported_thread", "exported_conversations", ["thread"])


def _conversation(ondelete: str) -> sa.ForeignKey:
    return sa.ForeignKey("conversations.id", ondelete=ondelete)
