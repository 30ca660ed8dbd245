"""What all experts' pages have around them: a bar with the ways to the others, and the style."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.routing import Match, Mount

from agent.texts import Texts
from ui.experts.access.doors import person_in
from ui.experts.access.permissions import Permission, allows
from ui.experts.assets import SHEET
from ui.experts.marks import keep_mark, mark_field
from ui.experts.ways import (
    ACCOUNTS,
    AGREEMENT,
    AUDIT,
    DESK,
    EXPORT,
    HOME,
    INBOX,
    LEARNT,
    MY_ACCOUNT,
    REVIEW,
    SIGN,
    SIGN_OUT,
)
from ui.hers.document import KEPT_BY_NOBODY, button, form

_PLACES: Mapping[str, tuple[str, Permission]] = MappingProxyType(
    {
        HOME: ("list", "read"),
        DESK: ("desk", "consult"),
        INBOX: ("inbox", "consult"),
        REVIEW: ("review", "judge"),
        AGREEMENT: ("agreement", "judge"),
        SIGN: ("sign", "sign"),
        LEARNT: ("learnt", "statistics"),
        EXPORT: ("export", "export"),
        ACCOUNTS: ("accounts", "accounts"),
        AUDIT: ("audit", "audit"),
    }
)
"""Pages of the bar, in its order, each with the key of its name and who may open it."""


def page(
    request: Request,
    texts: Texts,
    title: str,
    *parts: str,
    wide: bool = False,
    style: str = "",
    script: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page of some parts, which are HTML, below its title, which says nothing of anybody.

    A `wide` one takes the whole screen. `style` is CSS of its own, `script` the address of one.
    """
    top = opening(request, texts, title, wide=wide, style=style)
    html = f"{top}{''.join(parts)}{closing(script)}"
    response = HTMLResponse(html, status, headers=KEPT_BY_NOBODY)
    keep_mark(response, request)
    return response


def opening(
    request: Request, texts: Texts, title: str, *, wide: bool = False, style: str = ""
) -> str:
    """How a page begins, for one that is sent piece by piece."""
    own = f"<style>{style}</style>" if style else ""
    return (
        f'<!doctype html><html lang="{texts.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(texts('experts.nav.page', title=title))}</title>"
        f'<link rel="stylesheet" href="{SHEET}">{own}</head><body class="experts">'
        f'<a class="skip" href="#main">{escape(texts("experts.nav.skip"))}</a>'
        f'<header class="site"><span class="brand">{escape(texts("experts.nav.brand"))}</span>'
        f"{_bar(request, texts)}</header>"
        f'<main id="main" class="{"wide" if wide else ""}"><h1>{escape(title)}</h1>'
    )


def closing(script: str = "") -> str:
    """How it ends."""
    own = f'<script src="{escape(script)}"></script>' if script else ""
    return f"</main>{own}</body></html>"


def _bar(request: Request, texts: Texts) -> str:
    """The ways that are open to whoever is signed in, and the way out."""
    person = person_in(request)
    if person is None:
        return ""
    links = "".join(
        _link(request, path, texts(f"experts.nav.{key}"))
        for path, (key, permission) in _PLACES.items()
        if allows(person.role, permission) and _is_served(request, path)
    )
    mine = _link(request, MY_ACCOUNT, person.name)
    out = form(SIGN_OUT, mark_field(request), button(texts("experts.nav.out")))
    return (
        f'<nav aria-label="{escape(texts("experts.nav.label"))}">{links}</nav>'
        f'<div class="mine">{mine}{out}</div>'
    )


def _link(request: Request, path: str, label: str) -> str:
    here = ' aria-current="page"' if path == request.url.path else ""
    return f'<a href="{path}"{here}>{escape(label)}</a>'


def _is_served(request: Request, path: str) -> bool:
    """Whether there is a page; the mothers' chat takes every path that nobody else has."""
    scope = {**request.scope, "path": path, "method": "GET"}
    return any(
        not isinstance(route, Mount) and route.matches(scope)[0] is Match.FULL
        for route in request.app.routes
    )
