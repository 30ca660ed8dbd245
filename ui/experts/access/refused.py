"""What the panel refuses: a calm page for people, a line in the log."""

import logging
from collections.abc import MutableMapping
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.texts import Texts
from records.audit import NOBODY, Audit
from records.store import RecordError
from ui.experts.access.doors import COOKIE, SignedIn, wants_page
from ui.experts.frame import page
from ui.experts.ways import HOME, MY_ACCOUNT, SIGN_IN
from ui.hers.document import link, paragraph

_PREFIX = "/expertas"
_OF_STRANGERS, _OF_PEOPLE = parse("60/hour"), parse("600/hour")
"""Lines that are written of those without a session together, and of each account: a scanner must
not fill the disk."""
_LOG = logging.getLogger(__name__)


def guard(app: FastAPI, audit: Audit, texts: Texts) -> None:
    """Give an application with the panel's pages its refusals."""
    app.add_middleware(_Refusals, audit=audit)

    async def told(request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, HTTPException):
            raise refusal
        panel = request.url.path.startswith(f"{_PREFIX}/") and wants_page(request)
        if panel and refusal.status_code in (401, 403, 404):
            return _page(request, texts, refusal.status_code, refusal.headers)
        return await http_exception_handler(request, refusal)

    async def invalid(request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, RequestValidationError):
            raise refusal
        request.state.invalid = True
        return await request_validation_exception_handler(request, refusal)

    app.add_exception_handler(HTTPException, told)
    app.add_exception_handler(RequestValidationError, invalid)


def _page(request: Request, texts: Texts, status: int, headers: Any) -> Response:
    way = (SIGN_IN, "sign_in") if status == 401 else (HOME, "home")
    ways = link(way[0], texts(f"experts.turned_away.{way[1]}"), "button strong")
    if status == 403:
        ways += link(MY_ACCOUNT, texts("experts.turned_away.account"), "button")
    heading = texts(f"experts.turned_away.heading_{status}")
    told = paragraph(texts(f"experts.turned_away.told_{status}"))
    shown = page(request, texts, heading, told, f'<p class="row">{ways}</p>', status=status)
    shown.headers.update(headers or {})
    return shown


class _Refusals:
    """Writes down each refusal of the panel."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self._app = app
        self._audit = audit
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        status = 0
        location = ""
        scope.setdefault("state", {})  # shared with what is mounted

        async def watched(message: Message) -> None:
            nonlocal status, location
            if message["type"] == "http.response.start":
                status = message["status"]
                location = dict(message["headers"]).get(b"location", b"").decode("latin-1")
            await send(message)

        await self._app(scope, receive, watched)
        turned_away = status == 303 and location.startswith(SIGN_IN) and not _leaves(scope)
        if scope["state"].get("noted"):
            return
        # A page that says what is wrong with a form is 422 too: that is no refusal.
        forged = status == 422 and scope["state"].get("invalid")
        if turned_away or forged or status in (401, 403, 404, 413, 429):
            await to_thread.run_sync(self._write, scope, status)

    def _write(self, scope: MutableMapping[str, Any], status: int) -> None:
        found: SignedIn | None = scope["state"].get("expert")
        person = found.person if found else None
        if person is None and status == 404:
            return  # nothing of the panel was asked for
        of = _OF_PEOPLE if person else _OF_STRANGERS
        if not self._limiter.hit(of, person.name if person else NOBODY):
            return
        route = scope.get("route")
        path = str(getattr(route, "path", "") or _PREFIX)[:_LONGEST]
        forged = not person and COOKIE in Request(scope).cookies
        try:
            self._audit.note(
                person.name if person else NOBODY,
                person.role if person else None,
                "refused",
                path=path,
                status=status,
                about="session" if forged else None,
            )
        except RecordError:
            _LOG.error("a refusal of the experts' panel could not be written down")


_LONGEST = 120
"""Characters of a pattern."""


def _leaves(scope: MutableMapping[str, Any]) -> bool:
    """Whether somebody signed out, which leads to the sign-in too."""
    return bool(scope["method"] == "POST")
