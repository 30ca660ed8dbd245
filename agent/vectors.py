"""The shipped vectors of a tree: every phrase that her words are compared with."""

from collections.abc import Iterator
from pathlib import Path

from agent.evidence.semantic import phrases_of as phrases_of_option
from tools.encoder import Encoder, ship
from tools.locate import phrases_of as phrases_of_entry
from tools.similarity import Phrase
from tools.tree import Question, Tree


def phrases_of_tree(tree: Tree) -> Iterator[Phrase]:
    """Every phrase of the tree's entries and options."""
    for entry in tree.entries:
        yield from phrases_of_entry(entry)
    for node in tree.nodes:
        if isinstance(node, Question):
            for option in node.options:
                yield from phrases_of_option(node, option)


def ship_vectors(tree: Tree, encoder: Encoder, path: Path) -> int:
    """Encode the tree's phrases into `path`; returns how many there are."""
    return ship(encoder, ((p.text, p.role) for p in phrases_of_tree(tree)), path)
