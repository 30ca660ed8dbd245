"""The choices of a model that calls tools count as much as `nodriza bench trust` measured."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.models.trust import Measured, Trust, read_trust, trust_key, write_trust
from agent.navigators import consult
from agent.service import Service
from evaluation.commands import app
from records.events import Decided, Moved
from tests.integration.conftest import (
    Conversation,
    GraphServer,
    led_house,
    model_settings,
    question_of,
)
from tests.integration.openai_server import Fails, Reply, Says, ScriptedModel, calls
from tools.encoder import UniversalSentenceEncoder
from tools.tree import Tree

SORE = "Me duele mucho cuando mama mi niña"
MUMBLED = "uf, menuda semana llevamos en casa"
ASK = calls("ask", about="nada")


@dataclass(frozen=True)
class House:
    service: Service
    trust: Path

    @property
    def key(self) -> str:
        version = self.service.store.active("lactancia").version
        encoder = UniversalSentenceEncoder.name
        return trust_key(version, encoder, "openai:scripted", consult.prompt_keys())


@pytest.fixture(scope="module")
def opened(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("trust")
    with led_house(graph_server, model_server, folder) as service:
        yield House(service, folder / "trust.json")


@pytest.fixture
def house(opened: House) -> Iterator[House]:
    """A house that the scripted model leads by calling tools, which nobody has measured yet."""
    yield opened
    opened.trust.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("trust", "moves"), [(None, False), (Measured(4, 10), False), (Measured(990, 1000), True)]
)
def test_a_choice_counts_as_much_as_was_measured(
    house: House, model: ScriptedModel, trust: Measured | None, *, moves: bool
) -> None:
    """Her words say nothing, so that all depends on the model's choice."""
    if trust:
        write_trust(house.trust, house.key, Trust(places=trust, options=trust))
    mother = Conversation(house.service.assistant)
    model.script(calls("jump_to", node_id="dolor-cuando"), ASK)
    assert mother.say(SORE).replied.node == "dolor-cuando"
    model.script(calls("choose_option", option_id="despues", quote="menuda semana"), ASK)
    turn = mother.say(MUMBLED)
    assert [moved.move for moved in turn.of(Moved)] == (["despues"] if moves else [])
    judged = next(d for d in turn.of(Decided) if d.why == "the model chose it")
    (model_says,) = (item.scores for item in judged.evidence if item.source == "model")
    assert model_says == {"despues": trust.log_odds if trust else 0.0}
    assert judged.action == ("move" if moves else "ask")


def test_measuring_asks_as_a_turn_would(
    house: House,
    model: ScriptedModel,
    tree: Tree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It looks before it chooses; no choice is no mistake, and a failure counts nowhere."""
    question = question_of(tree, "dolor-cuando")
    topic = tree.topic_of["dolor-cuando"]
    search = calls("search_tree", query="dolor")
    go = calls("jump_to", node_id="dolor-cuando")

    def takes(option: str) -> Says:
        return calls("choose_option", option_id=option, quote="x")

    messages: dict[str, tuple[str, list[Reply]]] = {
        "me duele al mamar": (topic, [search, go]),
        "hola qué tal": ("unclear", [go]),
        "me duele y no se": (topic, [search, search, search, search]),
        "me duele otra vez": (topic, [calls("jump_to", node_id="no-such-place")]),
    }
    replies: dict[str, tuple[int, list[Reply]]] = {
        "siempre": (1, [calls("read_position"), takes("toda-la-toma")]),
        "al acabar": (1, [takes("despues")]),
        "quizá": (1, [calls("choose_path", option_ids=["toda-la-toma", "x"], quotes=["a", "b"])]),
        "eh": (1, [ASK]),
        "se cae": (1, [Fails(429), Fails(429), Fails(429)]),
    }
    plain: dict[str, Any] = {"topic_also": [], "secondary": [], "baby_age": None, "lang": "es"}
    plain |= {"extractive_gold": [], "needs_clarification": False}
    asked: dict[str, Any] = {"gold_also": [], "kind": "plain", "node": question.id}
    asked |= {"question": question.text, "options": [o.label for o in question.options]}
    message_file, reply_file = tmp_path / "messages.jsonl", tmp_path / "replies.jsonl"
    message_file.write_text(
        "\n".join(
            json.dumps({"id": text, "text": text, "topic": topic, **plain})
            for text, (topic, _) in messages.items()
        ),
        "utf-8",
    )
    reply_file.write_text(
        "\n".join(
            json.dumps({"id": text, "reply": text, "gold": gold, **asked})
            for text, (gold, _) in replies.items()
        ),
        "utf-8",
    )
    scripts = {text: iter(script) for text, (_, script) in [*messages.items(), *replies.items()]}

    def mind(request: dict[str, Any]) -> Reply:
        said = request["messages"][1]["content"].partition("<message>")[2]
        return next(script for text, script in scripts.items() if text in said).__next__()

    model.always(mind)
    for name, value in model_settings(model).items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", str(value))
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(house.trust.parent))
    files = ["--cases-messages", str(message_file), "--cases-replies", str(reply_file)]
    shown = CliRunner().invoke(app, ["trust", *files, "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)["run"]
    assert told["key"] == house.key, "the next turn reads what was measured"
    assert told["failed"] == 1
    kept = read_trust(house.trust, house.key)
    assert kept == Trust(places=Measured(1, 2), options=Measured(2, 3), facts=Measured(0, 0))
