"""Showing a conversation's personal data for a while, and the bar that offers it."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.texts import Texts
from records.store import UnknownConversation
from ui.experts.access.doors import Access, own_path
from ui.experts.access.permissions import allows
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.ways import CONVERSATION, ERASE, REVEAL, address
from ui.hers.document import button, form, hidden, link, paragraph

_SHOW, _HIDE = "show", "hide"


def reveal_routes(access: Access) -> APIRouter:
    """Where the bar's form is sent."""
    may = access.may("reveal")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])

    @router.post(REVEAL)
    def reveal(
        request: Request,
        c: Annotated[str, Form()],
        to: Annotated[str, Form()] = "",
        what: Annotated[str, Form()] = _SHOW,
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> Response:
        require_mark(request, mark)
        session = access.signed_in(request).session
        try:
            if what == _HIDE:
                access.sessions.cover(session, c)
            else:
                access.sessions.reveal(session, c)
        except UnknownConversation:
            raise HTTPException(404) from None
        access.note(request, "cover" if what == _HIDE else "reveal", thread=c)
        return RedirectResponse(own_path(to), 303)

    return router


def bar_above(request: Request, access: Access, texts: Texts, thread: str) -> str:
    """The bar above a conversation's own page; a line where there is nothing to mask."""
    reading = access.reading(request)
    if reading.shown_until(thread) or reading.masker(thread):
        return reveal_bar(request, access, texts, thread, address(CONVERSATION, thread))
    erase = _erase_link(access, request, texts, thread)
    return (
        f'<aside class="reveal">{paragraph(texts("experts.reveal.none"), "quiet")}{erase}</aside>'
    )


def reveal_bar(request: Request, access: Access, texts: Texts, thread: str, to: str) -> str:
    """Whether a conversation is masked, and the button that changes it; then one is at `to`."""
    person = access.signed_in(request).person
    until = access.reading(request).shown_until(thread)
    if not allows(person.role, "reveal"):
        told, how = texts("experts.reveal.masked"), paragraph(texts("experts.reveal.no_right"))
        return f'<aside class="reveal note">{paragraph(told)}{how}</aside>'
    erase = _erase_link(access, request, texts, thread)
    carried = (mark_field(request), hidden("c", thread), hidden("to", to))
    if until is None:
        show = button(texts("experts.reveal.show"))
        why = paragraph(texts("experts.reveal.why"), "quiet")
        told = paragraph(texts("experts.reveal.masked"))
        shown = form(REVEAL, *carried, show)
        return f'<aside class="reveal note">{told}{shown}{why}{erase}</aside>'
    at = until.astimezone().strftime("%H:%M")
    told = f'<p role="status">{escape(texts("experts.reveal.shown", until=at))}</p>'
    hide = form(REVEAL, *carried, hidden("what", _HIDE), button(texts("experts.reveal.hide")))
    return f'<aside class="reveal urgent">{told}{hide}{erase}</aside>'


def _erase_link(access: Access, request: Request, texts: Texts, thread: str) -> str:
    """The way to erase it, for who may."""
    if not allows(access.signed_in(request).person.role, "erase"):
        return ""
    way = link(address(ERASE, thread), texts("experts.erase.link"))
    return f'<p class="quiet">{way}</p>'
