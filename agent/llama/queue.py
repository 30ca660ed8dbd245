"""Who may use a model that can do one thing at a time: first come, first served.

A conversation has one call at a time and queues again for its next one, so nobody is starved: it
waits for one call of each of the others at most. Nobody waits in a queue that is full.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agent.llama.abort import Abort
from tools.errors import ModelUnavailable

_CHECKED_EVERY = 0.2
"""Seconds after which a waiting call sees that it was abandoned."""
Listener = Callable[[int], None]
"""Is told how many calls are in front, whenever that changes."""
_listener: ContextVar[Listener | None] = ContextVar("_listener", default=None)


@contextmanager
def telling_of_waits(listener: Listener) -> Iterator[None]:
    """Calls to a model in this block tell the listener how many calls are in front of theirs."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class FairQueue:
    """Turns in the order of asking. Safe to use from many threads."""

    def __init__(self, longest: int) -> None:
        """`longest`: how many may wait while one has its turn."""
        self._longest = longest
        self._line: deque[object] = deque()
        """In front, the one that has its turn."""
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """How many have their turn or wait for it."""
        return len(self._line)

    @contextmanager
    def turn(self, until: float, abort: Abort) -> Iterator[None]:
        """One's turn. Raises ModelUnavailable when the queue is full, at `until` (monotonic), and
        when the call is aborted."""
        ticket = object()
        with self._changed:
            if len(self._line) > self._longest:
                raise ModelUnavailable(f"{self._longest} calls wait for the model already")
            self._line.append(ticket)
        try:
            self._wait(ticket, until, abort)
            yield
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, until: float, abort: Abort) -> None:
        listener = _listener.get()
        told = 0
        while True:
            with self._changed:
                ahead = self._line.index(ticket)
                if ahead == told != 0:
                    self._changed.wait(min(_CHECKED_EVERY, max(0.0, until - time.monotonic())))
                    ahead = self._line.index(ticket)
            # Outside the lock: a listener may take its time.
            if ahead != told:
                told = ahead
                if listener is not None:
                    listener(ahead)
            if abort.is_set:
                raise ModelUnavailable("the call was abandoned while it waited for the model")
            if ahead == 0:
                return
            if time.monotonic() >= until:
                raise ModelUnavailable(f"the model was busy: {ahead} calls are still in front")
