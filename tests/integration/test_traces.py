"""What a collector gets of turns: a real one, over HTTP, and nothing that she said."""

import logging
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openinference.semconv.resource import ResourceAttributes
from openinference.semconv.trace import SpanAttributes
from opentelemetry import trace
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Kinds
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS,
)
from opentelemetry.semconv.attributes import db_attributes, error_attributes, service_attributes
from pydantic import BaseModel

from agent.service import Service, open_service
from agent.settings import PROJECT, load_settings
from agent.traces import names, tracing
from agent.traces.callers import as_part_of
from agent.traces.sending import sender
from agent.turns import DoneTurn
from records.events import EVENT, Event, MessageReceived
from tests.integration.api_house import serving
from tests.integration.collector import Collector, Received
from tests.integration.conftest import Conversation, GraphServer, OpenHouse, led_house
from tests.integration.openai_server import (
    CACHED_TOKENS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Call,
    Fails,
    Says,
    ScriptedModel,
    calls,
)
from tests.unit.sample_trace import BEGAN, first_turn, second_turn
from tools.errors import MissingExtra, SettingsError

SORE = "Me duele muchísimo el pezón izquierdo cuando mama mi niña Maravillas"
ALL_THE_TIME = "pues me duele todo el rato mientras mama, desde el jueves"
HERS = ("Maravillas", "muchísimo", "izquierdo", "jueves", "mientras", "todo el rato")
KIND = SpanAttributes.OPENINFERENCE_SPAN_KIND


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as server:
        yield server


@pytest.fixture(scope="module")
def traced(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    collector: Collector,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """A house that a scripted model leads, and that tells the collector."""
    folder = tmp_path_factory.mktemp("traced")
    endpoint = collector.endpoint
    with led_house(graph_server, model_server, folder, traces_endpoint=endpoint) as service:
        yield service


@pytest.fixture
def fresh(collector: Collector) -> Collector:
    """The collector with nothing in it."""
    collector.bodies.clear()
    collector.headers.clear()
    return collector


def drawn(collector: Collector, span: Received) -> list[Any]:
    """What a span consists of: its name alone, or with its parts."""
    return [
        [part.name, *inside] if (inside := drawn(collector, part)) else part.name
        for part in collector.under(span)
    ]


def done(events: list[Event], thread: str = "her-conversation") -> DoneTurn:
    message = MessageReceived(at=BEGAN, text="")
    return DoneTurn(thread, message, events, seconds=0.5)


# What comes


def test_two_turns_come_as_two_trees(
    traced: Service, model: ScriptedModel, fresh: Collector
) -> None:
    model.script(calls("jump_to", node_id="dolor-cuando"), calls("ask", about="when"))
    model.script(calls("choose_option", option_id="toda-la-toma", quote="todo el rato"))
    model.script(calls("ask", about="more"))
    mother = Conversation(traced.assistant)
    mother.say(SORE)
    mother.say(ALL_THE_TIME)

    first, second = fresh.turns(2)
    jump = ["execute_tool jump_to", "decide", "move"]
    shown = drawn(fresh, first)
    assert [part[0] if isinstance(part, list) else part for part in shown] == [
        "guard",
        "understand",
        "retrieval",
        "chat scripted",
        "execute_tool jump_to",
        "chat scripted",
        "execute_tool ask",
        "decide",
        "reply",
    ]
    did = next(part for part in shown if part[0] == jump[0])
    assert [part[0] if isinstance(part, list) else part for part in did] == jump
    assert not first.parent
    assert not second.parent
    assert first.trace != second.trace
    assert first.attributes[names.CONVERSATION] == second.attributes[names.CONVERSATION]
    for turn in (first, second):
        assert turn.attributes[SpanAttributes.SESSION_ID] == turn.attributes[names.CONVERSATION]
        assert turn.attributes[names.OPERATION] == "invoke_agent"
        assert turn.attributes[names.NAVIGATOR] == "tools"
        assert all(
            turn.start <= span.start <= span.end <= turn.end
            for span in fresh.spans
            if span.trace == turn.trace
        )
    assert {span.attributes[KIND] for span in fresh.spans} == {
        *("AGENT", "GUARDRAIL", "CHAIN", "RETRIEVER", "LLM", "TOOL")
    }
    _look_at_a_call(next(span for span in fresh.spans if span.name == "chat scripted"))
    _look_at_a_retrieval(next(span for span in fresh.spans if span.name == "retrieval"))
    _look_at_a_query(next(span for span in fresh.spans if span.name == "view"))
    _hold_nothing_of_hers(fresh, mother.thread)


def _look_at_a_call(call: Received) -> None:
    assert call.kind == Kinds.SPAN_KIND_CLIENT
    told = call.attributes
    assert (told[names.OPERATION], told[names.PROVIDER]) == ("chat", "openai")
    assert told[names.REQUEST_MODEL] == told[SpanAttributes.LLM_MODEL_NAME] == "scripted"
    assert told[names.INPUT_TOKENS] == INPUT_TOKENS
    assert told[SpanAttributes.LLM_TOKEN_COUNT_PROMPT] == INPUT_TOKENS
    assert told[names.CACHED_TOKENS] == CACHED_TOKENS
    assert told[names.OUTPUT_TOKENS] == OUTPUT_TOKENS
    assert told[SpanAttributes.LLM_TOKEN_COUNT_COMPLETION] == OUTPUT_TOKENS
    assert told[SpanAttributes.LLM_TOKEN_COUNT_TOTAL] == INPUT_TOKENS + OUTPUT_TOKENS
    assert told[names.PROMPT] == "navigator+turn"
    assert told[names.FINISH_REASONS] == ["tool_calls"]


def _look_at_a_retrieval(found: Received) -> None:
    first = f"{SpanAttributes.RETRIEVAL_DOCUMENTS}.0.document"
    assert found.attributes[f"{first}.id"] == "dolor-cuando"
    assert 0.5 < found.attributes[f"{first}.score"] <= 1
    assert found.attributes[names.RETRIEVED].startswith('[{"id": "dolor-cuando", "score": 0.')


def _look_at_a_query(query: Received) -> None:
    assert query.kind == Kinds.SPAN_KIND_CLIENT
    assert query.attributes[db_attributes.DB_SYSTEM_NAME] == "neo4j"
    assert query.attributes[db_attributes.DB_QUERY_SUMMARY] == "view"
    assert "$tree" in query.attributes[db_attributes.DB_QUERY_TEXT]
    assert query.attributes[names.RETURNED_ROWS] >= 1


def _hold_nothing_of_hers(collector: Collector, *thread: str) -> None:
    sent = b"".join(collector.bodies)
    assert sent
    for word in (*HERS, *thread):
        assert word.encode() not in sent
        assert word.encode("ascii", "backslashreplace") not in sent


def test_a_model_that_fails_is_told_without_its_words(
    traced: Service, model: ScriptedModel, fresh: Collector
) -> None:
    model.script(*[Fails(500, f"cannot answer {SORE}")] * 3)  # it is asked again twice
    mother = Conversation(traced.assistant)
    mother.say(SORE)
    (turn,) = fresh.turns(1)
    (call,) = (span for span in fresh.spans if span.attributes[KIND] == "LLM")
    assert call.failed
    assert call.message == ""
    assert call.attributes[error_attributes.ERROR_TYPE].endswith("Error")
    assert call.attributes[names.FINISH_REASONS] == ["error"]
    assert not turn.failed  # she was answered
    told = {names.FROM: "openai:scripted", names.TO: "semantic", names.REASON: "failed"}
    assert turn.events == [("nodriza.fell_back", told)]
    _hold_nothing_of_hers(fresh, mother.thread)


def test_what_is_not_kept_is_not_traced(
    traced: Service, model: ScriptedModel, fresh: Collector
) -> None:
    model.script(calls("ask", about="all"), calls("ask", about="all"))
    Conversation(traced.private).say(SORE)
    Conversation(traced.assistant).say(SORE)  # it comes later, and is all that comes
    fresh.turns(1)


def test_a_turn_belongs_to_the_trace_of_whoever_asked_for_it(
    open_house: OpenHouse, fresh: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # FastAPI would send the addresses of all requests, which name conversations.
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv(OTEL_EXPORTER_OTLP_ENDPOINT, fresh.endpoint.removesuffix("/v1/traces"))
    house = open_house(navigator="menu", traces_endpoint=fresh.endpoint)
    parents = [f"{number:032x}" for number in (0xA11CE, 0xB0B)]
    with serving(house, f"sqlite:///{tmp_path}/data/records.db") as server:
        with server.caller() as caller:
            conversation = caller.opened()
            for number, parent in enumerate(parents):
                caller.headers["traceparent"] = f"00-{parent}-{7:016x}-01"
                caller.talk(conversation, "messages", message_id=str(number), text="hola")
            caller.headers["traceparent"] = "00-nonsense"
            caller.talk(conversation, "messages", message_id="2", text="hola")
            del caller.headers["traceparent"]
            caller.talk(conversation, "messages", message_id="3", text="hola")
        turns = fresh.turns(4)
    assert b"/conversations/" not in b"".join(fresh.bodies)
    assert conversation.encode() not in b"".join(fresh.bodies)
    assert [turn.trace.hex() for turn in turns[:2]] == parents
    assert [int.from_bytes(turn.parent) for turn in turns[:2]] == [7, 7]
    assert [turn.parent for turn in turns[2:]] == [b"", b""]


def test_messages_in_a_queue_belong_each_to_its_own_callers_trace(
    traced: Service, model: ScriptedModel, fresh: Collector
) -> None:
    model.always(Says((Call("ask", {"about": "all"}),), after=0.2))
    parents = [f"{number:032x}" for number in (0xA11CE, 0xB0B)]
    waiting = []
    for number, parent in enumerate(parents):
        with as_part_of({"traceparent": f"00-{parent}-{7:016x}-01"}):
            waiting.append(traced.assistant.reply("a queue", str(number), SORE))
    for turn in waiting:
        list(turn)
    assert [turn.trace.hex() for turn in fresh.turns(2)] == parents


# What does not


MAY_GO = {
    "prepared": {"tree", "navigator", "models"},
    "screened": {"level", "sign"},
    "understood": {"topics.id", "facts.name"},
    "located": {"candidates.id"},
    "decided": {"node", "action", "why", "posterior.id", "evidence.source"},
    "moved": {"kind", "origin", "target", "move", "topic", "facts_used"},
    "graph_queried": {"name", "cypher"},
    "model_called": {"model", "prompt"},
    "fell_back": {"origin", "target", "why"},
    "replied": {"kind", "node", "urgency"},
}
"""The only texts of the record that a collector may get."""
FIXED = {"at", "type", "phrasing", "ahead", "state"}
"""Of few values, or times."""


def sealed(event: BaseModel, secrets: list[str]) -> Event:
    """The event with a secret in every other text, as many as there are."""

    def seal(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: seal(one, f"{path}.{key}".strip(".")) for key, one in value.items()}
        if isinstance(value, list):
            return [seal(one, path) for one in value]
        if not isinstance(value, str) or path in FIXED | MAY_GO.get(raw["type"], set()):
            return value
        secrets.append(f"secreto{len(secrets)}deella")
        # An error begins with its class, which may go.
        return f"ValueError: {secrets[-1]}" if path in ("cause", "error") else secrets[-1]

    raw = event.model_dump(mode="json")
    return EVENT.validate_python(seal(raw, ""))


def test_no_text_but_what_is_listed_leaves(fresh: Collector) -> None:
    secrets: list[str] = []
    turns = [[sealed(event, secrets) for event in turn] for turn in (first_turn(), second_turn())]
    kinds = {event.type for turn in turns for event in turn}
    assert len(kinds) == len(EVENT.json_schema()["discriminator"]["mapping"])
    assert len(secrets) > 50
    with sender(fresh.endpoint) as tell:
        for events in turns:
            tell(done(events, "conversacion-de-ella"))
    _, second = fresh.turns(2)
    assert second.failed
    assert second.attributes[error_attributes.ERROR_TYPE] == "ValueError"
    sent = b"".join(fresh.bodies)
    assert b"rechazo.crying" in sent
    assert [secret for secret in secrets if secret.encode() in sent] == []
    assert b"conversacion-de-ella" not in sent
    values = [v for span in fresh.spans for v in span.attributes.values()]
    assert 21.0 not in values  # her baby's age


def test_the_same_conversation_has_another_name_in_another_process(fresh: Collector) -> None:
    for _ in range(2):
        with sender(fresh.endpoint) as tell:
            tell(done([]))
            tell(done([]))
    turns = fresh.turns(4)
    assert len({turn.attributes[names.CONVERSATION] for turn in turns}) == 2
    instances = {r[service_attributes.SERVICE_INSTANCE_ID] for r in fresh.resources}
    assert len(instances) == 2
    assert {r[service_attributes.SERVICE_NAME] for r in fresh.resources} == {"nodriza"}
    assert {r[ResourceAttributes.PROJECT_NAME] for r in fresh.resources} == {"nodriza"}


def test_nothing_else_in_the_process_begins_to_trace(fresh: Collector) -> None:
    with sender(fresh.endpoint):
        trace.get_tracer("a library").start_span("what it sees of her").end()
    assert fresh.spans == []


def test_off_imports_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; import agent.service; from agent.traces import tracing;"
        " from agent.settings import load_settings\n"
        "with tracing(load_settings()) as tell: tell(None)\n"
        # Not the SDK, which LangSmith imports where it is installed.
        "ours = ('opentelemetry.exporter', 'openinference', 'agent.traces.')\n"
        "print([name for name in sys.modules if name.startswith(ours)])"
    )
    environment = {"PYTHONPATH": str(PROJECT), "PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "[]\n"


# When it goes wrong


def test_a_collector_that_is_not_there_costs_nothing_and_is_told_once(
    graph_server: GraphServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(
        data_folder=tmp_path,
        navigator="menu",
        traces_endpoint="http://127.0.0.1:9/v1/traces",
        **graph_server.settings(),
    )
    with open_service(settings) as service:
        mother = Conversation(service.assistant)
        mother.say(SORE)
        started = time.monotonic()
        for _ in range(20):
            mother.say(ALL_THE_TIME)
        assert time.monotonic() - started < 5.0
        closing = time.monotonic()
    assert time.monotonic() - closing < 10.0
    warned = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [record.name for record in warned] == ["agent.traces.sending"]
    assert "NODRIZA_TRACES_ENDPOINT" in warned[0].getMessage()
    assert not warned[0].exc_info


def test_a_collector_that_hangs_holds_up_neither_turns_nor_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def hang() -> int:
        time.sleep(1.5)
        return 200

    with Collector(hang) as slow:
        started = time.monotonic()
        with sender(slow.endpoint, timeout=0.3) as tell:
            for _ in range(400):  # more spans than may wait
                tell(done(first_turn()))
            told = time.monotonic() - started
        ended = time.monotonic() - started - told
    assert told < 8.0
    assert ended < 3.0
    assert len([r for r in caplog.records if r.name == "agent.traces.sending"]) == 1


def test_a_collector_that_comes_back_gets_what_follows(caplog: pytest.LogCaptureFixture) -> None:
    answers: Callable[[], int] = iter([400, 200]).__next__
    with Collector(answers) as flaky, sender(flaky.endpoint) as tell:
        tell(done([], "lost"))
        until = time.monotonic() + 10
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.02)
        tell(done([], "taken"))
        flaky.turns(1)
    said = [record.getMessage() for record in caplog.records]
    assert ["does not take" in said[0], "again" in said[1]] == [True, True]
    assert len(said) == 2


def test_what_cannot_be_traced_costs_the_turn_nothing(
    fresh: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    with sender(fresh.endpoint) as tell:
        message = MessageReceived(at=BEGAN, text=SORE)
        tell(DoneTurn(SORE, message, [], seconds=math.nan))
    (record,) = caplog.records
    assert "a turn could not be traced: ValueError" in record.getMessage()
    assert SORE not in caplog.text


# Switching it on


def test_the_collectors_password_is_a_header_of_the_standard_variable(
    fresh: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OTEL_EXPORTER_OTLP_HEADERS, "authorization=Bearer%20abc")
    with sender(fresh.endpoint) as tell:
        tell(done([]))
    assert fresh.headers[0]["authorization"] == "Bearer abc"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "agent.traces.sending", None)
    on = load_settings(traces_endpoint="http://127.0.0.1:4318/v1/traces")
    with pytest.raises(MissingExtra, match=r"NODRIZA_TRACES_ENDPOINT needs .*\[traces\]"):
        tracing(on).__enter__()


@pytest.mark.parametrize(
    "wrong",
    [
        "127.0.0.1:4318",
        "http://127.0.0.1:4318",
        "http://127.0.0.1:4318/",
        "grpc://127.0.0.1:4317/v1/traces",
        "https:///v1/traces",
        "https://user:secret@collector/v1/traces",
        "https://collector/v1/traces?key=1",
    ],
)
def test_an_address_that_takes_no_traces_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"NODRIZA_TRACES_ENDPOINT=.*/v1/traces"):
        load_settings(traces_endpoint=wrong)
