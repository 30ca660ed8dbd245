"""What the record teaches about the tree, for experts: figures over time, and what could be better.

Plain HTML that prints. Nothing of it is kept; it is counted anew at each look (records/learnt).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from agent.texts import Texts
from evaluation.learnt.picture import Picture, PlanOf, behind, missing_examples, picture
from records.database import RecordError
from records.learnt.lessons import Lessons
from records.wanted import Found
from tools.encoder import Encoder
from tools.errors import NodrizaError
from ui.experts.frame import page
from ui.experts.learnt import findings, sections
from ui.experts.learnt.form import (
    Asked,
    Choices,
    address,
    choices_of,
    described,
    form_html,
    understood,
)
from ui.experts.learnt.tables import NAMES, as_csv, tables
from ui.experts.learnt.words import Words, folded
from ui.experts.ways import LEARNT
from ui.hers.document import KEPT_BY_NOBODY, link, paragraph

EXAMPLES = f"{LEARNT}/ejemplos"
FILES = f"{LEARNT}/tabla"
_MOST_SUGGESTED = 20
"""Those that come first; all are in the file."""
_STYLE = (Path(__file__).parent / "learnt.css").read_text("utf-8")


@dataclass(frozen=True)
class Learning:
    """What the pages are made from."""

    lessons: Lessons
    found: Callable[[], Found]
    """The topics, navigators and models of all conversations."""
    plan_of: PlanOf
    encoder: Encoder | None
    """Puts messages together by what they say; None: there is no page of them."""
    unsafe: Callable[[], Sequence[str]] = tuple
    """The conversations that experts judged unsafe: none of them went well by itself."""


Shown = Callable[[Request, str, str], str]
"""What whoever asks is shown of a text of a conversation: its thread, and the text."""


def _as_written(_request: Request, _thread: str, text: str) -> str:
    return text


def learnt_pages(
    learning: Learning,
    texts: Texts,
    auth: Callable[[Request], str],
    mask: Shown = _as_written,
) -> APIRouter:
    """The routes, behind `auth`. Her words are shown as `mask` leaves them."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])
    pages = _Pages(learning, texts, mask)

    @router.get(LEARNT)
    def show(request: Request) -> HTMLResponse:
        return pages.figures(request)

    @router.get(EXAMPLES)
    def show_examples(request: Request) -> HTMLResponse:
        return pages.examples(request)

    @router.get(f"{FILES}/{{name}}.csv")
    def send(request: Request, name: str) -> Response:
        return pages.file(request, name)

    return router


class _Pages:
    def __init__(self, learning: Learning, texts: Texts, mask: Shown) -> None:
        self._learning = learning
        self._words = Words(texts)
        self._mask = mask

    def figures(self, request: Request) -> HTMLResponse:
        """All figures of a filter."""
        words, its = self._words, self._learning
        try:
            asked, choices = self._asked(request.query_params)
            seen = picture(its.lessons, its.plan_of, asked.look, its.unsafe())
            found = self._suggestions(seen, asked)
        except (NodrizaError, RecordError):
            return self._unavailable(request)
        made = tables(seen, words.texts)
        return self._page(
            request,
            words("heading"),
            *self._head(asked, choices, seen),
            sections.tiles(seen, words),
            sections.contents(words),
            found,
            sections.topics(seen, made["topics"], words),
            sections.questions(seen, made["questions"], made["options"], words),
            sections.answers(seen, made["answers"], words),
            sections.matrix(seen, made["matrix"], words),
            sections.by_themselves(seen, made["alone"], words),
            self._files(asked),
        )

    def examples(self, request: Request) -> HTMLResponse:
        """Messages that the tree did not understand, put together by what they say."""
        words, its = self._words, self._learning
        if its.encoder is None:
            raise HTTPException(404)
        try:
            asked, _ = self._asked(request.query_params)
            plan = its.plan_of(asked.look.scope.tree)
            found = missing_examples(its.lessons, plan, asked.look.scope, its.encoder)
        except (NodrizaError, RecordError):
            return self._unavailable(request)
        mask = partial(self._mask, request)
        shown = [findings.cluster(one, plan, words, mask) for one in found]
        back = link(address(LEARNT, asked), words("back_to_figures"), "button")
        return self._page(
            request,
            words("examples_heading"),
            f'<nav class="row">{back}</nav>',
            *(paragraph(problem, "urgent") for problem in asked.problems),
            paragraph(words("examples_what")),
            *(shown or [paragraph(words("no_examples"), "note")]),
        )

    def file(self, request: Request, name: str) -> Response:
        """One table as CSV."""
        if name not in NAMES:
            raise HTTPException(404)
        its = self._learning
        try:
            asked, _ = self._asked(request.query_params)
            seen = picture(its.lessons, its.plan_of, asked.look, its.unsafe())
        except (NodrizaError, RecordError):
            return self._unavailable(request)
        table = tables(seen, self._words.texts)[name]
        saved = {"content-disposition": f'attachment; filename="{name}.csv"', **KEPT_BY_NOBODY}
        return Response(as_csv(table), media_type="text/csv; charset=utf-8", headers=saved)

    def _asked(self, given: Mapping[str, str]) -> tuple[Asked, Choices]:
        its = self._learning
        topics = its.plan_of(None).topics
        choices = choices_of(its.found(), its.lessons.trees(), topics, self._words)
        return understood(given, choices, self._words), choices

    def _suggestions(self, seen: Picture, asked: Asked) -> str:
        words, its = self._words, self._learning
        shown = [
            findings.suggestion(one, behind(its.lessons, seen.look.scope, one), seen.plan, words)
            for one in seen.suggestions[:_MOST_SUGGESTED]
        ]
        if (more := len(seen.suggestions) - _MOST_SUGGESTED) > 0:
            shown.append(paragraph(words("more_suggestions", count=more)))
        if its.encoder is not None:
            way = link(address(EXAMPLES, asked), words("to_examples"), "button")
            shown.append(f'<p class="only-screen">{way}</p>')
        if not seen.suggestions:
            shown.insert(0, findings.nothing_stands_out(words))
        how = findings.how_found(words)
        return sections.section("suggestions", words, how, *shown)

    def _head(self, asked: Asked, choices: Choices, seen: Picture) -> list[str]:
        words = self._words
        told = [paragraph(problem, "urgent") for problem in asked.problems]
        if len(choices["tree"]) > 1 and not seen.look.scope.tree:
            told.append(paragraph(words("several_trees", version=seen.plan.version), "note"))
        return [
            paragraph(words("what")),
            form_html(asked, choices, words),
            paragraph(described(asked, choices, words), "quiet"),
            *told,
        ]

    def _files(self, asked: Asked) -> str:
        words = self._words
        links = "".join(
            f"<li>{link(address(f'{FILES}/{name}.csv', asked), words(f'table.{name}'))}</li>"
            for name in NAMES
        )
        return folded(words("files"), f"<ul>{links}</ul>") + paragraph(words("few"), "quiet")

    def _unavailable(self, request: Request) -> HTMLResponse:
        words = self._words
        told = paragraph(words("unavailable"), "note")
        return self._page(request, words("heading"), told, status=503)

    def _page(self, request: Request, heading: str, *parts: str, status: int = 200) -> HTMLResponse:
        return page(request, self._words.texts, heading, *parts, style=_STYLE, status=status)
