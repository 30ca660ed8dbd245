"""The register of exports: who took which conversations out of the database, and when.

In a file a conversation has a number of that export, never its id, which is a key to it. When a
mother's data are erased, by anybody, the register loses the id and keeps the number: then it says
which lines of which files are to be destroyed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa

from records.database import EXPORTED, EXPORTS, transaction


@dataclass(frozen=True)
class Export:
    """One export."""

    id: int
    at: datetime
    who: str
    format: str
    masked: bool
    conversations: int
    """How many it holds."""
    erased: Sequence[int]
    """The numbers in it of those that were erased since."""


class Exports:
    """The register of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, who: str, form: str, *, masked: bool) -> int:
        """Enters an export, before anything of it is handed out; its id."""
        row = {"at": datetime.now(UTC), "who": who, "format": form, "masked": masked}
        with transaction(self._engine, writing=True) as connection:
            inserted = connection.execute(EXPORTS.insert().values(row)).inserted_primary_key
            return cast("tuple[int]", inserted)[0]

    def add(self, export: int, numbered: Iterable[tuple[int, str]]) -> None:
        """Enters conversations, by their number in the file, before they are handed out."""
        rows = [{"export": export, "number": n, "thread": thread} for n, thread in numbered]
        if rows:
            with transaction(self._engine, writing=True) as connection:
                connection.execute(EXPORTED.insert(), rows)

    def holding(self, thread: str) -> list[tuple[int, int]]:
        """The exports that hold a conversation, and its number in each."""
        query = sa.select(EXPORTED.c.export, EXPORTED.c.number).where(EXPORTED.c.thread == thread)
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(EXPORTED.c.export, EXPORTED.c.number))
            return [(row.export, row.number) for row in rows]

    def all(self, limit: int = 200) -> list[Export]:
        """The exports, the newest first."""
        held = sa.select(sa.func.count()).where(EXPORTED.c.export == EXPORTS.c.id)
        query = sa.select(EXPORTS, held.scalar_subquery().label("conversations"))
        gone = sa.select(EXPORTED.c.export, EXPORTED.c.number).where(EXPORTED.c.thread.is_(None))
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(EXPORTS.c.id.desc()).limit(limit)).all()
            erased: dict[int, list[int]] = {}
            for row in connection.execute(gone.order_by(EXPORTED.c.export, EXPORTED.c.number)):
                erased.setdefault(row.export, []).append(row.number)
        return [Export(**row._mapping, erased=erased.get(row.id, ())) for row in rows]
