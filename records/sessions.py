"""Who is signed in: sessions of the experts' panel, in the database, so that every replica knows.

A browser holds a token of 256 random bits, which nobody guesses: of it only a hash is stored
(SHA-256 is enough), and a seal over the account's credential. When the password is changed or the
account disabled the seal fits no more, and the session has ended without anybody ending it.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from records.database import REVEALS, SESSIONS, open_database, transaction
from records.store import UnknownConversation, lock

_NOTED_EVERY = timedelta(minutes=1)
"""That a session is used is written down so often at most: not with each request."""
REVEALED_FOR = timedelta(minutes=15)
"""So long a conversation's personal data stay in sight."""


@dataclass(frozen=True)
class Session:
    """Somebody signed in, in one browser."""

    account: str
    """The name."""
    hash: str = field(repr=False)
    created_at: datetime
    used_at: datetime


class Sessions:
    """The sessions of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine, *, idle: timedelta, longest: timedelta) -> None:
        """A session ends when it is not used for `idle`, and `longest` after its beginning."""
        self._engine = engine
        self._idle = idle
        self._longest = longest

    @classmethod
    def open(cls, url: str, *, idle: timedelta, longest: timedelta) -> "Sessions":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url), idle=idle, longest=longest)

    def begin(self, account: str, credential: str) -> str:
        """A new session of an account that has proved who it is; its token, shown only here."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        row: dict[str, object] = {"account": account, "created_at": now, "used_at": now}
        row |= {"hash": _hash(token), "seal": _seal(token, credential)}
        with transaction(self._engine, writing=True) as connection:
            connection.execute(SESSIONS.delete().where(self._over(now)))
            connection.execute(SESSIONS.insert().values(row))
        return token

    def find(self, token: str, credential_of: Callable[[str], str | None]) -> Session | None:
        """The session of a token, which counts as used now; None for one that has ended.

        `credential_of` tells what an account of a name is sealed with at this moment.
        """
        now = datetime.now(UTC)
        its = SESSIONS.c.hash == _hash(token)
        with transaction(self._engine) as connection:
            row = connection.execute(sa.select(SESSIONS).where(its, ~self._over(now))).one_or_none()
        if row is None:
            return None
        credential = credential_of(row.account)
        if credential is None or not secrets.compare_digest(row.seal, _seal(token, credential)):
            self.end(token)
            return None
        if now - row.used_at >= _NOTED_EVERY:
            with transaction(self._engine, writing=True) as connection:
                connection.execute(SESSIONS.update().where(its).values(used_at=now))
        return Session(row.account, row.hash, row.created_at, row.used_at)

    def end(self, token: str) -> None:
        """Signs out."""
        with transaction(self._engine, writing=True) as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.hash == _hash(token)))

    def sweep(self) -> None:
        """Deletes what has ended by itself."""
        now = datetime.now(UTC)
        with transaction(self._engine, writing=True) as connection:
            connection.execute(SESSIONS.delete().where(self._over(now)))
            connection.execute(REVEALS.delete().where(REVEALS.c.until < now))

    def reveal(self, session: Session, thread: str) -> datetime:
        """Shows a conversation's personal data to a session; returns until when.

        Raises UnknownConversation.
        """
        until = datetime.now(UTC) + REVEALED_FOR
        its = (REVEALS.c.session == session.hash) & (REVEALS.c.thread == thread)
        with transaction(self._engine, writing=True) as connection:
            if not lock(connection, thread):
                raise UnknownConversation
            connection.execute(REVEALS.delete().where(its))
            row = {"session": session.hash, "thread": thread, "until": until}
            connection.execute(REVEALS.insert().values(row))
        return until

    def cover(self, session: Session, thread: str) -> None:
        """Hides them again."""
        its = (REVEALS.c.session == session.hash) & (REVEALS.c.thread == thread)
        with transaction(self._engine, writing=True) as connection:
            connection.execute(REVEALS.delete().where(its))

    def revealed(self, session: Session) -> dict[str, datetime]:
        """The conversations whose personal data a session may see, and until when."""
        its = (REVEALS.c.session == session.hash) & (REVEALS.c.until > datetime.now(UTC))
        with transaction(self._engine) as connection:
            rows = connection.execute(sa.select(REVEALS.c.thread, REVEALS.c.until).where(its))
            return {row.thread: row.until for row in rows}

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _over(self, now: datetime) -> sa.ColumnElement[bool]:
        its = SESSIONS.c
        return (its.used_at < now - self._idle) | (its.created_at < now - self._longest)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _seal(token: str, credential: str) -> str:
    # The token is in no database: a seal tells nothing of the credential, however weak that is.
    return hashlib.sha256(f"{token}\0{credential}".encode()).hexdigest()
