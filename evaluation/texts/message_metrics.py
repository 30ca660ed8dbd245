"""From mothers' first messages and what was made of them to figures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from evaluation import statistics
from evaluation.cases import NO_TOPIC, MessageCase
from evaluation.metrics import Row, groups, row
from evaluation.results import MessagePrediction
from evaluation.texts.summaries import (
    f1,
    first_sentence,
    places_of,
    ranges_of,
    textrank,
    word_places,
)
from evaluation.vocabulary import Vocabulary
from tools.words import words

_LONG = 25
"""Words: a longer message needs a summary."""
_LENGTHS = ((1, 8), (9, _LONG), (_LONG + 1, 10_000))
"""Words of a short, a middling and a long message, as the development set counts them."""
_KEPT = 0.4
"""Share of the words that the labels and TextRank may keep."""
Pairs = Sequence[tuple[MessageCase, MessagePrediction]]


@dataclass(frozen=True)
class MessageFigures:
    """What the figures are drawn from."""

    pairs: Pairs
    navigator: str
    vocabulary: Vocabulary
    rankings: Mapping[str, Mapping[str, Sequence[str]]]
    """By baseline, the shared topics by case, best first."""
    likeness: Mapping[str, float]
    """By case, the likeness to the nearest example of the tree, 0 to 1."""
    seed: int

    @property
    def clear(self) -> Pairs:
        """Messages that have a topic and need no question."""
        return [
            (case, made)
            for case, made in self.pairs
            if case.topic not in NO_TOPIC and not case.needs_clarification
        ]

    def right(self, case: MessageCase) -> frozenset[str]:
        """The shared topics that are right."""
        return self.vocabulary.accepts((case.topic, *case.topic_also))

    def found(self, case: MessageCase, made: MessagePrediction, most: int) -> bool:
        """Whether a right topic is among the first candidates."""
        return any(one.topic in self.right(case) for one in made.candidates[:most])

    def rows(self) -> list[Row]:
        """Every figure."""
        rows = [*self._topic_rows(), *self._action_rows()]
        rows += [*self._summary_rows(), *self._content_rows()]
        for language, group in groups(self.clear, lambda case: case.lang):
            rows += self._found_rows("by language", language, group)
        return [*rows, *self._length_rows(), *self._decile_rows()]

    def confusions(self, most: int = 12) -> list[tuple[str, str, list[str]]]:
        """The commonest wrong firsts among clear messages: right topic, first one, cases."""
        wrong: dict[tuple[str, str], list[str]] = {}
        for case, made in self.clear:
            if not self.found(case, made, 1):
                first = made.candidates[0].topic if made.candidates else "none"
                wrong.setdefault((case.topic, first), []).append(case.id)
        ranked = sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0]))
        return [(right, first, ids) for (right, first), ids in ranked[:most]]

    def errors(self) -> list[str]:
        """Ids of clear messages whose first topic is wrong."""
        return [case.id for case, made in self.clear if not self.found(case, made, 1)]

    def _topic_rows(self) -> Iterator[Row]:
        cases = [case for case, _ in self.clear]
        for name, most in (("right topic first", 1), ("right topic in the first three", 3)):
            part = "topic of clear messages"
            hits = [self.found(case, made, most) for case, made in self.clear]
            yield from row(part, name, self.navigator, statistics.share(hits))
            for method in self.rankings:
                others = [self._ranked(case, method, most) for case in cases]
                yield from row(part, name, method, statistics.share(others))
                gains = [float(one) - other for one, other in zip(hits, others, strict=True)]
                gain = statistics.mean(gains, self.seed)
                yield from row("gain over baselines, case by case", name, method, gain)
            topics = len(self.vocabulary.shared_ids)
            chances = [_chance(topics, len(self.right(case)), most) for case in cases]
            yield from row(part, name, "chance", statistics.mean(chances, self.seed))

    def _action_rows(self) -> Iterator[Row]:
        def did(pairs: Pairs, *actions: str) -> statistics.Estimate | None:
            return statistics.share([made.action in actions for _, made in pairs])

        part, method = "what is done", self.navigator
        vague = [
            (case, made)
            for case, made in self.pairs
            if case.topic == "unclear" or case.needs_clarification
        ]
        outside = [(case, made) for case, made in self.pairs if case.topic == "out_of_scope"]
        moved = [pair for pair in self.clear if pair[1].action == "move"]
        wrong = [
            made.action == "move" and not self.found(case, made, 1) for case, made in self.clear
        ]
        right = [self.found(case, made, 1) for case, made in moved]
        yield from row(part, "asks when vague", method, did(vague, "ask"))
        yield from row(part, "enters a topic when vague", method, did(vague, "move"))
        yield from row(part, "asks when clear", method, did(self.clear, "ask"))
        yield from row(part, "enters a topic when clear", method, did(self.clear, "move"))
        yield from row(part, "right, of those entered", method, statistics.share(right))
        yield from row(part, "enters a wrong topic when clear", method, statistics.share(wrong))
        yield from row(part, "escalates when clear", method, did(self.clear, "escalate"))
        yield from row(part, "out of scope, recognised", method, did(outside, "out_of_scope"))
        yield from row(part, "enters a topic when out of scope", method, did(outside, "move"))
        yield from row(part, "out of scope, when clear", method, did(self.clear, "out_of_scope"))

    def _summary_rows(self) -> Iterator[Row]:
        long = [
            (case, made)
            for case, made in self.pairs
            if len(words(case.text)) > _LONG and case.extractive_gold
        ]
        ways: dict[str, Callable[[MessageCase, MessagePrediction], list[tuple[int, int]]]] = {
            self.navigator: lambda _case, made: ranges_of(made.summary),
            "first sentence": lambda case, _made: first_sentence(case.text),
            "TextRank": lambda case, _made: textrank(case.text, _KEPT),
            "everything": lambda case, _made: [(0, len(case.text))],
            "the labels": lambda case, _made: places_of(case.text, case.extractive_gold),
        }
        part = f"summary of messages over {_LONG} words"
        for method, way in ways.items():
            kept = [word_places(case.text, way(case, made)) for case, made in long]
            right = [word_places(c.text, places_of(c.text, c.extractive_gold)) for c, _ in long]
            scores = [f1(*both) for both in zip(kept, right, strict=True)]
            lengths = [float(len(words(case.text))) for case, _ in long]
            share = statistics.ratio([float(len(one)) for one in kept], lengths, self.seed)
            if method != "the labels":
                yield from row(part, "F1 over words", method, statistics.mean(scores, self.seed))
            yield from row(part, "share of the words kept", method, share)

    def _content_rows(self) -> Iterator[Row]:
        part = "topics and age"
        several = [(case, made) for case, made in self.pairs if case.secondary]
        counts = [self._named(case, made) for case, made in several]
        yield from row(
            part, "micro-F1 where there are several topics", self.navigator,
            statistics.ratio(
                [2.0 * hits for hits, _, _ in counts],
                [2.0 * hits + extra + lacking for hits, extra, lacking in counts],
                self.seed,
            ),
        )  # fmt: skip
        aged = [_age_is_read(case, made) for case, made in self.pairs if case.baby_age]
        ageless = [bool(_ages(made)) for case, made in self.pairs if not case.baby_age]
        yield from row(part, "age found where she says it", self.navigator, statistics.share(aged))
        yield from row(part, "age read where there is none", self.navigator,
                       statistics.share(ageless))  # fmt: skip

    def _named(self, case: MessageCase, made: MessagePrediction) -> tuple[int, int, int]:
        """Topics rightly named, wrongly named, and not named."""
        wanted = [self.right(case), *(self.vocabulary.accepts([one]) for one in case.secondary)]
        named = set(made.topics)
        hits = sum(bool(one & named) for one in wanted)
        return hits, len(named - frozenset[str]().union(*wanted)), len(wanted) - hits

    def _found_rows(self, part: str, name: str, group: Pairs) -> Iterator[Row]:
        for most, heading in ((1, "right first"), (3, "right in three")):
            hits = [self.found(case, made, most) for case, made in group]
            yield from row(part, name, heading, statistics.share(hits))

    def _ranked(self, case: MessageCase, method: str, most: int) -> bool:
        """Whether a baseline has a right topic among its first."""
        return bool(self.right(case) & {*self.rankings[method][case.id][:most]})

    def _length_rows(self) -> Iterator[Row]:
        for least, most in _LENGTHS:
            group = [pair for pair in self.clear if least <= len(words(pair[0].text)) <= most]
            name = f"{least} words or more" if most > _LONG else f"{least} to {most} words"
            part = "right topic first, by length"
            hits = [self.found(case, made, 1) for case, made in group]
            yield from row(part, name, self.navigator, statistics.share(hits))
            for method in self.rankings:
                hits = [self._ranked(case, method, 1) for case, _ in group]
                yield from row(part, name, method, statistics.share(hits))

    def _decile_rows(self) -> Iterator[Row]:
        ordered = sorted(self.clear, key=lambda pair: (self.likeness[pair[0].id], pair[0].id))
        for tenth in range(10):
            first, last = (len(ordered) * i // 10 for i in (tenth, tenth + 1))
            group = ordered[first:last]
            if group:
                low, high = (self.likeness[group[i][0].id] for i in (0, -1))
                name = f"{tenth + 1}: likeness {low:.2f}–{high:.2f}"
                yield from self._found_rows("by likeness to the nearest example", name, group)


def _chance(topics: int, right: int, most: int) -> float:
    """How likely a right topic is among `most` drawn at random."""
    return 1 - comb(topics - min(right, topics), most) / comb(topics, most) if topics >= most else 1


def _ages(made: MessagePrediction) -> list[tuple[int, int]]:
    return [(fact.start, fact.end) for fact in made.facts if "age" in fact.name.split("_")]


def _age_is_read(case: MessageCase, made: MessagePrediction) -> bool:
    """Whether a fact about age stands on some of the label's words, wherever they are."""
    assert case.baby_age is not None
    found = word_places(case.text, _ages(made))
    starts = [i for i in range(len(case.text)) if case.text.startswith(case.baby_age, i)]
    gold = word_places(case.text, [(start, start + len(case.baby_age)) for start in starts])
    return bool(found & gold)
