"""What a model that walks by calling tools chooses first, for `nodriza bench trust`.

It is called as the navigator `tools` would call it. What it may look at is answered; the first
call that would go somewhere is its choice, and nothing is walked.
"""

from collections.abc import Mapping

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from agent.navigators.consult import call_once, opening
from records.events import ModelCalled
from tools.graph_tools import describe, listed
from tools.journey import Journey
from tools.locate import Locator
from tools.view import View

_MOST_CALLS = 4
"""A search, a look, the choice, and one to spare."""
_HERE = "measured"


def first_choice(
    model: BaseChatModel, message: str, view: View | None, locator: Locator, language: str
) -> tuple[str | None, list[ModelCalled]]:
    """The entry node, or the option, that the model goes to; None where it goes nowhere."""
    position = view.position if view else None
    journey = Journey(_HERE, "1", message, position, path=(), facts={}, located={})
    messages = opening(journey, view, {}, language)
    made: list[ModelCalled] = []
    while len(made) < _MOST_CALLS:
        reply, called, _ = call_once(model, messages)
        made.append(called)
        if reply is None or not reply.tool_calls:
            return None, made
        call = reply.tool_calls[0]
        match call["name"], call["args"]:
            case "search_tree", {"query": str(query)}:
                answer = listed(locator.locate(query))
            case "read_position", _:
                answer = describe(journey, view)
            case name, arguments:
                return _goes_to(name, arguments), made
        messages = [*messages, *_answered(reply, answer)]
    return None, made


def _goes_to(name: str, arguments: Mapping[str, object]) -> str | None:
    match name, arguments:
        case "jump_to", {"node_id": str(chosen)}:
            return chosen
        case "choose_option", {"option_id": str(chosen)}:
            return chosen
        case "choose_path", {"option_ids": [str(chosen), *_]}:
            return chosen
    return None


def _answered(reply: AIMessage, answer: str) -> list[AnyMessage]:
    """The reply, with an answer to each of its calls: servers insist on that."""
    calls = [str(call["id"]) for call in reply.tool_calls]
    return [reply, *(ToolMessage(answer, tool_call_id=id_) for id_ in calls)]
