"""Runs a benchmark's cases: one result line each as it goes, none twice."""

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from evaluation.results import AnyPrediction, Results
from tools.tree import Tree

_Item = TypeVar("_Item")
Advance = Callable[[int, int], None]
"""Is told how many cases are done, and of how many."""


class Case(Protocol):
    """One line of results to make."""

    @property
    def id(self) -> str:
        """A text that no other case of the run has."""
        ...

    @property
    def given(self) -> Any:
        """What may be seen of it: no label."""
        ...


def sample(cases: Sequence[_Item], limit: int | None, seed: int) -> list[_Item]:
    """`limit` cases at random, in the order of the file; a greater limit only adds some."""
    places = list(range(len(cases)))
    random.Random(seed).shuffle(places)  # noqa: S311 - reproducible, not secret
    return [cases[place] for place in sorted(places[:limit])]


def run_cases(
    cases: Sequence[Case],
    predict: Callable[[Any], AnyPrediction],
    results: Results[AnyPrediction],
    advance: Advance,
) -> None:
    """Run the cases that have no result yet. What predicts sees the case's input only."""
    left = [case for case in cases if case.id not in results.done]
    done = len(cases) - len(left)
    advance(done, len(cases))
    for case in left:
        results.add(case.id, predict(case.given))
        done += 1
        advance(done, len(cases))


def run_of(
    kind: str, cases: Path, tree: Tree | None, **depends: str | None
) -> dict[str, str | None]:
    """What the results of a file of cases depend on; `depends` by name."""
    version = tree.version if tree else None
    return {"kind": kind, "cases": checksum(cases), "tree": version, **depends}


def checksum(path: Path) -> str:
    """First twelve hexadecimal digits of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
