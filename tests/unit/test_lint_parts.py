"""What the rules rest on, against slower ways to the same result."""

import random
from itertools import combinations
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees import Item
from tests.unit.lint_trees import branches, found, node
from tools.conditions import parse_condition
from tools.lint.label_ranges import label_range
from tools.lint.languages import other_language
from tools.lint.near import near_pairs, readable
from tools.lint.plain import plain
from tools.terms import letter_groups
from tools.words import fold


def cosine(one: str, other: str) -> float:
    a, b = (set(letter_groups(text, 3, 3)) for text in (one, other))
    return len(a & b) / sqrt(len(a) * len(b))


@st.composite
def alike(draw: st.DrawFn) -> list[str]:
    """Different texts, most of them a letter or two apart from another."""
    letters = st.sampled_from("abcde 2")
    texts = [draw(st.text(letters, min_size=2, max_size=30))]
    for _ in range(draw(st.integers(0, 20))):
        text = list(draw(st.sampled_from(texts)))
        for _ in range(draw(st.integers(1, 3))):
            text[draw(st.integers(0, len(text) - 1))] = draw(letters)
        texts.append("".join(text))
    different = dict.fromkeys(map(readable, texts))
    return [text for text in different if len(set(letter_groups(text, 3, 3))) > 1]


@given(alike(), st.sampled_from([0.7, 0.8, 0.9]), st.integers(1, 3))
def test_no_near_pair_is_missed(texts: list[str], limit: float, places: int) -> None:
    where = [index % places for index in range(len(texts))]
    expected = {
        (i, j): cosine(texts[i], texts[j])
        for i, j in combinations(range(len(texts)), 2)
        if where[i] == where[j] and cosine(texts[i], texts[j]) >= limit
    }
    got = {(min(i, j), max(i, j)): value for i, j, value in near_pairs(texts, where, limit)}
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("text", ["Mañana, ¿QUÉ?", "crème brûlée 3 ½", "ÁÉÍÓÚ üñ", "", "👶 sí"])
def test_plain_is_fold(text: str) -> None:
    assert plain(text) == fold(text)


def whens(rng: random.Random) -> list[str]:
    parts = []
    for _ in range(rng.randint(1, 3)):
        low = rng.randint(0, 12)
        high = low + rng.randint(0, 4)
        parts.append(
            rng.choice(
                [
                    f"age < {low}",
                    f"age >= {low}",
                    f"age > {high} or age == {low}",
                    f"{low} <= age and age < {high}",
                    f"age in [{low}, {high}] and not preterm",
                    f"age != {low} and preterm",
                    f"not age <= {high}",
                ]
            )
        )
    return parts


@pytest.mark.parametrize("seed", range(60))
def test_conditions_are_judged_as_trying_every_value_would(seed: int) -> None:
    parts = whens(random.Random(seed))

    def change(content: Item) -> None:
        content["variables"]["age"]["max"] = 20
        content["nodes"].append(
            {"id": "ask-preterm", "kind": "input", "text": "¿Prematuro?", "variable": "preterm"}
        )
        node(content, "l")["else"] = "leaf"
        branches(content, *parts)

    parsed = [parse_condition(part) for part in parts]
    cases: list[dict[str, Any]] = [
        {"age": age, "preterm": preterm}
        for age in [*map(float, range(21)), None]
        for preterm in (True, False, None)
    ]
    first = {
        next((i for i, p in enumerate(parsed) if p.evaluate(facts).holds), None) for facts in cases
    }
    never = {part for i, part in enumerate(parts) if i not in first}
    findings = found(change, "condition-never")
    assert {
        part for part in never if not any(part in dict(f.values)["condition"] for f in findings)
    } == set()
    assert len(findings) == len(set(range(len(parts))) - first)
    if not any("preterm" in part for part in parts):
        taken = [any(p.evaluate({"age": float(age)}).holds for p in parsed) for age in range(21)]
        inner = "".join("x" if now else "." for now in taken).strip(".")
        gaps = [run for run in inner.split("x") if run]
        assert len(found(change, "condition-gap")) == len(gaps)


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("Hasta 2 semanas", 0, 14),
        ("Menos de un mes y medio", 0, 45.65625),
        ("De 1 a 4 semanas", 7, 28),
        ("Entre el 7 y el 10 %", 7, 10),
        ("36-37 grados", 36, 37),
        ("Uno o dos días como mucho", 0, 2),
        ("De 2 días a 3 semanas", 2, 21),
        ("No más de 3 días", 0, 3),
        ("De 8 a 12 veces al día", 8, 12),
    ],
)
def test_labels_that_name_a_range(label: str, low: float, high: float) -> None:
    found_range = label_range(label)
    assert found_range
    assert (found_range.low, found_range.high) == (low, high)
    assert found_range.besides == frozenset()


@pytest.mark.parametrize(
    "label", ["6 o más tomas", "Más del 10 %", "38,5 °C o más", "Desde 3 días"]
)
def test_labels_with_an_open_end(label: str) -> None:
    found_range = label_range(label)
    assert found_range
    assert found_range.high == float("inf")


@pytest.mark.parametrize(
    "label",
    ["Una grieta o costra", "2 semanas", "Una línea, o un poco", "Otra cosa", "Más o menos bien"],
)
def test_labels_without_a_range(label: str) -> None:
    assert label_range(label) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Put the baby close to you and wait until the mouth is open.", "en"),
        ("Das Kind ist müde und will nicht an der Brust trinken.", "de"),
        ("Il bambino non vuole il latte e anche questo è molto comune.", "it"),
        ("Le bébé ne veut pas le sein et vous êtes très fatiguée.", "fr"),
        ("Se te agrieta el pezón", None),
        ("Apps «Baby and the Mother», «Breast for the Night», la web, en la radio", None),
        ("No, todavía no", None),
        ("Me duele o no me duele, no sé", None),
    ],
)
def test_which_language_it_is(text: str, language: str | None) -> None:
    assert other_language(text, "es") == language


def test_a_language_that_is_not_known_decides_nothing() -> None:
    assert other_language("Put the baby close to you and wait.", "eu") is None
