"""A stand-in for the HTTP API of a paid provider that is not OpenAI's: a function answers."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: Any


@dataclass
class Api:
    """A running server and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)


Answer = Callable[[Request], tuple[int, Any]]
"""From a request to the status and the JSON of its reply."""


@contextmanager
def api_server(answer: Answer) -> Iterator[Api]:
    """A server on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(raw) if raw else None
            request = Request(self.command, self.path, headers, body)
            api.requests.append(request)
            status, content = answer(request)
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815 - the base class's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api = Api(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
