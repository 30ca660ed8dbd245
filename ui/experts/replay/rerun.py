"""The experts' pages that run a conversation again: as it was ("repetir"), or another way ("y si").

Plain HTML beside the panel. Nothing of it is kept: the conversations are run in memory.
"""

from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse

from agent.assistant import LONGEST_MESSAGE
from agent.replay.machine import open_machine
from agent.replay.replay import replay
from agent.replay.result import Rerun
from agent.replay.what_if import CannotFork, Change, what_if
from agent.settings import Navigator
from agent.texts import Texts
from agent.turns import House
from records.events import FactCorrected, MessageReceived
from records.store import RecordError, UnknownConversation
from tools.errors import NodrizaError
from ui.experts.access.doors import Access
from ui.experts.frame import page
from ui.experts.marks import FIELD, mark_of, require_mark
from ui.experts.markup import named, select
from ui.experts.replay.masks import masked
from ui.experts.replay.view import STYLE, beside, compared, stopped, verdict
from ui.experts.ways import CONVERSATION, HOME, REPLAY, WHAT_IF, address
from ui.hers.document import area, button, form, hidden, link, paragraph

_NAVIGATORS: tuple[Navigator, ...] = get_args(Navigator)
_FIRST_WORDS = 60
"""Characters of a message in the list of turns."""


@dataclass(frozen=True)
class _Asked:
    """What the form of a what-if was filled in with; empty leaves it as it was."""

    turn: int = 1
    words: str = ""
    navigator: str = ""
    model: str = ""
    tree: str = ""


def rerun_pages(house: House, texts: Texts, access: Access) -> APIRouter:
    """The routes, for those who may replay; mount them before the panel's."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(access.may("replay"))])
    pages = _Pages(house, texts, access)

    @router.get(REPLAY)
    def show_replay(request: Request, c: Annotated[str, Query()]) -> HTMLResponse:
        return pages.replayed(request, c)

    @router.get(WHAT_IF)
    def show_form(request: Request, c: Annotated[str, Query()]) -> HTMLResponse:
        return pages.asked(request, c, _Asked())

    @router.post(WHAT_IF)
    def show_what_if(
        request: Request,
        c: Annotated[str, Form()],
        turn: Annotated[int, Form(ge=1, le=2**31)],
        mark: Annotated[str, Form()] = "",
        words: Annotated[str, Form()] = "",
        navigator: Annotated[str, Form()] = "",
        model: Annotated[str, Form()] = "",
        tree: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        require_mark(request, mark)
        asked = _Asked(turn, words.strip(), navigator, model, tree)
        return pages.asked(request, c, asked, run=True)

    return router


class _Pages:
    def __init__(self, house: House, texts: Texts, access: Access) -> None:
        self._house = house
        self._texts = texts
        self._access = access

    def replayed(self, request: Request, thread: str) -> HTMLResponse:
        """What comes of running it again as it was."""
        texts = self._texts
        try:
            with open_machine(self._house) as machine:
                run = replay(machine, self._house.records, thread, person=self._house.person)
            self._access.note(request, "replay", thread=thread)
            run = masked(run, self._access.reading(request).masker(thread))
        except (NodrizaError, RecordError) as error:
            return self._failed(request, error)
        return self._page(
            request,
            texts("experts.replay.heading"),
            paragraph(texts("experts.replay.what"), "quiet"),
            verdict(run, texts),
            stopped(run, texts),
            compared(run, texts),
            self._ways(thread),
        )

    def asked(
        self, request: Request, thread: str, asked: _Asked, *, run: bool = False
    ) -> HTMLResponse:
        """The form, and what comes of it."""
        texts, mark = self._texts, mark_of(request)
        try:
            parts = self._what_if(request, thread, asked) if run else ()
            shown = self._form(request, thread, asked, mark)
        except (NodrizaError, RecordError) as error:
            return self._failed(request, error)
        return self._page(
            request,
            texts("experts.replay.what_if"),
            paragraph(texts("experts.replay.what_if_what"), "quiet"),
            shown,
            *parts,
            self._ways(thread),
        )

    def _what_if(self, request: Request, thread: str, asked: _Asked) -> tuple[str, ...]:
        texts, house = self._texts, self._house
        if asked.navigator and asked.navigator not in _NAVIGATORS:
            told = texts("experts.replay.no_such_navigator", value=asked.navigator)
            return (paragraph(told, "urgent"),)
        chosen = tuple(model for model in house.models if model.name == asked.model)
        change = Change(
            turn=asked.turn,
            text=asked.words or None,
            navigator=asked.navigator or None,
            models=chosen or None,
            tree=asked.tree or None,
        )
        try:
            with open_machine(house) as machine:
                run = what_if(
                    machine, house.records, thread, change, house.models, person=house.person
                )
        except CannotFork as error:
            return (paragraph(texts("experts.replay.refused", cause=error), "urgent"),)
        self._access.note(request, "replay", thread=thread)
        run = masked(run, self._access.reading(request).masker(thread))
        return (self._outcome(run), beside(run, asked.turn, texts))

    def _outcome(self, run: Rerun) -> str:
        ended = paragraph(self._texts("experts.replay.ended", turns=run.turns), "note")
        return stopped(run, self._texts) or ended

    def _form(self, request: Request, thread: str, asked: _Asked, mark: str) -> str:
        texts, house = self._texts, self._house
        if house.records.conversation(thread) is None:
            raise UnknownConversation
        as_it_was = {"": texts("experts.replay.as_it_was")}
        turns = self._turns(request, thread)
        navigators = as_it_was | {it: named(texts, "navigator", it) for it in _NAVIGATORS}
        models = as_it_was | {model.name: model.name for model in house.models}
        trees = as_it_was | self._trees()
        given = asked.words
        return form(
            WHAT_IF,
            hidden(FIELD, mark),
            hidden("c", thread),
            '<div class="change"><div class="all">',
            select("turn", texts("experts.replay.from_turn"), turns.items(), str(asked.turn)),
            area("words", texts("experts.replay.words"), LONGEST_MESSAGE, given),
            paragraph(texts("experts.replay.words_note"), "quiet"),
            "</div><div>",
            select(
                "navigator", texts("experts.replay.navigator"), navigators.items(), asked.navigator
            ),
            "</div><div>",
            select("model", texts("experts.replay.model"), models.items(), asked.model),
            '</div><div class="all">',
            select("tree", texts("experts.replay.tree"), trees.items(), asked.tree),
            "</div></div>",
            button(texts("experts.replay.run"), "strong"),
        )

    def _turns(self, request: Request, thread: str) -> dict[str, str]:
        """What each turn is called in the list."""
        return {
            str(item.turn): f"{item.turn}. {_first_words(item.event)}"
            for item in self._access.reading(request).events(thread)
            if isinstance(item.event, MessageReceived | FactCorrected)
        }

    def _trees(self) -> dict[str, str]:
        texts, store = self._texts, self._house.brains.store
        return {
            there.version: texts("experts.replay.in_use", version=there.version)
            if there.state == "active"
            else there.version
            for there in store.versions()
            if there.state != "loading"
        }

    def _failed(self, request: Request, error: Exception) -> HTMLResponse:
        gone = isinstance(error, UnknownConversation)
        key = "gone" if gone else "unavailable"
        told = paragraph(self._texts(f"experts.replay.{key}"), "note")
        heading = self._texts("experts.replay.heading")
        status = 404 if gone else 503
        return page(request, self._texts, heading, told, self._ways(""), status=status)

    def _page(self, request: Request, heading: str, *parts: str) -> HTMLResponse:
        return page(request, self._texts, heading, *parts, style=STYLE)

    def _ways(self, thread: str) -> str:
        texts = self._texts
        back = address(CONVERSATION, thread) if thread else HOME
        ways = [link(back, texts("experts.replay.back"), "button")]
        if thread:
            ways += [
                link(address(path, thread), texts(f"experts.replay.{key}"), "button")
                for path, key in ((REPLAY, "to_replay"), (WHAT_IF, "to_what_if"))
            ]
        return f'<nav class="row">{"".join(ways)}</nav>'


def _first_words(said: MessageReceived | FactCorrected) -> str:
    text = " ".join((said.text if isinstance(said, MessageReceived) else said.name).split())
    return text if len(text) <= _FIRST_WORDS else f"{text[:_FIRST_WORDS]}…"
