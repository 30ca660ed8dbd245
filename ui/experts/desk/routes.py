"""The consultation desk: live help for who answers mothers.

A consultation is pasted, comes from the inbox, or is one of a file of many. What is pasted or
uploaded is kept nowhere: the page carries it. Of one from the inbox the draft and what was sent are
kept with the conversation, and go with it.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.datastructures import FormData, UploadFile

from agent.analysis import Given
from agent.assistant import Assistant
from agent.texts import Texts
from records.events import Event
from records.handoffs import Draft, HandOff, HandOffs
from tools.errors import GraphUnavailable
from ui.experts.access.doors import Access
from ui.experts.access.reveal import reveal_bar
from ui.experts.assets import DESK_SCRIPT
from ui.experts.desk import batch_page, consultation_page
from ui.experts.desk.form import LONGEST, Filled, read_form
from ui.experts.frame import closing, opening, page
from ui.experts.marks import FIELD, keep_mark, mark_field, require_mark
from ui.experts.ways import DESK, INBOX
from ui.hers.document import KEPT_BY_NOBODY, link, paragraph
from ui.hers.person import added_words
from ui.path import own_messages, since_topic, walked
from ui.render import known_facts

_STYLE = (Path(__file__).parent / "desk.css").read_text("utf-8")


async def _form(request: Request) -> AsyncIterator[FormData]:
    """The form that was sent. 403 unless it is one of ours."""
    if int(request.headers.get("content-length") or 0) > batch_page.LARGEST + 64 * 1024:
        raise HTTPException(413)
    sent = await request.form(max_files=1, max_fields=200)
    try:
        require_mark(request, str(sent.get(FIELD, "")))
        yield sent
    finally:
        await sent.close()


def desk(assistant: Assistant, hand_offs: HandOffs, texts: Texts, access: Access) -> APIRouter:
    """The routes, for those who may answer mothers."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(access.may("consult"))])
    its = _Desk(assistant, hand_offs, texts, access)

    @router.get(DESK)
    def show(request: Request, bandeja: int | None = None) -> HTMLResponse:
        return its.show(request, bandeja)

    @router.post(DESK)
    def read(request: Request, sent: Annotated[FormData, Depends(_form)]) -> HTMLResponse:
        return its.read(request, sent)

    @router.post(consultation_page.LIST)
    def many(request: Request, sent: Annotated[FormData, Depends(_form)]) -> StreamingResponse:
        return its.many(request, sent)

    return router


class _Desk:
    """What the routes do."""

    def __init__(
        self, assistant: Assistant, hand_offs: HandOffs, texts: Texts, access: Access
    ) -> None:
        self._assistant = assistant
        self._hand_offs = hand_offs
        self._texts = texts
        self._access = access

    def show(self, request: Request, number: int | None) -> HTMLResponse:
        """An empty page, or the hand-off of a number."""
        if number is None:
            return self._asking(request)
        handed = self._handed(request, number)
        if handed is None:
            return self._asking(request, self._texts("experts.inbox.gone", number=number), 404)
        recorded = self._access.reading(request).events(handed.thread)
        events = [one.event for one in recorded]
        text = "\n\n".join([*own_messages(events), added_words(handed.sent)]).strip()
        if not text:
            text = handed.sent
        filled = Filled(text=text[:LONGEST], hand_off=number, given=known_of(events))
        bar = reveal_bar(
            request, self._access, self._texts, handed.thread, f"{DESK}?bandeja={number}"
        )
        return self._reading(request, filled, handed, bar=bar)

    def read(self, request: Request, sent: FormData) -> HTMLResponse:
        """A consultation with what was filled in; or its answer is sent."""
        try:
            variables = self._assistant.variables
        except GraphUnavailable:
            return self._asking(request, self._texts("experts.desk.unavailable"), 503)
        fields = [(name, value) for name, value in sent.items() if isinstance(value, str)]
        filled = read_form(fields, variables, self._texts)
        if not filled.text:
            return self._asking(request, self._texts("experts.desk.nothing"), 422)
        if len(filled.text) > LONGEST:
            long = self._texts("experts.desk.too_long", limit=LONGEST, length=len(filled.text))
            return self._asking(request, long, 422, filled.text)
        handed = self._handed(request, filled.hand_off) if filled.hand_off else None
        if filled.hand_off and handed is None:
            gone = self._texts("experts.inbox.gone", number=filled.hand_off)
            return self._reading(request, filled, None, gone)
        self._access.note(request, "consult", thread=handed.thread if handed else None)
        if filled.action == "send" and handed:
            return self._send(request, filled, handed)
        return self._reading(request, filled, handed)

    def many(self, request: Request, sent: FormData) -> StreamingResponse:
        """The consultations of a file, one by one as they are read."""
        texts, mark = self._texts, mark_field(request)
        self._access.note(request, "consult")
        upload = sent.get("file")
        content = b""
        if isinstance(upload, UploadFile):
            content = upload.file.read(batch_page.LARGEST + 1)
        parts = batch_page.page(content, self._assistant.consultation, texts, mark)
        heading = texts("experts.desk.list_heading")

        def html() -> Iterator[str]:
            yield opening(request, texts, heading, style=_STYLE)
            yield from parts
            yield closing(DESK_SCRIPT)

        response = StreamingResponse(html(), media_type="text/html", headers=KEPT_BY_NOBODY)
        keep_mark(response, request)
        return response

    def _send(self, request: Request, filled: Filled, handed: HandOff) -> HTMLResponse:
        texts, answer = self._texts, filled.written[:LONGEST]
        if not answer:
            return self._reading(request, filled, handed, texts("experts.inbox.nothing"))
        base = filled.proposed
        draft = Draft(base.text, base.tree, base.node, base.probability) if base else None
        if not self._hand_offs.answer(handed.id, answer, draft):
            gone = texts("experts.inbox.gone", number=handed.id)
            return self._reading(request, filled, None, gone)
        self._access.note(request, "reply", thread=handed.thread)
        done = paragraph(texts("experts.inbox.answered"), "note")
        back = f"<p>{link(INBOX, texts('experts.to_inbox'), 'button')}</p>"
        return self._page(request, done, consultation_page.sent(texts, base, answer), back)

    def _handed(self, request: Request, number: int) -> HandOff | None:
        """The one that waits under a number, as whoever asks may see it."""
        handed = self._hand_offs.one(number)
        if handed is None:
            return None
        sent = self._access.reading(request).text(handed.thread, handed.sent)
        return replace(handed, sent=sent)

    def _asking(
        self, request: Request, notice: str = "", status: int = 200, text: str = ""
    ) -> HTMLResponse:
        mark = mark_field(request)
        asked = consultation_page.asking(self._texts, mark, notice, text)
        return self._page(request, asked, status=status)

    def _reading(
        self,
        request: Request,
        filled: Filled,
        handed: HandOff | None,
        notice: str = "",
        bar: str = "",
    ) -> HTMLResponse:
        try:
            read = self._assistant.consultation(
                filled.text, filled.given, chosen=filled.chosen, checked=filled.checked
            )
        except GraphUnavailable:
            unavailable = self._texts("experts.desk.unavailable")
            return self._asking(request, unavailable, 503, filled.text)
        told = bar + (paragraph(notice, "urgent") if notice else "")
        if filled.faults:
            told += paragraph(self._texts("experts.desk.faults"), "urgent")
        mark = mark_field(request)
        return self._page(
            request, told, consultation_page.reading(read, filled, self._texts, mark, handed)
        )

    def _page(self, request: Request, *parts: str, status: int = 200) -> HTMLResponse:
        return page(
            request,
            self._texts,
            self._texts("experts.desk.heading"),
            *parts,
            style=_STYLE,
            script=DESK_SCRIPT,
            status=status,
        )


def known_of(events: list[Event]) -> Given:
    """What a conversation already knows: its facts, where it entered, what she has answered."""
    path = since_topic(walked(events))
    entry = next((step.node for step in path if step.kind == "jump"), None)
    answers = {step.origin: step.move for step in path if step.kind == "choose" and step.origin}
    values = {fact.name: fact.value for fact in known_facts(events)}
    return Given(answers, values, entry)
