"""A small model of this machine can be held to the forms that the study's baselines ask for."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from agent.models.providers import ModelSpec, chat_model
from agent.models.structured import response_format
from evaluation.study.systems.cited import schema_of
from evaluation.study.systems.text2cypher import QUERY
from tests.integration.llama_server import weights

pytest.importorskip("llama_cpp", reason="no llama-cpp-python: make deps builds it")


@pytest.fixture(scope="module")
def small() -> BaseChatModel:
    path = weights()
    if path is None:
        pytest.skip("no weights: make test installs them")
    name = f"llama_cpp:{path}"
    return chat_model(ModelSpec(name, None, None, {"max_tokens": 6}, 60.0, 0, "test"))


@pytest.mark.parametrize(
    ("schema", "begins"),
    [
        (schema_of([f"hoja-{number}" for number in range(20)]), '{"kind":"'),
        (schema_of([]), '{"kind":"'),
        (QUERY, '{"cypher":"'),
    ],
)
def test_it_can_say_nothing_else(small: BaseChatModel, schema: dict[str, Any], begins: str) -> None:
    said = small.invoke([HumanMessage("hola")], **response_format("json_schema", schema))
    written = "".join(said.text.split())
    assert len(written) > len('{"')
    assert written.startswith(begins) or begins.startswith(written)
