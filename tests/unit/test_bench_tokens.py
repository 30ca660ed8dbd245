"""Tokens until an answer: a script that is always right, in three ways of using a model."""

import json
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from typer.testing import CliRunner

from agent.settings import load_settings
from cli import app
from evaluation.cases import MessageCase, read_cases
from evaluation.walks.perfect_model import rendered
from evaluation.walks.spending import Spent
from evaluation.walks.tokens import (
    METHODS,
    STOCK,
    Mothers,
    Talked,
    compare,
    compare_perfect,
    token_rows,
)
from tests.unit.bench_cases import MESSAGE, use_small_tree, write_cases

pytest.importorskip("langchain", reason="no stock agent: make test installs it")
CASE = MESSAGE | {"text": "me duele al mamar", "baby_age": None}
OWN_WORDS = Mothers(seed=1, own_words=True, patience=6)


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MessageCase:
    use_small_tree(tmp_path, monkeypatch)
    (case,) = read_cases(write_cases(tmp_path / "m.jsonl", [CASE]), MessageCase)
    return case


def quiet(_text: str) -> None:
    """No progress."""


def test_a_perfect_script_resolves_in_every_way(case: MessageCase) -> None:
    with compare_perfect(load_settings(), str.split, OWN_WORDS, quiet) as comparison:
        first, again = comparison.talk(case), comparison.talk(case)
    assert first == again, "nothing of a conversation is cached for the next one"
    assert set(first) == set(METHODS)
    assert all(talked.resolved and talked.right for talked in first.values())
    assert all(talked.spent.failed == 0 for talked in first.values())
    spent = {name: talked.spent for name, talked in first.items()}
    # Search, jump, ask, then the choice; her baby's age is read and the leaf shown without it.
    assert spent["tools"].calls == 4
    # The stock agent sets the age itself, and tells her each of the three places.
    assert spent[STOCK].calls == 7
    assert spent["scored"].calls == 2
    assert spent["scored"].read < spent["tools"].read < spent[STOCK].read
    assert spent[STOCK].written > spent["tools"].written


def test_buttons_need_no_model_but_the_stock_agent_does(case: MessageCase) -> None:
    buttons = Mothers(seed=1, own_words=False, patience=6)
    with compare_perfect(load_settings(), str.split, buttons, quiet) as comparison:
        talked = comparison.talk(case)
    assert talked["scored"].spent.calls == 1
    assert talked[STOCK].spent.calls == 7


class Mumbles(FakeMessagesListChatModel):
    """A model that calls nothing and says the same always."""

    def bind_tools(self, tools: object, **_: object) -> BaseChatModel:
        return self


def test_a_model_that_chooses_nothing_resolves_nothing_as_the_stock_agent(
    case: MessageCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is asked for in vain is counted."""
    usage = {"input_tokens": 100, "output_tokens": 5, "total_tokens": 105}
    mumbles = Mumbles(responses=[AIMessage("mmm", usage_metadata=usage)])
    monkeypatch.setenv("NODRIZA_MODEL", "openai:mumbles")
    with compare(load_settings(), mumbles, OWN_WORDS, quiet) as comparison:
        talked = comparison.talk(case)
    assert not talked[STOCK].resolved
    assert talked[STOCK].spent == Spent(calls=6, read=600, written=30)
    assert talked["tools"].resolved, "the evidence that needs no model goes on"


def test_tokens_spent_in_vain_count_for_the_resolved_ones() -> None:
    good, bad = Talked(Spent(2, 100, 40, 10), True, True), Talked(Spent(4, 300), False, False)
    talks = [dict.fromkeys(METHODS, good), dict.fromkeys(METHODS, bad) | {"scored": good}]
    found = {(row.part, row.name, row.method): row.estimate.value for row in token_rows(talks, 1)}
    assert found["outcome", "resolved", "tools"] == 0.5
    assert found["per conversation", "tokens read", "tools"] == 200
    assert found["per resolved conversation", "tokens read", "tools"] == 400
    assert found["per resolved conversation", "tokens read, not cached", "scored"] == 60
    shares = "share of the stock agent's, where both resolve"
    assert found[shares, "calls", "tools"] == 1.0
    nothing = [dict.fromkeys(METHODS, bad)]
    parts = {row.part for row in token_rows(nothing, 1)}
    assert parts == {"outcome", "per conversation"}, "none resolved: nothing to divide by"


def test_what_never_changes_is_read_first() -> None:
    said = [HumanMessage("hola")]
    read = rendered(said, {"tools": [{"x": 1}], "response_format": {"y": "é"}})
    assert read == '[{"x": 1}]\nhuman\nhola\n{"y": "é"}'


def test_the_command_counts_with_a_real_tokenizer(
    case: MessageCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.integration.llama_server import weights

    pytest.importorskip("llama_cpp", reason="no llama.cpp: make deps installs it")
    path = weights()
    assert path is not None
    arguments = ["bench", "tokens", "--cases", str(tmp_path / "m.jsonl"), "--perfect", str(path)]
    shown = CliRunner().invoke(app, [*arguments, "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    assert told["run"]["model"] == f"a perfect script, tokens of {path.name}"
    figures = {(f["part"], f["name"], f["method"]): f["value"] for f in told["figures"]}
    assert figures["outcome", "resolved", STOCK] == 1
    assert figures["per conversation", "tokens read", STOCK] > 1000
