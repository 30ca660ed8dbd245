"""What is shipped beside a tree: the vectors of all that a conversation's start compares her words
with, and what was learnt from it. Options are compared with later, one question at a time: their
vectors take milliseconds then.
"""

from collections.abc import Iterator
from pathlib import Path

from agent.danger.likeness import DangerReader, read_danger_samples
from agent.understanding.summary import Summarizer, has_summaries
from tools.encoder import CachedEncoder, UniversalSentenceEncoder, ship
from tools.locate import Locator, phrases_of
from tools.samples import read_samples
from tools.similarity import Phrase
from tools.tree import Tree

DANGERS = "redflags.messages.jsonl"


def learnt_beside(tree: Path) -> tuple[Path, Path]:
    """What is learnt beside the tree of that path: its topics, and summaries."""
    return tree.with_suffix(".topics.npz"), tree.with_suffix(".summary.npz")


def learnt_dangers(folder: Path) -> tuple[Path, Path]:
    """What is learnt beside the catalogue of red flags: whether it is a danger, and which."""
    return folder / "redflags.danger.npz", folder / "redflags.sign.npz"


def harmless_messages(folder: Path) -> list[str]:
    """The ordinary messages that stand beside the catalogue of red flags: those of all its trees.

    Whatever tree is in use, so that what was learnt of dangers holds for all of them.
    """
    paths = sorted(path for path in folder.glob("*.messages.jsonl") if path.name != DANGERS)
    return [sample.text for path in paths for sample in read_samples(path)]


def phrases_of_tree(tree: Tree) -> Iterator[Phrase]:
    """Every phrase of the tree's entries: what her words are compared with one by one."""
    for entry in tree.entries:
        yield from phrases_of(entry)


def ship_beside(tree: Tree, folder: Path) -> Iterator[str]:
    """Write the vectors of a tree, and what is learnt from it and from the messages beside it.

    Tells what was written into `folder`.
    """
    path = folder / f"{tree.id}.vectors.npz"
    encoder = CachedEncoder(UniversalSentenceEncoder(), path)
    count = ship(encoder, ((phrase.text, phrase.role) for phrase in phrases_of_tree(tree)), path)
    yield f"{count} vectors: {path}"
    samples = read_samples(folder / f"{tree.id}.messages.jsonl")
    topics, summaries = learnt_beside(folder / tree.id)
    locator = Locator(tree.entries, tree.language, encoder, samples)
    if locator.classifier:
        locator.classifier.keep(locator.key, topics)
        yield f"learnt from {len(samples)} messages and the tree: {topics}"
    if has_summaries(samples):
        summarizer = Summarizer(samples, tree.language)
        summarizer.marker.keep(summarizer.key, summaries)
        yield f"learnt from the marked ones of {len(samples)} messages: {summaries}"
    if dangers := read_danger_samples(folder / DANGERS):
        danger, sign = learnt_dangers(folder)
        reader = DangerReader(dangers, harmless_messages(folder), tree.language, encoder)
        reader.classify_danger.keep(reader.danger_key, danger)
        reader.classify_sign.keep(reader.sign_key, sign)
        yield f"learnt from {len(dangers)} dangers and near misses: {danger}, {sign}"
