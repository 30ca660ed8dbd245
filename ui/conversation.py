"""The turns of one mother, as her pages watch them.

A conversation is shared by all the tabs of one browser. Its turns run in a thread of the server,
and the pages only watch: a reload, a closed tab or a lost connection never loses a turn.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from agent.texts import Texts, load_texts
from agent.turns import log_error
from records.events import (
    Aside,
    Event,
    FollowedUp,
    Locale,
    MessageReceived,
    Rated,
    Replied,
)
from ui.after import STATES, answer_to_follow_up, follow_up_labels, last_answer, ratings
from ui.locales import last_locale, localised
from ui.render import SHOWN, Screen, render

MAX_WAITING = 5
"""Messages that may wait for their turn; one more stays in her box."""


class Talk(Protocol):
    """The assistant, as the page uses it."""

    def reply(
        self,
        thread: str,
        message_id: str,
        text: str,
        locale: Locale | None = None,
        *,
        consent: str | None = None,
    ) -> Iterator[Event]:
        """The turn's events as they happen, or again those of a message that was already sent."""

    def correct(
        self, thread: str, message_id: str, name: str, locale: Locale | None = None
    ) -> Iterator[Event]:
        """Forget one understood fact."""

    def alarm(self, text: str, locale: Locale | None = None) -> Replied | None:
        """What is to be done at once, where a message that is not taken tells of danger."""

    def note(self, thread: str, aside: Aside) -> None:
        """Record what happened between two turns."""

    def erase(self, thread: str) -> None:
        """Delete all that is kept of a conversation."""

    def history(self, thread: str) -> list[Event]:
        """All events of done turns, and the message of a running one."""

    def follow(self, thread: str) -> Iterator[Event] | None:
        """The running turn's events from its start; None when nothing runs."""

    def turns(self, thread: str) -> int:
        """How many turns there are, done or running."""


@dataclass(frozen=True)
class _Turn:
    text: str
    """What she wrote; empty for a correction."""
    run: Callable[[str], Iterator[Event]]
    """From the message's id to the events."""


class Conversation:
    """The turns of one mother: one at a time, the others wait in order."""

    def __init__(self, talk: Talk, texts: Texts, thread: str, person: bool) -> None:
        self._talk = talk
        self._texts = texts
        self._person = person
        self._thread = thread
        self._lock = threading.Lock()
        self._restored = False
        self._events: list[Event] = []
        self._number = 0
        self._running = False
        self._waiting: deque[_Turn] = deque()
        self._sent: dict[int, str] = {}
        self._last_typed = ""
        self._watchers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def restore(self) -> None:
        """Read what was said and go on with a running turn. Blocks; only the first call reads."""
        with self._lock:
            if self._restored:
                return
            said = self._talk.history(self._thread)
            running = self._talk.follow(self._thread)
            if running is None:
                # A turn may have ended between the two calls.
                said = self._talk.history(self._thread)
            self._events = [event for event in said if isinstance(event, SHOWN)]
            self._number = self._talk.turns(self._thread)
            hers = [event.text for event in said if isinstance(event, MessageReceived)]
            self._last_typed = hers[-1] if hers else ""
            self._restored = True
            if running is not None:
                self._start(running)

    @property
    def country(self) -> str | None:
        """Where she last said that she is."""
        with self._lock:
            last = last_locale(self._events)
            return last.country if last else None

    @property
    def begun(self) -> bool:
        """Whether a message of it was taken."""
        return self._number > 0

    def say(
        self, number: int, text: str, locale: Locale, typed: bool, consent: str | None = None
    ) -> bool:
        """Take a message, or refuse it: it was sent twice, or from a page that is out of date.

        `consent` are the words that she has agreed to; they are kept with the first message.
        """
        if (aside := self._follow_up(number, text, locale)) is not None:
            return self._note(aside)
        agreed = None if self.begun else consent

        def reply(message_id: str) -> Iterator[Event]:
            return self._talk.reply(self._thread, message_id, text, locale, consent=agreed)

        turn = _Turn(text, reply)
        return bool(text.strip()) and self._take(number, typed, turn)

    def has_taken(self, number: int, text: str) -> bool:
        """Whether a page drawn at turn `number` still shows words in the box that were taken."""
        return number < self._number and bool(text.strip()) and text == self._last_typed

    def correct(self, number: int, chip: int, locale: Locale) -> bool:
        """Forget the fact of a chip, unless the page is out of date."""
        chips = self.view(locale).chips
        if chip >= len(chips):
            return False
        name = chips[chip][0]
        turn = _Turn("", lambda id_: self._talk.correct(self._thread, id_, name, locale))
        return self._take(number, False, turn)

    def rate(self, number: int, helped: bool) -> bool:
        """Note whether the answer has helped, once, unless the page is out of date."""
        with self._lock:
            answer = last_answer(self._events)
            fits = number == self._number and not self._running and not ratings(self._events)
        return answer is not None and fits and self._note(Rated(node=answer.node, helped=helped))

    def _follow_up(self, number: int, text: str, locale: Locale) -> FollowedUp | None:
        """What she says to "how does it go today?", where that is what she was asked."""
        with self._lock:
            if number != self._number or self._running:
                return None
            answer = answer_to_follow_up(self._events, _now().date())
        labels = dict(zip(follow_up_labels(load_texts(locale.language)), STATES, strict=True))
        state = labels.get(text.strip())
        return FollowedUp(node=answer.node, state=state) if answer and state else None

    def _note(self, aside: Rated | FollowedUp) -> bool:
        try:
            self._talk.note(self._thread, aside)
        except Exception as error:  # noqa: BLE001 - she can press again, and go on
            log_error("what she said of an answer could not be noted", error)
            return False
        self._add(aside, queued=False)
        return True

    async def watch(self, locale: Locale) -> AsyncIterator[Screen]:
        """What is to be seen now, and at each change until nothing runs."""
        changed = asyncio.Event()
        self._watchers[changed] = asyncio.get_running_loop()
        seen: Screen | None = None
        try:
            while True:
                changed.clear()
                screen = self.view(locale)
                if screen != seen:
                    # Looked at again when it is on its way: another event of the same page may
                    # have shown something newer first.
                    yield screen
                    seen = screen
                elif screen.busy:
                    await changed.wait()
                else:
                    return
        finally:
            del self._watchers[changed]

    def view(self, locale: Locale) -> Screen:
        """What is to be seen now, in her country and language."""
        texts = load_texts(locale.language)
        with self._lock:
            waiting = [turn.text for turn in self._waiting]
            events = localised(self._events, locale.country)
            state = (waiting, self._running, self._number, _now().date(), self._person)
            return render(events, texts, *state)

    def _take(self, number: int, typed: bool, turn: _Turn) -> bool:
        with self._lock:
            if self._running:
                # She may write on while an answer comes; a second click is not a second message.
                new = typed and self._sent.get(number) != turn.text
                taken = new and len(self._waiting) < MAX_WAITING
            else:
                taken = number == self._number
            if taken:
                self._sent[number] = turn.text
                self._last_typed = turn.text if typed else ""
                self._number += 1
                self._waiting.append(turn)
                if not self._running:
                    self._start(None)
        self._wake()
        return taken

    def _start(self, events: Iterator[Event] | None) -> None:
        self._running = True
        threading.Thread(target=self._work, args=(events,), daemon=True).start()

    def _work(self, events: Iterator[Event] | None) -> None:
        if events is not None:
            self._pump(None, events)
        while True:
            with self._lock:
                turn = self._waiting[0] if self._waiting else None
                if turn is None:
                    self._running = False
                    self._sent.clear()
            if turn is None:
                break
            self._pump(turn, self._begin(turn))
        self._wake()

    def _begin(self, turn: _Turn) -> Iterator[Event]:
        # A generator, so that an error of its first line is met where all others are.
        yield from turn.run(str(self._talk.turns(self._thread)))

    def _pump(self, turn: _Turn | None, events: Iterator[Event]) -> None:
        queued = turn is not None
        try:
            for event in events:
                self._add(event, queued)
                queued = False
        except Exception as error:  # noqa: BLE001 - she must not see it, and can go on
            log_error("a turn failed", error)
            if queued and turn and turn.text:
                self._add(MessageReceived(text=turn.text), queued)
                queued = False
            self._add(Replied(kind="notice", text=self._texts("agent.calm")), queued)

    def _add(self, event: Event, queued: bool) -> None:
        with self._lock:
            if queued:  # the turn's first event takes the place of the waiting message
                self._waiting.popleft()
            # A turn that is followed begins with what the history already has of it.
            if isinstance(event, SHOWN) and event not in self._events:
                self._events.append(event)
        self._wake()

    def _wake(self) -> None:
        for changed, loop in list(self._watchers.items()):
            with suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(changed.set)


def _now() -> datetime:
    """Where the server is, as in the experts' panel: mothers and experts share a country."""
    return datetime.now(UTC).astimezone()
