"""The experts' page: a list of conversations and the timeline of the chosen one.

Timelines go into gr.Markdown as one line of HTML, not into gr.HTML: gr.HTML compiles its template
in the browser and the product's Content-Security-Policy forbids that ('unsafe-eval'). Markdown
also sanitizes what it shows, a second lock behind our own escaping. The list is a gr.Radio: it
works by keyboard (with head.html) and shows first words as text, whatever they are.
Mount it with access.mount_options(experts_auth(…)), and before the chat's "/".
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Protocol

import gradio as gr

from agent.prices import Prices
from agent.texts import Texts
from records.store import RecordError
from ui.experts.inbox import DESK, INBOX
from ui.experts.markup import escaped, named
from ui.experts.trace import Recorded, Summary, moment, timeline

PAGE = 50


class Reader(Protocol):
    """What the page needs of the record; records.store.Records has it."""

    def conversations(self, *, limit: int = ..., offset: int = ...) -> Sequence[Summary]: ...
    def count(self) -> int: ...
    def conversation(self, thread: str) -> Summary | None: ...
    def events(self, thread: str) -> Sequence[Recorded]: ...


def build_experts(
    records: Reader, texts: Texts, prices: Prices = MappingProxyType({})
) -> gr.Blocks:
    """The page. `?c=<thread>` in its address opens that conversation."""
    page = _Page(records, texts, prices)
    blocks: gr.Blocks = gr.Blocks(
        title=texts("experts.title"), analytics_enabled=False, fill_width=True
    )
    with blocks:
        offset = gr.State(0)
        opened = gr.State(None)  # stays when its line is on another page of the list
        with gr.Row(elem_classes="experts"):
            with gr.Column(scale=2, min_width=300, elem_classes="side"):
                count = gr.Markdown(latex_delimiters=[])
                with gr.Row():
                    newer = gr.Button(texts("experts.newer"), size="sm", min_width=90)
                    refresh = gr.Button(texts("experts.refresh"), size="sm", min_width=90)
                    older = gr.Button(texts("experts.older"), size="sm", min_width=90)
                chosen = gr.Radio([], label=texts("experts.list"), elem_classes="list")
            with gr.Column(scale=5, min_width=420):
                shown = gr.Markdown(latex_delimiters=[])
        place = [offset, opened]
        listing = [offset, count, newer, older, chosen]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        blocks.load(page.load, None, [opened, *listing, shown], **quiet)
        refresh.click(page.refresh, place, [*listing, shown], **quiet)
        newer.click(page.newer, place, listing, **quiet)
        older.click(page.older, place, listing, **quiet)
        # always_last: by default a second choice is dropped while the first one loads.
        chosen.input(page.open, chosen, [opened, shown], trigger_mode="always_last", **quiet)
    return blocks


class _Page:
    """What the page's events do. A thread may be gone, or on another page of the list."""

    def __init__(self, records: Reader, texts: Texts, prices: Prices) -> None:
        self._records = records
        self._texts = texts
        self._prices = prices

    def load(self, request: gr.Request) -> list[Any]:
        thread = request.query_params.get("c")
        return [thread, *self.refresh(0, thread)]

    def refresh(self, offset: int, thread: str | None) -> list[Any]:
        return [*self._list(offset, thread), self.show(thread)]

    def newer(self, offset: int, thread: str | None) -> list[Any]:
        return self._list(offset - PAGE, thread)

    def older(self, offset: int, thread: str | None) -> list[Any]:
        return self._list(offset + PAGE, thread)

    def open(self, thread: str | None) -> list[Any]:
        return [thread, self.show(thread)]

    def show(self, thread: str | None) -> str:
        """The timeline of a conversation, or a sentence in its place."""
        if thread is None:
            return self._note("experts.choose")
        try:
            summary = self._records.conversation(thread)
            if summary is None:
                return self._note("experts.not_found")
            recorded = self._records.events(thread)
            return timeline(summary, recorded, self._texts, self._prices)
        except RecordError:
            return self._note("experts.unavailable")

    def _list(self, offset: int, thread: str | None) -> list[Any]:
        """Offset, heading, paging buttons and lines of one page of the list."""
        try:
            total = self._records.count()
            offset = max(0, min(offset, (total - 1) // PAGE * PAGE))
            found = self._records.conversations(limit=PAGE, offset=offset)
        except RecordError:
            total, found = 0, []
            position = self._texts("experts.unavailable")
        else:
            position = self._texts(
                "experts.count" if found else "experts.empty",
                first=offset + 1,
                last=offset + len(found),
                total=total,
            )
        choices = [(self._line(summary), summary.thread) for summary in found]
        return [
            offset,
            f"<h1>{escaped(self._texts('experts.heading'))}</h1><p>{escaped(position)}</p>"
            f'<p><a href="{DESK}">{escaped(self._texts("experts.desk.link"))}</a></p>'
            f'<p><a href="{INBOX}">{escaped(self._texts("experts.to_inbox"))}</a></p>',
            gr.update(interactive=offset > 0),
            gr.update(interactive=offset + len(found) < total),
            gr.update(
                choices=choices,
                value=thread if any(thread == value for _, value in choices) else None,
            ),
        ]

    def _line(self, summary: Summary) -> str:
        """Three lines of plain text: the page's style keeps the breaks, with the first one bold."""
        texts = self._texts
        return texts(
            "experts.entry",
            urgency=texts(f"experts.urgency_mark.{summary.urgency}"),
            words=" ".join(summary.first_words.split()) or texts("experts.no_words"),
            date=moment(summary.last_at, texts),
            turns=summary.turns,
            outcome=named(texts, "outcome", summary.outcome),
            navigator=summary.navigator,
            model=summary.model or texts("experts.no_model"),
        )

    def _note(self, key: str) -> str:
        return f'<p class="note">{escaped(self._texts(key))}</p>'
