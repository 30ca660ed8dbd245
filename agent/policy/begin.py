"""No position yet, or an answer was given: which entry of the tree her words lead to."""

from dataclasses import replace
from typing import Literal

from agent import agenda
from agent.decide import (
    ENTER,
    LIKELY,
    NOWHERE,
    UNCLEAR,
    backed,
    entries_to_offer,
    entry_to_enter,
    likeliest_topic,
)
from agent.evidence.polarity import polarity_of
from agent.gain import Prospects
from agent.policy.control import AREA, contents, sorry
from agent.policy.situation import LED, VAGUE, Next, Situation, certain, noted
from agent.state import Context
from agent.understanding.courtesy import finds_no_use, only_greets, only_nods, thanks
from records.events import Choice, Decided, Reason
from tools.locate import Candidate, Location
from tools.walk import Jump
from tools.words import words

_OFFERED_AT_ONCE = 5


def begin(situation: Situation, context: Context) -> Next:
    location = _with_scored_place(situation, context)
    if context.navigator == "menu":
        return contents(context)
    if situation.warned and not words(situation.words):
        return replace(contents(context), intro=context.texts("agent.what_else"))
    if not situation.journey.message and situation.offered:
        # She took a fact back while she was choosing: she chooses on.
        last = context.texts("agent.something_else")
        return Next("ask", offered=situation.offered, last=last, page=situation.page)
    if location is None or not words(situation.words):
        return Next("ask", offered={}, intro=noted(situation, context))
    if only_greets(situation.words):
        return Next("ask", offered={}, intro=context.texts("agent.hello"))
    if finds_no_use(situation.journey.message):
        return sorry(situation, context)
    if context.navigator in LED and not situation.consulted:
        return Next("consult")
    vague = location.unclear > UNCLEAR or situation.consulted == "ask"
    entry = None if vague else entry_to_enter(location, context.brain.starts)
    ranked = [_choice(candidate) for candidate in location.candidates]
    if entry:
        decided = _located(situation, "move", "one entry point stands out", ranked)
        return Next("move", decided, Jump(entry))
    if location.none_of_these > NOWHERE:
        # A greeting or a cry for help says nothing yet; a longer message is about something else.
        greets = len(words(situation.words)) <= VAGUE
        page = contents(context)
        decided = _located(situation, "offer", "no entry point fits", ranked)
        intro = context.texts("agent.greeting" if greets else "agent.none_fits")
        return replace(page, decided=decided, intro=intro)
    likely = entries_to_offer(location, _OFFERED_AT_ONCE)
    offered = _places(situation, likely, context)
    if location.unclear > UNCLEAR:
        decided = _located(situation, "offer", "her words say too little", ranked)
        return replace(_unclear(situation, offered, context), decided=decided)
    telling = _most_telling(location, likely, context) if context.parts.information_gain else None
    if telling:
        decided = _located(situation, "move", "the question that tells most", ranked)
        return Next("move", decided, Jump(telling))
    return Next(
        "ask",
        _located(situation, "offer", "no entry point stands out", ranked),
        intro=noted(situation, context),
        offered=offered,
        last=context.texts("agent.something_else"),
    )


def _places(situation: Situation, likely: dict[str, str], context: Context) -> dict[str, str]:
    """What is worth a button: the problems that she surely told, then what else is likely."""
    told = agenda.pending(situation.agenda, situation.journey.path, context.brain)
    by_title = {title: node for node, title in {**likely, **told}.items()}
    ordered = dict.fromkeys([*told.values(), *likely.values()])
    return {by_title[title]: title for title in list(ordered)[:_OFFERED_AT_ONCE]}


def _unclear(situation: Situation, offered: dict[str, str], context: Context) -> Next:
    """She says too little: what it may be, or the table of contents, in other words each time."""
    if offered:
        intro, last = noted(situation, context), context.texts("agent.something_else")
        return Next("ask", intro=intro, offered=offered, last=last)
    again = any(node.startswith(AREA) for node in situation.offered)
    intro = context.texts("agent.still_unclear" if again else "agent.tell_me_more")
    return replace(contents(context), intro=intro)


def _with_scored_place(situation: Situation, context: Context) -> Location | None:
    """The location, with the topic that the model chose as far up as it was measured to deserve."""
    location, measured = situation.location, situation.trust.places
    if location is None or not situation.scored or measured is None:
        return location
    topics = {start: topic for topic, start in context.brain.starts.items()}
    topics |= {candidate.node: candidate.topic for candidate in location.candidates}
    topic = topics.get(situation.scored[0])
    chosen = {candidate.node for candidate in location.candidates if candidate.topic == topic}
    return backed(location, chosen, measured.log_odds)


def _most_telling(location: Location, likely: dict[str, str], context: Context) -> str | None:
    """The start of the likeliest topic, where its question tells more than choosing a place.

    What she told beside it has no share of the location's, and stays on the agenda.
    """
    shares = {c.node: c.probability for c in location.candidates}
    topic, share = likeliest_topic(location)
    start = context.brain.starts[topic]
    outline = context.brain.outline
    if start not in outline.questions or share < LIKELY:
        return None
    ahead = Prospects(outline, {node: shares[node] for node in likely}, lambda _question: None)
    reached = share / (sum(shares.values()) or 1.0)
    return start if ahead.question_bits(start, reached) > ahead.offer_bits() else None


def at_leaf(situation: Situation, context: Context) -> Next:
    message = situation.journey.message
    if situation.moved or not message:
        return Next("answer")
    if len(words(message)) <= VAGUE and polarity_of(message) == "yes":
        left = agenda.pending(situation.agenda, situation.journey.path, context.brain)
        if first := next(iter(left), None):
            return certain(situation, Jump(first), "she goes on with what she also told")
    if situation.noted:
        return Next("answer", intro=noted(situation, context))
    if thanks(situation.words):
        return Next("answer", intro=context.texts("agent.welcome"))
    if only_nods(message):
        return Next("answer", intro=context.texts("agent.anything_else"))
    if finds_no_use(message):
        return sorry(situation, context)
    if not words(situation.words):
        return Next("answer")
    return begin(situation, context)


def _located(
    situation: Situation, action: Literal["move", "offer"], why: Reason, ranked: list[Choice]
) -> Decided:
    node = situation.view.position.node if situation.view else None
    return Decided(
        node=node, action=action, why=why, evidence=[], posterior=ranked, threshold=ENTER
    )


def _choice(candidate: Candidate) -> Choice:
    return Choice(
        id=candidate.node,
        label=candidate.title,
        probability=candidate.probability,
        topic=candidate.topic,
    )
