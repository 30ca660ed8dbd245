"""Questions in a model's words, on a real graph with a scripted model: asked, dropped, down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.service import Service
from records.events import ModelCalled
from tests.integration.conftest import Conversation, GraphServer, led_house, question_of
from tests.integration.openai_server import Fails, Says, ScriptedModel
from tools.tree import Tree

CRACKED = "tengo grietas en los pezones"


@pytest.fixture(scope="module")
def rewording(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("phrasing")
    led = led_house(graph_server, model_server, folder, navigator="semantic", phrasing="model")
    with led as service:
        yield service


@pytest.fixture
def talk(rewording: Service) -> Conversation:
    return Conversation(rewording.assistant)


def test_a_question_is_asked_in_the_models_words_with_the_trees_buttons(
    talk: Conversation, model: ScriptedModel, tree: Tree
) -> None:
    model.script(Says(text="¿Cómo son esas grietas de los pezones?"))
    turn = talk.say(CRACKED)
    question = question_of(tree, str(turn.replied.node))
    assert turn.replied.text == "¿Cómo son esas grietas de los pezones?"
    labels = [option.label for option in question.options]
    assert turn.replied.options[: len(labels)] == labels
    shown = model.seen()[-1]["content"]
    assert question.text in shown
    assert CRACKED in shown
    assert all(label in shown for label in labels)
    (called,) = turn.of(ModelCalled)
    assert called.prompt.startswith("phrasing@1#")
    assert called.error is None


@pytest.mark.parametrize("text", ["Tranquila. ¿Cómo son?", "¿Tienes también 39 de fiebre?"])
def test_what_claims_more_is_dropped_and_the_record_says_why(
    talk: Conversation, model: ScriptedModel, tree: Tree, text: str
) -> None:
    model.script(Says(text=text))
    turn = talk.say(CRACKED)
    assert turn.replied.text == question_of(tree, str(turn.replied.node)).text
    (called,) = turn.of(ModelCalled)
    assert str(called.error).startswith("dropped: ")
    assert called.output is not None


def test_with_the_model_down_the_trees_own_question_is_asked(
    talk: Conversation, model: ScriptedModel, tree: Tree
) -> None:
    model.script(*[Fails(500)] * 3)
    turn = talk.say(CRACKED)
    assert turn.replied.text == question_of(tree, str(turn.replied.node)).text


def test_an_answer_is_never_reworded(talk: Conversation, model: ScriptedModel, tree: Tree) -> None:
    model.always(Says(text="¿Y cómo es?"))
    turn = talk.say(CRACKED)
    for _ in range(10):
        if turn.replied.kind == "answer":
            break
        turn = talk.press(turn.replied.options[0])
    assert turn.replied.kind == "answer"
    assert turn.replied.text == getattr(tree.by_id[str(turn.replied.node)], "text", None)
    assert not turn.of(ModelCalled)
