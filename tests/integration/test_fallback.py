"""model → smaller model → semantic → menu: each step down is in the record, and she is answered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.models.providers import specs
from agent.models.trust import Measured, Trust, trust_key, write_trust
from agent.navigators import consult, scored
from agent.service import Service
from agent.settings import Navigator, load_settings
from records.events import Failed, FellBack, ModelCalled, Moved, ToolCalled
from tests.integration.conftest import (
    Conversation,
    OpenHouse,
    Turn,
    model_settings,
)
from tests.integration.llama_server import weights
from tests.integration.openai_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Fails,
    Says,
    ScriptedModel,
    calls,
)
from tools.encoder import UniversalSentenceEncoder

SORE = "Me duele mucho cuando mama mi niña"
MUMBLED = "uf, menuda semana llevamos en casa"
ASK = calls("ask", about="x")
A_CALL = INPUT_TOKENS + OUTPUT_TOKENS


@pytest.fixture
def smaller() -> Iterator[ScriptedModel]:
    with ScriptedModel() as server:
        yield server


def fell(turn: Turn) -> list[tuple[str, str, str]]:
    return [(event.origin, event.target, event.why) for event in turn.of(FellBack)]


def answer(path: list[str]) -> Says:
    return Says(text=json.dumps({"clauses": [1], "facts": [], "path": path}))


def both(model: ScriptedModel, smaller: ScriptedModel, **more: Any) -> dict[str, Any]:
    """A first model and a smaller one on another server."""
    second = {"fallback_model": "openai:smaller", "fallback_model_base_url": smaller.url}
    return {**model_settings(model), "model_retries": 0, **second, **more}


def test_a_smaller_model_goes_on_where_the_first_one_failed(
    open_house: OpenHouse, model: ScriptedModel, smaller: ScriptedModel
) -> None:
    """With what was said so far; and in this turn the first one is not asked again."""
    mother = Conversation(open_house(**both(model, smaller)).assistant)
    model.script(calls("search_tree", query="duele"), Fails(500))
    smaller.script(calls("jump_to", node_id="dolor-cuando"), ASK)
    turn = mother.say(SORE)
    assert fell(turn) == [("openai:scripted", "openai:smaller", "failed")]
    assert [called.model for called in turn.of(ModelCalled)] == [
        "scripted",
        "scripted",
        "smaller",
        "smaller",
    ]
    assert [tool.name for tool in turn.of(ToolCalled)] == ["search_tree", "jump_to", "ask"]
    assert smaller.seen(0)[-1]["role"] == "tool", "it reads what the first one was answered"
    assert turn.replied.node == "dolor-cuando"


def test_when_both_fail_her_words_are_understood_without_a_model(
    open_house: OpenHouse, model: ScriptedModel, smaller: ScriptedModel
) -> None:
    mother = Conversation(open_house(**both(model, smaller)).assistant)
    model.always(Fails(503))
    smaller.always(Fails(429))
    turn = mother.say(SORE)
    assert fell(turn) == [
        ("openai:scripted", "openai:smaller", "failed"),
        ("openai:smaller", "semantic", "failed"),
    ]
    assert "Error code: 429" in turn.of(FellBack)[-1].cause
    plain = Conversation(open_house(navigator="semantic").assistant).say(SORE)
    assert (turn.replied.node, turn.replied.options) == (plain.replied.node, plain.replied.options)
    assert turn.of(Failed) == []


def test_each_key_goes_to_its_own_server(model: ScriptedModel, smaller: ScriptedModel) -> None:
    """A fallback elsewhere does not get the first one's key."""
    known = both(model, smaller)
    first, second = specs(load_settings(**known))
    assert first.api_key is not None
    assert (second.base_url, second.api_key) == (smaller.url, None)
    known.pop("fallback_model_base_url")
    assert specs(load_settings(**known))[1].base_url == model.url
    assert specs(load_settings(**known))[1].api_key == first.api_key


# Trust


@pytest.mark.parametrize("navigator", ["tools", "scored"])
@pytest.mark.parametrize(
    ("measured", "moves"), [("openai:scripted", False), ("openai:smaller", True)]
)
def test_a_smaller_model_has_only_the_trust_that_was_measured_of_it(
    open_house: OpenHouse,
    model: ScriptedModel,
    smaller: ScriptedModel,
    tmp_path: Path,
    navigator: Navigator,
    measured: str,
    *,
    moves: bool,
) -> None:
    """Her words say nothing, so that a move is the model's choice and nothing else."""
    house = open_house(**both(model, smaller, navigator=navigator))
    trust_it(house, tmp_path / "data" / "trust.json", navigator, measured)
    mother = Conversation(house.assistant)
    model.script(*choice(navigator, "dolor-cuando"))
    assert mother.say(SORE).replied.node == "dolor-cuando"

    model.script(Fails(503))
    smaller.script(*choice(navigator, "dolor-cuando", "despues"))
    turn = mother.say(MUMBLED)
    assert fell(turn) == [("openai:scripted", "openai:smaller", "failed")]
    assert [moved.move for moved in turn.of(Moved)] == (["despues"] if moves else [])


@pytest.mark.parametrize("navigator", ["tools", "scored"])
def test_the_first_model_has_its_own_trust_again_in_the_next_turn(
    open_house: OpenHouse,
    model: ScriptedModel,
    smaller: ScriptedModel,
    tmp_path: Path,
    navigator: Navigator,
) -> None:
    house = open_house(**both(model, smaller, navigator=navigator))
    trust_it(house, tmp_path / "data" / "trust.json", navigator, "openai:scripted")
    mother = Conversation(house.assistant)
    model.script(Fails(503))
    smaller.script(*choice(navigator, "dolor-cuando"))
    assert mother.say(SORE).replied.node == "dolor-cuando"
    model.script(*choice(navigator, "dolor-cuando", "despues"))
    assert [moved.move for moved in mother.say(MUMBLED).of(Moved)] == ["despues"]


def trust_it(house: Service, path: Path, navigator: Navigator, name: str) -> None:
    """Let one model, by its name in the settings, be measured to be nearly always right."""
    prompts = (consult if navigator == "tools" else scored).prompt_keys()
    version = house.store.active("lactancia").version
    key = trust_key(version, UniversalSentenceEncoder.name, name, prompts)
    right = Measured(990, 1000)
    write_trust(path, key, Trust(places=right, options=right))


def choice(navigator: Navigator, place: str, option: str | None = None) -> list[Says]:
    """A model that chooses a place, or an option there, and then has her asked."""
    if navigator == "scored":
        return [answer([f"{place}/{option}" if option else place])]
    if option:
        return [calls("choose_option", option_id=option, quote="menuda semana"), ASK]
    return [calls("jump_to", node_id=place), ASK]


# Time


@pytest.mark.parametrize("navigator", ["tools", "scored"])
@pytest.mark.parametrize("provider", ["openai", "llama_cpp"])
def test_a_time_out_is_the_same_failure_with_every_provider(
    open_house: OpenHouse,
    model: ScriptedModel,
    smaller: ScriptedModel,
    provider: str,
    navigator: Navigator,
) -> None:
    """A smaller model goes on, and the record has what happened in the same words."""
    slow: dict[str, Any] = {"model_timeout": 0.3, "navigator": navigator}
    if provider == "openai":
        model.always(Says(text="{}", after=5))
    else:
        pytest.importorskip("llama_cpp", reason="no llama-cpp-python: make deps builds it")
        threads = {"n_threads": 1, "n_threads_batch": 1}
        slow |= {"model": f"llama_cpp:{weights()}", "model_parameters": threads}
        slow |= {"model_base_url": None, "model_api_key": None}
    house = open_house(**{**both(model, smaller), **slow})
    smaller.script(*choice(navigator, "dolor-cuando"))
    turn = Conversation(house.assistant).say(SORE)
    (step,) = turn.of(FellBack)
    assert (step.target, step.why) == ("openai:smaller", "failed")
    assert step.origin.startswith(f"{provider}:")
    said = {"tools": "the model did not answer: ", "scored": "the model gave no answer: "}
    late = {"openai": "OpenAITimeoutError", "llama_cpp": "ModelUnavailable: no whole answer within"}
    assert step.cause.startswith(said[navigator])
    assert late[provider] in step.cause
    assert late[provider] in str(turn.of(ModelCalled)[0].error)
    assert turn.replied.node == "dolor-cuando"


# Malformed answers


@pytest.mark.parametrize(
    "broken", [Says(text="no sé"), Says(text='{"path": ["dolor'), Says(text='{"path": 3}')]
)
def test_a_malformed_answer_is_mended_once(
    open_house: OpenHouse, model: ScriptedModel, broken: Says
) -> None:
    house = open_house(**model_settings(model) | {"navigator": "scored", "model": "openai:mended"})
    model.script(broken, answer([]))
    turn = Conversation(house.assistant).say(SORE)
    first, second = turn.of(ModelCalled)
    assert str(first.error).startswith("malformed answer: it must be one JSON object with")
    assert second.error is None
    assert model.seen(1)[-2]["content"] == broken.text
    assert "could not be read" in model.seen(1)[-1]["content"]
    assert fell(turn) == []


def test_an_answer_that_stays_malformed_is_refused(
    open_house: OpenHouse, model: ScriptedModel
) -> None:
    house = open_house(**model_settings(model) | {"navigator": "scored", "model": "openai:broken"})
    model.always(Says(text="no sé"))
    turn = Conversation(house.assistant).say(SORE)
    assert len(turn.of(ModelCalled)) == 2
    assert fell(turn) == [("openai:broken", "semantic", "failed")]
    assert "malformed answer" in turn.of(FellBack)[0].cause
    assert turn.replied.node == "dolor-cuando"


# The encoder


def test_without_the_encoder_there_is_still_the_menu(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And danger is still seen, by its patterns."""
    assistant = open_house(navigator="semantic").assistant

    def broken(self: UniversalSentenceEncoder, *_: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(UniversalSentenceEncoder, "encode", broken)
    mother = Conversation(assistant)
    turn = mother.say("tengo una pregunta que nadie hizo nunca sobre mi pequeña")
    assert fell(turn) == [("semantic", "menu", "failed")]
    assert turn.of(FellBack)[0].cause == "MemoryError: no room"
    assert turn.of(Failed) == []
    assert turn.replied.kind == "offer"
    assert len(turn.replied.options) > 3, "the table of contents"
    assert mother.press(turn.replied.options[0]).replied.options
    danger = mother.say("mi bebe esta azul y no respira, de verdad que no respira")
    assert (danger.replied.kind, danger.replied.urgency) == ("danger", "emergency")


# Budgets


@pytest.mark.parametrize(
    ("budget", "why", "others"),
    [("budget_visitor", "visitor's budget", False), ("budget_day", "day's budget", True)],
)
def test_when_the_budget_is_spent_the_turn_goes_on_without_a_model(
    open_house: OpenHouse, model: ScriptedModel, budget: str, why: str, others: bool
) -> None:
    """`others`: whether another conversation feels it too."""
    assistant = open_house(**{**model_settings(model), budget: 2 * A_CALL}).assistant
    mother, neighbour = Conversation(assistant), Conversation(assistant)
    model.always(ASK)
    model.script(calls("jump_to", node_id="dolor-cuando"), ASK)
    assert fell(mother.say(SORE)) == []

    turn = mother.say(MUMBLED)
    assert fell(turn) == [("openai:scripted", "semantic", why)]
    assert turn.of(FellBack)[0].cause.startswith(f"{2 * A_CALL} of {2 * A_CALL} tokens of ")
    assert turn.of(ModelCalled) == []
    assert turn.replied.options

    assert bool(neighbour.say(MUMBLED).of(FellBack)) is others


def test_yesterdays_tokens_do_not_count(open_house: OpenHouse, model: ScriptedModel) -> None:
    service = open_house(**model_settings(model))
    mother = Conversation(service.assistant)
    model.script(calls("jump_to", node_id="dolor-cuando"), ASK)
    mother.say(SORE)
    now = datetime.now(UTC)
    assert service.records.tokens(now - timedelta(hours=1)) == 2 * A_CALL
    assert service.records.tokens(now - timedelta(hours=1), mother.thread) == 2 * A_CALL
    assert service.records.tokens(now - timedelta(hours=1), "another") == 0
    assert service.records.tokens(now) == 0
