"""The review queue: what waits for an expert, the most pressing first, and why it is there."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from records.events import FollowedUp, Rated
from records.judgements import Judgements, standings
from records.store import ConversationSummary, RecordError
from records.wanted import REVIEWS, Review
from ui.experts.conversations.trace import moment
from ui.experts.frame import page
from ui.experts.judging.judge import Reader
from ui.experts.markup import percent
from ui.experts.ways import CONVERSATION, REVIEW, address
from ui.hers.document import link, paragraph

SHOWN = 20
"""Conversations of a page."""
_STYLE = (Path(__file__).parent / "review.css").read_text("utf-8")


def review_pages(
    judgements: Judgements,
    enough: int,
    texts: Texts,
    auth: Callable[[Request], str],
    reading: Callable[[Request], Reader],
) -> APIRouter:
    """The route, behind `auth`; `enough` experts judge each conversation."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])
    page = _Queue(judgements, enough, texts)

    @router.get(REVIEW)
    def show(
        request: Request,
        expert: Annotated[str, Depends(auth)],
        reader: Annotated[Reader, Depends(reading)],
        motivo: Annotated[str, Query()] = "",
        p: Annotated[int, Query(ge=1, le=10**6)] = 1,
    ) -> HTMLResponse:
        only = next((why for why in REVIEWS if why == motivo), None)
        return page.show(request, expert, reader, only, p)

    return router


class _Queue:
    def __init__(self, judgements: Judgements, enough: int, texts: Texts) -> None:
        self._judgements = judgements
        self._enough = enough
        self._texts = texts

    def show(
        self, request: Request, expert: str, reader: Reader, only: Review | None, page: int
    ) -> HTMLResponse:
        """One page of what waits."""
        texts = self._texts
        try:
            waiting = self._judgements.waiting(expert)
            total = waiting.get(only, 0) if only else sum(waiting.values())
            pages = max(1, -(-total // SHOWN))
            page = min(page, pages)
            threads = self._judgements.queue(
                expert, limit=SHOWN, offset=(page - 1) * SHOWN, only=only
            )
            found = [(it, reader.conversation(it)) for it in threads]
            cards = [self._card(one, reader, expert) for _, one in found if one]
        except RecordError:
            return self._page(request, paragraph(texts("experts.review.unavailable"), "urgent"))
        what = paragraph(texts("experts.review.what", enough=self._enough), "quiet")
        if not waiting:
            return self._page(request, what, paragraph(texts("experts.review.none"), "note"))
        start = ""
        if threads:
            way = address(CONVERSATION, threads[0])
            start = f"<p>{link(way, texts('experts.review.start'), 'button strong')}</p>"
        parts = [what, self._reasons(waiting, only), start]
        parts.append(
            f'<ol class="queue">{"".join(cards)}</ol>'
            if cards
            else paragraph(texts("experts.review.none_of"), "note")
        )
        return self._page(request, *parts, self._pages(page, pages, only))

    def _reasons(self, waiting: dict[Review, int], only: Review | None) -> str:
        """How many wait, by the most pressing reason; each leads to those of that reason."""
        texts = self._texts
        total = sum(waiting.values())
        every = self._reason("", texts("experts.review.every"), total, total, only is None)
        rows = every + "".join(
            self._reason(why, texts(f"experts.filter.review_is.{why}"), count, total, only == why)
            for why, count in waiting.items()
        )
        sentence = paragraph(texts("experts.review.waiting", count=total))
        return f'{sentence}<ul class="reasons">{rows}</ul>'

    def _reason(self, why: str, label: str, count: int, total: int, here: bool) -> str:
        way = f"{REVIEW}?{urlencode({'motivo': why})}" if why else REVIEW
        current = ' aria-current="true"' if here else ""
        width = f"{100 * count / total:.1f}%"
        return (
            f'<li><a href="{escape(way)}"{current}><span>{escape(label)}</span>'
            f'<span class="bar"><b style="width:{width}"></b></span>'
            f'<span class="value">{count}</span></a></li>'
        )

    def _card(self, one: ConversationSummary, reader: Reader, expert: str) -> str:
        """One conversation: her first words, why it is here, what she said of it."""
        texts = self._texts
        whys = "".join(
            f'<span class="chip {why}">{escape(texts(f"experts.filter.review_is.{why}"))}</span>'
            for why in one.reviews
        )
        words = one.first_words or texts("experts.no_words")
        parts = [f"<h2>{escape(words)}</h2>", f'<p class="whys">{whys}</p>']
        if "unsure" in one.reviews:
            share = percent(one.least_sure, texts)
            parts.append(paragraph(texts("experts.review.unsure", share=share), "quiet"))
        parts.append(self._said(one, reader))
        steps = self._begun(one.thread, expert)
        if steps:
            parts.append(paragraph(texts("experts.review.started", count=steps), "quiet"))
        way = link(address(CONVERSATION, one.thread), texts("experts.review.open"), "button")
        at = f'<span class="quiet">{escape(moment(one.last_at, texts))}</span>'
        return f'<li><article>{"".join(parts)}<p class="open">{way} {at}</p></article></li>'

    def _said(self, one: ConversationSummary, reader: Reader) -> str:
        """What she wrote when she rated, and how it goes, where she did."""
        if not (one.commented or one.worse):
            return ""
        texts = self._texts
        said = ""
        for item in reader.events(one.thread):
            match item.event:
                case Rated(comment=comment, helped=helped) if comment.strip():
                    thumb = texts(f"experts.rated.{'yes' if helped else 'no'}")
                    label = f"{texts('experts.review.said')} <q>{escape(comment)}</q>"
                    said += (
                        f'<p class="hers">{label} <span class="quiet">{escape(thumb)}</span></p>'
                    )
                case FollowedUp(state=state):
                    went = escape(texts(f"experts.followed_up.{state}"))
                    label = escape(texts("experts.review.how_it_goes"))
                    said += f'<p class="hers">{label} {went}</p>'
        return said

    def _begun(self, thread: str, expert: str) -> int:
        """Steps that she has judged."""
        judged = standings(self._judgements.of(thread))
        return sum(expert in it.own for item, it in judged.items() if not item.is_whole)

    def _pages(self, page: int, pages: int, only: Review | None) -> str:
        if pages == 1:
            return ""
        texts = self._texts

        def way(to: int, key: str) -> str:
            asked = urlencode({"p": to} | ({"motivo": only} if only else {}))
            return link(f"{REVIEW}?{asked}", texts(f"experts.review.{key}"), "button")

        before = way(page - 1, "newer") if page > 1 else ""
        after = way(page + 1, "older") if page < pages else ""
        here = escape(texts("experts.review.pages", page=page, pages=pages))
        return f'<p class="row pages">{before}<span>{here}</span>{after}</p>'

    def _page(self, request: Request, *parts: str) -> HTMLResponse:
        heading = self._texts("experts.review.heading")
        return page(request, self._texts, heading, *parts, style=_STYLE)
