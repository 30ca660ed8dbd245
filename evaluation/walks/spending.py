"""What conversations take of a model: calls and tokens."""

import operator
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from agent.models.prices import usage_of
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
    uncounted: int = 0
    """Answered calls of which the server has not told the tokens."""

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(*map(operator.add, astuple(self), astuple(other)))

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(*map(operator.sub, astuple(self), astuple(earlier)))


def spent_in(events: Iterable[Event]) -> Spent:
    """What the model calls of a turn took."""
    calls = [event for event in events if isinstance(event, ModelCalled)]
    usage = usage_of(calls, {})
    failed = sum(call.error is not None for call in calls)
    uncounted = sum(call.output is not None and call.input_tokens is None for call in calls)
    return Spent(
        usage.calls,
        usage.input_tokens,
        usage.cached_tokens,
        usage.output_tokens,
        failed,
        uncounted,
    )


class Counted(BaseCallbackHandler):
    """Counts the calls of whatever it is handed to as a callback, and their tokens."""

    def __init__(self) -> None:
        self.spent = Spent()

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """A call that was answered."""
        generation = response.generations[0][0]
        assert isinstance(generation, ChatGeneration)
        message = generation.message
        assert isinstance(message, AIMessage)
        usage = message.usage_metadata
        if usage is None:
            self.spent += Spent(calls=1, uncounted=1)
            return
        cached = usage.get("input_token_details", {}).get("cache_read", 0)
        self.spent += Spent(1, usage["input_tokens"], cached, usage["output_tokens"])

    def on_llm_error(self, error: BaseException, **_: Any) -> None:  # noqa: ARG002 - the base's
        """A call without an answer."""
        self.spent += Spent(calls=1, failed=1)
