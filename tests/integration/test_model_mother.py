"""A mother who is a chat model: what she is told, and what she makes of what she reads."""

import re

import pytest

from agent.models.prices import read_prices
from agent.models.providers import ModelSpec, NamedModel, chat_model
from agent.settings import PROJECT
from evaluation.cases import CaseFailed, WalkCase, read_cases
from evaluation.study.attempt import Exchange
from evaluation.study.mothers import Mother
from evaluation.study.mothers.model import STOP, ModelMother
from tests.integration.conftest import TEXTS
from tests.integration.openai_server import INPUT_TOKENS, Fails, Says, ScriptedModel
from tools.tree import Advice, Question, Referral, Tree

CASES = PROJECT / "evaluation" / "development" / "walks.jsonl"


@pytest.fixture
def case() -> WalkCase:
    return next(c for c in read_cases(CASES, WalkCase) if c.facts and len(c.answers) > 1)


@pytest.fixture
def named(model_server: ScriptedModel) -> NamedModel:
    spec = ModelSpec("openai:her", model_server.url, None, {}, 20.0, 0, "test")
    return NamedModel(spec.name, chat_model(spec))


def made(case: WalkCase, tree: Tree, named: NamedModel) -> Mother:
    return ModelMother(case, tree, TEXTS, named, read_prices(None))


def shown(text: str, *options: str) -> Exchange:
    return Exchange(said="", kind="question", node="secret-node", text=text, options=options)


def test_she_reads_what_is_on_the_screen_and_answers_in_her_words(
    case: WalkCase, tree: Tree, named: NamedModel, model: ScriptedModel
) -> None:
    hers = made(case, tree, named)
    model.script(Says(text="desde ayer"), Says(text=f"<think>¿y ahora?</think>\n{STOP}."))
    assert hers.answers(shown("¿Desde cuándo?", "Hoy", "Ayer")) == "desde ayer"
    system, screen = model.seen()
    assert screen["content"] == "¿Desde cuándo?\n\n[Hoy]\n[Ayer]"
    assert case.first_message in system["content"]
    assert hers.answers(shown("Haz esto.")) is None
    assert [m["role"] for m in model.seen()] == ["system", "user", "assistant", "user"]
    assert (hers.spent.calls, hers.spent.read) == (2, 2 * INPUT_TOKENS)
    assert hers.spent.cost is None, "nobody knows the price of this model"
    assert all(request["temperature"] == 0 for request in model.requests)


def test_she_is_told_what_she_knows_and_no_id_nor_the_answer(
    tree: Tree, named: NamedModel, model: ScriptedModel
) -> None:
    # An id that is also an ordinary word tells nothing.
    ids = {name for name in tree.by_id if "-" in name}
    for case in read_cases(CASES, WalkCase)[::10]:
        model.script(Says(text="sí"))
        made(case, tree, named).answers(shown("¿?"))
        told = str(model.seen()[0]["content"])
        for words in case.says.values():
            assert words in told
        for name in case.answers:
            question = tree.by_id[name]
            assert isinstance(question, Question)
            assert question.text in told
        hers = re.findall(r"[\w-]+", told.replace(case.first_message, ""))
        assert not ids & set(hers)
        for name in case.target:
            assert title_of(tree, name) not in told
        assert "None" not in told


def test_without_an_answer_of_hers_there_is_no_result(
    case: WalkCase, tree: Tree, named: NamedModel, model: ScriptedModel
) -> None:
    model.script(Fails(401))
    with pytest.raises(CaseFailed, match="the model did not answer"):
        made(case, tree, named).answers(shown("¿?"))


def title_of(tree: Tree, name: str) -> str:
    leaf = tree.by_id[name]
    assert isinstance(leaf, Advice | Referral)
    return leaf.title
