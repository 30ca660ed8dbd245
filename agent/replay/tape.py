"""What stands in for models, budgets and failures: it gives again what was recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, InvalidToolCall, ToolCall
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.models.budget import Budget, Counter
from agent.models.calls import plain
from agent.replay.recording import RecordedTurn, is_told
from records.events import Event, Failed, FellBack, ModelCalled
from tools.errors import NodrizaError


class NotRecorded(Exception):
    """A model is asked more than it was asked then: nothing can be given in its place."""


class Tape:
    """What was recorded of one turn, handed out in order."""

    exhausted = False
    """A model was asked for more than there is."""

    def __init__(self, turn: RecordedTurn | None = None) -> None:
        self.spent = turn.spent if turn else None
        self._calls = turn.calls if turn else []
        self._breaks = turn.breaks if turn else []
        self._last: ModelCalled | None = None

    def take(self, messages: Sequence[BaseMessage]) -> ModelCalled:
        """The call that was recorded for these messages; the next one where they were others.

        Raises NotRecorded.
        """
        if not self._calls:
            self.exhausted = True
            raise NotRecorded("the record has no call of a model in this place")
        asked = [plain(message) for message in messages]
        same = (place for place, call in enumerate(self._calls) if call.messages == asked)
        self._last = self._calls.pop(next(same, 0))
        return self._last

    @property
    def model(self) -> str | None:
        """What the record calls the model that spoke last, or speaks next."""
        call = self._last or next(iter(self._calls), None)
        return call.model if call else None

    @property
    def json_way(self) -> str:
        """How the model of the next call was asked for JSON: the end of what names its prompt."""
        return self._calls[0].prompt.rpartition(" ")[2] if self._calls else "json_schema"

    def cutting(self, emit: Callable[[Event], None]) -> Callable[[Event], None]:
        """Tells of events until the place where the turn was cut; there it fails as it did."""
        if not self._breaks:
            return emit
        left, broken = self._breaks.pop(0)

        def cut(event: Event) -> None:
            nonlocal left
            if is_told(event):
                if left == 0:
                    base = NodrizaError if isinstance(broken, Failed) else Exception
                    raise error_of(broken.cause, base)
                left -= 1
            emit(event)

        return cut


class Deck:
    """Where the tape of the turn at hand lies; an empty one before the first."""

    def __init__(self) -> None:
        self.tape = Tape()


class RecordedModel(BaseChatModel):
    """A chat model that says what was recorded."""

    deck: Deck
    setting: str
    """What the settings call it."""

    @property
    def model_name(self) -> str:
        """What the record calls it."""
        return self.deck.tape.model or self.setting.partition(":")[2]

    @property
    def json_way(self) -> str:
        """The one way in which it can be asked for JSON (agent/models/structured.py)."""
        return self.deck.tape.json_way

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def bind_tools(self, *_tools: Any, **_choices: Any) -> "RecordedModel":
        """The same model: which tools it calls is recorded."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the base's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **_options: Any,
    ) -> ChatResult:
        call = self.deck.tape.take(messages)
        if call.output is None:
            raise error_of(call.error or "", Exception)
        return ChatResult(generations=[ChatGeneration(message=reply_of(call))])


@dataclass(frozen=True)
class RecordedBudget(Budget):
    """Spent where it was spent then."""

    deck: Deck = field(kw_only=True)

    def watch(
        self, record: Counter, thread: str, now: Callable[[], datetime], model: str
    ) -> Callable[[], FellBack | None]:
        """Says what was recorded."""
        del record, thread, now, model
        return lambda: self.deck.tape.spent


def reply_of(call: ModelCalled) -> AIMessage:
    """The model's reply, from what the record has of it."""
    output: dict[str, Any] = call.output or {}
    valid: list[ToolCall] = []
    broken: list[InvalidToolCall] = []
    for made in output.get("tool_calls") or ():
        try:
            parsed = parse_tool_call(made, return_id=True)
            valid.append(ToolCall(**{**(parsed or {}), "type": "tool_call"}))  # type: ignore[typeddict-item]
        except OutputParserException:
            broken.append(make_invalid_tool_call(made, None))
    return AIMessage(
        output.get("content") or "",
        tool_calls=valid,
        invalid_tool_calls=broken,
        usage_metadata=_usage(call),
        response_metadata={"finish_reason": call.finish_reason},
    )


def error_of(told: str, base: type[Exception]) -> Exception:
    """An error of which the record says the same again: its class and text."""
    name, _, text = told.partition(": ")
    kind: type[Exception] = type(name, (base,), {})
    return kind(text)


def _usage(call: ModelCalled) -> UsageMetadata | None:
    if call.input_tokens is None or call.output_tokens is None:
        return None
    usage = UsageMetadata(
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        total_tokens=call.input_tokens + call.output_tokens,
    )
    if call.cached_tokens is not None:
        usage["input_token_details"] = InputTokenDetails(cache_read=call.cached_tokens)
    return usage
