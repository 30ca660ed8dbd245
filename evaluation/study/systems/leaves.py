"""The answers of a tree as a flat collection of texts, and the search in it.

Two rankings are fused by reciprocal rank (Cormack, Clarke and Büttcher 2009, "Reciprocal rank
fusion outperforms Condorcet and individual rank learning methods"): BM25 over whole texts, and the
likeness that our own locator uses, by meaning, letters and stems.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from evaluation.public.baselines import BM25
from tools.encoder import Encoder
from tools.locate import WEIGHTS
from tools.similarity import Phrase, PhraseIndex, weighted
from tools.tree import Advice, Referral, Tree

Leaf = Advice | Referral
_K = 60
"""As in the paper."""


class Leaves:
    """The answers of one tree. Building it encodes all their texts."""

    def __init__(self, tree: Tree, encoder: Encoder | None) -> None:
        self.by_id = {node.id: node for node in tree.nodes if isinstance(node, Leaf)}
        """In the tree's order."""
        self.topic_of = tree.topic_of
        titles = {topic.id: topic.title for topic in tree.topics}
        headed = {
            leaf.id: f"{titles.get(tree.topic_of.get(leaf.id, ''), tree.title)}. {leaf.title}"
            for leaf in self.by_id.values()
        }
        leaves = list(self.by_id.values())
        groups = [
            [Phrase(headed[leaf.id], "passage"), Phrase(leaf.text, "passage")] for leaf in leaves
        ]
        self._index = PhraseIndex(groups, tree.language, encoder)
        documents = [f"{headed[leaf.id]}. {leaf_text(leaf)}" for leaf in leaves]
        self._bm25 = BM25(documents, tree.language)

    def search(self, text: str, most: int, without: Collection[str] = ()) -> list[Leaf]:
        """The `most` leaves that fit a text best, best first, but those `without`."""
        alike = weighted(self._index.features(text), WEIGHTS)
        fused = 1 / (_K + _ranks(alike)) + 1 / (_K + _ranks(self._bm25.scores(text)))
        leaves = list(self.by_id.values())
        ranked = (leaves[place] for place in np.argsort(-fused, kind="stable"))
        return [leaf for leaf in ranked if leaf.id not in without][:most]


def leaf_text(leaf: Leaf) -> str:
    """All that a leaf tells her."""
    service = leaf.service if isinstance(leaf, Referral) else None
    return "\n\n".join(filter(None, (leaf.title, leaf.text, leaf.normal, leaf.seek_help, service)))


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (leaves,): 1 for the best; equal scores in the tree's order."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
