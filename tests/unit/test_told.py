"""Which topics a message tells of: each judged by itself, on what was left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.told import RANKED, fit_told, told_topics

TOPICS, SCALE = 8, 20.0


def messages(count: int = 400) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Scores as a classifier would give them: high for what is told; the long ones tell two."""
    drawn = np.random.default_rng(1)
    told = np.zeros((count, TOPICS), bool)
    words = drawn.integers(3, 60, count)
    for row, length in enumerate(words):
        chosen = drawn.choice(TOPICS, 2 if length > 25 else 1, replace=False)
        told[row, chosen] = True
    scores = drawn.normal(0.02, 0.15, (count, TOPICS + 2))
    scores[:, :TOPICS] += 0.5 * told
    return scores, told, words.tolist()


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return fit_told(*messages()[:2], SCALE, messages()[2])


def test_two_clear_topics_are_both_told(weights: np.ndarray) -> None:
    """Where probabilities that compete would give each a half."""
    scores = np.full(TOPICS + 2, 0.02)
    scores[[2, 5]] = 0.55, 0.5
    told = told_topics(scores, TOPICS, weights, SCALE, words=40)
    assert list(told)[:2] == [2, 5]
    assert min(told[2], told[5]) > 0.7
    assert max(chance for topic, chance in told.items() if topic not in (2, 5)) < 0.2


def test_two_that_are_alike_unclear_are_not_both_told(weights: np.ndarray) -> None:
    scores = np.full(TOPICS + 2, 0.02)
    scores[[2, 5]] = 0.2, 0.19
    told = told_topics(scores, TOPICS, weights, SCALE, words=5)
    assert told[5] < 0.5


def test_it_is_calibrated_on_what_it_was_fitted_on(weights: np.ndarray) -> None:
    scores, told, words = messages()
    chances, right = [], []
    for row, own, length in zip(scores, told, words, strict=True):
        for topic, chance in told_topics(row, TOPICS, weights, SCALE, length).items():
            chances.append(chance)
            right.append(bool(own[topic]))
    assert np.mean(chances) == pytest.approx(np.mean(right), abs=0.01)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-0.5, 1.5), min_size=TOPICS + 2, max_size=TOPICS + 2), st.integers(0, 90))
def test_chances_are_probabilities_of_the_best_topics(scores: list[float], words: int) -> None:
    weights = fit_told(*messages(60)[:2], SCALE, messages(60)[2])
    told = told_topics(np.array(scores), TOPICS, weights, SCALE, words)
    assert len(told) == RANKED
    assert all(0 <= chance <= 1 for chance in told.values())
    ranked = [scores[topic] for topic in told]
    assert ranked == sorted(ranked, reverse=True)
