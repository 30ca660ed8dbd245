"""The extractive summary: the words of a message that tell its problem, and the baby's age.

How likely each word belongs there is learnt (tools/marking.py) from messages whose summary was
marked by hand: what a consultant would note. They stand beside the tree. Whole runs of words are
taken, so that they can be read.
"""

import math
import re
from collections.abc import Iterable, Sequence

from records.events import Span
from tools.learnt import Shelf, key_of
from tools.marking import Clauses, WordMarker
from tools.samples import Sample
from tools.words import Word, fold, words

SHORT = 25
"""Words up to which a message is its own summary (a sentence or two)."""
SHARE = 0.4
"""Share of a longer message's words that its summary may take."""
WORTH = 0.2
"""Probability from which a word belongs there; chosen on the development messages."""
RUN = 1.0
"""Log-odds that a run of words must be worth beyond this, so that few and whole ones are taken;
chosen on the development messages: up to 1 costs nothing there."""
_BREAK = re.compile(
    r"(?:[;!?¡¿\n…]|[.,](?!\d))+"
    r"|\s(?=(?:pero|y ademas|ademas|aunque|porque|y tambien|tambien|y que)\b)"
)
_ENDED = re.compile(r"[.;!?…\n]")
"""Where a sentence ends, and with it a span."""
_STEP = 0.05
"""By how much the bar rises, in log-odds, until the summary is short enough."""
_SURE = 12.0
"""Log-odds of the words that a summary always has."""


class Summarizer:
    """Tells how likely each word of a message belongs in its summary."""

    def __init__(
        self, samples: Sequence[Sample], language: str, shelf: Shelf | None = None
    ) -> None:
        """Learns from the long ones of `samples` that are marked; one at least must be."""
        told = [sample for sample in samples if _is_marked(sample)]
        self._language = language

        def make() -> WordMarker:
            texts = [_clauses(sample.text) for sample in told]
            return WordMarker.learn(texts, [_marked(sample) for sample in told], language)

        # The clauses follow from these; to read them all again would take a second of every start.
        labels = ((sample.text, "\n".join(sample.extractive_gold)) for sample in told)
        self.key = key_of(f"{WordMarker.method} {SHORT} {_BREAK.pattern}", labels)
        self.marker = (shelf or Shelf()).get(
            self.key, WordMarker.read, make, "what belongs in a summary"
        )

    def worth(self, message: str) -> list[float]:
        """The probability of each word of the message."""
        return [float(p) for p in self.marker.chances(_clauses(message), self._language)]


def has_summaries(samples: Sequence[Sample]) -> bool:
    """Whether there is anything to learn from."""
    return any(map(_is_marked, samples))


def split_clauses(message: str) -> list[Span]:
    """Clauses as exact spans of the message, without the punctuation between them."""
    clauses = []
    start = 0
    breaks = [(m.start(), m.end()) for m in _BREAK.finditer(fold(message))]
    for begin, end in [*breaks, (len(message), len(message))]:
        text = message[start:begin]
        if words(text):
            left = start + len(text) - len(text.lstrip())
            right = start + len(text.rstrip())
            clauses.append(Span(start=left, end=right, text=message[left:right]))
        start = end
    return clauses


def summarize(message: str, summarizer: Summarizer | None, always: Sequence[Span]) -> list[Span]:
    """The words that matter most and `always`, in order, at most SHARE of a long message.

    A short message is kept clause by clause. `always` is kept whatever its length, and one run of
    words at least. Without a summarizer the message's beginning is taken.
    """
    said = words(message)
    if len(said) <= SHORT:
        return split_clauses(message)
    kept = {place for place, word in enumerate(said) if _is_in(word, always)}
    odds = [math.log(p / (1 - p)) for p in _chances(message, len(said), summarizer)]
    odds = [_SURE if place in kept else value for place, value in enumerate(odds)]
    room = max(SHARE * len(said), len(kept) + 1)
    return _spans(message, said, _runs(odds, room) | kept, always)


def _chances(message: str, count: int, summarizer: Summarizer | None) -> list[float]:
    if summarizer is None:
        return [1 - (place + 1) / (count + 1) for place in range(count)]
    return [min(max(chance, 1e-4), 1 - 1e-4) for chance in summarizer.worth(message)]


def _runs(odds: Sequence[float], room: float) -> set[int]:
    """The places of the best runs that fit: the bar rises until they do."""
    bar = math.log(WORTH / (1 - WORTH))
    while True:
        taken = _best_runs([value - bar for value in odds])
        if not taken:
            return {max(range(len(odds)), key=odds.__getitem__)}
        if len(taken) <= room:
            return taken
        bar += _STEP


def _best_runs(gains: Sequence[float]) -> set[int]:
    """The places whose gains add up to most, when each run of them costs RUN (Viterbi 1967)."""
    out, taken = 0.0, -math.inf
    steps: list[tuple[bool, bool]] = []
    """Whether the place before was taken, if this one is not, and if it is."""
    for gain in gains:
        from_taken, goes_on = taken > out, taken >= out - RUN
        steps.append((from_taken, goes_on))
        out, taken = max(out, taken), (taken if goes_on else out - RUN) + gain
    places = set()
    inside = taken > out
    for place in reversed(range(len(gains))):
        if inside:
            places.add(place)
        inside = steps[place][inside]
    return places


def _spans(
    message: str, said: Sequence[Word], places: set[int], always: Sequence[Span]
) -> list[Span]:
    """The runs as spans of the message; `always` are spans of it as they are."""
    found = [(span.start, span.end) for span in always]
    for place in sorted(places):
        start, end = said[place].start, said[place].end
        before = said[place - 1].end if place - 1 in places else None
        if before is not None and not _ENDED.search(message, before, start):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [Span(start=start, end=end, text=message[start:end]) for start, end in joined]


def _clauses(message: str) -> Clauses:
    """The words of a message, each with the number of its clause."""
    said = words(message)
    ends = [clause.end for clause in split_clauses(message)]
    number = 0
    numbers = []
    for word in said:
        while word.end > ends[number]:
            number += 1
        numbers.append(number)
    return Clauses([word.folded for word in said], numbers)


def _is_marked(sample: Sample) -> bool:
    return bool(sample.extractive_gold) and len(words(sample.text)) > SHORT


def _marked(sample: Sample) -> list[bool]:
    """Of each word of a marked message, whether it is marked."""
    places = ((sample.text.find(span), len(span)) for span in sample.extractive_gold)
    spans = [Span(start=at, end=at + size, text="") for at, size in places if at >= 0]
    return [_is_in(word, spans) for word in words(sample.text)]


def _is_in(word: Word, spans: Iterable[Span]) -> bool:
    return any(span.start <= word.start and word.end <= span.end for span in spans)
