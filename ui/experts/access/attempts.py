"""How often somebody may try to sign in and fail, by address and by account.

Each process counts by itself. Behind a reverse proxy start the server with uvicorn's
--forwarded-allow-ips, or every visitor shares the proxy's address and its limit.
"""

import time
from ipaddress import IPv6Network
from math import ceil

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

BY_ADDRESS = "10/5 minutes"
"""Of everybody at one network address together."""
BY_ACCOUNT = "30/5 minutes"
"""For one account from everywhere: more, because who guesses also locks its owner out so long."""


class Attempts:
    """Failures of the last minutes.

    A right password does not clear them: from behind the same address somebody who signs in would
    give somebody who guesses a fresh start each time. How many are remembered is bounded by how
    many passwords can be hashed in the window.
    """

    def __init__(self, by_address: str = BY_ADDRESS, by_account: str = BY_ACCOUNT) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rates = {"address": parse(by_address), "account": parse(by_account)}

    def wait(self, address: str, account: str) -> int:
        """Seconds until this address may try this account again; 0 when it may now."""
        return max(
            self._wait(self._rates[kind], kind, key)
            for kind, key in (("address", address), ("account", account))
        )

    def failed(self, address: str, account: str) -> None:
        """Notes one failure."""
        for kind, key in (("address", address), ("account", account)):
            self._limiter.hit(self._rates[kind], kind, key)

    def _wait(self, rate: RateLimitItem, kind: str, key: str) -> int:
        if self._limiter.test(rate, kind, key):
            return 0
        again = self._limiter.get_window_stats(rate, kind, key).reset_time
        return max(1, ceil(again - time.time()))


def address_of(request: Request) -> str:
    """Who is trying. One IPv6 customer owns a whole /64 and could change address at each try."""
    host = request.client.host if request.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(IPv6Network(f"{host.partition('%')[0]}/64", strict=False))
    except ValueError:
        return host
