"""Logistic regression: probabilities of yes from numbers."""

import numpy as np
from numpy.typing import NDArray

_STEPS = 30
_STILL = 1e-6
"""A step whose longest part is shorter than this is the last."""
_Floats = NDArray[np.float64]


def fit_logistic(rows: _Floats, right: _Floats, ridge: float) -> _Floats:
    """The likeliest weights, by Newton's steps, with a little ridge.

    `rows`, shape (cases, features), have a constant feature if one is wanted; `right`, shape
    (cases,), is 1 where the answer is yes. Not for the main thread (tools/apart.py).
    """
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = chances(rows, weights)
        slope = rows.T @ (right - chance) - ridge * weights
        curve = (rows.T * (chance * (1 - chance))) @ rows + ridge * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < _STILL:
            break
    return weights


def chances(rows: _Floats, weights: _Floats) -> _Floats:
    """Shape (cases,): the probabilities of yes."""
    probabilities: _Floats = 1.0 / (1.0 + np.exp(-(rows @ weights)))
    return probabilities
