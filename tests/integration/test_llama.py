"""A real small model in this process, through llama-cpp-python."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool

from agent.models import make_model
from agent.settings import load_settings
from tests.integration.llama_server import weights
from tools.errors import SettingsError

pytest.importorskip("llama_cpp", reason="no llama-cpp-python: the extra llama installs it")
if weights() is None:
    pytest.skip("no weights of a small model: make test installs them", allow_module_level=True)

ASKED = [SystemMessage("Eres breve."), HumanMessage("¿Qué tal?")]


def made(name: str, options: dict[str, Any]) -> BaseChatModel:
    model = make_model(load_settings(model=f"llama_cpp:{name}", model_parameters=options))
    assert model is not None
    return model


@tool
def look(topic: str) -> str:
    """Look a topic up."""
    return topic


@pytest.fixture(scope="module")
def llama() -> BaseChatModel:
    options = {"n_ctx": 1024, "n_threads": 1, "max_tokens": 30}
    return made(str(weights()), options)


def test_llama_answers_in_this_process(llama: BaseChatModel) -> None:
    reply = llama.invoke(ASKED)
    assert reply.text
    assert reply.usage_metadata
    assert 0 < reply.usage_metadata["output_tokens"] <= 30
    assert len([piece for piece in llama.stream(ASKED) if piece.text]) > 1


def test_llama_keeps_to_a_schema_and_calls_a_forced_tool(llama: BaseChatModel) -> None:
    schema = {
        "type": "object",
        "properties": {"path": {"enum": ["tejo", "lirio"]}},
        "required": ["path"],
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    answer = llama.invoke("Describe the sea.", response_format=wanted)
    assert answer.text.replace(" ", "") in ('{"path":"tejo"}', '{"path":"lirio"}')
    (call,) = llama.bind_tools([look], tool_choice="look").invoke("Look fever up.").tool_calls
    assert (call["name"], list(call["args"])) == ("look", ["topic"])


def test_llama_ends_a_call_that_takes_too_long(llama: BaseChatModel) -> None:
    hurried = llama.model_copy(update={"timeout": 0.01})
    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        hurried.invoke(ASKED)
    assert llama.invoke(ASKED).text, "and the model is free again"


def test_an_option_that_llama_does_not_have_is_named(llama: BaseChatModel) -> None:
    with pytest.raises(SettingsError, match=r"no option 'n_cxt'; valid: .*'n_ctx'"):
        made(str(weights()), {"n_cxt": 1})


def test_a_file_that_was_cut_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    """llama.cpp itself would end the whole process over some of them."""
    whole = weights()
    assert whole is not None
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole.read_bytes()[:1_000_000])
    with pytest.raises(SettingsError, match=r"cut\.gguf' is .*cut short"):
        made(str(cut), {})
