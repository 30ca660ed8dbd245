"""What the API answers when something of ours is broken, and what it writes down of it."""

import logging
from collections.abc import Callable
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI

from records.store import RecordError, UnknownConversation
from tests.loops import run_apart
from tools.errors import GraphUnavailable
from ui.api.problems import Refusal, handle_problems

SECRET = "me duele mucho"


def failing(error: Exception) -> FastAPI:
    """An application whose one route fails."""
    app = FastAPI(openapi_url=None)
    handle_problems(app)

    @app.get("/")
    def fail() -> None:
        raise error

    return app


Ask = Callable[[Exception], httpx.Response]


@pytest.fixture
def ask() -> Ask:
    def asked(error: Exception) -> httpx.Response:
        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(failing(error))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get("/")

        return run_apart(get())

    return asked


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (RuntimeError(SECRET), 500, "our fault"),
        (RecordError(SECRET), 503, "the record does not answer"),
        (GraphUnavailable(SECRET), 503, "the graph does not answer"),
    ],
)
def test_a_fault_is_a_problem_that_tells_no_text(
    ask: Ask, caplog: pytest.LogCaptureFixture, error: Exception, status: int, says: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = ask(error)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]
    assert ("retry-after" in response.headers) == (status == 503)
    # Where it happened is logged, and not what it said.
    assert type(error).__name__ in caplog.text
    assert "in fail" in caplog.text
    assert SECRET not in response.text + caplog.text


def test_a_conversation_that_was_erased_meanwhile_is_not_there(ask: Ask) -> None:
    response = ask(UnknownConversation())
    assert response.status_code == 404
    assert response.json()["type"] == "urn:nodriza:problem:no-such-conversation"


def test_a_refusal_has_its_type_and_what_is_valid(ask: Ask) -> None:
    response = ask(Refusal(HTTPStatus.CONFLICT, "no", "No", "not 'a'", valid=["b"]))
    assert response.status_code == 409
    assert response.json() == {
        "type": "urn:nodriza:problem:no",
        "title": "No",
        "status": 409,
        "detail": "not 'a'",
        "valid": ["b"],
    }
