"""Settings: a wrong value is one clear line at start; explicit beats environment."""

from pathlib import Path

import pytest

from agent.models.providers import make_model, make_models
from agent.settings import load_settings
from tools.errors import SettingsError


def test_without_a_model_the_semantic_navigator_runs_on_the_embedded_default() -> None:
    settings = load_settings()
    assert settings.chosen_navigator == "semantic"
    assert settings.graph_uri is None
    assert settings.chosen_records_url.startswith("sqlite:///")
    assert make_model(settings) is None


def test_a_model_turns_the_tools_navigator_on() -> None:
    assert load_settings(model="openai:gpt-4.1").chosen_navigator == "tools"
    assert load_settings(model="openai:x", navigator="menu").chosen_navigator == "menu"


def test_explicit_beats_environment_and_none_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODRIZA_UI_PORT", "8000")
    assert load_settings().ui_port == 8000
    assert load_settings(ui_port=None).ui_port == 8000
    assert load_settings(ui_port=9000).ui_port == 9000


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("UI_PORT", "abc", "NODRIZA_UI_PORT='abc'"),
        ("UI_PORT", "70000", "less than or equal to 65535"),
        ("GRAPH_URI", "http://x", "NODRIZA_GRAPH_URI='http://x'"),
        ("NAVIGATOR", "magic", "'menu', 'semantic', 'scored' or 'tools'"),
        ("COUNTRY", "ZZ", "'ES', 'MX'"),
        ("MODEL", "gpt-4.1", "NODRIZA_MODEL='gpt-4.1'"),
        ("NAVIGATOR", "tools", "needs a model"),
        ("GRAPH_TIMEOUT", "-1", "greater than 0"),
        ("MODEL_PARAMETERS", "{temp", "not JSON"),
        ("MODEL_PARAMETERS", "[1]", 'for example {"temperature": 0.2}'),
        ("FALLBACK_MODEL", "openai:x", "set that too"),
        ("MODEL_RETRIES", "99", "less than or equal to 10"),
        ("BUDGET_DAY", "-5", "NODRIZA_BUDGET_DAY='-5'"),
    ],
)
def test_a_wrong_value_is_quoted_with_what_is_valid(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"NODRIZA_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_misspelt_setting_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODRIZA_NAVIGATR", "menu")
    with pytest.raises(SettingsError, match="did you mean NODRIZA_NAVIGATOR"):
        load_settings()


def test_the_env_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("NODRIZA_COUNTRY=MX\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().country == "MX"


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(model_api_key="sk-secret", graph_password="hidden")
    assert "sk-secret" not in repr(settings)
    assert "hidden" not in repr(settings)


def test_a_hosted_model_without_a_key_names_the_setting() -> None:
    with pytest.raises(SettingsError, match="NODRIZA_MODEL_API_KEY"):
        make_model(load_settings(model="openai:gpt-4.1"))


def test_an_unknown_provider_is_quoted_with_the_valid_ones() -> None:
    with pytest.raises(SettingsError, match=r"'acme'; valid: openai"):
        make_model(load_settings(model="acme:llm"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "azure:x"}, "NODRIZA_MODEL_API_KEY is missing: Azure"),
        ({"model": "azure:x", "model_api_key": "k"}, '{"api_version": "'),
        ({"model": "replicate:a/b"}, "NODRIZA_MODEL_API_KEY is missing: Replicate"),
        ({"model": "bedrock:x"}, '{"region_name": "'),
        ({"model": "openai:x", "fallback_model": "acme:y"}, "NODRIZA_FALLBACK_MODEL='acme:y'"),
        ({"model": "openai:x", "fallback_model": "azure:y"}, "NODRIZA_FALLBACK_MODEL_API_KEY"),
    ],
)
def test_what_a_provider_lacks_is_named(settings: dict[str, str], said: str) -> None:
    known = {"model_base_url": "http://127.0.0.1:1"} if settings["model"] == "openai:x" else {}
    with pytest.raises(SettingsError) as error:
        make_models(load_settings(**known, **settings))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"temprature": 1}, "'temprature' is no parameter of ChatOpenAI; similar: ['temperature']"),
        (
            {"openai_api_key": "sk-secret"},
            "'openai_api_key' is a secret: set NODRIZA_MODEL_API_KEY",
        ),
        ({"base_url": "http://x"}, "'base_url' has a setting of its own"),
        ({"temperature": "warm"}, "temperature: Input should be a valid number"),
    ],
)
def test_a_wrong_parameter_is_named_and_no_secret_told(
    parameters: dict[str, object], said: str
) -> None:
    settings = load_settings(model="openai:x", model_api_key="k", model_parameters=parameters)
    with pytest.raises(SettingsError) as error:
        make_model(settings)
    assert said in str(error.value)
    assert "sk-secret" not in str(error.value)


def test_parameters_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODRIZA_MODEL_PARAMETERS", '{"temperature": 0.2, "seed": 7}')
    assert load_settings(model="openai:x").model_parameters == {"temperature": 0.2, "seed": 7}


def test_the_navigator_that_goes_on_without_an_answer_does_not_try_again() -> None:
    assert load_settings(model="openai:x").chosen_retries == 2
    assert load_settings(model="openai:x", navigator="scored").chosen_retries == 0
    assert load_settings(model="openai:x", navigator="scored", model_retries=3).chosen_retries == 3
