"""The shipped vectors of a tree: every phrase that a conversation's start compares her words with.

Options are compared with later, one question at a time: their vectors take milliseconds then.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.encoder import Encoder, ship
from tools.locate import phrases_of
from tools.samples import Sample
from tools.similarity import Phrase
from tools.tree import Tree


def phrases_of_tree(tree: Tree, samples: Sequence[Sample]) -> Iterator[Phrase]:
    """Every phrase of the tree's entries, and the messages beside it."""
    for entry in tree.entries:
        yield from phrases_of(entry)
    for sample in samples:
        yield Phrase(sample.text, "query")


def ship_vectors(tree: Tree, samples: Sequence[Sample], encoder: Encoder, path: Path) -> int:
    """Encode the tree's phrases into `path`; returns how many there are."""
    return ship(encoder, ((p.text, p.role) for p in phrases_of_tree(tree, samples)), path)
