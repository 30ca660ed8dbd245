"""Examples: how mothers say it. They must be many, and each must point to one place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.formats.yaml_folder import Location
from tools.lint.finding import Issue, Subject, rule
from tools.lint.near import near_pairs, readable
from tools.quantities import counts

NEAR = 0.9
"""Cosine from which two examples are taken for one: a few letters apart."""
FEWEST_OF_A_TOPIC = 10
FEWEST_OF_AN_OPTION = 3
_AT_ONCE = 2000
"""Questions whose examples are compared in one go: bounds the memory."""
_NEGATION = re.compile(r"\b(?:no|ni|sin|nunca|tampoco|ya|aun|todavia)\b")


@dataclass(frozen=True)
class _Example:
    """One way of saying it, and where it leads."""

    at: Location
    about: str
    """Topic, entry or option that it is an example of."""
    text: str
    readable: str


@rule("same-example-twice", "error")
def same_example_twice(subject: Subject) -> Iterator[Issue]:
    """The same words in one list, or in two entries; options-overlap has those of two options."""
    for example, earlier in _repeated(_entry_examples(subject)):
        yield _twice(example, earlier)
    for number, _ in enumerate(subject.questions):
        for example, earlier in _repeated(_option_examples(subject, number)):
            if earlier == example.about:
                yield _twice(example, earlier)


def _twice(example: _Example, earlier: str) -> Issue:
    key = "what_one_list" if earlier == example.about else "what_two_places"
    return Issue(example.at, example.about, key, {"example": example.text, "other": earlier})


@rule("near-duplicate-examples", "warning")
def near_duplicate_examples(subject: Subject) -> Iterator[Issue]:
    """Nearly the same words in two entries, or in two options of a question."""
    entries = _entry_examples(subject)
    yield from _near(entries, [0] * len(entries))
    for first in range(0, len(subject.questions), _AT_ONCE):
        examples: list[_Example] = []
        places: list[int] = []
        for number in range(first, min(first + _AT_ONCE, len(subject.questions))):
            own = _option_examples(subject, number)
            examples += own
            places += [number] * len(own)
        yield from _near(examples, places)


@rule("entry-without-examples", "warning")
def entry_without_examples(subject: Subject) -> Iterator[Issue]:
    """Places to begin that no example leads to."""
    for number, topic in enumerate(subject.tree.topics):
        if not topic.examples:
            yield Issue(("topics", number), topic.id, "what_topic", {"title": topic.title})
    for node in subject.tree.nodes:
        if node.entry and not node.entry.examples:
            at = subject.at(node.id, "entry")
            yield Issue(at, node.id, "what_entry", {"title": node.entry.title})


@rule("few-examples", "warning")
def few_examples(subject: Subject) -> Iterator[Issue]:
    """Topics and options with less than what recognises them."""
    for number, topic in enumerate(subject.tree.topics):
        if 0 < len(topic.examples) < FEWEST_OF_A_TOPIC:
            values = _too_few(topic.title, topic.examples, FEWEST_OF_A_TOPIC)
            yield Issue(("topics", number, "examples"), topic.id, "what_topic", values)
    for node in subject.questions:
        for index, option in enumerate(node.options):
            if len(option.examples) < FEWEST_OF_AN_OPTION:
                at = subject.at(node.id, "options", index)
                values = _too_few(option.label, option.examples, FEWEST_OF_AN_OPTION)
                yield Issue(at, f"{node.id}/{option.id}", "what_option", values)


def _too_few(title: str, examples: Sequence[str], fewest: int) -> dict[str, str]:
    return {"title": title, "count": str(len(examples)), "fewest": str(fewest)}


def _entry_examples(subject: Subject) -> list[_Example]:
    examples: list[_Example] = []
    for number, topic in enumerate(subject.tree.topics):
        examples += _listed(("topics", number, "examples"), topic.id, topic.examples)
        for index, near_miss in enumerate(topic.near_misses):
            place = ("topics", number, "near_misses", index, "says")
            says = near_miss.says
            examples.append(_Example(place, near_miss.belongs_to, says, readable(says)))
    for node in subject.tree.nodes:
        if node.entry:
            at = subject.at(node.id, "entry", "examples")
            examples += _listed(at, node.id, node.entry.examples)
    return examples


def _option_examples(subject: Subject, number: int) -> list[_Example]:
    node = subject.questions[number]
    return [
        example
        for index, option in enumerate(node.options)
        for example in _listed(
            subject.at(node.id, "options", index, "examples"),
            f"{node.id}/{option.id}",
            option.examples,
        )
    ]


def _listed(at: Location, about: str, texts: Sequence[str]) -> list[_Example]:
    return [_Example((*at, i), about, text, readable(text)) for i, text in enumerate(texts)]


def _repeated(examples: Sequence[_Example]) -> Iterator[tuple[_Example, str]]:
    """Examples that were there before, and what they were an example of."""
    seen: dict[str, str] = {}
    for example in examples:
        if example.readable in seen:
            yield example, seen[example.readable]
        elif example.readable:
            seen[example.readable] = example.about


def _near(examples: Sequence[_Example], places: Sequence[int]) -> Iterator[Issue]:
    different: dict[tuple[int, str], int] = {}
    for index, example in enumerate(examples):
        if example.readable:
            different.setdefault((places[index], example.readable), index)
    kept = list(different.values())
    texts = [examples[index].readable for index in kept]
    for one, other, cosine in near_pairs(texts, [places[index] for index in kept], NEAR):
        first, second = examples[kept[one]], examples[kept[other]]
        if first.about != second.about and not _told_apart(first.readable, second.readable):
            values = {"example": second.text, "twin": first.text, "other": first.about}
            values["percent"] = f"{cosine:.0%}".rstrip("%")
            yield Issue(second.at, second.about, "what", values)


def _told_apart(one: str, other: str) -> bool:
    """Whether a figure or a negation makes the difference: those are understood on their own."""
    return any(sorted(find(one)) != sorted(find(other)) for find in (_figures, _NEGATION.findall))


def _figures(text: str) -> list[str]:
    """Its numbers; "una" is an article more often than a number."""
    found = counts(text)
    return [str(n.value) for n in found if text[n.start : n.end] not in ("un", "una", "uno")]
