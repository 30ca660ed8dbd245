"""Messages that did not lead on, put together by what they say: ways of saying it that are missing.

Where she chose an option or a place afterwards, her words are a way of saying that, and are grouped
by it first. Within a group, messages are alike from ALIKE on (cosine of the shipped encoder); a
message joins the first cluster whose first message it is like (leader clustering, Hartigan 1975,
"Clustering algorithms", chapter 3), the ones that most others are like coming first. Nothing is
tested: it is what she wrote. A cluster needs FEWEST conversations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from records.learnt.found import MissedMessage
from tools.encoder import Encoder
from tools.words import words

ALIKE = 0.6
FEWEST = 3
"""Conversations."""
SHORTEST = 3
"""Words below which a message says nothing by itself."""


@dataclass(frozen=True)
class Cluster:
    """Messages that say the same, and what she meant by them."""

    node: str | None
    """The question; None where she was being located."""
    meant: str | None
    """The option or place that she chose afterwards."""
    messages: tuple[MissedMessage, ...]
    """The most typical first."""

    @property
    def conversations(self) -> int:
        """How many they are of."""
        return len({message.thread for message in self.messages})


def clusters(
    missed: Sequence[MissedMessage], buttons: frozenset[str], encoder: Encoder
) -> list[Cluster]:
    """The largest first. What is one of the `buttons`, to the letter, is not her words."""
    hers = [one for one in missed if one.text not in buttons and len(words(one.text)) >= SHORTEST]
    groups: dict[tuple[str | None, str | None], list[MissedMessage]] = {}
    for message in hers:
        groups.setdefault((message.node, message.meant), []).append(message)
    found = [
        Cluster(node, meant, tuple(together))
        for (node, meant), group in groups.items()
        for together in _alike(group, encoder)
    ]
    enough = [cluster for cluster in found if cluster.conversations >= FEWEST]
    return sorted(enough, key=lambda one: (-one.conversations, one.node or "", one.meant or ""))


def _alike(messages: Sequence[MissedMessage], encoder: Encoder) -> list[list[MissedMessage]]:
    if len({message.thread for message in messages}) < FEWEST:
        return []
    vectors = encoder.encode([message.text for message in messages], "query")
    alike: NDArray[np.bool_] = vectors @ vectors.T >= ALIKE
    left = set(range(len(messages)))
    found = []
    for leader in np.argsort(-alike.sum(axis=1), kind="stable").tolist():
        if leader in left:
            together = [leader, *(n for n in sorted(left - {leader}) if alike[leader, n])]
            left -= set(together)
            found.append([messages[n] for n in together])
    return found
