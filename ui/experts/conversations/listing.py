"""The experts' list of conversations: which there are, how many, and what to loosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent.texts import Texts
from records.store import ConversationSummary, RecordError
from records.wanted import Found, Wanted
from tools.errors import NodrizaError
from ui.experts.conversations.filters import (
    Asked,
    Choices,
    Given,
    choices_of,
    described,
    understood,
)

LINES = 50
"""Of a page."""


class Lister(Protocol):
    """What the list needs of the record; records.store.Records has it."""

    def conversations(
        self,
        *,
        limit: int = ...,
        offset: int = ...,
        wanted: Wanted | None = ...,
        total: int | None = ...,
    ) -> Sequence[ConversationSummary]: ...
    def count(self, wanted: Wanted | None = None) -> int: ...
    def found(self) -> Found: ...


@dataclass(frozen=True)
class Loosened:
    """What would be found without one of the filters."""

    label: str
    """The filter that is left out, in words."""
    given: Given
    """The others."""
    count: int


@dataclass(frozen=True)
class Listed:
    """One page of the list."""

    asked: Asked = field(default_factory=Asked)
    choices: Choices = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of topics, by id."""
    page: int = 1
    pages: int = 1
    total: int = 0
    rows: Sequence[ConversationSummary] = ()
    looser: Sequence[Loosened] = ()
    """Where nothing is found with several filters."""
    unavailable: bool = False
    """The record cannot be read."""

    @property
    def first(self) -> int:
        """The number of the first row in the whole list, from 1."""
        return (self.page - 1) * LINES + 1


@dataclass(frozen=True)
class Neighbours:
    """The conversations before and after one in a list; None where it begins or ends."""

    newer: str | None = None
    older: str | None = None
    place: int = 0
    """The number of the conversation in the list, from 1; 0 when it is not there any more."""


class Listing:
    """Makes pages of the list."""

    def __init__(self, texts: Texts, titles: Callable[[], Mapping[str, str]]) -> None:
        """`titles` tells the topics' titles by id; it may raise a NodrizaError."""
        self._texts = texts
        self._titles = titles

    def page(self, records: Lister, given: Given, page: int) -> Listed:
        """A page of what is asked for; the nearest one there is."""
        titles = self._known_titles()
        try:
            choices = choices_of(records.found(), titles, self._texts)
            asked = understood(given, choices, self._texts)
            total = records.count(asked.wanted)
            pages = max(1, -(-total // LINES))
            page = max(1, min(page, pages))
            rows = records.conversations(
                limit=LINES, offset=(page - 1) * LINES, wanted=asked.wanted, total=total
            )
            looser = [] if rows else self._looser(records, asked, choices)
        except RecordError:
            return Listed(unavailable=True)
        return Listed(asked, choices, titles, page, pages, total, rows, looser)

    def neighbours(self, records: Lister, given: Given, place: int, thread: str) -> Neighbours:
        """Those beside the conversation that was at a place of the list. Raises RecordError."""
        choices = choices_of(records.found(), self._known_titles(), self._texts)
        wanted = understood(given, choices, self._texts).wanted
        first = max(1, place - _MOVED)
        rows = records.conversations(limit=2 * _MOVED + 1, offset=first - 1, wanted=wanted)
        threads = [row.thread for row in rows]
        if thread not in threads:
            return Neighbours()
        at = threads.index(thread)
        return Neighbours(
            newer=threads[at - 1] if at else None,
            older=threads[at + 1] if at + 1 < len(threads) else None,
            place=first + at,
        )

    def title(self, topic: str) -> str:
        """What a topic is called; its id where that is not known."""
        return self._known_titles().get(topic, topic)

    def _known_titles(self) -> Mapping[str, str]:
        try:
            return self._titles()
        except NodrizaError:
            return {}  # the graph is not there: topics go by their ids

    def _looser(self, records: Lister, asked: Asked, choices: Choices) -> list[Loosened]:
        """How many there would be without each of several filters."""
        found = []
        for name, value in asked.given.items() if len(asked.given) > 1 else ():
            others = {key: it for key, it in asked.given.items() if key != name}
            count = records.count(understood(others, choices, self._texts).wanted)
            if count:
                label = described(name, value, choices, self._texts)
                found.append(Loosened(label, others, count))
        return found


_MOVED = 5
"""Places that a conversation is looked for around where it was: meanwhile others have moved up."""
