"""The options of llama-cpp-python's server, as its owner documents them, and where each is set.

A flag beats the environment, which beats a file, which beats our profile (server_profile.yaml),
which beats the documented defaults.
"""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agent.settings import LLM_PREFIX
from tools.errors import SettingsError

PROFILE = Path(__file__).with_name("server_profile.yaml")

Origin = Literal["flag", "environment", "file", "profile", "default"]
Auto = Literal["auto"]


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class ServerOptions(BaseModel):
    """Every documented option with its documented default; None: llama.cpp's own."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), use_attribute_docstrings=True
    )

    model: str
    """Path of the GGUF file."""
    model_alias: str | None = None
    """What clients call the model. Unset: its path."""
    n_gpu_layers: int = Field(0, ge=-1)
    """Layers on the GPU; -1 puts all there."""
    main_gpu: int = Field(0, ge=0)
    """The GPU for what is not split."""
    tensor_split: Annotated[list[float] | None, BeforeValidator(_split)] = None
    """Shares of several GPUs, with commas between: 0.6,0.4."""
    vocab_only: bool = False
    """Load the vocabulary only; such a server answers nothing."""
    use_mmap: bool = True
    """Map the file into memory, instead of reading it."""
    use_mlock: bool = True
    """Keep the model in memory (needs the right to lock so much)."""
    seed: int = Field(4294967295, ge=0, le=4294967295)
    """Of the choice between tokens; the largest number takes another each time."""
    n_ctx: int = Field(2048, ge=0)
    """Tokens of a prompt and its answer; 0 takes what the model was trained with."""
    n_batch: int = Field(512, ge=1)
    """Tokens of a prompt that are computed together."""
    n_threads: int | Auto = Field(8, union_mode="left_to_right")
    """Threads for each token of an answer; auto: the processors that this process may use."""
    n_threads_batch: int | Auto = Field(8, union_mode="left_to_right")
    """Threads for prompts; auto as above."""
    rope_scaling_type: int | None = None
    """-1 unspecified, 0 none, 1 linear, 2 yarn."""
    rope_freq_base: float = Field(0.0, ge=0)
    """Base frequency of RoPE; 0 takes the model's."""
    rope_freq_scale: float = Field(0.0, ge=0)
    """Scale of RoPE's frequency; 0 takes the model's."""
    yarn_ext_factor: float | None = None
    """YaRN's mix of extrapolation."""
    yarn_attn_factor: float | None = None
    """YaRN's scale of attention."""
    yarn_beta_fast: float | None = None
    """YaRN's low correction dimension."""
    yarn_beta_slow: float | None = None
    """YaRN's high correction dimension."""
    yarn_orig_ctx: int | None = Field(None, ge=0)
    """Context that the model was trained with, for YaRN."""
    mul_mat_q: bool = True
    """Quantized multiplication on GPUs."""
    f16_kv: bool = True
    """Keep the cache in 16 bits; false: 32."""
    logits_all: bool = True
    """Compute the logits of every token of a prompt; log-probabilities over HTTP need it."""
    embedding: bool = True
    """Serve embeddings too."""
    last_n_tokens_size: int = Field(64, ge=0)
    """Tokens that the penalty for repetition looks back on."""
    lora_base: str | None = None
    """Model that a LoRA adapter was made from."""
    lora_path: str | None = None
    """A LoRA adapter."""
    numa: bool = False
    """Spread the model over the machine's NUMA nodes."""
    chat_format: str | Auto = "llama-2"
    """Template of conversations; auto: the one in the model's file."""
    clip_model_path: str | None = None
    """A model for pictures; used with the chat formats for them."""
    cache: bool = False
    """Keep the state of earlier prompts."""
    cache_type: Literal["ram", "disk"] = "ram"
    """Where."""
    cache_size: int = Field(2147483648, ge=0)
    """Bytes of that cache."""
    verbose: bool = True
    """Print what llama.cpp does."""
    host: str = "localhost"
    """Address to listen on."""
    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on."""
    interrupt_requests: bool = True
    """End an answer that is being streamed when another request comes."""


@dataclass(frozen=True)
class ChosenOptions:
    """The options in use, and where each comes from."""

    options: ServerOptions
    origins: Mapping[str, Origin]
    reasons: Mapping[str, str]
    """Why our profile differs from a documented default."""


def choose_options(flags: Mapping[str, str | None], file: Path | None) -> ChosenOptions:
    """The options of flags (None: not given), environment, file, profile and defaults.

    Raises SettingsError that quotes what is unknown or wrong, and says where it stands.
    """
    profile = yaml.safe_load(PROFILE.read_text("utf-8"))
    layers: list[tuple[Origin, Mapping[str, Any]]] = [
        ("profile", {name: entry["value"] for name, entry in profile.items()}),
        ("file", _read_file(file) if file else {}),
        ("environment", _environment()),
        ("flag", {name: value for name, value in flags.items() if value is not None}),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = dict.fromkeys(ServerOptions.model_fields, "default")
    for origin, layer in layers:
        for name, value in layer.items():
            _check_known(origin, name, file)
            values[name], origins[name] = value, origin
    try:
        options = ServerOptions.model_validate(values)
    except ValidationError as error:
        raise SettingsError(
            "; ".join(_told(detail, origins, file) for detail in error.errors())
        ) from None
    return ChosenOptions(options, origins, {name: one["why"] for name, one in profile.items()})


def _environment() -> dict[str, str]:
    """The variables with our prefix; those of a .env file count less. Empty ones are not set."""
    found = {**dotenv_values(".env"), **os.environ}
    return {
        name.removeprefix(LLM_PREFIX).lower(): value
        for name, value in found.items()
        if name.startswith(LLM_PREFIX) and value
    }


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise SettingsError(f"{str(path)!r} is no list of options like: n_ctx: 4096")
    return content


def _check_known(origin: Origin, name: str, file: Path | None) -> None:
    if name in ServerOptions.model_fields:
        return
    close = difflib.get_close_matches(name, ServerOptions.model_fields, n=1)
    hint = (
        f"; did you mean {close[0]}?"
        if close
        else f"; valid: {', '.join(ServerOptions.model_fields)}"
    )
    raise SettingsError(f"{_place(origin, name, file)}: unknown option{hint}")


def _told(detail: Any, origins: Mapping[str, Origin], file: Path | None) -> str:
    name = str(detail["loc"][0])
    if detail["type"] == "missing":
        return (
            f"no model: give --model, {LLM_PREFIX}MODEL or a file with model: path of a GGUF file"
        )
    return f"{_place(origins[name], name, file)}={detail['input']!r}: {detail['msg']}"


def _place(origin: Origin, name: str, file: Path | None) -> str:
    match origin:
        case "flag":
            return f"--{name}"
        case "environment":
            return f"{LLM_PREFIX}{name.upper()}"
        case "file":
            return f"{file}: {name}"
        case _:
            return name
