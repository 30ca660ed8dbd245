"""How close a text is to groups of phrases: by meaning, by letters and by words.

Three views of likeness that fail differently: sentence vectors know synonyms, character n-grams
survive typos, stems catch the rare telling word. They are fused where they are used.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from tools.encoder import Encoder, Role
from tools.terms import Sparse, Terms, Vocabulary, letter_groups
from tools.words import fold, folded_words, speller, stemmer, words

MEANING, LETTERS, STEMS = range(3)
"""Columns of the features."""
Views = tuple[float, float, float]
"""How much meaning, letters and stems weigh in a kernel."""
ALIKE: Views = (1.0, 1.0, 1.0)
_LEAST = 4
"""Letters of a word from which it is put right: shorter ones are one letter from many."""
_REMEMBERED = 64
"""Texts whose likeness an index keeps."""
_WORDS = 20_000
"""Words whose letters are kept: most of the words of a tree and of a conversation."""
_MANY = 1000
"""Phrases from which terms of a single phrase are left out: half of all, and seldom met again."""


@dataclass(frozen=True)
class Phrase:
    """A text that stands for a group."""

    text: str
    role: Role
    """query: a way of saying it; passage: a description of it."""


@dataclass(frozen=True)
class Features:
    """A text as three vectors of length 1 (or 0, where it has nothing that is known)."""

    meaning: NDArray[np.float32] | None
    """Shape (dimensions,); None without an encoder."""
    letters: Sparse
    stems: Sparse


class Featurizer:
    """Turns texts into features, in the terms of the phrases of an index."""

    def __init__(
        self,
        encoder: Encoder | None,
        heard: Mapping[str, int],
        letters: Vocabulary,
        stems: Vocabulary,
        language: str,
    ) -> None:
        """`heard` has the folded words of the phrases, each with the number of its occurrences."""
        self.heard = heard
        self.letters = letters
        self.stems = stems
        self._encoder = encoder
        self._spell = speller(language)
        self._common = _by_length(w for w, times in heard.items() if times > 1)
        self._sounds = frozenset(map(self._spell, heard))

    def features(self, said: str) -> Features:
        """Of a text that someone wrote."""
        text = self._mended(said)
        meaning = self._encoder.encode([text], "query")[0] if self._encoder else None
        return Features(meaning, self.letters.vector(text), self.stems.vector(text))

    def _mended(self, text: str) -> str:
        """Words unlike any in the phrases, one letter away from one that several have, put right.

        What only sounds like one is left as it is: letters and stems are spelt by sound.
        """
        mended, end = [], 0
        for word in words(text):
            if len(word.folded) >= _LEAST and self._spell(word.folded) not in self._sounds:
                near = process.extractOne(
                    word.folded,
                    self._common.get(len(word.folded), ()),
                    scorer=OSA.distance,
                    score_cutoff=1,
                )
                if near:
                    mended += [text[end : word.start], near[0]]
                    end = word.end
        return "".join([*mended, text[end:]])


@dataclass(frozen=True)
class Projection:
    """Weights of phrases, summed up by the features that the phrases are made of."""

    meaning: NDArray[np.float32] | None
    """Shape (dimensions, columns)."""
    letters: NDArray[np.float32]
    """Shape (groups of letters, columns)."""
    stems: NDArray[np.float32]
    """Shape (stems and pairs of stems, columns)."""

    def of(self, features: Features) -> NDArray[np.float64]:
        """Shape (columns,)."""
        total = np.zeros(self.letters.shape[1])
        if features.meaning is not None and self.meaning is not None:
            total += features.meaning @ self.meaning
        for (terms, values), weighed in (
            (features.letters, self.letters),
            (features.stems, self.stems),
        ):
            total += values @ weighed[terms]
        return total


class PhraseIndex:
    """Groups of phrases, ready to be compared with a text."""

    def __init__(
        self, groups: Sequence[Sequence[Phrase]], language: str, encoder: Encoder | None
    ) -> None:
        """Every group needs a phrase."""
        phrases = [phrase for group in groups for phrase in group]
        sizes = [len(group) for group in groups]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._vectors = _encode(encoder, phrases) if encoder else None
        texts = [phrase.text for phrase in phrases]
        least = 2 if len(texts) >= _MANY else 1
        letters_of, stems_of = terms_of(language)
        self._letters = Terms(texts, letters_of, least)
        self._stems = Terms(texts, stems_of, least)
        self.featurizer = Featurizer(
            encoder,
            Counter(chain.from_iterable(map(folded_words, texts))),
            self._letters.vocabulary,
            self._stems.vocabulary,
            language,
        )
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

    def gram(self, views: Views = ALIKE) -> NDArray[np.float32]:
        """Shape (phrases, phrases): the kernel between the phrases themselves."""
        meaning, letters, stems = map(np.float32, views)
        total = letters * self._letters.gram()
        total += stems * self._stems.gram()
        if self._vectors is not None:
            total += meaning * (self._vectors @ self._vectors.T)
        return total

    def grams(self) -> NDArray[np.float32]:
        """Shape (3, phrases, phrases): the same by meaning, letters and stems."""
        letters, stems = self._letters.gram(), self._stems.gram()
        vectors = self._vectors
        meaning = np.zeros_like(letters) if vectors is None else vectors @ vectors.T
        return np.stack([meaning, letters, stems])

    def project(self, weights: NDArray[np.float32], views: Views = ALIKE) -> Projection:
        """What gives the kernel of a text and the phrases, times `weights`.

        `weights` has shape (phrases, columns). All three likenesses are products of vectors, so
        that the phrases can be summed up beforehand, and a text is not compared with each.
        """
        meaning, letters, stems = map(np.float32, views)
        return Projection(
            None if self._vectors is None else meaning * (self._vectors.T @ weights),
            letters * self._letters.project(weights),
            stems * self._stems.project(weights),
        )

    def features(self, text: str) -> NDArray[np.float64]:
        """Shape (groups, 3): the group's best phrase by meaning, letters and stems."""
        return np.asarray(np.maximum.reduceat(self.likeness(text), self._starts, axis=0))

    def _likeness(self, text: str) -> NDArray[np.float64]:
        of = self.featurizer.features(text)
        meaning = np.zeros(self.count)
        if of.meaning is not None and self._vectors is not None:
            # Not `@`: BLAS would wake threads that wait for one another on a busy machine.
            meaning = np.asarray(np.vecdot(self._vectors, of.meaning), np.float64)
        columns = [meaning, self._letters.cosines(of.letters), self._stems.cosines(of.stems)]
        likeness = np.stack(columns, axis=1).astype(np.float64)
        likeness.setflags(write=False)
        return likeness


@cache
def terms_of(language: str) -> tuple[Callable[[str], Iterable[str]], Callable[[str], list[str]]]:
    """What gives the groups of letters of a text, and its stems with each two in a row.

    "no quier" says more than its words.
    """
    stem, spell = stemmer(language), speller(language)

    @lru_cache(_WORDS)
    def letters(word: str) -> tuple[str, ...]:
        return tuple(letter_groups(spell(word), 2, 5))

    def letters_of(text: str) -> Iterable[str]:
        return chain.from_iterable(map(letters, fold(text).split()))

    def stems_of(text: str) -> list[str]:
        stems = [spell(stem(word)) for word in folded_words(text)]
        return stems + [f"{first} {second}" for first, second in pairwise(stems)]

    return letters_of, stems_of


def _by_length(heard: Iterable[str]) -> dict[int, list[str]]:
    """By the length of a word: what may be one letter away from it, in the order given."""
    found: dict[int, list[str]] = {}
    for word in heard:
        if len(word) >= _LEAST:
            for length in range(len(word) - 1, len(word) + 2):
                found.setdefault(length, []).append(word)
    return found


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
