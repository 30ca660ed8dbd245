"""Asking for a person: she sees what is sent, and sends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from fastapi.responses import HTMLResponse

from agent.assistant import storable
from agent.texts import Texts, languages, load_texts
from records.events import Event
from records.handoffs import HandOff, HandOffs
from ui.after import PERSON
from ui.hers.document import (
    Reader,
    area,
    button,
    document,
    form,
    hidden,
    kept_words,
    link,
    paragraph,
    scrolled,
    way_home,
)
from ui.hers.summary import day, summary

MOST_ADDED = 1500
"""Characters that she may add."""


@dataclass(frozen=True)
class People:
    """Those who answer when she asks for a person."""

    hand_offs: HandOffs
    hours: int
    """Within how many she is told to expect an answer."""
    tell: Callable[[str], object] = lambda _sent: None
    """Is told of each hand-off, with what she has sent."""
    mails_summary: bool = False
    """Whether what she sends leaves the house by e-mail."""


class AskingForPerson:
    """The page and what it sends."""

    def __init__(self, people: People, reader: Reader) -> None:
        self._people = people
        self._reader = reader
        self._texts = reader.texts

    def show(self, thread: str, events: Sequence[Event]) -> HTMLResponse:
        """What would be sent, or what she can expect when it was."""
        if waiting := self._waiting(thread):
            return self._sent(waiting)
        return self._offer(summary(events, self._texts, datetime.now(UTC)))

    def send(self, thread: str, events: Sequence[Event], seen: str, added: str) -> HTMLResponse:
        """Hand over what she has `seen`, a mark of it; else she is shown what there is now."""
        texts, added = self._texts, storable(added).strip()
        text = summary(events, texts, datetime.now(UTC))
        if self._waiting(thread) is None:
            if seen != _mark(text):
                return self._offer(text, added, texts("hers.person.changed"))
            if len(added) > MOST_ADDED:
                too_long = texts("hers.person.too_long", limit=MOST_ADDED)
                return self._offer(text, added, too_long)
            sent = _with_added(added, text, texts) if added else text
            if self._people.hand_offs.add(thread, sent):
                self._people.tell(sent)
        return self.show(thread, events)

    def _waiting(self, thread: str) -> HandOff | None:
        of_hers = self._people.hand_offs.of(thread)
        return next((one for one in of_hers if one.answered_at is None), None)

    def _offer(self, text: str, added: str = "", notice: str = "") -> HTMLResponse:
        texts = self._texts
        if not text:
            return self._page(paragraph(texts("hers.nothing_yet")), way_home(self._reader))
        return self._page(
            paragraph(notice, "note") if notice else "",
            paragraph(texts("hers.person.intro", hours=self._people.hours)),
            paragraph(texts("hers.person.urgent", emergency=self._reader.emergency), "urgent"),
            paragraph(texts("hers.person.mailed")) if self._people.mails_summary else "",
            paragraph(texts("hers.person.sent")),
            scrolled(texts("hers.person.sent"), text),
            form(
                PERSON,
                hidden("seen", _mark(text)),
                area("added", texts("hers.person.add"), MOST_ADDED, added),
                '<div class="row">',
                button(texts("hers.person.send"), "strong"),
                link(self._reader.home, texts("hers.person.cancel"), "button"),
                "</div>",
            ),
        )

    def _sent(self, hand_off: HandOff) -> HTMLResponse:
        texts = self._texts
        when = day(hand_off.created_at, texts)
        waiting = texts("hers.person.waiting", date=when, hours=self._people.hours)
        return self._page(
            paragraph(waiting, "note"),
            paragraph(texts("hers.person.urgent", emergency=self._reader.emergency), "urgent"),
            way_home(self._reader, "strong"),
            paragraph(texts("hers.person.sent")),
            kept_words(hand_off.sent),
        )

    def _page(self, *parts: str) -> HTMLResponse:
        return document(self._texts, self._texts("hers.person.heading"), *parts)


def _with_added(added: str, text: str, texts: Texts) -> str:
    return f"{texts('hers.person.added')}\n{added}\n\n{text}"


def added_words(sent: str) -> str:
    """What she added to the summary that she `sent`, in whatever language; empty for nothing."""
    for texts in map(load_texts, languages()):
        begins, ends = _with_added("\0", texts("hers.summary.title"), texts).split("\0")
        if sent.startswith(begins) and ends in sent:
            return sent[len(begins) : sent.rindex(ends)]
    return ""


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()
