"""Asking a chat model for one JSON object, in whatever way its server understands."""

import json
import threading
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from agent.models.calls import name_of

WAYS = ("json_schema", "json_object", "text")
"""Ways to ask for JSON, tried in this order once for each model: a server may refuse any."""
_REFUSED = (400, 422, 500, 501)
"""What servers answer to a `response_format` that they do not know."""
_understood: dict[str, str] = {}
"""The way that a model understood, by its server and name."""
_lock = threading.Lock()


def ask_for_json(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    schema: Any,
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> tuple[AIMessage | None, str, Exception | None]:
    """Its reply or how it failed, and the way in which it was asked for JSON.

    `callbacks` are told of each call. Only a refused way leads to the next: a server that is down
    is not tried again.
    """
    # A model may know its way, as a stand-in for a recorded one does; nothing is learnt of that.
    own = getattr(model, "json_way", None)
    key = f"{getattr(model, 'openai_api_base', None)} {name_of(model)}"
    known = own or _understood.get(key)
    heard = RunnableConfig(callbacks=list(callbacks)) if callbacks else None
    way, failure = WAYS[0], None
    for way in (known,) if known else WAYS:
        try:
            reply = model.invoke(list(messages), heard, **response_format(way, schema))
        except Exception as error:  # noqa: BLE001 - providers raise errors of their own classes
            failure = error
            if not _is_refusal(error):
                break
            with _lock:
                _understood.pop(key, None)
            continue
        if not own:
            with _lock:
                _understood[key] = way
        return reply, way, None
    return None, way, failure


def _is_refusal(error: Exception) -> bool:
    """Whether a model fails for how it was asked; some clients don't take the argument at all."""
    return getattr(error, "status_code", None) in _REFUSED or isinstance(
        error, TypeError | ValueError
    )


def response_format(way: str, schema: Any) -> dict[str, Any]:
    """The argument that asks for JSON of a schema in one of the ways."""
    if way == "json_schema":
        wanted = {"name": "answer", "schema": schema, "strict": False}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if way == "json_object":
        return {"response_format": {"type": "json_object", "schema": schema}}
    return {}


def read_object(content: str) -> dict[str, Any]:
    """The object of an answer, whatever is written around it; empty when there is none."""
    said = content.rpartition("</think>")[2]
    try:
        answer = json.loads(said[said.find("{") : said.rfind("}") + 1])
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
