"""Who may write what: consent before anything is kept, how often, and how many at once.

What is refused stays in her box; a danger in it is answered with the telephones all the same.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from records.events import Replied

Mode = Literal["", "stored", "private"]
"""What she agreed to. A page says it with each message: nothing yet, to keep her words, or not."""

AFTER_CLOSING = 300.0
"""Seconds that a private conversation outlives its page, which may only be reloading."""
IDLE = 2 * 3600.0
"""Seconds after which one is forgotten in which nothing happens, whatever the browser says."""

_REMEMBERED = 1000
"""Visitors whose last refusal is kept."""

Refusal = Literal["consent", "too_often", "too_many"]


@dataclass(frozen=True)
class Refused:
    """A message that is not taken now."""

    why: Refusal
    alarm: Replied | None
    """What is to be done at once, where it tells of danger."""


class Limits:
    """How often a visitor may write and how many messages may wait. Each process counts alone."""

    def __init__(
        self, rate: str, address_rate: str, waiting: int, under_way: Callable[[], int]
    ) -> None:
        """`rate` is for one browser, as 30/minute, and `address_rate` for all at one address.

        `under_way` counts the messages that wait.
        """
        self._rate = parse(rate)
        self._address_rate = parse(address_rate)
        self._waiting = waiting
        self._under_way = under_way
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def refuse(self, visitor: str, address: str, agreed: bool) -> Refusal | None:
        """Why one more message of this visitor is not taken, who may not have agreed yet.

        Whoever throws the cookie away is another visitor, but still at the same address.
        """
        often = not self._limiter.hit(self._rate, "visitor", visitor)
        if often or not self._limiter.hit(self._address_rate, "address", _household(address)):
            return "too_often"
        if not agreed:
            return "consent"
        return "too_many" if self._under_way() >= self._waiting else None


def _household(address: str) -> str:
    """The network that one visitor has: of IPv6 she has 2^64 addresses, and can change at will."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address


class Refusals:
    """Why the last message of each visitor was not taken, for a page that did not hear of it.

    Nothing of what she wrote is in it. The oldest are forgotten.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[str, Refused] = OrderedDict()

    def of(self, visitor: str) -> Refused | None:
        """Why the last one was not; None when it was taken."""
        return self._last.get(visitor)

    def note(self, visitor: str, refused: Refused | None) -> None:
        """What has become of the newest message."""
        self._last.pop(visitor, None)
        if refused is not None:
            self._last[visitor] = refused
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)


class PrivateThreads:
    """The conversations that are kept in memory only, until their page closes or rests for long."""

    def __init__(self, forget: Callable[[str], None]) -> None:
        """`forget` erases one; it may block."""
        self._forget = forget
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, thread: str) -> bool:
        return thread in self._timers

    def touch(self, thread: str) -> None:
        """It is in use."""
        self._restart(thread, IDLE)

    def leave(self, thread: str) -> None:
        """Its page has closed."""
        if thread in self:
            self._restart(thread, AFTER_CLOSING)

    def _restart(self, thread: str, seconds: float) -> None:
        if old := self._timers.pop(thread, None):
            old.cancel()
        loop = asyncio.get_running_loop()
        self._timers[thread] = loop.call_later(seconds, self._end, thread)

    def _end(self, thread: str) -> None:
        del self._timers[thread]
        asyncio.get_running_loop().run_in_executor(None, self._forget, thread)
