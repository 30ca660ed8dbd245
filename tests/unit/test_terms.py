"""Our TF-IDF gives the numbers of scikit-learn's, which is only a tool of the tests."""

import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tools.terms import Terms, letter_groups

WORDS = ["me", "duele", "mucho", "el", "pecho", "cuando", "mama", "mi", "no", "leche", "grieta"]


def texts(seed: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(1, 9))) for _ in range(40)]


@pytest.mark.parametrize("seed", range(5))
def test_letters_are_weighed_as_scikit_learn_weighs_them(seed: int) -> None:
    known, asked = texts(seed), texts(seed + 100)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    rows = vectorizer.fit_transform(known)
    terms = Terms(known, lambda text: letter_groups(text.lower(), 2, 5))
    for text in asked:
        expected = (rows @ vectorizer.transform([text]).T).toarray()[:, 0]
        np.testing.assert_allclose(
            terms.cosines(terms.vocabulary.vector(text)), expected, atol=1e-12
        )


@pytest.mark.parametrize("seed", range(5))
def test_words_are_weighed_as_scikit_learn_weighs_them(seed: int) -> None:
    known, asked = texts(seed), texts(seed + 100)
    vectorizer = TfidfVectorizer(analyzer=str.split, sublinear_tf=True)
    rows = vectorizer.fit_transform(known)
    terms = Terms(known, str.split)
    for text in [*asked, "", "nada conocido"]:
        expected = (rows @ vectorizer.transform([text]).T).toarray()[:, 0]
        np.testing.assert_allclose(
            terms.cosines(terms.vocabulary.vector(text)), expected, atol=1e-12
        )
