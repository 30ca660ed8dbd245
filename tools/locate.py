"""Entry points: her words -> ranked places of the tree, with probabilities.

A head learnt from the tree's own phrases, and from whole messages where the tree comes with some,
says which topic; likeness to single phrases says which of the topic's entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.encoder import Encoder
from tools.head import (
    MOST_LEARNT,
    Classifier,
    Head,
    key_of,
    learn,
    learn_fitted,
    one_hot,
)
from tools.learnt import Shelf
from tools.samples import OUT_OF_SCOPE, UNCLEAR, Sample
from tools.similarity import LETTERS, MEANING, STEMS, Phrase, PhraseIndex, weighted
from tools.told import fit_told, told_topics
from tools.tree import PlacedEntry
from tools.words import words

WEIGHTS = {MEANING: 8.0, LETTERS: 9.8, STEMS: 4.2}
"""Log-odds a unit of likeness, of one entry against the topic's others."""
NONE_OF_THESE = 6.5
"""Log-weight of "no entry fits" where the tree comes with no messages to learn it from."""
ALSO_TOLD = 0.8
"""What a message teaches of a topic that it tells besides its own, which teaches 1."""
TRUST = 3.0
"""How much more closely whole messages are followed than single phrases, where there are enough."""
_FITTED = 1500
"""Phrases up to which the views are fitted to them: it takes six times as long."""
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
        shelf: Shelf | None = None,
    ) -> None:
        """`samples` of topics that the entries do not have are left out."""
        self._entries = tuple(entries)
        self._guarded = {i: e.only_when_said for i, e in enumerate(entries) if e.only_when_said}
        self._topics = tuple(dict.fromkeys(entry.topic for entry in entries))
        self.titles = {entry.topic: entry.title for entry in reversed(entries)}
        """Titles of the topics: those of the entries where they start."""
        place = {topic: number for number, topic in enumerate(self._topics)}
        self._topic_of = np.array([place[entry.topic] for entry in entries])
        classes = (*self._topics, UNCLEAR, OUT_OF_SCOPE)
        known = [sample for sample in samples if sample.topic in classes]
        self._knows_none = {UNCLEAR, OUT_OF_SCOPE} <= {sample.topic for sample in known}
        groups = [phrases_of(entry) for entry in entries]
        self._index = PhraseIndex(groups, language, encoder)
        labels: list[tuple[str, ...]] = [
            (entry.topic,) for entry, group in zip(entries, groups, strict=True) for _ in group
        ]
        # The scale is that of whole messages, where there are enough of them.
        first = len(labels) if len(known) >= _ENOUGH else 0
        labels += [(sample.topic, *sample.secondary) for sample in known]
        groups += [[Phrase(sample.text, "query")] for sample in known]
        self.key = ""
        self.classifier: Classifier | None = None
        if len(self._topics) > 1 and len(labels) <= MOST_LEARNT:
            phrases = [phrase for group in groups for phrase in group]
            told = zip((phrase.text for phrase in phrases), map(" ".join, labels), strict=True)
            name = encoder.name if encoder else ""
            self.key = key_of(f"{name} {ALSO_TOLD} {TRUST} told", told)

            def make() -> Classifier:
                index = PhraseIndex(groups, language, encoder)
                whole = range(first, len(labels)) if first else ()
                trust = [TRUST if place in whole else 1.0 for place in range(len(labels))]
                targets = _targets(labels, classes)
                if len(labels) <= _FITTED and not whole:
                    examples = [i for i, phrase in enumerate(phrases) if phrase.role == "query"]
                    return Classifier.of(index, learn_fitted(index, targets, examples or None))
                head = learn(index, targets, whole or None, trust)
                return Classifier.of(index, head, _fit_told(head, targets[first:], known))

            self.classifier = (shelf or Shelf()).get(
                self.key,
                Classifier.reader(language, encoder),
                make,
                "which topic her words belong to",
            )

    def locate(self, text: str, limit: int = 8) -> Location:
        """The entry points that fit `text` best, at most `limit`."""
        logits = self._logits(text)
        within = self._by_topic(logits)
        topics = self._topic_log_odds(text, logits, within)
        total = np.logaddexp.reduce(topics)
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

    def told(self, text: str) -> dict[str, float]:
        """The topics that `text` may tell of, best first, each judged by itself.

        Where the tree comes with no messages to learn it from, the topics compete.
        """
        classifier = self.classifier
        if classifier is None or classifier.told is None:
            shares: dict[str, float] = {}
            for candidate in self.locate(text).candidates:
                shares[candidate.topic] = shares.get(candidate.topic, 0.0) + candidate.probability
            return dict(sorted(shares.items(), key=lambda item: -item[1]))
        scores = self._allowed(classifier.scores(text), text)
        count = len(self._topics)
        found = told_topics(scores, count, classifier.told, classifier.scale, len(words(text)))
        return {self._topics[topic]: chance for topic, chance in found.items()}

    def _logits(self, text: str) -> _Floats:
        """Shape (entries,): how well each fits, those that nothing allows to guess not at all."""
        logits = weighted(self._index.features(text), WEIGHTS)
        logits[self._never_guessed(text)] = -np.inf
        return logits

    def _topic_log_odds(self, text: str, logits: _Floats, by_topic: _Floats) -> _Floats:
        """Shape (topics + 2,): each topic, then "unclear" and "out of scope"."""
        count = len(self._topics)
        scores = np.full(count + 2, -np.inf)
        if self.classifier:
            scores = self._allowed(self.classifier.log_odds(text), text)
        else:
            scores[:count] = by_topic
        if not self._knows_none:
            scores[count:] = -np.inf
            scores -= np.logaddexp.reduce(scores)
            scores[-1] = NONE_OF_THESE - logits.max()
        return scores

    def _allowed(self, scores: _Floats, text: str) -> _Floats:
        """The scores of all classes, without the topics that nothing in `text` allows to guess."""
        allowed = np.array(scores, float)
        open_entries = np.ones(len(self._entries), bool)
        open_entries[self._never_guessed(text)] = False
        count = len(self._topics)
        allowed[:count][np.bincount(self._topic_of, open_entries, count) == 0] = -np.inf
        return allowed

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


def _fit_told(
    head: Head, targets: NDArray[np.float32], samples: Sequence[Sample]
) -> _Floats | None:
    """From messages of which some tell several problems; None where there are too few of them."""
    if len(samples) < _ENOUGH or not any(sample.secondary for sample in samples):
        return None
    rows = [i for i, sample in enumerate(samples) if sample.topic not in (UNCLEAR, OUT_OF_SCOPE)]
    lengths = [len(words(samples[row].text)) for row in rows]
    told = targets[rows][:, :-2] > 0
    return fit_told(head.left_out[rows].astype(float), told, head.scale, lengths)


def _targets(labels: Sequence[tuple[str, ...]], classes: Sequence[str]) -> NDArray[np.float32]:
    number = {name: place for place, name in enumerate(classes)}
    targets = one_hot([number[main] for main, *_ in labels], len(classes))
    for row, (_, *others) in enumerate(labels):
        for other in others:
            if other in number:
                targets[row, number[other]] = ALSO_TOLD
    return targets


def phrases_of(entry: PlacedEntry) -> list[Phrase]:
    """What is known about an entry, for comparison with her words."""
    described = [Phrase(f"{entry.title}. {entry.description}", "passage")]
    return described + [Phrase(example, "query") for example in entry.examples]
