"""One setting chooses the model: each provider's real client, against a stand-in for its API."""

import sys
import time
from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool

from agent.models.providers import make_model
from agent.models.replicate import ReplicateError
from agent.settings import load_settings
from tests.integration.api_server import Request, api_server
from tests.integration.openai_server import Fails, Says, ScriptedModel
from tools.errors import SettingsError

ASKED = [SystemMessage("Eres breve."), HumanMessage("¿Qué tal?")]


def made(**settings: Any) -> BaseChatModel:
    model = make_model(load_settings(**settings))
    assert model is not None
    return model


@tool
def look(topic: str) -> str:
    """Look a topic up."""
    return topic


# OpenAI, and what speaks its protocol


def test_parameters_beat_our_defaults(model: ScriptedModel) -> None:
    model.script(Says(text="bien"))
    parameters = '{"temperature": 0.7, "max_tokens": 50, "extra_body": {"top_k": 3}}'
    settings = {"model": "openai:m", "model_base_url": model.url, "model_parameters": parameters}
    assert made(**settings).invoke(ASKED).text == "bien"
    request = model.requests[0]
    assert (request["temperature"], request["top_k"]) == (0.7, 3)
    assert 50 in (request.get("max_tokens"), request.get("max_completion_tokens"))


@pytest.mark.usefixtures("aws")
def test_no_variable_of_the_shell_sends_her_words_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LangChain's clients read several that do."""
    with ScriptedModel() as elsewhere:
        elsewhere.always(Says(text="mine now"))
        for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL", "LANGSMITH_GATEWAY"):
            monkeypatch.setenv(name, elsewhere.url)
        monkeypatch.setenv("LANGSMITH_GATEWAY_API_KEY", "lsv2_x")
        chat = made(model="openai:gpt-4.1", model_api_key="k", model_retries=0)
        with pytest.raises(Exception, match="Connection error"):  # there is no network
            chat.invoke(ASKED)
        assert elsewhere.requests == []
    bought: Any = made(
        model="bedrock:amazon.nova-micro-v1:0", model_parameters={"region_name": "eu-west-1"}
    )
    url = "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert bought.client.meta.endpoint_url == url


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(("retries", "asked"), [(0, 1), (3, 4)])
def test_a_failed_call_is_made_again_as_often_as_set(
    model: ScriptedModel, status: int, retries: int, asked: int
) -> None:
    model.always(Fails(status))
    chat = made(model="openai:m", model_base_url=model.url, model_retries=retries)
    with pytest.raises(Exception, match=f"Error code: {status}"):
        chat.invoke(ASKED)
    assert len(model.requests) == asked


def test_a_slow_stream_still_comes_whole(model: ScriptedModel) -> None:
    """The time-out is for silence between two pieces, not for the whole of a stream."""
    model.script(Says(text="poco a poco se llega lejos", pause=0.12))
    chat = made(model="openai:m", model_base_url=model.url, model_timeout=0.5)
    pieces = [piece.text for piece in chat.stream(ASKED) if piece.text]
    assert "".join(pieces).strip() == "poco a poco se llega lejos"
    assert len(pieces) == 6


def test_a_stream_that_stalls_is_given_up(model: ScriptedModel) -> None:
    model.script(Says(text="poco a poco", pause=20))
    chat = made(model="openai:m", model_base_url=model.url, model_timeout=0.3, model_retries=0)
    started = time.monotonic()
    with pytest.raises(Exception, match=r"(?i)timed? ?out"):
        list(chat.stream(ASKED))
    assert time.monotonic() - started < 10


# Azure


def test_azure_asks_the_deployment() -> None:
    reply = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}
        ],
    }
    with api_server(lambda _request: (200, reply)) as api:
        chat = made(
            model="azure:my-deployment",
            model_base_url=api.url,
            model_api_key="az-key",
            model_parameters={"api_version": "2024-10-21"},
        )
        assert chat.invoke(ASKED).text == "ok"
    (request,) = api.requests
    path = "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"
    assert request.path == path
    assert request.headers["api-key"] == "az-key"


# Bedrock


def converse(request: Request) -> tuple[int, Any]:
    """Calls a tool where there is one."""
    content: list[dict[str, Any]] = [{"text": "bien"}]
    if request.body.get("toolConfig"):
        content = [{"toolUse": {"toolUseId": "t1", "name": "look", "input": {"topic": "fiebre"}}}]
    return 200, {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11},
        "metrics": {"latencyMs": 1},
    }


def bedrock(url: str, **more: Any) -> BaseChatModel:
    return made(model="bedrock:amazon.nova-micro-v1:0", model_base_url=url, **more)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials where AWS's own tools look for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("aws")
def test_bedrock_answers_and_calls_tools() -> None:
    with api_server(converse) as api:
        chat = bedrock(api.url, model_parameters={"region_name": "eu-west-1"})
        reply = chat.invoke(ASKED)
        called = chat.bind_tools([look]).invoke(ASKED)
    assert (reply.text, reply.usage_metadata and reply.usage_metadata["input_tokens"]) == (
        "bien",
        9,
    )
    assert called.tool_calls[0]["args"] == {"topic": "fiebre"}
    assert api.requests[0].path.startswith("/model/amazon.nova-micro-v1")
    assert api.requests[0].body["system"] == [{"text": "Eres breve."}]
    assert "eu-west-1/bedrock" in api.requests[0].headers["authorization"]


@pytest.mark.usefixtures("aws")
def test_bedrock_makes_a_failed_call_again() -> None:
    with api_server(lambda _request: (503, {"message": "busy"})) as api:
        chat = bedrock(api.url, model_retries=1, model_parameters={"region_name": "eu-west-1"})
        with pytest.raises(Exception, match="503"):
            chat.invoke(ASKED)
        assert len(api.requests) == 2


# Replicate


def prediction(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    metrics = {"input_token_count": 12, "output_token_count": 3}
    return {"id": "p1", "status": status, "output": ["bi", "en"], "metrics": metrics, **more}


def replicate(url: str, name: str = "meta/llama", **more: Any) -> BaseChatModel:
    return made(model=f"replicate:{name}", model_base_url=url, model_api_key="r8", **more)


def test_replicate_answers() -> None:
    with api_server(lambda _request: (201, prediction())) as api:
        chat = replicate(api.url, model_parameters={"model_kwargs": {"max_tokens": 64}})
        reply = chat.invoke(ASKED)
        replicate(api.url, "some/model:abc123").invoke([*ASKED, AIMessage("Bien."), ASKED[1]])
    assert reply.text == "bien"
    assert reply.usage_metadata
    assert reply.usage_metadata["total_tokens"] == 15
    official, version = api.requests
    assert official.path == "/v1/models/meta/llama/predictions"
    assert official.headers["authorization"] == "Bearer r8"
    assert official.body["input"] == {
        "system_prompt": "Eres breve.",
        "prompt": "¿Qué tal?",
        "temperature": 0,
        "max_tokens": 64,
    }
    assert (version.path, version.body["version"]) == ("/v1/predictions", "abc123")
    told = "User: ¿Qué tal?\n\nAssistant: Bien.\n\nUser: ¿Qué tal?"
    assert version.body["input"]["prompt"] == told


def test_replicate_is_waited_for_and_then_given_up() -> None:
    slow = {"POST": prediction("starting"), "GET": prediction()}
    with api_server(lambda request: (200, slow[request.method])) as api:
        assert replicate(api.url).invoke(ASKED).text == "bien"
    with api_server(lambda _request: (200, prediction("processing"))) as api:
        with pytest.raises(TimeoutError, match=r"within 0\.2 s"):
            replicate(api.url, model_timeout=0.2).invoke(ASKED)
        assert api.requests[-1].path == "/v1/predictions/p1/cancel"


def test_replicate_fails_and_says_how() -> None:
    with (
        api_server(lambda _request: (200, prediction("failed", error="out of memory"))) as api,
        pytest.raises(ReplicateError, match="failed: out of memory"),
    ):
        replicate(api.url).invoke(ASKED)
    with api_server(lambda _request: (429, {})) as api:
        with pytest.raises(httpx.HTTPStatusError, match="429"):
            replicate(api.url, model_retries=1).invoke(ASKED)
        assert len(api.requests) == 2
    with api_server(lambda _request: (422, {})) as api:
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            replicate(api.url, model_retries=3).invoke(ASKED)
        assert len(api.requests) == 1


def test_replicate_knows_no_tools_so_it_scores() -> None:
    settings = {"model": "replicate:meta/llama", "model_api_key": "r8"}
    assert load_settings(**settings).chosen_navigator == "scored"
    with pytest.raises(SettingsError, match="Replicate knows no tools"):
        load_settings(**settings, navigator="tools")


# What is not there


def test_what_is_not_installed_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)  # as Python marks what cannot be imported
    with pytest.raises(SettingsError, match=r"needs the extra 'llama'.*'\.\[llama\]'"):
        made(model="llama_cpp:/models/x.gguf")
