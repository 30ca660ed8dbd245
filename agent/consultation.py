"""A mother's consultation as a lactation consultant needs it: all that it says, and a draft answer.

No model is asked. What is advice in it is text of the tree or of the red-flag catalogue.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.analysis import Given, analyse, prospects
from agent.decide import UNCLEAR
from agent.gain import OpenQuestion, OpenValue, Prospects
from agent.replying.drafting import Draft, make_draft
from agent.replying.replies import leaf, warning
from agent.state import Brain
from agent.turns import House
from records.events import Choice, KnownFact, Level, Replied, Screened, Span
from tools.conditions import Value
from tools.quantities import shown
from tools.store import TreeStore
from tools.tree import Advice, Input, PlacedEntry, Question, Referral, Variable
from tools.view import Position, Shown

ENTRIES = 3
"""Entry points that are named."""
LEAVES = 3
"""Answers that are named while none stands out."""
LEADS = 0.6
"""Probability from which the evidence leads to one answer, which is then drafted."""
QUESTIONS = 8
"""Questions that are listed."""
WORTH_ASKING = 0.02
"""Bits about the answer that a question must be expected to tell."""
_LEAST = 0.001
"""Probability below which a leaf is not thought of."""
_LIKELY = 0.2
"""Probability below an option from which an answer is named beside the likeliest one."""


@dataclass(frozen=True)
class Danger:
    """The gravest red flag that was found."""

    sign: str
    title: str
    level: Level
    """None while it has to be checked."""
    spans: tuple[Span, ...]
    check: str | None
    """The question that settles it, where it is doubtful."""
    checked: str | None = None
    """The words that were given as the answer to it."""


@dataclass(frozen=True)
class OptionAhead:
    """An answer to a question, and the leaves that it leads to."""

    id: str
    label: str
    leaves: tuple[Choice, ...]
    """The likeliest below it."""


@dataclass(frozen=True)
class RelevantQuestion:
    """A question of the tree that lies on her way."""

    node: str
    text: str
    help: str | None
    bits: float
    """What its answer is expected to tell about the leaf; 0 when it is given."""
    reached: float
    """Probability that it lies on her way."""
    options: tuple[OptionAhead, ...]
    """Empty where a value is asked for."""
    separates: tuple[str, ...]
    """Titles of the leaves that its answer tells apart."""
    variable: str | None = None
    """What the value is of, where one is asked for."""
    is_boolean: bool = False


@dataclass(frozen=True)
class Answered:
    """A question whose answer is given."""

    node: str
    text: str
    options: tuple[tuple[str, str], ...]
    """Ids and labels."""
    answer: str
    """Id of the option."""


@dataclass(frozen=True)
class Consultation:
    """All that a consultation says, as plain data."""

    text: str
    tree: str
    """The version that it was read with."""
    summary: tuple[Span, ...]
    topics: tuple[Choice, ...]
    entries: tuple[Choice, ...]
    """The best entry points."""
    entry: str | None
    """The one that is given."""
    choosing_bits: float
    """What it is expected to tell to choose among the entry points."""
    nowhere: float
    """Probability that the tree has nothing on it."""
    unclear: float
    """Probability that it says too little."""
    facts: tuple[KnownFact, ...]
    """Those that are given beside her words have no quote."""
    danger: Danger | None
    questions: tuple[RelevantQuestion, ...]
    """Still unanswered, the most telling first."""
    answered: tuple[Answered, ...]
    leaves: tuple[Choice, ...]
    """The likeliest leaves."""
    draft: Draft


def consult_on(
    house: House,
    text: str,
    given: Given,
    *,
    chosen: str | None = None,
    checked: str | None = None,
) -> Consultation:
    """Read a consultation, with what is `given` beside its words. Raises GraphUnavailable.

    `chosen` is the leaf to draft, whatever the evidence; `checked` are words that
    answer the question of a doubtful danger. What names nothing in the tree is left out.
    """
    version, store = house.brains.active(), house.brains.store
    brain = house.brains.of(version)
    values = {name: value for name, value in given.values.items() if name in brain.variables}
    found = analyse(text, brain, house.guard, house.now().date(), values)
    facts = {fact.name: fact for fact in found.understood.facts}
    facts |= {name: _told(name, value, brain.variables[name]) for name, value in values.items()}
    known = replace(given, values={name: fact.value for name, fact in facts.items()})
    entry = next((one for one in brain.entries if one.node == given.entry), None)
    candidates = found.located.candidates
    entries = {candidate.id: candidate.probability or 0.0 for candidate in candidates}
    ahead = prospects(text, entries, brain, store, version, known)
    road = _Road(ahead, brain, store, version)
    inside = 1.0 if entry else sum(one.probability or 0.0 for one in candidates)
    leaves = road.leaves(inside)
    drafted = next((one for one in leaves if one.id == chosen), None)
    if drafted is None and leaves and (leaves[0].probability or 0.0) >= LEADS:
        drafted = leaves[0]
    danger, warned = _danger(house, found.screened, known.values, checked)
    answered = road.answered(known.answers)
    questions = road.questions({one.node for one in answered})
    return Consultation(
        text=text,
        tree=version,
        summary=tuple(found.understood.summary),
        topics=tuple(found.understood.topics),
        entries=_entries(candidates, entry),
        entry=entry.node if entry else None,
        choosing_bits=0.0 if entry else max(0.0, ahead.offer_bits()),
        nowhere=found.located.none_of_these,
        unclear=found.located.unclear,
        facts=tuple(facts.values()),
        danger=danger,
        questions=questions,
        answered=answered,
        leaves=tuple(leaves[:LEAVES]),
        draft=make_draft(
            warned,
            danger.check if danger and not danger.checked else None,
            leaf(store.view(version, Position(drafted.id)), house.phones) if drafted else None,
            drafted.probability if drafted else None,
            [question.text for question in questions],
            house.texts,
            unclear=found.located.unclear >= UNCLEAR and not questions,
        ),
    )


@dataclass(frozen=True)
class _Road:
    """What lies ahead of her, with the words of the tree."""

    ahead: Prospects
    brain: Brain
    store: TreeStore
    version: str

    def leaves(self, inside: float) -> list[Choice]:
        """The leaves with their probabilities, best first; `inside`: that the tree has hers."""
        ways, shares = self.brain.outline.ways, self.ahead.answers()
        likely = [node for node in shares if shares[node] >= _LEAST and node not in ways]
        return [
            Choice(id=node, label=found.title, probability=inside * shares[node])
            for node in sorted(likely, key=lambda node: -shares[node])
            if isinstance(found := self._node(node), Advice | Referral)
        ]

    def questions(self, answered: Collection[str]) -> tuple[RelevantQuestion, ...]:
        """Those that are not answered and worth asking, the most telling first."""
        found = [
            *(
                self._question(one)
                for one in self.ahead.open_questions()
                if one.node not in answered
            ),
            *(self._value(one) for one in self.ahead.open_values()),
        ]
        worth = [one for one in found if one.bits >= WORTH_ASKING]
        return tuple(sorted(worth, key=lambda one: -one.bits)[:QUESTIONS])

    def answered(self, given: Mapping[str, str]) -> tuple[Answered, ...]:
        """The questions whose answers are given."""
        found = []
        for node, answer in given.items():
            question = self._node(node) if node in self.brain.outline.questions else None
            if isinstance(question, Question):
                options = tuple((option.id, option.label) for option in question.options)
                found.append(Answered(node, question.text, options, answer))
        return tuple(one for one in found if one.answer in dict(one.options))

    def _question(self, one: OpenQuestion) -> RelevantQuestion:
        question = self._node(one.node)
        assert isinstance(question, Question)
        ways = {way.option: way.target for way in self.brain.outline.ways[one.node]}
        return RelevantQuestion(
            node=one.node,
            text=question.text,
            help=question.help,
            bits=one.bits,
            reached=one.reached,
            options=tuple(
                OptionAhead(option.id, option.label, self._below(ways[option.id]))
                for option in question.options
            ),
            separates=one.separates,
        )

    def _value(self, one: OpenValue) -> RelevantQuestion:
        asks = self._node(self.brain.outline.inputs[one.variable])
        assert isinstance(asks, Input)
        variable = self.brain.variables[one.variable]
        return RelevantQuestion(
            node=asks.id,
            text=asks.text,
            help=asks.help,
            bits=one.bits,
            reached=one.reached,
            options=(),
            separates=one.separates,
            variable=one.variable,
            is_boolean=variable.type == "boolean",
        )

    def _below(self, node: str) -> tuple[Choice, ...]:
        """The likeliest leaves below a node."""
        shares = self.ahead.below(node)
        titles = self.brain.outline.titles
        best = sorted((leaf for leaf in shares if leaf in titles), key=lambda leaf: -shares[leaf])
        return tuple(
            Choice(id=leaf, label=titles[leaf], probability=shares[leaf])
            for place, leaf in enumerate(best[:LEAVES])
            if place == 0 or shares[leaf] >= _LIKELY
        )

    def _node(self, node: str) -> Shown:
        return self.store.view(self.version, Position(node)).node


def _entries(candidates: Sequence[Choice], given: PlacedEntry | None) -> tuple[Choice, ...]:
    """The best ones; the given one among them."""
    best = list(candidates[:ENTRIES])
    if given and given.node not in [one.id for one in best]:
        best = [Choice(id=given.node, label=given.title, topic=given.topic), *best[:-1]]
    return tuple(best)


def _told(name: str, value: Value | None, variable: Variable) -> KnownFact:
    label, words = variable.label, shown(value, variable)
    return KnownFact(name=name, value=value, unit=variable.unit, label=label, quote="", shown=words)


def _danger(
    house: House,
    found: Screened,
    values: Mapping[str, Value | None],
    checked: str | None,
) -> tuple[Danger | None, Replied | None]:
    """The danger, and the warning where it is one."""
    sign = house.catalogue.by_id.get(found.sign or "")
    if sign is None:
        return None, None
    level = found.level
    checked = checked if found.check else None
    if checked:
        today = house.now().date()
        level = house.guard.screen(checked, values, pending=sign.id, today=today).level
    danger = Danger(sign.id, sign.title, level, tuple(found.spans), found.check, checked)
    if level == "none":
        return danger, None
    return danger, warning(sign, level, house.catalogue, house.phones)
