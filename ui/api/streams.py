"""A turn's events for one HTTP response, and how the server waits for such responses to end."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter, move_on_after, sleep
from anyio.to_thread import run_sync

from records.events import Event

_READERS = 1000
"""Responses that wait for their next event at the same time; each needs a thread."""


class Streams:
    """The responses that are being streamed."""

    def __init__(self) -> None:
        self._limiter: CapacityLimiter | None = None
        self._open = 0

    async def read(self, events: Iterator[Event]) -> AsyncIterator[Event]:
        """The events as they happen. The turn goes on when the reader has left."""
        # A limiter belongs to the loop that it is made in.
        limiter = self._limiter = self._limiter or CapacityLimiter(_READERS)
        with self._counted():
            while True:
                event = await run_sync(next, events, None, limiter=limiter, abandon_on_cancel=True)
                if event is None:
                    return
                yield event

    async def end(self, *, within: float) -> None:
        """Wait until all are over, or for so many seconds."""
        with move_on_after(within):
            while self._open:
                await sleep(0.05)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
