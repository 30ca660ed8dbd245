"""A model's file and options -> a loaded model."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.llama.gguf import read_gguf
from agent.llama.queue import FairQueue
from agent.llama.templates import Template, template_of
from tools.errors import MissingExtra, SettingsError

if TYPE_CHECKING:
    from agent.llama.engine import Engine

_CONTEXT = 4096
_OURS = ("n_ctx", "cached_tokens", "slots", "waiting_calls", "chat_format")
_NOT_FOR_OPERATORS = (
    "self", "kwargs", "model_path", "vocab_only", "embedding", "pooling_type", "logits_all",
    "chat_handler", "draft_model", "tokenizer", "last_n_tokens_size", "lora_base", "seed",
    "spm_infill",
)  # fmt: skip
"""Arguments of llama_cpp.Llama that cannot be typed, or do nothing here."""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory, what it reads, and the queue of those who want it."""

    engine: "Engine"
    template: Template
    begin: str
    """The text of its mark for the beginning of a sequence; empty if it has none."""
    marks: tuple[str, ...]
    """Texts that mean something to its tokenizer, wherever they stand."""
    queue: FairQueue

    def close(self) -> None:
        """Give its memory back. Nobody may be in the queue."""
        self.engine.close()


def load_llama(name: str, options: Mapping[str, Any]) -> LoadedModel:
    """The model of a path, or of a Hugging Face repository and file (owner/repo:file).

    Options are arguments of llama_cpp.Llama and, with another meaning or ours:

    n_ctx           tokens of a prompt and its answer (default 4096, or what it was trained with)
    cached_tokens   tokens of other prompts that are kept (default n_ctx): with n_ctx, all the
                    memory that the cache takes
    slots           how many prompts are kept (default 8)
    waiting_calls   calls that may wait (default 32)
    chat_format     the template, when the file's own is not to be used

    Raises SettingsError before anything is loaded when the file is no whole GGUF model, or an
    option is unknown.
    """
    known = _known_options()
    for option in options:
        if option not in known:
            raise SettingsError(f"llama.cpp has no option {option!r}; valid: {known}")
    path = _file_of(name)
    header = read_gguf(path)
    from agent.llama.engine import Engine

    trained = header.context_length or _CONTEXT
    context = _count(options, "n_ctx", min(_CONTEXT, trained)) or trained
    engine = Engine(
        path,
        {"verbose": False, **{key: options[key] for key in options if key not in _OURS}},
        context=context,
        slots=_count(options, "slots", 8, least=1),
        cached=_count(options, "cached_tokens", context),
    )
    begin = engine.mark(engine.llama.token_bos())
    try:
        template = template_of(
            engine.llama.metadata,
            options.get("chat_format"),
            begin=begin,
            end=engine.mark(engine.llama.token_eos()),
        )
    except SettingsError:
        engine.close()
        raise
    queue = FairQueue(_count(options, "waiting_calls", 32))
    return LoadedModel(engine, template, begin, tuple(engine.marks()), queue)


def load_tokenizer(path: Path) -> Callable[[str], list[int]]:
    """From a text to its tokens, by the tokenizer of a GGUF file, without the model's weights.

    Raises SettingsError when it is no whole GGUF file, MissingExtra without llama-cpp-python.
    """
    read_gguf(path)
    try:
        from llama_cpp import Llama
    except ImportError as error:
        raise MissingExtra("the tokenizer of a GGUF file", "llama", error) from None
    vocabulary = Llama(str(path), vocab_only=True, verbose=False)
    return lambda text: list(vocabulary.tokenize(text.encode(), add_bos=False, special=False))


def _known_options() -> list[str]:
    import llama_cpp

    theirs = inspect.signature(llama_cpp.Llama.__init__).parameters
    return sorted({*_OURS, *theirs} - {*_NOT_FOR_OPERATORS})


def _count(options: Mapping[str, Any], name: str, default: int, least: int = 0) -> int:
    value = options.get(name, default)
    if type(value) is not int or value < least:
        raise SettingsError(f"{name}={value!r}; valid: a whole number, {least} or more")
    return value


def _file_of(name: str) -> Path:
    repository, _, file = name.rpartition(":")
    if "/" not in repository or Path(name).exists():
        return Path(name).expanduser()
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repository, file))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{file!r} of {repository!r} cannot be had: {error}") from error
