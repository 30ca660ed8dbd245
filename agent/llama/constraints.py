"""What an answer may be: a JSON schema, a grammar, or a call of one of some tools.

Tools need no support by the model's template: they are described in the system message, a call is
a JSON object that the grammar allows, and nothing else can be said.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.messages.tool import ToolCall, tool_call

from agent.llama.templates import Message

_ROLES = {"human": "user", "ai": "assistant", "tool": "user", "system": "system"}
_ANY_OBJECT: Mapping[str, Any] = {"type": "object"}


@dataclass(frozen=True)
class ToolBox:
    """Tools that a model may call, or must."""

    tools: tuple[Mapping[str, Any], ...]
    """Name, description and parameters (a JSON schema) of each."""
    must_call: bool

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of an answer."""
        answers = [
            _object(tool={"const": tool["name"]}, arguments=dict(tool["parameters"]))
            for tool in self.tools
        ]
        if not self.must_call:
            answers.append(_object(reply={"type": "string"}))
        return {"anyOf": answers}

    @property
    def instructions(self) -> str:
        """What the model is told of them."""
        told = [
            f"- {tool['name']}: {tool.get('description', '')}\n"
            f"  arguments: {json.dumps(tool['parameters'].get('properties', {}))}"
            for tool in self.tools
        ]
        ways = 'Answer with {"tool": name, "arguments": {…}} to call one of these tools'
        if not self.must_call:
            ways += ', or with {"reply": text}'
        return "\n".join([f"{ways}:", *told])

    def read(self, text: str) -> tuple[str, list[ToolCall]]:
        """The text and the calls of an answer. An answer that was cut short calls nothing."""
        try:
            answer = json.loads(text)
        except ValueError:
            return text, []
        if "reply" in answer:
            return str(answer["reply"]), []
        call = tool_call(name=answer["tool"], args=answer["arguments"], id=uuid.uuid4().hex)
        return "", [call]


def tool_box(tools: Sequence[Mapping[str, Any]], choice: str | None) -> ToolBox:
    """The tools of a call, in OpenAI's form. `choice`: auto, any (or required), none, or a name.

    Raises ValueError for a name that is not among them.
    """
    found = tuple({"parameters": _ANY_OBJECT, **tool["function"]} for tool in tools)
    if choice in (None, "auto"):
        return ToolBox(found, must_call=False)
    if choice in ("any", "required"):
        return ToolBox(found, must_call=True)
    if choice == "none":
        return ToolBox((), must_call=False)
    chosen = tuple(tool for tool in found if tool["name"] == choice)
    if not chosen:
        names = [str(tool["name"]) for tool in found]
        raise ValueError(f"tool_choice={choice!r}; valid: auto, any, none, {', '.join(names)}")
    return ToolBox(chosen, must_call=True)


def grammar_of(
    response_format: Mapping[str, Any] | None, grammar: str | None, box: ToolBox | None
) -> str | None:
    """The grammar (GBNF) that holds an answer to what was asked for; None: anything goes.

    `response_format` is OpenAI's: text, json_object (also with a `schema`), json_schema.
    Raises ValueError for two of them at a time, and for an unknown format.
    """
    if sum(bool(one) for one in (response_format, grammar, box and box.tools)) > 1:
        raise ValueError("one of response_format, grammar and tools at a time")
    if box is not None and box.tools:
        return _grammar(box.schema)
    if response_format is None:
        return grammar
    match response_format.get("type"):
        case "text":
            return None
        case "json_object":
            return _grammar(response_format.get("schema", _ANY_OBJECT))
        case "json_schema":
            return _grammar(response_format["json_schema"]["schema"])
        case other:
            raise ValueError(
                f"response_format of type {other!r}; valid: text, json_object, json_schema"
            )


def plain_messages(messages: Sequence[BaseMessage], box: ToolBox | None) -> list[Message]:
    """Messages as templates take them: tools are told of in words."""
    plain: list[Message] = [
        {"role": _ROLES.get(message.type, message.type), "content": _content(message)}
        for message in messages
    ]
    if box is None or not box.tools:
        return plain
    told: Message = {"role": "system", "content": box.instructions}
    behind = 1 if plain and plain[0]["role"] == "system" else 0
    return [*plain[:behind], told, *plain[behind:]]


def _content(message: BaseMessage) -> str:
    if isinstance(message, ToolMessage):
        return f"Result of the tool: {message.text}"
    if isinstance(message, AIMessage) and message.tool_calls:
        calls = [{"tool": call["name"], "arguments": call["args"]} for call in message.tool_calls]
        return "\n".join(json.dumps(call, ensure_ascii=False) for call in calls)
    return str(message.text)


def _grammar(schema: Mapping[str, Any]) -> str:
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    return str(json_schema_to_gbnf(json.dumps(schema)))


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
