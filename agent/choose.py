"""What to do next at a position: the policy that turns evidence into move, ask, offer or answer."""

from dataclasses import dataclass, replace
from typing import Literal

from agent import agenda
from agent.courtesy import finds_no_use, thanks, wants_person
from agent.decide import (
    ALSO_OFFERED,
    CHANGE_SUBJECT,
    ENTER,
    LIKELY,
    NOWHERE,
    UNCLEAR,
    Posterior,
    already_answers,
    backed,
    entries_to_offer,
    entry_to_enter,
    likeliest_topic,
    move_threshold,
    weigh,
    with_model,
)
from agent.evidence.polarity import has_unknown, is_unknown, polarity_of
from agent.evidence.rules import CERTAIN, same_words
from agent.gain import Prospects
from agent.refusals import asks_dose, gives_orders
from agent.replies import TOPICS_ON_A_PAGE, help_of
from agent.state import Context, ConversationState
from agent.trust import Trust
from records.events import Choice, Decided, Reason
from tools.conditions import Value
from tools.errors import IllegalMove
from tools.journey import Journey
from tools.locate import Candidate, Location
from tools.quantities import read_value, shown
from tools.tree import Question, Variable
from tools.view import View
from tools.walk import Back, Choose, Jump, Move, Restart, SetFact, check_value
from tools.words import words

_OFFERED_AT_ONCE = 5
LED = ("scored", "tools")
"""Navigators in which a model has its say before anything is decided."""
AREA = "area:"
"""Before an area's title where places are offered: it is no node to jump to."""
_VAGUE = 3
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
            location=_location(state),
            asks_back=bool(state.get("asks_back")),
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


def choose_next(situation: Situation, context: Context) -> Next:
    """What to do next. Rules first; then the position decides which evidence is asked."""
    certain = _by_control(situation, context)
    if certain:
        return certain
    view = situation.view
    if view is None or (situation.left and words(situation.journey.message)):
        return _begin(situation, context)
    if view.is_leaf:
        return _at_leaf(situation, context)
    if isinstance(view.node, Question):
        return _at_question(view.node, situation, context)
    return _at_input(view, situation, context)


# Buttons and their words


def _by_control(situation: Situation, context: Context) -> Next | None:
    texts, journey, message = context.texts, situation.journey, situation.journey.message
    if situation.moved or not message:
        return None
    legal = journey.legal(situation.view)
    if same_words(message, texts("agent.back")):
        if situation.left:
            return Next("ask")  # back to the question
        if legal.back:
            return _certain(situation, Back(), "she goes back")
        return Next("ask", intro=texts("agent.nothing_to_undo"))
    if same_words(message, texts("agent.restart")):
        return _certain(situation, Restart(), "she starts over") if legal.restart else Next("ask")
    for node, title in situation.offered.items():
        if same_words(message, title) and node in legal.jumps:
            return _certain(situation, Jump(node), "she chose it among the places offered")
    if wants_person(message):
        return _person(situation, context)
    if not is_label(message, situation.view):
        if asks_dose(message):
            return _fixed(situation, context, "agent.no_doses", "she asks for a dose")
        if gives_orders(message):
            return _fixed(situation, context, "agent.only_this", "she gives orders")
    if any(same_words(message, texts(f"agent.{way}")) for way in ("something_else", "other_topic")):
        return _contents(context)
    area = _area(situation, context)
    if same_words(message, texts("agent.more_topics")):
        return _topics_page(situation.page + 1, area, context)
    return _topics_page(0, area, context) if area and same_words(message, area) else None


def _certain(situation: Situation, move: Move, why: Reason) -> Next:
    return Next("move", _unweighed(situation, "move", why), move)


def _unweighed(situation: Situation, action: Literal["move", "offer"], why: Reason) -> Decided:
    """A decision that no evidence is weighed for."""
    node = situation.view.position.node if situation.view else None
    return Decided(node=node, action=action, why=why, evidence=[], posterior=[], threshold=None)


def is_label(message: str, view: View | None) -> bool:
    """Whether it is an option of the question at hand, to the word."""
    options = view.node.options if view and isinstance(view.node, Question) else ()
    return any(same_words(message, option.label) for option in options)


def _person(situation: Situation, context: Context) -> Next:
    """Whether a person can answer her, and then what she was asked, or where to find help."""
    key = "agent.person_answers" if context.person else "agent.no_person"
    return _fixed(situation, context, key, "she asks for a person")


def _fixed(situation: Situation, context: Context, key: str, why: Reason) -> Next:
    """A fixed answer; then what she was asked, or the table of contents."""
    decided, intro = _unweighed(situation, "offer", why), context.texts(key)
    view = situation.view
    if view is None:
        return replace(_contents(context), decided=decided, intro=intro)
    return Next("answer" if view.is_leaf else "ask", decided, intro=intro)


def _sorry(situation: Situation, context: Context) -> Next:
    """She was not helped: say so, and offer every other way."""
    said = _fixed(situation, context, "agent.sorry", "she is not helped")
    if said.goto == "ask":
        return said
    return replace(_contents(context), decided=said.decided, intro=said.intro)


def _contents(context: Context) -> Next:
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


# No position yet, or an answer was given


def _begin(situation: Situation, context: Context) -> Next:
    location = _with_scored_place(situation, context)
    if context.navigator == "menu":
        return _contents(context)
    if situation.warned and not words(situation.words):
        return replace(_contents(context), intro=context.texts("agent.what_else"))
    if location is None or not words(situation.words):
        return Next("ask", offered={})
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
        greets = len(words(situation.words)) <= _VAGUE
        page = _contents(context)
        decided = _located(situation, "offer", "no entry point fits", ranked)
        intro = context.texts("agent.greeting" if greets else "agent.none_fits")
        return replace(page, decided=decided, intro=intro)
    offered = entries_to_offer(location, _OFFERED_AT_ONCE)
    if location.unclear > UNCLEAR:
        decided = _located(situation, "offer", "her words say too little", ranked)
        intro = context.texts("agent.tell_me_more")
        page = Next("ask", offered=offered) if len(offered) > 1 else _contents(context)
        return replace(page, decided=decided, intro=intro)
    telling = _most_telling(location, offered, context) if context.parts.information_gain else None
    if telling:
        decided = _located(situation, "move", "the question that tells most", ranked)
        return Next("move", decided, Jump(telling))
    return Next(
        "ask",
        _located(situation, "offer", "no entry point stands out", ranked),
        offered=offered,
        last=context.texts("agent.something_else"),
    )


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


def _most_telling(location: Location, offered: dict[str, str], context: Context) -> str | None:
    """The start of the likeliest topic, where its question tells more than choosing a place."""
    shares = {c.node: c.probability for c in location.candidates}
    topic, likely = likeliest_topic(location)
    start = context.brain.starts[topic]
    outline = context.brain.outline
    if start not in outline.questions or likely < LIKELY:
        return None
    ahead = Prospects(outline, {node: shares[node] for node in offered}, lambda _question: None)
    reached = likely / (sum(shares.values()) or 1.0)
    return start if ahead.question_bits(start, reached) > ahead.offer_bits() else None


def _at_leaf(situation: Situation, context: Context) -> Next:
    message = situation.journey.message
    if situation.moved or not message:
        return Next("answer")
    if len(words(message)) <= _VAGUE and polarity_of(message) == "yes":
        left = agenda.pending(situation.agenda, situation.journey.path, context.brain)
        if first := next(iter(left), None):
            return _certain(situation, Jump(first), "she goes on with what she also told")
    if thanks(situation.words):
        return Next("answer", intro=context.texts("agent.welcome"))
    if finds_no_use(message):
        return _sorry(situation, context)
    if not words(situation.words):
        return Next("answer")
    return _begin(situation, context)


def _located(
    situation: Situation, action: Literal["move", "offer"], why: Reason, ranked: list[Choice]
) -> Decided:
    node = situation.view.position.node if situation.view else None
    return Decided(
        node=node, action=action, why=why, evidence=[], posterior=ranked, threshold=ENTER
    )


# A question


def _at_question(question: Question, situation: Situation, context: Context) -> Next:
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
    if best >= move_threshold(question) and any(
        max(item.scores.values()) >= CERTAIN for item in ruled
    ):
        return _chosen(question, known, "her words settle it", move_threshold(question))
    if situation.asks_back and not any(
        same_words(text, e) for o in question.options for e in o.examples
    ):
        return _explain(question, known, situation, context)
    if context.navigator in LED and not situation.consulted:
        return Next("consult")
    if (
        context.navigator != "menu"
        and situation.consulted != "ask"
        and best >= move_threshold(question)
    ):
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
        if already_answers(known, closeness):
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


def _explain(question: Question, known: Posterior, situation: Situation, context: Context) -> Next:
    decided = _decided(question, known, "explain", "she asks back", move_threshold(question))
    helps = question.help
    intro = f"{context.texts('agent.explained')} {helps}" if helps else None
    return Next("ask", decided, intro=intro, offered=_elsewhere(situation))


def _unsure(question: Question, known: Posterior, situation: Situation, context: Context) -> Next:
    """Ask again in other words; if she seems to speak of something else, offer to go there."""
    if situation.is_answer and finds_no_use(situation.journey.message):
        return _sorry(situation, context)
    decided = _decided(question, known, "ask", "no option stands out", move_threshold(question))
    if situation.resumed:
        # What she goes on with was told before: asking the question again is enough.
        return Next("ask", decided, offered=_elsewhere(situation))
    measured = situation.trust.options
    worth_asking = measured is None or measured.log_odds > 0
    if worth_asking and (label := _scored_label(question, situation)):
        # It is not enough to move, but it may be what she means.
        intro = context.texts("agent.do_you_mean", label=label)
        return Next("ask", decided, intro=intro, offered=_elsewhere(situation))
    intro = " ".join(filter(None, [context.texts("agent.not_sure"), question.help]))
    return Next("ask", decided, intro=intro, offered=_elsewhere(situation))


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
    chosen = _scored_option(question, situation)
    return next((option.label for option in question.options if option.id == chosen), None)


def _elsewhere(situation: Situation) -> dict[str, str]:
    """The place she seems to speak of when it is not the topic at hand."""
    if not situation.location or len(words(situation.words)) <= _VAGUE - 1:
        return {}
    best = situation.location.candidates[0]
    here = situation.view.topic if situation.view else None
    sure = best.probability >= CHANGE_SUBJECT and best.topic != here
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


# A value


def _at_input(view: View, situation: Situation, context: Context) -> Next:
    journey = situation.journey
    name = journey.legal(view).variable
    assert name is not None
    assert view.variable is not None
    values = journey.values(context.today())
    if name in values:
        return _certain(situation, SetFact(name, values[name]), "known already")
    if not situation.is_answer:
        return Next("ask")
    found = read_value(journey.message, view.variable)
    if found is None:
        if situation.asks_back:
            explained = context.texts("agent.explained")
            return Next("ask", intro=" ".join(filter(None, [explained, help_of(view)])))
        if finds_no_use(journey.message):
            return _sorry(situation, context)
        if context.navigator in LED and not situation.consulted:
            return Next("consult")
        unread = context.texts("agent.value_not_understood")
        return Next("ask", intro=" ".join(filter(None, [unread, help_of(view)])))
    try:
        check_value(name, view.variable, found.value)
    except IllegalMove:
        return Next("ask", intro=_out_of_range(found.value, view.variable, context))
    quote = journey.message[found.start : found.end]
    chosen = _certain(situation, SetFact(name, found.value), "she gave the value")
    return Next("move", chosen.decided, chosen.move, quote=quote)


def _out_of_range(value: Value | None, variable: Variable, context: Context) -> str:
    return context.texts(
        "agent.value_out_of_range",
        value=shown(value, variable),
        low=shown(variable.min, variable),
        high=shown(variable.max, variable),
    )


def _location(state: ConversationState) -> Location | None:
    candidates = state.get("candidates")
    if not candidates:
        return None
    return Location(
        tuple(Candidate(**item) for item in candidates),
        state["none_of_these"],
        state.get("unclear") or 0.0,
    )


def _choice(candidate: Candidate) -> Choice:
    return Choice(
        id=candidate.node,
        label=candidate.title,
        probability=candidate.probability,
        topic=candidate.topic,
    )
