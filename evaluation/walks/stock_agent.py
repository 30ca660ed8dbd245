"""LangChain's stock agent with the same graph tools: what the navigators' tokens are compared with.

It is what the framework's documentation builds: a loop of calls and tools, with everything that was
said before it. Nothing of the product is around it: no guard, no evidence, no buttons; what it
chooses is done, if it is legal. She reads what it writes.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError, InvalidUpdateError

from agent.navigators.consult import MOST_CALLS
from agent.prompts import load_prompt
from evaluation.speed.bench_house import Bench
from evaluation.walks.spending import Counted, Spent
from records.events import Replied
from tools.errors import MissingExtra, ToolError
from tools.graph_tools import GRAPH_TOOLS
from tools.journey import Journey, WalkState
from tools.locate import Locator
from tools.store import TreeStore
from tools.tree import Input, Question, Tree, Variable
from tools.view import View
from tools.walk import POSSIBLE, Move, Step

if TYPE_CHECKING:
    from langgraph.prebuilt.tool_node import ToolCallRequest


@dataclass(frozen=True)
class PlainDesk:
    """What the tools need, with no judgement of its own (tools.graph_tools.Desk)."""

    store: TreeStore
    locator: Locator
    variables: Mapping[str, Variable]
    steps: list[Step] = field(default_factory=list)
    """Those that were made."""

    def today(self) -> date:
        """Now."""
        return datetime.now(UTC).date()

    def accept(self, journey: Journey, view: View | None, move: Move, leader: str | None) -> None:
        """Whatever it chooses."""

    def note(self, step: Step) -> None:
        """Keep it."""
        self.steps.append(step)


@dataclass(frozen=True)
class StockTurn:
    """What became of one message."""

    reply: Replied
    """Where she is then; its text is what the model wrote."""
    spent: Spent
    steps: tuple[Step, ...]
    illegal: int
    """Moves that it tried and that are not legal."""
    danger: bool
    """It reported one."""
    outage: Exception | None
    """Why the model did not answer, where it did not."""


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

    def talk(self) -> Callable[[str], StockTurn]:
        """A new conversation: from what she says to what became of it."""
        thread = uuid.uuid4().hex

        def reply(said: str) -> StockTurn:
            counted, desk = Counted(), replace(self._desk, steps=[])
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
            outage, spent = self._invoked(given, config, desk, counted)
            state = self._agent.get_state(config).values
            made = _made_since(state.get("messages") or [], said)
            return StockTurn(
                reply=self._place(state),
                spent=spent,
                steps=tuple(desk.steps),
                illegal=sum(POSSIBLE in str(answer.content) for _, answer in made),
                danger=any(
                    name == "report_danger" and answer.status != "error" for name, answer in made
                ),
                outage=outage,
            )

        return reply

    def _invoked(
        self, given: Mapping[str, Any], config: Any, desk: PlainDesk, counted: Counted
    ) -> tuple[Exception | None, Spent]:
        """Why the model did not answer, if it did not, and what the turn took.

        A turn that the model leads astray, or does not answer, ends where it is.
        """
        try:
            self._agent.invoke(given, config, context=desk)
        except GraphRecursionError:  # it calls on and on
            return None, counted.spent + Spent(failed=1)
        except InvalidUpdateError:  # two calls at once that change the same
            return None, counted.spent + Spent(failed=1)
        except Exception as error:
            if not counted.spent.failed:
                raise  # not of the model's making
            return error, counted.spent
        return None, counted.spent

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


def stock_agent(bench: Bench, model: BaseChatModel) -> StockAgent:
    """The agent on the tree of a bench. Raises as StockAgent does."""
    brain = bench.house.brains.of(bench.house.brains.active())
    desk = PlainDesk(bench.store, brain.locator, brain.variables)
    return StockAgent(model, desk, bench.tree, bench.house.texts("agent.language"))


def _made_since(messages: Sequence[AnyMessage], said: str) -> list[tuple[str, ToolMessage]]:
    """The calls since she last said so: which tool, and what it answered."""
    hers = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage) and m.text == said]
    since = messages[hers[-1] :] if hers else []
    names = {
        call["id"]: call["name"]
        for message in since
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    return [(names[m.tool_call_id], m) for m in since if isinstance(m, ToolMessage)]
