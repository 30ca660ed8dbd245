"""A GGUF model in this process, through llama-cpp-python.

One call at a time: a llama.cpp context is not made for more. Who waits, waits no longer than the
time-out, which also ends a call at its next token.
"""

import inspect
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from agent.gguf import read_gguf
from tools.errors import SettingsError

_CONTEXT = 4096
"""Tokens of a prompt and its answer; llama.cpp's own 512 are too few for any prompt of ours."""


class LlamaChat(BaseChatModel):
    """A chat with a loaded model. Safe to use from many threads, one after the other."""

    model_name: str
    llama: Any
    """llama_cpp.Llama."""
    timeout: float
    """Seconds that a call may take, waiting included."""
    temperature: float = 0.0
    max_tokens: int | None = None
    """Most tokens of an answer; None: what the context has room for."""
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    stop: list[str] | None = None
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "llama_cpp"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A model that is told of the tools; whether it calls them depends on its chat format."""
        described = [convert_to_openai_tool(tool) for tool in tools]
        choice: Any = tool_choice
        if tool_choice not in (None, "auto", "none"):
            choice = {"type": "function", "function": {"name": tool_choice}}
        return self.bind(tools=described, tool_choice=choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        asked = self._asked(messages, stop, kwargs)
        with self._alone() as until:
            written, named = 0, set[int]()
            for part in self.llama.create_chat_completion(stream=True, **asked):
                if time.monotonic() > until:
                    raise TimeoutError(f"no whole answer within {self.timeout:g} s")
                chunk = _chunk(part["choices"][0], named)
                written += bool(chunk.content or chunk.tool_call_chunks)
                yield ChatGenerationChunk(message=chunk)
            # Streams do not report it: what the context holds, without what was just written.
            read = max(0, self.llama.n_tokens - written)
        usage = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage))

    @contextmanager
    def _alone(self) -> Iterator[float]:
        """The model to oneself, until the moment (monotonic) that is given."""
        until = time.monotonic() + self.timeout
        if not self._turn.acquire(timeout=self.timeout):
            raise TimeoutError(f"the model was busy for {self.timeout:g} s")
        try:
            yield until
        finally:
            self._turn.release()

    def _asked(
        self,
        messages: Sequence[BaseMessage],
        stop: list[str] | None,
        more: Mapping[str, Any],
    ) -> dict[str, Any]:
        plain = convert_to_openai_messages(messages)
        return {
            # Chat templates do not expect a call without any text.
            "messages": [{**message, "content": message["content"] or ""} for message in plain],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "top_k": self.top_k,
            "min_p": self.min_p,
            "repeat_penalty": self.repeat_penalty,
            "stop": stop or self.stop,
            **more,
            "response_format": _object_with_schema(more.get("response_format")),
        }


def load_llama(name: str, options: Mapping[str, Any]) -> Any:
    """The llama_cpp.Llama of a path, or of a Hugging Face repository and file (owner/repo:file).

    Raises SettingsError before anything is loaded when the file is no whole GGUF model, and for an
    option that the installed version does not have.
    """
    import llama_cpp

    known = set(inspect.signature(llama_cpp.Llama.__init__).parameters) - {"self", "kwargs"}
    for option in options:
        if option not in known:
            raise SettingsError(f"llama.cpp has no option {option!r}; valid: {sorted(known)}")
    path = _file_of(name)
    read_gguf(path)
    settled = {"n_ctx": _CONTEXT, "verbose": False, **options}
    try:
        return llama_cpp.Llama(str(path), **settled)
    except (ValueError, RuntimeError, TypeError) as error:
        raise SettingsError(f"llama.cpp cannot load {str(path)!r}: {error}") from error


def llama_parameters(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of an operator's parameters is for each answer, and what for loading the model."""
    answering = {key: value for key, value in parameters.items() if key in LlamaChat.model_fields}
    loading = {key: value for key, value in parameters.items() if key not in answering}
    return answering, loading


def _file_of(name: str) -> Path:
    repository, _, file = name.rpartition(":")
    if not repository:
        return Path(name).expanduser()
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repository, file))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{file!r} of {repository!r} cannot be had: {error}") from error


def _object_with_schema(wanted: Any) -> Any:
    """llama-cpp-python holds to a schema only when it is asked for in this way."""
    if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema":
        return {"type": "json_object", "schema": wanted["json_schema"]["schema"]}
    return wanted


def _chunk(choice: Mapping[str, Any], named: set[int]) -> AIMessageChunk:
    """A piece of an answer, as LangChain puts them together again.

    llama-cpp-python repeats a call's name in each piece, and LangChain would write them in a row:
    `named` has the calls whose name was given.
    """
    delta = choice["delta"]
    calls = []
    for call in delta.get("tool_calls") or []:
        index, function = call.get("index", 0), call["function"]
        known = index in named
        named.add(index)
        name, number = (None, None) if known else (function.get("name"), call.get("id"))
        calls.append(
            tool_call_chunk(name=name, args=function.get("arguments"), id=number, index=index)
        )
    about = {key: found for key in ("finish_reason", "logprobs") if (found := choice.get(key))}
    return AIMessageChunk(
        content=delta.get("content") or "", tool_call_chunks=calls, response_metadata=about
    )
