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


@rule("unsourced", "error")
def unsourced(subject: Subject) -> Iterator[Issue]:
    """Answers without a source."""
    for leaf in subject.leaves:
        if not leaf.sources:
            yield Issue(subject.at(leaf.id), leaf.id, "what", {"title": leaf.title})


@rule("unsourced-figure", "warning")
def unsourced_figure(subject: Subject) -> Iterator[Issue]:
    """Questions whose help states a figure and that cite nothing."""
    for node in subject.tree.nodes:
        if isinstance(node, Question | Input) and node.help and not node.sources:
            claims = _claims(node.help)
            if claims:
                at = subject.at(node.id, "help")
                yield Issue(at, node.id, "what", {"sentence": claims[0]})


def _claims(text: str) -> list[str]:
    """The sentences with a figure, but for examples of what to answer."""
    parts = re.split(r"(?<=[.!?])\s+|\n", text)
    if any(_EXAMPLE.search(part) for part in parts):
        # An example goes on to the end: "Un ejemplo. Si nació con 3 kilos…"
        first = next(i for i, part in enumerate(parts) if _EXAMPLE.search(part))
        parts = parts[:first]
    return [part for part in parts if _FIGURE.search(_HARMLESS.sub("", part))]


@rule("stale-source", "warning")
def stale_source(subject: Subject) -> Iterator[Issue]:
    """Sources that were looked at too long ago."""
    today = subject.today
    years = STALE_MONTHS // 12
    # A day later on 29 February, where the year has none.
    oldest = f"{today.year - years:04}-{today.month:02}-{today.day:02}"
    for number, source in enumerate(subject.tree.sources):
        at = ("sources", number, "checked_on")
        values = {"title": source.title, "date": source.checked_on, "months": str(STALE_MONTHS)}
        try:
            date.fromisoformat(source.checked_on)
        except ValueError:
            yield Issue(at, source.id, "what_no_day", values)
            continue
        if source.checked_on < oldest:
            yield Issue(at, source.id, "what", values)


@rule("dead-source", "error")
def dead_source(subject: Subject) -> Iterator[Issue]:
    """Sources that could not be fetched (only with --online)."""
    for number, source in enumerate(subject.tree.sources):
        if problem := subject.dead.get(source.id):
            key = "what_status" if isinstance(problem, int) else "what_failed"
            values = {"url": source.url, "problem": str(problem)}
            yield Issue(("sources", number, "url"), source.id, key, values)


@rule("unused-source", "warning")
def unused_source(subject: Subject) -> Iterator[Issue]:
    """Sources that no node cites."""
    cited = {source for node in subject.tree.nodes for source in node.sources}
    for number, source in enumerate(subject.tree.sources):
        if source.id not in cited:
            yield Issue(("sources", number), source.id, "what", {"title": source.title})


@rule("unread-source-only", "warning")
def unread_source_only(subject: Subject) -> Iterator[Issue]:
    """Urgent answers that rest only on accounts of pages."""
    for leaf in subject.leaves:
        known = [subject.tree.source_by_id[source] for source in leaf.sources]
        if leaf.urgency != "none" and known and all(s.verification == "unread" for s in known):
            cited = ", ".join(leaf.sources)
            values = {"title": leaf.title, "urgency": leaf.urgency, "sources": cited}
            yield Issue(subject.at(leaf.id, "sources"), leaf.id, "what", values)
