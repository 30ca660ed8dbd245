"""A real small model, really served: what it says is legal, and it makes no difference.

It is far too small to know what she means (and speaks English), which makes it a good test: nothing
of it is scripted, and nobody has measured it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.navigators.scored import prompt_keys
from agent.service import Service, open_service
from agent.settings import load_settings
from records.events import Decided, Failed, ModelCalled, Moved
from tests.integration.conftest import Conversation, GraphServer
from tests.integration.llama_server import llama_server, weights

pytest.importorskip("xllamacpp", reason="no llama.cpp server: make test installs it")
if weights() is None:
    pytest.skip("no weights of a small model: make test installs them", allow_module_level=True)

SAID = (
    "Me duele mucho cuando mama mi niña",
    "uf, menuda semana llevamos en casa",
    "pues me duele todo el rato mientras mama",
)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with llama_server() as url:
        yield url


@pytest.fixture(scope="module")
def houses(
    served: str, graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Service]]:
    """One with the model, one without."""
    folder: Path = tmp_path_factory.mktemp("offline")
    known: dict[str, Any] = {"data_folder": folder, **graph_server.settings()}
    model = {"model": "openai:smollm2", "model_base_url": served, "model_timeout": 60.0}
    with (
        open_service(load_settings(**known, **model, navigator="scored")) as led,
        open_service(load_settings(**known, navigator="semantic")) as plain,
    ):
        yield led, plain


@pytest.mark.timeout(120)
def test_a_conversation_with_a_real_model(
    houses: tuple[Service, Service], capsys: pytest.CaptureFixture[str]
) -> None:
    led, plain = houses
    mother, without = Conversation(led.assistant), Conversation(plain.assistant)
    made: list[ModelCalled] = []
    for said in SAID:
        turn, other = mother.say(said), without.say(said)

        # It moves, decides and asks as the house without a model.
        assert turn.of(Failed) == []
        moves = [[(m.kind, m.move, m.target) for m in t.of(Moved)] for t in (turn, other)]
        assert moves[0] == moves[1]
        decided = [[(d.node, d.action, d.posterior) for d in t.of(Decided)] for t in (turn, other)]
        assert decided[0] == decided[1]
        assert turn.replied.node == other.replied.node
        assert turn.replied.options == other.replied.options
        assert turn.replied.facts == other.replied.facts

        # One call at most, and its answer is made of what was offered.
        assert len(turn.of(ModelCalled)) <= 1
        for called in turn.of(ModelCalled):
            assert called.error is None
            assert called.prompt == f"{prompt_keys()} json_schema"
            assert_is_enumerated(called)
            made.append(called)
    assert len(made) == len(SAID)

    # From the second turn on the server has computed the fixed part before.
    rules = {str(called.messages[0]["content"]) for called in made}
    assert len(rules) == 1
    later = made[1:]
    given = sum(called.input_tokens or 0 for called in later)
    cached = sum(called.cached_tokens or 0 for called in later)
    assert all(called.cached_tokens for called in later)
    with capsys.disabled():
        calls = ", ".join(
            f"{called.cached_tokens}/{called.input_tokens} in {called.ms:.0f} ms" for called in made
        )
        print(f"\nprompt tokens cached: {cached / given:.0%} after the first turn ({calls})")  # noqa: T201
    assert cached / given > 0.3


def assert_is_enumerated(called: ModelCalled) -> None:
    """The answer is one JSON object with nothing in it but what its prompt lists."""
    assert called.output is not None
    answer = json.loads(str(called.output["content"]))
    rules, turn = (str(message["content"]) for message in called.messages)
    assert set(answer) <= {"clauses", "facts", "path"}
    assert set(answer["path"]) <= set(re.findall(r"^- (\S+):", turn, re.MULTILINE))
    numbers = re.findall(r"^(\d+)\. ", turn, re.MULTILINE)
    assert {str(number) for number in answer["clauses"]} <= set(numbers)
    names = set(re.findall(r"^- (\S+):", rules.partition("Facts:")[2], re.MULTILINE))
    assert {fact["name"] for fact in answer["facts"]} <= names
