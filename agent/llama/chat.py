"""A LangChain chat model over an engine that does one thing at a time."""

import asyncio
import codecs
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.runnables.config import run_in_executor
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import InstanceOf

from agent.llama.abort import Abort
from agent.llama.constraints import ToolBox, grammar_of, plain_messages, tool_box
from agent.llama.loading import LoadedModel
from agent.llama.stream import read_ahead, without_stops
from tools.errors import ModelUnavailable


@dataclass
class _Call:
    """One call of the model, and what it has said."""

    prompt: list[int]
    sampling: Any
    stops: Sequence[str]
    most: int | None
    """Tokens that it may say."""
    alternatives: int | None
    """Most probable tokens to report with each; None: no probabilities at all."""
    box: ToolBox | None
    reused: int = 0
    said: int = 0
    ended: str = "length"
    """OpenAI's finish_reason."""
    log_probabilities: list[dict[str, Any]] = field(default_factory=list)

    @property
    def usage(self) -> UsageMetadata:
        return UsageMetadata(
            input_tokens=len(self.prompt),
            output_tokens=self.said,
            total_tokens=len(self.prompt) + self.said,
            input_token_details=InputTokenDetails(cache_read=self.reused),
        )

    @property
    def metadata(self) -> dict[str, Any]:
        """As langchain-openai reports it."""
        told: dict[str, Any] = {"finish_reason": self.ended}
        if self.alternatives is not None:
            told["logprobs"] = {"content": self.log_probabilities}
        return told


class LlamaChat(BaseChatModel):
    """A chat with a loaded model. Safe to use from many threads: calls queue, oldest first.

    Arguments of a call: `response_format` (as OpenAI's), `grammar` (GBNF), `logprobs`,
    `top_logprobs`, `max_tokens`, and `abort`, an Abort that ends the call from outside.
    Calls raise ModelUnavailable when the queue is full, the time is over or the prompt too long.
    """

    model_name: str
    llama: InstanceOf[LoadedModel]
    timeout: float
    """Seconds that a call may take, waiting included."""
    temperature: float = 0.0
    max_tokens: int | None = None
    """Most tokens of an answer; None: what the context has room for."""
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    """Of the choice between tokens, where the temperature is not 0."""
    stop: list[str] | None = None

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
        """A model that calls one of the tools (`any`, or a name), or may (`auto`)."""
        box = tool_box([convert_to_openai_tool(tool) for tool in tools], tool_choice)
        return self.bind(box=box, **kwargs)

    def log_probabilities(
        self, messages: Sequence[BaseMessage], answers: Sequence[str], abort: Abort | None = None
    ) -> list[float]:
        """Natural logarithm of the probability that the model begins with each answer.

        All are computed side by side behind one prompt. A long answer has more tokens to be
        improbable: compare answers of a kind. Raises ModelUnavailable as a call does.
        """
        engine = self.llama.engine
        tokens = [engine.tokens_of(answer, special=False) for answer in answers]
        if not all(tokens):
            raise ValueError(f"an answer has no text: {list(answers)!r}")
        with self._turn(abort) as abort:
            slot, _ = engine.read(self._prompt(messages, None), abort)
            return engine.log_probabilities(slot, tokens, abort)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        *,
        abort: Abort | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, kwargs)
        text = "".join(self._say(call, abort))
        content, calls = call.box.read(text) if call.box and call.box.tools else (text, [])
        message = AIMessage(
            content,
            tool_calls=calls,
            usage_metadata=call.usage,
            response_metadata=call.metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        abort: Abort | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if kwargs.get("box"):  # a call of a tool is of no use before it is whole
            whole = self._generate(messages, stop, run_manager, abort=abort, **kwargs)
            message = whole.generations[0].message
            yield ChatGenerationChunk(
                message=AIMessageChunk(**message.model_dump(exclude={"type"}))
            )
            return
        call = self._call(messages, stop, kwargs)
        abort = abort or Abort()
        for text in read_ahead(self._say(call, abort), abort):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="", usage_metadata=call.usage, response_metadata=call.metadata
            )
        )

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        **kwargs: Any,
    ) -> ChatResult:
        abort = kwargs.pop("abort", None) or Abort()
        try:
            return await run_in_executor(
                None, self._generate, messages, stop, abort=abort, **kwargs
            )
        except asyncio.CancelledError:
            abort.set()
            raise

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        abort = kwargs.pop("abort", None) or Abort()
        try:
            async for chunk in super()._astream(messages, stop, run_manager, abort=abort, **kwargs):
                yield chunk
        finally:
            abort.set()

    # One call

    def _call(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, asked: Mapping[str, Any]
    ) -> _Call:
        from agent.llama.engine import Sampling

        box: ToolBox | None = asked.get("box")
        return _Call(
            prompt=self._prompt(messages, box),
            sampling=Sampling(
                temperature=asked.get("temperature", self.temperature),
                top_k=self.top_k,
                top_p=self.top_p,
                min_p=self.min_p,
                repeat_penalty=self.repeat_penalty,
                seed=self.seed,
                grammar=grammar_of(asked.get("response_format"), asked.get("grammar"), box),
            ),
            stops=stop or self.stop or (),
            most=asked.get("max_tokens", self.max_tokens),
            alternatives=asked.get("top_logprobs", 0) if asked.get("logprobs") else None,
            box=box,
        )

    def _prompt(self, messages: Sequence[BaseMessage], box: ToolBox | None) -> list[int]:
        plain = [
            {**message, "content": self._harmless(message["content"])}
            for message in plain_messages(messages, box)
        ]
        text = self.llama.template(plain)
        begin = self.llama.begin
        engine = self.llama.engine
        if begin and engine.adds_beginning and not text.startswith(begin):
            text = begin + text
        return engine.tokens_of(text)

    def _harmless(self, content: str) -> str:
        """Without marks of the template: words of hers must not end her turn and begin another."""
        for mark in self.llama.marks:
            if mark in content:
                content = content.replace(mark, f"{mark[0]} {mark[1:]}")
        return content

    @contextmanager
    def _turn(self, abort: Abort | None) -> Iterator[Abort]:
        """The model to oneself, with an Abort that is set when the time is over."""
        abort = abort or Abort()
        until = time.monotonic() + self.timeout
        with self.llama.queue.turn(until, abort):
            clock = threading.Timer(max(0.0, until - time.monotonic()), abort.set)
            clock.daemon = True
            clock.start()
            try:
                yield abort
            except ModelUnavailable as error:
                if abort.is_set and time.monotonic() >= until:
                    late = f"no whole answer within {self.timeout:g} s"
                    raise ModelUnavailable(late) from error
                raise
            finally:
                clock.cancel()

    def _say(self, call: _Call, abort: Abort | None) -> Iterator[str]:
        """What the model says, in pieces; the call is filled in."""
        with self._turn(abort) as abort:
            for text, stopped in without_stops(self._pieces(call, abort), call.stops):
                if stopped:
                    call.ended = "stop"
                yield text

    def _pieces(self, call: _Call, abort: Abort) -> Iterator[str]:
        engine = self.llama.engine
        letters = codecs.getincrementaldecoder("utf-8")("replace")
        slot, call.reused = engine.read(call.prompt, abort)
        for token, logits in engine.answer(slot, call.sampling, abort):
            if engine.is_end(token):
                call.ended = "stop"
                return
            call.said += 1
            if call.alternatives is not None:
                call.log_probabilities.append(engine.reported(token, logits, call.alternatives))
            yield letters.decode(engine.text_of(token))
            if call.said == call.most:
                return


def llama_parameters(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of an operator's parameters is for each answer, and what for loading the model."""
    answering = {key: value for key, value in parameters.items() if key in LlamaChat.model_fields}
    loading = {key: value for key, value in parameters.items() if key not in answering}
    return answering, loading
