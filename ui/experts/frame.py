"""What all experts' pages have around them: a bar with the ways to the others, and the style."""

from collections.abc import Iterator
from html import escape

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.routing import Match, Mount

from agent.texts import Texts
from ui.experts.assets import SHEET
from ui.experts.marks import keep_mark, mark_field
from ui.experts.permissions import Permission, allows
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
    SIGN_OUT,
)
from ui.hers.document import KEPT_BY_NOBODY, button, form

_PLACES: dict[str, tuple[str, Permission | None]] = {
    HOME: ("list", "read"),
    DESK: ("desk", "consult"),
    INBOX: ("inbox", "consult"),
    REVIEW: ("review", "judge"),
    AGREEMENT: ("agreement", "judge"),
    LEARNT: ("learnt", "statistics"),
    EXPORT: ("export", "export"),
    ACCOUNTS: ("accounts", "accounts"),
    AUDIT: ("audit", "audit"),
    MY_ACCOUNT: ("mine", None),
}
"""Pages of the bar, in its order, each with the key of its name and who may see it."""


def page(
    request: Request,
    title: str,
    body: str,
    texts: Texts,
    *,
    wide: bool = False,
    style: str = "",
    script: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page; `body` is HTML, below the title. Its title says nothing of anybody.

    A `wide` one takes the whole screen. `style` is CSS of its own, `script` the address of one.
    """
    html = f"{opening(request, title, texts, wide=wide, style=style)}{body}{closing(script)}"
    response = HTMLResponse(html, status, headers=KEPT_BY_NOBODY)
    keep_mark(response, request)  # the button to sign out carries it
    return response


def opening(
    request: Request, title: str, texts: Texts, *, wide: bool = False, style: str = ""
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
        f'<nav aria-label="{escape(texts("experts.nav.label"))}">'
        f"{''.join(_links(request, texts))}</nav>{_way_out(request, texts)}</header>"
        f'<main id="main" class="{"wide" if wide else ""}"><h1>{escape(title)}</h1>'
    )


def closing(script: str = "") -> str:
    """How it ends."""
    own = f'<script src="{escape(script)}"></script>' if script else ""
    return f"</main>{own}</body></html>"


def _links(request: Request, texts: Texts) -> Iterator[str]:
    """A link to each page that this application has."""
    signed_in = getattr(request.state, "expert", None)
    for path, (key, permission) in _PLACES.items():
        may = not (signed_in and permission) or allows(signed_in.person.role, permission)
        if may and _is_served(request, path):
            here = ' aria-current="page"' if path == request.url.path else ""
            yield f'<a href="{path}"{here}>{escape(texts(f"experts.nav.{key}"))}</a>'


def _way_out(request: Request, texts: Texts) -> str:
    """A button to sign out, for who is in."""
    if not getattr(request.state, "expert", None):
        return ""
    return form(SIGN_OUT, mark_field(request), button(texts("experts.nav.out")))


def _is_served(request: Request, path: str) -> bool:
    """Whether there is a page; the mothers' chat takes every path that nobody else has."""
    scope = {**request.scope, "path": path, "method": "GET"}
    return any(
        not isinstance(route, Mount) and route.matches(scope)[0] is Match.FULL
        for route in request.app.routes
    )
