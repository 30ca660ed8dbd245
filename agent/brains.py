"""What is read once from each tree version to find one's way in it, kept while it is used."""

import copy
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from agent.evidence.semantic import SemanticEvidence
from agent.state import Brain
from agent.understanding.summary import Summarizer, has_summaries
from tools.encoder import Encoder
from tools.learnt import Shelf
from tools.locate import Locator
from tools.samples import Sample
from tools.store import TreeStore

_KEPT = 8
"""Versions with conversations in them at the same time."""
_ACTIVE_FOR = 10.0
"""Seconds for which the version in use is not looked up again."""


@dataclass(frozen=True)
class Learning:
    """What is learnt for a tree from beside the tree itself, and where that is kept."""

    samples: tuple[Sample, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)


class Brains:
    """Brains by tree version."""

    def __init__(
        self,
        store: TreeStore,
        tree: str,
        language: str,
        encoder: Encoder | None,
        learning: Learning | None = None,
    ) -> None:
        """`tree` is the id of the tree that new conversations use. Reads its version in use."""
        self._learning = learning = learning or Learning()
        self._summarizer: Summarizer | None = None
        if has_summaries(learning.samples):
            self._summarizer = Summarizer(learning.samples, language, learning.shelf)
        self.store = store
        self._tree = tree
        self._language = language
        self.encoder = encoder
        """What texts are compared with by meaning; None: not at all."""
        self._brains: OrderedDict[str, Brain] = OrderedDict()
        self._lock = threading.Lock()
        self._looked_up = 0.0
        self.last_active = store.active(tree).version
        """The version that was in use when it was last looked up."""

    def active(self) -> str:
        """The version that new conversations use. Raises UnknownTree or GraphUnavailable."""
        if time.monotonic() - self._looked_up > _ACTIVE_FOR:
            self.last_active = self.store.active(self._tree).version
            self._looked_up = time.monotonic()
        return self.last_active

    def staying_on(self, version: str) -> "Brains":
        """The same brains, for which another version is in use and stays so."""
        twin = copy.copy(self)
        twin.last_active, twin._looked_up = version, math.inf
        return twin

    def of(self, version: str) -> Brain:
        """The brain of a version. Raises UnknownTree or GraphUnavailable."""
        with self._lock:
            if version in self._brains:
                self._brains.move_to_end(version)
                return self._brains[version]
            brain = self._brains[version] = self._read(version)
            if len(self._brains) > _KEPT:
                self._brains.popitem(last=False)
            return brain

    def _read(self, version: str) -> Brain:
        entries = self.store.entries(version)
        starts = {entry.topic: entry for entry in reversed(entries)}
        return Brain(
            entries=entries,
            topics={e.node: e.title for e in entries if starts[e.topic] is e},
            starts={topic: entry.node for topic, entry in starts.items()},
            areas={
                title: tuple(starts[topic].node for topic in topics)
                for title, topics in self.store.contents(version).items()
                if topics
            },
            variables=self.store.variables(version),
            outline=self.store.outline(version),
            locator=Locator(
                entries,
                self._language,
                self.encoder,
                self._learning.samples,
                self._learning.shelf,
            ),
            summarizer=self._summarizer,
            semantic=SemanticEvidence(self._language, self.encoder),
        )
