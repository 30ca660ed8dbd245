"""What conversations take of a model: calls and tokens."""

from collections.abc import Iterable
from dataclasses import dataclass

from records.events import Event, ModelCalled


@dataclass(frozen=True)
class Spent:
    """Calls and tokens; they add up."""

    calls: int = 0
    read: int = 0
    """Tokens of what the model was given."""
    cached: int = 0
    """How many of those the server had computed before."""
    written: int = 0
    failed: int = 0
    """Calls, or turns of the stock agent, without an answer."""

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.calls + other.calls,
            self.read + other.read,
            self.cached + other.cached,
            self.written + other.written,
            self.failed + other.failed,
        )


def spent_in(events: Iterable[Event]) -> Spent:
    """What the model calls of a turn took."""
    total = Spent()
    for event in events:
        if isinstance(event, ModelCalled):
            total += Spent(
                1,
                event.input_tokens or 0,
                event.cached_tokens or 0,
                event.output_tokens or 0,
                int(event.error is not None),
            )
    return total
