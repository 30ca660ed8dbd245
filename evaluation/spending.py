"""What conversations take of a model: calls and tokens."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.prices import usage_of
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
    calls = [event for event in events if isinstance(event, ModelCalled)]
    usage = usage_of(calls, {})
    failed = sum(call.error is not None for call in calls)
    return Spent(usage.calls, usage.input_tokens, usage.cached_tokens, usage.output_tokens, failed)
