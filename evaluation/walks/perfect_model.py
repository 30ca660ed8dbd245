"""A model that always chooses right, because it is told what the mother means. It is no model.

It shows what a way of working costs in tokens when the model makes no mistake, which no model that
can be had offline would show: what it must read is counted with the tokenizer of a real one.

What is counted as read: the texts of all messages with their roles, the calls made before, and, as
JSON, the tools or the schema of the answer. What a conversation's earlier calls began with counts
as cached, too: a server with room for the conversation's cache would have it.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCall, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from tools.quantities import read_value
from tools.tree import Question, Tree

Tokenizer = Callable[[str], Sequence[Any]]
"""From a text to its tokens."""
_PLACE = re.compile(r"^- (\S+): ", re.MULTILINE)
"""A choice, as prompts and tools list them."""
_FACT = re.compile(r"^Asks for the fact '(\w+)'", re.MULTILINE)


@dataclass(frozen=True)
class Meaning:
    """What a mother means by a message."""

    topics: frozenset[str]
    """Topics of the tree that are right."""
    words: str
    question: str | None = None
    """The id of the question that she answers."""
    option: str | None = None
    """The id of the option that she means."""


class PerfectModel(BaseChatModel):
    """Chooses what she means, in the form in which it is asked: by tools, or by one JSON object."""

    model_name: str = "perfect"
    talks: bool = False
    """Whether it talks to her itself, instead of calling the tool `ask`."""
    _tree: Tree = PrivateAttr()
    _tokens: Tokenizer = PrivateAttr()
    _meaning: Meaning | None = PrivateAttr(None)
    _read_before: list[Sequence[Any]] = PrivateAttr(default_factory=list)

    def __init__(self, tree: Tree, tokens: Tokenizer, *, talks: bool = False) -> None:
        super().__init__(talks=talks)
        self._tree, self._tokens = tree, tokens

    @property
    def _llm_type(self) -> str:
        return "perfect"

    def begin(self) -> None:
        """A new conversation: nothing of it is cached."""
        self._read_before.clear()

    def hear(self, meaning: Meaning) -> None:
        """What her next message means."""
        self._meaning = meaning

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        **_: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same, asked to call tools."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the base's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        **kwargs: Any,
    ) -> ChatResult:
        assert self._meaning is not None, "it has not been told what she means"
        read = self._tokens(rendered(messages, kwargs))
        if "response_format" in kwargs:
            reply = AIMessage(_as_json(self._scored(messages, self._meaning)))
        else:
            reply = self._acted(messages, self._meaning)
        written = len(self._tokens(_said(reply)))
        cached = max((_shared(read, before) for before in self._read_before), default=0)
        self._read_before.append(read)
        reply.usage_metadata = UsageMetadata(
            input_tokens=len(read),
            output_tokens=written,
            total_tokens=len(read) + written,
            input_token_details=InputTokenDetails(cache_read=cached),
        )
        return ChatResult(generations=[ChatGeneration(message=reply)])

    # One JSON object (agent/navigators/scored.py)

    def _scored(self, messages: Sequence[BaseMessage], meaning: Meaning) -> dict[str, Any]:
        listed = _PLACE.findall(messages[-1].text.partition("<message>")[0])
        answered = f"{meaning.question}/{meaning.option}"
        right = [id_ for id_ in listed if self._tree.topic_of.get(id_) in meaning.topics]
        path = [answered] if answered in listed else right[:1]
        return {"clauses": [1], "facts": [], "path": path}

    # Calls of the graph tools (tools/graph_tools.py)

    def _acted(self, messages: Sequence[BaseMessage], meaning: Meaning) -> AIMessage:
        """Its next call, or what it says to her."""
        begin = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
        called = {
            call["name"]
            for message in messages[begin:]
            if isinstance(message, AIMessage)
            for call in message.tool_calls
        }
        shown = next((m.text for m in reversed(messages) if self._is_a_place(m.text)), None)
        call = self._chosen(shown, called, meaning) if shown else None
        if shown is None:
            call = self._entered(messages[-1], called, meaning)
        if call is None and not self.talks:
            call = _call("ask", about="what she means")
        if call is not None:
            return AIMessage("", tool_calls=[call])
        return AIMessage(_told(shown) if shown else "¿Qué te preocupa?")

    def _entered(self, last: BaseMessage, called: set[str], meaning: Meaning) -> ToolCall | None:
        """The way to the first place."""
        if "search_tree" not in called:
            return _call("search_tree", query=meaning.words)
        listed = _PLACE.findall(last.text)
        right = [id_ for id_ in listed if self._tree.topic_of.get(id_) in meaning.topics]
        return _call("jump_to", node_id=right[0]) if right and "jump_to" not in called else None

    def _chosen(self, shown: str, called: set[str], meaning: Meaning) -> ToolCall | None:
        """The way on from a place, where her message says it."""
        asked = self._tree.by_id.get(meaning.question or "")
        if isinstance(asked, Question) and f"[question] {asked.text}" in shown:
            if "choose_option" in called or meaning.option not in _PLACE.findall(shown):
                return None
            return _call("choose_option", option_id=meaning.option, quote=meaning.words)
        wanted = _FACT.search(shown)
        if wanted is None or "set_fact" in called:
            return None
        name = wanted[1]
        found = read_value(meaning.words, self._tree.variables[name])
        if found is None or found.value is None:
            return None
        quote = meaning.words[found.start : found.end]
        return _call("set_fact", name=name, value=found.value, quote=quote)

    def _is_a_place(self, text: str) -> bool:
        return re.search(r"^\[(question|input|advice|referral)\] ", text, re.MULTILINE) is not None


def rendered(messages: Sequence[BaseMessage], asked: Mapping[str, Any]) -> str:
    """All that a model reads for a call: the tools, which never change, first; a schema last."""
    tools, schema = (
        [_as_json(asked[name])] if asked.get(name) else [] for name in ("tools", "response_format")
    )
    said = [f"{message.type}\n{_said(message)}" for message in messages]
    return "\n".join([*tools, *said, *schema])


def _said(message: BaseMessage) -> str:
    """What is written in a message: its text and its calls."""
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    written = [{"name": call["name"], "arguments": call["args"]} for call in calls]
    return "\n".join([*filter(None, [message.text]), *map(_as_json, written)])


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Tokens with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _told(shown: str) -> str:
    """What she is told of a place: its text and its options, without the ids."""
    lines = [_PLACE.sub("- ", line) for line in shown.splitlines()]
    kept = [line for line in lines if not line.startswith(("This is an answer", "Asks for"))]
    return re.sub(r"^\[\w+\] ", "", "\n".join(kept))


def _call(name: str, /, **arguments: Any) -> ToolCall:
    return tool_call(name=name, args=arguments, id=uuid.uuid4().hex)
