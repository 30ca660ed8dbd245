"""From what may be seen of a case to a result line, by the code that answers in the chat.

messages    one turn of the assistant, in a conversation of its own; what it did is read off
            the turn's events
replies     the policy at a question, with no graph: the question need not be in any tree
red flags   the guard
"""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from agent.assistant import Assistant
from agent.choose import Next, Situation, choose_next
from agent.decide import weigh
from agent.evidence.rules import same_words
from agent.evidence.semantic import SemanticEvidence
from agent.guard import Guard
from agent.redflags import read_catalogue
from agent.settings import Navigator, Settings
from agent.state import Brain, Context
from agent.texts import Texts, load_texts
from agent.understand import SaidFact, describe_problem, read_facts, understand
from evaluation.bench_house import open_bench
from evaluation.cases import MessageInput, ReplyInput
from evaluation.measurement import Progress
from evaluation.results import (
    MessagePrediction,
    PlacedFact,
    RankedTopic,
    RedFlagPrediction,
    ReplyPrediction,
)
from evaluation.vocabulary import Vocabulary
from records.events import (
    Event,
    Failed,
    GraphQueried,
    ModelCalled,
    Moved,
    Replied,
    Screened,
)
from tools.encoder import Encoder
from tools.errors import NodrizaError
from tools.journey import Journey
from tools.locate import Location, Locator
from tools.tree import Option, Question, Tree
from tools.view import Position, View
from tools.walk import Choose

_KEPT = 10
"""Candidates of a result line."""
_Event = TypeVar("_Event", bound=Event)


class CaseFailed(NodrizaError):
    """A case could not be run. It has no result: it is not counted as wrong."""


# Messages


@contextmanager
def message_predictor(
    settings: Settings, navigator: Navigator, vocabulary: Vocabulary, say: Progress
) -> Iterator[Callable[[MessageInput], MessagePrediction]]:
    """A house of its own, with a record and a tree of its own, and what it makes of a message."""
    from agent.service import open_store

    with tempfile.TemporaryDirectory(prefix="nodriza-bench-") as folder:
        apart = settings.model_copy(update={"data_folder": Path(folder), "records_url": None})
        with open_store(apart, say) as store, open_bench(apart, store, say) as bench:
            house = replace(bench.house, navigator=navigator)
            brain = house.brains.of(bench.tree.version)
            assistant = Assistant(house)

            def predict(given: MessageInput) -> MessagePrediction:
                # Each message finds the graph as the first one did.
                store.forget_views()
                started = time.perf_counter()
                events = list(assistant.reply(uuid.uuid4().hex, "1", given.text))
                ms = (time.perf_counter() - started) * 1000
                return _message_prediction(
                    given.text, events, ms, navigator, brain, vocabulary, house.texts
                )

            try:
                yield predict
            finally:
                assistant.close()


def _message_prediction(
    text: str,
    events: list[Event],
    ms: float,
    navigator: Navigator,
    brain: Brain,
    vocabulary: Vocabulary,
    texts: Texts,
) -> MessagePrediction:
    if failures := _of(events, Failed):
        raise CaseFailed(f"a turn failed: {failures[0].cause}")
    screened = _of(events, Screened)
    reply = _of(events, Replied)[-1]
    locator = None if navigator == "menu" else brain.locator
    # The same reading as in the turn. Where danger came first, the turn put it off.
    said = understand(text, brain.variables, locator)
    ranked = vocabulary.menu()
    if locator:
        location = _locate(text, said.facts, locator, limit=len(brain.entries))
        ranked = vocabulary.rank(location.candidates)
    asks = reply.kind in ("question", "input", "offer", "check")
    action = _message_action(events, reply, texts)
    return MessagePrediction(
        action=action,
        candidates=[
            RankedTopic(topic=c.topic, node=c.node, probability=c.probability)
            for c in ranked[:_KEPT]
        ],
        question=reply.text if asks and action != "out_of_scope" else None,
        summary=said.summary,
        topics=vocabulary.shared(choice.id for choice in said.topics),
        facts=[
            PlacedFact(
                name=fact.name,
                value=fact.value,
                unit=brain.variables[fact.name].unit,
                start=fact.span.start,
                end=fact.span.end,
            )
            for fact in said.facts
        ],
        level=screened[0].level if screened else "none",
        ms=round(ms, 2),
        model_calls=len(_of(events, ModelCalled)),
        graph_queries=len(_of(events, GraphQueried)),
    )


def _message_action(events: list[Event], reply: Replied, texts: Texts) -> Any:
    if reply.kind == "danger":
        return "escalate"
    if reply.intro == texts("agent.none_fits"):
        return "out_of_scope"
    return "move" if _of(events, Moved) else "ask"


def _locate(text: str, facts: list[SaidFact], locator: Locator, limit: int) -> Location:
    """As the graph's `locate`, which keeps fewer candidates."""
    problem, clauses = describe_problem(text, facts)
    return locator.locate(problem, clauses, limit)


def _of(events: list[Event], kind: type[_Event]) -> list[_Event]:
    return [event for event in events if isinstance(event, kind)]


# Replies

_HERE = "case"
"""Where the question stands when it is not in a tree."""
_UNUSED: Any = None
"""What the policy does not look at where she answers a question."""


def reply_predictor(
    settings: Settings, navigator: Navigator, encoder: Encoder | None, tree: Tree | None
) -> Callable[[ReplyInput], ReplyPrediction]:
    """What is made of a reply: zero-shot, or with `tree`, whose question, help and examples
    then take the place of the case's own."""
    language = tree.language if tree else settings.language
    locator = Locator(tree.entries, language, encoder) if tree else None
    brain = Brain(
        entries=tree.entries if tree else (),
        topics={},
        starts={},
        areas={},
        variables=tree.variables if tree else {},
        locator=locator or _UNUSED,
        semantic=SemanticEvidence(language, encoder),
    )
    context = Context(
        store=_UNUSED,
        brain=brain,
        guard=_UNUSED,
        catalogue=_UNUSED,
        phones=(),
        texts=load_texts(settings.language),
        navigator=navigator,
        model=None,
        now=lambda: datetime.now(UTC),
        emit=lambda _event: None,
    )

    def predict(given: ReplyInput) -> ReplyPrediction:
        question = asked(given, tree)
        started = time.perf_counter()
        chosen = choose_next(_answering(question, given.reply, context, tree), context)
        ms = (time.perf_counter() - started) * 1000
        known = weigh(question, given.reply, context.evidence)
        return ReplyPrediction(
            action=_reply_action(chosen),
            choice=[option.id for option in question.options].index(known.best.id),
            probabilities=[known.of(option.id) for option in question.options],
            ms=round(ms, 2),
            model_calls=0,
        )

    return predict


def asked(given: ReplyInput, tree: Tree | None) -> Question:
    """The question as it is put to the policy; its options stand in the order of the case."""
    if tree:
        question = question_in(tree, given)
        if question is None:
            raise CaseFailed(f"{given.node!r} is not this question in the tree")
        return question
    # Not validated: a case may have more options than the tree allows a question.
    return Question.model_construct(
        id=_HERE,
        kind="question",
        text=given.question,
        help=None,
        options=tuple(
            Option(id=str(place), label=label, to=_HERE)
            for place, label in enumerate(given.options)
        ),
    )


def question_in(tree: Tree, given: ReplyInput) -> Question | None:
    """The tree's question that the case is about; None where its options are not the same."""
    node = tree.by_id.get(given.node or "")
    if not isinstance(node, Question) or len(node.options) != len(given.options):
        return None
    ordered = [
        option
        for label in given.options
        for option in node.options
        if same_words(option.label, label)
    ]
    if len({option.id for option in ordered}) != len(node.options):
        return None
    return node.model_copy(update={"options": tuple(ordered)})


def _answering(question: Question, reply: str, context: Context, tree: Tree | None) -> Situation:
    """She looks at the question, and this is what she says."""
    location = None
    if tree and context.navigator != "menu":
        facts = read_facts(reply, context.variables)
        location = _locate(reply, facts, context.brain.locator, limit=8)
    pressed = any(same_words(option.label, reply) for option in question.options)
    here = Position(question.id)
    return Situation(
        journey=Journey(
            tree=_HERE, turn="1", message=reply, position=here, path=(), facts={}, located={}
        ),
        view=View(here, question, tree.topic_of.get(question.id) if tree else None, None),
        words=reply,
        location=location,
        asks_back=not pressed and understand(reply, {}, None).asks_back,
        offered={},
        page=0,
        is_answer=True,
        resumed=False,
        consulted=None,
        moved=False,
    )


def _reply_action(chosen: Next) -> Any:
    if isinstance(chosen.move, Choose):
        return "choose"
    if chosen.decided and chosen.decided.action == "explain":
        return "explain"
    return "none_of_these" if chosen.offered else "clarify"


# Red flags


def red_flag_predictor(settings: Settings) -> Callable[[MessageInput], RedFlagPrediction]:
    """What the guard makes of a message that begins a conversation."""
    guard = Guard(read_catalogue(settings.trees_folder / "redflags.yaml"))

    def predict(given: MessageInput) -> RedFlagPrediction:
        started = time.perf_counter()
        found = guard.screen(given.text, {})
        ms = (time.perf_counter() - started) * 1000
        return RedFlagPrediction(
            escalate=found.level != "none",
            level=found.level,
            sign=found.sign,
            check_question=found.check,
            ms=round(ms, 2),
        )

    return predict
