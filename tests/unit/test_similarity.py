"""Likeness of a text to groups of phrases, by meaning, letters and stems."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trees import MeaningEncoder
from tools.similarity import LETTERS, MEANING, STEMS, Phrase, PhraseIndex, weighted

GROUPS: list[list[Phrase]] = [
    [Phrase("Dolor al dar el pecho", "passage"), Phrase("me duele el pezón", "query")],
    [Phrase("Fiebre y malestar", "passage")],
    [
        Phrase("Poca leche", "passage"),
        Phrase("no me sale leche", "query"),
        Phrase("se queda con hambre", "query"),
    ],
]


def best(text: str, column: int, encoder: MeaningEncoder | None = None) -> int:
    features = PhraseIndex(GROUPS, "es", encoder).features(text)
    return int(features[:, column].argmax())


def test_one_row_a_group_one_column_a_view() -> None:
    features = PhraseIndex(GROUPS, "es", MeaningEncoder()).features("me duele")
    assert features.shape == (3, 3)
    assert (features >= -1e-6).all()
    assert (features <= 1 + 1e-6).all()


def test_the_best_phrase_stands_for_its_group() -> None:
    index = PhraseIndex(GROUPS, "es", None)
    features = index.features("se queda con hambre")
    assert features[2, LETTERS] == pytest.approx(1)
    assert features[2, STEMS] == pytest.approx(1)


def test_each_view_sees_what_the_others_miss() -> None:
    assert best("me duelee el peson", LETTERS) == 0  # typos
    assert best("dolores", STEMS) == 0  # forms of a word
    assert best("calentura", MEANING, MeaningEncoder()) == 1  # synonyms


def test_accents_and_capitals_do_not_matter() -> None:
    index = PhraseIndex(GROUPS, "es", None)
    np.testing.assert_allclose(
        index.features("ME DUELE EL PEZON"), index.features("me duele el pezón")
    )


def test_without_an_encoder_meaning_is_nothing() -> None:
    features = PhraseIndex(GROUPS, "es", None).features("me duele")
    assert (features[:, MEANING] == 0).all()
    assert features[0, LETTERS] > 0


def test_each_phrase_is_encoded_in_its_role() -> None:
    encoder = MeaningEncoder()
    PhraseIndex(GROUPS, "es", encoder)
    phrases = {(phrase.text, phrase.role) for group in GROUPS for phrase in group}
    assert set(encoder.given) == phrases


def test_fusion_is_a_weighted_sum() -> None:
    features = np.array([[0.5, 0.2, 0.1], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(weighted(features, {MEANING: 2, STEMS: 10}), [2.0, 0.0])
    np.testing.assert_allclose(weighted(features, {LETTERS: 3}), [0.6, 3.0])


_TEXTS: Sequence[str] = ("", " ", "¿?", "👶", "123", "x")


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.sampled_from(_TEXTS), st.text(max_size=30)))
def test_any_text_has_finite_features(text: str) -> None:
    features = _INDEX.features(text)
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(features, _INDEX.features(text))


_INDEX = PhraseIndex(GROUPS, "es", MeaningEncoder())
