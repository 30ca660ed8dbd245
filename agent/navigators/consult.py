"""The navigator `tools`: a chat model walks the tree by calling the graph tools.

Each call is evidence like any other: ids are checked against the legal moves, quotes against her
words, and a move is made only when the posterior is high enough; else the tool answers "ask her".
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.models.calls import failure_text, record_of
from agent.models.chain import ask_in_turn
from agent.navigators.scored import consult_once
from agent.prompts import load_prompt
from agent.state import Context, ConversationState
from records.events import ModelCalled, ToolCalled
from tools.conditions import Value
from tools.errors import ModelUnavailable, ToolError
from tools.graph_tools import CHANGES_STATE, ENDS_TURN, GRAPH_TOOLS, describe
from tools.journey import Journey
from tools.view import View

MOST_CALLS = 8
"""Calls to the model in one turn; then she is asked without it."""


def consult(
    state: ConversationState, runtime: Runtime[Context]
) -> Command[Literal["tools", "consult", "decide"]]:
    """Let the model call one tool; its words, if it writes any, go nowhere."""
    context = runtime.context
    messages = state.get("messages") or []
    if not messages and (over := context.over_budget()):
        context.emit(over)
        return Command(goto="decide", update={"consulted": "failed"})
    if context.navigator == "scored":
        return Command(goto="decide", update=consult_once(state, context))
    fresh: list[AnyMessage] = [] if messages else _opening(state, context)
    if sum(isinstance(message, AIMessage) for message in messages) >= MOST_CALLS:
        return Command(goto="decide", update={"consulted": "done"})
    answered = ask_in_turn(
        context.models,
        state.get("led_by"),
        lambda model: _call(context, model, [*messages, *fresh]),
        context.emit,
    )
    if answered is None:
        return Command(goto="decide", update={"consulted": "failed"})
    leader, reply = answered
    refusals = _refusals(reply)
    if refusals:
        made = (*reply.invalid_tool_calls, *reply.tool_calls)
        for call, refusal in zip(made, refusals, strict=True):
            _record(context, call["name"] or "", call["args"], refusal.text, refused=True)
        said = [*fresh, reply, *refusals]
        return Command(goto="consult", update={"messages": said, "led_by": leader})
    if not reply.tool_calls:
        return Command(goto="decide", update={"consulted": "done"})
    return Command(goto="tools", update={"messages": [*fresh, reply], "led_by": leader})


def heed(
    state: ConversationState, runtime: Runtime[Context]
) -> Command[Literal["decide", "escalate"]]:
    """Record what the tools answered, and see whether the model's part of the turn is over."""
    messages = state["messages"]
    reply = next(m for m in reversed(messages) if isinstance(m, AIMessage))
    results = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    ended: set[str] = set()
    for call in reply.tool_calls:
        result = results[str(call["id"])]
        refused = result.status == "error"
        _record(runtime.context, call["name"], call["args"], str(result.content), refused=refused)
        if not refused:
            ended |= {call["name"]} & ENDS_TURN
    if "report_danger" in ended:
        return Command(goto="escalate", update={"danger": {"sign": None, "level": "emergency"}})
    return Command(goto="decide", update={"consulted": "ask" if ended else None})


def tools_node() -> ToolNode:
    """The stock tool node: what the model can mend is answered, anything else ends the turn."""
    return ToolNode(GRAPH_TOOLS, handle_tool_errors=_explain)


def _explain(error: Union[ToolError, ToolInvocationError]) -> str:  # noqa: UP007
    # The node reads these types to know what to handle, and understands only Union.
    return str(error)


def _refusals(reply: AIMessage) -> list[ToolMessage]:
    """Answers to a reply that must not be carried out; empty when it may."""
    broken = [
        ToolMessage(
            f"the arguments of {call['name']!r} are not valid JSON: {call['args']!r}",
            tool_call_id=str(call["id"]),
            status="error",
        )
        for call in reply.invalid_tool_calls
    ]
    changing = [call["name"] for call in reply.tool_calls if call["name"] in CHANGES_STATE]
    if not broken and len(changing) <= 1:
        return []
    together = ", ".join(call["name"] for call in reply.tool_calls)
    text = f"one well-formed call in a reply, please; not done: {together}"
    return broken + [
        ToolMessage(text, tool_call_id=str(call["id"]), status="error") for call in reply.tool_calls
    ]


def _record(context: Context, name: str, arguments: Any, result: str, *, refused: bool) -> None:
    if not isinstance(arguments, dict):
        arguments = {"not JSON": arguments}
    context.emit(ToolCalled(name=name, arguments=arguments, result=result, refused=refused))


def _opening(state: ConversationState, context: Context) -> list[AnyMessage]:
    journey = Journey.of(state)
    values = journey.values(context.today())
    return opening(journey, journey.view(context.store), values, context.texts("agent.language"))


def opening(
    journey: Journey, view: View | None, values: Mapping[str, Value | None], language: str
) -> list[AnyMessage]:
    """What a turn's first call says. The fixed part first: servers reuse what they computed."""
    turn = load_prompt("turn").render(
        facts=", ".join(f"{name} = {value}" for name, value in values.items()) or "none",
        position=describe(journey, view),
        message=journey.message,
    )
    rules = load_prompt("navigator").render(language=language)
    return [SystemMessage(rules), HumanMessage(turn)]


def _call(context: Context, model: BaseChatModel, messages: list[AnyMessage]) -> AIMessage:
    reply, called, failure = call_once(model, messages)
    context.emit(called)
    if reply is None:
        raise ModelUnavailable(f"the model did not answer: {called.error}") from failure
    return reply


def call_once(
    model: BaseChatModel, messages: Sequence[AnyMessage]
) -> tuple[AIMessage | None, ModelCalled, Exception | None]:
    """Let a model call the graph tools: its reply or how it failed, and the record of the call."""
    started = time.perf_counter()
    failure: Exception | None = None
    reply: AIMessage | None = None
    try:
        reply = model.bind_tools(GRAPH_TOOLS).invoke(list(messages))
    except Exception as raised:  # noqa: BLE001 - providers raise errors of their own classes
        failure = raised
    error = failure_text(failure)
    called = record_of(model, prompt_keys(), messages, reply, started=started, error=error)
    return reply, called, failure


def prompt_keys() -> str:
    """Names and content hashes of the prompts."""
    return " ".join(load_prompt(name).key for name in ("navigator", "turn"))
