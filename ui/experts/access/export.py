"""The page where conversations are exported, and what was exported."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from agent.texts import Texts
from records.exports import Export, Exports
from records.store import Records
from tools.errors import NodrizaError
from ui.experts.access.doors import Access
from ui.experts.access.exporting import FORMATS, MEDIA_TYPES, Exporter, Format, Order
from ui.experts.access.pages import STYLE, choice, table, text_field, told
from ui.experts.access.permissions import allows
from ui.experts.conversations.filters import (
    CHOSEN,
    DATES,
    NAMES,
    Choices,
    Given,
    choices_of,
    understood,
)
from ui.experts.conversations.trace import moment
from ui.experts.frame import page
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.ways import EXPORT
from ui.hers.document import KEPT_BY_NOBODY, button, form, paragraph

_SHOWN = 60
"""Characters of a wrong value that a sentence quotes."""


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields of the form that was sent. 403 unless it is one of ours."""
    async with request.form(max_files=0, max_fields=30) as sent:
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
    require_mark(request, fields.get(FIELD, ""))
    return fields


def export_pages(
    access: Access,
    records: Records,
    exports: Exports,
    texts: Texts,
    region: str,
    titles: Callable[[], Mapping[str, str]] = dict,
) -> APIRouter:
    """The routes. The page's address may hold the filters of the list (ui.experts.conversations).

    `region` is the country whose telephone numbers are recognised; `titles` tells the topics'
    titles by id.
    """
    may = access.may("export")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])
    its = _Pages(access, records, exports, texts, region, titles)

    @router.get(EXPORT)
    def show(request: Request) -> HTMLResponse:
        return its.show(request, request.query_params)

    @router.post(EXPORT)
    def export(request: Request, sent: Annotated[Mapping[str, str], Depends(_fields)]) -> Response:
        return its.export(request, sent)

    return router


class _Pages:
    def __init__(
        self,
        access: Access,
        records: Records,
        exports: Exports,
        texts: Texts,
        region: str,
        titles: Callable[[], Mapping[str, str]],
    ) -> None:
        self._access = access
        self._records = records
        self._exports = exports
        self._texts = texts
        self._region = region
        self._titles = titles

    def export(self, request: Request, sent: Mapping[str, str]) -> Response:
        """The file; or the page, which says what is wrong: nothing but what was meant goes out."""
        person = self._access.signed_in(request).person
        unmasked = bool(sent.get("unmasked"))
        if unmasked and not allows(person.role, "export_unmasked"):
            raise HTTPException(403)
        asked = understood(sent, self._choices(), self._texts)
        chosen = _format(sent.get("format", FORMATS[0]))
        problems = list(asked.problems)
        if chosen is None:
            value, valid = sent["format"][:_SHOWN], ", ".join(FORMATS)
            problems.append(self._texts("experts.export.no_format", value=value, valid=valid))
        if problems or chosen is None:
            nothing = self._texts("experts.export.nothing_done")
            return self.show(request, sent, " ".join([*problems, nothing]), 422)
        order = Order(person.name, asked.wanted, chosen, not unmasked, self._region)
        exporter = Exporter(self._records, self._exports, order)
        self._access.note(request, "export", about=str(exporter.id))
        named = {"content-disposition": f'attachment; filename="{exporter.name}"'}
        return StreamingResponse(
            iter(exporter), media_type=MEDIA_TYPES[chosen], headers=KEPT_BY_NOBODY | named
        )

    def show(
        self, request: Request, given: Given, notice: str = "", status: int = 200
    ) -> HTMLResponse:
        """The form with what is `given`, and the register."""
        texts, choices = self._texts, self._choices()
        known = understood(given, choices, texts).given
        return page(
            request,
            texts,
            texts("experts.export.heading"),
            told(notice, "urgent"),
            paragraph(texts("experts.export.what")),
            self._form(request, known, choices),
            self._register(),
            style=STYLE,
            status=status,
        )

    def _choices(self) -> Choices:
        try:
            titles = self._titles()
        except NodrizaError:
            titles = {}  # the graph is not there: topics go by their ids
        return choices_of(self._records.found(), titles, self._texts)

    def _form(self, request: Request, given: Given, choices: Choices) -> str:
        texts = self._texts
        formats = [(one, texts(f"experts.export.format_is.{one}")) for one in FORMATS]
        unmasked = ""
        if allows(self._access.signed_in(request).person.role, "export_unmasked"):
            unmasked = (
                '<p><label class="pick"><input type="checkbox" name="unmasked" value="1"> '
                f"<span>{escape(texts('experts.export.unmasked'))}</span></label></p>"
            )
        fields = "".join(self._field(name, given.get(name, ""), choices) for name in NAMES)
        return form(
            EXPORT,
            mark_field(request),
            choice("format", texts("experts.export.format"), formats),
            f'<div class="fields">{fields}</div>',
            unmasked,
            button(texts("experts.export.go"), "strong"),
        )

    def _field(self, name: str, value: str, choices: Choices) -> str:
        label = self._texts(f"experts.filter.{name}")
        if name in CHOSEN:
            offered = [(code, shown) for shown, code in choices[name]]
            return choice(name, label, [("", self._texts("experts.filter.all")), *offered], value)
        kind = "date" if name in DATES else "text"
        return text_field(name, label, value, type=kind, autocomplete="off")

    def _register(self) -> str:
        texts, known = self._texts, self._exports.all()
        caption = texts("experts.export.register")
        if not known:
            return f"<h2>{escape(caption)}</h2>" + paragraph(texts("experts.export.none"), "quiet")
        columns = ("number", "when", "who", "format", "count", "masked", "to_destroy")
        heads = [texts(f"experts.export.{key}") for key in columns]
        return table(caption, heads, [self._row(one) for one in known])

    def _row(self, one: Export) -> list[str]:
        texts = self._texts
        masked = texts(f"experts.export.masked_is.{'yes' if one.masked else 'no'}")
        gone = texts("experts.export.nothing")
        if one.erased:
            numbers = ", ".join(f"{one.id}-{number}" for number in one.erased)
            gone = texts("experts.export.lines", count=len(one.erased), numbers=numbers)
        cells = (moment(one.at, texts), one.who, one.format, str(one.conversations), masked, gone)
        return [str(one.id), *map(escape, cells)]


def _format(text: str) -> Format | None:
    return next((one for one in FORMATS if one == text), None)
