"""How much a message resembles dangers that were described in other words than the patterns know.

A head (tools/head.py) is learnt from the messages beside the catalogue: dangers, and near misses,
which are none. It knows no negation, time or person by itself, only that such messages were
no dangers; the patterns of the catalogue stay what decides where they apply (agent/guard.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tools.encoder import Encoder
from tools.head import Heads, key_of, learn
from tools.samples import read_lines
from tools.similarity import Phrase, PhraseIndex
from tools.words import words

NONE = "none"
_SENTENCE = re.compile(r"(?<=[.!?\n…])\s+")
_LEAST = 4
"""Words that a sentence needs to be looked at by itself."""


class DangerSample(BaseModel):
    """A message that tells of a danger, or nearly."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(min_length=1)
    sign: str | None
    """The catalogue's sign that it tells of; None: it is no danger."""


@dataclass(frozen=True)
class Likeness:
    """What a message resembles."""

    danger: float
    """Probability that it tells of any danger."""
    sign: str
    """The sign that it resembles most."""


class DangerReader:
    """Compares messages with known dangers and near misses."""

    def __init__(
        self,
        samples: Sequence[DangerSample],
        harmless: Sequence[str],
        language: str,
        encoder: Encoder | None,
        heads: Heads | None = None,
    ) -> None:
        """`harmless` are ordinary messages: what most of what she writes is like."""
        self.signs = tuple(sorted({sample.sign for sample in samples if sample.sign}))
        """The signs of which it knows dangers."""
        labelled = [(sample.text, sample.sign or NONE) for sample in samples]
        labelled += [(text, NONE) for text in harmless]
        groups = [[Phrase(text, "query")] for text, _ in labelled]
        self._index = PhraseIndex(groups, language, encoder)
        self._dangers = np.array([i for i, (_, label) in enumerate(labelled) if label != NONE])
        self._sign_of = [labelled[place][1] for place in self._dangers]
        numbers = [int(label != NONE) for _, label in labelled]
        self.head_key = key_of(encoder.name if encoder else "", labelled)
        told = range(len(samples))
        self.head = (heads or Heads()).get(
            self.head_key, lambda: learn(self._index, numbers, 2, told)
        )

    def read(self, text: str) -> Likeness:
        """The message as a whole, together with its most dangerous sentence."""
        whole = self._log_odds(text)
        parts = [part for part in _SENTENCE.split(text) if len(words(part)) >= _LEAST]
        worst = max((self._log_odds(part) for part in parts), default=whole)
        likest = int(self._index.kernel(text)[self._dangers].argmax())
        return Likeness(float(1 / (1 + np.exp(-(whole + worst) / 2))), self._sign_of[likest])

    def _log_odds(self, text: str) -> float:
        none, danger = self.head.log_odds(self._index.kernel(text))
        return float(danger - none)


def read_danger_samples(path: Path) -> tuple[DangerSample, ...]:
    """The messages of a catalogue; none where there is no file."""
    return read_lines(path, DangerSample)
