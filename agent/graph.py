"""The state machine: one turn of a conversation.

    START → guard ──danger──────→ escalate ──→ END
              ├──one check pays─→ check ─────→ END
              ▼
          understand ──→ locate ──→ decide ⇄ move
                                     │  ⇅
                                     │ consult → tools → heed     (navigator `tools` only)
                                     ├── ask ────────────→ END
                                     └── answer ─────────→ END

Each node reads the state, does one thing and names the next node.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from langchain_core.messages import RemoveMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent import agenda
from agent.analysis import located, screened, understood
from agent.danger.guard import Screening
from agent.evidence.rules import same_words
from agent.navigators.consult import consult, heed, tools_node
from agent.policy.choose import choose_next
from agent.policy.control import AREA
from agent.policy.situation import Situation, is_label
from agent.policy.together import locate_together
from agent.replying import replies
from agent.replying.phrasing import reworded
from agent.state import Context, ConversationState
from agent.understanding.bare import her_facts, tells_only
from agent.understanding.understand import SaidFact, read_facts, understand
from tools.errors import GraphUnavailable
from tools.journey import Journey
from tools.quantities import read_value
from tools.tree import Input, Question
from tools.view import View
from tools.walk import MOVE
from tools.words import words


def build() -> StateGraph[ConversationState, Context]:
    """The graph, not compiled: whoever runs it chooses the checkpointer."""
    graph = StateGraph(ConversationState, context_schema=Context)
    graph.add_node("guard", guard, destinations=("escalate", "check", "understand", "decide"))
    graph.add_node("escalate", escalate)
    graph.add_node("check", check)
    graph.add_node("understand", understand_message, destinations=("locate", "decide"))
    graph.add_node("locate", locate)
    graph.add_node("decide", decide, destinations=("move", "consult", "ask", "answer"))
    graph.add_node("move", move)
    graph.add_node("consult", consult, destinations=("tools", "consult", "decide"))
    graph.add_node("tools", tools_node())
    graph.add_node("heed", heed, destinations=("decide", "escalate"))
    graph.add_node("ask", ask)
    graph.add_node("answer", answer)
    graph.add_edge(START, "guard")
    graph.add_edge("locate", "decide")
    graph.add_edge("move", "decide")
    graph.add_edge("tools", "heed")
    for last in ("escalate", "check", "ask", "answer"):
        graph.add_edge(last, END)
    return graph


def guard(
    state: ConversationState, runtime: Runtime[Context]
) -> Command[Literal["escalate", "check", "understand", "decide"]]:
    """Danger first, without the model; then what the turn is about."""
    context = runtime.context
    offered = state.get("offered") or {}
    update: dict[str, Any]
    start: dict[str, Any] = {
        "located": {node: title for node, title in offered.items() if not node.startswith(AREA)},
        "candidates": [],
        "asks_back": False,
        "noted": [],
        "earlier": "",
        "consulted": None,
        "led_by": None,
        "scored": [],
        "resumed": False,
        "warned": False,
        "moved": False,
        "danger": None,
        "reply": {},
        "messages": [RemoveMessage(REMOVE_ALL_MESSAGES)],
    }
    if name := state.get("correction"):
        return Command(goto="decide", update={**start, **_corrected(state, context, name)})
    aside = state.get("set_aside")
    if aside and same_words(state["message"], context.texts("agent.go_on")):
        return Command(goto="understand", update={**start, **_after_danger(state, aside)})
    journey = Journey.of(state)
    leaving = [context.texts(f"agent.{name}") for name in ("back", "restart")]
    left = any(same_words(journey.message, label) for label in leaving)
    pending = None if left else state.get("pending_check")
    found = context.guard.screen(
        journey.message,
        journey.values(context.today()),
        pending,
        today=context.today(),
        answering=bool(state.get("shown")),
    )
    # An emergency told in words is answered without looking at the graph, which may be down.
    measured = _is_measured(found, context)
    told_in_words = found.level == "emergency" and not measured
    view = None if told_in_words else _at_hand(journey, context)
    told = not _is_button(journey, view, state, context)
    if measured and not told and pending is None:
        found = Screening("none", None, (), None)  # "Menos de 2 días" tells no age
    context.emit(screened(journey.message, found))
    # A button's words are the tree's, and a value is what it asked for; it asks on by itself.
    hers = pending is not None or (told and not _is_value(journey, view))
    if found.check and hers:
        update = {"pending_check": found.sign, **_put_aside(state, found)}
        return Command(goto="check", update={**start, **update, "reply": {"check": found.check}})
    start["pending_check"] = None
    if found.level == "emergency" or (found.level == "same_day" and hers):
        update = {"danger": {"sign": found.sign, "level": found.level}}
        update |= _put_aside(state, found)
        return Command(goto="escalate", update={**start, **update})
    if pending and aside:
        # The check came out well: back to what she asked.
        said = read_facts(journey.message, context.told_facts, context.today())
        journey = _learn(journey, said, context)
        return Command(goto="understand", update={**start, **journey.update(), **_resumed(aside)})
    before = state.get("words") or ""
    words = journey.message if told else before
    earlier = before if told and view is None else ""
    update = {"told": told, "words": words, "earlier": earlier, "set_aside": None}
    return Command(goto="understand", update={**start, **update})


def escalate(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Tell her what may be happening, what to do now and whom to call. Her place is kept."""
    context, journey = runtime.context, Journey.of(state)
    danger = state["danger"] or {}
    sign = context.catalogue.by_id.get(danger["sign"] or "")
    if sign is None:
        context.emit(replies.reported_danger(journey, context))
    else:
        context.emit(replies.danger(sign, danger["level"], journey, context))
    set_aside = state.get("set_aside") or state["message"]
    return _end(state) | {"set_aside": set_aside}


def check(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Ask the one question that settles whether there is danger."""
    context = runtime.context
    context.emit(replies.check(state["reply"]["check"], Journey.of(state), context))
    return _end(state)


def understand_message(
    state: ConversationState, runtime: Runtime[Context]
) -> Command[Literal["locate", "decide"]]:
    """Summary, topics and facts of her message; facts are noted with her words."""
    context, journey = runtime.context, Journey.of(state)
    locator = context.locator if state["told"] and context.navigator != "menu" else None
    # A button's words are the tree's: "Más de una semana" gives nobody's age.
    variables = context.told_facts if state["told"] else {}
    understanding = understand(
        journey.message, variables, locator, context.brain.summarizer, context.today()
    )
    asked = _asked(state, journey, context)
    facts = her_facts(understanding.facts, journey.message, asked, journey.facts)
    understanding = replace(understanding, facts=facts)
    journey = _learn(journey, facts, context)
    context.emit(understood(journey.message, understanding, context.variables))
    update: dict[str, Any] = {**journey.update()}
    update["asks_back"] = understanding.asks_back and state["told"]
    view = journey.view(context.store)
    free = view is None or view.is_leaf
    words = state["words"]
    noted = state["told"] and tells_only(facts, journey.message)
    if noted:
        update["noted"] = [fact.name for fact in facts]
    if noted and free and not state["earlier"]:
        update["words"] = words = ""  # by itself an age leads nowhere
    if state["told"] and free and not (noted or state.get("warned")):
        # An answer to a question speaks of the topic at hand, whatever else it is like.
        update["agenda"] = agenda.noted(state.get("agenda") or [], understanding.topics)
        update["perhaps"] = agenda.perhaps(understanding.topics)
    looks = locator and words and (view is None or free or isinstance(view.node, Question))
    return Command(goto="locate" if looks else "decide", update=update)


def _asked(state: ConversationState, journey: Journey, context: Context) -> Question | None:
    """The question that she is looking at."""
    view = journey.view(context.store)
    if view is None or not isinstance(view.node, Question):
        return None
    return view.node if state.get("shown") == view.position.node else None


def locate(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """The places of the tree where her words could belong."""
    context, journey = runtime.context, Journey.of(state)
    earlier, noted = state.get("earlier") or "", bool(state.get("noted"))
    words, location = locate_together(state["words"], earlier, context.locator, noted=noted)
    context.emit(located(location))
    found = {candidate.node: candidate.title for candidate in location.candidates}
    for candidate in location.candidates:
        # Where only the topic is sure, its start is where to go.
        start = context.brain.starts[candidate.topic]
        found.setdefault(start, context.brain.topics[start])
    return {
        "words": words,
        "candidates": [dict(vars(candidate)) for candidate in location.candidates],
        "none_of_these": location.none_of_these,
        "unclear": location.unclear,
        "located": {**journey.located, **found},
    }


def decide(
    state: ConversationState, runtime: Runtime[Context]
) -> Command[Literal["move", "consult", "ask", "answer"]]:
    """Move when it is sure, ask when it is not, answer at a leaf."""
    chosen = choose_next(Situation.of(state, runtime.context), runtime.context)
    if chosen.decided:
        runtime.context.emit(chosen.decided)
    reply = {
        "intro": chosen.intro,
        "offered": chosen.offered,
        "last": chosen.last,
        "page": chosen.page,
        "apart": chosen.apart,
        "first": chosen.first,
    }
    move = MOVE.dump_python(chosen.move, mode="json") if chosen.move else None
    update = {"reply": reply, "next_move": move, "quote": chosen.quote}
    return Command(goto=chosen.goto, update=update)


def move(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Walk one step."""
    context, journey = runtime.context, Journey.of(state)
    chosen = MOVE.validate_python(state["next_move"])
    view = journey.view(context.store)
    quote = state.get("quote") or ""
    journey, step, _ = journey.go(chosen, view, context.store, context.today(), quote)
    context.note(step)
    update: dict[str, Any] = {**journey.update(), "next_move": None, "moved": True}
    if step.kind in ("back", "restart"):
        update["words"] = ""  # else they would lead where she has just come from
    if step.kind == "restart":
        update |= {"agenda": [], "perhaps": []}
    return update


def ask(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """The question at hand, or the places she may mean."""
    context, journey, reply = runtime.context, Journey.of(state), state["reply"]
    view = journey.view(context.store)
    offered = reply["offered"] or {}
    asked = None if view is None or view.is_leaf or reply["apart"] else view
    here = asked.position.node if asked else None
    again = here is not None and here == state.get("shown") and not _moved(state, journey)
    tries = (state.get("tries") or 1) + 1 if again else 1
    if asked is None:
        shown = replies.offer(offered, journey, context, reply["intro"], reply["last"])
    else:
        later = _pending(state, journey, context)
        text = _reworded(asked, state, context) if tries == 1 else None
        beside = replies.Beside(offered, first=bool(reply.get("first")))
        shown = replies.question(
            asked, journey, context, reply["intro"], beside, later, tries, text
        )
    context.emit(shown)
    looking_at = {"shown": shown.node, "offered": offered, "page": reply["page"], "tries": tries}
    return _end(state) | looking_at


def _reworded(view: View, state: ConversationState, context: Context) -> str | None:
    assert isinstance(view.node, Question | Input)
    return reworded(view.node, state.get("words") or state["message"], context)


def _moved(state: ConversationState, journey: Journey) -> bool:
    return bool(state.get("moved")) or any(step.turn == journey.turn for step in journey.path)


def answer(state: ConversationState, runtime: Runtime[Context]) -> dict[str, Any]:
    """The leaf at hand, with its sources."""
    context, journey = runtime.context, Journey.of(state)
    view = journey.view(context.store)
    assert view is not None
    intro = state["reply"]["intro"]
    next_topics = _pending(state, journey, context)
    perhaps = agenda.pending(state.get("perhaps") or [], journey.path, context.brain)
    near = {**perhaps, **dict(view.see_also)}
    if intro:
        context.emit(replies.notice(intro, journey, context, next_topics, near))
    else:
        context.emit(replies.answer(view, journey, context, next_topics, near))
    offered = {**next_topics, **near}
    return _end(state) | {"shown": view.position.node, "offered": offered}


def _pending(state: ConversationState, journey: Journey, context: Context) -> Mapping[str, str]:
    return agenda.pending(state.get("agenda") or [], journey.path, context.brain)


def _end(state: ConversationState) -> dict[str, Any]:
    """What the last node of every turn writes."""
    return {
        "last_turn": state["turn"],
        "correction": None,
        "messages": [RemoveMessage(REMOVE_ALL_MESSAGES)],
        "candidates": [],
        "reply": {},
    }


def _corrected(state: ConversationState, context: Context, name: str) -> dict[str, Any]:
    before = Journey.of(state)
    after = before.forget(name)
    if step := after.rewinding(before, name):
        context.note(step)
    return {**after.update(), "told": False, "set_aside": None}


def _is_measured(found: Screening, context: Context) -> bool:
    """Whether the danger is in numbers, such as a temperature at an age, and not in words."""
    sign = context.catalogue.by_id.get(found.sign or "")
    return sign is not None and not sign.patterns


def _put_aside(state: ConversationState, found: Screening) -> dict[str, Any]:
    """Keep her message for later, and what of it does not tell of the danger."""
    if aside := state.get("set_aside"):
        return {"set_aside": aside, "beside": state.get("beside")}
    message, place, rest = state["message"], 0, ""
    for start, end in found.spans:
        rest += message[place:start]
        place = max(place, end)
    return {"set_aside": message, "beside": rest + message[place:]}


def _after_danger(state: ConversationState, aside: str) -> dict[str, Any]:
    """She goes on. Of an emergency the tree has no more to say: only the rest is looked for."""
    resumed = _resumed(aside)
    if (state.get("danger") or {}).get("level") != "emergency":
        return resumed
    rest = state.get("beside") or ""
    return {**resumed, "words": rest if len(words(rest)) > _REST else "", "warned": True}


_REST = 2
"""Words up to which what is left of a message says nothing."""


def _resumed(aside: str) -> dict[str, Any]:
    """Her earlier message takes the place of the button or of the answer to a check."""
    return {"message": aside, "words": aside, "told": True, "resumed": True, "set_aside": None}


def _learn(journey: Journey, facts: Sequence[SaidFact], context: Context) -> Journey:
    """Note facts; one that contradicts what was known goes back to before it was used."""
    for said in facts:
        before = journey
        journey = journey.learn(said.name, said.value, said.span.text, context.today())
        if step := journey.rewinding(before, said.name):
            context.note(step)
    return journey


def _is_value(journey: Journey, view: View | None) -> bool:
    """Whether her message is little more than the value that the input at hand asks for."""
    if view is None or view.variable is None:
        return False
    found = read_value(journey.message, view.variable)
    if found is None:
        return False
    rest = journey.message[: found.start] + journey.message[found.end :]
    return len(words(rest)) <= 2


def _at_hand(journey: Journey, context: Context) -> View | None:
    """The place at hand; none when the graph is down, for danger is looked for without it."""
    try:
        return journey.view(context.store)
    except GraphUnavailable:
        return None


BUTTONS = (
    *("back", "restart", "dont_know", "something_else", "other_topic", "more_topics", "go_on"),
    *("yes", "no", "resume"),
)
"""Of the catalogue's `agent` section."""


def _is_button(
    journey: Journey, view: View | None, state: ConversationState, context: Context
) -> bool:
    """Whether her message is one of the buttons she was shown, so that it tells nothing more."""
    labels = [context.texts(f"agent.{name}") for name in BUTTONS]
    labels += (state.get("offered") or {}).values()
    return is_label(journey.message, view) or any(
        same_words(label, journey.message) for label in labels
    )
