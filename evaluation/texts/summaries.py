"""How well spans sum up a message, and two ways of choosing them that know nothing of the topic."""

import math
import re
from collections.abc import Collection, Iterable, Sequence

from records.events import Span
from tools.words import words

_SENTENCE = re.compile(r"(?:[^.!?…\n]|[.](?=\d))+[.!?…]*")
_DAMPING = 0.85
_ROUNDS = 50


def word_places(text: str, ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The words of `text`, by number, that lie in one of the ranges of characters."""
    ranges = list(ranges)
    return frozenset(
        number
        for number, word in enumerate(words(text))
        if any(start <= word.start and word.end <= end for start, end in ranges)
    )


def ranges_of(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Where the spans are."""
    return [(span.start, span.end) for span in spans]


def places_of(text: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Where the pieces first stand in the text, each behind an earlier one that is the same."""
    found: list[tuple[int, int]] = []
    for piece in pieces:
        start = text.find(piece)
        while (start, start + len(piece)) in found and text.find(piece, start + 1) >= 0:
            start = text.find(piece, start + 1)
        found.append((start, start + len(piece)))
    return found


def f1(kept: Collection[int], right: Collection[int]) -> float:
    """Harmonic mean of precision and recall over words."""
    if not kept and not right:
        return 1.0
    return 2 * len(set(kept) & set(right)) / (len(kept) + len(right))


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences are: up to a full stop, question or exclamation mark, or line break."""
    found = ((match.start(), match.end()) for match in _SENTENCE.finditer(text))
    return [(start, end) for start, end in found if words(text[start:end])]


def first_sentence(text: str) -> list[tuple[int, int]]:
    """The first sentence: where a message begins with what it is about."""
    return sentences(text)[:1]


def textrank(text: str, most: float) -> list[tuple[int, int]]:
    """The most central sentences, up to a share `most` of the words; one at least.

    Mihalcea and Tarau 2004, "TextRank: bringing order into texts": sentences are alike by the
    words that they share, over the logarithms of their lengths.
    """
    places = sentences(text)
    sets = [{word.folded for word in words(text[start:end])} for start, end in places]
    alike = [[_alike(one, other) if one is not other else 0.0 for other in sets] for one in sets]
    totals = [sum(row) for row in alike]
    ranks = [1.0] * len(sets)
    for _ in range(_ROUNDS):
        ranks = [
            1 - _DAMPING + _DAMPING * sum(
                alike[j][i] / totals[j] * ranks[j] for j in range(len(sets)) if totals[j]
            )
            for i in range(len(sets))
        ]  # fmt: skip
    budget = most * len(words(text))
    chosen: list[tuple[int, int]] = []
    for _, place in sorted(zip(ranks, places, strict=True), key=lambda item: -item[0]):
        length = len(words(text[slice(*place)]))
        if length <= budget or not chosen:
            chosen.append(place)
            budget -= length
    return sorted(chosen)


def _alike(one: set[str], other: set[str]) -> float:
    scale = math.log(max(len(one), 1)) + math.log(max(len(other), 1))
    return len(one & other) / scale if scale else 0.0
