"""The experts' list of conversations: its lines, how many there are, and what to loosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.texts import Texts
from records.store import ConversationSummary, RecordError
from records.wanted import Found, Wanted
from tools.errors import NodrizaError
from ui.experts.filters import (
    Asked,
    Choices,
    Given,
    address,
    choices_of,
    described,
    understood,
)
from ui.experts.inbox import DESK, INBOX
from ui.experts.markup import escaped, named
from ui.experts.trace import moment

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
class Listed:
    """One page of the list."""

    asked: Asked
    choices: Choices
    page: int = 1
    pages: int = 1
    head: str = ""
    """How many there are, what is wrong, what to loosen; HTML."""
    lines: Sequence[tuple[str, str]] = ()
    """Words and id of each conversation."""


class Listing:
    """Makes pages of the list."""

    def __init__(
        self, records: Lister, texts: Texts, titles: Callable[[], Mapping[str, str]]
    ) -> None:
        """`titles` tells the topics' titles by id; it may raise a NodrizaError."""
        self._records = records
        self._texts = texts
        self._titles = titles

    def page(self, given: Given, page: int, thread: str | None) -> Listed:
        """A page of what is asked for; the nearest one there is. `thread` is open beside it."""
        try:
            titles = self._known_titles()
            choices = choices_of(self._records.found(), titles, self._texts)
            asked = understood(given, choices, self._texts)
            total = self._records.count(asked.wanted)
            pages = max(1, -(-total // LINES))
            page = max(1, min(page, pages))
            rows = self._records.conversations(
                limit=LINES, offset=(page - 1) * LINES, wanted=asked.wanted, total=total
            )
            head = self._counted(asked, page, len(rows), total) + self._looser(asked, choices, rows)
        except RecordError:
            sentence = f"<p>{escaped(self._texts('experts.unavailable'))}</p>"
            return Listed(Asked(), {}, head=self._head(sentence))
        problems = "".join(f'<p class="problem">{escaped(one)}</p>' for one in asked.problems)
        way = escaped(address(asked.given, page, thread))
        here = f'<a class="here" href="{way}">{escaped(self._texts("experts.here"))}</a>'
        lines = [(self._line(one, titles), one.thread) for one in rows]
        return Listed(asked, choices, page, pages, self._head(problems + head, here), lines)

    def described(self, listed: Listed) -> list[tuple[str, str]]:
        """Each filter that is used, in words, and its name."""
        return [
            (described(name, value, listed.choices, self._texts), name)
            for name, value in listed.asked.given.items()
        ]

    def _known_titles(self) -> Mapping[str, str]:
        try:
            return self._titles()
        except NodrizaError:
            return {}  # the graph is not there: topics go by their ids

    def _head(self, body: str, here: str = "") -> str:
        ways = " ".join(
            f'<a href="{path}">{escaped(self._texts(key))}</a>'
            for path, key in ((DESK, "experts.desk.link"), (INBOX, "experts.to_inbox"))
        )
        return f'<div role="status">{body}</div><p class="ways">{here} {ways}</p>'

    def _counted(self, asked: Asked, page: int, rows: int, total: int) -> str:
        first = (page - 1) * LINES + 1
        key = "count" if rows else "none_fits" if asked.given else "empty"
        values = {"first": first, "last": first + rows - 1, "total": self._number(total)}
        return f"<p>{escaped(self._texts(f'experts.{key}', **values))}</p>"

    def _looser(self, asked: Asked, choices: Choices, rows: Sequence[object]) -> str:
        """Where nothing is found: how many there would be without each of several filters."""
        if rows or len(asked.given) < 2:
            return ""
        items = []
        for name, value in asked.given.items():
            others = {key: it for key, it in asked.given.items() if key != name}
            count = self._records.count(understood(others, choices, self._texts).wanted)
            if count:
                label = described(name, value, choices, self._texts)
                items.append(self._without(label, others, count))
        none = escaped(self._texts("experts.filter.several"))
        return f"<ul>{''.join(items)}</ul>" if items else f"<p>{none}</p>"

    def _without(self, label: str, others: Given, count: int) -> str:
        sentence = self._texts("experts.filter.without", label=label, count=self._number(count))
        return f'<li><a href="{escaped(address(others))}">{escaped(sentence)}</a></li>'

    def _number(self, count: int) -> str:
        return f"{count:,}".replace(",", self._texts("experts.thousands"))

    def _line(self, one: ConversationSummary, titles: Mapping[str, str]) -> str:
        """Lines of plain text: the page's style keeps the breaks, with the first one bold."""
        texts = self._texts
        urgency = texts(f"experts.urgency_mark.{one.urgency}")
        why = " · ".join(texts(f"experts.filter.review_is.{reason}") for reason in one.reviews)
        topics = " · ".join(titles.get(topic, topic) for topic in one.topics)
        outcome = [named(texts, "outcome", one.outcome)]
        outcome += [texts("experts.line.helped")] if one.helped else []
        outcome += [texts("experts.line.fell_back")] if one.fell_back else []
        about = texts(
            "experts.line.about",
            outcome=" · ".join(outcome),
            turns=one.turns,
            navigator=one.navigator,
            model=one.model or texts("experts.no_model"),
        )
        lines = (
            texts("experts.line.first", urgency=urgency, date=moment(one.last_at, texts)),
            " ".join(one.first_words.split()) or texts("experts.no_words"),
            texts("experts.line.review", why=why) if why else "",
            texts("experts.line.topics", topics=topics) if topics else "",
            about,
        )
        return "\n".join(filter(None, lines))
