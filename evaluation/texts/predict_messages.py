"""From a message to a result line, by the code that answers in the chat.

messages    one turn of the assistant, in a conversation of its own; what it did is read off
            the turn's events
red flags   the guard
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from agent.assistant import Assistant
from agent.danger.redflags import read_catalogue
from agent.service import make_encoder, make_guard
from agent.settings import Navigator, Settings
from agent.state import Brain
from agent.texts import Texts
from agent.turns import House
from agent.understanding.understand import understand
from evaluation.cases import CaseFailed, MessageInput
from evaluation.measurement import Progress
from evaluation.results import (
    MessagePrediction,
    PlacedFact,
    RankedTopic,
    RedFlagPrediction,
)
from evaluation.speed.bench_house import open_apart
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

_KEPT = 10
"""Candidates of a result line."""
_Event = TypeVar("_Event", bound=Event)


# Messages


@contextmanager
def message_predictor(
    settings: Settings, navigator: Navigator, vocabulary: Vocabulary, say: Progress
) -> Iterator[Callable[[MessageInput], MessagePrediction]]:
    """A house of its own, with a record and a tree of its own, and what it makes of a message."""
    with open_apart(settings, say) as bench:
        house = replace(bench.house, navigator=navigator)
        brain = house.brains.of(bench.tree.version)
        assistant = Assistant(house)

        def predict(given: MessageInput) -> MessagePrediction:
            # Each message finds the graph as the first one did.
            bench.store.forget_views()
            started = time.perf_counter()
            events = list(assistant.reply(uuid.uuid4().hex, "1", given.text))
            ms = (time.perf_counter() - started) * 1000
            return _message_prediction(given.text, events, ms, navigator, brain, vocabulary, house)

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
    house: House,
) -> MessagePrediction:
    if failures := _of(events, Failed):
        raise CaseFailed(f"a turn failed: {failures[0].cause}")
    screened = _of(events, Screened)
    reply = _of(events, Replied)[-1]
    locator = None if navigator == "menu" else brain.locator
    # The same reading as in the turn. Where danger came first, the turn put it off.
    said = understand(text, brain.variables, locator, brain.summarizer, house.now().date())
    ranked = vocabulary.menu()
    if locator:
        location = locator.locate(text, limit=len(brain.entries))
        ranked = vocabulary.rank(location.candidates)
    asks = reply.kind in ("question", "input", "offer", "check")
    action = _message_action(events, reply, house.texts)
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


def _of(events: list[Event], kind: type[_Event]) -> list[_Event]:
    return [event for event in events if isinstance(event, kind)]


# Red flags


def red_flag_predictor(settings: Settings) -> Callable[[MessageInput], RedFlagPrediction]:
    """What the guard makes of a message that begins a conversation."""
    catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
    guard = make_guard(settings, catalogue, settings.language, make_encoder(settings))

    today = datetime.now(UTC).date()

    def predict(given: MessageInput) -> RedFlagPrediction:
        started = time.perf_counter()
        found = guard.screen(given.text, {}, today=today)
        ms = (time.perf_counter() - started) * 1000
        return RedFlagPrediction(
            escalate=found.level != "none",
            level=found.level,
            sign=found.sign,
            check_question=found.check,
            ms=round(ms, 2),
        )

    return predict
