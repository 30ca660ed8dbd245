"""A conversation summed up for the API, and the metrics of its turns."""

from datetime import UTC, datetime
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest

from agent.metrics import TurnMetrics, count_under_way
from records.events import (
    Choice,
    Event,
    FactCorrected,
    Failed,
    GraphQueried,
    KnownFact,
    ModelCalled,
    Moved,
    Replied,
    Span,
    Understood,
)
from records.store import ConversationSummary
from ui.api.messages import as_seen
from ui.api.summary import Summary, sum_up

AGE = KnownFact(
    name="baby_age_days",
    value=21.0,
    unit="days",
    label="edad del bebé",
    quote="3 semanas",
    shown="3 semanas",
)


def summary(*events: Event) -> Summary:
    now = datetime.now(UTC)
    known = ConversationSummary(
        thread="t",
        created_at=now,
        last_at=now,
        turns=3,
        first_words="",
        tree="es@1",
        navigator="semantic",
        model=None,
        urgency="same_day",
        outcome="open",
        node="b",
    )
    return sum_up(known, events)


def understood(*topics: tuple[str, float], said: str = "", facts: list[KnownFact]) -> Understood:
    return Understood(
        text=said,
        summary=[Span(start=0, end=len(said), text=said)] if said else [],
        topics=[Choice(id=name, label=name, probability=p) for name, p in topics],
        facts=facts,
        asks_back=False,
    )


def moved(
    kind: Literal["jump", "choose", "set", "back", "restart"], origin: str | None, to: str | None
) -> Moved:
    return Moved(kind=kind, origin=origin, target=to, move="m", label=f"a {to}")


def path(*moves: Moved) -> list[str]:
    return [step.node for step in summary(*moves).path]


def test_it_quotes_her_and_keeps_each_topic_once_at_its_likeliest() -> None:
    found = summary(
        understood(("pain", 0.4), ("milk", 0.3), said="me duele", facts=[]),
        understood(("pain", 0.9), facts=[]),
        understood(("pain", 0.2), ("milk", 0.5), said="y poca leche", facts=[]),
    )
    assert [[span.text for span in spans] for spans in found.said] == [
        ["me duele"],
        ["y poca leche"],
    ]
    assert [(t.id, t.probability) for t in found.topics] == [("pain", 0.9), ("milk", 0.5)]
    assert (found.conversation, found.messages, found.urgency) == ("t", 3, "same_day")


def test_a_fact_that_she_took_back_is_not_in_it() -> None:
    assert summary(understood(said="3 semanas", facts=[AGE])).facts == [AGE]
    taken_back = FactCorrected(name="baby_age_days")
    assert summary(understood(said="3 semanas", facts=[AGE]), taken_back).facts == []


def test_the_path_leaves_out_what_was_undone() -> None:
    there = [moved("jump", None, "a"), moved("choose", "a", "b"), moved("set", "b", "c")]
    assert path(*there) == ["a", "b", "c"]
    assert path(*there, moved("back", "c", "a")) == ["a"]
    assert path(*there, moved("back", "c", None)) == []
    assert path(*there, moved("restart", "c", None), moved("jump", None, "x")) == ["x"]
    assert path(moved("jump", None, "a"), moved("jump", "a", "x"), moved("back", "x", "a")) == ["a"]


def test_its_options_are_those_of_the_last_reply() -> None:
    replies = [Replied(kind="question", text="¿?", options=[label]) for label in ("Sí", "No")]
    assert summary(*replies).options == ["No"]
    assert summary().options == []


# What a key sees


QUERY = GraphQueried(name="view", cypher="MATCH (n) RETURN n", parameters={}, rows=1, ms=1.0)
FAILED = Failed(cause="GraphUnavailable: bolt://user:password@host refused")


def test_what_is_behind_a_reply_is_for_researchers() -> None:
    call = ModelCalled(model="m", prompt="p", messages=[], output=None, ms=1.0)
    for event in (QUERY, call):
        assert as_seen(event, everything=True) == event
        assert as_seen(event, everything=False) is None


def test_an_app_is_told_that_a_turn_failed_but_not_what_the_error_says() -> None:
    assert as_seen(FAILED, everything=True) == FAILED
    seen = as_seen(FAILED, everything=False)
    assert isinstance(seen, Failed)
    assert seen.cause == "GraphUnavailable"


# Metrics


def test_turns_are_counted_by_how_they_ended_and_calls_by_model() -> None:
    registry = CollectorRegistry()
    metrics = TurnMetrics(registry)
    secret = "me duele mucho"
    call = ModelCalled(
        model="openai:m",
        prompt="p",
        messages=[{"content": secret}],
        output=None,
        input_tokens=100,
        output_tokens=7,
        ms=1500.0,
    )
    metrics.observe([call, Replied(kind="answer", text=secret)], 2.0)
    metrics.observe([Replied(kind="question", text=secret)], 0.02)
    broken = call.model_copy(update={"error": "time-out", "output_tokens": None})
    metrics.observe([broken, FAILED, Replied(kind="notice", text=secret)], 61.0)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("nodriza_turns_total", outcome="answer") == 1
    assert value("nodriza_turns_total", outcome="question") == 1
    assert value("nodriza_turns_total", outcome="failed") == 1
    assert value("nodriza_turn_seconds_sum") == 63.02
    assert value("nodriza_turn_seconds_bucket", le="60.0") == 2
    assert value("nodriza_model_calls_total", model="openai:m", result="ok") == 1
    assert value("nodriza_model_calls_total", model="openai:m", result="error") == 1
    assert value("nodriza_model_call_seconds_sum", model="openai:m") == 3.0
    assert value("nodriza_model_tokens_total", model="openai:m", direction="input") == 200
    assert value("nodriza_model_tokens_total", model="openai:m", direction="output") == 7
    assert secret not in generate_latest(registry).decode()


def test_what_is_under_way_is_asked_when_it_is_read() -> None:
    registry, waiting = CollectorRegistry(), [1]
    count_under_way(registry, lambda: sum(waiting))
    assert registry.get_sample_value("nodriza_messages_under_way") == 1
    waiting.append(4)
    assert registry.get_sample_value("nodriza_messages_under_way") == 5


def test_a_turn_without_a_reply_is_counted_apart() -> None:
    registry = CollectorRegistry()
    TurnMetrics(registry).observe([], 0.1)
    assert registry.get_sample_value("nodriza_turns_total", {"outcome": "none"}) == 1
