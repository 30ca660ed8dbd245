"""How far experts agree, what they should talk about, and their corrections to take along."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from agent.texts import Texts
from evaluation.agreement import FEWEST, Agreement, Line, agreement
from evaluation.corrections.export import What
from evaluation.statistics import Estimate
from records.judgements import Item, Judgements, Standing, standings
from records.store import RecordError
from tools.errors import TreeError
from ui.experts.frame import page
from ui.experts.judging.fields import names_of
from ui.experts.judging.judge import Reader, Trees
from ui.experts.judging.judged import named, own_first, told
from ui.experts.marks import mark_field, require_mark
from ui.experts.markup import decimal
from ui.experts.ways import AGREEMENT, CONVERSATION, address
from ui.hers.document import form, hidden, link, paragraph

_FILES: dict[What, tuple[str, str]] = {
    "cases": ("casos.jsonl", "application/jsonl"),
    "examples": ("ejemplos-propuestos.yaml", "application/yaml"),
    "tests": ("prueba-de-regresion.json", "application/json"),
}
_TALKED = 30
"""Disagreements of a page."""
_TENTATIVE, _RELIABLE = 0.667, 0.8
"""Krippendorff, Content Analysis (2004), section 11.4.2: below the first one no conclusions."""
_LOW, _HIGH = -0.2, 1.0
_STYLE = (Path(__file__).parent / "agreement.css").read_text("utf-8")

Export = Callable[[Request, What, Reader], tuple[str, int, str]]
"""The text of an export, of what may be read; of how many things, and what is told of it."""


def agreement_pages(
    judgements: Judgements,
    trees: Trees,
    texts: Texts,
    auth: Callable[[Request], str],
    reading: Callable[[Request], Reader],
    export: Export,
    may_export: Callable[[Request], bool],
) -> APIRouter:
    """The routes, behind `auth`; corrections are taken along by those who `may_export`."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])
    page = _Page(judgements, trees, texts, may_export)

    @router.get(AGREEMENT)
    def show(
        request: Request,
        expert: Annotated[str, Depends(auth)],
        reader: Annotated[Reader, Depends(reading)],
    ) -> HTMLResponse:
        return page.show(request, expert, reader)

    @router.post(AGREEMENT)
    def download(
        request: Request,
        expert: Annotated[str, Depends(auth)],
        reader: Annotated[Reader, Depends(reading)],
        what: Annotated[What, Form()],
        mark: Annotated[str, Form()] = "",
    ) -> Response:
        require_mark(request, mark)
        if not may_export(request):
            raise HTTPException(403)
        try:
            text, count, said = export(request, what, reader)
        except (RecordError, TreeError):
            return page.show(request, expert, reader, texts("experts.review.unavailable"))
        if not count:
            return page.show(request, expert, reader, texts("experts.agreement.empty", why=said))
        name, kind = _FILES[what]
        attached = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type=kind, headers={**attached, "cache-control": "no-store"})

    return router


class _Page:
    def __init__(
        self,
        judgements: Judgements,
        trees: Trees,
        texts: Texts,
        may_export: Callable[[Request], bool],
    ) -> None:
        self._may_export = may_export
        self._judgements = judgements
        self._trees = trees
        self._texts = texts

    def show(self, request: Request, expert: str, reader: Reader, notice: str = "") -> HTMLResponse:
        """The whole page."""
        texts = self._texts
        known = [it for _, said in self._judgements.all() for it in standings(said).values()]
        return page(
            request,
            texts,
            texts("experts.agreement.heading"),
            paragraph(notice, "note") if notice else "",
            paragraph(texts("experts.agreement.what"), "quiet"),
            self._table(agreement(known)),
            self._to_talk(known, expert, reader),
            self._exports(request) if self._may_export(request) else "",
            style=_STYLE,
        )

    def _table(self, found: Agreement) -> str:
        """A line each: all, by verdict, by pair of experts."""
        texts = self._texts
        heads = "".join(
            f'<th scope="col">{escape(texts(f"experts.agreement.{key}"))}</th>'
            for key in ("on", "items", "same", "alpha")
        )
        picture = f'<th scope="col">{escape(texts("experts.agreement.picture"))}</th>'
        rows = self._row(found.whole, escape(texts("experts.agreement.whole")))
        rows += self._group("verdicts")
        rows += "".join(self._row(it, named(name, texts)) for name, it in found.verdicts.items())
        if found.pairs:
            rows += self._group("pairs")
            rows += "".join(self._row(it, escape(it.name)) for it in found.pairs)
        return (
            f'<div class="wide" tabindex="0"><table><thead><tr>{heads}{picture}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
            f"{paragraph(texts('experts.agreement.why_unscored', fewest=FEWEST), 'quiet')}"
        )

    def _group(self, key: str) -> str:
        name = escape(self._texts(f"experts.agreement.{key}"))
        return f'<tr class="group"><th colspan="5" scope="colgroup">{name}</th></tr>'

    def _row(self, line: Line, name: str) -> str:
        share = f"{100 * line.same / line.items:.0f} %" if line.items else "–"
        said = escape(self._said(line))
        return (
            f'<tr><th scope="row">{name}</th>{self._cell("items", str(line.items))}'
            f"{self._cell('same', share)}<td>{said}</td><td>{_picture(line.score)}</td></tr>"
        )

    def _cell(self, key: str, value: str) -> str:
        """A figure; on a phone, where there is no head, with its name."""
        label = escape(self._texts(f"experts.agreement.{key}"))
        return f'<td class="value" data-of="{label}">{value}</td>'

    def _said(self, line: Line) -> str:
        texts, score = self._texts, line.score
        if score is None:
            return texts("experts.agreement.unscored")
        low, value, high = (
            decimal(f"{it:.2f}", texts) for it in (score.low, score.value, score.high)
        )
        trust = texts(f"experts.agreement.trust.{_trust(score)}")
        return f"{texts('experts.agreement.range', value=value, low=low, high=high)} · {trust}"

    def _to_talk(self, known: Sequence[Standing], expert: str, reader: Reader) -> str:
        """What she and another judged otherwise; what she has not judged is not shown."""
        texts = self._texts
        disputed = [it for it in known if it.disputed and expert in it.own]
        talks = "".join(
            self._talk(thread, list(its), expert, reader)
            for thread, its in groupby(disputed[:_TALKED], key=lambda it: it.item.thread)
        )
        body = paragraph(texts("experts.agreement.talk_what"), "quiet") + talks
        if not disputed:
            body = paragraph(texts("experts.agreement.nothing"), "note")
        left = len(disputed) - _TALKED
        more = paragraph(texts("experts.agreement.more", count=left)) if left > 0 else ""
        heading = escape(texts("experts.agreement.talk"))
        return f'<section class="talk"><h2>{heading}</h2>{body}{more}</section>'

    def _talk(self, thread: str, its: Sequence[Standing], expert: str, reader: Reader) -> str:
        """What is disputed of one conversation, with her first words."""
        summary = reader.conversation(thread)
        if summary is None:
            return ""
        names = names_of(self._trees(summary.tree))
        words = summary.first_words or self._texts("experts.no_words")
        items = "".join(self._disputed(it, expert, names) for it in its)
        return f"<article><h3>{escape(words)}</h3><ul>{items}</ul></article>"

    def _disputed(self, standing: Standing, expert: str, names: Mapping[str, str]) -> str:
        texts, item = self._texts, standing.item
        said = " ".join(
            f"<span><strong>{escape(texts('experts.judge.you') if name == expert else name)}"
            f"</strong> {told(it, texts, names)}</span>"
            for name, it in own_first(standing, expert)
        )
        return f'<li>{link(_way(item), self._named(item))}<div class="says">{said}</div></li>'

    def _named(self, item: Item) -> str:
        if item.is_whole:
            return self._texts("experts.agreement.the_whole")
        return self._texts("experts.agreement.step_of", seq=item.seq, turn=item.turn)

    def _exports(self, request: Request) -> str:
        texts = self._texts
        mark = mark_field(request)
        forms = "".join(
            f"<article><h3>{escape(texts(f'experts.agreement.{what}'))}</h3>"
            f"{paragraph(texts(f'experts.agreement.{what}_what'))}"
            + form(
                AGREEMENT,
                mark,
                hidden("what", what),
                f'<button aria-label="{escape(self._download(what))}">'
                f"{escape(texts('experts.agreement.download'))}</button>",
            )
            + "</article>"
            for what in _FILES
        )
        heading = escape(texts("experts.agreement.exports"))
        rule = paragraph(texts("experts.agreement.exports_what"), "quiet")
        return f'<section><h2>{heading}</h2>{rule}<div class="exports">{forms}</div></section>'

    def _download(self, what: What) -> str:
        texts = self._texts
        return f"{texts('experts.agreement.download')}: {texts(f'experts.agreement.{what}')}"


def _trust(score: Estimate) -> Literal["good", "fair", "poor"]:
    if score.value >= _RELIABLE:
        return "good"
    return "fair" if score.value >= _TENTATIVE else "poor"


def _picture(score: Estimate | None) -> str:
    """α as a dot with its interval as a line; the words beside it say the same."""
    marks = "".join(
        f'<line class="mark" x1="{_at(mark)}" x2="{_at(mark)}" y1="2" y2="18"/>'
        for mark in (0.0, _TENTATIVE, _RELIABLE)
    )
    shown = ""
    if score:
        shown = (
            f'<line class="range" x1="{_at(score.low)}" x2="{_at(score.high)}" y1="10" y2="10"/>'
            f'<circle class="{_trust(score)}" cx="{_at(score.value)}" cy="10" r="5"/>'
        )
    return f'<svg viewBox="0 0 200 20" aria-hidden="true">{marks}{shown}</svg>'


def _at(value: float) -> str:
    inside = min(max(value, _LOW), _HIGH)
    return f"{6 + 188 * (inside - _LOW) / (_HIGH - _LOW):.1f}"


def _way(item: Item) -> str:
    anchor = "judge-all" if item.is_whole else f"t{item.turn}-{item.seq}"
    return f"{address(CONVERSATION, item.thread)}#{anchor}"
