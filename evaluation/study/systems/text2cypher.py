"""Text to Cypher, as LangChain's GraphCypherQAChain does it: a query from the graph's schema and
her words, then an answer from its rows.

Nowhere else does a model write Cypher. What it writes can only read (TreeStore.read_foreign).
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models.prices import Prices
from agent.models.providers import NamedModel
from agent.models.structured import read_object
from agent.prompts import load_prompt
from evaluation.study.attempt import Exchange, FirstReading
from evaluation.study.calls import Caller
from evaluation.study.systems.cited import LONGEST, read_cited, schema_of, told
from evaluation.study.systems.leaves import Leaf
from tools.errors import QueryRefused
from tools.store import TreeStore
from tools.tree import Tree

MOST_ROWS = 20
_LONGEST_ROWS = 16_000
"""Letters of all rows together that the model is shown."""
_TRIES = 3
"""Queries for one message: one, and what is mended twice."""
QUERY = {
    "type": "object",
    "properties": {"cypher": {"type": "string", "maxLength": LONGEST}},
    "required": ["cypher"],
    "additionalProperties": False,
}


class TextToCypher:
    """A model that writes queries."""

    def __init__(
        self,
        name: str,
        store: TreeStore,
        tree: Tree,
        model: NamedModel,
        prices: Prices,
        language: str,
    ) -> None:
        """`language` is that of the tree, in English."""
        self.name = name
        self._graph = Graph(store, tree)
        self._model = model
        self._prices = prices
        self._language = language

    def begin(self, attempt: str) -> "CypherConversation":  # noqa: ARG002 - it keeps no record
        """A new conversation."""
        caller = Caller(self._model, self._prices)
        return CypherConversation(self._graph, caller, self._language)

    def read(self, message: str) -> FirstReading:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return FirstReading()


@dataclass(frozen=True)
class Graph:
    """What is asked."""

    store: TreeStore
    tree: Tree

    def rows(self, cypher: str) -> str:
        """The rows as lines of JSON, cut where they are too long. Raises QueryRefused."""
        rows, more = self.store.read_foreign(cypher, MOST_ROWS, tree=self.tree.version)
        lines = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
        cut = "\n".join(lines)[:_LONGEST_ROWS]
        return f"{cut}\n(there are more)" if more or len(cut) < len("\n".join(lines)) else cut

    def answers_in(self, rows: str) -> list[str]:
        """Ids of the answers that stand in rows."""
        values = {value for line in rows.splitlines() for value in _texts(_read(line))}
        return [n.id for n in self.tree.nodes if isinstance(n, Leaf) and n.id in values]


class CypherConversation:
    """One of them."""

    id = None

    def __init__(self, graph: Graph, caller: Caller, language: str) -> None:
        self._graph = graph
        self._caller = caller
        self._language = language
        self._talk: list[BaseMessage] = []
        """Hers and its own words."""

    def reply(self, said: str) -> Exchange:
        """Query, then answer from the rows. Raises CaseFailed when the model does not answer."""
        started = time.perf_counter()
        cypher, rows = self._queried(said)
        ids = self._graph.answers_in(rows)
        rules = load_prompt("text2cypher_answer").render(language=self._language)
        turn = load_prompt("text2cypher_rows").render(
            cypher=cypher, rows=rows or "none", message=said
        )
        messages = [SystemMessage(rules), *self._talk, HumanMessage(turn)]
        answer = read_cited(self._caller.json(messages, schema_of(ids)), ids)
        self._talk += [HumanMessage(said), AIMessage(answer.text)]
        hers = [message.text for message in self._talk if isinstance(message, HumanMessage)]
        return told(said, answer, [rows, *hers], self._caller.took(), started)

    def _queried(self, said: str) -> tuple[str, str]:
        """The last query and its rows; none where none of its queries could be run."""
        rules = load_prompt("text2cypher").render(rows=str(MOST_ROWS), language=self._language)
        messages = [SystemMessage(rules), *self._talk, HumanMessage(said)]
        cypher = ""
        for _ in range(_TRIES):
            written = self._caller.json(messages, QUERY)
            cypher = str(read_object(written).get("cypher") or "")
            try:
                return cypher, self._graph.rows(cypher)
            except QueryRefused as error:
                repair = load_prompt("text2cypher_repair").render(problem=str(error))
                messages += [AIMessage(written), HumanMessage(repair)]
        return cypher, ""


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # the line that was cut
        return None


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value.values()])
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)
