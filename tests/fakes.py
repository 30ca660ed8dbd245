"""Stand-ins with a memory: each keeps what it was given, and says what its script says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from records.events import Aside, Event, FactCorrected, Locale, MessageReceived, Replied

Script = Callable[[str], list[Event]]
"""From her message to what follows it; the last one is a Replied."""


class FakeAssistant:
    """The assistant of the mothers' page, with a script for a mind."""

    def __init__(self, script: Script) -> None:
        self.sent: list[tuple[str, str, str]] = []
        """Each message that began a turn: thread, message id, text."""
        self._script = script
        self._open = threading.Event()
        self._open.set()
        self._turns: dict[str, dict[str, _FakeTurn]] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Turns stop behind the message until the end of the block."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def reply(
        self,
        thread: str,
        message_id: str,
        text: str,
        locale: Locale | None = None,
        *,
        consent: str | None = None,
    ) -> Iterator[Event]:
        turns = self._turns.setdefault(thread, {})
        if message_id not in turns:
            self.sent.append((thread, message_id, text))
            received = MessageReceived(text=text, locale=locale, consent=consent)
            turns[message_id] = self._run([received], lambda: self._script(text))
        return turns[message_id].read()

    def correct(
        self, thread: str, message_id: str, name: str, locale: Locale | None = None
    ) -> Iterator[Event]:
        turns = self._turns.setdefault(thread, {})
        if message_id not in turns:
            said = f"correct {name}"
            self.sent.append((thread, message_id, said))
            corrected = FactCorrected(name=name, locale=locale)
            turns[message_id] = self._run([corrected], lambda: self._script(said))
        return turns[message_id].read()

    def alarm(self, text: str, locale: Locale | None = None) -> Replied | None:
        replies = [event for event in self._script(text) if isinstance(event, Replied)]
        return next((reply for reply in replies if reply.kind == "danger"), None)

    def note(self, thread: str, aside: Aside) -> None:
        turn = next(turn for turn in reversed(self._turns[thread].values()) if turn.done)
        turn.add(aside)

    def erase(self, thread: str) -> None:
        del self._turns[thread]

    def history(self, thread: str) -> list[Event]:
        turns = self._turns.get(thread, {}).values()
        return [
            event for turn in turns for event in (turn.events if turn.done else turn.events[:1])
        ]

    def follow(self, thread: str) -> Iterator[Event] | None:
        turn = next(reversed(self._turns.get(thread, {}).values()), None)
        return None if turn is None or turn.done else turn.read()

    def turns(self, thread: str) -> int:
        return len(self._turns.get(thread, {}))

    def _run(self, first: list[Event], rest: Callable[[], list[Event]]) -> "_FakeTurn":
        turn = _FakeTurn(first)

        def run() -> None:
            self._open.wait()
            for event in rest():
                turn.add(event)

        threading.Thread(target=run, daemon=True).start()
        return turn


class _FakeTurn:
    """Runs in a thread of its own and can be read by many, from its start."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self._changed = threading.Condition()

    @property
    def done(self) -> bool:
        return any(isinstance(event, Replied) for event in self.events)

    def add(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def read(self) -> Iterator[Event]:
        position = 0
        while position < len(self.events) or not self.done:
            with self._changed:
                while position == len(self.events):
                    self._changed.wait()
            yield self.events[position]
            position += 1
