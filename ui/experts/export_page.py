"""The page where conversations are exported, and what was exported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from agent.texts import Texts
from records.exports import Export, Exports
from records.store import Records
from records.wanted import VALID, Wanted
from ui.experts.access import Access
from ui.experts.access_page import choice, page, table, text_field, told
from ui.experts.exporting import FORMATS, MEDIA_TYPES, Exporter, Format, Order
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.permissions import allows
from ui.experts.trace import moment
from ui.experts.ways import EXPORT
from ui.hers.document import KEPT_BY_NOBODY, button, form, paragraph

_Text = Annotated[str, Form()]
_SHOWN = 60
"""Characters of a wrong value that a sentence quotes."""


def export_pages(
    access: Access, records: Records, exports: Exports, texts: Texts, region: str
) -> APIRouter:
    """The routes; `region` is the country whose telephone numbers are recognised."""
    may = access.may("export")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])
    its = _Pages(access, records, exports, texts, region)

    @router.get(EXPORT)
    def show(request: Request) -> HTMLResponse:
        return its.show(request)

    @router.post(EXPORT)
    def export(
        request: Request,
        format: _Text = "csv",  # noqa: A002 - the field's name
        since: _Text = "",
        until: _Text = "",
        q: _Text = "",
        outcome: _Text = "",
        review: _Text = "",
        unmasked: _Text = "",
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> Response:
        require_mark(request, mark)
        asked = _Asked(format, since, until, q, outcome, review, bool(unmasked))
        return its.export(request, asked)

    return router


@dataclass(frozen=True)
class _Asked:
    format: str = "csv"
    since: str = ""
    until: str = ""
    q: str = ""
    outcome: str = ""
    review: str = ""
    unmasked: bool = False


class _Wrong(Exception):
    """A field that cannot be: its value, and the key of what is valid, with the choices of it."""

    def __init__(self, value: str, valid: str, choices: Sequence[str] = ()) -> None:
        super().__init__(valid)
        self.value, self.valid, self.choices = value[:_SHOWN], valid, ", ".join(choices)


class _Pages:
    def __init__(
        self, access: Access, records: Records, exports: Exports, texts: Texts, region: str
    ) -> None:
        self._access = access
        self._records = records
        self._exports = exports
        self._texts = texts
        self._region = region

    def export(self, request: Request, asked: _Asked) -> Response:
        """The file; or the page, which says what is wrong."""
        person = self._access.signed_in(request).person
        if asked.unmasked and not allows(person.role, "export_unmasked"):
            raise HTTPException(403)
        try:
            chosen, wanted = _format(asked.format), _wanted(asked)
        except _Wrong as wrong:
            valid = self._texts(f"experts.export.{wrong.valid}", choices=wrong.choices)
            bad = self._texts("experts.export.bad", value=wrong.value, valid=valid)
            return self.show(request, bad, 422, asked)
        order = Order(person.name, wanted, chosen, not asked.unmasked, self._region)
        exporter = Exporter(self._records, self._exports, order)
        self._access.note(request, "export", about=str(exporter.id))
        named = {"content-disposition": f'attachment; filename="{exporter.name}"'}
        return StreamingResponse(
            iter(exporter), media_type=MEDIA_TYPES[chosen], headers=KEPT_BY_NOBODY | named
        )

    def show(
        self, request: Request, notice: str = "", status: int = 200, asked: _Asked | None = None
    ) -> HTMLResponse:
        """The form, and the register."""
        texts = self._texts
        return page(
            request,
            texts,
            texts("experts.export.heading"),
            told(notice, "urgent"),
            paragraph(texts("experts.export.what")),
            self._form(request, asked or _Asked()),
            self._register(),
            status=status,
        )

    def _form(self, request: Request, asked: _Asked) -> str:
        texts = self._texts
        anything = ("", texts("experts.filter.all"))
        formats = [(one, texts(f"experts.export.format_is.{one}")) for one in FORMATS]
        outcomes = [(one, texts(f"experts.filter.outcome_is.{one}")) for one in VALID["outcome"]]
        reviews = [(one, texts(f"experts.filter.review_is.{one}")) for one in VALID["review"]]
        fields = (
            text_field("since", texts("experts.export.since"), asked.since, type="date"),
            text_field("until", texts("experts.export.until"), asked.until, type="date"),
            text_field("q", texts("experts.export.q"), asked.q, autocomplete="off"),
            choice(
                "outcome", texts("experts.export.outcome"), [anything, *outcomes], asked.outcome
            ),
            choice("review", texts("experts.export.review"), [anything, *reviews], asked.review),
        )
        unmasked = ""
        if allows(self._access.signed_in(request).person.role, "export_unmasked"):
            unmasked = (
                '<p><label class="pick"><input type="checkbox" name="unmasked" value="1"> '
                f"<span>{escape(texts('experts.export.unmasked'))}</span></label></p>"
            )
        return form(
            EXPORT,
            mark_field(request),
            choice("format", texts("experts.export.format"), formats, asked.format),
            f'<div class="fields">{"".join(fields)}</div>',
            unmasked,
            button(texts("experts.export.go"), "strong"),
        )

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


def _format(text: str) -> Format:
    if text not in FORMATS:
        raise _Wrong(text, "one_of", FORMATS)
    return text


def _wanted(asked: _Asked) -> Wanted:
    since, until = _day(asked.since), _day(asked.until, after=True)
    if since and until and since >= until:
        raise _Wrong(asked.since, "time_valid")
    chosen: dict[str, Any] = {"outcome": asked.outcome or None, "review": asked.review or None}
    for name, value in chosen.items():
        if value and value not in VALID[name]:
            raise _Wrong(value, "one_of", VALID[name])
    try:
        return Wanted(words=asked.q, since=since, until=until, **chosen)
    except ValueError:
        raise _Wrong(asked.q, "words_valid") from None


def _day(text: str, *, after: bool = False) -> datetime | None:
    """The beginning of a day where the server is, or of the day after it; None for none."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        return datetime.combine(day, time()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(text, "day_valid") from None
