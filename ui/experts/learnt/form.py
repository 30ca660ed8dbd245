"""The filters of what is learnt: what stands in the page's address, and what it means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any, get_args
from urllib.parse import urlencode

from evaluation.learnt.picture import MOST_QUESTIONS, Look, step_for
from records.learnt.scope import Scope
from records.learnt.sums import Step
from records.wanted import NO_MODEL, Found
from ui.experts.learnt.words import Words
from ui.experts.markup import named, select
from ui.experts.ways import LEARNT

NAMES = ("from", "to", "topic", "navigator", "model", "tree", "step", "most")
MOST_ALLOWED = 50
"""Questions of a conversation that anybody could ask for."""
_LONGEST_SHOWN = 60
_YEAR = timedelta(days=365)
Choices = Mapping[str, Mapping[str, str]]
"""For each filter with a choice: labels by value."""


@dataclass(frozen=True)
class Asked:
    """What an expert wants to see."""

    look: Look
    given: Mapping[str, str]
    """Those filters that mean something."""
    problems: tuple[str, ...] = ()
    """A sentence for each that does not."""


def choices_of(found: Found, trees: list[str], topics: Mapping[str, str], words: Words) -> Choices:
    """What there is to choose from; `topics` are their titles by id."""
    titled = {topic: topics.get(topic, topic) for topic in found.topics}
    return {
        "topic": dict(sorted(titled.items(), key=lambda item: item[1])),
        "navigator": {name: named(words.texts, "navigator", name) for name in found.navigators},
        "model": {NO_MODEL: words.texts("experts.no_model"), **{m: m for m in found.models}},
        "tree": {version: version for version in trees},
        "step": {step: words(f"step.{step}") for step in get_args(Step)},
    }


def understood(
    given: Mapping[str, str], choices: Choices, words: Words, today: date | None = None
) -> Asked:
    """What the values mean. One that means nothing is told and left out."""
    meant: dict[str, Any] = {}
    problems = []
    for name in NAMES:
        value = given.get(name, "").strip()
        if not value:
            continue
        try:
            meant[name] = _meaning(name, value, choices)
        except ValueError:
            problems.append(_problem(name, value, choices, words))
    if meant.get("from") and meant.get("to") and meant["from"] > meant["to"]:
        problems.append(words("no_period", since=meant.pop("from"), until=meant["to"]))
    kept = {name: given[name].strip() for name in meant}
    return Asked(_look(meant, today or datetime.now(UTC).date()), kept, tuple(problems))


def _meaning(name: str, value: str, choices: Choices) -> object:
    """Raises ValueError for what cannot be."""
    if name in ("from", "to"):
        return date.fromisoformat(value)
    if name == "most":
        number = int(value)
        if not 1 <= number <= MOST_ALLOWED:
            raise ValueError(value)
        return number
    if value not in choices[name]:
        raise ValueError(value)
    return value


def _look(meant: Mapping[str, Any], today: date) -> Look:
    scope = Scope(
        since=meant.get("from"),
        until=meant.get("to"),
        **{name: meant.get(name) for name in ("topic", "navigator", "model", "tree")},
    )
    last = scope.until or today
    step = meant.get("step") or step_for(scope.since or last - _YEAR, last)
    return replace(Look(scope), step=step, most_questions=meant.get("most", MOST_QUESTIONS))


def _problem(name: str, value: str, choices: Choices, words: Words) -> str:
    shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
    title = words(f"filter.{name}")
    if name in ("from", "to"):
        return words("no_day", value=shown, name=title)
    if name == "most":
        return words("no_count", value=shown, name=title, most=MOST_ALLOWED)
    valid = ", ".join(choices[name].values())
    return words("not_one", value=shown, name=title, valid=valid)


def form_html(asked: Asked, choices: Choices, words: Words) -> str:
    """The form, which is sent with GET: an address shows the same figures."""
    fields = [_input(name, "date", asked.given.get(name, ""), words) for name in ("from", "to")]
    fields += [
        _select(name, choices[name], asked.given.get(name, ""), words)
        for name in ("topic", "navigator", "model", "tree", "step")
    ]
    most = asked.given.get("most", str(MOST_QUESTIONS))
    fields.append(_input("most", "number", most, words, f' min="1" max="{MOST_ALLOWED}"'))
    fields.append(f'<div><button class="strong">{escape(words("show"))}</button></div>')
    return f'<form method="get" action="{LEARNT}" class="filters">{"".join(fields)}</form>'


def described(asked: Asked, choices: Choices, words: Words, today: date | None = None) -> str:
    """What is counted, for paper: which conversations, and on what day."""
    shown = {name: choices.get(name, {}).get(value, value) for name, value in asked.given.items()}
    filters = "; ".join(f"{words(f'filter.{name}')}: {value}" for name, value in shown.items())
    counted = (today or datetime.now(UTC).date()).strftime("%d/%m/%Y")
    return words("counted", day=counted, filters=filters or words("everything"))


def address(path: str, asked: Asked, **more: str) -> str:
    """A page with the same filters."""
    query = urlencode({**asked.given, **more})
    return f"{path}?{query}" if query else path


def _input(name: str, kind: str, value: str, words: Words, more: str = "") -> str:
    field = f'<input id="{name}" name="{name}" type="{kind}" value="{escape(value)}"{more}>'
    return f'<div><label for="{name}">{escape(words(f"filter.{name}"))}</label>{field}</div>'


def _select(name: str, choices: Mapping[str, str], chosen: str, words: Words) -> str:
    every = {"": words("by_itself" if name == "step" else "any"), **choices}
    return f"<div>{select(name, words(f'filter.{name}'), every.items(), chosen)}</div>"
