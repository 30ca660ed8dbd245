"""A tree of any size: how long it takes to validate, to lint and to load."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.speed.synthetic import synthetic_tree
from tools.lint import lint
from tools.store import TreeStore
from tools.tree import Urgency


@dataclass(frozen=True)
class LargeTree:
    """What was measured, in seconds of the clock."""

    nodes: int
    build_and_validate: float
    lint: float
    load: float
    rows: int
    """Nodes and relationships that were loaded."""


def measure(
    nodes: int,
    store: TreeStore,
    signs: Mapping[str, Urgency],
    say: Callable[[str], None],
    on_load: Callable[[int, int], None],
) -> LargeTree:
    """Make a synthetic tree of about `nodes` nodes, lint it, load it, and delete it again."""
    say(f"making and validating a tree of {nodes} nodes")
    started = time.perf_counter()
    tree = synthetic_tree(nodes)
    built = time.perf_counter()
    say("linting it")
    lint(tree, signs)
    linted = time.perf_counter()
    rows = 0

    def loaded(done: int, total: int) -> None:
        nonlocal rows
        rows = total
        on_load(done, total)

    version = store.load(tree, loaded)
    finished = time.perf_counter()
    say("deleting it again")
    store.delete(version)
    return LargeTree(
        nodes=len(tree.nodes),
        build_and_validate=built - started,
        lint=linted - built,
        load=finished - linted,
        rows=rows,
    )
