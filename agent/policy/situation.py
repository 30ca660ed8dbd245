"""What the policy looks at, and what it can decide."""

from dataclasses import dataclass
from typing import Literal

from agent.evidence.rules import same_words
from agent.models.trust import Trust
from agent.replying.replies import known_facts
from agent.state import Context, ConversationState
from records.events import Decided, Reason
from tools.journey import Journey
from tools.locate import Candidate, Location
from tools.tree import Question
from tools.view import View
from tools.walk import Move

LED = ("scored", "tools")
"""Navigators in which a model has its say before anything is decided."""
VAGUE = 3
"""Words up to which a message that fits nowhere is taken for a greeting."""


@dataclass(frozen=True)
class Next:
    """The node of the graph that comes next, and what it needs to know."""

    goto: Literal["move", "consult", "ask", "answer"]
    decided: Decided | None = None
    """What to record."""
    move: Move | None = None
    quote: str = ""
    intro: str | None = None
    """A sentence before the question."""
    offered: dict[str, str] | None = None
    """Places to offer: title by node."""
    last: str | None = None
    """One more quick reply behind them."""
    page: int = 0
    apart: bool = False
    """They are offered in place of the question at hand, not beside its options."""
    first: bool = False
    """They stand before its options: she seems to speak of them."""


@dataclass(frozen=True)
class Situation:
    """Everything the policy looks at."""

    journey: Journey
    view: View | None
    words: str
    """What is being looked for."""
    location: Location | None
    asks_back: bool
    offered: dict[str, str]
    agenda: tuple[str, ...]
    """Topics of the problems that she has told, also those that were answered."""
    page: int
    is_answer: bool
    """She is looking at this very question and has not been understood in this turn."""
    resumed: bool
    """She goes on with an earlier message."""
    consulted: str | None
    """The model has had its say in this turn: "ask", "done" or "failed"."""
    scored: tuple[str, ...]
    """What the model chose: entry nodes, or question/option."""
    trust: Trust
    """How far those choices count."""
    moved: bool
    """A step was made in this turn, also one back."""
    warned: bool = False
    """What she goes on with told of an emergency."""
    told: bool = False
    """She wrote this message herself: it is no button."""
    noted: tuple[str, ...] = ()
    """The facts that her message tells, where it tells nothing else."""
    left: bool = False
    """She has left the question at hand for other topics, and is looking at those."""

    @classmethod
    def of(cls, state: ConversationState, context: Context) -> "Situation":
        """Read the situation from the state."""
        journey = Journey.of(state)
        view = journey.view(context.store)
        forward = any(step.turn == journey.turn for step in journey.path)
        moved = forward or bool(state.get("moved"))
        here = view.position.node if view else None
        return cls(
            journey=journey,
            view=view,
            words=state.get("words") or "",
            told=bool(state.get("told")),
            location=_location(state),
            asks_back=bool(state.get("asks_back")),
            noted=tuple(state.get("noted") or ()),
            offered=state.get("offered") or {},
            agenda=tuple(state.get("agenda") or ()),
            page=state.get("page") or 0,
            is_answer=not moved and here is not None and state.get("shown") == here,
            resumed=bool(state.get("resumed")),
            consulted=state.get("consulted"),
            scored=tuple(state.get("scored") or ()),
            trust=context.trust_of(leader) if (leader := state.get("led_by")) else Trust(),
            moved=moved,
            warned=bool(state.get("warned")),
            left=not (moved or state.get("shown")) and view is not None and not view.is_leaf,
        )


def certain(situation: Situation, move: Move, why: Reason) -> Next:
    return Next("move", unweighed(situation, "move", why), move)


def unweighed(situation: Situation, action: Literal["move", "offer"], why: Reason) -> Decided:
    """A decision that no evidence is weighed for."""
    node = situation.view.position.node if situation.view else None
    return Decided(node=node, action=action, why=why, evidence=[], posterior=[], threshold=None)


def noted(situation: Situation, context: Context) -> str | None:
    """A sentence that says which facts were taken from a message that tells nothing else."""
    facts = known_facts(situation.journey, context)
    told = [f"{fact.label}: {fact.shown}" for fact in facts if fact.name in situation.noted]
    return context.texts("agent.noted", facts="; ".join(told)) if told else None


def is_label(message: str, view: View | None) -> bool:
    """Whether it is an option of the question at hand, to the word."""
    options = view.node.options if view and isinstance(view.node, Question) else ()
    return any(same_words(message, option.label) for option in options)


def _location(state: ConversationState) -> Location | None:
    candidates = state.get("candidates")
    if not candidates:
        return None
    return Location(
        tuple(Candidate(**item) for item in candidates),
        state["none_of_these"],
        state.get("unclear") or 0.0,
    )
