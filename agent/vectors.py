"""What is shipped beside a tree: the vectors of all that a conversation's start compares her words
with, and what was learnt from it. Options are compared with later, one question at a time: their
vectors take milliseconds then.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.danger import DangerReader, DangerSample, read_danger_samples
from tools.encoder import CachedEncoder, UniversalSentenceEncoder, ship
from tools.head import keep
from tools.locate import Locator, phrases_of
from tools.samples import Sample, read_samples
from tools.similarity import Phrase
from tools.tree import Tree

DANGERS = "redflags.messages.jsonl"
DANGER_HEAD = "redflags.head.npz"


def phrases_of_tree(tree: Tree, samples: Sequence[Sample | DangerSample]) -> Iterator[Phrase]:
    """Every phrase of the tree's entries, and the messages beside it and its red flags."""
    for entry in tree.entries:
        yield from phrases_of(entry)
    for sample in samples:
        yield Phrase(sample.text, "query")


def ship_beside(tree: Tree, folder: Path) -> Iterator[str]:
    """Write the vectors and the heads of a tree into `folder`; tells what was written."""
    samples = read_samples(folder / f"{tree.id}.messages.jsonl")
    dangers = read_danger_samples(folder / DANGERS)
    path = folder / f"{tree.id}.vectors.npz"
    encoder = CachedEncoder(UniversalSentenceEncoder(), path)
    phrases = phrases_of_tree(tree, [*samples, *dangers])
    count = ship(encoder, ((phrase.text, phrase.role) for phrase in phrases), path)
    yield f"{count} vectors: {path}"
    locator = Locator(tree.entries, tree.language, encoder, samples)
    if locator.head:
        keep(locator.head, locator.head_key, folder / f"{tree.id}.head.npz")
        yield f"learnt from {len(samples)} messages and the tree: {folder / tree.id}.head.npz"
    if dangers:
        harmless = [sample.text for sample in samples]
        reader = DangerReader(dangers, harmless, tree.language, encoder)
        keep(reader.head, reader.head_key, folder / DANGER_HEAD)
        yield f"learnt from {len(dangers)} dangers and near misses: {folder / DANGER_HEAD}"
