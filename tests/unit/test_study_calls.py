"""Calls of the study's baselines: what they took and cost, and which failure is an outage."""

from datetime import date

import pytest
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage

from agent.models.prices import Price
from agent.models.providers import NamedModel
from evaluation.cases import CaseFailed, CasesError
from evaluation.study.attempt import TokenCount
from evaluation.study.calls import Caller, outage, priced
from evaluation.study.system import ContextExceeded
from evaluation.walks.spending import Spent
from tools.errors import ModelUnavailable

PRICES = {
    "known": Price(input=2, cached_input=1, output=10, source="x", checked_on=date(2026, 11, 29))
}
USAGE = {
    "input_tokens": 100,
    "output_tokens": 5,
    "total_tokens": 105,
    "input_token_details": {"cache_read": 40},
}


@pytest.mark.parametrize(
    ("spent", "model", "cost"),
    [
        (Spent(), "known", 0.0),
        (Spent(), "unknown", 0.0),
        (Spent(calls=1, failed=1), "unknown", 0.0),
        (Spent(1, 100, 40, 5), "known", (60 * 2 + 40 * 1 + 5 * 10) / 1e6),
        (Spent(1, 100, 40, 5), "unknown", None),
        (Spent(2, 100, 40, 5, uncounted=1), "known", None),
    ],
)
def test_a_cost_is_told_where_it_is_known(spent: Spent, model: str, cost: float | None) -> None:
    assert priced(spent, model, PRICES).cost == pytest.approx(cost)


def test_each_look_tells_what_is_new_and_the_total_all_of_it() -> None:
    chat = FakeMessagesListChatModel(
        responses=[AIMessage("a", usage_metadata=USAGE), AIMessage("b")]
    )
    caller = Caller(NamedModel("x:y", chat), PRICES)
    said = [HumanMessage("hola")]
    assert caller.text(said) == "a"
    assert caller.took() == TokenCount(calls=1, read=100, cached=40, written=5, cost=None)
    assert caller.took() == TokenCount()
    assert caller.json(said, {}) == "b"
    assert caller.took() == TokenCount(calls=1, cost=None)
    assert caller.total == TokenCount(calls=2, read=100, cached=40, written=5, cost=None)


def test_a_model_that_is_down_gives_no_result_and_other_errors_stay() -> None:
    for failure in (RuntimeError("503"), ModelUnavailable("no whole answer within 60 s")):
        assert isinstance(outage(failure), CaseFailed)
        assert str(failure) in str(outage(failure))
    ours = CasesError("the budget is spent")
    assert outage(ours) is ours


@pytest.mark.parametrize(
    "failure",
    [
        "Requested tokens (4305) exceed context window of 4096",
        "request (4305 tokens) exceeds the available context size (4096 tokens)",
        "Error code: 400 - {'error': {'code': 'context_length_exceeded'}}",
    ],
)
def test_a_prompt_that_grew_too_long_is_the_systems_own_doing(failure: str) -> None:
    assert isinstance(outage(ValueError(failure)), ContextExceeded)
