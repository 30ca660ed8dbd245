"""The state of a conversation, and what its nodes are handed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

from agent.evidence.semantic import SemanticEvidence
from agent.guard import Guard
from agent.settings import Country, Navigator
from agent.texts import Texts
from records.events import Event
from tools.journey import WalkState
from tools.locate import Locator
from tools.store import TreeStore
from tools.tree import PlacedEntry, Variable


class ConversationState(WalkState, total=False):
    """Plain data, checkpointed; the history of what was said is in the record."""

    correction: str | None
    """Input of a turn: the fact she removed, when the turn is not a message."""
    last_turn: str | None
    """Id of the last message that was answered. Written by the last node of a turn only."""
    shown: str | None
    """The node whose question she is looking at."""
    offered: dict[str, str]
    """Entry points she is looking at: title by node."""
    page: int
    """Which page of topics she is looking at."""
    unsure: int
    """How often in a row her reply did not settle the question she is looking at."""
    pending_check: str | None
    """The red flag that a check question was asked about."""
    set_aside: str | None
    """Her message when danger came first; she may go on with it."""
    asks_back: bool
    """She asks something instead of answering."""
    messages: Annotated[list[AnyMessage], add_messages]
    """What was said with the model in this turn; empty between turns."""


@dataclass(frozen=True)
class Brain:
    """What is read from one tree version to find one's way in it."""

    entries: tuple[PlacedEntry, ...]
    variables: dict[str, Variable]
    locator: Locator
    semantic: SemanticEvidence


@dataclass(frozen=True)
class Context:
    """What a turn's nodes are handed."""

    store: TreeStore
    brain: Brain
    guard: Guard
    texts: Texts
    navigator: Navigator
    country: Country
    model: BaseChatModel | None
    now: Callable[[], datetime]
    emit: Callable[[Event], None]
    """Records an event of the turn."""
    abort: Callable[[], bool]
    """Whether nobody waits for this turn any more."""
