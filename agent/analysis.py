"""What one message says, as events: for a turn of a conversation, and for a message by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType

from agent.danger.guard import Guard, Screening
from agent.decide import already_answers, may_answer, weigh
from agent.evidence.outright import may_take
from agent.evidence.rules import Rules
from agent.gain import Prospects, Shares
from agent.state import Brain
from agent.understanding.understand import SaidFact, Understanding, understand
from records.events import Choice, KnownFact, Located, Screened, Span, Understood
from tools.conditions import Value
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


@dataclass(frozen=True)
class Given:
    """What is known of her besides the message: she was asked, or who reads it knows."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """The option that answers a question, by the question's node."""
    values: Mapping[str, Value | None] = field(default_factory=dict)
    """Values by variable; None where she was asked and does not know."""
    entry: str | None = None
    """The entry node where she belongs."""


NOTHING = Given()


def analyse(
    message: str,
    brain: Brain,
    guard: Guard,
    today: date,
    values: Mapping[str, Value | None] = MappingProxyType({}),
) -> Analysis:
    """Read a message that belongs to no conversation, without a model. Nothing of it is kept.

    `values` of variables that are known count for whether something is a danger.
    """
    said = understand(message, brain.variables, brain.locator, brain.summarizer, today)
    return Analysis(
        screened=screened(message, guard.screen(message, values, today=today)),
        understood=understood(message, said, brain.variables),
        located=located(brain.locator.locate(message)),
    )


def prospects(
    message: str,
    entries: Shares,
    brain: Brain,
    store: TreeStore,
    version: str,
    given: Given = NOTHING,
) -> Prospects:
    """The answers and questions ahead of a message that belongs to no conversation.

    `entries` are the probabilities of the nodes where it was located. What it has answered
    already, by the rule that lets a walk skip a question, is believed; what is `given` beside it is
    known. Raises GraphUnavailable.
    """

    @cache
    def believe(node: str) -> Shares | None:
        question = store.view(version, Position(node)).node
        assert isinstance(question, Question)
        options = [option.id for option in question.options]
        if (answer := given.answers.get(node)) in options:
            return {option: float(option == answer) for option in options}
        closeness = brain.semantic.closeness(question, message)
        if not may_answer(closeness):  # to weigh the options of many questions takes seconds
            return None
        known = weigh(question, message, (Rules(), brain.semantic))
        answered = already_answers(known, closeness)
        if not (answered and may_take(question, known.best.id, message)):
            return None
        return {choice.id: choice.probability or 0.0 for choice in known.choices}

    if given.entry in {entry.node for entry in brain.entries}:
        entries = {given.entry: 1.0}
    return Prospects(brain.outline, entries, believe, given.values)


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
