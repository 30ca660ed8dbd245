"""A question is at hand: which option her words choose, or how it is asked."""

from typing import Literal

from agent.decide import (
    ALSO_OFFERED,
    ASKED_ELSEWHERE,
    CHANGE_SUBJECT,
    Posterior,
    already_answers,
    move_threshold,
    weigh,
    with_model,
)
from agent.evidence.outright import may_take
from agent.evidence.polarity import has_unknown, is_unknown
from agent.evidence.rules import CERTAIN, same_words
from agent.policy.control import sorry
from agent.policy.situation import (
    LED,
    VAGUE,
    Next,
    Situation,
    certain,
    noted,
)
from agent.state import Context
from agent.understanding.courtesy import asks_what_is_meant, finds_no_use, thanks
from records.events import Decided, Reason
from tools.tree import Question
from tools.walk import Choose, Jump
from tools.words import words


def at_question(question: Question, situation: Situation, context: Context) -> Next:
    text = situation.journey.message if situation.is_answer else situation.words
    if not words(text):
        return Next("ask")
    known = weigh(question, text, context.evidence)
    if situation.is_answer and is_unknown(text) and not has_unknown(question):
        return _unknown(question, known, context)
    chosen = _scored_option(question, situation)
    if chosen and situation.trust.options:
        known = with_model(question, known, chosen, situation.trust.options.log_odds)
    if not situation.is_answer:
        return _not_asked_yet(question, known, situation, context)
    best = known.best.probability or 0.0
    ruled = [item for item in known.evidence if item.source == "rules"]
    if situation.noted and not ruled:
        # An age chooses none of the options, however like one of them it sounds.
        decided = _decided(question, known, "ask", "no option stands out", move_threshold(question))
        return Next("ask", decided, intro=noted(situation, context))
    if best >= move_threshold(question) and any(
        max(item.scores.values()) >= CERTAIN for item in ruled
    ):
        return _chosen(question, known, "her words settle it", move_threshold(question))
    if situation.asks_back and not any(
        same_words(text, e) for o in question.options for e in o.examples
    ):
        if asked := _asked_elsewhere(question, known, situation, context):
            return asked
        return _explain(question, known, situation, context)
    if context.navigator in LED and not situation.consulted:
        return Next("consult")
    if (
        context.navigator != "menu"
        and situation.consulted != "ask"
        and best >= move_threshold(question)
    ):
        if not may_take(question, known.best.id, text):
            return _not_guessed(question, known, situation, context)
        return _chosen(question, known, "one option stands out", move_threshold(question))
    return _unsure(question, known, situation, context)


def _not_asked_yet(
    question: Question, known: Posterior, situation: Situation, context: Context
) -> Next:
    been = [step.target.node for step in situation.journey.path if step.target]
    if context.navigator in LED and not situation.consulted:
        return Next("consult")
    unled = context.navigator != "tools" or situation.consulted == "failed"
    if unled and context.navigator != "menu" and been.count(question.id) <= 1:
        closeness = context.brain.semantic.closeness(question, situation.words)
        told = may_take(question, known.best.id, situation.words)
        if told and already_answers(known, closeness):
            return _chosen(question, known, "she has said it already", move_threshold(question))
    decided = _decided(question, known, "ask", "the next question", move_threshold(question))
    others = _other_places(situation)
    intro = context.texts("agent.perhaps_else") if others else None
    return Next("ask", decided, intro=intro, offered=others)


def _other_places(situation: Situation) -> dict[str, str]:
    """What else she may have meant, just after a topic was entered that was not quite sure."""
    located, here = situation.location, situation.view.topic if situation.view else None
    entered = [step for step in situation.journey.path if step.turn == situation.journey.turn]
    if not located or not entered or entered[0].kind != "jump" or len(entered) > 1:
        return {}
    others = [c for c in located.candidates if c.topic != here and c.probability >= ALSO_OFFERED]
    by_topic = {c.topic: c for c in reversed(others)}
    return {c.node: c.title for c in list(by_topic.values())[::-1][:2]}


def _chosen(question: Question, known: Posterior, why: Reason, threshold: float) -> Next:
    decided = _decided(question, known, "move", why, threshold)
    return Next("move", decided, Choose(known.best.id))


def _asked_elsewhere(
    question: Question, known: Posterior, situation: Situation, context: Context
) -> Next | None:
    """She asks something that is answered elsewhere in the tree: her question comes first.

    An answer is shown at once, and from there one button leads back; another topic is offered.
    """
    place = _asked_place(situation, context, CHANGE_SUBJECT)
    if not place:
        return None
    ((node, title),) = place.items()
    if node in context.brain.outline.titles:
        return certain(situation, Jump(node), "one entry point stands out")
    intro = context.texts("agent.asks_elsewhere", title=title)
    decided = _decided(question, known, "explain", "she asks back", move_threshold(question))
    return Next("ask", decided, intro=intro, offered=place, first=True)


def _explain(question: Question, known: Posterior, situation: Situation, context: Context) -> Next:
    decided = _decided(question, known, "explain", "she asks back", move_threshold(question))
    if not asks_what_is_meant(situation.journey.message):
        place = _asked_place(situation, context, ASKED_ELSEWHERE)
        title = next(iter(place.values()), None)
        intro = context.texts(
            "agent.perhaps_elsewhere" if title else "agent.first_this", title=title
        )
        return Next("ask", decided, intro=intro, offered=place, first=True)
    helps = question.help
    explained = f"{context.texts('agent.explained')} {helps}" if helps else None
    return Next("ask", decided, intro=explained)


def _asked_place(situation: Situation, context: Context, threshold: float) -> dict[str, str]:
    """The place that her question is about: another topic, or an answer of the one at hand."""
    elsewhere = _elsewhere(situation, threshold)
    if elsewhere or not situation.location:
        return elsewhere
    best = situation.location.candidates[0]
    sure = best.probability >= threshold and best.node in context.brain.outline.titles
    return {best.node: best.title} if sure else {}


def _not_guessed(
    question: Question, known: Posterior, situation: Situation, context: Context
) -> Next:
    """What she seems to say is too grave for that: she is asked, with it among the options."""
    decided = _decided(question, known, "ask", "it is not guessed", move_threshold(question))
    intro = context.texts("agent.not_guessed")
    return Next("ask", decided, intro=intro, offered=_elsewhere(situation))


def _unsure(question: Question, known: Posterior, situation: Situation, context: Context) -> Next:
    """Ask again in other words; if she seems to speak of something else, offer to go there."""
    if situation.is_answer and finds_no_use(situation.journey.message):
        return sorry(situation, context)
    decided = _decided(question, known, "ask", "no option stands out", move_threshold(question))
    if situation.resumed or thanks(situation.journey.message):
        # What she goes on with was told before, and thanks are none of it: asking is enough.
        return Next("ask", decided, offered=_elsewhere(situation))
    measured = situation.trust.options
    worth_asking = measured is None or measured.log_odds > 0
    if worth_asking and (label := _scored_label(question, situation)):
        # It is not enough to move, but it may be what she means.
        intro = context.texts("agent.do_you_mean", label=label)
        return Next("ask", decided, intro=intro, offered=_elsewhere(situation))
    if elsewhere := _elsewhere(situation):
        title = next(iter(elsewhere.values()))
        intro = context.texts("agent.perhaps_elsewhere", title=title)
        return Next("ask", decided, intro=intro, offered=elsewhere, first=True)
    intro = " ".join(filter(None, [context.texts("agent.not_sure"), question.help]))
    return Next("ask", decided, intro=intro)


def _unknown(question: Question, known: Posterior, context: Context) -> Next:
    """She does not know, and no option is for that: never guess one."""
    decided = _decided(question, known, "explain", "no option stands out", move_threshold(question))
    intro = " ".join(filter(None, [context.texts("agent.unknown_is_fine"), question.help]))
    return Next("ask", decided, intro=intro)


def _scored_option(question: Question, situation: Situation) -> str | None:
    """The option that the model chose for this question."""
    ids = {option.id for option in question.options}
    found = (item.partition("/") for item in situation.scored)
    return next((o for node, _, o in found if node == question.id and o in ids), None)


def _scored_label(question: Question, situation: Situation) -> str | None:
    """Its label; None where it is too grave to be put into her mouth."""
    chosen = _scored_option(question, situation)
    options = (option for option in question.options if not option.confirm)
    return next((option.label for option in options if option.id == chosen), None)


def _elsewhere(situation: Situation, threshold: float = CHANGE_SUBJECT) -> dict[str, str]:
    """The place she seems to speak of when it is not the topic at hand."""
    if not situation.location or len(words(situation.words)) <= VAGUE - 1:
        return {}
    best = situation.location.candidates[0]
    here = situation.view.topic if situation.view else None
    sure = best.probability >= threshold and best.topic != here
    return {best.node: best.title} if sure else {}


def _decided(
    question: Question,
    known: Posterior,
    action: Literal["move", "ask", "explain"],
    why: Reason,
    threshold: float,
) -> Decided:
    return Decided(
        node=question.id,
        action=action,
        why=why,
        evidence=list(known.evidence),
        posterior=list(known.choices),
        threshold=threshold,
    )
