"""Evidence by likeness: her words against each option's label and examples; no language model.

Labels are compared by meaning, as they are and through a linear map that was learnt from replies to
many questions: it turns a reply's vector towards the option that was meant and away from the
others. Where the options have examples, a classifier learnt from them on the spot has its say too.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.evidence.scope import asserted
from tools.encoder import Encoder
from tools.head import Classifier, learn, one_hot
from tools.similarity import LETTERS, STEMS, Phrase, PhraseIndex
from tools.tree import Option, Question

LABEL, WORDING, TURNED, TURNED_ALL, LEARNT, LEARNT_ALL = range(6)
"""Columns of an option's features: likeness of what she asserts to its label, to question and
label, and to its label through the map; the last again for all of her words; the classifier's score
for what she asserts and for all of her words."""
WEIGHTS_WITHOUT_EXAMPLES = np.array([3.0, 8.7, 4.2, 4.0, 0.0, 0.0])
WEIGHTS = np.array([0.6, 5.3, 2.0, 2.2, 3.5, 6.4])
"""Log-odds a unit of each feature, fitted by `nodriza bench fit-replies`; the rules' own log-odds
were in the fit."""
MAP = Path(__file__).with_name("reply_map.npz")
_KEPT = 2048
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Known:
    """What is computed once for a question, each part when it is first needed."""

    question: Question
    language: str
    encoder: Encoder | None

    @cached_property
    def index(self) -> PhraseIndex:
        """The phrases of the options."""
        return self._index(self.encoder)

    @cached_property
    def wording(self) -> PhraseIndex:
        """The same by letters and stems alone: nothing has to be encoded."""
        return self._index(None)

    def _index(self, encoder: Encoder | None) -> PhraseIndex:
        groups = [phrases_of(option) for option in self.question.options]
        return PhraseIndex(groups, self.language, encoder)

    @cached_property
    def classifier(self) -> Classifier | None:
        """Learnt from the examples, where there are some; takes a tenth of a second."""
        counts = [len(phrases_of(option)) for option in self.question.options]
        owners = [place for place, count in enumerate(counts) for _ in range(count)]
        if len(owners) == len(counts):
            return None
        return Classifier.of(self.index, learn(self.index, one_hot(owners, len(counts))))

    @cached_property
    def meanings(self) -> _Floats:
        """Shape (options, dimensions): the labels' vectors."""
        return self._encode([option.label for option in self.question.options])

    @cached_property
    def wordings(self) -> _Floats:
        """The same of question and label together."""
        return self._encode([f"{self.question.text} {o.label}" for o in self.question.options])

    def _encode(self, texts: list[str]) -> _Floats:
        if self.encoder is None:
            return np.zeros((len(texts), 0))
        return self.encoder.encode(texts, "passage").astype(np.float64)


class SemanticEvidence:
    """Sentence vectors, character n-grams and stems."""

    name = "semantic"

    def __init__(self, language: str, encoder: Encoder | None) -> None:
        self._language = language
        self._encoder = encoder
        self._known: OrderedDict[Question, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        """Log-odds by option id, with the mean at zero."""
        has_examples = any(option.examples for option in question.options)
        weights = WEIGHTS if has_examples else WEIGHTS_WITHOUT_EXAMPLES
        logits = self.features(question, text) @ weights
        logits -= logits.mean()
        return {
            option.id: float(logit) for option, logit in zip(question.options, logits, strict=True)
        }

    def features(self, question: Question, text: str) -> _Floats:
        """Shape (options, 6): see LABEL and those after it."""
        known = self._of(question)
        said = asserted(text) or text
        features = np.zeros((len(question.options), 6))
        if self._encoder:
            part, whole = self._encoder.encode([said, text], "query").astype(np.float64)
            features[:, LABEL] = known.meanings @ part
            features[:, WORDING] = known.wordings @ part
            turn = reply_map(self._encoder.name)
            if turn is not None:
                features[:, TURNED] = turned(turn, known.meanings, part)
                features[:, TURNED_ALL] = turned(turn, known.meanings, whole)
        if known.classifier:
            features[:, LEARNT] = known.classifier.scores(said)
            features[:, LEARNT_ALL] = known.classifier.scores(text)
        return features

    def closeness(self, question: Question, text: str) -> dict[str, float]:
        """How close her words come to each option in themselves, between 0 and 1."""
        features = self._of(question).wording.features(text)
        best = features[:, [LETTERS, STEMS]].max(axis=1)
        return {
            option.id: float(value) for option, value in zip(question.options, best, strict=True)
        }

    def _of(self, question: Question) -> _Known:
        with self._lock:
            if question in self._known:
                self._known.move_to_end(question)
                return self._known[question]
            known = self._known[question] = _Known(question, self._language, self._encoder)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known


def phrases_of(option: Option) -> list[Phrase]:
    """What is known about an option, for comparison with her words: its label first."""
    return [Phrase(text, "query") for text in (option.label, *option.examples)]


ReplyMap = tuple[_Floats, _Floats]
"""Two factors, of shapes (dimensions, rank) and (rank, dimensions)."""


def turned(factors: ReplyMap, meanings: _Floats, reply: _Floats) -> _Floats:
    """Shape (options,): what sets each label apart from the others, likened to the turned reply."""
    down, up = factors
    return np.asarray((meanings - meanings.mean(axis=0)) @ (reply @ down @ up))


@lru_cache(maxsize=4)
def reply_map(encoder: str) -> ReplyMap | None:
    """The map that is shipped for the encoder; None where it is another's."""
    with np.load(MAP) as file:
        if str(file["encoder"]) != encoder:
            return None
        return file["down"].astype(np.float64), file["up"].astype(np.float64)
