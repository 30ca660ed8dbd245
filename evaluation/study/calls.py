"""Calls to a chat model by what is no part of the assistant: counted, priced, outages told."""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig

from agent.models.calls import failure_text, name_of
from agent.models.prices import Prices, cost_of
from agent.models.providers import NamedModel
from agent.models.structured import ask_for_json
from evaluation.cases import CaseFailed
from evaluation.study.attempt import TokenCount
from evaluation.study.system import ContextExceeded
from evaluation.walks.spending import Counted, Spent
from tools.errors import ModelUnavailable, NodrizaError


class Caller:
    """Asks one model in one conversation."""

    def __init__(self, model: NamedModel, prices: Prices) -> None:
        self._chat = model.chat
        self._prices = prices
        self._counted = Counted()
        self._taken = Spent()
        """What was told by `took` already."""

    def text(self, messages: Sequence[BaseMessage]) -> str:
        """What it says. Raises CaseFailed when it does not answer."""
        try:
            reply = self._chat.invoke(list(messages), RunnableConfig(callbacks=[self._counted]))
        except Exception as error:
            raise outage(error) from error
        return str(reply.text)

    def json(self, messages: Sequence[BaseMessage], schema: Any) -> str:
        """What it says when it is asked for JSON of a schema. Raises CaseFailed likewise."""
        reply, _, failure = ask_for_json(self._chat, messages, schema, [self._counted])
        if reply is None:
            assert failure is not None
            raise outage(failure) from failure
        return str(reply.text)

    def took(self) -> TokenCount:
        """What the calls since the last time took."""
        spent, self._taken = self._counted.spent - self._taken, self._counted.spent
        return priced(spent, name_of(self._chat), self._prices)

    @property
    def total(self) -> TokenCount:
        """What all calls took."""
        return priced(self._counted.spent, name_of(self._chat), self._prices)


def priced(spent: Spent, model: str, prices: Prices) -> TokenCount:
    """With its cost, by the name that the record has for the model."""
    price = prices.get(model)
    answered = spent.calls > spent.failed
    known = price is not None and not spent.uncounted
    cost = cost_of(price, spent.read, spent.cached, spent.written) if price and known else None
    return TokenCount.of(spent, cost if answered else 0.0)


_TOO_LONG = re.compile(
    # llama-cpp-python; llama.cpp's server; OpenAI and most who speak its protocol.
    r"exceeds? (?:the )?(?:available )?context (?:window|size)"
    r"|context_length_exceeded|maximum context length",
    re.IGNORECASE,
)


def outage(failure: Exception) -> NodrizaError:
    """What to raise where a model did not answer; any other error of ours stays what it is."""
    if _TOO_LONG.search(str(failure)):
        return ContextExceeded(f"the prompt is too long for the model: {failure_text(failure)}")
    if isinstance(failure, NodrizaError) and not isinstance(failure, ModelUnavailable):
        return failure
    return CaseFailed(f"the model did not answer: {failure_text(failure)}")
