"""Turns -> OpenTelemetry spans, sent as OTLP over HTTP by a thread of its own.

A turn waits for nothing here: its spans go into a queue of bounded length, and what does not fit is
dropped. The provider is ours alone, never OpenTelemetry's global one: else whatever in this
process traces by itself, as FastAPI does, would begin to send what it sees of her.
"""

import hashlib
import logging
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from openinference.semconv.resource import ResourceAttributes
from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.service_attributes import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
)
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from agent.models.prices import Prices
from agent.traces import Tell, names
from agent.traces.attributes import Attributes, error_class, kind
from agent.traces.steps import NO_PRICES, Step, steps_of
from agent.turns import DoneTurn, log_error
from records.events import Failed, FellBack, ModelAwaited, Prepared, last_reply

log = logging.getLogger(__name__)

AGENT = "nodriza"
_QUEUE = 4096
"""Spans that may wait: those of some hundred turns."""
_EVERY = 500.0
"""Milliseconds between two batches."""
_SDK_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)
"""They tell of each failure, some with a stack; we tell once."""


@contextmanager
def sender(endpoint: str, prices: Prices = NO_PRICES, timeout: float = 5.0) -> Iterator[Tell]:
    """Sends turns to a collector; what waits is sent at the end of the block, or given up.

    `timeout` is how many seconds one batch may take to be sent, its retries included.
    """
    for name in _SDK_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    exporter = _CalmExporter(OTLPSpanExporter(endpoint, timeout=timeout))
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=_QUEUE, schedule_delay_millis=_EVERY)
    )
    try:
        yield _Teller(provider, prices).tell
    finally:
        exporter.closing = True
        provider.shutdown()


def _resource() -> Resource:
    """Who sends. OTEL_RESOURCE_ATTRIBUTES adds to it."""
    return Resource.create(
        {
            SERVICE_NAME: AGENT,
            SERVICE_VERSION: version("nodriza"),
            SERVICE_INSTANCE_ID: str(uuid.uuid4()),
            ResourceAttributes.PROJECT_NAME: AGENT,
        }
    )


class _Teller:
    """Makes spans of turns."""

    def __init__(self, provider: TracerProvider, prices: Prices) -> None:
        self._prices = prices
        self._tracer = provider.get_tracer("nodriza.agent", schema_url=Schemas.V1_44_0.value)
        # A conversation's id opens it, so it must not leave. What stands for it here says which
        # turns belong together; without this key, which is nowhere else and ends with the process,
        # nobody finds the conversation by it, or it by the conversation.
        self._key = secrets.token_bytes(32)

    def tell(self, done: DoneTurn) -> None:
        """Queue the spans of a turn. Whatever fails here is logged and costs the turn nothing."""
        try:
            self._tell(done)
        except Exception as error:  # noqa: BLE001 - the turn is done, whatever becomes of its trace
            log_error("a turn could not be traced", error)

    def _tell(self, done: DoneTurn) -> None:
        ended = datetime.now(UTC)
        began = ended - timedelta(seconds=done.seconds)
        # A caller of the API may have a trace of its own: the turn is then a part of it.
        turn = self._tracer.start_span(
            f"invoke_agent {AGENT}",
            kind=SpanKind.INTERNAL,
            attributes=dict(self._attributes(done, began)),
            start_time=_nanoseconds(began),
        )
        _add_notes(turn, done)
        inside = trace.set_span_in_context(turn)
        for step in steps_of(done.events, began, self._prices):
            _add_step(self._tracer, step, inside)
        failed = next((event for event in done.events if isinstance(event, Failed)), None)
        if failed is not None:
            _fail(turn, error_class(failed.cause))
        turn.end(_nanoseconds(ended))

    def _attributes(self, done: DoneTurn, began: datetime) -> Attributes:
        conversation = self._pseudonym(done.thread)
        found = {
            **kind(OpenInferenceSpanKindValues.AGENT),
            names.OPERATION: "invoke_agent",
            names.AGENT: AGENT,
            names.AGENT_VERSION: version("nodriza"),
            names.CONVERSATION: conversation,
            names.MESSAGE: done.message.type,
            names.WAITED: max(0.0, (began - done.message.at).total_seconds()),
            SpanAttributes.AGENT_NAME: AGENT,
            SpanAttributes.SESSION_ID: conversation,
        }
        prepared = next((event for event in done.events if isinstance(event, Prepared)), None)
        if prepared is not None:
            found |= {names.TREE: prepared.tree, names.NAVIGATOR: prepared.navigator}
        reply = last_reply(done.events)
        if reply is not None:
            found |= {names.REPLY: reply.kind, names.URGENCY: reply.urgency}
            found |= {names.NODE: reply.node} if reply.node else {}
        return found

    def _pseudonym(self, thread: str) -> str:
        return hashlib.blake2b(thread.encode(), key=self._key, digest_size=12).hexdigest()


def _add_step(tracer: Tracer, step: Step, inside: Context) -> None:
    span = tracer.start_span(
        step.name,
        inside,
        SpanKind.CLIENT if step.remote else SpanKind.INTERNAL,
        dict(step.attributes),
        start_time=_nanoseconds(step.start),
    )
    if step.error:
        _fail(span, step.error)
    for part in step.steps:
        _add_step(tracer, part, trace.set_span_in_context(span))
    span.end(_nanoseconds(step.end))


def _add_notes(turn: Span, done: DoneTurn) -> None:
    """What happened to the turn as a whole, without the causes' texts."""
    for event in done.events:
        match event:
            case FellBack():
                told: Attributes = {
                    names.FROM: event.origin,
                    names.TO: event.target,
                    names.REASON: event.why,
                }
            case ModelAwaited():
                told = {names.AHEAD: event.ahead}
            case _:
                continue
        turn.add_event(f"nodriza.{event.type}", dict(told), _nanoseconds(event.at))


def _fail(span: Span, error: str) -> None:
    span.set_attribute(ERROR_TYPE, error)
    span.set_status(Status(StatusCode.ERROR))


def _nanoseconds(moment: datetime) -> int:
    """Since 1970, as exact as the record is."""
    return round(moment.timestamp() * 1_000_000) * 1000


class _CalmExporter(SpanExporter):
    """Says once that the collector does not answer, and once that it does again."""

    closing = False
    """The next failure is the last attempt: an end must not wait for a dead machine."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch."""
        if self.closing and self._down:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        down = result is not SpanExportResult.SUCCESS
        if down and not self._down:
            log.warning(
                "the collector of NODRIZA_TRACES_ENDPOINT does not take the traces: these are lost;"
                " conversations go on as always"
            )
        elif self._down and not down:
            log.warning("the collector of NODRIZA_TRACES_ENDPOINT takes the traces again")
        self._down = down
        return result

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return self._exporter.force_flush(timeout_millis)
