"""Krippendorff's α: published examples, and what must hold of any judgements."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.agreement import FEWEST, alpha, scored


def rows(*observers: str) -> list[list[str]]:
    """Items of observers' values in order; a dot is no value."""
    split = [row.split() for row in observers]
    return [[value for value in item if value != "."] for item in zip(*split, strict=True)]


PUBLISHED = {
    # Krippendorff 2011, sections A, B and C.
    "binary, two observers": (
        rows("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"),
        0.095,
    ),
    "nominal, two observers": (
        rows("a a b b d c c c e d d a", "b a b b b c c c e d d d"),
        0.692,
    ),
    "nominal, four observers, missing": (
        rows(
            "1 2 3 3 2 1 4 1 2 . . .",
            "1 2 3 3 2 2 4 1 2 5 . 3",
            ". 3 3 3 2 3 4 2 2 5 1 .",
            "1 2 3 3 2 4 4 1 2 5 1 .",
        ),
        0.743,
    ),
    # Wikipedia, "Krippendorff's alpha" (read in its nominal form): three observers, 15 items.
    "nominal, three observers, missing": (
        rows(
            ". . . . . 3 4 1 2 1 1 3 3 . 3",
            "1 . 2 1 3 3 4 3 . . . . . . .",
            ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
        ),
        0.691,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_examples_come_out(name: str) -> None:
    items, expected = PUBLISHED[name]
    assert alpha(items) == pytest.approx(expected, abs=0.0005)


VALUES = st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=20)


@given(VALUES, st.randoms())
def test_the_order_of_items_and_experts_changes_nothing(
    items: list[list[str]], rng: random.Random
) -> None:
    other = [rng.sample(item, len(item)) for item in rng.sample(items, len(items))]
    assert alpha(other) == pytest.approx(alpha(items))


@given(VALUES)
def test_it_is_one_only_for_full_agreement(items: list[list[str]]) -> None:
    value = alpha(items)
    agree = all(len(set(item)) == 1 for item in items if len(item) > 1)
    assert value is None or (value == pytest.approx(1.0)) == agree
    assert value is None or value <= 1.0 + 1e-9


@given(VALUES)
def test_items_that_one_expert_judged_count_for_nothing(items: list[list[str]]) -> None:
    assert alpha([*items, ["a"], []]) == alpha(items)


def test_by_chance_it_is_about_nought_and_its_interval_says_so() -> None:
    rng = random.Random(3)
    found = scored([[rng.choice("abc") for _ in range(2)] for _ in range(600)])
    assert found is not None
    assert found.value == pytest.approx(0.0, abs=0.07)
    assert found.low < 0 < found.high
    assert found.count == 600


def test_the_interval_narrows_with_more_items() -> None:
    few, many = (scored(PUBLISHED["nominal, two observers"][0] * times) for times in (1, 20))
    assert few is not None
    assert many is not None
    assert few.low < many.low < many.value < many.high < few.high


def test_too_few_items_or_no_variation_are_not_scored() -> None:
    assert scored([["a", "b"]] * (FEWEST - 1)) is None
    assert scored([["a", "b"]] * FEWEST) is not None
    assert scored([["a", "a"]] * 50) is None
    assert alpha([]) is None
