"""Her own pages: the summary, her data, an opinion, and a person to ask.

All of them belong to whoever has the browser's cookie. Its SameSite=Lax keeps forms of other
sites out. Nothing of hers is in an address, a title or a log.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Annotated, Protocol

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from agent.assistant import storable
from agent.texts import Texts, load_texts
from agent.turns import log_error
from records.events import EVENT, Event, Rated
from records.store import RecordError, UnknownConversation
from tools.errors import NodrizaError
from ui.after import DATA, OPINION, PERSON, SUMMARY, ratings
from ui.conversation import Talk
from ui.first_screen import emergency_call
from ui.hers.document import (
    Reader,
    area,
    button,
    document,
    form,
    kept_words,
    link,
    paragraph,
    way_home,
)
from ui.hers.person import AskingForPerson, People
from ui.hers.summary import summary
from ui.locales import last_locale
from ui.visitor import COOKIE, thread_of

MOST_OPINION = 2000
"""Characters."""


class Talks(Protocol):
    """Where conversations are."""

    def talk_of(self, thread: str) -> Talk:
        """What keeps one."""

    def is_private(self, thread: str) -> bool:
        """Whether that is memory only."""


def her_pages(
    talks: Talks, texts: Texts, country: str, people: People | None, keep_days: int | None
) -> APIRouter:
    """The routes, in the language and for the country that she last chose in the chat.

    Before that in those of `texts` and `country`. Without `people` no person can be asked.
    Conversations without activity are said to be erased after `keep_days`.
    """
    router = APIRouter(include_in_schema=False)

    def open_hers(request: Request, show: _Shown) -> Response:
        thread = thread_of(request.cookies) or ""
        talk, private = talks.talk_of(thread), talks.is_private(thread)
        keeping = _Keeping(talk, None if private else people, private, keep_days)
        pages = _Pages(keeping, _reader([], texts, country))
        try:
            events = talk.history(thread)
            if not events:
                return pages.nothing()
            return show(_Pages(keeping, _reader(events, texts, country)), thread, events)
        except (NodrizaError, RecordError) as error:
            log_error("one of her pages could not be shown", error)
            return pages.sorry()

    def serve(path: str, show: _Shown, method: str = "GET") -> None:
        def page(request: Request) -> Response:
            return open_hers(request, show)

        router.add_api_route(path, page, methods=[method])

    serve(SUMMARY, _Pages.summary)
    serve(f"{SUMMARY}.txt", _Pages.summary_file)
    serve(DATA, _Pages.data)
    serve(f"{DATA}.json", _Pages.data_file)
    serve(f"{DATA}/borrar", _Pages.erase, "POST")
    serve(OPINION, _Pages.opinion)

    @router.post(OPINION)
    def note_opinion(request: Request, opinion: Annotated[str, Form()] = "") -> Response:
        return open_hers(request, partial(_Pages.note_opinion, opinion=opinion))

    if people is None:
        return router
    answering = people

    def offer_person(pages: _Pages, thread: str, events: list[Event]) -> Response:
        if pages.private:
            return pages.no_person()
        return AskingForPerson(answering, pages.reader).show(thread, events)

    serve(PERSON, offer_person)

    @router.post(PERSON)
    def ask_person(
        request: Request, seen: Annotated[str, Form()] = "", added: Annotated[str, Form()] = ""
    ) -> Response:
        def send(pages: _Pages, thread: str, events: list[Event]) -> Response:
            if pages.private:
                return pages.no_person()
            return AskingForPerson(answering, pages.reader).send(thread, events, seen, added)

        return open_hers(request, send)

    return router


def _reader(events: list[Event], texts: Texts, country: str) -> Reader:
    last = last_locale(events)
    if last is None or last.language == texts.language:
        hers, home = texts, "/"
    else:
        hers, home = load_texts(last.language), f"/{last.language}/"
    return Reader(hers, home, emergency_call(hers, last.country if last else country))


@dataclass(frozen=True)
class _Keeping:
    """Where her conversation is, who else has some of it, and for how long."""

    talk: Talk
    people: People | None
    private: bool
    """It is in memory only."""
    days: int | None


class _Pages:
    def __init__(self, keeping: _Keeping, reader: Reader) -> None:
        self.reader = reader
        self.private = keeping.private
        self._talk = keeping.talk
        self._texts = reader.texts
        self._people = keeping.people
        self._keep_days = keeping.days

    def nothing(self) -> Response:
        home = way_home(self.reader)
        nothing = paragraph(self._texts("hers.nothing_yet"))
        return document(self._texts, self._texts("hers.my_data"), nothing, home)

    def sorry(self) -> Response:
        sorry = paragraph(self._texts("hers.unavailable"))
        title = self._texts("hers.title")
        return document(self._texts, title, sorry, way_home(self.reader), status=503)

    def summary(self, _thread: str, events: list[Event]) -> Response:
        texts = self._texts
        return document(
            texts,
            texts("hers.summary.heading"),
            paragraph(texts("hers.summary.intro"), "quiet"),
            '<div class="row">',
            button(texts("hers.summary.share"), "strong", "share"),
            button(texts("hers.summary.copy"), "", "copy", texts("hers.summary.copied")),
            button(texts("hers.summary.print"), "", "print"),
            link(f"{SUMMARY}.txt", texts("hers.summary.download"), "button"),
            "</div>",
            kept_words(summary(events, texts, datetime.now(UTC))),
            way_home(self.reader),
        )

    def summary_file(self, _thread: str, events: list[Event]) -> Response:
        text = summary(events, self._texts, datetime.now(UTC))
        headers = _attached(self._texts("hers.summary.file"))
        return PlainTextResponse(text, headers=headers)

    def no_person(self) -> Response:
        nobody = paragraph(self._texts("hers.person.private"))
        title = self._texts("hers.person.heading")
        return document(self._texts, title, nobody, way_home(self.reader))

    def data(self, _thread: str, _events: list[Event]) -> Response:
        texts, days = self._texts, self._keep_days
        kept = [texts("hers.data.kept")]
        kept.append(texts("hers.data.days", days=days) if days else texts("hers.data.for_ever"))
        if self.private:
            kept = [texts("hers.data.private")]
        return document(
            texts,
            texts("hers.data.heading"),
            *map(paragraph, kept),
            '<div class="row">',
            link(f"{DATA}.json", texts("hers.data.download"), "button"),
            link(SUMMARY, texts("hers.summary.link"), "button"),
            "</div>",
            f"<details><summary>{escape(texts('hers.data.erase'))}</summary>",
            paragraph(texts("hers.data.sure"), "urgent"),
            form(f"{DATA}/borrar", button(texts("hers.data.yes_erase"), "alarm")),
            "</details>",
            way_home(self.reader),
        )

    def data_file(self, thread: str, events: list[Event]) -> Response:
        handed = self._people.hand_offs.of(thread) if self._people else []
        everything = {
            "conversation": [EVENT.dump_python(event, mode="json") for event in events],
            "handed_to_a_person": [
                {"at": one.created_at.isoformat(), "sent": one.sent} for one in handed
            ],
        }
        headers = _attached(self._texts("hers.data.download_file"))
        return JSONResponse(everything, headers=headers)

    def erase(self, thread: str, _events: list[Event]) -> Response:
        texts, people = self._texts, self._people
        mailed = people is not None and people.mails_summary and people.hand_offs.of(thread)
        with suppress(UnknownConversation):  # another tab was faster
            self._talk.erase(thread)
        page = document(
            texts,
            texts("hers.data.erased_heading"),
            paragraph(texts("hers.data.erased")),
            paragraph(texts("hers.data.erased_mailed")) if mailed else "",
            f"<p>{link(self.reader.home, texts('hers.data.begin'), 'button strong')}</p>",
        )
        page.delete_cookie(COOKIE)
        return page

    def opinion(self, _thread: str, events: list[Event]) -> Response:
        texts = self._texts
        if not ratings(events):
            return self._about_opinion(paragraph(texts("hers.opinion.nothing")))
        return self._about_opinion(
            paragraph(texts("hers.opinion.intro")),
            form(
                OPINION,
                area("opinion", texts("hers.opinion.label"), MOST_OPINION),
                button(texts("hers.opinion.send"), "strong"),
            ),
        )

    def note_opinion(self, thread: str, events: list[Event], opinion: str) -> Response:
        given, comment = ratings(events), storable(opinion).strip()[:MOST_OPINION]
        if not (given and comment):
            return self.opinion(thread, events)
        rated = Rated(node=given[-1].node, helped=given[-1].helped, comment=comment)
        self._talk.note(thread, rated)
        return self._about_opinion(paragraph(self._texts("hers.opinion.done"), "note"))

    def _about_opinion(self, *parts: str) -> Response:
        return document(
            self._texts, self._texts("hers.opinion.heading"), *parts, way_home(self.reader)
        )


_Shown = Callable[[_Pages, str, list[Event]], Response]
"""From the pages in her language, a conversation's id and its events to one of them."""


def _attached(file: str) -> dict[str, str]:
    disposition = f'attachment; filename="{file}"'
    return {"content-disposition": disposition, "cache-control": "no-store"}
