"""A classifier learnt from phrases with labels: kernel ridge regression, one class against all.

Its kernel is the sum of the three likenesses of `similarity`. Least squares have their own
leave-one-out predictions in closed form (Rifkin and Lippert 2007, "Notes on regularized least
squares"), so that the scale which turns scores into probabilities is fitted on phrases that were
each left out, with no data set aside.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tools import learnt
from tools.apart import apart
from tools.encoder import Encoder
from tools.similarity import ALIKE, Featurizer, PhraseIndex, Projection, Views, terms_of
from tools.terms import Vocabulary

RIDGE = 2.0
"""Regularisation: the middle of what told the development messages apart best (1 to 3)."""
_VIEWS_TRIED: tuple[Views, ...] = (ALIKE, (1.5, 1.0, 0.5), (2.2, 0.7, 0.1))
_RIDGES_TRIED = (RIDGE, 0.5)
MOST_LEARNT = 9000
"""Phrases from which nothing is learnt: the equations of so many take a gigabyte and a minute."""
_REMEMBERED = 256
"""Texts whose scores are kept."""
_BLOCK = 512
"""Rows of a matrix that is inverted at once."""
_SCALES = np.geomspace(2.0, 40.0, 40)
_VIEWS = ("letters", "stems")
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
    left_out: NDArray[np.float32]
    """Shape (phrases calibrated on, classes): their scores, each learnt from all the others."""
    right: float
    """Share of those whose own class comes first."""
    views: Views


class Classifier:
    """A head, ready to be asked about texts without the phrases that it was learnt from."""

    def __init__(
        self,
        featurizer: Featurizer,
        projection: Projection,
        base: NDArray[np.float32],
        scale: float,
        told: _Floats | None = None,
    ) -> None:
        """`told` are the weights of `tools.told`, where one text may be of several classes."""
        self.featurizer = featurizer
        self.projection = projection
        self.base = base
        self.scale = scale
        self.told = told
        # A turn asks about the same text several times: to understand, to locate, to decide.
        self.scores = lru_cache(_REMEMBERED)(self._scores)
        """Shape (classes,): near 1 for the text's own class. It cannot be written to."""

    @classmethod
    def of(cls, index: PhraseIndex, head: Head, told: _Floats | None = None) -> Self:
        """`index` holds the phrases that the head was learnt from."""
        projection = index.project(head.weights, head.views)
        return cls(index.featurizer, projection, head.base, head.scale, told)

    def log_odds(self, text: str) -> _Floats:
        """Shape (classes,): softmax gives probabilities."""
        return self.scale * self.scores(text)

    def _scores(self, text: str) -> _Floats:
        scores = self.projection.of(self.featurizer.features(text)) + self.base
        scores.setflags(write=False)
        return scores

    def keep(self, key: str, path: Path) -> None:
        """Write it to `path`, in half precision; whole or not at all."""
        unfinished = path.with_suffix(".part.npz")
        featurizer, projection = self.featurizer, self.projection
        arrays = {
            "key": np.array(key),
            "base": self.base,
            "scale": np.array(self.scale),
            "heard": _joined(featurizer.heard),
            "times": np.fromiter(featurizer.heard.values(), np.int32),
        }
        if self.told is not None:
            arrays["told"] = self.told
        if projection.meaning is not None:
            arrays["meaning"] = projection.meaning.astype(np.float16)
        for name in _VIEWS:
            vocabulary: Vocabulary = getattr(featurizer, name)
            arrays[f"{name}_terms"] = _joined(vocabulary.terms)
            arrays[f"{name}_rarity"] = vocabulary.rarity.astype(np.float32)
            arrays[f"{name}_weights"] = getattr(projection, name).astype(np.float16)
        np.savez_compressed(unfinished, **arrays)  # type: ignore[arg-type]  # its stub has no names
        unfinished.replace(path)

    @classmethod
    def reader(cls, language: str, encoder: Encoder | None) -> "Reader":
        """What reads a kept one that compares words of that language with that encoder."""

        def read(path: Path, key: str) -> Classifier | None:
            with np.load(path) as file:
                return cls._of_file(file, language, encoder) if str(file["key"]) == key else None

        return read

    @classmethod
    def _of_file(cls, file: Mapping[str, Any], language: str, encoder: Encoder | None) -> Self:
        terms = dict(zip(_VIEWS, terms_of(language), strict=True))
        letters, stems = (
            Vocabulary(
                _parts(file[f"{name}_terms"]), file[f"{name}_rarity"].astype(float), terms[name]
            )
            for name in _VIEWS
        )
        heard = dict(zip(_parts(file["heard"]), file["times"].tolist(), strict=True))
        weights = (file[f"{name}_weights"].astype(np.float32) for name in _VIEWS)
        meaning = file["meaning"].astype(np.float32) if "meaning" in file else None
        return cls(
            Featurizer(encoder, heard, letters, stems, language),
            Projection(meaning, *weights),
            file["base"],
            float(file["scale"]),
            file.get("told"),
        )


Reader = Callable[[Path, str], Classifier | None]


def learn(
    index: PhraseIndex,
    targets: NDArray[np.float32],
    calibrate_on: Sequence[int] | None = None,
    trust: Sequence[float] | None = None,
    views: Views = ALIKE,
) -> Head:
    """Learn to tell the classes of the index's phrases apart.

    `targets`, shape (phrases, classes), has 1 for the class of each phrase, and less for others
    that it also tells of. `calibrate_on` are the phrases that are most like what will be asked (or
    all): the scale is the likeliest for them, each left out in turn. `trust` says how closely
    each phrase is to be followed, above 0 and usually 1; `views` how much each likeness weighs.
    """
    ridge = RIDGE / np.asarray(trust or 1.0)
    return _solved(index.gram(views), ridge, targets, calibrate_on, views)


def learn_fitted(
    index: PhraseIndex, targets: NDArray[np.float32], calibrate_on: Sequence[int] | None = None
) -> Head:
    """The same with the views and the ridge that put most of the phrases right, each left out.

    For phrases of which nobody knows how much their meaning, letters and stems tell.
    """
    grams = index.grams()
    kernels = ((np.tensordot(views, grams, 1).astype(np.float32), views) for views in _VIEWS_TRIED)
    heads = (
        _solved(kernel.copy(), np.asarray(ridge), targets, calibrate_on, views)
        for kernel, views in kernels
        for ridge in _RIDGES_TRIED
    )
    return max(heads, key=lambda head: head.right)


def _solved(
    kernel: NDArray[np.float32],
    ridge: _Floats,
    targets: NDArray[np.float32],
    calibrate_on: Sequence[int] | None,
    views: Views,
) -> Head:
    base = targets.mean(axis=0)
    root = apart(_inverse_root, kernel, ridge)
    weights = root.T @ (root @ (targets - base))
    rows = np.arange(len(kernel)) if calibrate_on is None else np.asarray(calibrate_on)
    left_out = targets[rows] - weights[rows] / np.square(root).sum(axis=0)[rows, None]
    own = targets[rows].argmax(axis=1)
    right = float(np.mean(left_out.argmax(axis=1) == own))
    return Head(weights, base, _likeliest_scale(left_out, own), left_out, right, views)


def one_hot(labels: Sequence[int], classes: int) -> NDArray[np.float32]:
    """Targets, shape (phrases, classes), of phrases that have one class each."""
    return np.eye(classes, dtype=np.float32)[list(labels)]


def key_of(encoder: str, phrases: Iterable[tuple[str, str]]) -> str:
    """What a head is learnt from: (text, label), and the encoder."""
    return learnt.key_of(f"{encoder} {RIDGE}", phrases)


def _inverse_root(kernel: NDArray[np.float32], ridge: _Floats) -> NDArray[np.float32]:
    """The lower triangle R for which R.T @ R is the inverse of the kernel with its ridge."""
    kernel[np.diag_indices(len(kernel))] += ridge
    return _inverted_triangle(np.linalg.cholesky(kernel))


def _inverted_triangle(lower: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inverse of a lower triangle, block by block.

    With Cholesky's factor it is many times as fast as numpy's own inverse of thousands of rows,
    and as exact; a Schur complement in single precision is not.
    """
    if len(lower) <= _BLOCK:
        return np.asarray(np.linalg.inv(lower), np.float32)
    middle = len(lower) // 2
    first, last = (
        _inverted_triangle(lower[:middle, :middle]),
        _inverted_triangle(lower[middle:, middle:]),
    )
    inverse = np.zeros_like(lower)
    inverse[:middle, :middle], inverse[middle:, middle:] = first, last
    inverse[middle:, :middle] = -last @ (lower[middle:, :middle] @ first)
    return inverse


def _likeliest_scale(scores: NDArray[np.float32], right: NDArray[np.intp]) -> float:
    def likelihood(scale: float) -> float:
        logits = scale * scores.astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(right)), right]
        return float((own - np.log(np.exp(logits).sum(axis=1))).mean())

    return float(max(_SCALES, key=likelihood))


def _joined(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Texts without line breaks as bytes: arrays of strings take the longest one's room each."""
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _parts(joined: NDArray[np.uint8]) -> list[str]:
    return joined.tobytes().decode().split("\n")
