"""A turn's events become a tree of steps in time, with the conventions' names."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openinference.semconv.trace import SpanAttributes
from opentelemetry.semconv._incubating.attributes import db_attributes, gen_ai_attributes

from agent.models.prices import Price
from agent.settings import PROJECT
from agent.traces import names
from agent.traces.attributes import PROVIDERS, error_class
from agent.traces.steps import Step, steps_of
from records.events import (
    Decided,
    Event,
    GraphQueried,
    ModelAwaited,
    ModelCalled,
    Moved,
    Prepared,
    Replied,
    Screened,
    ToolCalled,
    Understood,
)

BEGAN = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def at(milliseconds: float) -> datetime:
    return BEGAN + timedelta(milliseconds=milliseconds)


def prepared(model: str = "openai:gpt") -> Prepared:
    return Prepared(
        at=BEGAN, tree="t@1", navigator="tools", models=[model], phrasing="tree", person=False
    )


def asked(when: float, ms: float = 1.0) -> GraphQueried:
    return GraphQueried(at=at(when), name="view", cypher="MATCH (n)", parameters={}, rows=1, ms=ms)


def called(
    when: float, ms: float = 50.0, error: str | None = None, finish: str | None = None
) -> ModelCalled:
    output = None if error else {"role": "assistant"}
    return ModelCalled(
        at=at(when), model="gpt", prompt="a@1#ff b@2#ee", messages=[], output=output, ms=ms,
        input_tokens=7, output_tokens=2, finish_reason=finish, error=error,
    )  # fmt: skip


def screened(when: float) -> Screened:
    return Screened(at=at(when), level="none", sign=None, spans=[], check=None)


def decided(when: float) -> Decided:
    return Decided(
        at=at(when), node="n", action="move", why="the model chose it", evidence=[], posterior=[],
        threshold=None,
    )  # fmt: skip


def moved(when: float) -> Moved:
    return Moved(
        at=at(when), kind="choose", origin="n", target="m", move="o", label="Sí", via=["m: x < 3"]
    )


def tool(when: float, name: str = "choose_option", *, refused: bool = False) -> ToolCalled:
    return ToolCalled(at=at(when), name=name, arguments={}, result="", refused=refused)


def drawn(steps: list[Step] | tuple[Step, ...], depth: int = 0) -> list[str]:
    """The tree as lines."""
    return [
        line for step in steps for line in ("  " * depth + step.name, *drawn(step.steps, depth + 1))
    ]


def test_a_step_begins_where_the_one_before_ended_and_has_its_queries() -> None:
    steps = steps_of([prepared(), asked(2), screened(5), asked(9, ms=3), moved(10)], BEGAN)
    assert drawn(steps) == ["guard", "  view", "move", "  view"]
    guard, move = steps
    assert (guard.start, guard.end, move.start, move.end) == (BEGAN, at(5), at(5), at(10))
    assert (move.steps[0].start, move.steps[0].end) == (at(6), at(9))
    assert move.steps[0].remote
    assert not move.remote


def test_what_a_tool_did_stands_under_the_tool() -> None:
    events: list[Event] = [
        prepared(),
        screened(5),
        called(60),
        decided(62),
        asked(64),
        moved(65),
        tool(66),
    ]
    events += [called(120), tool(121, "ask"), decided(122)]
    steps = steps_of(events, BEGAN)
    assert drawn(steps) == [
        "guard",
        "chat gpt",
        "execute_tool choose_option",
        "  decide",
        "  move",
        "    view",
        "chat gpt",
        "execute_tool ask",
        "decide",
    ]
    assert (steps[2].start, steps[2].end) == (at(60), at(66))


def test_of_several_tools_the_one_that_does_has_the_steps() -> None:
    tools = [tool(60, "read_position"), tool(60, "jump_to")]
    assert drawn(steps_of([called(50), decided(52), moved(53), *tools], BEGAN)) == [
        "chat gpt",
        "execute_tool read_position",
        "execute_tool jump_to",
        "  decide",
        "  move",
    ]


def test_a_tool_that_a_model_made_up_is_not_repeated() -> None:
    (step,) = steps_of([tool(1, "me duele mucho", refused=True)], BEGAN)
    assert step.name == "execute_tool _OTHER"
    assert step.attributes[names.TOOL] == "_OTHER"


def test_a_call_has_what_both_conventions_want() -> None:
    (call,) = steps_of([prepared(), called(60)], BEGAN)
    assert (call.start, call.end, call.remote, call.error) == (at(10), at(60), True, None)
    assert call.attributes[names.PROVIDER] == call.attributes[SpanAttributes.LLM_PROVIDER]
    assert call.attributes[names.PROVIDER] == "openai"
    assert (call.attributes[names.PROMPT], call.attributes[names.PROMPT_VERSION]) == (
        "a+b",
        "1#ff+2#ee",
    )
    assert call.attributes[SpanAttributes.LLM_TOKEN_COUNT_TOTAL] == 9
    assert names.CACHED_TOKENS not in call.attributes
    assert names.FINISH_REASONS not in call.attributes  # the server did not say


@pytest.mark.parametrize(
    ("said", "told"), [("length", "length"), ("end_turn", "end_turn"), ("me duele", "_OTHER")]
)
def test_why_a_model_stopped(said: str, told: str) -> None:
    (call,) = steps_of([called(60, finish=said)], BEGAN)
    assert call.attributes[names.FINISH_REASONS] == [told]
    assert call.attributes[SpanAttributes.LLM_FINISH_REASON] == told


def test_a_call_costs_what_its_price_says() -> None:
    price = Price(input=2, output=8, source="https://example.org", checked_on=BEGAN.date())
    (priced,) = steps_of([called(60)], BEGAN, {"gpt": price})
    assert priced.attributes[SpanAttributes.LLM_COST_TOTAL] == pytest.approx(30e-6)
    (unknown,) = steps_of([called(60)], BEGAN)
    assert SpanAttributes.LLM_COST_TOTAL not in unknown.attributes


def test_a_model_of_this_process_is_not_remote() -> None:
    (call,) = steps_of([prepared("llama_cpp:gpt"), called(60)], BEGAN)
    assert not call.remote


def test_a_call_that_failed_tells_the_class_alone() -> None:
    (call,) = steps_of([called(60, error="APITimeoutError: Me duele el pecho")], BEGAN)
    assert call.error == "APITimeoutError"
    assert call.attributes[names.FINISH_REASONS] == ["error"]


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("ValueError: me duele", "ValueError"),
        ("malformed answer: it must be one", "malformed_answer"),
        ("", "_OTHER"),
        ("¡ay!: x", "_OTHER"),
        ("x" * 300, "_OTHER"),
    ],
)
def test_the_class_of_an_error(cause: str, told: str) -> None:
    assert error_class(cause) == told


MAKERS: list[Callable[[float, float], Event]] = [
    asked,
    called,
    lambda now, _: screened(now),
    lambda now, _: decided(now),
    lambda now, _: moved(now),
    lambda now, _: tool(now),
    lambda now, _: ModelAwaited(at=at(now), ahead=1),
]


@given(st.lists(st.tuples(st.sampled_from(MAKERS), st.floats(0, 500), st.floats(0, 5000))))
def test_the_tree_keeps_every_event_and_its_times(
    made: list[tuple[Callable[[float, float], Event], float, float]],
) -> None:
    events: list[Event] = [prepared()]
    now = 0.0
    for make, later, ms in made:
        now += later
        events.append(make(now, ms))
    steps = steps_of(events, BEGAN)

    def count(parts: list[Step] | tuple[Step, ...]) -> int:
        return sum(1 + count(step.steps) for step in parts)

    def check(parts: list[Step] | tuple[Step, ...], start: datetime, end: datetime) -> None:
        for step in parts:
            assert start <= step.start <= step.end <= end
            check(step.steps, step.start, step.end)

    assert count(steps) == sum(not isinstance(e, Prepared | ModelAwaited) for e in events)
    check(steps, BEGAN, at(now))


def test_the_names_are_those_of_the_conventions() -> None:
    listed = {v for k, v in vars(gen_ai_attributes).items() if k.startswith("GEN_AI_")}
    ours = {v for v in vars(names).values() if isinstance(v, str) and v.startswith("gen_ai.")}
    # Newer than the package: GenAI conventions v0.1.0.
    assert ours - listed == {"gen_ai.prompt.version"}
    assert names.RETURNED_ROWS == db_attributes.DB_RESPONSE_RETURNED_ROWS
    known = {one.value for one in gen_ai_attributes.GenAiProviderNameValues}
    assert set(PROVIDERS.values()) - known == {"replicate", "llama_cpp"}


def test_ours_do_not_collide_with_a_convention() -> None:
    of_others = ("gen_ai.", "db.")
    texts = [v for k, v in vars(names).items() if k.isupper() and isinstance(v, str)]
    assert all(text.startswith(("nodriza.", *of_others)) for text in texts)
    assert len(set(texts)) == len(texts)


def test_the_operators_guide_has_all_names() -> None:
    guide = (PROJECT / "docs" / "trazas.md").read_text("utf-8")
    texts = [v for k, v in vars(names).items() if k.isupper() and isinstance(v, str)]
    missing = [t for t in texts if f"`{t}`" not in guide and f"`.{t.split('.')[-1]}`" not in guide]
    assert missing == []


def test_understanding_and_reply_are_counted() -> None:
    understood = Understood(at=at(1), text="x", summary=[], topics=[], facts=[], asks_back=False)
    reply = Replied(at=at(2), kind="question", text="¿…?", options=["Sí", "No"])
    one, other = steps_of([understood, reply], BEGAN)
    assert (one.attributes[names.SPANS], other.attributes[names.OPTIONS]) == (0, 2)
