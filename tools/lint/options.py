"""The options of a question: each mother finds exactly one that is hers."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise

from tools.lint.finding import Issue, Subject, rule
from tools.lint.label_ranges import LabelRange, gap, label_range, overlap
from tools.lint.near import readable
from tools.lint.plain import plain
from tools.tree import Question

_YES = re.compile(r"sí\b|si(?:[,.;:]|$)")
_NO = re.compile(r"(?:no|todavía no|aún no)(?:[,.;:]|$)")
_DOES_NOT_KNOW = re.compile(
    r"(?:aun )?no (?:lo |la |me )?(?:se|estoy|recuerdo|acuerdo|sabria|distingo|he fijado)\b"
)


@rule("options-overlap", "error")
def options_overlap(subject: Subject) -> Iterator[Issue]:
    """Options with the same words, or with ranges that share values."""
    for node in subject.questions:
        yield from _same_words(subject, node)
        for (first, one), (second, other) in _pairs_of_ranges(node):
            if overlap(one, other):
                at = subject.at(node.id, "options", second, "label")
                about = f"{node.id}/{node.options[second].id}"
                yield Issue(at, about, "what_ranges", _labels(node, first, second))


@rule("options-miss-a-case", "warning")
def options_miss_a_case(subject: Subject) -> Iterator[Issue]:
    """Ranges with a gap between them or an open end, and yes without no."""
    for node in subject.questions:
        for key, labels in (*_missing_ranges(node), *_missing_yes_or_no(node)):
            yield Issue(subject.at(node.id, "options"), node.id, key, labels)


@rule("unconfirmed-option", "error")
def unconfirmed_option(subject: Subject) -> Iterator[Issue]:
    """Options that lead into a topic that is never guessed, and may be guessed themselves."""
    guarded = {topic.id: topic.title for topic in subject.tree.topics if topic.only_when_said}
    for node in subject.questions:
        here = subject.tree.topic_of.get(node.id)
        for number, option in enumerate(node.options):
            topic = subject.tree.topic_of.get(option.to)
            if topic in guarded and topic != here and not option.confirm:
                at = subject.at(node.id, "options", number)
                values = {"label": option.label, "topic": guarded[topic]}
                yield Issue(at, f"{node.id}/{option.id}", "what", values)


def _same_words(subject: Subject, node: Question) -> Iterator[Issue]:
    seen: dict[str, str] = {}
    for number, option in enumerate(node.options):
        about = f"{node.id}/{option.id}"
        at = subject.at(node.id, "options", number)
        texts = [((*at, "label"), option.label)]
        texts += [((*at, "examples", i), text) for i, text in enumerate(option.examples)]
        for place, text in texts:
            folded = readable(text)
            if seen.setdefault(folded, option.id) != option.id:
                yield Issue(place, about, "what_words", {"words": text, "option": seen[folded]})


def _pairs_of_ranges(
    node: Question,
) -> Iterator[tuple[tuple[int, LabelRange], tuple[int, LabelRange]]]:
    for group in _groups(node):
        yield from combinations(group, 2)


def _groups(node: Question) -> list[list[tuple[int, LabelRange]]]:
    """The ranges of a question's labels, those together that can be compared."""
    groups: dict[tuple[str, frozenset[str]], list[tuple[int, LabelRange]]] = defaultdict(list)
    for number, option in enumerate(node.options):
        if found := label_range(option.label):
            groups[found.quantity, found.besides].append((number, found))
    return [group for group in groups.values() if len(group) > 1]


def _labels(node: Question, first: int, second: int) -> dict[str, str]:
    return {"one": node.options[first].label, "other": node.options[second].label}


def _missing_ranges(node: Question) -> Iterator[tuple[str, dict[str, str]]]:
    """(key of the phrase, its values) of each missing range."""
    for group in _groups(node):
        ordered = sorted(group, key=lambda item: (item[1].low, item[1].high))
        for (first, below), (second, above) in pairwise(ordered):
            if gap(below, above):
                yield "what_between", _labels(node, first, second)
        if len(group) == len(_telling(node)):
            lowest, highest = node.options[ordered[0][0]], node.options[ordered[-1][0]]
            if ordered[0][1].low > ordered[0][1].step:
                yield "what_below", {"label": lowest.label}
            if max(item.high for _, item in group) < math.inf and group[0][1].quantity != "share":
                yield "what_above", {"label": highest.label}


def _telling(node: Question) -> list[str]:
    """The labels but "I don't know"."""
    labels = [option.label for option in node.options]
    return [label for label in labels if not _DOES_NOT_KNOW.match(plain(label))]


def _missing_yes_or_no(node: Question) -> Iterator[tuple[str, dict[str, str]]]:
    """Yes without no, or no without yes, where nothing else can be chosen either."""
    telling = _telling(node)
    for key, said in (("what_only_yes", _YES), ("what_only_no", _NO)):
        if telling and all(said.match(label.lower()) for label in telling):
            yield key, {"label": telling[0]}
