"""The HTTP API as an application of its own, to be mounted at PREFIX (docs/api.md)."""

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.traces.callers import as_part_of
from ui.api import conversations, talk
from ui.api.messages import AnalysedMessage, MessageToAnalyse
from ui.api.parts import Analyst, Monitor, Parts, PartsOf
from ui.api.problems import handle_problems

PREFIX = "/api/v1"
_LARGEST_BODY = 64 * 1024
"""Bytes: the longest message with every letter escaped takes 48,000."""
_ERRORS = {
    400: "The body is not UTF-8",
    401: "No valid key",
    403: "The key's role is not enough",
    404: "No such conversation",
    409: "Another message has this id, or this cannot be chosen now",
    413: "The request is too large",
    422: "The request is not valid",
    429: "Too many requests; Retry-After says in how many seconds again",
    500: "A fault of ours, which is logged",
    503: "The record or the graph does not answer; Retry-After says when to try again",
}
_DESCRIPTION = """
Nodriza's conversations for programs. Errors are problem details (RFC 9457). The events are those
that the chat and the experts' page are made of; a key of the role `app` gets the ones that a screen
needs, a researcher's or admin's also `graph_queried`, `model_called` and `tool_called`.
"""


def create_api(parts: Parts) -> FastAPI:
    """The API on these parts."""
    api = FastAPIOffline(
        title="Nodriza",
        version="1",
        description=_DESCRIPTION,
        redoc_url=None,
        responses={status: {"description": text} for status, text in _ERRORS.items()},
        # Would send what a wrong request says to a collector, if a variable of the shell said so.
        telemetry={"auto_configure": False, "logs": False},
    )
    api.state.parts = parts
    handle_problems(api)
    api.add_middleware(_Bounds)
    api.add_middleware(_CallersTrace)
    api.include_router(conversations.router)
    api.include_router(talk.router)
    api.post("/analyse", tags=["analysis"])(analyse_message)
    api.get("/metrics", tags=["operation"], response_class=_PrometheusText)(read_metrics)
    return api


def analyse_message(its: PartsOf, _: Analyst, given: MessageToAnalyse) -> AnalysedMessage:
    """Say what a message tells, outside any conversation: nothing of it is kept."""
    found = its.assistant.analyse(given.text)
    return AnalysedMessage(
        red_flags=found.screened, understood=found.understood, entry_points=found.located
    )


class _PrometheusText(Response):
    media_type = CONTENT_TYPE_LATEST


def read_metrics(its: PartsOf, _: Monitor) -> _PrometheusText:
    """Turns, durations, outcomes and calls to the model of this process, for Prometheus."""
    return _PrometheusText(generate_latest(its.metrics))


class _CallersTrace:
    """A turn that a caller asks for belongs to the trace that the caller names, if any."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with as_part_of(Headers(scope=scope) if scope["type"] == "http" else {}):
            await self._app(scope, receive, send)


class _Bounds:
    """Refuses a body that is too large, and forbids caches to keep what she said.

    FastAPI's own limit answers in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def receive_bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > _LARGEST_BODY:
                raise HTTPException(413, f"a request may have {_LARGEST_BODY} bytes")
            return message

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive_bounded, send_marked)
