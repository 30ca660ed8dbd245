"""The experts' inbox: who asks for a person, and a box to answer.

Plain HTML: it must work wherever an expert is called to it by an e-mail.
"""

from collections.abc import Callable
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.assistant import storable
from agent.texts import Texts
from records.handoffs import HandOff, HandOffs
from ui.experts.frame import page
from ui.experts.marks import keep_mark, mark_field, require_mark
from ui.experts.trace import moment
from ui.experts.ways import CONVERSATION, DESK, INBOX, address
from ui.hers.document import area, button, form, hidden, kept_words, link, paragraph

LONGEST_REPLY = 4000
"""Characters."""


def inbox(hand_offs: HandOffs, texts: Texts, auth: Callable[[Request], str]) -> APIRouter:
    """The routes, behind `auth`."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])

    @router.get(INBOX)
    def show(request: Request) -> HTMLResponse:
        return _page(request, hand_offs.waiting(), texts)

    @router.post(INBOX)
    def answer(
        request: Request,
        hand_off: Annotated[int, Form(ge=1, le=2**31)],
        mark: Annotated[str, Form()] = "",
        reply: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        require_mark(request, mark)
        text = storable(reply).strip()[:LONGEST_REPLY]
        if not text:
            notice = texts("experts.inbox.nothing")
        elif hand_offs.answer(hand_off, text):
            notice = texts("experts.inbox.answered")
        else:
            notice = texts("experts.inbox.gone", number=hand_off)
        return _page(request, hand_offs.waiting(), texts, notice)

    return router


def _page(request: Request, waiting: list[HandOff], texts: Texts, notice: str = "") -> HTMLResponse:
    mark = mark_field(request)
    parts = [
        paragraph(notice, "note") if notice else "",
        *(_one(hand_off, mark, texts) for hand_off in waiting),
        "" if waiting else paragraph(texts("experts.inbox.empty")),
    ]
    shown = page(request, texts("experts.inbox.heading"), "".join(parts), texts)
    keep_mark(shown, request)
    return shown


def _one(hand_off: HandOff, mark: str, texts: Texts) -> str:
    number = hand_off.id
    heading = texts("experts.inbox.one", number=number, date=moment(hand_off.created_at, texts))
    conversation = address(CONVERSATION, hand_off.thread)
    reply = form(
        INBOX,
        mark,
        hidden("hand_off", str(number)),
        area("reply", texts("experts.inbox.reply"), LONGEST_REPLY, key=str(number)),
        paragraph(texts("experts.inbox.rule"), "quiet"),
        button(texts("experts.inbox.send"), "strong"),
    )
    helped = link(f"{DESK}?bandeja={number}", texts("experts.inbox.desk"), "button")
    way = f"<p>{helped}</p><p>{link(conversation, texts('experts.inbox.open'))}</p>"
    return f"<article><h2>{escape(heading)}</h2>{kept_words(hand_off.sent)}{way}{reply}</article>"
