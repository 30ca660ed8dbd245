"""`nodriza llm serve` takes every option that the server's owner documents, and none gets lost."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from agent.llama.server import (
    WITHOUT_EFFECT,
    command,
    differences,
    environment,
    for_installed,
    installed_names,
)
from agent.llama.server_options import PROFILE, ServerOptions, choose_options
from tools.errors import SettingsError
from ui.llm_commands import app

NO_DEFAULT = None
DOCUMENTED: dict[str, Any] = {
    "model": ...,
    "model_alias": NO_DEFAULT,
    "n_gpu_layers": 0,
    "main_gpu": 0,
    "tensor_split": NO_DEFAULT,
    "vocab_only": False,
    "use_mmap": True,
    "use_mlock": True,
    "seed": 4294967295,
    "n_ctx": 2048,
    "n_batch": 512,
    "n_threads": 8,
    "n_threads_batch": 8,
    "rope_scaling_type": NO_DEFAULT,
    "rope_freq_base": 0.0,
    "rope_freq_scale": 0.0,
    "yarn_ext_factor": NO_DEFAULT,
    "yarn_attn_factor": NO_DEFAULT,
    "yarn_beta_fast": NO_DEFAULT,
    "yarn_beta_slow": NO_DEFAULT,
    "yarn_orig_ctx": NO_DEFAULT,
    "mul_mat_q": True,
    "f16_kv": True,
    "logits_all": True,
    "embedding": True,
    "last_n_tokens_size": 64,
    "lora_base": NO_DEFAULT,
    "lora_path": NO_DEFAULT,
    "numa": False,
    "chat_format": "llama-2",
    "clip_model_path": NO_DEFAULT,
    "cache": False,
    "cache_type": "ram",
    "cache_size": 2147483648,
    "verbose": True,
    "host": "localhost",
    "port": 8000,
    "interrupt_requests": True,
}
"""The owner's list, with the defaults that it gives."""
NOT_DOCUMENTED = {
    "split_mode", "kv_overrides", "rpc_servers", "n_ubatch", "offload_kqv", "flash_attn",
    "chat_template_kwargs", "hf_tokenizer_config_path", "hf_pretrained_model_name_or_path",
    "hf_model_repo_id", "draft_model", "draft_model_num_pred_tokens", "type_k", "type_v",
    "ssl_keyfile", "ssl_certfile", "api_key", "disable_ping_events", "root_path",
}  # fmt: skip
"""What llama-cpp-python 0.3.36 has besides: a new version that has more fails here."""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env


def test_it_has_the_documented_options_with_their_defaults() -> None:
    ours = {
        name: ... if field.is_required() else field.default
        for name, field in ServerOptions.model_fields.items()
    }
    assert ours == DOCUMENTED


def test_the_installed_server_has_them_or_they_are_mapped() -> None:
    pytest.importorskip("llama_cpp", reason="no llama-cpp-python: make deps builds it")
    names = installed_names()
    assert set(DOCUMENTED) - names == {"f16_kv"}
    assert names - set(DOCUMENTED) == NOT_DOCUMENTED


@pytest.mark.parametrize(("kept_in_16_bits", "kind"), [("true", 1), ("false", 0)])
def test_f16_kv_is_mapped_to_the_types_of_the_cache(kept_in_16_bits: str, kind: int) -> None:
    chosen = choose_options({"model": "m", "f16_kv": kept_in_16_bits}, None)
    installed = for_installed(chosen, {"model", "type_k", "type_v"})
    assert (installed.values["type_k"], installed.values["type_v"]) == (kind, kind)
    assert any("f16_kv" in note for note in installed.notes) == (kind == 0)


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_what_the_server_no_longer_heeds_is_reported(name: str) -> None:
    value = "false" if name == "mul_mat_q" else "base.gguf"
    chosen = choose_options({"model": "m", name: value}, None)
    told = for_installed(chosen, set(DOCUMENTED)).notes
    assert len(told) == 1
    assert told[0].startswith(f"{name}=")
    assert "no effect" in told[0]


def test_what_a_version_has_dropped_is_reported_when_it_was_set() -> None:
    names = set(DOCUMENTED) - {"numa", "cache_size"}
    assert for_installed(choose_options({"model": "m"}, None), names).notes == ()
    chosen = choose_options({"model": "m", "numa": "true"}, None)
    installed = for_installed(chosen, names)
    assert installed.notes == ("numa=True is not set: this version has no such option",)
    assert "numa" not in installed.values


def test_flag_beats_environment_beats_file_beats_profile_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = set(yaml.safe_load(PROFILE.read_text("utf-8")))
    assert {"n_threads", "n_ctx", "chat_format", "logits_all"} <= profile
    file = tmp_path / "llm.yaml"
    file.write_text("n_ctx: 1\nn_threads: 1\nchat_format: gemma\nport: 1\n", "utf-8")
    monkeypatch.setenv("NODRIZA_LLM_N_CTX", "2")
    monkeypatch.setenv("NODRIZA_LLM_N_THREADS", "2")
    monkeypatch.setenv("NODRIZA_LLM_HOST", "")

    chosen = choose_options({"model": "m", "n_ctx": "3", "n_batch": None}, file)

    options = chosen.options
    assert (options.n_ctx, options.n_threads, options.chat_format) == (3, 2, "gemma")
    assert (options.port, options.logits_all, options.n_batch) == (1, False, 512)
    assert options.host == "localhost"  # an empty variable is not set
    origins = [chosen.origins[n] for n in ("n_ctx", "n_threads", "chat_format", "logits_all")]
    assert origins == ["flag", "environment", "file", "profile"]
    assert chosen.origins["n_batch"] == "default"


def test_the_environment_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NODRIZA_LLM_MODEL=here.gguf\n", "utf-8")
    assert choose_options({}, None).options.model == "here.gguf"


def test_each_difference_of_our_profile_says_why() -> None:
    profile = yaml.safe_load(PROFILE.read_text("utf-8"))
    for name, entry in profile.items():
        assert set(entry) == {"value", "why"}, name
        assert entry["value"] != DOCUMENTED[name], name
        assert len(entry["why"]) > 20, name
    shown = differences(choose_options({"model": "m"}, None))
    assert [line.split()[0] for line in shown] == [
        name for name in ServerOptions.model_fields if name in profile
    ]
    assert "interrupt_requests False (profile; documented True): one mother's" in shown[-1]


@pytest.mark.parametrize(
    ("flags", "variables", "content", "told"),
    [
        ({"n_ctx": "many"}, {}, None, "--n_ctx='many'"),
        ({}, {"NODRIZA_LLM_PORT": "70000"}, None, "NODRIZA_LLM_PORT='70000'"),
        ({}, {"NODRIZA_LLM_NCTX": "1"}, None, "NCTX: unknown option; did you mean n_ctx?"),
        ({}, {}, "cache_type: disc", "llm.yaml: cache_type='disc'"),
        ({}, {}, "colour: red", "llm.yaml: colour: unknown option; valid: model, "),
        ({}, {}, "- n_ctx", "is no list of options like: n_ctx: 4096"),
        ({"model": None}, {}, None, "no model: give --model, NODRIZA_LLM_MODEL"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_quoted_with_its_place(
    flags: dict[str, str | None],
    variables: dict[str, str],
    content: str | None,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "llm.yaml"
    file.write_text(content or "", "utf-8")
    with pytest.raises(SettingsError) as error:
        choose_options({"model": "m", **flags}, file)
    assert told in str(error.value)


def test_variables_of_the_shell_do_not_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "CONFIG_FILE", "n_ctx"):
        monkeypatch.setenv(name, "0.0.0.0")
    monkeypatch.setenv("MODELS", "kept")
    left = environment(set(DOCUMENTED))
    assert {"HOST", "PORT", "CONFIG_FILE", "n_ctx"}.isdisjoint(left)
    assert left["MODELS"] == "kept"


def test_the_command_line_spells_lists_and_leaves_out_what_is_the_servers_own() -> None:
    chosen = choose_options({"model": "m.gguf", "tensor_split": "0.6,0.4"}, None)
    words = command(for_installed(chosen, set(DOCUMENTED)))
    at = words.index("--tensor_split")
    assert words[at + 1 : at + 3] == ["0.6", "0.4"]
    assert "--chat_format" not in words
    assert int(words[words.index("--n_threads") + 1]) >= 1
    assert "--yarn_orig_ctx" not in words


def test_every_option_is_a_flag() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    for name in DOCUMENTED:
        assert f"--{name.replace('_', '-')}" in shown
        assert f"--{name}" in shown
