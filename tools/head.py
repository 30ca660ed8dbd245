"""A classifier learnt from phrases with labels: kernel ridge regression, one class against all.

Its kernel is the sum of the three likenesses of `similarity`. Least squares have their own
leave-one-out predictions in closed form (Rifkin and Lippert 2007, "Notes on regularized least
squares"), so that the scale which turns scores into probabilities is fitted on phrases that were
each left out, with no data set aside.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.similarity import PhraseIndex

RIDGE = 2.0
"""Regularisation: the middle of what told the development messages apart best (1 to 3)."""
MOST_LEARNT = 9000
"""Phrases from which nothing is learnt: the equations of so many take a gigabyte and a minute."""
_SCALES = np.geomspace(2.0, 40.0, 40)
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """What was learnt."""

    weights: NDArray[np.float32]
    """Shape (phrases, classes)."""
    base: NDArray[np.float32]
    """Shape (classes,): the score of a text like none of the phrases."""
    scale: float
    """Log-odds a unit of score."""

    def scores(self, kernel: _Floats) -> _Floats:
        """Shape (classes,), from a text's kernel with the phrases: near 1 for its own class."""
        return np.asarray(kernel @ self.weights + self.base, np.float64)

    def log_odds(self, kernel: _Floats) -> _Floats:
        """Shape (classes,): softmax gives probabilities."""
        return self.scale * self.scores(kernel)


def learn(
    index: PhraseIndex,
    labels: Sequence[int],
    classes: int,
    calibrate_on: Sequence[int] | None = None,
) -> Head:
    """Learn to tell the classes of the index's phrases apart.

    `labels` has the class of each phrase, `calibrate_on` the phrases that are most like what will
    be asked (or all): the scale is the likeliest for them, each left out in turn.
    """
    targets = np.eye(classes, dtype=np.float32)[list(labels)]
    base = targets.mean(axis=0)
    # The embedded graph's JVM takes stack from the main thread that LAPACK would need: it crashes.
    with ThreadPoolExecutor(1) as apart:
        inverse = apart.submit(_inverse, index).result()
    weights = inverse @ (targets - base)
    rows = np.arange(index.count) if calibrate_on is None else np.asarray(calibrate_on)
    left_out = targets[rows] - weights[rows] / np.diag(inverse)[rows, None]
    return Head(weights, base, _likeliest_scale(left_out, targets[rows].argmax(axis=1)))


def _inverse(index: PhraseIndex) -> NDArray[np.float32]:
    ridge = RIDGE * np.eye(index.count, dtype=np.float32)
    return np.asarray(np.linalg.inv(index.gram() + ridge), np.float32)


def _likeliest_scale(scores: NDArray[np.float32], right: NDArray[np.intp]) -> float:
    def likelihood(scale: float) -> float:
        logits = scale * scores.astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(right)), right]
        return float((own - np.log(np.exp(logits).sum(axis=1))).mean())

    return float(max(_SCALES, key=likelihood))


class Heads:
    """Heads by what they were learnt from: shipped ones, and those of this machine."""

    def __init__(self, shipped: Path | None = None, folder: Path | None = None) -> None:
        """`shipped` is a file that `keep` wrote. New heads go to `folder`, or are not kept."""
        self._shipped = shipped
        self._folder = folder

    def get(self, key: str, make: Callable[[], Head]) -> Head:
        """The head of that key, made where there is none yet."""
        own = self._folder / f"{key}.npz" if self._folder else None
        for path in (self._shipped, own):
            if path and (head := _read(path, key)):
                return head
        head = make()
        if own:
            own.parent.mkdir(parents=True, exist_ok=True)
            keep(head, key, own)
        return head


def key_of(encoder: str, phrases: Iterable[tuple[str, str]]) -> str:
    """What a head was learnt from, as sixteen hexadecimal digits: (text, label) and the encoder."""
    digest = hashlib.sha256(f"{encoder} {RIDGE}".encode())
    for text, label in phrases:
        digest.update(f"\0{label}\0{text}".encode())
    return digest.hexdigest()[:16]


def keep(head: Head, key: str, path: Path) -> None:
    """Write a head to `path`, in half precision; whole or not at all."""
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(
        unfinished,
        key=key,
        weights=head.weights.astype(np.float16),
        base=head.base,
        scale=head.scale,
    )
    unfinished.replace(path)


def _read(path: Path, key: str) -> Head | None:
    if not path.is_file():
        return None
    with np.load(path) as file:
        if str(file["key"]) != key:
            return None
        weights = file["weights"].astype(np.float32)
        return Head(weights, file["base"], float(file["scale"]))
