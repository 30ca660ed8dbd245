"""A conversation as a plain text for her midwife, and for the person she asks. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.replying.plain import advice_lines
from agent.texts import Texts
from records.events import Event, Moved, PersonReplied, Replied, last_reply
from ui.path import told_words, walked, why_lines
from ui.render import known_facts


def summary(events: Sequence[Event], texts: Texts, now: datetime) -> str:
    """What was said since she last started over; empty when there is nothing yet."""
    start = _started_over(events)
    events = events[start:]
    last = last_reply(events)
    if last is None:
        return ""
    topics = [step.label for step in walked(events) if step.kind == "jump"]
    parts = [
        [texts("hers.summary.title"), texts("hers.summary.date", date=day(now, texts))],
        _section("words", [f"«{words}»" for words in told_words(events)], texts),
        _section("facts", [f"{f.label}: {f.shown}" for f in known_facts(events)], texts),
        _section("topics", list(dict.fromkeys([*topics, *last.agenda])), texts),
        *_replies(events, texts),
    ]
    if not any(isinstance(e, Replied) and e.kind == "answer" for e in events):
        parts.append(_section("path", why_lines(events, known_facts(events), texts), texts))
    parts.append([texts("hers.summary.small")])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def day(at: datetime, texts: Texts) -> str:
    """The date where the server is."""
    return at.astimezone().strftime(texts("hers.summary.date_format"))


def _started_over(events: Sequence[Event]) -> int:
    found = [i for i, e in enumerate(events) if isinstance(e, Moved) and e.kind == "restart"]
    return found[-1] if found else 0


def _section(name: str, lines: Sequence[str], texts: Texts) -> list[str]:
    return [texts(f"hers.summary.{name}"), *(f"- {line}" for line in lines)] if lines else []


def _replies(events: Sequence[Event], texts: Texts) -> Iterator[list[str]]:
    """Dangers, answers with the way to each, and what a person said, in order."""
    for index, event in enumerate(events):
        if isinstance(event, PersonReplied):
            yield [texts("hers.summary.person"), event.text]
        elif isinstance(event, Replied) and event.kind == "danger":
            yield [texts("hers.summary.danger"), *advice_lines(event, texts)]
        elif isinstance(event, Replied) and event.kind == "answer":
            path = why_lines(events[:index], event.facts, texts)
            yield _section("path", path, texts)
            yield [texts("hers.summary.answer"), *advice_lines(event, texts)]
