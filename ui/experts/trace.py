"""A conversation as a timeline by turn: events -> HTML, for readers who do not program."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote as url_quote

from agent.prices import Prices, Usage, usage_of
from agent.texts import Texts
from records.events import (
    Event,
    Failed,
    GraphQueried,
    MessageReceived,
    ModelCalled,
    Replied,
    Screened,
    Understood,
)
from ui.experts.markup import chips, decimal, duration, escaped, listed, named, paragraph
from ui.experts.steps import step
from ui.experts.ways import REPLAY, WHAT_IF, address

MARKS = ("summary", "fact", "danger")


class Summary(Protocol):
    """What the head of a conversation shows; records.store.ConversationSummary has it."""

    @property
    def thread(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def last_at(self) -> datetime: ...
    @property
    def turns(self) -> int: ...
    @property
    def first_words(self) -> str: ...
    @property
    def tree(self) -> str: ...
    @property
    def navigator(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def urgency(self) -> str: ...
    @property
    def outcome(self) -> str: ...


class Recorded(Protocol):
    """An event with its place; records.store.RecordedEvent."""

    @property
    def turn(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def event(self) -> Event: ...


def timeline(
    summary: Summary,
    recorded: Iterable[Recorded],
    texts: Texts,
    prices: Prices = MappingProxyType({}),
) -> str:
    """The whole conversation."""
    ordered = sorted(recorded, key=lambda item: (item.turn, item.seq))
    turns = "".join(
        _turn(number, [item.event for item in items], texts, prices)
        for number, items in groupby(ordered, key=lambda item: item.turn)
    )
    return f'<div class="trace">{_head(summary, texts)}{_legend(texts)}{turns}</div>'


def moment(at: datetime, texts: Texts) -> str:
    """Date and time where the server is (its TZ): experts and mothers share a country."""
    return at.astimezone().strftime(texts("experts.date_format"))


def _head(summary: Summary, texts: Texts) -> str:
    urgency = summary.urgency
    facts = [
        (texts("experts.began"), escaped(moment(summary.created_at, texts))),
        (texts("experts.ended"), escaped(moment(summary.last_at, texts))),
        (
            texts("experts.urgency_title"),
            chips([named(texts, "urgency", urgency)], f"level-{urgency}"),
        ),
        (
            texts("experts.outcome_title"),
            escaped(named(texts, "outcome", summary.outcome)),
        ),
        (texts("experts.navigator"), escaped(summary.navigator)),
        (texts("experts.model"), escaped(summary.model or texts("experts.no_model"))),
        (texts("experts.tree"), escaped(summary.tree)),
    ]
    words = summary.first_words or texts("experts.no_words")
    link = f"?c={url_quote(summary.thread, safe='')}"
    ways = " · ".join(
        f'<a href="{escaped(address(path, summary.thread))}">'
        f"{escaped(texts(f'experts.replay.{key}'))}</a>"
        for path, key in ((REPLAY, "to_replay"), (WHAT_IF, "to_what_if"))
    )
    return (
        f'<div class="head"><h2>{escaped(words)}</h2>{listed(facts)}'
        f'<p><a href="{escaped(link)}">{escaped(texts("experts.link"))}</a> · {ways}</p></div>'
    )


def _legend(texts: Texts) -> str:
    marks = " ".join(
        f'<mark class="{kind}">{escaped(texts(f"experts.mark.{kind}"))}</mark>' for kind in MARKS
    )
    return f'<p class="legend">{escaped(texts("experts.legend"))} {marks}</p>'


def _turn(number: int, events: Sequence[Event], texts: Texts, prices: Prices) -> str:
    """One turn, unfolded; its queries stand together where they follow one another."""
    steps = "".join(
        _step(kind, list(group), events, texts)
        for kind, group in groupby(events, key=lambda event: event.type)
    )
    if not any(isinstance(event, Replied | Failed) for event in events):
        steps += f"<li><h4></h4>{paragraph(texts('experts.unfinished'), 'quiet')}</li>"
    title = texts("experts.turn", number=number)
    return (
        f'<details class="turn" open><summary><h3>{escaped(title)}</h3> '
        f"{_headline(events, texts, prices)}</summary><ol>{steps}</ol></details>"
    )


def _headline(events: Sequence[Event], texts: Texts, prices: Prices) -> str:
    """When, how long, and what it took."""
    queries = [event.ms for event in events if isinstance(event, GraphQueried)]
    calls = [event.ms for event in events if isinstance(event, ModelCalled)]
    used = usage_of(events, prices)
    took = (max(event.at for event in events) - min(event.at for event in events)).total_seconds()
    parts = (
        moment(events[0].at, texts),
        texts("experts.took", time=duration(1000 * took, texts)),
        texts("experts.queries", count=len(queries), time=duration(sum(queries), texts)),
        texts("experts.calls", count=used.calls, time=duration(sum(calls), texts)),
        *([_spent(used, texts)] if used.calls else []),
    )
    return "".join(f'<span class="quiet">{escaped(part)}</span> ' for part in parts)


def _spent(used: Usage, texts: Texts) -> str:
    """Tokens and cost of a turn."""
    cost = texts("experts.no_price")
    if used.cost is not None:
        cost = texts("experts.dollars", amount=decimal(f"{used.cost:.4f}", texts))
    return texts(
        "experts.usage",
        input=used.input_tokens,
        cached=used.cached_tokens,
        output=used.output_tokens,
        cost=cost,
    )


def _step(kind: str, group: Sequence[Event], turn: Sequence[Event], texts: Texts) -> str:
    bodies = "".join(
        f'<p class="words">{marked(event.text, turn, texts)}</p>'
        if isinstance(event, MessageReceived)
        else step(event, texts)
        for event in group
    )
    label = escaped(texts(f"experts.step.{kind}"))
    return f'<li class="{kind}"><h4>{label}</h4><div class="body">{bodies}</div></li>'


def marked(message: str, turn: Sequence[Event], texts: Texts) -> str:
    """Her words with what the turn found in them. Marks may overlap: each piece has all of its."""
    found = [mark for mark in _marks(message, turn, texts) if mark[0] < mark[1]]
    cuts = sorted({0, len(message), *(cut for mark in found for cut in mark[:2])})
    pieces = []
    for start, end in pairwise(cuts):
        here = [mark for mark in found if mark[0] <= start and end <= mark[1]]
        text = escaped(message[start:end])
        if here:
            kinds = " ".join(dict.fromkeys(mark[2] for mark in here))
            titles = escaped(" · ".join(dict.fromkeys(mark[3] for mark in here)))
            text = f'<mark class="{kinds}" title="{titles}">{text}</mark>'
        pieces.append(text)
    return "".join(pieces)


def _marks(
    message: str, turn: Sequence[Event], texts: Texts
) -> Iterable[tuple[int, int, str, str]]:
    """Start, end, kind and explanation of each mark."""
    length = len(message)
    for event in turn:
        if isinstance(event, Understood) and event.text == message:
            for span in event.summary:
                title = texts("experts.mark.summary")
                yield span.start, min(span.end, length), "summary", title
            for fact in event.facts:
                start = message.find(fact.quote)
                if fact.quote and start >= 0:
                    title = texts("experts.mark_fact", label=fact.label, shown=fact.shown)
                    yield start, start + len(fact.quote), "fact", title
        elif isinstance(event, Screened):
            for span in event.spans:
                title = texts("experts.mark_danger", sign=event.sign or event.level)
                yield span.start, min(span.end, length), "danger", title
