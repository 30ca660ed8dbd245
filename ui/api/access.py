"""Who may call the HTTP API: keys, what their roles may do, and how often.

Nothing here knows of HTTP but the status of a refusal.
"""

import time
from http import HTTPStatus
from math import ceil
from typing import Literal, get_args

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from records.clients import ApiKey, Clients
from tools.errors import SettingsError
from ui.api.problems import Refusal

Right = Literal["talk", "analyse", "read_all", "erase_all", "metrics"]
RIGHTS: dict[str, frozenset[Right]] = {
    "app": frozenset({"talk", "analyse"}),
    "researcher": frozenset({"analyse", "read_all"}),
    "admin": frozenset(get_args(Right)),
    "monitoring": frozenset({"metrics"}),
}
"""What each role may do. Who may talk reads and erases the conversations of its own client."""


class Caller:
    """Whoever sent a request."""

    def __init__(self, key: ApiKey) -> None:
        self.client = key.client
        self._role = key.role

    def owns(self, client: str | None) -> bool:
        """Whether it may talk in a conversation of this client."""
        return self.may("talk") and client == self.client

    def may(self, right: Right) -> bool:
        """Whether its role has this right."""
        return right in RIGHTS.get(self._role, ())

    def need(self, right: Right) -> None:
        """Raise Refusal unless its role has this right."""
        if not self.may(right):
            able = [role for role, rights in RIGHTS.items() if right in rights]
            raise Refusal(
                HTTPStatus.FORBIDDEN,
                "role-not-enough",
                "The key's role is not enough",
                f"this needs a key of the role {' or '.join(able)}; yours is {self._role!r}",
                valid=able,
            )


class Access:
    """Lets the holders of keys in, each as often as its key may.

    Each process counts by itself: with several behind a proxy a key may do so many times more.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, text: str | None) -> Caller:
        """Whoever holds the key `text`; raises Refusal (401, 429), and RecordError."""
        key = self._clients.authenticate(text) if text else None
        if key is None:
            raise Refusal(
                HTTPStatus.UNAUTHORIZED,
                "no-valid-key",
                "No valid key",
                "send a valid key: Authorization: Bearer nodriza_… (nodriza api-keys create)",
                headers={"WWW-Authenticate": "Bearer"},
            )
        rate = parse(key.rate)
        if not self._limiter.hit(rate, key.id):
            raise self._too_often(rate, key)
        return Caller(key)

    def _too_often(self, rate: RateLimitItem, key: ApiKey) -> Refusal:
        again = self._limiter.get_window_stats(rate, key.id).reset_time - time.time()
        return Refusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            f"this key may make {rate} requests",
            headers={"Retry-After": str(max(1, ceil(again)))},
        )


def checked_rate(text: str) -> str:
    """A rate like 60/minute. Raises SettingsError that quotes a wrong one."""
    try:
        parse(text)
    except ValueError:
        raise SettingsError(
            f"{text!r} is no rate: a number a time, for example 60/minute or 1000/day"
        ) from None
    return text


def checked_role(text: str) -> str:
    """A role. Raises SettingsError that quotes a wrong one."""
    if text not in RIGHTS:
        raise SettingsError(f"{text!r} is no role: {', '.join(RIGHTS)}")
    return text
