"""Buttons and their words, and what she says to the program itself: no evidence is weighed."""

from dataclasses import replace

from agent.evidence.rules import same_words
from agent.policy.situation import Next, Situation, certain, is_label, unweighed
from agent.replying.replies import TOPICS_ON_A_PAGE
from agent.state import Context
from agent.understanding.courtesy import wants_person
from agent.understanding.refusals import asks_dose, gives_orders
from records.events import Reason
from tools.walk import Back, Jump, Restart

AREA = "area:"
"""Before an area's title where places are offered: it is no node to jump to."""


def by_control(situation: Situation, context: Context) -> Next | None:
    texts, journey, message = context.texts, situation.journey, situation.journey.message
    if situation.moved or not message:
        return None
    legal = journey.legal(situation.view)
    if same_words(message, texts("agent.back")):
        if situation.left:
            return Next("ask")  # back to the question
        if legal.back:
            return certain(situation, Back(), "she goes back")
        return Next("ask", intro=texts("agent.nothing_to_undo"))
    if same_words(message, texts("agent.resume")) and legal.back:
        return certain(situation, Back(), "she goes back")
    if same_words(message, texts("agent.restart")):
        return certain(situation, Restart(), "she starts over") if legal.restart else Next("ask")
    for node, title in situation.offered.items():
        if same_words(message, title) and node in legal.jumps:
            return certain(situation, Jump(node), "she chose it among the places offered")
    if wants_person(message):
        return _person(situation, context)
    if not is_label(message, situation.view):
        if asks_dose(message):
            return _fixed(situation, context, "agent.no_doses", "she asks for a dose")
        if gives_orders(message):
            return _fixed(situation, context, "agent.only_this", "she gives orders")
    if any(same_words(message, texts(f"agent.{way}")) for way in ("something_else", "other_topic")):
        return contents(context)
    area = _area(situation, context)
    if same_words(message, texts("agent.more_topics")):
        return _topics_page(situation.page + 1, area, context)
    return _topics_page(0, area, context) if area and same_words(message, area) else None


def _person(situation: Situation, context: Context) -> Next:
    """Whether a person can answer her, and then what she was asked, or where to find help."""
    key = "agent.person_answers" if context.person else "agent.no_person"
    return _fixed(situation, context, key, "she asks for a person")


def _fixed(situation: Situation, context: Context, key: str, why: Reason) -> Next:
    """A fixed answer; then what she was asked, or the table of contents."""
    decided, intro = unweighed(situation, "offer", why), context.texts(key)
    view = situation.view
    if view is None:
        return replace(contents(context), decided=decided, intro=intro)
    return Next("answer" if view.is_leaf else "ask", decided, intro=intro)


def sorry(situation: Situation, context: Context) -> Next:
    """She was not helped: say so, and offer every other way."""
    said = _fixed(situation, context, "agent.sorry", "she is not helped")
    if said.goto == "ask":
        return said
    return replace(contents(context), decided=said.decided, intro=said.intro)


def contents(context: Context) -> Next:
    """The table of contents, the way that always works: its areas, or else all topics."""
    areas = context.brain.areas
    if not areas:
        return _topics_page(0, None, context)
    return Next("ask", offered={f"{AREA}{title}": title for title in areas}, apart=True)


def _topics_page(page: int, area: str | None, context: Context) -> Next:
    """A page of the topics of an area, or of all where there are no areas."""
    titles = context.brain.topics
    nodes = list(context.brain.areas[area] if area else titles)
    start = page * TOPICS_ON_A_PAGE % max(len(nodes), 1)
    here = {node: titles[node] for node in nodes[start : start + TOPICS_ON_A_PAGE]}
    more = context.texts("agent.more_topics") if len(nodes) > TOPICS_ON_A_PAGE else None
    return Next("ask", offered=here, last=more, page=page, apart=True)


def _area(situation: Situation, context: Context) -> str | None:
    """The area that she chooses, or whose topics she is looking at."""
    for title, nodes in context.brain.areas.items():
        chosen = f"{AREA}{title}" in situation.offered and same_words(
            situation.journey.message, title
        )
        if chosen or (situation.offered and set(situation.offered) <= set(nodes)):
            return title
    return None
