"""Texts: short, easy, complete, in one language, and signed as they stand."""

import math
from collections.abc import Iterator
from textwrap import shorten

from tools.lint.finding import Issue, Subject, rule
from tools.lint.languages import other_language
from tools.readability import PLAIN_SPANISH, count_words, inflesz
from tools.tree import Advice, Referral

LONGEST_LEAF = 180
"""Words of an answer: what can be read on a phone at night without scrolling for long."""

LONGEST_EXCERPT = 60
"""Letters of a text that a finding quotes."""


@rule("too-long", "warning")
def too_long(subject: Subject) -> Iterator[Issue]:
    """Answers that nobody reads to the end."""
    for leaf in subject.leaves:
        length = count_words(_whole(leaf))
        if length > LONGEST_LEAF:
            values = {"title": leaf.title, "words": str(length), "most": str(LONGEST_LEAF)}
            yield Issue(subject.at(leaf.id, "text"), leaf.id, "what", values)


@rule("hard-to-read", "warning")
def hard_to_read(subject: Subject) -> Iterator[Issue]:
    """Answers below "normal" on the INFLESZ scale; only Spanish has a scale here."""
    if subject.tree.language != "es":
        return
    for leaf in subject.leaves:
        try:
            score = inflesz(_whole(leaf))
        except ValueError:  # no words
            continue
        if score < PLAIN_SPANISH:
            # Rounded down: 54.7 is not 55.
            values = {"score": f"{math.floor(score)}", "least": f"{PLAIN_SPANISH:g}"}
            yield Issue(
                subject.at(leaf.id, "text"), leaf.id, "what", values | {"title": leaf.title}
            )


@rule("missing-part", "warning")
def missing_part(subject: Subject) -> Iterator[Issue]:
    """Answers that don't say what is normal or when to ask for help."""
    for leaf in subject.leaves:
        if not leaf.normal and leaf.urgency != "emergency":
            yield Issue(subject.at(leaf.id), leaf.id, "what_normal", {"title": leaf.title})
        if not leaf.seek_help:
            yield Issue(subject.at(leaf.id), leaf.id, "what_seek_help", {"title": leaf.title})


@rule("wrong-language", "error")
def wrong_language(subject: Subject) -> Iterator[Issue]:
    """Paragraphs in another language than the tree's; examples may be in any."""
    expected = subject.tree.language
    for shown in subject.shown:
        for paragraph in shown.text.split("\n"):
            if other := other_language(paragraph, expected):
                values = {"field": shown.field, "language": other, "expected": expected}
                values["excerpt"] = shorten(paragraph, LONGEST_EXCERPT, placeholder="…")
                yield Issue(shown.at, shown.about, "what", values)


@rule("review-outdated", "warning")
def review_outdated(subject: Subject) -> Iterator[Issue]:
    """Answers that changed after they were signed."""
    for leaf in subject.leaves:
        if leaf.reviewed_by and not leaf.is_reviewed:
            values = {"title": leaf.title, "reviewer": leaf.reviewed_by}
            values["checksum"] = leaf.text_checksum
            yield Issue(subject.at(leaf.id, "reviewed_by"), leaf.id, "what", values)


def _whole(leaf: Advice | Referral) -> str:
    return "\n".join(filter(None, (leaf.text, leaf.normal, leaf.seek_help)))
