"""Events -> what is shown. Pure: the page, the tests and the screenshots read the same screen.

Only our own templates may hold Markdown that does something. Her words are escaped to the last
punctuation mark, and the texts of the tree keep no more than bold words and lists.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from string import punctuation
from urllib.parse import quote, urlsplit

from agent.texts import Texts
from records.events import (
    Event,
    FactCorrected,
    KnownFact,
    MessageReceived,
    ModelAwaited,
    Moved,
    PhoneShown,
    Replied,
    SourceShown,
    Understood,
    last_reply,
)

SHOWN = (MessageReceived, FactCorrected, Understood, Moved, ModelAwaited, Replied)
"""The events that a screen is made of; the others are for experts."""

MAX_REPLIES = 8
MAX_CHIPS = 6
"""How many buttons the page has; of what was understood it shows the latest."""

_LEVELS = ("none", "same_day", "emergency")


@dataclass(frozen=True)
class Message:
    """A bubble of the conversation."""

    role: str
    """user or assistant, as Gradio calls them."""
    content: str
    """Markdown."""


@dataclass(frozen=True)
class Screen:
    """All that a mother sees at one moment."""

    messages: tuple[Message, ...]
    replies: tuple[str, ...]
    """Labels of the quick replies."""
    chips: tuple[tuple[str, str], ...]
    """What was understood: (the fact's name, the words on the button)."""
    banner: str | None
    """Markdown that stays above the conversation after a danger reply."""
    can_go_back: bool
    busy: bool
    """An answer is coming."""
    number: int | None
    """The next turn's: what a page drawn now may send; None leaves the page's as it is."""


def render(
    events: Sequence[Event],
    texts: Texts,
    waiting: Sequence[str] = (),
    busy: bool = False,
    number: int | None = None,
) -> Screen:
    """The screen after these events, with the messages that still wait for their turn."""
    last = last_reply(events)
    at_start = last is not None and last.kind == "offer" and not last.options
    starters = tuple(texts(key) for key in sorted(texts.keys()) if key.startswith("chat.starter."))
    return Screen(
        messages=tuple(_messages(events, texts, waiting, busy)),
        replies=tuple(last.options if last and not at_start else starters)[:MAX_REPLIES],
        chips=tuple(
            (fact.name, texts("chat.chip", label=fact.label, shown=fact.shown))
            for fact in known_facts(events)[-MAX_CHIPS:]
        ),
        banner=_banner(events, texts),
        can_go_back=last is not None and last.can_go_back,
        busy=busy,
        number=number,
    )


def _messages(
    events: Sequence[Event], texts: Texts, waiting: Sequence[str], busy: bool
) -> Iterator[Message]:
    yield Message("assistant", texts("agent.greeting"))
    answered, ahead = True, 0
    for event in events:
        if isinstance(event, MessageReceived) and event.text:
            yield Message("user", literal(event.text))
        elif isinstance(event, Replied):
            yield Message("assistant", _reply(event, texts))
        if isinstance(event, MessageReceived | FactCorrected | Replied):
            answered, ahead = isinstance(event, Replied), 0
        elif isinstance(event, ModelAwaited):
            ahead = event.ahead
    # What waits behind a running turn stands behind its dots.
    queue = [Message("user", literal(text)) for text in waiting if text]
    now = 1 if answered and waiting and waiting[0] else 0
    yield from queue[:now]
    if busy and (waiting or not answered):
        label = escape(texts("chat.typing"))
        dots = f'<span class="typing" aria-label="{label}" role="img">…</span>'
        wait = escape(texts("chat.ahead", count=ahead)) if ahead else ""
        yield Message("assistant", f"{wait} {dots}".strip())
    yield from queue[now:]


def known_facts(events: Sequence[Event]) -> list[KnownFact]:
    """What is understood after these events, without what she took back."""
    facts: dict[str, KnownFact] = {}
    for event in events:
        if isinstance(event, Understood):
            facts |= {fact.name: fact for fact in event.facts}
        elif isinstance(event, FactCorrected):
            facts.pop(event.name, None)
        elif isinstance(event, Moved) and event.kind == "restart":
            facts.clear()
        elif isinstance(event, Replied) and (event.facts or event.kind != "notice"):
            # A notice of a failed turn knows nothing of the facts, and they are not lost.
            facts = {fact.name: fact for fact in event.facts}
    return list(facts.values())


def _banner(events: Sequence[Event], texts: Texts) -> str | None:
    danger: Replied | None = None
    for event in events:
        if isinstance(event, Moved) and event.kind == "restart":
            danger = None
        elif isinstance(event, Replied) and event.kind == "danger":
            # A lesser danger that comes later must not hide a greater one.
            danger = max(event, danger or event, key=lambda it: _LEVELS.index(it.urgency))
    if danger is None:
        return None
    heading = literal(danger.title or texts(f"chat.danger.{danger.urgency}"))
    return "\n\n".join((f"**{heading}**", *_calls(danger.phones, texts)))


def _reply(reply: Replied, texts: Texts) -> str:
    if reply.kind == "answer":
        return _card(reply, texts)
    parts = [_prose(part) for part in (reply.intro, reply.text) if part]
    parts += _agenda(reply, texts)
    if reply.kind == "danger":
        heading = literal(reply.title or texts(f"chat.danger.{reply.urgency}"))
        parts = [f"**{heading}**", *parts, *_calls(reply.phones, texts)]
    return "\n\n".join(parts)


def _card(reply: Replied, texts: Texts) -> str:
    parts = [_prose(reply.intro)] if reply.intro else []
    if reply.title:
        parts.append(f"## {literal(reply.title)}")
    if reply.urgency != "none":
        urgency = texts(f"chat.urgency.{reply.urgency}")
        where = texts("chat.service", service=reply.service) if reply.service else ""
        calls = _calls(reply.phones, texts)
        parts.append(_box("urgent", f"**{literal(urgency)}** {literal(where)}", *calls))
    parts.append(_prose(reply.text))
    if reply.normal:
        parts.append(_box("normal", f"### {texts('chat.normal')}", _prose(reply.normal)))
    if reply.seek_help:
        parts.append(_box("seek", f"### {texts('chat.seek_help')}", _prose(reply.seek_help)))
    small = [f"- {_source(source)}" for source in reply.sources]
    if small:
        small.insert(0, f"### {texts('chat.sources')}\n")
    if not reply.reviewed:
        small.append(f"\n*{literal(texts('chat.not_reviewed'))}*")
    if small:
        parts.append(_box("sources", "\n".join(small)))
    return "\n\n".join([*parts, *_agenda(reply, texts)])


def _agenda(reply: Replied, texts: Texts) -> list[str]:
    """Of several problems that she told, those that come next."""
    return [literal(agenda_line(reply, texts))] if reply.agenda else []


def agenda_line(reply: Replied, texts: Texts) -> str:
    """What comes next of what she told, as a plain sentence."""
    return texts("chat.agenda", topics=" · ".join(f"«{title}»" for title in reply.agenda))


def _box(name: str, *parts: str) -> str:
    body = "\n\n".join(parts)
    return f'<div class="{name}">\n\n{body}\n\n</div>'


def _source(source: SourceShown) -> str:
    where = f"{source.organisation}, {source.year}" if source.year else source.organisation
    if urlsplit(source.url).scheme not in ("http", "https"):
        return f"{literal(where)}: {literal(source.title)}"
    # A tag instead of [Markdown](url): only so are its target and rel ours to say.
    url = escape(quote(source.url, safe=":/?#@!$&'*+,;=%~"))
    link = f'<a href="{url}" target="_blank" rel="noopener">{_text(source.title)}</a>'
    return f"{literal(where)}: {link}"


def _calls(phones: Sequence[PhoneShown], texts: Texts) -> Iterator[str]:
    for phone in phones:
        label = _text(texts("chat.call", number=phone.number, name=phone.name))
        hours = f" <small>{_text(phone.hours)}</small>" if phone.hours else ""
        # "079 opción 1" is dialled as 079.
        dialled = re.match(r"\s*\+?[\d\s().-]*", phone.number)
        digits = re.sub(r"[^\d+]", "", dialled.group() if dialled else "")
        yield f'<a class="call" href="tel:{digits}">{label}{hours}</a>' if digits else label + hours


_PUNCTUATION = re.compile(f"([{re.escape(punctuation)}])")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def literal(text: str) -> str:
    """Markdown that shows exactly this text: no tag, link, image or list in it comes alive."""
    # An indent would make a code block, where the backslashes would be seen.
    unindented = _INDENT.sub(lambda indent: "\u00a0" * len(indent.group()), text)
    return _PUNCTUATION.sub(r"\\\1", unindented)


def _text(text: str) -> str:
    """The same inside of a tag, where Markdown does not take every backslash away."""
    return "".join(
        f"&#{ord(letter)};" if letter in punctuation else letter
        for letter in " ".join(text.split())
    )


_BOLD = re.compile(r"\\\*\\\*(\S.*?)\\\*\\\*")
_BULLET = re.compile(r"^\\- ", re.MULTILINE)
_NUMBER = re.compile(r"^(\d{1,2})\\\. ", re.MULTILINE)


def _prose(text: str) -> str:
    """Text of the tree: literal, but for bold words and lists. It may quote her."""
    shown = _BOLD.sub(r"**\1**", literal(text.strip()))
    return _NUMBER.sub(r"\1. ", _BULLET.sub("- ", shown))
