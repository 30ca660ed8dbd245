"""The filters of the experts' list: address, boxes and sentences say the same."""

import random
from urllib.parse import parse_qsl

import pytest

from agent.texts import load_texts
from records.wanted import NO_MODEL, Found, Wanted
from ui.experts.conversations.filters import (
    CHOSEN,
    NAMES,
    address,
    choices_of,
    described,
    in_box,
    number_of,
    understood,
)

TEXTS = load_texts("es")
FOUND = Found(topics=["mastitis", "viejo"], navigators=["menu", "tools"], models=["gpt"])
CHOICES = choices_of(FOUND, {"mastitis": "Mastitis", "otro": "Otro"}, TEXTS)


def test_topics_go_by_their_titles_and_those_of_old_trees_by_their_ids() -> None:
    assert CHOICES["topic"] == [("Mastitis", "mastitis"), ("viejo", "viejo")]
    assert CHOICES["model"][0] == ("sin modelo", NO_MODEL)


def test_every_choice_has_words_and_is_understood() -> None:
    for name in CHOSEN:
        for label, value in CHOICES[name]:
            asked = understood({name: value}, CHOICES, TEXTS)
            assert getattr(asked.wanted, name) == value
            assert asked.wanted.given == [name]
            assert not asked.problems
            assert described(name, value, CHOICES, TEXTS).endswith(f": {label}")


def test_the_last_day_is_included_and_days_are_local() -> None:
    asked = understood({"from": "2026-11-28", "to": "29/11/2026"}, CHOICES, TEXTS)
    since, until = asked.wanted.since, asked.wanted.until
    assert since is not None
    assert until is not None
    assert (since.isoformat()[:19], until.isoformat()[:19]) == (
        "2026-11-28T00:00:00",
        "2026-11-30T00:00:00",
    )
    assert since.utcoffset() == since.astimezone().utcoffset()
    assert asked.given == {"from": "2026-11-28", "to": "2026-11-29"}
    assert in_box("to", "2026-11-29", TEXTS) == "29/11/2026"


VALUES = {
    "q": ("fiebre", "ñu & co", "a=b?c#d"),
    "from": ("2026-01-31",),
    "to": ("2026-02-01",),
    **{name: tuple(value for _, value in CHOICES[name]) for name in CHOSEN},
}


@pytest.mark.parametrize("seed", range(50))
def test_an_address_leads_back_to_the_same_list(seed: int) -> None:
    rng = random.Random(seed)
    names = rng.sample(NAMES, k=rng.randint(0, len(NAMES)))
    given = {name: rng.choice(VALUES[name]) for name in names}
    asked = understood(given, CHOICES, TEXTS)
    assert (asked.given, asked.problems) == (given, ())
    page = rng.randint(1, 3)
    read = dict(parse_qsl(address(asked.given, page, "hilo/1&x").removeprefix("?")))
    assert number_of(read.pop("p", None)) == page
    assert read.pop("c") == "hilo/1&x"
    assert understood(read, CHOICES, TEXTS) == asked


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("q", "¿?", "«¿?» no es algo que se pueda buscar"),
        ("q", "a " * 30, "«" + ("a " * 30).strip() + "» no es"),
        ("from", "31/02/2026", "«31/02/2026» no es un día"),
        ("to", "2026-13-01", "«2026-13-01» no es un día"),
        ("to", "9999-12-31", "El día «9999-12-31» no se ha tenido en cuenta"),
        ("from", "0001-01-01", "El día «0001-01-01» no se ha tenido en cuenta"),
        ("rating", "5", "«5» no vale en «¿Le ha ayudado?» y no se ha tenido en cuenta. Vale: Sí,"),
        ("model", "x" * 99, "«" + "x" * 60 + "…» no vale en «Modelo»"),
        ("topic", "otro", "«otro» no vale en «Tema» y no se ha tenido en cuenta. Vale: Mastitis,"),
    ],
)
def test_what_means_nothing_is_told_and_left_out(name: str, value: str, told: str) -> None:
    asked = understood({name: value, "outcome": "open"}, CHOICES, TEXTS)
    assert asked.wanted == Wanted(outcome="open")
    assert asked.given == {"outcome": "open"}
    [problem] = asked.problems
    assert problem.startswith(told)


def test_days_in_the_wrong_order_leave_the_first() -> None:
    asked = understood({"from": "2026-05-02", "to": "2026-05-01"}, CHOICES, TEXTS)
    assert asked.given == {"from": "2026-05-02"}
    assert "está antes que el otro día" in asked.problems[0]


@pytest.mark.parametrize(
    ("text", "page"), [(None, 1), ("", 1), ("7", 7), ("-1", 1), ("²", 1), ("x", 1), ("9" * 40, 1)]
)
def test_a_page_is_a_number(text: str | None, page: int) -> None:
    assert number_of(text) == page
