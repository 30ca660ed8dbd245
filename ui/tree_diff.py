"""The difference between two trees in words that an expert reads. Pure: data in, lines out."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from agent.texts import Texts
from tools.diff.model import Danger, ExampleMove, ItemChange, PathChange, TreeDiff
from tools.lint import Finding
from tools.tree import Tree
from ui.tree_findings import words_of

MOST_LINES = 12
"""Changes of one kind that are listed for a topic; the others are counted."""
LONGEST = 160
"""Letters of an old or new text that are shown."""

Section = tuple[str, list[str]]
"""A heading and its lines."""


def in_words(
    found: TreeDiff, texts: Texts, new_findings: Sequence[Finding], mended: int
) -> list[Section]:
    """The sections that have something to say, what is unsafe first."""
    findings = [_finding(finding, texts) for finding in new_findings]
    findings += [texts("diff.mended", count=mended)] if mended else []
    sections = (
        ("diff.dangers", [_danger(danger, texts) for danger in found.dangers]),
        ("diff.new_findings", findings),
        ("diff.items", list(_items(found.items, texts))),
        ("diff.paths", list(_paths(found, texts))),
        ("diff.examples", _limited([_example(e, texts) for e in found.examples], texts)),
    )
    return [(texts(heading), lines) for heading, lines in sections if lines]


def open_conversations(
    before: Tree, found: TreeDiff, places: Sequence[str | None], texts: Texts
) -> Section | None:
    """How many conversations are open on the old version, and where it changes under them.

    `places` has, for each of them, the node that she was last shown.
    """
    if not places:
        return None
    lines = [texts("diff.open_count", count=len(places), version=found.before)]
    touched = {
        item.id.partition("/")[0]: item
        for item in found.items
        if item.what in ("node", "option") and item.change != "added"
    }
    for node, item in sorted(touched.items()):
        if count := sum(place == node for place in places):
            title = item.title if item.what == "node" else _title(before, node)
            lines.append(texts("diff.open_at", count=count, title=title))
    return texts("diff.open_conversations"), lines


def _title(tree: Tree, node: str) -> str:
    shown = tree.by_id[node]
    return getattr(shown, "text", node)


def _finding(finding: Finding, texts: Texts) -> str:
    words = words_of(finding, texts)
    about = finding.about
    return texts(
        "diff.new_finding", about=about, what=words.what, mend=words.mend, rule=finding.rule
    )


def _danger(danger: Danger, texts: Texts) -> str:
    values = {
        name: texts(f"diff.urgency.{value}")
        if value in ("emergency", "same_day", "none")
        else value
        for name, value in (("before", danger.before), ("after", danger.after))
    }
    told = texts(f"diff.danger.{danger.kind}", about=danger.about, **values)
    return f"{danger.topic}: {told}" if danger.topic else told


def _items(items: Sequence[ItemChange], texts: Texts) -> Iterator[str]:
    ordered = sorted(items, key=lambda item: (item.topic or "", item.what, item.id))
    for topic, group in groupby(ordered, lambda item: item.topic):
        lines = []
        for item in group:
            kind, change = texts(f"diff.item.{item.what}"), texts(f"diff.change.{item.change}")
            lines.append(f"{kind} {change}: «{_short(item.title)}» ({item.id})")
            lines += [
                f"    {field.field}: {_short(field.before)} → {_short(field.after)}"
                for field in item.fields
            ]
        yield from ([f"[{topic}]"] if topic else [])
        yield from (f"  {line}" for line in lines)


def _paths(found: TreeDiff, texts: Texts) -> Iterator[str]:
    for topic, group in groupby(found.paths, lambda path: path.topic):
        yield f"[{topic}]"
        yield from (f"  {line}" for line in _limited([_path(p, texts) for p in group], texts))
    for topic in found.uncounted:
        yield texts("diff.uncounted", topic=topic)


def _path(path: PathChange, texts: Texts) -> str:
    kind = "added" if path.before is None else "removed" if path.after is None else "changed"
    steps = " › ".join(path.steps)
    return texts(f"diff.path_{kind}", steps=steps, before=path.before, after=path.after)


def _example(move: ExampleMove, texts: Texts) -> str:
    kind = "added" if move.before is None else "removed" if move.after is None else "moved"
    return texts(f"diff.example_{kind}", text=move.text, before=move.before, after=move.after)


def _limited(lines: list[str], texts: Texts) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], texts("diff.more", count=len(lines) - MOST_LINES)]


def _short(text: str | None) -> str:
    if text is None:
        return "—"
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
