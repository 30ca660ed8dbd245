"""What Prometheus is told of turns: how many, how long, how they ended, what the model did.

Labels are names of ours and of the operator's model, never her words or a conversation's id.
"""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from records.events import Event, Failed, ModelCalled, last_reply

# Seconds. A turn without a model takes some hundredths, one with a slow model a minute.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class TurnMetrics:
    """Counts turns and the calls to the model in them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._turns = Counter(
            "nodriza_turns",
            "Turns that were done, by what she read: a kind of reply, or failed.",
            ["outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "nodriza_turn_seconds",
            "How long a turn took, from its start until it was recorded.",
            registry=registry,
            buckets=_BUCKETS,
        )
        self._calls = Counter(
            "nodriza_model_calls",
            "Calls to the language model.",
            ["model", "result"],
            registry=registry,
        )
        self._call_seconds = Histogram(
            "nodriza_model_call_seconds",
            "How long a call to the language model took.",
            ["model"],
            registry=registry,
            buckets=_BUCKETS,
        )
        self._tokens = Counter(
            "nodriza_model_tokens",
            "Tokens that the language model read and wrote, where it says so.",
            ["model", "direction"],
            registry=registry,
        )

    def observe(self, events: Sequence[Event], seconds: float) -> None:
        """Count a turn that is over."""
        self._turns.labels(_outcome(events)).inc()
        self._seconds.observe(seconds)
        for event in events:
            if isinstance(event, ModelCalled):
                self._observe_call(event)

    def _observe_call(self, call: ModelCalled) -> None:
        self._calls.labels(call.model, "error" if call.error else "ok").inc()
        self._call_seconds.labels(call.model).observe(call.ms / 1000)
        self._tokens.labels(call.model, "input").inc(call.input_tokens or 0)
        self._tokens.labels(call.model, "output").inc(call.output_tokens or 0)


def count_under_way(registry: CollectorRegistry, count: Callable[[], int]) -> None:
    """Tell how many messages are being answered or wait for it, whenever it is asked."""
    gauge = Gauge(
        "nodriza_messages_under_way",
        "Messages that are being answered or wait for it.",
        registry=registry,
    )
    gauge.set_function(count)


def _outcome(events: Sequence[Event]) -> str:
    if any(isinstance(event, Failed) for event in events):
        return "failed"
    reply = last_reply(events)
    return reply.kind if reply else "none"
