"""How close a text is to groups of phrases: by meaning, by letters and by words.

Three views of likeness that fail differently: sentence vectors know synonyms, character n-grams
survive typos, stems catch the rare telling word. They are fused where they are used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from tools.encoder import Encoder, Role
from tools.words import fold, speller, stemmer, words

MEANING, LETTERS, STEMS = range(3)
"""Columns of the features."""


@dataclass(frozen=True)
class Phrase:
    """A text that stands for a group."""

    text: str
    role: Role
    """query: a way of saying it; passage: a description of it."""


class PhraseIndex:
    """Groups of phrases, ready to be compared with a text."""

    def __init__(
        self, groups: Sequence[Sequence[Phrase]], language: str, encoder: Encoder | None
    ) -> None:
        """Every group needs a phrase."""
        phrases = [phrase for group in groups for phrase in group]
        sizes = [len(group) for group in groups]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._encoder = encoder
        self._vectors = _encode(encoder, phrases) if encoder else None
        stem, spell = stemmer(language), speller(language)
        self._letters = TfidfVectorizer(
            preprocessor=lambda text: spell(fold(text)),
            analyzer="char_wb",
            ngram_range=(2, 5),
            sublinear_tf=True,
        )
        self._stems = TfidfVectorizer(
            analyzer=lambda text: [spell(stem(word.folded)) for word in words(text)],
            sublinear_tf=True,
        )
        texts = [phrase.text for phrase in phrases]
        self._letter_rows = self._letters.fit_transform(texts)
        self._stem_rows = self._stems.fit_transform(texts)

    def features(self, text: str) -> NDArray[np.float64]:
        """Shape (groups, 3): the group's best phrase by meaning, letters and stems, each 0 to 1.

        Meaning is 0 throughout where there is no encoder.
        """
        columns = [
            self._meaning(text),
            _cosines(self._letter_rows, self._letters.transform([text])),
            _cosines(self._stem_rows, self._stems.transform([text])),
        ]
        return np.stack([np.maximum.reduceat(column, self._starts) for column in columns], axis=1)

    def _meaning(self, text: str) -> NDArray[np.float64]:
        if self._encoder is None or self._vectors is None:
            return np.zeros(self._letter_rows.shape[0])
        query = self._encoder.encode([text], "query")[0]
        return np.asarray(self._vectors @ query, dtype=np.float64)


def weighted(features: NDArray[np.float64], weights: Mapping[int, float]) -> NDArray[np.float64]:
    """Fuse features of shape (groups, 3) into log-odds of shape (groups,)."""
    columns = list(weights)
    return np.asarray(features[:, columns] @ np.array([weights[column] for column in columns]))


def _encode(encoder: Encoder, phrases: Sequence[Phrase]) -> NDArray[np.float32]:
    vectors: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(phrases)
    for role in ("query", "passage"):
        places = [i for i, phrase in enumerate(phrases) if phrase.role == role]
        if places:
            rows = encoder.encode([phrases[i].text for i in places], role)
            for place, row in zip(places, rows, strict=True):
                vectors[place] = row
    return np.stack(vectors)


def _cosines(rows: Any, query: Any) -> NDArray[np.float64]:
    # Rows and query have length 1, so their product is the cosine.
    product = rows @ query.T
    return np.asarray(product.toarray(), dtype=np.float64)[:, 0]
