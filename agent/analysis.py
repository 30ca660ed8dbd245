"""What one message says, as events: for a turn of a conversation, and for a message by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from agent.decide import already_answers, weigh
from agent.evidence.rules import Rules
from agent.gain import Prospects, Shares
from agent.guard import Guard, Screening
from agent.state import Brain
from agent.understand import SaidFact, Understanding, understand
from records.events import Choice, KnownFact, Located, Screened, Span, Understood
from tools.locate import Location
from tools.quantities import shown
from tools.store import TreeStore
from tools.tree import Question, Variable
from tools.view import Position


@dataclass(frozen=True)
class Analysis:
    """What a message says."""

    screened: Screened
    understood: Understood
    located: Located


def analyse(message: str, brain: Brain, guard: Guard, today: date) -> Analysis:
    """Read a message that belongs to no conversation, without a model. Nothing of it is kept."""
    said = understand(message, brain.variables, brain.locator, brain.summarizer, today)
    return Analysis(
        screened=screened(message, guard.screen(message, {}, today=today)),
        understood=understood(message, said, brain.variables),
        located=located(brain.locator.locate(message)),
    )


def prospects(message: str, brain: Brain, store: TreeStore, version: str) -> Prospects:
    """The answers and questions ahead of a message that belongs to no conversation.

    What it has answered already, by the rule that lets a walk skip a question, is believed.
    Raises GraphUnavailable.
    """

    @cache
    def believe(node: str) -> Shares | None:
        question = store.view(version, Position(node)).node
        assert isinstance(question, Question)
        known = weigh(question, message, (Rules(), brain.semantic))
        if not already_answers(known, brain.semantic.closeness(question, message)):
            return None
        return {choice.id: choice.probability or 0.0 for choice in known.choices}

    located = brain.locator.locate(message).candidates
    return Prospects(brain.outline, {c.node: c.probability for c in located}, believe)


def screened(message: str, found: Screening) -> Screened:
    """What the guard found in a message."""
    return Screened(
        level=found.level,
        sign=found.sign,
        spans=[Span(start=start, end=end, text=message[start:end]) for start, end in found.spans],
        check=found.check,
    )


def understood(message: str, said: Understanding, variables: Mapping[str, Variable]) -> Understood:
    """What a message was understood to say."""
    return Understood(
        text=message,
        summary=said.summary,
        topics=said.topics,
        facts=[_known(fact, variables[fact.name]) for fact in said.facts],
        asks_back=said.asks_back,
    )


def located(location: Location) -> Located:
    """Where her words could belong."""
    return Located(
        candidates=[
            Choice(id=c.node, label=c.title, probability=c.probability, topic=c.topic)
            for c in location.candidates
        ],
        none_of_these=location.none_of_these,
        unclear=location.unclear,
    )


def _known(said: SaidFact, variable: Variable) -> KnownFact:
    return KnownFact(
        name=said.name,
        value=said.value,
        unit=variable.unit,
        label=variable.label,
        quote=said.span.text,
        shown=shown(said.value, variable),
    )
