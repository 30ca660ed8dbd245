"""Events -> what is shown. Pure: the page, the tests and the screenshots read the same screen."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from urllib.parse import quote, urlsplit

from agent.replying.plain import published
from agent.texts import Texts
from records.events import (
    Decided,
    Event,
    FactCorrected,
    FollowedUp,
    HandedOff,
    KnownFact,
    MessageReceived,
    ModelAwaited,
    Moved,
    PersonReplied,
    PhoneShown,
    Rated,
    Replied,
    SourceShown,
    Understood,
    last_reply,
)
from ui.after import (
    answer_to_follow_up,
    awaits_person,
    follow_up_labels,
    follow_up_question,
    follow_up_reply,
    under_reply,
)
from ui.markdown import box, folded, literal, prose, text_in_tag
from ui.path import why_lines

SHOWN = (
    *(MessageReceived, FactCorrected, Understood, Decided, Moved, ModelAwaited, Replied),
    *(Rated, FollowedUp, HandedOff, PersonReplied),
)
"""The events that a screen is made of; the others are for experts."""

MAX_REPLIES = 9
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
    source: Event | None = field(default=None, compare=False, repr=False)
    """What it tells of; None for what the page says by itself."""


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
    awaits_person: bool = False
    """A person has still to answer."""
    heard: int = 0
    """How many answers of a person are shown."""


def render(
    events: Sequence[Event],
    texts: Texts,
    waiting: Sequence[str] = (),
    busy: bool = False,
    number: int | None = None,
    today: date | None = None,
    person: bool = False,
) -> Screen:
    """The screen after these events, with the messages that still wait for their turn.

    From the day after an answer on she is asked how it goes, where it is known what day is
    `today`. `person` says whether there is one to speak with.
    """
    last = last_reply(events)
    at_start = last is not None and last.kind == "offer" and not last.options
    idle = not (waiting or busy)
    asked = answer_to_follow_up(events, today) if today and idle else None
    messages = list(_messages(events, texts, waiting, busy))
    if asked:
        messages.append(Message("assistant", follow_up_question(asked, texts)))
    elif idle and (more := _under(last, texts) or under_reply(events, texts, person)):
        messages[-1] = replace(messages[-1], content=f"{messages[-1].content}\n\n{more}")
    offered = [*(follow_up_labels(texts) if asked else ()), *(last.options if last else ())]
    starters = tuple(texts(key) for key in sorted(texts.keys()) if key.startswith("chat.starter."))
    return Screen(
        messages=tuple(messages),
        replies=tuple(offered if last and not at_start else starters)[:MAX_REPLIES],
        chips=tuple(
            (fact.name, texts("chat.chip", label=fact.label, shown=fact.shown))
            for fact in known_facts(events)[-MAX_CHIPS:]
        ),
        banner=_banner(events, texts),
        can_go_back=last is not None and last.can_go_back,
        busy=busy,
        number=number,
        awaits_person=awaits_person(events),
        heard=sum(isinstance(event, PersonReplied) for event in events),
    )


def _messages(
    events: Sequence[Event], texts: Texts, waiting: Sequence[str], busy: bool
) -> Iterator[Message]:
    yield Message("assistant", texts("agent.greeting"))
    answered, ahead = True, 0
    for index, event in enumerate(events):
        if isinstance(event, MessageReceived) and event.text:
            yield Message("user", literal(event.text), event)
        elif isinstance(event, Replied):
            yield Message("assistant", _reply(event, events[:index], texts), event)
        elif isinstance(event, FollowedUp):
            yield Message("user", literal(texts(f"chat.follow_up.{event.state}")), event)
            yield Message("assistant", follow_up_reply(event, events[:index], texts), event)
        elif isinstance(event, HandedOff):
            yield Message("assistant", literal(texts("chat.handed_off")), event)
        elif isinstance(event, PersonReplied):
            heading = f"### {texts('chat.person_replied')}"
            yield Message("assistant", box("person", heading, literal(event.text)), event)
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


def _under(reply: Replied | None, texts: Texts) -> str:
    """What stands under a question while it is asked: how far it is, and what comes afterwards."""
    if reply is None or reply.kind not in _ASKING:
        return ""
    lines = [literal(texts(f"chat.progress.{reply.ahead}"))] if reply.ahead else []
    lines += _agenda(reply, texts)
    return box("way", *lines) if lines else ""


_ASKING = ("question", "input")


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
    heading = _heading(danger, texts)
    return "\n\n".join((f"**{heading}**", *_calls(danger.phones, texts)))


def _reply(reply: Replied, before: Sequence[Event], texts: Texts) -> str:
    if reply.kind == "answer":
        return _card(reply, before, texts)
    parts = [prose(part) for part in (reply.intro, reply.text) if part]
    if reply.kind not in _ASKING:
        parts += _agenda(reply, texts)
    if reply.kind == "danger":
        heading = _heading(reply, texts)
        parts = [f"**{heading}**", *parts, *_calls(reply.phones, texts)]
        parts += _sources(reply, texts)
    return "\n\n".join(parts)


def _heading(danger: Replied, texts: Texts) -> str:
    return literal(danger.title or texts(f"chat.danger.{danger.urgency}"))


def alarm(reply: Replied, texts: Texts) -> str:
    """A warning by itself, the telephone first: on a small phone what follows is out of sight."""
    if reply.kind != "danger":
        return prose(reply.text)
    heading = _heading(reply, texts)
    calls, sources = _calls(reply.phones, texts), _sources(reply, texts)
    return "\n\n".join((f"**{heading}**", *calls, prose(reply.text), *sources))


def _card(reply: Replied, before: Sequence[Event], texts: Texts) -> str:
    parts = [prose(reply.intro)] if reply.intro else []
    if reply.title:
        parts.append(f"## {literal(reply.title)}")
    if reply.urgency != "none":
        urgency = texts(f"chat.urgency.{reply.urgency}")
        where = texts("chat.service", service=reply.service) if reply.service else ""
        calls = _calls(reply.phones, texts)
        parts.append(box("urgent", f"**{literal(urgency)}** {literal(where)}", *calls))
    parts.append(prose(reply.text))
    if reply.normal:
        parts.append(box("normal", f"### {texts('chat.normal')}", prose(reply.normal)))
    if reply.seek_help:
        parts.append(box("seek", f"### {texts('chat.seek_help')}", prose(reply.seek_help)))
    parts += _why(reply, before, texts)
    parts += _sources(reply, texts)
    if not reply.reviewed:
        parts.append(box("unreviewed", literal(texts("chat.not_reviewed"))))
    parts += _agenda(reply, texts)
    near = [title for title in reply.options[len(reply.agenda) :] if title != texts("agent.resume")]
    if near:
        titles = " · ".join(f"«{title}»" for title in near)
        parts.append(literal(texts("chat.see_also", titles=titles)))
    return "\n\n".join(parts)


def _why(reply: Replied, before: Sequence[Event], texts: Texts) -> list[str]:
    lines = why_lines(before, reply.facts, texts)
    return [folded(texts("chat.why.title"), map(literal, lines))] if lines else []


def _sources(reply: Replied, texts: Texts) -> list[str]:
    shown = [_source(source, texts) for source in reply.sources]
    return [folded(texts("chat.sources"), shown)] if shown else []


def _agenda(reply: Replied, texts: Texts) -> list[str]:
    """Of several problems that she told, those that come next."""
    return [literal(agenda_line(reply, texts))] if reply.agenda else []


def agenda_line(reply: Replied, texts: Texts) -> str:
    """What comes next of what she told, as a plain sentence."""
    key = "chat.later" if reply.kind in _ASKING else "chat.agenda"
    return texts(key, topics=" · ".join(f"«{title}»" for title in reply.agenda))


def _source(source: SourceShown, texts: Texts) -> str:
    where = published(source, texts)
    if urlsplit(source.url).scheme not in ("http", "https"):
        return f"{literal(where)}: {literal(source.title)}"
    # A tag instead of [Markdown](url): only so are its target and rel ours to say.
    url = escape(quote(source.url, safe=":/?#@!$&'*+,;=%~"))
    link = f'<a href="{url}" target="_blank" rel="noopener">{text_in_tag(source.title)}</a>'
    return f"{literal(where)}: {link}"


def _calls(phones: Sequence[PhoneShown], texts: Texts) -> Iterator[str]:
    for phone in phones:
        label = text_in_tag(texts("chat.call", number=phone.number, name=phone.name))
        hours = f" <small>{text_in_tag(phone.hours)}</small>" if phone.hours else ""
        # "079 opción 1" is dialled as 079.
        dialled = re.match(r"\s*\+?[\d\s().-]*", phone.number)
        digits = re.sub(r"[^\d+]", "", dialled.group() if dialled else "")
        yield f'<a class="call" href="tel:{digits}">{label}{hours}</a>' if digits else label + hours
