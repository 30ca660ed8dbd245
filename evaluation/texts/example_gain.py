"""What each example of a tree is worth: the others are looked up with it and without it.

Leave-one-out: an example is looked up while it is itself left out, so that finding it shows what
the others know. Its gain is what the log-likelihood of the right place, summed over all the other
examples, loses when it is taken away. The rarity of words is counted with it in both cases.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.evidence import semantic
from tools import locate
from tools.encoder import Encoder
from tools.similarity import LETTERS, Phrase, PhraseIndex, weighted
from tools.tree import PlacedEntry, Question, Tree

TWIN = 0.9
"""Likeness by letters from which two examples of one place say the same."""
NOTHING = 0.01
"""Nats: a gain nearer to zero than this is none."""
FEW = 10
"""Examples: an entry with fewer lacks them."""
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExampleGain:
    """One example and what it is worth."""

    text: str
    place: str
    """Id of a topic or entry, or question/option."""
    gain: float
    """Nats that it adds to finding the other examples' places; negative: it misleads."""
    found_without: float
    """Probability of its own place when it is left out itself."""
    first_without: bool
    """Whether its own place comes first when it is left out."""
    twin: str | None
    """Another example of the same place that says the same."""
    misleads: str | None
    """The example of another place that it costs most."""

    @property
    def useless(self) -> bool:
        """Whether nothing is lost without it: it helps no other, and is found by the others."""
        return self.gain < NOTHING and self.first_without and self.found_without > 0.9


@dataclass(frozen=True)
class PlaceGain:
    """A topic, or a question's option, by what its examples reach."""

    place: str
    title: str
    examples: int
    found: float
    """Share of its examples that are found first when each is left out."""


@dataclass(frozen=True)
class _Lookup:
    """Places that are told apart, each by its groups of phrases."""

    places: Sequence[str]
    """The place of each group; groups of one place are right alike."""
    titles: Mapping[str, str]
    groups: Sequence[Sequence[Phrase]]
    weights: Mapping[int, float]


def entry_gains(
    tree: Tree, encoder: Encoder | None, on_progress: Callable[[int, int], None]
) -> tuple[list[ExampleGain], list[PlaceGain]]:
    """The gain of each entry example in finding its topic."""
    entries: Sequence[PlacedEntry] = tree.entries
    lookup = _Lookup(
        [entry.topic for entry in entries],
        {topic.id: topic.title for topic in tree.topics},
        [locate.phrases_of(entry) for entry in entries],
        locate.WEIGHTS,
    )
    return _measure(lookup, tree.language, encoder, on_progress)


def option_gains(
    tree: Tree, encoder: Encoder | None, on_progress: Callable[[int, int], None]
) -> tuple[list[ExampleGain], list[PlaceGain]]:
    """The gain of each option example in telling the options of its question apart."""
    questions = [node for node in tree.nodes if isinstance(node, Question)]
    gains: list[ExampleGain] = []
    places: list[PlaceGain] = []
    for number, question in enumerate(questions):
        named = {f"{question.id}/{option.id}": option.label for option in question.options}
        lookup = _Lookup(
            list(named),
            named,
            [semantic.phrases_of(option) for option in question.options],
            locate.WEIGHTS,
        )
        found = _measure(lookup, tree.language, encoder, lambda _done, _all: None)
        gains += found[0]
        places += found[1]
        on_progress(number + 1, len(questions))
    return gains, places


def _measure(
    lookup: _Lookup,
    language: str,
    encoder: Encoder | None,
    on_progress: Callable[[int, int], None],
) -> tuple[list[ExampleGain], list[PlaceGain]]:
    phrases = [phrase for group in lookup.groups for phrase in group]
    owner = np.repeat(np.arange(len(lookup.groups)), [len(group) for group in lookup.groups])
    asked = [i for i, phrase in enumerate(phrases) if _is_example(lookup, phrase, owner[i])]
    index = PhraseIndex(lookup.groups, language, encoder)
    likeness = np.empty((len(asked), len(phrases), 3), np.float32)
    for row, i in enumerate(asked):
        likeness[row] = index.likeness(phrases[i].text)
        likeness[row, i] = -1.0
        on_progress(row + 1, len(asked))
    best, second, winner = _best_two(likeness, owner)
    chances = _Chances(lookup, owner[asked], best)
    gains = [
        ExampleGain(
            text=phrases[i].text,
            place=lookup.places[owner[i]],
            gain=float(losses.sum()),
            found_without=float(chances.right[row]),
            first_without=bool(chances.first[row]),
            twin=_twin(likeness[row, :, LETTERS], phrases, owner, i),
            misleads=_worst(losses, [phrases[j].text for j in asked]),
        )
        for row, (i, losses) in enumerate(_losses(asked, owner, second, winner, best, chances))
    ]
    return gains, list(_places(lookup, gains))


def _is_example(lookup: _Lookup, phrase: Phrase, group: int) -> bool:
    return phrase.role == "query" and phrase.text != lookup.titles.get(lookup.places[group])


def _best_two(
    likeness: NDArray[np.float32], owner: NDArray[np.intp]
) -> tuple[_Floats, _Floats, NDArray[np.intp]]:
    """Per example, group and feature: the best likeness, the next best, and whose the best is."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(starts[1:], len(owner))
    shape = (len(likeness), len(starts), likeness.shape[2])
    best, second = np.zeros(shape), np.zeros(shape)
    winner = np.full(shape, -1, np.intp)
    for group, (start, end) in enumerate(zip(starts, ends, strict=True)):
        part = likeness[:, start:end]
        best[:, group] = part.max(axis=1)
        winner[:, group] = part.argmax(axis=1) + start
        if end - start > 1:
            second[:, group] = np.partition(part, end - start - 2, axis=1)[:, -2]
    return best, second, winner


class _Chances:
    """Probabilities of the right place, from features of shape (examples, groups, 3)."""

    def __init__(self, lookup: _Lookup, own: NDArray[np.intp], features: _Floats) -> None:
        self._weights = lookup.weights
        self._place = np.unique(np.array(lookup.places), return_inverse=True)[1]
        self._own = self._place[own]
        self.right = self.of(features, np.arange(len(own)))
        """Shape (examples,): the probability of its own place."""
        scores = self._scores(features)
        self.first = self._place[scores.argmax(axis=1)] == self._own
        """Shape (examples,): whether a group of its own place comes first."""

    def of(self, features: _Floats, rows: NDArray[np.intp]) -> _Floats:
        """The probability of the right place for the examples at `rows`."""
        scores = self._scores(features)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        right = np.where(self._place == self._own[rows][:, None], weights, 0.0).sum(axis=1)
        return np.asarray(right / weights.sum(axis=1))

    def _scores(self, features: _Floats) -> _Floats:
        flat = features.reshape(-1, features.shape[2])
        return weighted(flat, self._weights).reshape(features.shape[:2])


def _losses(
    asked: Sequence[int],
    owner: NDArray[np.intp],
    second: _Floats,
    winner: NDArray[np.intp],
    best: _Floats,
    chances: _Chances,
) -> Iterator[tuple[int, _Floats]]:
    """Per example: what taking it away costs each of the others, in nats."""
    for i in asked:
        group = owner[i]
        without = winner[:, group] == i
        rows = np.flatnonzero(without.any(axis=1))
        losses = np.zeros(len(asked))
        if len(rows):
            features = best[rows].copy()
            features[:, group] = np.where(without[rows], second[rows, group], best[rows, group])
            losses[rows] = np.log(chances.right[rows]) - np.log(chances.of(features, rows))
        yield i, losses


def _worst(losses: _Floats, texts: Sequence[str]) -> str | None:
    worst = int(losses.argmin())
    return texts[worst] if losses[worst] < -NOTHING else None


def _twin(
    letters: NDArray[np.float32], phrases: Sequence[Phrase], owner: NDArray[np.intp], i: int
) -> str | None:
    own = np.where(owner == owner[i], letters, -1.0)
    twin = int(own.argmax())
    return phrases[twin].text if own[twin] >= TWIN and twin != i else None


def _places(lookup: _Lookup, gains: Sequence[ExampleGain]) -> Iterator[PlaceGain]:
    for place, title in lookup.titles.items():
        own = [gain for gain in gains if gain.place == place]
        found = sum(gain.first_without for gain in own) / len(own) if own else 0.0
        yield PlaceGain(place, title, len(own), found)
