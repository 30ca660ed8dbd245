"""Sources: every answer rests on pages that were read, lately, and that are still there."""

import re
from collections.abc import Iterator
from datetime import date

from tools.lint.finding import Issue, Subject, rule
from tools.tree import Input, Question

STALE_MONTHS = 24
"""A page that nobody has looked at for longer may say something else by now."""
_FIGURE = re.compile(r"\d")
_HARMLESS = re.compile(r"\"[^\"]*\"|«[^»]*»|“[^”]*”|\b24 horas\b")
"""What she may answer, and the name of a day."""
_EXAMPLE = re.compile(r"\bejemplo\b", re.IGNORECASE)


@rule(
    "unsourced",
    "error",
    why="nobody can check it, and expert text is the only advice that may be given",
    mend="cite the page that says it under `sources`",
)
def unsourced(subject: Subject) -> Iterator[Issue]:
    """Answers without a source."""
    for leaf in subject.leaves:
        if not leaf.sources:
            yield Issue(subject.at(leaf.id), leaf.id, "it cites no source")


@rule(
    "unsourced-figure",
    "warning",
    why="a figure is a claim, also where it only explains a question",
    mend="cite the page that gives it under the question's `sources`, or leave it out",
)
def unsourced_figure(subject: Subject) -> Iterator[Issue]:
    """Questions whose help states a figure and that cite nothing."""
    for node in subject.tree.nodes:
        if isinstance(node, Question | Input) and node.help and not node.sources:
            claims = _claims(node.help)
            if claims:
                what = f"its help states a figure and it cites no source: {claims[0]!r}"
                yield Issue(subject.at(node.id, "help"), node.id, what)


def _claims(text: str) -> list[str]:
    """The sentences with a figure, but for examples of what to answer."""
    parts = re.split(r"(?<=[.!?])\s+|\n", text)
    if any(_EXAMPLE.search(part) for part in parts):
        # An example goes on to the end: "Un ejemplo. Si nació con 3 kilos…"
        first = next(i for i, part in enumerate(parts) if _EXAMPLE.search(part))
        parts = parts[:first]
    return [part for part in parts if _FIGURE.search(_HARMLESS.sub("", part))]


@rule(
    "stale-source",
    "warning",
    why="advice changes, and the page may say something else by now",
    mend="read the page again, compare what rests on it, and set `checked_on`",
)
def stale_source(subject: Subject) -> Iterator[Issue]:
    """Sources that were looked at too long ago."""
    today = subject.today
    years = STALE_MONTHS // 12
    # A day later on 29 February, where the year has none.
    oldest = f"{today.year - years:04}-{today.month:02}-{today.day:02}"
    for number, source in enumerate(subject.tree.sources):
        at = ("sources", number, "checked_on")
        try:
            date.fromisoformat(source.checked_on)
        except ValueError:
            yield Issue(at, source.id, f"{source.checked_on!r} is no day", "write YYYY-MM-DD")
            continue
        if source.checked_on < oldest:
            what = f"it was last checked on {source.checked_on}, over {STALE_MONTHS} months ago"
            yield Issue(at, source.id, what)


@rule(
    "dead-source",
    "error",
    why="whoever wants to read where the advice comes from finds nothing",
    mend="find where the page went, or another page that says the same, and read it",
)
def dead_source(subject: Subject) -> Iterator[Issue]:
    """Sources that could not be fetched (only with --online)."""
    for number, source in enumerate(subject.tree.sources):
        if problem := subject.dead.get(source.id):
            yield Issue(("sources", number, "url"), source.id, f"{source.url} {problem}")


@rule(
    "unused-source",
    "warning",
    why="it must be kept up to date and supports nothing",
    mend="cite it where its facts are used, or remove it",
)
def unused_source(subject: Subject) -> Iterator[Issue]:
    """Sources that no node cites."""
    cited = {source for node in subject.tree.nodes for source in node.sources}
    for number, source in enumerate(subject.tree.sources):
        if source.id not in cited:
            yield Issue(("sources", number), source.id, "no node cites it")


@rule(
    "unread-source-only",
    "warning",
    why="nobody who wrote this has read a page that says it",
    mend="read one of its sources and set `verification`, or cite one that was read",
)
def unread_source_only(subject: Subject) -> Iterator[Issue]:
    """Urgent answers that rest only on accounts of pages."""
    for leaf in subject.leaves:
        known = [subject.tree.source_by_id[source] for source in leaf.sources]
        if leaf.urgency != "none" and known and all(s.verification == "unread" for s in known):
            what = f"its urgency is {leaf.urgency} and none of its sources was read"
            yield Issue(subject.at(leaf.id, "sources"), leaf.id, what)
