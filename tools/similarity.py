"""How close a text is to groups of phrases: by meaning, by letters and by words.

Three views of likeness that fail differently: sentence vectors know synonyms, character n-grams
survive typos, stems catch the rare telling word. They are fused where they are used.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from tools.encoder import Encoder, Role
from tools.terms import Terms, letter_groups
from tools.words import fold, speller, stemmer, words

MEANING, LETTERS, STEMS = range(3)
"""Columns of the features."""
_LEAST = 4
"""Letters of a word from which it is put right: shorter ones are one letter from many."""
_REMEMBERED = 64
"""Texts whose likeness an index keeps."""


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
        texts = [phrase.text for phrase in phrases]
        self._letters = Terms(texts, lambda text: letter_groups(spell(fold(text)), 2, 5))
        self._stems = Terms(texts, lambda text: _runs([spell(stem(w.folded)) for w in words(text)]))
        seen = Counter(word.folded for text in texts for word in words(text))
        self._known = [word for word, times in seen.items() if times > 1 and len(word) >= _LEAST]
        self._spell = spell
        self._sounds = frozenset(map(spell, seen))
        # A turn compares the same text several times: to understand, to locate, to decide.
        self.likeness = lru_cache(_REMEMBERED)(self._likeness)
        """Shape (phrases, 3): each phrase by meaning, letters and stems, groups in a row.

        Each 0 to 1; meaning is 0 throughout where there is no encoder. It cannot be written to.
        """

    @property
    def count(self) -> int:
        """How many phrases there are."""
        return self._letters.count

    def kernel(self, text: str) -> NDArray[np.float64]:
        """Shape (phrases,): the three likenesses added up."""
        return np.asarray(self.likeness(text).sum(axis=1))

    def gram(self) -> NDArray[np.float32]:
        """Shape (phrases, phrases): the kernel between the phrases themselves."""
        total = self._letters.gram() + self._stems.gram()
        return total if self._vectors is None else total + self._vectors @ self._vectors.T

    def features(self, text: str) -> NDArray[np.float64]:
        """Shape (groups, 3): the group's best phrase by meaning, letters and stems."""
        return np.asarray(np.maximum.reduceat(self.likeness(text), self._starts, axis=0))

    def _likeness(self, said: str) -> NDArray[np.float64]:
        text = self._mended(said)
        columns = [self._meaning(text), self._letters.cosines(text), self._stems.cosines(text)]
        likeness = np.stack(columns, axis=1)
        likeness.setflags(write=False)
        return likeness

    def _mended(self, text: str) -> str:
        """Words unlike any in the phrases, one letter away from one that several have, put right.

        What only sounds like one is left as it is: letters and stems are spelt by sound.
        """
        mended, end = [], 0
        for word in words(text):
            if len(word.folded) >= _LEAST and self._spell(word.folded) not in self._sounds:
                near = process.extractOne(
                    word.folded, self._known, scorer=DamerauLevenshtein.distance, score_cutoff=1
                )
                if near:
                    mended += [text[end : word.start], near[0]]
                    end = word.end
        return "".join([*mended, text[end:]])

    def _meaning(self, text: str) -> NDArray[np.float64]:
        if self._encoder is None or self._vectors is None:
            return np.zeros(self._letters.count)
        query = self._encoder.encode([text], "query")[0]
        return np.asarray(self._vectors @ query, dtype=np.float64)


def weighted(features: NDArray[np.float64], weights: Mapping[int, float]) -> NDArray[np.float64]:
    """Fuse features of shape (groups, 3) into log-odds of shape (groups,)."""
    columns = list(weights)
    return np.asarray(features[:, columns] @ np.array([weights[column] for column in columns]))


def _runs(stems: Sequence[str]) -> Iterator[str]:
    """Stems, and each two that follow one another: "no quier" says more than its words."""
    yield from stems
    for first, second in pairwise(stems):
        yield f"{first} {second}"


def _encode(encoder: Encoder, phrases: Sequence[Phrase]) -> NDArray[np.float32]:
    vectors: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(phrases)
    for role in ("query", "passage"):
        places = [i for i, phrase in enumerate(phrases) if phrase.role == role]
        if places:
            rows = encoder.encode([phrases[i].text for i in places], role)
            for place, row in zip(places, rows, strict=True):
                vectors[place] = row
    return np.stack(vectors)
