"""The experts' pages of what was said: the list of conversations, and each of them step by step.

Plain HTML that works without a script; the script adds keys, and moves the picture of the tree.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.models.prices import Prices
from agent.texts import Texts
from records.events import Prepared
from records.store import ConversationSummary, RecordedEvent, RecordError
from tools.tree import Tree
from ui.experts.access.doors import may_do
from ui.experts.access.permissions import Permission
from ui.experts.assets import CONVERSATION_SCRIPT
from ui.experts.conversations.conversation_page import WHOLE, Opened, conversation_page
from ui.experts.conversations.filters import NAMES, PAGE, PLACE, Given, number_of
from ui.experts.conversations.list_page import list_page
from ui.experts.conversations.listing import Lister, Listing, Neighbours
from ui.experts.frame import page
from ui.experts.titles import if_there
from ui.experts.ways import CONVERSATION, HOME, address


class Reader(Lister, Protocol):
    """What the pages need of the record; records.store.Records has it."""

    def conversation(self, thread: str) -> ConversationSummary | None: ...
    def events(self, thread: str) -> Sequence[RecordedEvent]: ...


BesideStep = Callable[[Request, str, int, int], str | None]
"""HTML that other pages put under a step, of a thread, a turn and the place in it; or nothing."""
BesideThread = Callable[[Request, str], str | None]
"""The same above or under all steps of a thread."""
May = Callable[[Request, Permission], bool]
"""Whether whoever asks may do something."""


def conversations(
    reading: Callable[[Request], Reader],
    texts: Texts,
    auth: Callable[[Request], str],
    *,
    prices: Prices = MappingProxyType({}),
    titles: Callable[[], Mapping[str, str]] = dict,
    tree: Callable[[str], Tree],
    may: May = may_do,
    beside_step: BesideStep | None = None,
    above: BesideThread | None = None,
    under: BesideThread | None = None,
) -> APIRouter:
    """The routes, behind `auth`; `reading` gives the record that this expert may read.

    `titles` tells the topics' titles by id, `tree` reads a version; both may raise a NodrizaError.
    `may` says which other pages a conversation leads this expert to.
    `beside_step`, `above` and `under` put forms of other pages beside a conversation.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])
    its = _Panel(texts, prices, titles, tree, may, beside_step, above, under)

    @router.get(HOME)
    def show_list(request: Request, records: Annotated[Reader, Depends(reading)]) -> Response:
        return its.list(request, records)

    @router.get(CONVERSATION)
    def show(request: Request, records: Annotated[Reader, Depends(reading)]) -> Response:
        return its.conversation(request, records)

    return router


class _Panel:
    """What the routes do. A conversation may be gone, or at another place of the list."""

    def __init__(
        self,
        texts: Texts,
        prices: Prices,
        titles: Callable[[], Mapping[str, str]],
        tree: Callable[[str], Tree],
        may: May,
        beside_step: BesideStep | None,
        above: BesideThread | None,
        under: BesideThread | None,
    ) -> None:
        self._texts = texts
        self._prices = prices
        self._listing = Listing(texts, titles)
        self._tree = if_there(tree)  # without it the record alone is drawn
        self._may = may
        self._beside_step = beside_step
        self._above = above
        self._under = under

    def list(self, request: Request, records: Reader) -> Response:
        """A page of the list."""
        asked = request.query_params
        if thread := asked.get("c"):  # links of before this page had one of its own
            return RedirectResponse(address(CONVERSATION, thread))
        if "" in asked.values():  # boxes of the form that were left empty
            kept = [(name, value) for name, value in asked.multi_items() if value]
            return RedirectResponse(
                request.url.replace_query_params().include_query_params(**dict(kept)), 303
            )
        listed = self._listing.page(records, _given(request), number_of(asked.get(PAGE)))
        status = 503 if listed.unavailable else 200
        return self._page(request, "experts.heading", list_page(listed, self._texts), status)

    def conversation(self, request: Request, records: Reader) -> Response:
        """One of them, or a sentence in its place."""
        thread = request.query_params.get("c", "")
        try:
            summary = records.conversation(thread)
            if summary is None:
                return self._told(request, "experts.not_found", 404)
            opened = self._opened(request, records, summary)
        except RecordError:
            return self._told(request, "experts.unavailable", 503)

        def beside(turn: int, seq: int) -> str | None:
            put = self._beside_step
            return put(request, thread, turn, seq) if put else None

        body = conversation_page(opened, self._texts, self._prices, beside)
        return self._page(request, "experts.conversation.title", body, wide=True)

    def _opened(self, request: Request, records: Reader, summary: ConversationSummary) -> Opened:
        given, thread = _given(request), summary.thread
        place = number_of(request.query_params.get(PLACE), 0)
        near = Neighbours()
        if place:
            near = self._listing.neighbours(records, given, place, thread)
        recorded = records.events(thread)
        return Opened(
            summary=summary,
            recorded=recorded,
            topics=[self._listing.title(topic) for topic in summary.topics],
            tree=self._tree(_last_version(recorded) or summary.tree),
            given=given,
            beside=near,
            may=partial(self._may, request),
            above=(self._above(request, thread) if self._above else None) or "",
            under=(self._under(request, thread) if self._under else None) or "",
            whole=bool(request.query_params.get(WHOLE)),
        )

    def _told(self, request: Request, key: str, status: int) -> HTMLResponse:
        note = f'<p class="note" role="status">{self._texts(key)}</p>'
        way = f'<p><a class="button" href="{HOME}">{self._texts("experts.inbox.back")}</a></p>'
        return self._page(request, "experts.conversation.title", note + way, status)

    def _page(
        self, request: Request, key: str, body: str, status: int = 200, *, wide: bool = False
    ) -> HTMLResponse:
        script = CONVERSATION_SCRIPT if wide else ""
        title = self._texts(key)
        return page(request, self._texts, title, body, wide=wide, script=script, status=status)


def _last_version(recorded: Sequence[RecordedEvent]) -> str | None:
    """The tree version of the last turn: who starts over does so on the one in use."""
    prepared = (item.event for item in reversed(recorded) if isinstance(item.event, Prepared))
    return next((event.tree for event in prepared), None)


def _given(request: Request) -> Given:
    return {name: request.query_params.get(name, "") for name in NAMES}
