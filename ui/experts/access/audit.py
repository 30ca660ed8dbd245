"""The log of who did what in the experts' panel, for admins."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from records.audit import ACTIONS, Entry, Sought
from ui.experts.access.doors import Access
from ui.experts.access.pages import STYLE, choice, table, text_field, told
from ui.experts.access.permissions import ROLES
from ui.experts.conversations.trace import moment
from ui.experts.frame import page
from ui.experts.ways import AUDIT
from ui.hers.document import button, link, paragraph

LINES = 100
"""Of a page."""
_SHOWN = 40
"""Characters of a wrong value that a sentence quotes."""
_LAST_PAGE = 10_000


def audit_pages(access: Access, texts: Texts, days: int) -> APIRouter:
    """The route; lines are kept for `days`."""
    may = access.may("audit")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])

    @router.get(AUDIT)
    def show(
        request: Request,
        who: str = "",
        action: str = "",
        c: str = "",
        since: str = "",
        until: str = "",
        p: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1,
    ) -> HTMLResponse:
        asked = {"who": who, "action": action, "c": c, "since": since, "until": until}
        return _Page(access, texts, days, asked).show(request, p)

    return router


class _Page:
    def __init__(self, access: Access, texts: Texts, days: int, asked: Mapping[str, str]) -> None:
        self._access = access
        self._texts = texts
        self._days = days
        self._asked = asked

    def show(self, request: Request, number: int) -> HTMLResponse:
        texts, audit = self._texts, self._access.audit
        since, until = _day(self._asked["since"]), _day(self._asked["until"], after=True)
        sought = Sought(
            who=self._asked["who"],
            action=self._asked["action"],
            thread=self._asked["c"],
            since=since,
            until=until,
        )
        total = audit.count(sought)
        pages = max(1, -(-total // LINES))
        number = min(number, pages)
        entries = audit.entries(sought, limit=LINES, offset=(number - 1) * LINES)
        return page(
            request,
            texts,
            texts("experts.audit.heading"),
            paragraph(texts("experts.audit.what")),
            paragraph(texts("experts.audit.kept", days=self._days), "quiet"),
            told(" ".join(self._wrong_days()), "urgent"),
            self._form(audit.people()),
            self._lines(entries, number, total),
            self._ways(number, pages),
            style=STYLE,
        )

    def _wrong_days(self) -> list[str]:
        given = (self._asked[name] for name in ("since", "until"))
        return [
            self._texts("experts.audit.bad_day", value=value[:_SHOWN])
            for value in given
            if value and _day(value) is None
        ]

    def _form(self, people: list[str]) -> str:
        texts, asked = self._texts, self._asked
        anybody = ("", texts("experts.audit.all"))
        actions = [(one, texts(f"experts.audit.what_is.{one}")) for one in ACTIONS]
        fields = (
            choice(
                "who",
                texts("experts.audit.who"),
                [anybody, *((one, one) for one in people)],
                asked["who"],
            ),
            choice("action", texts("experts.audit.action"), [anybody, *actions], asked["action"]),
            text_field("since", texts("experts.audit.since"), asked["since"], type="date"),
            text_field("until", texts("experts.audit.until"), asked["until"], type="date"),
            text_field("c", texts("experts.audit.thread"), asked["c"], autocomplete="off"),
        )
        find = button(texts("experts.audit.find"), "strong")
        body = f'<div class="fields">{"".join(fields)}</div>{find}'
        return f'<form method="get" action="{AUDIT}">{body}</form>'

    def _lines(self, entries: list[Entry], number: int, total: int) -> str:
        texts = self._texts
        if not entries:
            return paragraph(texts("experts.audit.none"), "note")
        first = (number - 1) * LINES + 1
        last = first + len(entries) - 1
        caption = texts("experts.audit.list", first=first, last=last, total=total)
        heads = [
            texts(f"experts.audit.{key}") for key in ("when", "who", "role", "action", "detail")
        ]
        return table(caption, heads, [self._line(entry) for entry in entries])

    def _line(self, entry: Entry) -> list[str]:
        texts = self._texts
        role = texts(f"experts.role.{entry.role}") if entry.role in ROLES else entry.role or ""
        known = entry.action in ACTIONS
        what = texts(f"experts.audit.what_is.{entry.action}") if known else entry.action
        about = texts("experts.audit.forged") if entry.about == "session" else entry.about
        details = [escape(about)] if about else []
        if entry.path and entry.status:
            at = texts("experts.audit.refused_at", path=entry.path, status=entry.status)
            details.append(escape(at))
        if entry.thread:
            way = f"{AUDIT}?c={quote(entry.thread, safe='')}"
            details.append(link(way, f"{entry.thread[:8]}…"))
        return [
            escape(moment(entry.at, texts)),
            escape(entry.who),
            escape(role),
            escape(what),
            " · ".join(details),
        ]

    def _ways(self, number: int, pages: int) -> str:
        texts, given = self._texts, {name: it for name, it in self._asked.items() if it}
        ways = [
            link(
                f"{AUDIT}?{urlencode({**given, 'p': at})}", texts(f"experts.audit.{key}"), "button"
            )
            for key, at in (("newer", number - 1), ("older", number + 1))
            if 1 <= at <= pages
        ]
        return f'<nav class="row">{"".join(ways)}</nav>' if ways else ""


def _day(text: str, *, after: bool = False) -> datetime | None:
    """The beginning of a day where the server is, or of the day after it; None for no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        return datetime.combine(day, time()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
