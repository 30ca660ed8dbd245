"""The experts' inbox: what mothers have handed to a person, and the answers.

It is of the same database as the record: a hand-off and what the conversation says of it are
written together, and go together when she erases. So are an answer and the draft that it was made
from, where the program proposed one: what the experts change in drafts is what it can learn from.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa

from records.database import DRAFTS, HAND_OFFS, WAITING, open_database, transaction
from records.events import HandedOff, PersonReplied
from records.store import UnknownConversation, append, lock


@dataclass(frozen=True)
class HandOff:
    """What one mother asked a person."""

    id: int
    thread: str
    created_at: datetime
    answered_at: datetime | None
    sent: str = field(repr=False)
    """What she agreed to, as plain text."""


@dataclass(frozen=True)
class Draft:
    """What the program proposed to answer."""

    text: str = field(repr=False)
    tree: str
    """The tree version that it was made from."""
    node: str | None
    """The leaf that it was made of, if any."""
    probability: float | None
    """Of that leaf, as it was estimated."""


@dataclass(frozen=True)
class DraftedAnswer:
    """A draft, and what the expert made of it."""

    hand_off: int
    thread: str
    sent_at: datetime
    draft: Draft
    sent: str = field(repr=False)


class HandOffs:
    """The inbox of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "HandOffs":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url))

    def add(self, thread: str, sent: str) -> bool:
        """Hands a conversation to a person; False when it already waits for one.

        Raises RecordError: UnknownConversation when there is none, or before its first reply.
        """
        now = datetime.now(UTC)
        with transaction(self._engine, writing=True) as connection:
            if not lock(connection, thread):
                raise UnknownConversation
            waits = sa.select(HAND_OFFS.c.id).where(WAITING, HAND_OFFS.c.thread == thread)
            if connection.scalar(waits) is not None:
                return False
            row = {"thread": thread, "created_at": now, "sent": sent}
            inserted = connection.execute(HAND_OFFS.insert().values(row)).inserted_primary_key
            key = cast("tuple[int]", inserted)[0]
            append(connection, thread, HandedOff(hand_off=key, at=now))
        return True

    def of(self, thread: str) -> list[HandOff]:
        """All of one conversation, the oldest first."""
        return self._read(sa.select(HAND_OFFS).where(HAND_OFFS.c.thread == thread))

    def waiting(self) -> list[HandOff]:
        """Those without an answer, the oldest first."""
        return self._read(sa.select(HAND_OFFS).where(WAITING))

    def one(self, hand_off: int) -> HandOff | None:
        """The one that waits under this number."""
        its = sa.select(HAND_OFFS).where(WAITING, HAND_OFFS.c.id == hand_off)
        return next(iter(self._read(its)), None)

    def answer(self, hand_off: int, text: str, draft: Draft | None = None) -> bool:
        """Puts an expert's answer into the conversation, and keeps the `draft` it was made from.

        False when none waits under this number: it was answered, or she has erased it.
        """
        its = HAND_OFFS.c.id == hand_off
        now = datetime.now(UTC)
        with transaction(self._engine, writing=True) as connection:
            thread = connection.scalar(sa.select(HAND_OFFS.c.thread).where(its))
            if thread is None or not lock(connection, thread):
                return False
            update = HAND_OFFS.update().where(its & WAITING).values(answered_at=now)
            if not connection.execute(update).rowcount:
                return False
            append(connection, thread, PersonReplied(hand_off=hand_off, text=text, at=now))
            if draft:
                row = {"hand_off": hand_off, "thread": thread, "sent_at": now, "sent": text}
                row |= {"drafted": draft.text, "tree": draft.tree}
                row |= {"node": draft.node, "probability": draft.probability}
                connection.execute(DRAFTS.insert().values(row))
        return True

    def drafted(self, thread: str | None = None) -> list[DraftedAnswer]:
        """The answers that were made from drafts, of a conversation or all, the oldest first."""
        query = sa.select(DRAFTS).order_by(DRAFTS.c.hand_off)
        if thread is not None:
            query = query.where(DRAFTS.c.thread == thread)
        with transaction(self._engine) as connection:
            return [
                DraftedAnswer(
                    hand_off=row.hand_off,
                    thread=row.thread,
                    sent_at=row.sent_at,
                    draft=Draft(row.drafted, row.tree, row.node, row.probability),
                    sent=row.sent,
                )
                for row in connection.execute(query)
            ]

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _read(self, query: sa.Select[Any]) -> list[HandOff]:
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(HAND_OFFS.c.id))
            return [HandOff(**row._mapping) for row in rows]
