"""What experts judge of conversations, and how sure the program was in those that are there."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from pydantic import ValidationError

from records.digest import Digest
from records.events import EVENT, Event

revision = "0007"
down_revision = "0006"

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CONVERSATIONS = sa.table("conversations", sa.column("id"), sa.column("least_sure", sa.Float))
_TURNS = sa.table("turns", sa.column("id"), sa.column("thread"))
_EVENTS = sa.table("events", sa.column("turn_id"), sa.column("type"), sa.column("payload", sa.JSON))


def upgrade() -> None:
    op.add_column("conversations", sa.Column("least_sure", sa.Float))
    op.add_column("conversations", sa.Column("reviewed_to", _TIME))
    op.create_table(
        "judgements",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column(
            "thread",
            sa.Text,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer),
        sa.Column("seq", sa.Integer),
        sa.Column("expert", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("move", sa.Text),
        sa.Column("question", sa.Text),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("agreed", sa.Boolean, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
    )
    op.create_index("judgements_of", "judgements", ["thread", "turn", "seq"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """How sure it was, of the decisions that are in the record."""
    decided = sa.select(_TURNS.c.thread, _EVENTS.c.payload).join_from(
        _TURNS, _EVENTS, _EVENTS.c.turn_id == _TURNS.c.id
    )
    rows = connection.execute(decided.where(_EVENTS.c.type == "decided").order_by(_TURNS.c.thread))
    digests: dict[str, Digest] = {}
    for thread, payload in rows:
        digests[thread] = digests.get(thread, Digest()).after(_read(payload))
    known = [
        {"its": thread, "sure": digest.least_sure}
        for thread, digest in digests.items()
        if digest.least_sure is not None
    ]
    if known:
        its = _CONVERSATIONS.c.id == sa.bindparam("its")
        update = _CONVERSATIONS.update().where(its)
        connection.execute(update.values(least_sure=sa.bindparam("sure")), known)


def _read(payload: object) -> Iterable[Event]:
    """An event; none where this program cannot read it."""
    try:
        return [EVENT.validate_python(payload)]
    except ValidationError:
        return []
