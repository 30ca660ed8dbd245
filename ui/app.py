"""The web application: the mothers' page, the experts' panel, and what protects both."""

import os
import re
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.texts import Texts, languages, load_texts
from ui.api.app import PREFIX
from ui.api.streams import Streams
from ui.chat import Visits, build_chat
from ui.experts.access.doors import Access
from ui.experts.access.refused import guard
from ui.hers.person import People
from ui.hers.routes import her_pages
from ui.readiness import ready
from ui.shell import Shell
from ui.theme import CSS_FILE, head, theme
from ui.visitor import COOKIE

# Read when a page is built: without it Gradio reports each start to its makers.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


def create_app(
    visits: Visits,
    texts: Texts,
    *,
    country: str,
    access: Access | None,
    on_stop: Callable[[], None],
    parts: Mapping[str, Callable[[], object]] | None = None,
    api: FastAPI | None = None,
    model: str | None = None,
    people: People | None = None,
    keep_days: int | None = None,
    beside_experts: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application; with the experts' pages where there is an `access`, behind its doors.

    `on_stop` is called when the server ends, by a signal too. `parts` are asked whether the
    application is ready: one that raises is not. The HTTP API `api` is served at its PREFIX.
    `texts` are those of the page at "/"; each other language has its page at a path of its own.
    Where there are `people` a mother may ask for one; they answer in the experts' panel. Her data
    page says that conversations without activity are erased after `keep_days`. `beside_experts` are
    pages of the experts, which ask `access` themselves.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            # Code behind uvicorn.run() is never reached after a signal.
            on_stop()

    pages = {f"/{it}/": load_texts(it) for it in languages() if it != texts.language}
    pages["/"] = texts  # the last one: it takes every path that nobody took before
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        # Would send addresses, which name conversations, if a variable of the shell said so.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    if access is not None:
        guard(app, access.audit, texts)
    app.add_middleware(Shell, pages=pages, country=country)
    # Gradio compresses its own files only.
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(_Gate)

    @app.get("/salud")
    def health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/salud/listo")
    def readiness() -> JSONResponse:
        return ready(parts or {})

    if api is not None:
        app.mount(PREFIX, api)
    if access is not None:
        _redirect(app, "/expertas")
        for router in beside_experts:
            app.include_router(router)
    app.include_router(her_pages(visits, texts, country, people, keep_days))
    for path, words in pages.items():
        bare = path.rstrip("/")
        if bare:
            _redirect(app, bare)
        others = {at: other for at, other in pages.items() if at != path}
        page = build_chat(visits, words, country, others, model, keep_days)
        look = {"theme": theme(), "css_paths": [CSS_FILE], "head": head(words)}
        _mount(app, page, bare or "/", look)
    return app


def _redirect(app: FastAPI, path: str) -> None:
    """From a page's address without its slash, which would not be found."""

    @app.get(path)
    def to_page() -> RedirectResponse:
        return RedirectResponse(f"{path}/")


def serve(app: FastAPI, host: str, port: int, streams: Streams | None = None) -> None:
    """Run until a signal comes; answers to the API that are under way, its `streams`, end first.

    Logs no request: an address and a time are personal data.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Open pages hold a connection: without a limit the server would wait for them to close.
        timeout_graceful_shutdown=2,
    )
    _Server(config, streams or Streams()).run()


class _Server(uvicorn.Server):
    """Lets the answers under way end before it cuts the connections that pages hold open."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, wait for the answers, then end."""
        for server in self.servers:
            server.close()
        await self._streams.end(within=_LONGEST_GOODBYE)
        await super().shutdown(sockets)


_LONGEST_GOODBYE = 30.0
"""Seconds. An answer that takes longer is cut; its turn is recorded all the same."""


def _mount(app: FastAPI, page: gr.Blocks, path: str, options: dict[str, Any]) -> None:
    safe: dict[str, Any] = {
        "footer_links": [],
        # By default all that is said goes in clear into the browser's localStorage,
        "run_history": False,
        # and exceptions, with their passwords, onto the page.
        "show_error": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "app_kwargs": {"docs_url": None, "redoc_url": None, "openapi_url": None},
    }
    gr.mount_gradio_app(app, page, path, **safe | options)


_HEADERS = {
    # Gradio starts with inline scripts. Nothing is loaded from, sent to or framed by others.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}
_PAGES = frozenset({"/", *(f"/{language}/" for language in languages())})
_CLOSED = re.compile(
    # Of Gradio's interface the pages use these two and the sign of life.
    r"/gradio_api/(?!queue/(join|data)$|heartbeat/[\w-]+$)"
    # Its other routes are at its pages' own paths.
    r"|^(/[a-z]+)?/(config|login|logout|monitoring|openapi\.json|pwa_icon|svelte)(/|$)"
)
"""Routes of Gradio that nobody needs: files, uploads, its API by name, what it tells of itself."""
_HASHED = re.compile(r"/assets/[\w.-]+-[\w-]{8,9}\.(js|css|woff2?|svg)$")
_SECRET = re.compile(r"[\w-]{43}")


class _Gate:
    """Security headers, the session cookie, and the routes of Gradio that nobody needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(_HEADERS)
        if scope["path"] in _PAGES:
            scope = {**scope, "query_string": _without_page(scope["query_string"])}
        request = Request(scope)
        if request.url.path in _PAGES:
            headers["cache-control"] = "no-store"
            if not _SECRET.fullmatch(request.cookies.get(COOKIE, "")):
                headers["set-cookie"] = _cookie(secure=request.url.scheme == "https")

        elif _HASHED.search(request.url.path):
            # Another version of the file has another name.
            headers["cache-control"] = "public, max-age=31536000, immutable"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400:
                    headers.pop("cache-control", None)
                answer = MutableHeaders(scope=message)
                for name, value in headers.items():
                    (answer.append if name == "set-cookie" else answer.__setitem__)(name, value)
            await send(message)

        closed = _CLOSED.search(request.url.path)
        app = PlainTextResponse(status_code=404) if closed else self._app
        await app(scope, receive, send_with_headers)


def _without_page(query: bytes) -> bytes:
    """Gradio takes `page` for one of several pages of its own, and fails where there is none."""
    kept = [part for part in query.split(b"&") if not part.startswith(b"page=")]
    return b"&".join(kept)


def _cookie(secure: bool) -> str:
    cookie = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Lax"
    return f"{cookie}; Secure" if secure else cookie
