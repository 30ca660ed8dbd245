"""What she reads: positions of the tree, offers and dangers as `Replied` events."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.danger.redflags import Catalogue, Phone, Sign
from agent.evidence.polarity import has_unknown
from agent.state import Context
from records.events import KnownFact, Level, PhoneShown, Replied, SourceShown
from tools.journey import Journey
from tools.quantities import shown
from tools.tree import Advice, Input, Question, Referral, Source
from tools.view import View
from tools.words import fold

TOPICS_ON_A_PAGE = 6
_ASKS_VALUE = re.compile(r"\W*(?:que (?:edad|temperatura)|cuant[oa]s?)\b")


def known_facts(journey: Journey, context: Context) -> list[KnownFact]:
    """All that is understood so far, as the screen shows it."""
    values = journey.values(context.today())
    variables = context.brain.variables
    return [
        KnownFact(
            name=name,
            value=values[name],
            unit=variables[name].unit,
            label=variables[name].label,
            quote=fact.quote,
            shown=shown(values[name], variables[name]),
        )
        for name, fact in journey.facts.items()
        if name in variables
    ]


@dataclass(frozen=True)
class Beside:
    """Places that are offered beside the options of a question: title by node."""

    places: Mapping[str, str]
    first: bool = False
    """She seems to speak of them: they stand before the options."""


def question(
    view: View,
    journey: Journey,
    context: Context,
    intro: str | None,
    beside: Beside,
    agenda: Mapping[str, str],
    tries: int = 1,
    reworded: str | None = None,
) -> Replied:
    """The question or input at hand.

    `agenda` are the other problems that she told, which come afterwards. The `tries`-th time in a
    row it is put in other words: she has read it already. The first time it may be `reworded`.
    """
    node, texts = view.node, context.texts
    kind: Literal["question", "input"]
    if isinstance(node, Question):
        kind, options = "question", [option.label for option in node.options]
        last = [] if has_unknown(node) else [texts("agent.dont_know")]
        if tries > 1:
            last.append(texts("agent.other_topic"))
    else:
        kind, options, last = "input", [texts("agent.dont_know")], []
        if view.variable and view.variable.type == "boolean":
            options = [texts("agent.yes"), texts("agent.no"), *options]
    places = list(beside.places.values())
    options = [*places, *options] if beside.first else [*options, *places]
    return Replied(
        kind=kind,
        text=(reworded or node.text) if tries == 1 else texts(f"agent.{_again(kind, tries)}"),
        intro=intro,
        node=node.id,
        options=[*options, *last],
        agenda=list(agenda.values()),
        ahead=_ahead(view, journey, context),
        facts=known_facts(journey, context),
        can_go_back=bool(journey.path),
    )


_FEW = 3
"""Questions until an answer, as a rule."""


def _ahead(view: View, journey: Journey, context: Context) -> Literal["last", "few"] | None:
    known = journey.values(context.today())
    outline, place = context.brain.outline, view.position
    # Where a logic node called for the value, the way goes on there.
    asked = outline.asked_from(place.resume or place.node, known)
    if asked.at_most == 1:
        return "last"
    return "few" if asked.usually <= _FEW else None


def _again(kind: Literal["question", "input"], tries: int) -> str:
    # In turns, so that nothing is read twice in a row.
    softly = tries % 2 == 0
    if kind == "input":
        return "value_again" if softly else "value_or_button"
    return "which_of_these" if softly else "press_a_button"


def help_of(view: View) -> str | None:
    """What explains the question at hand."""
    return view.node.help if isinstance(view.node, Question | Input) else None


def offer(
    titles: Mapping[str, str],
    journey: Journey,
    context: Context,
    intro: str | None,
    last: str | None,
) -> Replied:
    """Places she may mean; `last` is one more quick reply."""
    key = "agent.offer" if titles else "agent.listening"
    return Replied(
        kind="offer",
        text=context.texts(key),
        intro=intro,
        options=[*titles.values(), *([last] if last else [])],
        facts=known_facts(journey, context),
        can_go_back=bool(journey.path),
    )


def answer(
    view: View,
    journey: Journey,
    context: Context,
    agenda: Mapping[str, str],
    near: Mapping[str, str],
) -> Replied:
    """The leaf at hand: expert text and its sources; then the other problems that she told.

    `near` are places that may serve her too.
    """
    resuming = [context.texts("agent.resume")] if left_a_question(journey, context) else []
    at_her_place = {
        "options": list(dict.fromkeys([*agenda.values(), *resuming, *near.values()])),
        "agenda": list(agenda.values()),
        "facts": known_facts(journey, context),
        "can_go_back": bool(journey.path),
    }
    return leaf(view, context.phones).model_copy(update=at_her_place)


def left_a_question(journey: Journey, context: Context) -> bool:
    """Whether she has just been taken from a question to the answer of one of her own."""
    last = journey.path[-1] if journey.path else None
    if last is None or last.kind != "jump" or last.turn != journey.turn or last.origin is None:
        return False
    return last.origin.node in context.brain.outline.questions


def leaf(view: View, telephones: Iterable[Phone]) -> Replied:
    """An answer of the tree, told outside of any conversation."""
    node = view.node
    assert isinstance(node, Advice | Referral)
    return Replied(
        kind="answer",
        text=node.text,
        node=node.id,
        title=node.title,
        normal=node.normal,
        seek_help=node.seek_help,
        urgency=node.urgency,
        service=node.service if isinstance(node, Referral) else None,
        sources=[_source(source) for source in view.sources],
        reviewed=node.is_reviewed,
        phones=phones(telephones, ("emergency",)) if node.urgency == "emergency" else [],
    )


def danger(sign: Sign, level: Level, journey: Journey, context: Context) -> Replied:
    """A red flag: what it may be, what to do now, whom to call."""
    at_her_place = {
        "options": [context.texts("agent.go_on")],
        "facts": known_facts(journey, context),
        "can_go_back": bool(journey.path),
    }
    warned = warning(sign, level, context.catalogue, context.phones)
    return warned.model_copy(update=at_her_place)


def warning(sign: Sign, level: Level, catalogue: Catalogue, telephones: Iterable[Phone]) -> Replied:
    """A red flag, told outside of any conversation."""
    sources = {source.id: source for source in catalogue.sources}
    return Replied(
        kind="danger",
        title=sign.title,
        text="\n\n".join([sign.say, "\n".join(f"- {step}" for step in sign.do)]),
        urgency=level,
        sources=[_source(sources[name]) for name in sign.sources],
        reviewed=False,
        phones=phones(telephones, sign.phones),
    )


def reported_danger(journey: Journey, context: Context) -> Replied:
    """A danger that only the model saw: fixed words, so that it cannot add a fact."""
    texts = context.texts
    return Replied(
        kind="danger",
        title=texts("agent.model_danger"),
        text=texts("agent.model_danger_do"),
        urgency="emergency",
        phones=phones(context.phones, ("emergency",)),
        options=[texts("agent.go_on")],
        facts=known_facts(journey, context),
        can_go_back=bool(journey.path),
    )


def check(text: str, journey: Journey, context: Context) -> Replied:
    """The one question that settles whether there is danger."""
    # "¿Cuánta fiebre le has medido?" is not answered by yes or no.
    answers = ("dont_know",) if _ASKS_VALUE.match(fold(text)) else ("yes", "no", "dont_know")
    return Replied(
        kind="check",
        text=text,
        options=[context.texts(f"agent.{name}") for name in answers],
        facts=known_facts(journey, context),
        can_go_back=bool(journey.path),
    )


def notice(
    text: str,
    journey: Journey,
    context: Context,
    agenda: Mapping[str, str],
    near: Mapping[str, str],
) -> Replied:
    """A sentence that is neither question nor advice, and the problems still to be taken up.

    `near` are the places that the answer above offered: they stay.
    """
    return Replied(
        kind="notice",
        text=text,
        options=list(dict.fromkeys([*agenda.values(), *near.values()])),
        agenda=list(agenda.values()),
        facts=known_facts(journey, context),
        can_go_back=bool(journey.path),
    )


def phones(telephones: Iterable[Phone], purposes: Sequence[str]) -> list[PhoneShown]:
    """Telephone numbers for some purposes, in order."""
    known = list(telephones)
    return [
        PhoneShown(name=phone.name, number=phone.number, hours=phone.hours)
        for purpose in purposes
        for phone in known
        if phone.purpose == purpose
    ]


def _source(source: Source) -> SourceShown:
    return SourceShown(
        title=source.title,
        organisation=source.organisation,
        year=source.year,
        url=source.url,
        checked_on=source.checked_on,
        verification=source.verification,
    )
