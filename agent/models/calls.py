"""The record of a call to a chat model, the same for every navigator."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import convert_to_openai_messages

from records.events import ModelCalled


def record_of(
    model: BaseChatModel,
    prompt: str,
    messages: Sequence[BaseMessage],
    reply: AIMessage | None,
    *,
    started: float,
    error: str | None,
) -> ModelCalled:
    """What the record has of a call that is over. `started` is a time.perf_counter()."""
    # What LangChain reads from a cache has usage without tokens where the server told of none.
    usage: Mapping[str, Any] = (reply.usage_metadata if reply else None) or {}
    return ModelCalled(
        model=name_of(model),
        prompt=prompt,
        messages=[plain(message) for message in messages],
        output=plain(reply) if reply else None,
        input_tokens=usage.get("input_tokens"),
        cached_tokens=_cached_tokens(usage),
        output_tokens=usage.get("output_tokens"),
        finish_reason=_finish_reason(reply) if reply else None,
        ms=(time.perf_counter() - started) * 1000,
        error=error,
    )


def failure_text(failure: Exception | None) -> str | None:
    """How the record calls an error of a provider."""
    return f"{type(failure).__name__}: {failure}" if failure else None


def name_of(model: BaseChatModel) -> str:
    """What the record calls a model."""
    known = getattr(model, "model_name", None) or getattr(model, "model_id", None)
    return str(known or type(model).__name__)


def _cached_tokens(usage: Mapping[str, Any]) -> int | None:
    """Input tokens that the server had computed before; None where it does not say."""
    cached: int | None = usage.get("input_token_details", {}).get("cache_read")
    return cached


def _finish_reason(reply: AIMessage) -> str | None:
    """Why the model stopped: Bedrock has a name of its own for it; None where it is not said."""
    told = reply.response_metadata
    reason: str | None = told.get("finish_reason") or told.get("stopReason")
    return reason


def plain(message: BaseMessage) -> Any:
    """A message for the record, with the calls that were not valid JSON too."""
    said = convert_to_openai_messages(message)
    assert isinstance(said, dict)
    if isinstance(message, AIMessage) and message.invalid_tool_calls:
        broken = [
            {
                "type": "function",
                "id": call["id"],
                "function": {"name": call["name"], "arguments": call["args"]},
            }
            for call in message.invalid_tool_calls
        ]
        said["tool_calls"] = [*said.get("tool_calls", []), *broken]
    return said
