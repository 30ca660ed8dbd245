"""The programs that call the HTTP API: their keys, and the conversations that they opened.

A key is `nodriza_<id>_<secret>`. Only a hash of its secret is stored. The secret has 256 random
bits, which nobody guesses however fast a hash is: SHA-256 is enough, and each request needs it.
A client has a name and may have several keys, so that a new one can take the place of an old one.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from records.database import (
    API_KEYS,
    CONVERSATION_CLIENTS,
    open_database,
    transaction,
)

_KEY = re.compile(r"nodriza_([0-9a-f]{12})_([\w-]{43})")


@dataclass(frozen=True)
class ApiKey:
    """A key, without its secret."""

    id: str
    client: str
    """Whose it is. The keys of one client see the same conversations."""
    role: str
    rate: str
    """Requests that it may make, for example 60/minute."""
    created_at: datetime
    revoked_at: datetime | None


class Clients:
    """The clients of one database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Clients":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url))

    def create_key(self, client: str, role: str, rate: str) -> str:
        """A new key of a client. Its text is returned here and never again."""
        key, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with transaction(self._engine, writing=True) as connection:
            connection.execute(
                API_KEYS.insert().values(
                    id=key,
                    hash=_hash(secret),
                    client=client,
                    role=role,
                    rate=rate,
                    created_at=datetime.now(UTC),
                )
            )
        return f"nodriza_{key}_{secret}"

    def all_keys(self) -> list[ApiKey]:
        """All keys, the oldest first, those that were revoked too."""
        query = sa.select(*_SHOWN).order_by(API_KEYS.c.created_at, API_KEYS.c.id)
        with transaction(self._engine) as connection:
            return [ApiKey(**row._mapping) for row in connection.execute(query)]

    def has_keys(self) -> bool:
        """Whether any key is valid."""
        query = sa.select(sa.exists().where(API_KEYS.c.revoked_at.is_(None)))
        with transaction(self._engine) as connection:
            return bool(connection.scalar(query))

    def revoke(self, key: str) -> bool:
        """Ends a key at once, by its id; False when there is no such valid key."""
        its = (API_KEYS.c.id == key) & API_KEYS.c.revoked_at.is_(None)
        with transaction(self._engine, writing=True) as connection:
            revoked = API_KEYS.update().where(its).values(revoked_at=datetime.now(UTC))
            return bool(connection.execute(revoked).rowcount)

    def authenticate(self, text: str) -> ApiKey | None:
        """The valid key that this text is."""
        parts = _KEY.fullmatch(text)
        if parts is None:
            return None
        its = (API_KEYS.c.id == parts[1]) & API_KEYS.c.revoked_at.is_(None)
        with transaction(self._engine) as connection:
            row = connection.execute(sa.select(API_KEYS.c.hash, *_SHOWN).where(its)).one_or_none()
        if row is None or not secrets.compare_digest(row.hash, _hash(parts[2])):
            return None
        return ApiKey(**{name: value for name, value in row._mapping.items() if name != "hash"})

    def claim(self, thread: str, client: str) -> None:
        """Notes which client opened a conversation, which is there and which nobody has."""
        with transaction(self._engine, writing=True) as connection:
            connection.execute(CONVERSATION_CLIENTS.insert().values(thread=thread, client=client))

    def client_of(self, thread: str) -> str | None:
        """Who opened a conversation; None when it is not there, or was begun on the page."""
        its = CONVERSATION_CLIENTS.c.thread == thread
        with transaction(self._engine) as connection:
            return connection.scalar(sa.select(CONVERSATION_CLIENTS.c.client).where(its))

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()


_SHOWN = [column for column in API_KEYS.c if column.name != "hash"]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
