"""The filters of the experts' list: what their boxes and the page's address hold, and mean.

A filter's value is a short text, the same in its box and in the address, so that a link shows the
same list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from agent.texts import Texts
from records.wanted import NO_MODEL, VALID, Found, Wanted
from ui.experts.markup import named

DATES = ("from", "to")
CHOSEN = ("topic", "outcome", "urgency", "rating", "review", "navigator", "model")
NAMES = ("q", *DATES, *CHOSEN)
"""Every filter, by its name in the address, in the order of the page."""
PAGE = "p"
"""The page's number in the address."""
PLACE = "n"
"""In the address of a conversation: its number in the list that one comes from."""
Given = Mapping[str, str]
"""Values by name; a filter that is not used is empty or left out."""
Choices = Mapping[str, Sequence[tuple[str, str]]]
"""For each filter with a choice: what the screen says, and the value."""
_MOST_SHOWN = 60
"""Characters of a wrong value that a sentence quotes."""


@dataclass(frozen=True)
class Asked:
    """What an expert wants to see."""

    wanted: Wanted = field(default_factory=Wanted)
    given: Given = field(default_factory=dict)
    """Those filters that mean something."""
    problems: tuple[str, ...] = ()
    """A sentence for each that does not."""


def choices_of(found: Found, titles: Mapping[str, str], texts: Texts) -> Choices:
    """What there is to choose from; `titles` are those of topics, by id."""
    topics = sorted((titles.get(topic, topic), topic) for topic in found.topics)
    no_model = (texts("experts.no_model"), NO_MODEL)
    return {
        "topic": topics,
        **{
            name: [(texts(f"experts.filter.{name}_is.{value}"), value) for value in values]
            for name, values in VALID.items()
        },
        "navigator": [(named(texts, "navigator", name), name) for name in found.navigators],
        "model": [no_model, *((model, model) for model in found.models)],
    }


def understood(given: Given, choices: Choices, texts: Texts) -> Asked:
    """What the values mean. One that means nothing is told and left out."""
    asked = Asked()
    for name in NAMES:
        value = given.get(name, "").strip()
        if not value:
            continue
        try:
            together = {**asked.given, name: _checked(name, value, choices, texts)}
            asked = Asked(_wanted(together), together, asked.problems)
        except (ValueError, OverflowError):
            problem = _problem(name, value, choices, texts)
            asked = Asked(asked.wanted, asked.given, (*asked.problems, problem))
    return asked


def described(name: str, value: str, choices: Choices, texts: Texts) -> str:
    """A filter in words: "Tema: Mastitis"."""
    labels = {code: label for label, code in choices.get(name, ())}
    shown = labels.get(value, in_box(name, value, texts))
    return texts("experts.filter.one", name=texts(f"experts.filter.{name}"), value=shown)


def in_box(name: str, value: str, texts: Texts) -> str:
    """A value as its box has it: days as they are written here."""
    if name not in DATES or not value:
        return value
    return date.fromisoformat(value).strftime(texts("experts.filter.day"))


def address(given: Given, page: int = 1, thread: str | None = None, place: int = 0) -> str:
    """The query of a list's address: its page; or that of a conversation at a place of it."""
    parts = {"c": thread} if thread else {}
    parts |= {name: given[name] for name in NAMES if given.get(name)}
    parts |= {PAGE: str(page)} if page > 1 else {}
    parts |= {PLACE: str(place)} if place else {}
    return f"?{urlencode(parts)}"


def number_of(text: str | None, otherwise: int = 1) -> int:
    """The number that an address holds; `otherwise` for what is none."""
    is_number = text and text.isascii() and text.isdigit() and len(text) < 7
    return int(text) if text and is_number else otherwise


def _checked(name: str, value: str, choices: Choices, texts: Texts) -> str:
    """The value as the address has it. Raises ValueError where it is none."""
    if name in DATES:
        return _day(value, texts).isoformat()
    if name in CHOSEN and value not in {code for _, code in choices[name]}:
        raise ValueError(value)
    return value


def _day(value: str, texts: Texts) -> date:
    """A day as it is written here, or as in the address."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return datetime.strptime(value, texts("experts.filter.day")).date()


def _wanted(given: Given) -> Wanted:
    """Raises ValueError or OverflowError for what cannot be wanted."""
    days = {name: date.fromisoformat(given[name]) for name in DATES if name in given}
    chosen = {name: given[name] for name in CHOSEN if name in given}
    return Wanted(
        words=given.get("q", ""),
        since=_midnight(days["from"]) if "from" in days else None,
        until=_midnight(days["to"] + timedelta(days=1)) if "to" in days else None,
        **chosen,  # type: ignore[arg-type]  # Wanted looks at the values itself
    )


def _midnight(day: date) -> datetime:
    """When a day begins where the server is, whose times the page shows."""
    return datetime.combine(day, time()).astimezone()


def _problem(name: str, value: str, choices: Choices, texts: Texts) -> str:
    shown = value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}…"
    if name == "q":
        return texts("experts.filter.no_words", value=shown)
    if name in CHOSEN:
        title = texts(f"experts.filter.{name}")
        valid = ", ".join(label for label, _ in choices[name][:_MOST_LISTED])
        more = "…" if len(choices[name]) > _MOST_LISTED else ""
        return texts("experts.filter.not_one", name=title, value=shown, valid=valid + more)
    try:
        _day(value, texts)
    except ValueError:
        return texts("experts.filter.no_day", value=shown)
    return texts("experts.filter.no_time", value=shown)


_MOST_LISTED = 8
"""Valid values that a sentence lists."""
