"""The state of a conversation, and what its nodes are handed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

from agent.danger.guard import Guard
from agent.danger.redflags import Catalogue, Phone
from agent.decide import judge
from agent.evidence import EvidenceSource
from agent.evidence.rules import Rules
from agent.evidence.semantic import SemanticEvidence
from agent.models.providers import NamedModel
from agent.models.trust import Trust
from agent.settings import Navigator, Phrasing
from agent.texts import Texts
from agent.understanding.summary import Summarizer
from records.events import Event, FellBack, Moved
from tools.errors import ToolError
from tools.journey import Journey, WalkState
from tools.locate import Locator
from tools.outline import Outline
from tools.store import TreeStore
from tools.tree import PlacedEntry, Variable
from tools.view import View
from tools.walk import Move, SetFact, Step


class ConversationState(WalkState, total=False):
    """Plain data, checkpointed; the history of what was said is in the record."""

    correction: str | None
    """Input of a turn: the fact she removed, when the turn is not a message."""
    last_turn: str | None
    """Id of the last message that was answered. Written by the last node of a turn only."""
    words: str
    """What she told us: the last message that was not just a button, or one she goes on with."""
    earlier: str
    """What she had told before, as long as she is choosing where she belongs; else empty."""
    told: bool
    """Whether those words are of this turn."""
    noted: list[str]
    """The facts that her message tells, where it tells nothing else."""
    candidates: list[dict[str, Any]]
    """Where those words could belong, best first."""
    none_of_these: float
    """Probability that they belong nowhere in the tree."""
    unclear: float
    """Probability that they say too little."""
    next_move: dict[str, Any] | None
    """The move that was decided on."""
    quote: str
    """Her words for the value that the move sets."""
    moved: bool
    """A move was decided on and made in this turn."""
    shown: str | None
    """The node whose question or answer she is looking at."""
    offered: dict[str, str]
    """Places she is offered: title by node."""
    agenda: list[str]
    """Topics of the problems that she has told, in order, also those that were answered."""
    perhaps: list[str]
    """The topic of a problem that she may have told besides."""
    tries: int
    """How often in a row she was asked what she is looking at."""
    page: int
    """Which page of topics she is looking at."""
    pending_check: str | None
    """The red flag that a check question was asked about."""
    set_aside: str | None
    """Her message when danger came first; she may go on with it."""
    beside: str | None
    """What of it does not tell of the danger."""
    resumed: bool
    """She goes on with an earlier message in this turn."""
    warned: bool
    """That message told of an emergency, and she was warned."""
    asks_back: bool
    """She asks something instead of answering."""
    danger: dict[str, Any] | None
    """The danger found in this turn: sign and level, or the sign that the model reported."""
    reply: dict[str, Any]
    """What she is to be asked: intro, places offered, one more quick reply, page; whether they are
    offered apart from the question at hand."""
    consulted: str | None
    """The model has had its say in this turn: "ask" when it wants her to be asked, "failed" when
    none answered, else "done"."""
    scored: list[str]
    """What the model chose in this turn, in order: entry nodes, or question/option."""
    messages: Annotated[list[AnyMessage], add_messages]
    """What was said with the model in this turn; empty between turns."""


@dataclass(frozen=True)
class Brain:
    """What is read from one tree version to find one's way in it."""

    entries: tuple[PlacedEntry, ...]
    topics: Mapping[str, str]
    """Titles of the topics by the node where they start, in order."""
    starts: Mapping[str, str]
    """The node where a topic starts, by topic."""
    areas: Mapping[str, tuple[str, ...]]
    """The table of contents: nodes where the topics of each area start, by the area's title."""
    variables: Mapping[str, Variable]
    outline: Outline
    locator: Locator
    summarizer: Summarizer | None
    """None where the tree comes with no marked messages."""
    semantic: SemanticEvidence


@dataclass(frozen=True)
class Parts:
    """What a study may take away from the assistant, to measure what it is worth."""

    facts: bool = True
    """What she tells unasked is noted as a fact; without, a value is read only when asked for.
    The guard looks for danger in all that she says in either case."""
    information_gain: bool = True
    """Where no entry point stands out, the question that tells most may be asked at once; without,
    she chooses among the entry points."""


@dataclass(frozen=True)
class Context:
    """What a turn's nodes are handed."""

    store: TreeStore
    brain: Brain
    guard: Guard
    catalogue: Catalogue
    phones: tuple[Phone, ...]
    """Of her country, emergencies first."""
    texts: Texts
    navigator: Navigator
    models: tuple[NamedModel, ...]
    """The one that is asked first in front."""
    trust_of: Callable[[str], Trust]
    """How far the choices of a model count, by its name."""
    over_budget: Callable[[], FellBack | None]
    """Says when no more tokens may be used."""
    now: Callable[[], datetime]
    emit: Callable[[Event], None]
    """Records an event of the turn."""
    person: bool = False
    """Whether she can ask for a person's answer."""
    parts: Parts = field(default_factory=Parts)
    phrasing: Phrasing = "tree"
    """Whose words a question is asked in."""

    @property
    def evidence(self) -> tuple[EvidenceSource, ...]:
        """The sources of evidence that need no model; the menu listens to the rules only."""
        return (Rules(),) if self.navigator == "menu" else (Rules(), self.brain.semantic)

    @property
    def locator(self) -> Locator:
        """Finds entry points."""
        return self.brain.locator

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The facts that the tree's inputs ask for."""
        return self.brain.variables

    @property
    def told_facts(self) -> Mapping[str, Variable]:
        """Those of them that are noted when she tells them unasked."""
        return self.variables if self.parts.facts else {}

    def accept(self, journey: Journey, view: View | None, move: Move, leader: str | None) -> None:
        """Raise ToolError when the evidence for a move that a model chose is not enough."""
        if isinstance(move, SetFact) and not self.parts.facts:
            asked = journey.legal(view).variable
            if move.variable != asked:
                raise ToolError(f"only the value that is asked for is noted; asked for: {asked}")
        trust = self.trust_of(leader) if leader else Trust()
        decided = judge(journey, view, move, self.evidence, self.brain.locator, trust)
        if decided is None:
            return
        self.emit(decided)
        if decided.action != "move":
            best = ", ".join(f"{c.id} {c.probability:.2f}" for c in decided.posterior[:3])
            raise ToolError(f"not sure enough ({best}): ask her")

    def today(self) -> date:
        """The day on which facts are observed."""
        return self.now().date()

    def note(self, step: Step) -> None:
        """Record a step that was made."""
        target = step.target.node if step.target else None
        entered = (entry.topic for entry in self.brain.entries if entry.node == target)
        self.emit(
            Moved(
                kind=step.kind,
                origin=step.origin.node if step.origin else None,
                target=target,
                move=step.move,
                label=step.label,
                via=list(step.via),
                facts_used=list(step.facts_used),
                topic=next(entered, None) if step.kind == "jump" else None,
            )
        )
