"""A conversation as a timeline by turn: events -> HTML, for readers who do not program."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from types import MappingProxyType

from agent.models.prices import Prices, Usage, usage_of
from agent.texts import Texts
from records.events import (
    Decided,
    Event,
    Failed,
    FollowedUp,
    GraphQueried,
    Located,
    MessageReceived,
    ModelCalled,
    Moved,
    Rated,
    Replied,
    Screened,
    Understood,
)
from ui.experts.conversations.steps import step
from ui.experts.conversations.traversal import Recorded
from ui.experts.conversations.tree_map import START
from ui.experts.markup import decimal, duration, escaped, named, paragraph
from ui.experts.titles import naming
from ui.experts.ways import step_id

MARKS = ("summary", "fact", "danger")
_LONGEST_NAME = 80
"""Characters of what a place is called."""


Beside = Callable[[int, int], str | None]
"""HTML that stands under the step at a turn and a place in it; None for nothing."""


def timeline(
    recorded: Iterable[Recorded],
    texts: Texts,
    prices: Prices = MappingProxyType({}),
    beside: Beside = lambda _turn, _seq: None,
) -> str:
    """All turns of a conversation."""
    ordered = sorted(recorded, key=lambda item: (item.turn, item.seq))
    facts = (
        fact
        for item in ordered
        if isinstance(item.event, Understood | Replied)
        for fact in item.event.facts
    )
    texts = naming(texts, "fact_name", {fact.name: fact.label for fact in facts})
    texts = naming(texts, "node_said", dict(_said_at(item.event for item in ordered)))
    turns = "".join(
        _turn(number, list(items), texts, prices, beside)
        for number, items in groupby(ordered, key=lambda item: item.turn)
    )
    return f'<div class="trace">{_legend(texts)}{turns}</div>'


def _said_at(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """What she read at each place of the tree: its title, or the beginning of its text."""
    for event in events:
        if isinstance(event, Replied) and event.node:
            text = " ".join((event.title or event.text).split())
            yield event.node, text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def moment(at: datetime, texts: Texts) -> str:
    """Date and time where the server is (its TZ): experts and mothers share a country."""
    return at.astimezone().strftime(texts("experts.date_format"))


def _legend(texts: Texts) -> str:
    marks = " ".join(
        f'<mark class="{kind}">{escaped(texts(f"experts.mark.{kind}"))}</mark>' for kind in MARKS
    )
    return f'<p class="legend">{escaped(texts("experts.legend"))} {marks}</p>'


def _turn(
    number: int, items: Sequence[Recorded], texts: Texts, prices: Prices, beside: Beside
) -> str:
    """One turn, unfolded; its queries stand together where they follow one another."""
    events = [item.event for item in items]
    steps = "".join(
        _step(list(group), events, texts, beside)
        for _, group in groupby(items, key=lambda item: item.event.type)
    )
    if not any(isinstance(event, Replied | Failed) for event in events):
        steps += f"<li><h4></h4>{paragraph(texts('experts.unfinished'), 'quiet')}</li>"
    title = texts("experts.turn", number=number)
    return (
        f'<details class="turn" id="t{number}" open><summary><h3>{escaped(title)}</h3> '
        f"{_headline(events, texts, prices)}</summary><ol>{steps}</ol></details>"
    )


def _headline(events: Sequence[Event], texts: Texts, prices: Prices) -> str:
    """When, how long, and what it took."""
    queries = [event.ms for event in events if isinstance(event, GraphQueried)]
    calls = [event.ms for event in events if isinstance(event, ModelCalled)]
    used = usage_of(events, prices)
    took = (max(event.at for event in events) - min(event.at for event in events)).total_seconds()
    parts = [moment(events[0].at, texts), texts("experts.took", time=duration(1000 * took, texts))]
    if queries:
        time = duration(sum(queries), texts)
        parts.append(texts("experts.queries", count=len(queries), time=time))
    if used.calls:
        parts.append(texts("experts.calls", count=used.calls, time=duration(sum(calls), texts)))
        parts.append(_spent(used, texts))
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


def _step(group: Sequence[Recorded], turn: Sequence[Event], texts: Texts, beside: Beside) -> str:
    """A step, or several of one kind; each event can be linked to."""
    first, *others = group
    kind, label = first.event.type, texts(f"experts.step.{first.event.type}")
    bodies = _body(first.event, turn, texts) + "".join(
        f'<div id="{step_id(item.turn, item.seq)}" class="also">'
        f"{_body(item.event, turn, texts)}</div>"
        for item in others
    )
    here = step_id(first.turn, first.seq)
    link = escaped(texts("experts.step_link"))
    under = beside(first.turn, first.seq)
    below = f'<div class="beside">{under}</div>' if under else ""
    return (
        f'<li class="step {kind}" id="{here}" data-node="{escaped(node_of(first.event) or "")}">'
        f'<h4>{escaped(label)} <a class="link" href="#{here}" title="{link}">'
        f'<span class="unseen">{link}</span><span aria-hidden="true">#</span></a></h4>'
        f'<div class="body">{bodies}</div>{below}</li>'
    )


def _body(event: Event, turn: Sequence[Event], texts: Texts) -> str:
    if isinstance(event, MessageReceived):
        return f'<p class="words">{marked(event.text, turn, texts)}</p>'
    return step(event, texts)


def node_of(event: Event) -> str | None:
    """The place of the tree that a step is about; START outside of it, None for no place."""
    match event:
        case Decided() | Replied():
            return event.node or (START if isinstance(event, Decided) else None)
        case Moved():
            return event.target or START
        case Located():
            return START
        case Rated() | FollowedUp():
            return event.node
    return None


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
                sign = named(texts, "sign_title", event.sign) if event.sign else event.level
                title = texts("experts.mark_danger", sign=sign)
                yield span.start, min(span.end, length), "danger", title
