"""A collector of traces: a real HTTP server that takes OTLP as protobuf and keeps what came."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


@dataclass(frozen=True)
class Received:
    """A span as it came."""

    id: bytes
    trace: bytes
    parent: bytes
    name: str
    kind: int
    start: int
    end: int
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    failed: bool
    message: str
    """Of its status."""


class Collector:
    """The server. Use as a context manager."""

    def __init__(self, answers: Callable[[], int] = lambda: 200) -> None:
        """`answers` gives the status of each answer; it may take its time."""
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answers = answers
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.collector = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def endpoint(self) -> str:
        """Where it takes traces."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"

    @property
    def resources(self) -> list[dict[str, Any]]:
        """Who sent, once for each batch."""
        return [
            _plain(group.resource.attributes)
            for body in self.bodies
            for group in ExportTraceServiceRequest.FromString(body).resource_spans
        ]

    @property
    def spans(self) -> list[Received]:
        """All that came."""
        return [span for body in self.bodies for span in _read(body)]

    def turns(self, how_many: int, patience: float = 10.0) -> list[Received]:
        """The roots of so many turns, waited for."""
        until = time.monotonic() + patience
        while True:
            roots = [span for span in self.spans if span.name == "invoke_agent nodriza"]
            if len(roots) >= how_many or time.monotonic() > until:
                assert len(roots) == how_many
                return sorted(roots, key=lambda span: span.start)
            time.sleep(0.02)

    def under(self, parent: Received) -> list[Received]:
        """What a span consists of, in order of time."""
        parts = [s for s in self.spans if s.parent == parent.id and s.trace == parent.trace]
        return sorted(parts, key=lambda span: (span.end, span.start))

    def __enter__(self) -> "Collector":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _read(body: bytes) -> Iterator[Received]:
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Received(
                    span.span_id,
                    span.trace_id,
                    span.parent_span_id,
                    span.name,
                    span.kind,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    _plain(span.attributes),
                    [(event.name, _plain(event.attributes)) for event in span.events],
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    span.status.message,
                )


def _plain(attributes: Any) -> dict[str, Any]:
    pairs: list[KeyValue] = list(attributes)
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, which) if which else None


class _Server(ThreadingHTTPServer):
    collector: Collector
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.collector.answers()
        if status == 200:
            self.server.collector.headers.append(dict(self.headers))
            self.server.collector.bodies.append(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.end_headers()
        self.wfile.write(ExportTraceServiceResponse().SerializeToString())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
