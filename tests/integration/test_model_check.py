"""`nodriza models`: what a model can do is found by asking it: a real one, and scripted ones."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from evaluation.models.commands import app
from tests.integration.llama_server import llama_server, weights
from tests.integration.openai_server import Call, Fails, Reply, Says, ScriptedModel
from tools.errors import SettingsError


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are as wide as their content."""
    monkeypatch.setattr("evaluation.models.commands.out.width", 240)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, SettingsError):
        raise result.exception
    return result.exit_code, result.stdout


def checked(url: str, *more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    code, printed = run("check", "--json", "--model", "openai:probed", "--base-url", url, *more)
    (model,) = json.loads(printed)
    assert model["model"] == "openai:probed"
    return code, {probe["name"]: probe for probe in model["probes"]}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    pytest.importorskip("xllamacpp", reason="no llama.cpp server: make test installs it")
    assert weights() is not None
    with llama_server() as url:
        yield url


def test_a_real_small_model(served: str) -> None:
    """What docs/modelos.md says of it; how fast it is depends on the machine."""
    code, probes = checked(served, "--longest", "1024")
    assert code == 0
    verdicts = {name: probe["verdict"] for name, probe in probes.items()}
    assert verdicts.pop("Spanish") in ("no", "partly"), "it was made for English"
    assert verdicts == {
        "connection": "yes",
        "tool calling": "no",
        "structured output": "yes",
        "log-probabilities": "yes",
        "streaming": "yes",
        "time to first token": "yes",
        "context length": "partly",
    }
    assert "json_schema, json_object" in probes["structured output"]["found"]
    cold, warm = re.findall(r"\d+\.\d+(?= s)", probes["time to first token"]["found"])
    assert float(warm) < float(cold), "the second time it has computed the prompt before"


def capable(request: dict[str, Any]) -> Reply:
    """Says what a large model would."""
    asked = str(request["messages"][-1]["content"])
    if request.get("tools"):
        return Says((Call("choose_option", {"option_id": "b"}),))
    if "response_format" in request:
        wanted = request["response_format"]
        schema = wanted.get("json_schema", wanted)["schema"]
        return Says(text=json.dumps({"path": schema["properties"]["path"]["enum"][1]}))
    known = {
        "semana": "7.",
        "contrario": "Frío",
        "color": "Blanca.",
        "caminar": "No",
        "leche": "Leche",
    }
    return Says(text=next((said for word, said in known.items() if word in asked), "Leche materna"))


def test_a_capable_model(model: ScriptedModel) -> None:
    model.always(capable)
    code, probes = checked(model.url, "--longest", "1024")
    assert code == 0
    assert {name for name, probe in probes.items() if probe["verdict"] == "yes"} >= {
        "connection",
        "tool calling",
        "structured output",
        "streaming",
        "Spanish",
    }
    assert probes["tool calling"]["found"] == "free: calls, forced: calls"
    assert probes["Spanish"]["found"] == "6 of 6 simple questions"
    assert probes["log-probabilities"]["verdict"] == "no"


def test_a_model_that_cannot_be_reached_is_not_probed_further(model: ScriptedModel) -> None:
    model.always(Fails(401, "wrong key"))
    code, probes = checked(model.url)
    assert code == 1
    assert list(probes) == ["connection"]
    assert "wrong key" in probes["connection"]["found"]


def test_the_table_has_a_line_for_each_capability(model: ScriptedModel) -> None:
    model.always(capable)
    code, printed = run(
        "check", "--model", "openai:probed", "--base-url", model.url, "--longest", "1024"
    )
    assert code == 0
    assert "openai:probed" in printed
    assert re.search(r"tool calling\s*│ yes\s*│ free: calls, forced: calls", printed)


def test_nothing_to_check_is_an_error() -> None:
    with pytest.raises(SettingsError, match="set NODRIZA_MODEL"):
        run("check")


# The list


def test_the_list_says_what_is_installed_and_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODRIZA_MODEL_API_KEY", "sk-secret")
    code, printed = run("list", "--json", "--model", "openai:gpt-4.1")
    assert code == 0
    found = json.loads(printed)
    assert {one["provider"] for one in found["providers"]} == {
        "openai",
        "azure",
        "bedrock",
        "replicate",
        "llama_cpp",
    }
    (configured,) = found["configured"]
    assert (configured["setting"], configured["key"]) == ("NODRIZA_MODEL", True)
    assert configured["price"]["source"].startswith("https://")
    assert "sk-secret" not in printed
    _, table = run("list", "--model", "openai:gpt-4.1")
    assert "sk-secret" not in table
    assert "gpt-4.1" in table


def test_the_list_names_what_a_server_offers(served: str) -> None:
    _, printed = run("list", "--json", "--model", "openai:x", "--base-url", served)
    assert any("SmolLM2" in name for name in json.loads(printed)["configured"][0]["served"])


def test_a_server_that_is_down_is_told_in_the_list() -> None:
    with ScriptedModel() as gone:
        url = gone.url
    code, printed = run("list", "--json", "--model", "openai:x", "--base-url", url)
    assert code == 0
    assert "ConnectError" in json.loads(printed)["configured"][0]["served"]
