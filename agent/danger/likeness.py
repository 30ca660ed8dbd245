"""How much a message resembles dangers that were described in other words than the patterns know.

A head (tools/head.py) is learnt from the messages beside the catalogue: dangers, and near misses,
which are none. It knows no negation, time or person by itself, only that such messages were
no dangers; the patterns of the catalogue stay what decides where they apply (guard.py).
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tools.encoder import Encoder
from tools.head import Classifier, key_of, learn, one_hot
from tools.learnt import Shelf
from tools.samples import read_lines
from tools.similarity import Phrase, PhraseIndex, Views
from tools.words import words

NONE = "none"
_SENTENCE = re.compile(r"(?<=[.!?\n…])\s+")
_VIEWS: Views = (1.0, 1.0, 4.0)
"""How much meaning, letters and stems weigh: of a dozen, as good as any at telling apart the texts
learnt from, each left out (area under the curve .939; .935 where all weigh the same)."""
_TIME = re.compile(
    r"\b\d+(?:[.,]\d+)?(?=\s*(?:d|h|s|m|d[ií]as?|horas?|semanas?|sem|mes|meses|años?)\b)",
    re.IGNORECASE,
)
_LEAST = 4
"""Words that a sentence needs to be looked at by itself."""


class DangerSample(BaseModel):
    """A message that tells of a danger, or nearly."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(min_length=1)
    sign: str | None
    """The catalogue's sign that it tells of; None: it is no danger."""


class DangerReader:
    """Compares messages with known dangers and near misses."""

    def __init__(
        self,
        samples: Sequence[DangerSample],
        harmless: Sequence[str],
        language: str,
        encoder: Encoder | None,
        shelf: Shelf | None = None,
    ) -> None:
        """`harmless` are ordinary messages: what most of what she writes is like."""
        self.signs: tuple[str, ...] = tuple(sorted({one.sign for one in samples if one.sign}))
        """The signs of which it knows dangers."""
        shelf = shelf or Shelf()
        read = Classifier.reader(language, encoder)
        told = [(_leveled(sample.text), sample.sign) for sample in samples if sample.sign]
        labelled = [(_leveled(sample.text), sample.sign or NONE) for sample in samples]
        labelled += [(_leveled(text), NONE) for text in harmless]

        def make_danger() -> Classifier:
            index = _index(labelled, language, encoder)
            numbers = [int(label != NONE) for _, label in labelled]
            asked = range(len(samples))
            return Classifier.of(index, learn(index, one_hot(numbers, 2), asked, views=_VIEWS))

        def make_sign() -> Classifier:
            index = _index(told, language, encoder)
            numbers = [self.signs.index(sign) for _, sign in told]
            return Classifier.of(index, learn(index, one_hot(numbers, len(self.signs))))

        name = encoder.name if encoder else ""
        self.danger_key = key_of(f"{name} {_VIEWS}", labelled)
        self.sign_key = key_of(name, told)
        self.classify_danger = shelf.get(
            self.danger_key, read, make_danger, "what resembles a danger"
        )
        self.classify_sign = shelf.get(self.sign_key, read, make_sign, "which danger it resembles")

    def danger(self, text: str) -> float:
        """Probability that it tells of any danger: as a whole, and its most dangerous sentence."""
        whole = self._log_odds(text)
        parts = [part for part in _SENTENCE.split(text) if len(words(part)) >= _LEAST]
        worst = max((self._log_odds(part) for part in parts), default=whole)
        return float(1 / (1 + np.exp(-(whole + worst) / 2)))

    def likest_signs(self, text: str) -> list[tuple[str, float]]:
        """The signs, the one that it resembles most first: if it tells of a danger, how probably
        of that one."""
        log_odds = self.classify_sign.log_odds(_leveled(text))
        shares = np.exp(log_odds - np.logaddexp.reduce(log_odds))
        return [(self.signs[place], float(shares[place])) for place in np.argsort(-shares)]

    def _log_odds(self, text: str) -> float:
        none, danger = self.classify_danger.log_odds(_leveled(text))
        return float(danger - none)


def _leveled(text: str) -> str:
    """The text with the same number in each age and stretch of time.

    Nine days are no sign of what a few texts tell of a baby of nine days, and 38 days no fever.
    What ages mean is the business of the signs' conditions.
    """
    return _TIME.sub("5", text)


def _index(
    labelled: Sequence[tuple[str, str]], language: str, encoder: Encoder | None
) -> PhraseIndex:
    return PhraseIndex([[Phrase(text, "query")] for text, _ in labelled], language, encoder)


def read_danger_samples(path: Path) -> tuple[DangerSample, ...]:
    """The messages of a catalogue; none where there is no file."""
    return read_lines(path, DangerSample)
