"""Words of a message, with their place in what she wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.words import fold, stemmer, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("MAÑANA", "manana"),
        ("¿Cuánta fiebre?", "¿cuanta fiebre?"),
        ("pingüino", "pinguino"),
        ("ÀÉÎÕÜ ç", "aeiou c"),
        ("38ºC", "38ºc"),
        ("2ª", "2ª"),
        ("👶🏽 bebé", "👶🏽 bebe"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert all(fold(character) == changed for character, changed in zip(text, folded, strict=True))


@given(st.text())
def test_words_are_cut_from_the_text_itself(text: str) -> None:
    end = 0
    for word in words(text):
        assert end <= word.start < word.end <= len(text)
        assert fold(text[word.start : word.end]) == word.folded
        end = word.end


def test_a_decimal_is_one_word() -> None:
    assert [word.folded for word in words("Tiene 38,5 de fiebre, o 39. ¡Sí!")] == [
        "tiene",
        "38,5",
        "de",
        "fiebre",
        "o",
        "39",
        "si",
    ]


def test_stems_join_the_forms_of_a_word() -> None:
    stem = stemmer("es")
    assert len({stem(word) for word in ("grieta", "grietas")}) == 1
    assert len({stem(word) for word in ("duele", "duelen")}) == 1
    assert stem("grieta") != stem("fiebre")


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert stemmer("eu")("titia") == "titia"
