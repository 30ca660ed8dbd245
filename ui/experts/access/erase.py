"""Erasing one mother's data everywhere, for admins."""

from collections.abc import Callable
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from records.exports import Exports
from records.store import Records, UnknownConversation
from ui.experts.access.doors import Access
from ui.experts.access.pages import STYLE, told
from ui.experts.frame import page
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.ways import ERASE
from ui.hers.document import button, form, hidden, paragraph


def erase_pages(
    access: Access,
    records: Records,
    exports: Exports,
    erase: Callable[[str], object],
    texts: Texts,
) -> APIRouter:
    """The routes; `erase` deletes all that is kept of a conversation (Assistant.erase)."""
    may = access.may("erase")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])
    its = _Pages(access, records, exports, erase, texts)

    @router.get(ERASE)
    def ask(request: Request, c: str) -> HTMLResponse:
        return its.ask(request, c)

    @router.post(ERASE)
    def do(
        request: Request,
        c: Annotated[str, Form()],
        confirmed: Annotated[str, Form()] = "",
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> HTMLResponse:
        require_mark(request, mark)
        return its.erase(request, c, confirmed=bool(confirmed))

    return router


class _Pages:
    def __init__(
        self,
        access: Access,
        records: Records,
        exports: Exports,
        erase: Callable[[str], object],
        texts: Texts,
    ) -> None:
        self._access = access
        self._records = records
        self._exports = exports
        self._erase = erase
        self._texts = texts

    def ask(self, request: Request, thread: str, notice: str = "") -> HTMLResponse:
        """What is erased, and a box to confirm it."""
        texts = self._texts
        if self._records.conversation(thread) is None:
            return self._gone(request)
        box = (
            '<p><label class="pick"><input type="checkbox" name="confirmed" value="1" required> '
            f"<span>{escape(texts('experts.erase.confirm'))}</span></label></p>"
        )
        sends = button(texts("experts.erase.go"), "alarm")
        return self._page(
            request,
            "heading",
            told(notice, "urgent"),
            paragraph(texts("experts.erase.what"), "urgent"),
            form(ERASE, mark_field(request), hidden("c", thread), box, sends),
            status=422 if notice else 200,
        )

    def erase(self, request: Request, thread: str, *, confirmed: bool) -> HTMLResponse:
        """Erases it; the page then says what of it is elsewhere."""
        texts = self._texts
        if not confirmed:
            return self.ask(request, thread, texts("experts.erase.unconfirmed"))
        held = ", ".join(f"{export}-{number}" for export, number in self._exports.holding(thread))
        try:
            self._erase(thread)
        except UnknownConversation:
            return self._gone(request)
        self._access.note(request, "erase")
        exported = texts("experts.erase.exports", exports=held) if held else ""
        return self._page(
            request,
            "done_heading",
            told(texts("experts.erase.done")),
            paragraph(exported or texts("experts.erase.no_exports"), "urgent" if held else ""),
            paragraph(texts("experts.erase.backups")),
        )

    def _gone(self, request: Request) -> HTMLResponse:
        gone = paragraph(self._texts("experts.erase.unknown"), "note")
        return self._page(request, "heading", gone, status=404)

    def _page(self, request: Request, heading: str, *parts: str, status: int = 200) -> HTMLResponse:
        texts = self._texts
        title = texts(f"experts.erase.{heading}")
        return page(request, texts, title, *parts, style=STYLE, status=status)
