"""What Gradio's page holds before Gradio runs: our words in place of its makers'.

A phone on a slow line waits seconds for the conversation, and one that is too old never opens it:
both read at once whom to call. Who is sent a link sees what it is.
"""

import json
import re
from collections.abc import Mapping
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.texts import Texts
from ui.first_screen import emergency_call
from ui.locales import guess_country

SLOW = 20
"""Seconds after which the conversation is said not to open on this phone."""

_PREVIEW = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_LANGUAGE = re.compile(r'(<html\s+lang=)"en"')
_BODY = re.compile(r"<body[^>]*>")


class Shell:
    """Rewrites the mothers' pages on their way out; everything else passes."""

    def __init__(self, app: ASGIApp, pages: Mapping[str, Texts], country: str) -> None:
        """`pages` are their texts by path; `country` is where she is if her browser tells none."""
        self._app = app
        self._pages = pages
        self._country = country

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        texts = self._pages.get(scope.get("path", ""))
        if scope["type"] != "http" or scope["method"] != "GET" or texts is None:
            await self._app(scope, receive, send)
            return
        languages = Headers(scope=scope).get("accept-language")
        emergency = emergency_call(texts, guess_country(languages, self._country))
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if start["status"] == 200:
                body = _in_our_words(body.decode(), texts, emergency).encode()
                MutableHeaders(scope=start)["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, rewrite)


def _in_our_words(page: str, texts: Texts, emergency: str) -> str:
    title, about = escape(texts("chat.title")), escape(texts("chat.tagline"))
    preview = (
        f'<meta property="og:title" content="{title}" />'
        f'<meta property="og:description" content="{about}" />'
        f'<meta name="description" content="{about}" />'
    )
    page = _LANGUAGE.sub(rf'\g<1>"{texts.language}"', page, count=1)
    page = _PREVIEW.sub("", page).replace("</head>", f"{preview}</head>", 1)
    return _BODY.sub(lambda body: body.group() + _waiting(texts, emergency), page, count=1)


def _waiting(texts: Texts, emergency: str) -> str:
    """Taken away by the head script when the conversation is there. Old phones read it too."""
    opening = escape(texts("chat.opening.wait"))
    urgent = escape(texts("chat.opening.urgent", emergency=emergency))
    cannot = texts("chat.opening.cannot")
    said = json.dumps(cannot).replace("<", "\\u003c")
    return (
        '<div id="opening" role="status" style="padding:1.5rem;font-size:1.125rem;line-height:1.5">'
        f"<p>{opening}</p><p>{urgent}</p><noscript><p>{escape(cannot)}</p></noscript></div>"
        "<script>setTimeout(function () {"
        'var opening = document.getElementById("opening");'
        f"if (opening) opening.firstChild.textContent = {said};"
        f"}}, {SLOW * 1000});</script>"
    )
