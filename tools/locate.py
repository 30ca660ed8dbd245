"""Entry points: her words -> ranked places of the tree, with probabilities.

A head learnt from the tree's own phrases, and from whole messages where the tree comes with some,
says which topic; likeness to single phrases says which of the topic's entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.encoder import Encoder
from tools.head import MOST_LEARNT, Head, Heads, key_of, learn
from tools.samples import OUT_OF_SCOPE, UNCLEAR, Sample
from tools.similarity import LETTERS, MEANING, STEMS, Phrase, PhraseIndex, weighted
from tools.tree import PlacedEntry
from tools.words import words

WEIGHTS = {MEANING: 8.0, LETTERS: 9.8, STEMS: 4.2}
"""Log-odds a unit of likeness, of one entry against the topic's others."""
NONE_OF_THESE = 6.5
"""Log-weight of "no entry fits" where the tree comes with no messages to learn it from."""
_ENOUGH = 200
"""Messages from which they are enough to fit a scale on."""
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """An entry point with its probability."""

    node: str
    topic: str
    title: str
    probability: float


@dataclass(frozen=True)
class Location:
    """Where her words could belong."""

    candidates: tuple[Candidate, ...]
    """Best first."""
    none_of_these: float
    """Probability that no entry fits."""
    unclear: float = 0.0
    """Probability that her words say too little. All of them sum to one, or less when cut."""


class Locator:
    """Ranks the entry points of one tree version."""

    def __init__(
        self,
        entries: Sequence[PlacedEntry],
        language: str,
        encoder: Encoder | None,
        samples: Sequence[Sample] = (),
        heads: Heads | None = None,
    ) -> None:
        """`samples` of topics that the entries do not have are left out."""
        self._entries = tuple(entries)
        self._guarded = {i: e.only_when_said for i, e in enumerate(entries) if e.only_when_said}
        self._topics = tuple(dict.fromkeys(entry.topic for entry in entries))
        place = {topic: number for number, topic in enumerate(self._topics)}
        self._topic_of = np.array([place[entry.topic] for entry in entries])
        classes = (*self._topics, UNCLEAR, OUT_OF_SCOPE)
        known = [sample for sample in samples if sample.topic in classes]
        self._knows_none = {UNCLEAR, OUT_OF_SCOPE} <= {sample.topic for sample in known}
        groups = [phrases_of(entry) for entry in entries]
        groups += [[Phrase(sample.text, "query")] for sample in known]
        self._index = PhraseIndex(groups, language, encoder)
        labels = [entry.topic for entry in entries for _ in phrases_of(entry)]
        labels += [sample.topic for sample in known]
        self.head: Head | None = None
        self.head_key = ""
        if len(self._topics) > 1 and len(labels) <= MOST_LEARNT:
            texts = [phrase.text for group in groups for phrase in group]
            self.head_key = key_of(encoder.name if encoder else "", zip(texts, labels, strict=True))
            # The scale is that of whole messages, where there are enough of them.
            first = len(labels) - len(known) if len(known) >= _ENOUGH else 0
            numbers = [classes.index(label) for label in labels]
            self.head = (heads or Heads()).get(
                self.head_key,
                lambda: learn(self._index, numbers, len(classes), range(first, len(labels))),
            )

    def locate(self, text: str, limit: int = 8) -> Location:
        """The entry points that fit `text` best, at most `limit`."""
        logits = weighted(self._index.features(text)[: len(self._entries)], WEIGHTS)
        logits[self._never_guessed(text)] = -np.inf
        topics = self._topic_log_odds(text, logits)
        total = np.logaddexp.reduce(topics)
        within = self._by_topic(logits)
        with np.errstate(invalid="ignore"):
            shares = np.exp(logits - within[self._topic_of] + topics[self._topic_of] - total)
        shares = np.nan_to_num(shares)
        order = np.argsort(-shares, kind="stable")[:limit]
        unclear, nowhere = np.exp(topics[-2:] - total)
        return Location(
            tuple(
                Candidate(
                    self._entries[i].node,
                    self._entries[i].topic,
                    self._entries[i].title,
                    float(shares[i]),
                )
                for i in order
            ),
            float(nowhere),
            float(unclear),
        )

    def _topic_log_odds(self, text: str, logits: _Floats) -> _Floats:
        """Shape (topics + 2,): each topic, then "unclear" and "out of scope"."""
        count = len(self._topics)
        by_topic = self._by_topic(logits)
        scores = np.full(count + 2, -np.inf)
        if self.head:
            scores = self.head.log_odds(self._index.kernel(text))
            scores[:count][np.isneginf(by_topic)] = -np.inf
        else:
            scores[:count] = by_topic
        if not self._knows_none:
            scores[count:] = -np.inf
            scores -= np.logaddexp.reduce(scores)
            scores[-1] = NONE_OF_THESE - logits.max()
        return scores

    def _by_topic(self, logits: _Floats) -> _Floats:
        """Shape (topics,): what the entries of each weigh together."""
        total = np.full(len(self._topics), -np.inf)
        np.logaddexp.at(total, self._topic_of, logits)
        return total

    def _never_guessed(self, text: str) -> list[int]:
        """Places of the entries that nothing in her words allows to guess."""
        said = " ".join(["", *(word.folded for word in words(text))])
        return [
            place
            for place, beginnings in self._guarded.items()
            if not any(f" {beginning.replace('-', ' ')}" in said for beginning in beginnings)
        ]


def phrases_of(entry: PlacedEntry) -> list[Phrase]:
    """What is known about an entry, for comparison with her words."""
    described = [Phrase(f"{entry.title}. {entry.description}", "passage")]
    return described + [Phrase(example, "query") for example in entry.examples]
