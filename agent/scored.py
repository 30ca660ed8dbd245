"""The navigator `scored`: one structured call a turn, whose answer is evidence like any other.

The model is given her clauses, the facts that may be noted and the choices that are legal now or
just behind them; it returns clause numbers, facts with quotes and a path of ids. What is not in the
enumeration, or whose quote is not in her words, is dropped. How much its path counts is what was
measured for this tree, model and prompt (agent/trust.py); unmeasured, it moves nothing.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.prompts import load_prompt
from agent.state import Context, ConversationState
from agent.understand import split_clauses
from records.events import ModelCalled
from tools.conditions import Value
from tools.errors import ModelUnavailable, ToolError
from tools.graph_tools import check_meaning, check_quote
from tools.journey import Journey
from tools.outline import Outline
from tools.tree import Variable
from tools.view import View
from tools.walk import check_value

_QUESTIONS_SHOWN = 4
"""The question at hand and the next ones: more would make the prompt long and change little."""
LONGEST_PATH = 3
"""Ids of one answer: a message seldom answers more questions in a row."""
_KINDS = ("json_schema", "json_object", "text")
"""Ways to get JSON, tried in this order once for each model: what a server refuses is an error."""
_understood_by: dict[str, str] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Choice:
    """An id that the model may put into its path, and what it stands for."""

    id: str
    label: str
    under: str
    """What it is a choice of: a question's text, or the places located."""


@dataclass(frozen=True)
class Scored:
    """What a model said about one message, checked."""

    path: tuple[str, ...] = ()
    facts: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    """Value and quote, by name."""
    clauses: tuple[int, ...] = ()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    clauses: list[int] = []
    facts: list[dict[str, Any]] = []
    path: list[str] = []


def consult_once(state: ConversationState, context: Context) -> dict[str, Any]:
    """The turn's one call: what it changes of the state. Without an answer, nothing."""
    assert context.model is not None
    journey = Journey.of(state)
    choices = _choices(journey, journey.view(context.store), context.brain.outline)
    name = str(getattr(context.model, "model_name", None) or type(context.model).__name__)
    view = journey.view(context.store)
    position = view.node.text if view else "none yet"
    try:
        scored, called = score(
            context.model,
            name,
            state.get("words") or journey.message,
            position,
            choices,
            context.variables,
            context.texts("agent.language"),
        )
    except ModelUnavailable as error:
        context.emit(
            ModelCalled(model=name, prompt="", messages=[], output=None, ms=0.0, error=str(error))
        )
        return {}
    context.emit(called)
    for fact, (value, quote) in scored.facts.items():
        if fact not in journey.facts:
            journey = journey.learn(fact, value, quote, context.today())
    return {**journey.update(), "scored": list(scored.path)}


def _choices(journey: Journey, view: View | None, outline: Outline) -> list[Choice]:
    """The places located, or the options of the question at hand and of those just behind."""
    if view is None or view.is_leaf:
        return [Choice(node, title, "where to begin") for node, title in journey.located.items()]
    found: list[Choice] = []
    todo = [view.position.node]
    for place in range(_QUESTIONS_SHOWN):
        if place == len(todo):
            break
        node = todo[place]
        for way in outline.ways.get(node, ()):
            if way.option:
                found.append(Choice(f"{node}/{way.option}", way.label, outline.questions[node]))
            if way.target in outline.questions and way.target not in todo:
                todo.append(way.target)
    return found


def schema_of(choices: Sequence[Choice], variables: Mapping[str, Variable], clauses: int) -> Any:
    """The JSON schema of an answer: everything in it is enumerated."""
    fact = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "enum": sorted(variables)},
            "value": {"type": ["number", "boolean"]},
            "quote": {"type": "string"},
        },
        "required": ["name", "value", "quote"],
        "additionalProperties": False,
    }
    properties: dict[str, Any] = {
        "clauses": _list_of({"type": "integer", "enum": list(range(1, clauses + 1))}, clauses),
        "facts": _list_of(fact, 4 if variables else 0),
        "path": _list_of({"type": "string", "enum": [c.id for c in choices]}, LONGEST_PATH),
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def score(
    model: BaseChatModel,
    name: str,
    message: str,
    position: str,
    choices: Sequence[Choice],
    variables: Mapping[str, Variable],
    language: str,
) -> tuple[Scored, ModelCalled]:
    """Ask the model once. Raises ModelUnavailable when it does not answer."""
    clauses = [clause.text for clause in split_clauses(message)] or [message]
    schema = schema_of(choices, variables, len(clauses))
    messages: list[BaseMessage] = [
        SystemMessage(load_prompt("scorer").render(language=language)),
        HumanMessage(
            load_prompt("scorer_turn").render(
                facts=", ".join(variables) or "none",
                position=position,
                choices="\n".join(f"- {c.id}: {c.label} ({c.under})" for c in choices) or "none",
                clauses="\n".join(f"{number}. {text}" for number, text in enumerate(clauses, 1)),
            )
        ),
    ]
    started = time.perf_counter()
    reply, kind = _invoke(model, name, messages, schema)
    usage = reply.usage_metadata
    called = ModelCalled(
        model=name,
        prompt=f"{prompt_keys()} {kind}",
        messages=[{"role": m.type, "content": m.content} for m in messages],
        output={"role": "assistant", "content": reply.content},
        input_tokens=usage["input_tokens"] if usage else None,
        output_tokens=usage["output_tokens"] if usage else None,
        ms=(time.perf_counter() - started) * 1000,
        error=None,
    )
    return checked(str(reply.content), message, choices, variables), called


def prompt_keys() -> str:
    """Names and content hashes of the prompts."""
    return " ".join(load_prompt(name).key for name in ("scorer", "scorer_turn"))


def checked(
    content: str, message: str, choices: Sequence[Choice], variables: Mapping[str, Variable]
) -> Scored:
    """What of an answer holds: ids that were offered, quotes that are hers and say the value."""
    start, end = content.find("{"), content.rfind("}")
    try:
        answer = _Answer.model_validate(json.loads(content[start : end + 1]))
    except (ValueError, ValidationError):
        return Scored()
    legal = {choice.id for choice in choices}
    path: list[str] = []
    for chosen in answer.path[:LONGEST_PATH]:
        if chosen not in legal:
            break
        path.append(chosen)
    facts: dict[str, tuple[Value, str]] = {}
    for fact in answer.facts:
        name, value, quote = (fact.get(key) for key in ("name", "value", "quote"))
        variable = variables.get(str(name))
        if variable is None or not isinstance(value, int | float) or not isinstance(quote, str):
            continue
        try:
            check_value(str(name), variable, value)
            check_quote(quote, message)
            check_meaning(str(name), value, quote, variable)
        except ToolError:
            continue
        facts[str(name)] = (value, quote)
    numbers = range(1, len(split_clauses(message)) + 1)
    return Scored(tuple(path), facts, tuple(n for n in answer.clauses if n in numbers))


def _invoke(
    model: BaseChatModel, name: str, messages: Sequence[BaseMessage], schema: Any
) -> tuple[AIMessage, str]:
    """Its reply, and the way of asking for JSON that it understood: remembered by its name."""
    known = _understood_by.get(name)
    failure: Exception | None = None
    for kind in (known,) if known else _KINDS:
        try:
            reply = model.invoke(list(messages), **_format(kind, schema))
        except Exception as error:  # noqa: BLE001 - providers raise errors of their own classes
            failure = error
            continue
        with _lock:
            _understood_by[name] = kind
        return reply, kind
    raise ModelUnavailable(
        f"the model did not answer: {type(failure).__name__}: {failure}"
    ) from failure


def _format(kind: str, schema: Any) -> dict[str, Any]:
    if kind == "json_schema":
        wanted = {"name": "answer", "schema": schema, "strict": False}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    if kind == "json_object":
        return {"response_format": {"type": "json_object", "schema": schema}}
    return {}


def _list_of(items: Any, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}
