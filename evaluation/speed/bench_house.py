"""A house to measure in: the tree under a name of its own, and timed twins of what it works with.

The twins stand between the assistant and the real thing and note how long each call takes. Nothing
is patched: the assistant is handed them as it is handed the real ones.
"""

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

from agent.assistant import Assistant
from agent.brains import Brains
from agent.danger.redflags import phones, read_catalogue
from agent.service import learning, make_guard, open_store
from agent.settings import Settings
from agent.texts import load_texts
from agent.turns import House
from evaluation.measurement import Progress
from records.checkpoints import Checkpoints
from records.store import Records
from tools.encoder import CachedEncoder, Encoder, Role, UniversalSentenceEncoder, Vectors
from tools.formats.yaml_folder import read_tree
from tools.store import TreeStore
from tools.tree import Tree

Share = Literal["graph", "record", "checkpoints", "encoder"]


@dataclass(frozen=True)
class Lap:
    """What a stopwatch counted, in milliseconds."""

    shares: dict[Share, float]
    """Time by share."""
    work: float
    """Processor time of the working thread outside all shares, from the first to the last call."""


class Stopwatch:
    """Adds up time by share, for one turn at a time; a call inside a call counts once."""

    def __init__(self) -> None:
        self.steps = 0
        """LangGraph's steps in the newest conversation, counted from -1 for its first input."""
        self._shares: dict[Share, float] = {}
        self._work = 0.0
        self._left: tuple[int, float] | None = None
        """The turn's thread and its processor time at the end of the last call."""
        self._running = False

    @contextmanager
    def running(self, share: Share) -> Iterator[None]:
        """Count the time of the block."""
        if self._running:
            yield
            return
        self._running = True
        # LangGraph writes from a thread of its own, whose processor time is another.
        thread = threading.get_ident()
        if self._left and self._left[0] == thread:
            self._work += time.thread_time() - self._left[1]
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(share, (time.perf_counter() - started) * 1000)
            if self._left is None or self._left[0] == thread:
                self._left = thread, time.thread_time()
            self._running = False

    def add(self, share: Share, ms: float) -> None:
        """Count time that somebody else has measured."""
        self._shares[share] = self._shares.get(share, 0.0) + ms

    def take(self) -> Lap:
        """What was counted since the last time; begins anew."""
        lap = Lap(self._shares, self._work * 1000)
        self._shares, self._work, self._left = {}, 0.0, None
        return lap


class _Twin:
    """Behaves like another object and times every call."""

    def __init__(self, real: object, stopwatch: Stopwatch, share: Share) -> None:
        self._real = real
        self._stopwatch = stopwatch
        self._share: Share = share

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        if not callable(value):
            return value

        def timed(*arguments: Any, **named: Any) -> Any:
            with self._stopwatch.running(self._share):
                return value(*arguments, **named)

        return timed


class _TimedCheckpoints(_Twin):
    """The checkpoints, with a timed saver."""

    def __init__(self, real: Checkpoints, stopwatch: Stopwatch) -> None:
        super().__init__(real, stopwatch, "checkpoints")
        self.saver = TimedSaver(real.saver, stopwatch)


class TimedSaver(BaseCheckpointSaver[str]):
    """LangGraph's saver, timed; LangGraph insists on its class."""

    def __init__(self, real: BaseCheckpointSaver[str], stopwatch: Stopwatch) -> None:
        super().__init__(serde=real.serde)
        self._real = real
        self._stopwatch = stopwatch

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Timed."""
        with self._stopwatch.running("checkpoints"):
            return self._real.get_tuple(config)

    def list(self, config: RunnableConfig | None, **named: Any) -> Iterator[CheckpointTuple]:
        """Timed."""
        with self._stopwatch.running("checkpoints"):
            return iter([*self._real.list(config, **named)])

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Timed; LangGraph tells here how many steps it has made."""
        self._stopwatch.steps = metadata["step"]
        with self._stopwatch.running("checkpoints"):
            return self._real.put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Timed."""
        with self._stopwatch.running("checkpoints"):
            self._real.put_writes(config, writes, task_id, task_path)

    def get_next_version(self, current: str | None, channel: None) -> str:
        """Timed."""
        with self._stopwatch.running("checkpoints"):
            return self._real.get_next_version(current, channel)


class _TimedEncoder:
    """The model that makes vectors, timed; looking into the cache before it is not."""

    def __init__(self, real: Encoder, stopwatch: Stopwatch) -> None:
        self.name = real.name
        self._real = real
        self._stopwatch = stopwatch

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """Timed."""
        with self._stopwatch.running("encoder"):
            return self._real.encode(texts, role)


@dataclass(frozen=True)
class Bench:
    """A house and what times it."""

    house: House
    assistant: Assistant
    store: TreeStore
    tree: Tree
    """As it was loaded: under the benchmark's own name."""
    stopwatch: Stopwatch
    encoder: Encoder

    @property
    def contents(self) -> dict[str, str]:
        """The table of contents: the area of each topic, both by title."""
        titles = {topic.id: topic.title for topic in self.tree.topics}
        return {
            titles[topic]: area
            for area, topics in self.store.contents(self.tree.version).items()
            for topic in topics
        }


@contextmanager
def open_apart(
    settings: Settings, say: Progress, record: str | None = None, *, foreign_queries: bool = False
) -> Iterator[Bench]:
    """A house on the graph of the settings, with a data folder and a record of its own.

    The record is a database at the URL `record`, or one that is gone at the end.
    `foreign_queries` as `agent.service.open_store` has it.
    """
    with tempfile.TemporaryDirectory(prefix="nodriza-bench-") as folder:
        apart = settings.model_copy(update={"data_folder": Path(folder), "records_url": record})
        with (
            open_store(apart, say, foreign_queries=foreign_queries) as store,
            open_bench(apart, store, say) as bench,
        ):
            yield bench


@contextmanager
def open_bench(settings: Settings, store: TreeStore, say: Progress) -> Iterator[Bench]:
    """A house on an open graph. Its tree is loaded under another name and removed at the end.

    `agent.service.open_service` would do more than measure: it puts the folder's tree into use and
    removes versions that no conversation of *this* record needs.
    """
    stopwatch = Stopwatch()
    content = read_tree(settings.trees_folder / settings.tree)
    tree = content.model_copy(update={"id": f"{content.id}-bench"})
    with ExitStack() as stack:
        records = Records.open(settings.chosen_records_url)
        stack.callback(records.close)
        checkpoints = Checkpoints.open(settings.chosen_records_url)
        stack.callback(checkpoints.close)
        say(f"loading the tree {tree.version} ({len(tree.nodes)} nodes)")
        stack.callback(store.delete, tree.version)
        store.load(tree)
        catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
        shipped = settings.trees_folder / f"{settings.tree}.vectors.npz"
        encoder = CachedEncoder(_TimedEncoder(UniversalSentenceEncoder(), stopwatch), shipped)
        # A turn's own queries are in its record; what is looked up between them is not.
        watched = store.observed_by(lambda trace: stopwatch.add("graph", trace.ms))
        house = House(
            brains=Brains(watched, tree.id, tree.language, encoder, learning(settings)),
            records=cast(Records, _Twin(records, stopwatch, "record")),
            checkpoints=cast(Checkpoints, _TimedCheckpoints(checkpoints, stopwatch)),
            guard=make_guard(settings, catalogue, tree.language, encoder),
            catalogue=catalogue,
            phones=phones(settings.country),
            texts=load_texts(settings.language),
            navigator="semantic",
        )
        house.brains.of(house.brains.active())
        assistant = Assistant(house, parallel_turns=settings.parallel_turns)
        stack.callback(assistant.close)
        yield Bench(house, assistant, store, tree, stopwatch, encoder)
