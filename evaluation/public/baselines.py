"""What simple methods make of the same cases, with the tree's own phrases and nothing fitted."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from agent.evidence import semantic
from evaluation.vocabulary import Vocabulary
from tools import locate
from tools.encoder import Encoder
from tools.similarity import LETTERS, MEANING, Phrase, PhraseIndex
from tools.tree import Question, Tree
from tools.words import stemmer, words

_K1, _B = 1.5, 0.75
"""Usual values; Robertson and Zaragoza 2009, "The probabilistic relevance framework"."""
_Floats = NDArray[np.float64]
RankTopics = Callable[[str], Sequence[str]]
"""From a message to the shared topics, best first."""


def topic_rankers(
    tree: Tree, vocabulary: Vocabulary, encoder: Encoder | None
) -> dict[str, RankTopics]:
    """Rankings of topics by name: the table of contents, BM25, embeddings only."""
    phrases: dict[str, list[Phrase]] = {topic: [] for topic in vocabulary.shared_ids}
    for entry in tree.entries:
        for topic in vocabulary.of(entry.topic):
            phrases[topic] += locate.phrases_of(entry)
    topics, groups = list(phrases), list(phrases.values())
    menu = [candidate.topic for candidate in vocabulary.menu()]
    rankers: dict[str, RankTopics] = {"menu": lambda _text: menu}
    bm25 = BM25([" ".join(p.text for p in group) for group in groups], tree.language)
    rankers["BM25"] = lambda text: _ranked(topics, bm25.scores(text))
    if encoder:
        index = PhraseIndex(groups, tree.language, encoder)
        rankers["embeddings"] = lambda text: _ranked(topics, index.features(text)[:, MEANING])
    return rankers


def option_choosers(
    language: str, encoder: Encoder | None
) -> dict[str, Callable[[Question, str], int]]:
    """Choices of an option by name: letters in common, embeddings only."""

    def chooser(encoder: Encoder | None, column: int) -> Callable[[Question, str], int]:
        def choose(question: Question, reply: str) -> int:
            groups = [
                [Phrase(f"{question.text} {option.label}", "passage"), *semantic.phrases_of(option)]
                for option in question.options
            ]
            return int(PhraseIndex(groups, language, encoder).features(reply)[:, column].argmax())

        return choose

    choosers = {"lexical": chooser(None, LETTERS)}
    if encoder:
        choosers["embeddings"] = chooser(encoder, MEANING)
    return choosers


def likeness_to_examples(tree: Tree) -> Callable[[str], float]:
    """How close a text comes to the nearest example of the tree: cosine of character n-grams."""
    nodes = [node for node in tree.nodes if isinstance(node, Question)]
    examples: Iterable[str] = [
        *(example for entry in tree.entries for example in entry.examples),
        *(e for node in nodes for option in node.options for e in option.examples),
    ]
    index = PhraseIndex([[Phrase(text, "query")] for text in examples], tree.language, None)
    return lambda text: float(index.features(text)[:, LETTERS].max())


class BM25:
    """Documents by their stems, scored against a text."""

    def __init__(self, documents: Sequence[str], language: str) -> None:
        self._stem = stemmer(language)
        self._counts = [Counter(self._terms(document)) for document in documents]
        lengths = np.array([sum(counts.values()) for counts in self._counts], float)
        self._norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1.0))
        self._spread = Counter(term for counts in self._counts for term in counts)

    def scores(self, text: str) -> _Floats:
        """Shape (documents,)."""
        total = np.zeros(len(self._counts))
        for term in self._terms(text):
            spread = self._spread[term]
            if spread:
                times = np.array([counts[term] for counts in self._counts], float)
                rarity = math.log(1 + (len(total) - spread + 0.5) / (spread + 0.5))
                total += rarity * times * (_K1 + 1) / (times + self._norms)
        return total

    def _terms(self, text: str) -> list[str]:
        return [self._stem(word.folded) for word in words(text)]


def _ranked(topics: Sequence[str], scores: _Floats) -> list[str]:
    return [topics[place] for place in np.argsort(-scores, kind="stable")]
