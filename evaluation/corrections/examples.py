"""Her words for which an expert says where they belong, as examples that are proposed for the tree.

In the format of the tree's files, for an editor to write them anew, take over and try
(`nodriza tree examples`, `nodriza tree check`): nothing reads this file by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import yaml

from evaluation.corrections.talks import JudgedTalk
from records.digest import folded
from records.events import Decided, MessageReceived
from records.judgements import NONE_OF_THESE
from tools.tree import Question, Tree

_HEADER = """\
# Examples that experts propose, from conversations with {tree}.
# Only of mothers who agreed that what they write is kept; personal data is masked (with •), unless
# it was asked for as it is.
# They are words of real mothers: write each anew before you take it over, never copy it.
# Then: nodriza tree check, nodriza tree examples (what each is worth), nodriza tree encode.
"""


@dataclass(frozen=True)
class Proposal:
    """Words for a place of the tree, or for an option of it."""

    topic: str | None
    """The topic whose file has the place; None of shared ones."""
    node: str
    option: str | None
    text: str = field(repr=False)


def proposals(talks: Iterable[JudgedTalk], tree: Tree) -> list[Proposal]:
    """All that is not among the tree's examples yet, each once."""
    known = set(_known(tree))
    found: dict[tuple[str, str | None, str], Proposal] = {}
    for talk in talks:
        for proposal in _of(talk, tree) if talk.consented else ():
            words = " ".join(folded(proposal.text))
            place = (proposal.node, proposal.option, words)
            if words and place not in known:
                found.setdefault(place, proposal)
    return sorted(found.values(), key=lambda it: (it.topic or "", it.node, it.option or ""))


def as_yaml(found: Sequence[Proposal], tree: Tree) -> str:
    """One document for each file of the tree, as that file would have it."""
    documents = [
        yaml.safe_dump(
            _document(topic, list(its), tree), allow_unicode=True, sort_keys=False, width=100
        )
        for topic, its in groupby(found, key=lambda it: it.topic)
    ]
    return _HEADER.format(tree=tree.version) + "---\n".join(documents)


def _of(talk: JudgedTalk, tree: Tree) -> Iterator[Proposal]:
    entries = {entry.node: entry.topic for entry in tree.entries}
    for step in talk.steps:
        move, said = step.judgement.move, step.turn.message
        if not move or move == NONE_OF_THESE or not isinstance(said, MessageReceived):
            continue
        at = step.event.node if isinstance(step.event, Decided) else None
        question = tree.by_id.get(at or "")
        if isinstance(question, Question) and move in {it.id for it in question.options}:
            yield Proposal(tree.topic_of.get(question.id), question.id, move, talk.mask(said.text))
        elif move in entries:
            yield Proposal(entries[move], move, None, talk.mask(said.text))


def _known(tree: Tree) -> Iterator[tuple[str, str | None, str]]:
    for entry in tree.entries:
        for text in entry.examples:
            yield entry.node, None, " ".join(folded(text))
    for node in tree.nodes:
        for option in node.options if isinstance(node, Question) else ():
            for text in (option.label, *option.examples):
                yield node.id, option.id, " ".join(folded(text))


def _document(topic: str | None, its: Sequence[Proposal], tree: Tree) -> dict[str, Any]:
    starts = {one.starts_at: one.id for one in tree.topics}
    document: dict[str, Any] = {}
    nodes: dict[str, dict[str, Any]] = {}
    for proposal in its:
        if proposal.option:
            options = nodes.setdefault(proposal.node, {}).setdefault("options", {})
            options.setdefault(proposal.option, []).append(proposal.text)
        elif proposal.node in starts:
            of_topic = document.setdefault("topic", {"id": topic, "examples": []})
            of_topic["examples"].append(proposal.text)
        else:
            entry = nodes.setdefault(proposal.node, {}).setdefault("entry", {"examples": []})
            entry["examples"].append(proposal.text)
    if nodes:
        document["nodes"] = [{"id": name, **_node(parts)} for name, parts in nodes.items()]
    return document


def _node(parts: dict[str, Any]) -> dict[str, Any]:
    options = parts.get("options")
    listed = [{"id": name, "examples": texts} for name, texts in (options or {}).items()]
    return ({"entry": parts["entry"]} if "entry" in parts else {}) | (
        {"options": listed} if listed else {}
    )
