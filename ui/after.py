"""What stands under an answer: whether it helped, a person, keeping it; and how it goes later on.

Pure, like the rest of the screen. The buttons are pressed by the head script, which presses the
page's hidden ones; the links lead to the pages of ui/hers.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from agent.texts import Texts
from records.events import (
    Decided,
    Event,
    FactCorrected,
    FollowedUp,
    HandedOff,
    MessageReceived,
    PersonReplied,
    Rated,
    Reason,
    Replied,
)
from ui.markdown import box, literal, prose, text_in_tag

STATES: tuple[Literal["better", "same", "worse"], ...] = ("better", "same", "worse")

PERSON, SUMMARY, OPINION, DATA = "/persona", "/resumen", "/opinion", "/mis-datos"
"""Paths of her pages."""


def last_answer(events: Sequence[Event]) -> Replied | None:
    """The answer at which the conversation stands; None while something else is under way."""
    for event in reversed(events):
        if isinstance(event, Replied) and event.kind != "notice":
            return event if event.kind == "answer" else None
    return None


def ratings(events: Sequence[Event]) -> list[Rated]:
    """What she said of the answer at which the conversation stands."""
    found: list[Rated] = []
    for event in events:
        if isinstance(event, Replied) and event.kind != "notice":
            found = []
        elif isinstance(event, Rated):
            found.append(event)
    return found


def awaits_person(events: Sequence[Event]) -> bool:
    """Whether a person has still to answer."""
    asked = {event.hand_off for event in events if isinstance(event, HandedOff)}
    return bool(asked - {e.hand_off for e in events if isinstance(e, PersonReplied)})


def answer_to_follow_up(events: Sequence[Event], today: date) -> Replied | None:
    """The answer that she is asked about, back on a later day (where the server is)."""
    answer = last_answer(events)
    if answer is None or events[-1].at.astimezone().date() >= today:
        return None
    for event in reversed(events):
        if isinstance(event, FollowedUp | MessageReceived):
            return answer if isinstance(event, MessageReceived) else None
    return answer


def follow_up_question(answer: Replied, texts: Texts) -> str:
    """How she is asked."""
    if answer.title is None:
        return literal(texts("chat.follow_up.ask_untitled"))
    return literal(texts("chat.follow_up.ask", title=answer.title))


def follow_up_labels(texts: Texts) -> tuple[str, ...]:
    """The quick replies to it, in the order of STATES."""
    return tuple(texts(f"chat.follow_up.{state}") for state in STATES)


def follow_up_reply(event: FollowedUp, before: Sequence[Event], texts: Texts) -> str:
    """What she reads then: nothing new, but when to ask for help is said again."""
    said = literal(texts(f"chat.follow_up.said_{event.state}"))
    answer = last_answer(before)
    if event.state == "better" or answer is None or not answer.seek_help:
        return said
    heading = f"### {texts('chat.seek_help')}"
    return f"{said}\n\n{box('seek', heading, prose(answer.seek_help))}"


_A_PERSON_HELPS: tuple[Reason, ...] = (
    *("no entry point fits", "she asks for a person", "she is not helped"),
)


def person_helps(events: Sequence[Event]) -> bool:
    """Whether her last message asks for more than the program can do."""
    for event in reversed(events):
        if isinstance(event, Decided | MessageReceived | FactCorrected):
            return isinstance(event, Decided) and event.why in _A_PERSON_HELPS
    return False


def under_reply(events: Sequence[Event], texts: Texts, person: bool) -> str:
    """What may be done with the last reply; `person` says whether there is one to speak with."""
    links: list[str] = []
    rating = ""
    if last_answer(events) is not None:
        rating = _rating(ratings(events), texts)
        links.append(_link(SUMMARY, texts("chat.after.keep")))
    elif not person_helps(events):
        return ""
    if person and not awaits_person(events):
        links.insert(0, _link(PERSON, texts("chat.after.person")))
    return box("after", rating, " ".join(links)) if rating or links else ""


def _rating(given: Sequence[Rated], texts: Texts) -> str:
    if not given:
        buttons = " ".join(
            f'<button type="button" class="rate {name}">{texts(f"chat.after.{name}")}</button>'
            for name in ("yes", "no")
        )
        return f"{literal(texts('chat.after.helped'))} {buttons}"
    if any(rated.comment for rated in given):
        return literal(texts("chat.after.thanks_told"))
    thanks = literal(texts(f"chat.after.thanks_{'yes' if given[-1].helped else 'no'}"))
    return f"{thanks} {_link(OPINION, texts('chat.after.tell_more'))}"


def _link(path: str, label: str) -> str:
    return f'<a class="action" href="{path}">{text_in_tag(label)}</a>'
