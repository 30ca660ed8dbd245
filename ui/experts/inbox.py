"""The experts' inbox: who asks for a person, and a box to answer.

Plain HTML: it must work wherever an expert is called to it by an e-mail.
"""

from collections.abc import Callable
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.assistant import storable
from agent.texts import Texts
from records.handoffs import HandOff, HandOffs
from ui.experts.form_mark import FormMark
from ui.experts.trace import moment
from ui.hers.document import area, button, document, form, hidden, kept_words, link, paragraph

INBOX = "/expertas/bandeja"
"""Its path; mount it before the panel's."""
LONGEST_REPLY = 4000
"""Characters."""
_MARK = FormMark("nodriza_bandeja", INBOX)


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
        _MARK.insist(request, mark)
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
    mark = _MARK.of(request)
    page = document(
        texts,
        texts("experts.inbox.heading"),
        paragraph(notice, "note") if notice else "",
        *(_one(hand_off, mark, texts) for hand_off in waiting),
        "" if waiting else paragraph(texts("experts.inbox.empty")),
        f"<p>{link('/expertas/', texts('experts.inbox.back'), 'button')}</p>",
    )
    _MARK.put(page, request, mark)
    return page


def _one(hand_off: HandOff, mark: str, texts: Texts) -> str:
    number = hand_off.id
    heading = texts("experts.inbox.one", number=number, date=moment(hand_off.created_at, texts))
    conversation = f"/expertas/?c={quote(hand_off.thread, safe='')}"
    reply = form(
        INBOX,
        hidden("mark", mark),
        hidden("hand_off", str(number)),
        area("reply", texts("experts.inbox.reply"), LONGEST_REPLY, key=str(number)),
        paragraph(texts("experts.inbox.rule"), "quiet"),
        button(texts("experts.inbox.send"), "strong"),
    )
    way = f"<p>{link(conversation, texts('experts.inbox.open'))}</p>"
    return f"<article><h2>{escape(heading)}</h2>{kept_words(hand_off.sent)}{way}{reply}</article>"
