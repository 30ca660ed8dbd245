"""The experts' page: a list of conversations and the timeline of the chosen one.

Timelines go into gr.Markdown as one line of HTML, not into gr.HTML: gr.HTML compiles its template
in the browser and the product's Content-Security-Policy forbids that ('unsafe-eval'). Markdown
also sanitizes what it shows, a second lock behind our own escaping. The list is a gr.Radio: it
works by keyboard (with head.html) and shows first words as text, whatever they are.
Mount it with access.mount_options(experts_auth(…)), and before the chat's "/".
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import gradio as gr

from agent.prices import Prices
from agent.texts import Texts
from records.store import ConversationSummary, RecordError
from ui.experts.filters import CHOSEN, DATES, NAMES, PAGE, in_box, page_of
from ui.experts.listing import Lister, Listing
from ui.experts.markup import escaped
from ui.experts.trace import Recorded, timeline

_SHOWN_AT_ONCE = 500
"""Choices of a box: more than any tree has topics."""


class Reader(Lister, Protocol):
    """What the page needs of the record; records.store.Records has it."""

    def conversation(self, thread: str) -> ConversationSummary | None: ...
    def events(self, thread: str) -> Sequence[Recorded]: ...


def build_experts(
    records: Reader,
    texts: Texts,
    prices: Prices = MappingProxyType({}),
    titles: Callable[[], Mapping[str, str]] = dict,
) -> gr.Blocks:
    """The page. `?c=<thread>` in its address opens that conversation, filters.NAMES choose.

    `titles` tells the topics' titles by id.
    """
    page = _Page(records, texts, prices, titles)
    blocks: gr.Blocks = gr.Blocks(
        title=texts("experts.title"), analytics_enabled=False, fill_width=True
    )
    with blocks:
        at = gr.State(1)
        opened = gr.State(None)  # stays when its line is on another page of the list
        with gr.Row(elem_classes="experts"):
            with gr.Column(scale=2, min_width=300, elem_classes="side"):
                gr.Markdown(f"<h1>{escaped(texts('experts.heading'))}</h1>", latex_delimiters=[])
                boxes = _boxes(texts)
                used = gr.CheckboxGroup(
                    [], label=texts("experts.filter.used"), visible=False, elem_classes="used"
                )
                clear = gr.Button(texts("experts.filter.clear"), size="sm", visible=False)
                head = gr.Markdown(latex_delimiters=[], elem_classes="head")
                with gr.Row():
                    newer = gr.Button(texts("experts.newer"), size="sm", min_width=90)
                    refresh = gr.Button(texts("experts.refresh"), size="sm", min_width=90)
                    older = gr.Button(texts("experts.older"), size="sm", min_width=90)
                chosen = gr.Radio([], label=texts("experts.list"), elem_classes="list")
            with gr.Column(scale=5, min_width=420):
                shown = gr.Markdown(latex_delimiters=[])
        place = [at, opened, *boxes]
        listing = [at, *boxes, used, clear, head, newer, older, chosen]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        # always_last: by default a second choice is dropped while the first one loads.
        last: dict[str, Any] = {"trigger_mode": "always_last", **quiet}
        blocks.load(page.load, None, [opened, *listing, shown], **quiet)
        refresh.click(page.refresh, place, [*listing, shown], **quiet)
        newer.click(page.newer, place, listing, **quiet)
        older.click(page.older, place, listing, **quiet)
        for name, box in zip(NAMES, boxes, strict=True):
            changed = box.input if name in CHOSEN else box.submit
            changed(page.filter, place, listing, **last)
        used.input(page.keep, [used, *place], listing, **last)
        clear.click(page.clear, opened, listing, **quiet)
        chosen.input(page.open, [chosen, *place], [opened, head, shown], **last)
    return blocks


def _boxes(texts: Texts) -> list[Any]:
    """A box for each filter, in the order of NAMES: her words, and the others folded."""
    words = gr.Textbox(
        label=texts("experts.filter.q"),
        placeholder=texts("experts.filter.q_hint"),
        submit_btn=texts("experts.filter.find"),
        max_length=200,
        max_lines=1,
        elem_classes="search",
    )
    boxes: list[Any] = [words]
    with (
        gr.Accordion(texts("experts.filter.more"), open=False, elem_classes="filters"),
        gr.Row(),
    ):
        boxes += [
            gr.Textbox(
                label=texts(f"experts.filter.{name}"),
                placeholder=texts("experts.filter.day_hint"),
                max_lines=1,
                min_width=130,
            )
            for name in DATES
        ]
        boxes += [
            gr.Dropdown(
                [(texts("experts.filter.all"), "")],
                value="",
                label=texts(f"experts.filter.{name}"),
                num_choices_shown=_SHOWN_AT_ONCE,
                min_width=130,
            )
            for name in CHOSEN
        ]
    return boxes


class _Page:
    """What the page's events do. A thread may be gone, or on another page of the list."""

    def __init__(
        self,
        records: Reader,
        texts: Texts,
        prices: Prices,
        titles: Callable[[], Mapping[str, str]],
    ) -> None:
        self._records = records
        self._texts = texts
        self._prices = prices
        self._listing = Listing(records, texts, titles)

    def load(self, request: gr.Request) -> list[Any]:
        asked = request.query_params
        thread = asked.get("c")
        values = [asked.get(name, "") for name in NAMES]
        return [thread, *self.refresh(page_of(asked.get(PAGE)), thread, *values)]

    def refresh(self, at: int, thread: str | None, *values: str | None) -> list[Any]:
        return [*self._list(at, thread, values), self.show(thread)]

    def newer(self, at: int, thread: str | None, *values: str | None) -> list[Any]:
        return self._list(at - 1, thread, values)

    def older(self, at: int, thread: str | None, *values: str | None) -> list[Any]:
        return self._list(at + 1, thread, values)

    def filter(self, _at: int, thread: str | None, *values: str | None) -> list[Any]:
        return self._list(1, thread, values)

    def keep(
        self, names: Sequence[str], _at: int, thread: str | None, *values: str | None
    ) -> list[Any]:
        kept = [it if name in names else "" for name, it in zip(NAMES, values, strict=True)]
        return self._list(1, thread, kept)

    def clear(self, thread: str | None) -> list[Any]:
        return self._list(1, thread, [""] * len(NAMES))

    def open(self, thread: str | None, at: int, _before: object, *values: str | None) -> list[Any]:
        given = _given(values)
        return [thread, self._listing.page(given, at, thread).head, self.show(thread)]

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

    def _list(self, at: int, thread: str | None, values: Sequence[str | None]) -> list[Any]:
        """Page, boxes, filters in use, heading, buttons and lines of one page of the list."""
        listed = self._listing.page(_given(values), at, thread)
        given = listed.asked.given
        used = self._listing.described(listed)
        any_choice = (self._texts("experts.filter.all"), "")
        boxes = [
            gr.update(value=given.get(name, ""), choices=[any_choice, *listed.choices[name]])
            if name in listed.choices
            else gr.update(value=in_box(name, given.get(name, ""), self._texts))
            for name in NAMES
        ]
        is_there = any(thread == value for _, value in listed.lines)
        return [
            listed.page,
            *boxes,
            gr.update(choices=used, value=list(given), visible=bool(used)),
            gr.update(visible=len(used) > 1),
            listed.head,
            gr.update(interactive=listed.page > 1),
            gr.update(interactive=listed.page < listed.pages),
            gr.update(choices=listed.lines, value=thread if is_there else None),
        ]

    def _note(self, key: str) -> str:
        return f'<p class="note">{escaped(self._texts(key))}</p>'


def _given(values: Sequence[str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in zip(NAMES, values, strict=True)}
