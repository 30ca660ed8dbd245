"""LangChain's stock agent with the same graph tools: what the navigators' tokens are compared with.

It is what the framework's documentation builds: a loop of calls and tools, with everything that was
said before it. Nothing of the product is around it: no guard, no evidence, no buttons; what it
chooses is done, if it is legal. She reads what it writes.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError, InvalidUpdateError

from agent.consult import MOST_CALLS
from agent.prompts import load_prompt
from evaluation.spending import Spent
from records.events import Replied
from tools.errors import MissingExtra, ToolError
from tools.graph_tools import GRAPH_TOOLS
from tools.journey import Journey, WalkState
from tools.locate import Locator
from tools.store import TreeStore
from tools.tree import Input, Question, Tree, Variable
from tools.view import View
from tools.walk import Move, Step

if TYPE_CHECKING:
    from langgraph.prebuilt.tool_node import ToolCallRequest


@dataclass(frozen=True)
class PlainDesk:
    """What the tools need, with no judgement of its own (tools.graph_tools.Desk)."""

    store: TreeStore
    locator: Locator
    variables: Mapping[str, Variable]

    def today(self) -> date:
        """Now."""
        return datetime.now(UTC).date()

    def accept(self, journey: Journey, view: View | None, move: Move, leader: str | None) -> None:
        """Whatever it chooses."""

    def note(self, step: Step) -> None:
        """Nowhere."""


class StockAgent:
    """Talks with mothers, each in a conversation of her own."""

    def __init__(self, model: BaseChatModel, desk: PlainDesk, tree: Tree, language: str) -> None:
        """Raises MissingExtra without LangChain's package of agents."""
        if find_spec("langchain") is None:
            raise MissingExtra("LangChain's stock agent", "study", "no langchain")
        from langchain.agents import AgentState, create_agent
        from langchain.agents.middleware import wrap_tool_call

        class State(AgentState[Any], WalkState):
            """The stock agent's, with what the tools keep there."""

        @wrap_tool_call
        def tell_what_to_mend(
            request: "ToolCallRequest", handler: Callable[["ToolCallRequest"], Any]
        ) -> Any:
            try:
                return handler(request)
            except ToolError as error:
                id_ = str(request.tool_call["id"])
                return ToolMessage(str(error), tool_call_id=id_, status="error")

        self._desk = desk
        self._tree = tree
        create: Any = create_agent  # its types ask for more than it takes
        self._agent = create(
            model,
            list(GRAPH_TOOLS),
            system_prompt=load_prompt("stock_agent").render(language=language),
            middleware=[tell_what_to_mend],
            state_schema=State,
            context_schema=PlainDesk,
            checkpointer=InMemorySaver(),
        )

    def talk(self) -> Callable[[str], tuple[Replied, Spent]]:
        """A new conversation: from what she says to where she is then, and what that took."""
        thread = uuid.uuid4().hex

        def reply(said: str) -> tuple[Replied, Spent]:
            counted = _Counted()
            given = {
                "messages": [HumanMessage(said)],
                "tree": self._tree.version,
                "turn": uuid.uuid4().hex,
                "message": said,
            }
            # A call and its tools are two steps; the navigator `tools` may call as often in a turn.
            config: Any = {
                "configurable": {"thread_id": thread},
                "callbacks": [counted],
                "recursion_limit": 2 * MOST_CALLS + 1,
            }
            with _mistakes(counted):
                self._agent.invoke(given, config, context=self._desk)
            state = self._agent.get_state(config).values
            return self._place(state), counted.spent

        return reply

    def _place(self, state: Mapping[str, Any]) -> Replied:
        """Where she is. Without a place she may name any topic, as if she had their list."""
        position = state.get("position")
        node = self._tree.by_id.get(position["node"]) if position else None
        last = state["messages"][-1] if state.get("messages") else None
        text = str(last.text) if isinstance(last, AIMessage) else ""
        if node is None:
            titles = [topic.title for topic in self._tree.topics]
            return Replied(kind="offer", text=text, options=titles)
        if isinstance(node, Question):
            labels = [option.label for option in node.options]
            return Replied(kind="question", text=text, node=node.id, options=labels)
        return Replied(
            kind="input" if isinstance(node, Input) else "answer", text=text, node=node.id
        )


class _Counted(BaseCallbackHandler):
    """Counts calls and their tokens."""

    def __init__(self) -> None:
        self.spent = Spent()

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """A call that was answered."""
        generation = response.generations[0][0]
        assert isinstance(generation, ChatGeneration)
        message = generation.message
        assert isinstance(message, AIMessage)
        usage = message.usage_metadata
        if usage is None:
            self.spent += Spent(calls=1)
            return
        cached = usage.get("input_token_details", {}).get("cache_read", 0)
        self.spent += Spent(1, usage["input_tokens"], cached, usage["output_tokens"])

    def on_llm_error(self, error: BaseException, **_: Any) -> None:  # noqa: ARG002 - the base's
        """A call without an answer."""
        self.spent += Spent(calls=1, failed=1)


@contextmanager
def _mistakes(counted: _Counted) -> Iterator[None]:
    """A turn that the model leads astray, or does not answer, ends where it is."""
    try:
        yield
    except GraphRecursionError:  # it calls on and on
        counted.spent += Spent(failed=1)
    except InvalidUpdateError:  # two calls at once that change the same
        counted.spent += Spent(failed=1)
    except Exception:
        if not counted.spent.failed:
            raise  # not of the model's making
