"""The experts' inbox: who asks for a person, and a box to answer.

Plain HTML: it must work wherever an expert is called to it by an e-mail.
"""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.assistant import storable
from agent.texts import Texts
from records.handoffs import HandOff, HandOffs
from ui.experts.access.doors import Access
from ui.experts.access.reveal import reveal_bar
from ui.experts.conversations.trace import moment
from ui.experts.frame import page
from ui.experts.marks import mark_field, require_mark
from ui.experts.ways import CONVERSATION, DESK, INBOX, address
from ui.hers.document import area, button, form, hidden, kept_words, link, paragraph

LONGEST_REPLY = 4000
"""Characters."""


def inbox(hand_offs: HandOffs, texts: Texts, access: Access) -> APIRouter:
    """The routes, for those who may answer mothers."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(access.may("consult"))])
    its = _Inbox(hand_offs, texts, access)

    @router.get(INBOX)
    def show(request: Request) -> HTMLResponse:
        return its.page(request)

    @router.post(INBOX)
    def answer(
        request: Request,
        hand_off: Annotated[int, Form(ge=1, le=2**31)],
        mark: Annotated[str, Form()] = "",
        reply: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        require_mark(request, mark)
        return its.answer(request, hand_off, storable(reply).strip()[:LONGEST_REPLY])

    return router


class _Inbox:
    def __init__(self, hand_offs: HandOffs, texts: Texts, access: Access) -> None:
        self._hand_offs = hand_offs
        self._texts = texts
        self._access = access

    def answer(self, request: Request, number: int, text: str) -> HTMLResponse:
        """Sends an answer to whoever waits under a number."""
        texts, waiting = self._texts, self._hand_offs.one(number)
        if not text:
            return self.page(request, texts("experts.inbox.nothing"))
        if waiting is None or not self._hand_offs.answer(number, text):
            return self.page(request, texts("experts.inbox.gone", number=number))
        self._access.note(request, "reply", thread=waiting.thread)
        return self.page(request, texts("experts.inbox.answered"))

    def page(self, request: Request, notice: str = "") -> HTMLResponse:
        """All who wait."""
        texts, waiting = self._texts, self._hand_offs.waiting()
        return page(
            request,
            texts,
            texts("experts.inbox.heading"),
            paragraph(notice, "note") if notice else "",
            *(self._one(request, hand_off) for hand_off in waiting),
            "" if waiting else paragraph(texts("experts.inbox.empty")),
        )

    def _one(self, request: Request, hand_off: HandOff) -> str:
        texts, number = self._texts, hand_off.id
        heading = texts("experts.inbox.one", number=number, date=moment(hand_off.created_at, texts))
        conversation = address(CONVERSATION, hand_off.thread)
        reply = form(
            INBOX,
            mark_field(request),
            hidden("hand_off", str(number)),
            area("reply", texts("experts.inbox.reply"), LONGEST_REPLY, key=str(number)),
            paragraph(texts("experts.inbox.rule"), "quiet"),
            button(texts("experts.inbox.send"), "strong"),
        )
        helped = link(f"{DESK}?bandeja={number}", texts("experts.inbox.desk"), "button")
        way = f"<p>{helped}</p><p>{link(conversation, texts('experts.inbox.open'))}</p>"
        sent = self._access.reading(request).text(hand_off.thread, hand_off.sent)
        bar = reveal_bar(request, self._access, texts, hand_off.thread, INBOX)
        return f"<article><h2>{escape(heading)}</h2>{kept_words(sent)}{bar}{way}{reply}</article>"
