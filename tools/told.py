"""Which topics a message tells of: a probability for each, also beside the main one.

The probabilities of a classifier compete: of a message that tells two problems as clearly, each
gets a half, as where only one is meant and it is not clear which. Here each topic is judged by
itself, by a logistic regression over its score, its share, and how long the message is. It is
fitted on messages that the classifier had not learnt from (each left out in turn).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.apart import apart
from tools.logistic import chances, fit_logistic

RANKED = 6
"""Topics of a message that are judged, best first; no message tells of more."""
_RIDGE = 1e-3
_Floats = NDArray[np.float64]


def fit_told(
    left_out: _Floats, told: NDArray[np.bool_], scale: float, words: Sequence[int]
) -> _Floats:
    """Weights, shape (6,), from messages that each were left out.

    `left_out`, shape (messages, classes), are a classifier's scores; `told`, shape (messages,
    topics), says which topics each message tells of. The topics are the first of the classes.
    """
    topics = told.shape[1]
    rows, right = [], []
    for scores, own, count in zip(left_out, told, words, strict=True):
        judged = _judged(scores, topics)
        rows.append(_features(scores, judged, scale, count))
        right.append(own[judged])
    return apart(fit_logistic, np.concatenate(rows), np.concatenate(right).astype(float), _RIDGE)


def told_topics(
    scores: _Floats, topics: int, weights: _Floats, scale: float, words: int
) -> dict[int, float]:
    """The likeliest topics, best first: the probability that the message tells of each."""
    judged = _judged(scores, topics)
    told = chances(_features(scores, judged, scale, words), weights)
    return {int(topic): float(chance) for topic, chance in zip(judged, told, strict=True)}


def _judged(scores: _Floats, topics: int) -> NDArray[np.intp]:
    return np.argsort(-scores[:topics], kind="stable")[:RANKED]


def _features(scores: _Floats, judged: NDArray[np.intp], scale: float, words: int) -> _Floats:
    """Shape (topics judged, 6)."""
    log_odds = scale * scores.astype(float)
    shares = log_odds - np.logaddexp.reduce(log_odds)
    first = np.arange(len(judged)) == 0
    long = np.full(len(judged), np.log1p(words))
    columns = (np.ones(len(judged)), scores[judged], shares[judged], first, long, long * ~first)
    return np.stack(columns, axis=1)
