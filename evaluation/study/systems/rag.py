"""Flat retrieval-augmented generation over the same answers: no tree, no questions of the tree.

The answers that fit all that she has said go into the prompt; the model answers in its own words,
cites those that its text comes from, or asks back. Lewis et al. 2020, arXiv:2005.11401.
"""

import time

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models.prices import Prices
from agent.models.providers import NamedModel
from agent.prompts import load_prompt
from evaluation.study.attempt import Exchange, FirstReading
from evaluation.study.calls import Caller
from evaluation.study.systems.cited import read_cited, schema_of, told
from evaluation.study.systems.leaves import Leaf, Leaves, leaf_text

TOP = 5
"""Answers that the model is given with each message."""


class Rag:
    """A model over the answers of a tree."""

    def __init__(
        self, name: str, leaves: Leaves, model: NamedModel, prices: Prices, language: str
    ) -> None:
        """`language` is that of the tree, in English."""
        self.name = name
        self._leaves = leaves
        self._model = model
        self._prices = prices
        self._rules = SystemMessage(load_prompt("rag").render(language=language))

    def begin(self, attempt: str) -> "RagConversation":  # noqa: ARG002 - it keeps no record
        """A new conversation."""
        return RagConversation(self._leaves, Caller(self._model, self._prices), self._rules)

    def read(self, message: str) -> FirstReading:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return FirstReading()


class RagConversation:
    """One of them."""

    id = None

    def __init__(self, leaves: Leaves, caller: Caller, rules: SystemMessage) -> None:
        self._leaves = leaves
        self._caller = caller
        self._rules = rules
        self._said: list[str] = []
        self._talk: list[BaseMessage] = []
        """Hers and its own words, without the pieces that it was given."""

    def reply(self, said: str) -> Exchange:
        """Answer or ask back. Raises CaseFailed when the model does not answer."""
        started = time.perf_counter()
        self._said.append(said)
        found = self._leaves.search("\n".join(self._said), TOP)
        ids = [leaf.id for leaf in found]
        turn = load_prompt("rag_turn").render(pieces=_listed(found), message=said)
        messages = [self._rules, *self._talk, HumanMessage(turn)]
        answer = read_cited(self._caller.json(messages, schema_of(ids)), ids)
        self._talk += [HumanMessage(said), AIMessage(answer.text)]
        sources = [*map(leaf_text, found), *self._said]
        return told(said, answer, sources, self._caller.took(), started)


def _listed(leaves: list[Leaf]) -> str:
    return "\n\n".join(f"[{leaf.id}]\n{leaf_text(leaf)}" for leaf in leaves)
