"""A stand-in for OpenAI's API: a real HTTP server that says what its script says.

It is the one fake of these tests, at the boundary of what cannot be had here: a paid API. The
client, its retries and time-outs, and everything behind it are the real ones. Each request is
kept, so that a test can read what the model was given.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

INPUT_TOKENS = 321
CACHED_TOKENS = 300
OUTPUT_TOKENS = 12


@dataclass(frozen=True)
class Call:
    """A tool call. Arguments given as text are sent as they are, well-formed or not."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Says:
    """A reply: tool calls, text, or both."""

    calls: tuple[Call, ...] = ()
    text: str | None = None
    after: float = 0.0
    """Seconds that it takes."""
    pause: float = 0.0
    """Seconds before each piece, where it is streamed."""


@dataclass(frozen=True)
class Fails:
    """An HTTP error."""

    status: int
    message: str = "the stand-in fails as its script says"


@dataclass(frozen=True)
class HangsUp:
    """The connection is closed without an answer."""


Reply = Says | Fails | HangsUp
Mind = Callable[[dict[str, Any]], Reply]
"""From a request to the reply."""


def calls(name: str, /, **arguments: Any) -> Says:
    """A reply that calls one tool."""
    return Says((Call(name, arguments),))


class ScriptedModel:
    """The server. Use as a context manager."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        """Bodies of all requests, in order."""
        self.unscripted = 0
        """Requests for which the script had nothing left."""
        self._script: deque[Reply] = deque()
        self._mind: Mind | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._given = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.model = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Base URL for the client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, *replies: Reply) -> None:
        """Add to what it says, in order."""
        with self._lock:
            self._script += replies

    def always(self, mind: Mind | Reply) -> None:
        """What it says from now on when the script is empty."""
        if isinstance(mind, Says | Fails | HangsUp):
            reply = mind
            self._mind = lambda _request: reply
        else:
            self._mind = mind

    def forget(self) -> None:
        """Begin anew, with neither script nor requests."""
        with self._lock:
            self._script.clear()
            self._mind = None
            self.requests.clear()
            self.unscripted = 0

    @property
    def left(self) -> int:
        """How much of the script has not been said."""
        with self._lock:
            return len(self._script)

    def seen(self, request: int = -1) -> list[dict[str, Any]]:
        """The messages of a request."""
        messages: list[dict[str, Any]] = self.requests[request]["messages"]
        return messages

    def answered(self, request: int = -1) -> str:
        """What the last tool call before a request was answered, as the model sees it."""
        last = self.seen(request)[-1]
        assert last["role"] == "tool", f"the last message is of {last['role']!r}"
        return str(last["content"])

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "ScriptedModel":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._closing.is_set():
            self.stop()

    def _answer(self, request: dict[str, Any]) -> Reply:
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.popleft()
            if self._mind is not None:
                return self._mind(request)
            self.unscripted += 1
            return Fails(400, "the script is over")

    def _completion(self, request: dict[str, Any], reply: Says) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if reply.calls:
            message["tool_calls"] = [self._call(call) for call in reply.calls]
        return {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 1_795_392_000,
            "model": request["model"],
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if reply.calls else "stop",
                }
            ],
            "usage": {
                "prompt_tokens": INPUT_TOKENS,
                "completion_tokens": OUTPUT_TOKENS,
                "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
                "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
            },
        }

    def _call(self, call: Call) -> dict[str, Any]:
        with self._lock:
            self._given += 1
            number = self._given
        raw = call.arguments
        arguments = raw if isinstance(raw, str) else json.dumps(dict(raw), ensure_ascii=False)
        function = {"name": call.name, "arguments": arguments}
        return {"id": f"call_{number}", "type": "function", "function": function}


class _Server(ThreadingHTTPServer):
    model: ScriptedModel
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": f"no {self.path}"}})
            return
        reply = self.server.model._answer(body)
        match reply:
            case HangsUp():
                self.close_connection = True
            case Fails(status=status, message=message):
                self._send(status, {"error": {"message": message, "type": "scripted"}})
            case Says(after=seconds):
                if seconds and self.server.model._closing.wait(seconds):
                    return
                completion = self.server.model._completion(body, reply)
                if body.get("stream"):
                    self._stream(completion, reply.pause)
                else:
                    self._send(200, completion)

    def _stream(self, completion: dict[str, Any], pause: float) -> None:
        """The same, word by word as server-sent events."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        said = completion["choices"][0]["message"]["content"] or ""
        deltas = [{"content": f"{word} "} for word in said.split()]
        for delta in deltas:
            if self.server.model._closing.wait(pause):
                return
            self._piece({**completion, "choices": [{"index": 0, "delta": delta}]})
        self._piece({**completion, "choices": []})
        self.wfile.write(b"data: [DONE]\n\n")

    def _piece(self, content: dict[str, Any]) -> None:
        chunk = {**content, "object": "chat.completion.chunk"}
        if chunk["choices"]:
            chunk.pop("usage")
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _send(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        # The client's retries need not take the time that they take in the world.
        self.send_header("retry-after-ms", "5")
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet."""


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.005)
