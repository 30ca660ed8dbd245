"""Evidence by likeness: her words against each option's label and examples."""

import threading
from collections import OrderedDict

from tools.encoder import Encoder
from tools.similarity import LETTERS, MEANING, STEMS, Phrase, PhraseIndex, weighted
from tools.tree import Option, Question

WEIGHTS = {MEANING: 14.7, LETTERS: 2.7, STEMS: 2.3}
"""Log-odds a unit of likeness: fitted by leaving out each of the shipped tree's option examples
in turn, maximising the likelihood of its option."""
_KEPT = 2048


class SemanticEvidence:
    """Sentence vectors, character n-grams and stems; no language model."""

    name = "semantic"

    def __init__(self, language: str, encoder: Encoder | None) -> None:
        self._language = language
        self._encoder = encoder
        self._indexes: OrderedDict[Question, PhraseIndex] = OrderedDict()
        self._lock = threading.Lock()

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        """Log-odds by option id, with the mean at zero."""
        features = self._index(question).features(text)
        logits = weighted(features, WEIGHTS)
        logits -= logits.mean()
        return {
            option.id: float(logit) for option, logit in zip(question.options, logits, strict=True)
        }

    def closeness(self, question: Question, text: str) -> dict[str, float]:
        """How close her words come to each option in themselves, between 0 and 1."""
        features = self._index(question).features(text)
        best = features[:, [LETTERS, STEMS]].max(axis=1)
        return {
            option.id: float(value) for option, value in zip(question.options, best, strict=True)
        }

    def _index(self, question: Question) -> PhraseIndex:
        with self._lock:
            if question in self._indexes:
                self._indexes.move_to_end(question)
                return self._indexes[question]
        groups = [phrases_of(question, option) for option in question.options]
        index = PhraseIndex(groups, self._language, self._encoder)
        with self._lock:
            self._indexes[question] = index
            if len(self._indexes) > _KEPT:
                self._indexes.popitem(last=False)
        return index


def phrases_of(question: Question, option: Option) -> list[Phrase]:
    """What is known about an option, for comparison with her words."""
    described = [
        Phrase(f"{question.text} {option.label}", "passage"),
        Phrase(option.label, "query"),
    ]
    return described + [Phrase(example, "query") for example in option.examples]
