"""Everybody who may sign in: the accounts of the database, and the one of the settings.

The account of the settings (NODRIZA_EXPERTS_USER and NODRIZA_EXPERTS_PASSWORD) is an admin, so that
one variable opens the panel of a new installation. An account of the database with its name is
never asked.
"""

import hashlib
import secrets
from dataclasses import dataclass

from pydantic import SecretStr

from records.accounts import Accounts, key_of, spend_time


@dataclass(frozen=True)
class Person:
    """Somebody who has proved who it is."""

    name: str
    role: str
    built_in: bool = False
    """The one of the settings, whose password and role are changed there."""


class Roster:
    """Accounts and the built-in one, asked alike."""

    def __init__(self, accounts: Accounts, user: str, password: SecretStr) -> None:
        """With an empty password there is no built-in account."""
        self._accounts = accounts
        self._user = user if password.get_secret_value() else None
        self._password = password

    def anybody(self) -> bool:
        """Whether somebody could sign in; else there is no panel."""
        return self._user is not None or self._accounts.any()

    def verify(self, name: str, password: str) -> Person | None:
        """Who it is, if name and password are right; takes as long when they are not."""
        if self._is_built_in(name):
            spend_time(password)
            right = secrets.compare_digest(_digest(password), _digest(self._secret))
            return self.built_in if right else None
        account = self._accounts.verify(name, password)
        if account is None:
            return None
        self._accounts.signed_in(name)
        return Person(account.name, account.role)

    def person(self, name: str) -> Person | None:
        """Who has this name now; None for nobody, and for a disabled account."""
        if self._is_built_in(name):
            return self.built_in
        account = self._accounts.find(name)
        if account is None or account.disabled_at is not None:
            return None
        return Person(account.name, account.role)

    def credential(self, name: str) -> str | None:
        """What sessions are sealed with: when it changes, they end."""
        return self._secret if self._is_built_in(name) else self._accounts.credential(name)

    def known(self, name: str) -> str | None:
        """The name as its account has it; None when nobody has it."""
        if self._is_built_in(name):
            return self._user
        account = self._accounts.find(name)
        return account.name if account else None

    @property
    def built_in(self) -> Person | None:
        """The account of the settings, where there is one."""
        return Person(self._user, "admin", built_in=True) if self._user else None

    @property
    def _secret(self) -> str:
        return self._password.get_secret_value()

    def _is_built_in(self, name: str) -> bool:
        return self._user is not None and key_of(name) == key_of(self._user)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
