"""Texts: short, easy, complete, in one language, and signed as they stand."""

from collections.abc import Iterator

from tools.lint.finding import Issue, Subject, rule
from tools.lint.languages import other_language
from tools.readability import PLAIN_SPANISH, count_words, inflesz
from tools.tree import Advice, Referral

LONGEST_LEAF = 180
"""Words of an answer: what can be read on a phone at night without scrolling for long."""


@rule(
    "too-long",
    "warning",
    why="at night, on a phone, nobody reads it to the end",
    mend="say less, or split it and link the parts under `see_also`",
)
def too_long(subject: Subject) -> Iterator[Issue]:
    """Answers that nobody reads to the end."""
    for leaf in subject.leaves:
        length = count_words(_whole(leaf))
        if length > LONGEST_LEAF:
            what = f"its text has {length} words, more than {LONGEST_LEAF}"
            yield Issue(subject.at(leaf.id, "text"), leaf.id, what)


@rule(
    "hard-to-read",
    "warning",
    why="tired readers, and those with little schooling, miss what to do",
    mend="shorten the sentences, and use shorter and more common words",
)
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
            what = f"its INFLESZ is {score:.0f}, below {PLAIN_SPANISH:g}"
            yield Issue(subject.at(leaf.id, "text"), leaf.id, what)


@rule(
    "missing-part",
    "warning",
    why="she does not learn what is normal, or when to look for help",
    mend="write that part from the sources",
)
def missing_part(subject: Subject) -> Iterator[Issue]:
    """Answers that don't say what is normal or when to ask for help."""
    for leaf in subject.leaves:
        if not leaf.normal and leaf.urgency != "emergency":
            yield Issue(subject.at(leaf.id), leaf.id, "it has no `normal`")
        if not leaf.seek_help:
            yield Issue(subject.at(leaf.id), leaf.id, "it has no `seek_help`")


@rule(
    "wrong-language",
    "error",
    why="she cannot read it",
    mend="translate it",
)
def wrong_language(subject: Subject) -> Iterator[Issue]:
    """Paragraphs in another language than the tree's; examples may be in any."""
    expected = subject.tree.language
    for shown in subject.shown:
        for paragraph in shown.text.split("\n"):
            if other := other_language(paragraph, expected):
                what = f"its {shown.field} reads as {other!r}, not {expected!r}: {paragraph[:60]!r}"
                yield Issue(shown.at, shown.about, what)


@rule(
    "review-outdated",
    "warning",
    why="a professional's name stands under words that she did not sign",
    mend="have it signed again, or set reviewed_by and reviewed_on to null",
)
def review_outdated(subject: Subject) -> Iterator[Issue]:
    """Answers that changed after they were signed."""
    for leaf in subject.leaves:
        if leaf.reviewed_by and not leaf.is_reviewed:
            what = f"{leaf.reviewed_by!r} did not sign these words (now {leaf.text_checksum})"
            yield Issue(subject.at(leaf.id, "reviewed_by"), leaf.id, what)


def _whole(leaf: Advice | Referral) -> str:
    return "\n".join(filter(None, (leaf.text, leaf.normal, leaf.seek_help)))
