"""Who did what in the experts' panel. No line holds what a mother or an expert wrote.

A line about a conversation loses its id when that is erased; that somebody read one stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from records.database import AUDIT, CONVERSATIONS, open_database, transaction

Action = Literal[
    "sign_in",
    "sign_in_failed",
    "signed_out",
    "list",
    "search",
    "read",
    "reveal",
    "cover",
    "consult",
    "reply",
    "judge",
    "sign_leaf",
    "replay",
    "export",
    "erase",
    "account_added",
    "account_role",
    "account_disabled",
    "account_enabled",
    "password_changed",
    "refused",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
NOBODY = "–"
"""Stands for who is not signed in: names that nobody has are not written down, because people
type their passwords there."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the log."""

    at: datetime
    who: str
    """The account's name, or NOBODY."""
    role: str | None = None
    action: str
    thread: str | None = None
    """The conversation; None where there was none, and when it was erased since."""
    path: str | None = None
    """Of what was refused: the pattern of its address, without what stood in it."""
    status: int | None = None
    """Of what was refused: the HTTP status."""
    about: str | None = None
    """An account's name, a role, an export's number."""


@dataclass(frozen=True)
class Sought:
    """Which lines are wanted; all that is given must fit."""

    who: str = ""
    action: str = ""
    thread: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Audit:
    """The log of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Audit":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url))

    def note(
        self,
        who: str,
        role: str | None,
        action: Action,
        *,
        thread: str | None = None,
        path: str | None = None,
        status: int | None = None,
        about: str | None = None,
    ) -> None:
        """Adds a line. A conversation that is not there is not named."""
        # Looked up as it is written: a foreign key would refuse a forged id.
        known = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == thread)
        row: dict[str, Any] = {"at": datetime.now(UTC), "who": who, "role": role}
        row |= {"action": action, "path": path, "status": status, "about": about}
        row["thread"] = known.scalar_subquery() if thread is not None else None
        with transaction(self._engine, writing=True) as connection:
            connection.execute(AUDIT.insert().values(row))

    def entries(self, sought: Sought, *, limit: int, offset: int = 0) -> list[Entry]:
        """Lines, the newest first."""
        query = sa.select(*_COLUMNS).where(*_conditions(sought))
        newest = query.order_by(AUDIT.c.at.desc(), AUDIT.c.id.desc())
        with transaction(self._engine) as connection:
            rows = connection.execute(newest.limit(limit).offset(offset))
            return [Entry(**row._mapping) for row in rows]

    def count(self, sought: Sought) -> int:
        """How many lines there are of those."""
        query = sa.select(sa.func.count()).select_from(AUDIT).where(*_conditions(sought))
        with transaction(self._engine) as connection:
            return connection.scalar(query) or 0

    def people(self) -> list[str]:
        """All who stand in the log."""
        query = sa.select(AUDIT.c.who).distinct().order_by(AUDIT.c.who)
        with transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def every(self, sought: Sought) -> Iterator[Entry]:
        """All of those lines, the oldest first, as they are read."""
        its = sa.select(AUDIT.c.id, *_COLUMNS).where(*_conditions(sought)).order_by(AUDIT.c.id)
        last = 0
        while True:
            with transaction(self._engine) as connection:
                rows = connection.execute(its.where(AUDIT.c.id > last).limit(_AT_ONCE)).all()
            for row in rows:
                last = row.id
                yield Entry(**{k: v for k, v in row._mapping.items() if k != "id"})
            if len(rows) < _AT_ONCE:
                return

    def forget(self, before: datetime) -> int:
        """Deletes the lines from before a moment; returns how many."""
        with transaction(self._engine, writing=True) as connection:
            return connection.execute(AUDIT.delete().where(AUDIT.c.at < before)).rowcount

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


_AT_ONCE = 1000
_COLUMNS = [AUDIT.c[one.name] for one in fields(Entry)]


def _conditions(sought: Sought) -> list[sa.ColumnElement[bool]]:
    its = AUDIT.c
    found = [
        column == value
        for column, value in (
            (its.who, sought.who),
            (its.action, sought.action),
            (its.thread, sought.thread),
        )
        if value
    ]
    if sought.since:
        found.append(its.at >= sought.since)
    if sought.until:
        found.append(its.at < sought.until)
    return found
