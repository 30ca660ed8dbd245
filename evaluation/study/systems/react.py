"""The plain tool-calling ReAct agent: LangChain's stock agent with the same graph tools.

Yao et al. 2023, arXiv:2210.03629. What she reads is what the model writes; there are no buttons.
"""

import time

from agent.models.calls import name_of
from agent.models.prices import Prices
from agent.models.providers import NamedModel
from agent.replying.claims import unsupported
from evaluation.speed.bench_house import Bench
from evaluation.study.attempt import Exchange, FirstReading, ReplyKind
from evaluation.study.calls import outage, priced
from evaluation.study.systems.leaves import leaf_text
from evaluation.walks.stock_agent import StockTurn, stock_agent
from tools.tree import Advice, Input, Question, Referral, Tree


class React:
    """The stock agent on the tree of a bench."""

    def __init__(self, name: str, bench: Bench, model: NamedModel, prices: Prices) -> None:
        """Raises MissingExtra without LangChain's package of agents."""
        self.name = name
        self._agent = stock_agent(bench, model.chat)
        self._tree = bench.tree
        self._model = name_of(model.chat)
        self._prices = prices

    def begin(self, attempt: str) -> "ReactConversation":  # noqa: ARG002 - it keeps no record
        """A new conversation."""
        return ReactConversation(self)

    def read(self, message: str) -> FirstReading:  # noqa: ARG002 - the protocol's
        """Nothing."""
        return FirstReading()


class ReactConversation:
    """One of them."""

    id = None

    def __init__(self, system: React) -> None:
        self._system = system
        self._talk = system._agent.talk()
        self._said: list[str] = []

    def reply(self, said: str) -> Exchange:
        """Let it call tools until it has something to say. Raises CaseFailed in an outage."""
        started = time.perf_counter()
        self._said.append(said)
        turn = self._talk(said)
        if turn.outage:
            raise outage(turn.outage) from turn.outage
        system, node = self._system, turn.reply.node
        kind = _kind(turn)
        sources = [*node_texts(node, system._tree), *self._said]
        return Exchange(
            said=said,
            kind=kind,
            node=node,
            text=turn.reply.text,
            options=(),
            moves=tuple(step.target.node for step in turn.steps if step.target),
            illegal=turn.illegal,
            shown=(node,) if kind == "answer" and node else (),
            unsupported=unsupported(turn.reply.text, sources),
            spent=priced(turn.spent, system._model, system._prices),
            ms=round((time.perf_counter() - started) * 1000, 2),
        )


def _kind(turn: StockTurn) -> ReplyKind:
    if turn.danger:
        return "danger"
    # Without a place it has asked her something, whatever its words.
    return "question" if turn.reply.kind == "offer" else turn.reply.kind


def node_texts(name: str | None, tree: Tree) -> list[str]:
    """What the tree says at a node."""
    node = tree.by_id.get(name or "")
    match node:
        case Advice() | Referral():
            return [leaf_text(node)]
        case Question():
            return [node.text, node.help or "", *(option.label for option in node.options)]
        case Input():
            return [node.text, node.help or ""]
        case _:
            return []
