"""The extractive summary: the clauses of a message that tell its problem, and the baby's age.

A head (tools/head.py) is learnt from the clauses of messages whose summary was marked by hand: how
much of a clause was marked. What is sought is what a consultant would note; the marked messages
stand beside the tree.
"""

import re
from collections.abc import Iterator, Sequence

from records.events import Span
from tools.encoder import Encoder
from tools.head import Classifier, Classifiers, key_of, learn, shares
from tools.samples import Sample
from tools.similarity import Phrase, PhraseIndex
from tools.words import fold, words

SHORT = 25
"""Words up to which a message is its own summary (a sentence or two)."""
SHARE = 0.4
"""Share of a longer message's words that its summary may take."""
WORTH = 0.25
"""Share of a clause that must be expected to matter; chosen on the development messages."""
_BREAK = re.compile(
    r"(?:[;!?¡¿\n…]|[.,](?!\d))+"
    r"|\s(?=(?:pero|y ademas|ademas|aunque|porque|y tambien|tambien|y que)\b)"
)


class Summarizer:
    """Tells how much of a clause belongs in a summary."""

    def __init__(
        self,
        samples: Sequence[Sample],
        language: str,
        encoder: Encoder | None,
        classifiers: Classifiers | None = None,
    ) -> None:
        """Learns from the long ones of `samples` that are marked; one at least must be."""
        told = [sample for sample in samples if _is_marked(sample)]

        def make() -> Classifier:
            marked = [clause for sample in told for clause in _marked(sample)]
            index = PhraseIndex([[Phrase(text, "query")] for text, _ in marked], language, encoder)
            return Classifier.of(index, learn(index, shares([share for _, share in marked])))

        # The clauses follow from these; to read them all again would take a second of every start.
        labels = ((sample.text, "\n".join(sample.extractive_gold)) for sample in told)
        name = encoder.name if encoder else ""
        self.key = key_of(f"{name} {SHORT} {_BREAK.pattern}", labels)
        self.classifier = (classifiers or Classifiers()).get(
            self.key, language, encoder, make, "what belongs in a summary"
        )

    def worth(self, clause: str) -> float:
        """The share of its words that belong in a summary, about 0 to 1."""
        return float(self.classifier.scores(clause)[0])


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


def summarize(
    message: str, clauses: Sequence[Span], summarizer: Summarizer | None, always: Sequence[Span]
) -> list[Span]:
    """The clauses that matter most and `always`, in order, at most SHARE of a long message.

    The best clause is taken whatever its length. Without a summarizer the first clauses are.
    """
    if len(words(message)) <= SHORT:
        return list(clauses)
    chosen = list(always)
    budget = SHARE * len(words(message)) - sum(len(words(span.text)) for span in always)
    worth = {clause: summarizer.worth(clause.text) if summarizer else 1.0 for clause in clauses}
    for clause in sorted(clauses, key=lambda clause: -worth[clause]):
        if any(clause.start >= span.start and clause.end <= span.end for span in always):
            continue
        length = len(words(clause.text))
        fits = length <= budget and worth[clause] >= WORTH
        if fits or chosen == list(always):
            chosen.append(clause)
            budget -= length
    return _joined(message, chosen)


def _joined(message: str, spans: Sequence[Span]) -> list[Span]:
    """In order, and those that overlap as one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and span.start < joined[-1].end:
            start, end = joined[-1].start, max(joined[-1].end, span.end)
            joined[-1] = Span(start=start, end=end, text=message[start:end])
        else:
            joined.append(span)
    return joined


def _is_marked(sample: Sample) -> bool:
    return bool(sample.extractive_gold) and len(words(sample.text)) > SHORT


def _marked(sample: Sample) -> Iterator[tuple[str, float]]:
    """The clauses of a long, marked message, each with the share of it that is marked."""
    places = [(sample.text.find(span), len(span)) for span in sample.extractive_gold]
    for clause in split_clauses(sample.text):
        own = words(clause.text)
        inside = [
            any(at >= 0 and at <= clause.start + w.start < at + length for at, length in places)
            for w in own
        ]
        yield clause.text, sum(inside) / len(own)
