"""Who may sign in to the experts' panel: accounts with a role and a hashed password.

Passwords are hashed with Argon2id in the smallest of the settings that OWASP's Password Storage
Cheat Sheet names (19 MiB of memory, two passes, one lane): a page's server hashes them beside other
work. A name is found however it is written, in capitals or with a composed accent.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from records.database import ACCOUNTS, SESSIONS, RecordError, open_database, transaction

SHORTEST_PASSWORD = 12
"""Characters."""
LONGEST_PASSWORD = 256
"""Characters: what is hashed has an end."""
_NAME = re.compile(r"[^\W_](?:[\w .@'-]{0,62}[^\W_])?")
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class AccountError(RecordError):
    """An account cannot be made or changed as it was asked for; the text says what is valid."""


@dataclass(frozen=True)
class Account:
    """Somebody who signs in, without the password."""

    name: str
    """As it was written when the account was made. It stands under what the person judges."""
    role: str
    created_at: datetime
    last_sign_in_at: datetime | None = None
    disabled_at: datetime | None = None


class Accounts:
    """The accounts of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Accounts":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url))

    def add(self, name: str, role: str, password: str) -> Account:
        """Makes an account. Raises AccountError for a name that is taken or no name."""
        name = checked_name(name)
        account = Account(name, role, datetime.now(UTC))
        row = {"key": key_of(name), "name": name, "role": role, "created_at": account.created_at}
        row["hash"] = _HASHER.hash(checked_password(password))
        with transaction(self._engine, writing=True) as connection:
            if _one(connection, name):
                raise AccountError(f"there is an account {name!r} already: choose another name")
            connection.execute(ACCOUNTS.insert().values(row))
        return account

    def all(self) -> list[Account]:
        """All accounts by name, those that are disabled too."""
        query = sa.select(*_SHOWN).order_by(ACCOUNTS.c.key)
        with transaction(self._engine) as connection:
            return [Account(**row._mapping) for row in connection.execute(query)]

    def any(self) -> bool:
        """Whether somebody could sign in."""
        query = sa.select(sa.exists().where(ACCOUNTS.c.disabled_at.is_(None)))
        with transaction(self._engine) as connection:
            return bool(connection.scalar(query))

    def find(self, name: str) -> Account | None:
        """The account of a name, a disabled one too."""
        with transaction(self._engine) as connection:
            return _one(connection, name)

    def require(self, name: str) -> Account:
        """The account of a name. Raises AccountError when there is none."""
        account = self.find(name)
        if account is None:
            raise self._unknown(name)
        return account

    def verify(self, name: str, password: str) -> Account | None:
        """The account, if the password is its own and it is not disabled.

        A name that nobody has takes as long as a wrong password: nobody learns who has an account.
        """
        with transaction(self._engine) as connection:
            its = ACCOUNTS.c.key == key_of(name)
            row = connection.execute(sa.select(ACCOUNTS.c.hash, *_SHOWN).where(its)).one_or_none()
        right = _matches(row.hash if row else _nobody(), password)
        if row is None or not right or row.disabled_at is not None:
            return None
        return Account(**{name: value for name, value in row._mapping.items() if name != "hash"})

    def signed_in(self, name: str) -> None:
        """Notes that somebody did so now."""
        self._change(name, last_sign_in_at=datetime.now(UTC))

    def set_role(self, name: str, role: str) -> None:
        """Gives an account another role. Raises AccountError when there is none."""
        self._change(name, role=role)

    def set_password(self, name: str, password: str) -> None:
        """Changes a password; all sessions of the account end by it (records/sessions.py)."""
        self._change(name, hash=_HASHER.hash(checked_password(password)))

    def disable(self, name: str) -> None:
        """Lets nobody in with this account any more, at once; its sessions end for good."""
        self._change(name, disabled_at=datetime.now(UTC))
        its = sa.select(ACCOUNTS.c.name).where(ACCOUNTS.c.key == key_of(name))
        with transaction(self._engine, writing=True) as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.account.in_(its)))

    def enable(self, name: str) -> None:
        """Lets it in again."""
        self._change(name, disabled_at=None)

    def credential(self, name: str) -> str | None:
        """What a session of an account is sealed with; None for nobody, and for a disabled one."""
        its = (ACCOUNTS.c.key == key_of(name)) & ACCOUNTS.c.disabled_at.is_(None)
        with transaction(self._engine) as connection:
            return connection.scalar(sa.select(ACCOUNTS.c.hash).where(its))

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _change(self, name: str, **values: object) -> None:
        its = ACCOUNTS.c.key == key_of(name)
        with transaction(self._engine, writing=True) as connection:
            changed = connection.execute(ACCOUNTS.update().where(its).values(values)).rowcount
        if not changed:
            raise self._unknown(name)

    def _unknown(self, name: str) -> AccountError:
        there = ", ".join(repr(account.name) for account in self.all()) or "none"
        return AccountError(f"no account is called {name!r}; there are: {there}")


def key_of(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def checked_name(name: str) -> str:
    """A name that an account may have. Raises AccountError that quotes a wrong one."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not _NAME.fullmatch(plain):
        raise AccountError(
            f"{name[:80]!r} is no name of an account: 1 to 64 letters, digits, blanks and"
            " . - _ @ ', a letter or digit at both ends"
        )
    return plain


def checked_password(password: str) -> str:
    """A password that is long enough. Raises AccountError, which does not quote it."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters;"
            f" this one has {len(password)}"
        )
    return password


def spend_time(password: str) -> None:
    """Take as long as a verification does."""
    _matches(_nobody(), password)


_SHOWN = [column for column in ACCOUNTS.c if column.name not in ("hash", "key")]


@cache
def _nobody() -> str:
    """A hash that is nobody's."""
    return _HASHER.hash("")


def _matches(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password[:LONGEST_PASSWORD])
    except (Argon2Error, InvalidHashError):
        return False


def _one(connection: sa.Connection, name: str) -> Account | None:
    its = sa.select(*_SHOWN).where(ACCOUNTS.c.key == key_of(name))
    row = connection.execute(its).one_or_none()
    return Account(**row._mapping) if row else None
