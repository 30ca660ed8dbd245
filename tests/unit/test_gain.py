"""Information gain: the question that separates the answers ahead comes first."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.gain import Prospects, entropy
from tools.outline import Outline, Way


def way(option: str, target: str) -> Way:
    return Way(option=option, label=option, examples=(), target=target)


OUTLINE = Outline(
    ways={
        "q1": (way("a", "leaf1"), way("b", "q2")),
        "q2": (way("c", "leaf2"), way("d", "leaf2")),
        "q3": (way("e", "leaf3"), way("f", "q1")),
    },
    questions={"q1": "¿Uno?", "q2": "¿Dos?", "q3": "¿Tres?"},
    titles={"leaf1": "Uno", "leaf2": "Dos", "leaf3": "Tres"},
)


def test_a_question_whose_answers_lead_to_the_same_tells_nothing() -> None:
    ahead = Prospects(OUTLINE, {"q1": 1.0}, lambda _node: None)
    first, second = ahead.open_questions()
    assert (first.node, second.node) == ("q1", "q2")
    assert first.bits == pytest.approx(1.0)
    assert second.bits == 0.0
    assert first.separates == ("Uno", "Dos")


def test_what_she_has_said_already_makes_a_question_worthless() -> None:
    said = {"q1": {"a": 1.0, "b": 0.0}}
    ahead = Prospects(OUTLINE, {"q1": 1.0}, said.get)
    assert ahead.open_questions()[0].bits == pytest.approx(0.0)
    assert ahead.answers()["leaf1"] == pytest.approx(1.0)


def test_choosing_among_places_tells_what_they_differ_in() -> None:
    ahead = Prospects(OUTLINE, {"leaf1": 0.5, "leaf3": 0.5}, lambda _node: None)
    assert ahead.offer_bits() == pytest.approx(1.0)
    assert Prospects(OUTLINE, {"leaf1": 1.0}, lambda _node: None).offer_bits() == 0.0


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6))
def test_no_question_tells_more_than_there_is_to_know(weights: list[float]) -> None:
    total = sum(weights)
    names = ["q1", "q2", "q3", "leaf1", "leaf2", "leaf3"]
    entries = {name: weight / total for name, weight in zip(names, weights, strict=False)}
    ahead = Prospects(OUTLINE, entries, lambda _node: None)
    answers = ahead.answers()
    assert sum(answers.values()) == pytest.approx(1.0)
    assert 0 <= entropy(answers) <= math.log2(3) + 1e-9
    for question in ahead.open_questions():
        assert -1e-9 <= question.bits <= math.log2(3) + 1e-9
    assert ahead.offer_bits() <= entropy(answers) + 1e-9
