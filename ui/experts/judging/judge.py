"""Judging: what stands under the steps of a conversation's page, and where its forms go.

Conversations are read as who asks may read them (`reading`); who asks is told by `auth`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.assistant import storable
from agent.texts import Texts
from records.events import Decided, Event, Located, Replied, Screened, Understood
from records.judgements import (
    Item,
    Judgements,
    Standing,
    standings,
)
from records.store import ConversationSummary, RecordedEvent, UnknownConversation
from tools.tree import Tree
from ui.experts.frame import page
from ui.experts.judging.fields import (
    Refused,
    Sent,
    names_of,
    offered_at,
    questions_of,
    read_opinion,
)
from ui.experts.judging.form import foot, head, places, step_block, whole_block
from ui.experts.judging.judged import Judged
from ui.experts.judging.sign import way_to_sign
from ui.experts.marks import mark_field, require_mark
from ui.experts.ways import CONVERSATION, JUDGE, REVIEW, address
from ui.hers.document import link, paragraph

Judgeable = Understood | Located | Decided | Replied | Screened
"""Steps that are worth a judgement: the others follow from them."""


class Reader(Protocol):
    """What is needed of the record, as who asks may read it."""

    def conversation(self, thread: str) -> ConversationSummary | None: ...
    def events(self, thread: str) -> Sequence[RecordedEvent]: ...


Trees = Callable[[str], Tree | None]
"""A tree by its version; None where it is gone, or the graph is not there."""


@dataclass(frozen=True)
class _Open:
    """A conversation on a page that is being made."""

    summary: ConversationSummary
    events: Mapping[tuple[int, int], Event] = field(repr=False)
    standings: Mapping[Item, Standing] = field(repr=False)
    tree: Tree | None = field(repr=False)


class Judging:
    """What conversations' pages are given, and what the forms do."""

    def __init__(
        self,
        judgements: Judgements,
        trees: Trees,
        texts: Texts,
        auth: Callable[[Request], str],
        reading: Callable[[Request], Reader],
        note: Callable[[Request, str], None],
        may_sign: Callable[[Request], bool],
    ) -> None:
        """`note` writes down that whoever asks has judged something of a conversation.

        An answer that nobody has signed leads those who `may_sign` to where that is done.
        """
        self._judgements = judgements
        self._trees = trees
        self._texts = texts
        self._auth = auth
        self._reading = reading
        self._note = note
        self._may_sign = may_sign

    def beside_step(self, request: Request, thread: str, turn: int, seq: int) -> str:
        """The HTML under a step; nothing under one that is not worth judging."""
        opened = self._opened(request, thread)
        event = opened.events.get((turn, seq)) if opened else None
        if opened is None or not isinstance(event, Judgeable):
            return ""
        item = Item(thread, turn, seq)
        offered = offered_at(opened.events, (turn, seq), opened.tree)
        names = {**names_of(opened.tree), **dict(offered.moves)}
        judged = Judged(item, opened.standings.get(item), self._auth(request), names)
        sign = ""
        if isinstance(event, Replied) and event.kind == "answer" and event.node:
            can = not event.reviewed and self._may_sign(request)
            sign = way_to_sign(event.node, self._texts) if can else ""
        return step_block(judged, offered, self._texts, mark_field(request)) + sign

    def under(self, request: Request, thread: str) -> str:
        """The HTML under a whole conversation; with what the forms above it need."""
        opened = self._opened(request, thread)
        if opened is None:
            return ""
        item = Item(thread)
        names = names_of(opened.tree)
        judged = Judged(item, opened.standings.get(item), self._auth(request), names)
        seen = opened.summary.last_at.isoformat()
        block = whole_block(judged, seen, self._texts, mark_field(request))
        return f"{head()}{block}{_places(opened.tree)}{foot()}"

    def judge(
        self, request: Request, sent: Sent, *, agreed: bool, seen: str, onward: bool
    ) -> Response:
        """Stores what was sent, and goes back to the step, or on to what waits."""
        texts, expert = self._texts, self._auth(request)
        opened = self._opened(request, sent.thread)
        if opened is None:
            return self._told(request, texts("experts.not_found"), 404)
        if sent.step and not isinstance(opened.events.get(sent.step), Judgeable):
            return self._told(request, texts("experts.judge.no_step"), 404)
        item = Item(sent.thread, *(sent.step or ()))
        try:
            opinion = read_opinion(sent, opened.tree, texts)
            seen_at = datetime.fromisoformat(seen) if seen else None
            self._judgements.add(item, expert, opinion, agreed=agreed, seen_at=seen_at)
            self._note(request, sent.thread)
        except Refused as refused:
            return self._told(request, str(refused), 422, sent)
        except UnknownConversation:
            return self._told(request, texts("experts.not_found"), 404)
        except ValueError as error:
            raise HTTPException(422) from error
        if onward:
            waiting = self._judgements.queue(expert, limit=1)
            way = address(CONVERSATION, waiting[0]) if waiting else REVIEW
        else:
            way = f"{address(CONVERSATION, sent.thread)}#{_anchor(sent.step)}"
        return RedirectResponse(way, 303)

    def _told(
        self, request: Request, sentence: str, status: int, sent: Sent | None = None
    ) -> HTMLResponse:
        """In a page of its own what could not be done, and the way back."""
        way = f"{address(CONVERSATION, sent.thread)}#{_anchor(sent.step)}" if sent else REVIEW
        return page(
            request,
            self._texts,
            self._texts("experts.judge.whole"),
            paragraph(sentence, "urgent"),
            f"<p>{link(way, self._texts('experts.judge.back'), 'button')}</p>",
            status=status,
        )

    def _opened(self, request: Request, thread: str) -> _Open | None:
        """The conversation, read once for each page."""
        known = cast("dict[str, _Open | None]", request.state._state.setdefault("judging", {}))
        if thread not in known:
            known[thread] = self._read(request, thread)
        return known[thread]

    def _read(self, request: Request, thread: str) -> _Open | None:
        reader = self._reading(request)
        summary = reader.conversation(thread)
        if summary is None:
            return None
        return _Open(
            summary,
            {(one.turn, one.seq): one.event for one in reader.events(thread)},
            standings(self._judgements.of(thread)),
            self._trees(summary.tree),
        )


def judge_pages(judging: Judging, auth: Callable[[Request], str]) -> APIRouter:
    """The route that the forms go to, behind `auth`."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])

    @router.post(JUDGE)
    def judge(
        request: Request,
        c: Annotated[str, Form()],
        verdict: Annotated[str, Form()],
        mark: Annotated[str, Form()] = "",
        turn: Annotated[int | None, Form(ge=1, le=2**31)] = None,
        seq: Annotated[int | None, Form(ge=0, le=2**31)] = None,
        move: Annotated[str, Form()] = "",
        entry: Annotated[str, Form()] = "",
        question: Annotated[str, Form()] = "",
        comment: Annotated[str, Form()] = "",
        agreed: Annotated[bool, Form()] = False,
        seen: Annotated[str, Form()] = "",
        next: Annotated[bool, Form()] = False,  # noqa: A002 - the form's field
    ) -> Response:
        require_mark(request, mark)
        step = (turn, seq) if turn is not None and seq is not None else None
        written = (storable(it).strip() for it in (move, entry, question, comment))
        sent = Sent(c, verdict, step, *written)
        return judging.judge(request, sent, agreed=agreed, seen=seen, onward=next)

    return router


def _places(tree: Tree | None) -> str:
    if tree is None:
        return places([], [])
    entries = [(it.node, it.title) for it in tree.entries]
    return places(entries, list(questions_of(tree)))


def _anchor(step: tuple[int, int] | None) -> str:
    return f"t{step[0]}-{step[1]}" if step else "judge-all"
