"""The record as an expert may see it: personal data masked, and each look written down.

It has the methods of the record that the pages read with, so that they know nothing of masks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from records.audit import Action
from records.personal import Masker
from records.store import ConversationSummary, RecordedEvent, Records
from records.wanted import Found, Wanted


class Reading:
    """The record within one request."""

    def __init__(
        self,
        records: Records,
        revealed: Mapping[str, datetime],
        note: Callable[[Action, str | None], None],
        region: str,
    ) -> None:
        """`revealed` says until when a conversation is shown as it is; `note` writes a look down.

        What cannot be written down is not shown: `note` then raises RecordError.
        """
        self._records = records
        self._revealed = revealed
        self._note = note
        self._region = region
        self._maskers: dict[str, Masker] = {}
        self._read: dict[str, list[RecordedEvent]] = {}
        self._first: dict[str, str] = {}
        self._noted: set[tuple[Action, str | None]] = set()

    def conversations(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        wanted: Wanted | None = None,
        total: int | None = None,
    ) -> list[ConversationSummary]:
        """As Records has it."""
        self._once("search" if wanted and wanted.words else "list")
        found = self._records.conversations(limit=limit, offset=offset, wanted=wanted, total=total)
        return self._covered(found)

    def count(self, wanted: Wanted | None = None) -> int:
        """As Records has it."""
        return self._records.count(wanted)

    def found(self) -> Found:
        """As Records has it."""
        return self._records.found()

    def conversation(self, thread: str) -> ConversationSummary | None:
        """As Records has it."""
        found = self._records.conversation(thread)
        if found is None:
            return None
        self._once("read", thread)
        return self._covered([found])[0]

    def events(self, thread: str) -> list[RecordedEvent]:
        """As Records has it; read once, whatever stands on the page."""
        if thread not in self._read:
            self._read[thread] = self._covered_events(thread)
        return self._read[thread]

    def _covered_events(self, thread: str) -> list[RecordedEvent]:
        found = self._records.events(thread)
        if not found:
            return found
        self._once("read", thread)
        masker = self.masker(thread)
        return [replace(one, event=masker.event(one.event)) for one in found] if masker else found

    def text(self, thread: str, text: str) -> str:
        """What she handed over in a conversation, which may say more than its messages."""
        self._once("read", thread)
        if self.shown_until(thread):
            return text
        return Masker([text], self._region).text(self.masker(thread).text(text))

    def shown_until(self, thread: str) -> datetime | None:
        """Until when a conversation is shown as it is; None while it is masked."""
        return self._revealed.get(thread)

    def masker(self, thread: str) -> Masker:
        """What masks a conversation; it masks nothing of one that is shown as it is."""
        return self._maskers_of([thread])[thread]

    def _covered(self, found: Sequence[ConversationSummary]) -> list[ConversationSummary]:
        self._maskers_of([one.thread for one in found])
        return [replace(one, first_words=self._first_words(one)) for one in found]

    def _first_words(self, one: ConversationSummary) -> str:
        """Cut after the masks are on: half a name is no name that is found."""
        words, whole = one.first_words, self._first.get(one.thread, "")
        if not whole.startswith(words):
            whole = words
        masked = self._maskers[one.thread].text(whole)[: len(words)]
        return f"{masked.rstrip()}…" if len(whole) > len(words) else masked

    def _maskers_of(self, threads: Sequence[str]) -> dict[str, Masker]:
        new = [thread for thread in threads if thread not in self._maskers]
        said = self._records.messages(new)
        for thread in new:
            texts = said.get(thread, [])
            self._first[thread] = next(filter(None, texts), "")
            hidden = () if self.shown_until(thread) else texts
            self._maskers[thread] = Masker(hidden, self._region)
        return self._maskers

    def _once(self, action: Action, thread: str | None = None) -> None:
        if (action, thread) not in self._noted:
            self._note(action, thread)
            self._noted.add((action, thread))
