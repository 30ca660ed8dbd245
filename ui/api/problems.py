"""Errors of the HTTP API as problem details (RFC 9457).

    Refusal                     a request that is wrong: status, type and what is valid
    RequestValidationError      its shape is wrong: each place with its value
    RecordError, NodrizaError   the record or the graph does not answer: 503
    anything else               500; the log says where, nobody what

No text of an unexpected error leaves the process: it may hold her words or a password.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.constants import REF_TEMPLATE
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.turns import log_error
from records.store import RecordError, UnknownConversation
from tools.errors import NodrizaError

MEDIA_TYPE = "application/problem+json"
_LONGEST_QUOTE = 80
"""Characters of a wrong value that are quoted."""


class WrongValue(BaseModel):
    """A value of the request that is not valid."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    place: str
    """Where it stands: body/text, path/conversation, query/limit."""
    value: str
    """The value as Python writes it, at most 80 characters of it."""
    detail: str
    """What is wrong with it."""


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """urn:nodriza:problem:… for what is this API's own; about:blank where the status says all."""
    title: str
    """What kind of problem, in few words; the same for all of a type."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong with this request, and what is valid."""
    errors: list[WrongValue] = []
    """The wrong values, where the request's shape is wrong."""
    valid: list[str] = []
    """What would be valid, where that can be listed."""


class Refusal(Exception):
    """The request cannot be done."""

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        title: str,
        detail: str,
        *,
        valid: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`name` ends the problem's type; `valid` lists what would have been right."""
        super().__init__(detail)
        self.headers = headers
        self.problem = Problem(
            type=f"urn:nodriza:problem:{name}",
            title=title,
            status=status,
            detail=detail,
            valid=list(valid),
        )


def no_conversation() -> Refusal:
    """The conversation is not there, or not this client's: which of the two is not told."""
    return Refusal(
        HTTPStatus.NOT_FOUND,
        "no-such-conversation",
        "No such conversation",
        "there is no conversation with this id, or it is another client's; open one with"
        " POST /conversations",
    )


def handle_problems(app: FastAPI) -> None:
    """Answer every error of an application with a problem, and describe that in its OpenAPI."""
    app.add_middleware(_LastResort)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RecordError, _unavailable)
    app.add_exception_handler(NodrizaError, _unavailable)
    described = app.openapi
    app.openapi = lambda: _with_problems(described)  # type: ignore[method-assign]


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    content = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(content, problem.status, dict(headers or {}), media_type=MEDIA_TYPE)


def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return respond(error.problem, error.headers)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return respond(_plain(error.status_code, error.detail), error.headers)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [
        WrongValue(
            place="/".join(map(str, one["loc"])), value=_quoted(one["input"]), detail=one["msg"]
        )
        for one in error.errors()
    ]
    detail = "; ".join(f"{one.place} is {one.value}: {one.detail}" for one in wrong)
    problem = Problem(
        type="urn:nodriza:problem:invalid-request",
        title="The request is not valid",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail=detail,
        errors=wrong,
    )
    return respond(problem)


def _unavailable(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, UnknownConversation):
        return respond(no_conversation().problem)
    log_error("a request could not be done", error)
    part = "record" if isinstance(error, RecordError) else "graph"
    detail = f"the {part} does not answer; nothing was lost: try again in a moment"
    return respond(_plain(HTTPStatus.SERVICE_UNAVAILABLE, detail), {"Retry-After": "5"})


def _plain(status: int, detail: str) -> Problem:
    title = HTTPStatus(status).phrase
    return Problem(type="about:blank", title=title, status=status, detail=detail)


def _quoted(value: object) -> str:
    # ascii() also writes what no encoding can: a lone surrogate in her message.
    text = ascii(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


class _LastResort:
    """Catches what no handler did, which the server would log with its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not be logged
            log_error("a request failed", error)
            if not started:
                detail = "this is our fault and it is logged; try again in a moment"
                response = respond(_plain(HTTPStatus.INTERNAL_SERVER_ERROR, detail))
                await response(scope, receive, send)


def _with_problems(described: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An OpenAPI description whose errors are all problems."""
    description = described()
    schemas = description["components"]["schemas"]
    if "Problem" in schemas:
        return description
    schema = Problem.model_json_schema(ref_template=REF_TEMPLATE)
    schemas.update(schema.pop("$defs"))
    schemas["Problem"] = schema
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    reference = {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}
    for path in description["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: reference}
    return description
