"""Whether probabilities can be believed: of what is said with 70 %, 70 % should be right.

Expected calibration error over ten bins of equal width (Guo et al. 2017, "On calibration of modern
neural networks"): the mean distance between probability and share right, weighed by cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Cases whose probability lies in one tenth of the scale."""

    probability: float
    """Their mean probability."""
    right: float
    """The share of them that is right."""
    count: int


@dataclass(frozen=True)
class Reliability:
    """The bins of one kind of decision, empty ones left out."""

    name: str
    bins: tuple[Bin, ...]

    @property
    def error(self) -> float:
        """Expected calibration error, 0 to 1; 0 of no cases."""
        total = sum(one.count for one in self.bins)
        gaps = (one.count * abs(one.probability - one.right) for one in self.bins)
        return sum(gaps) / total if total else 0.0


def reliability(name: str, said: Iterable[tuple[float, bool]]) -> Reliability:
    """From the probability of each decision, 0 to 1, and whether it was right."""
    pairs = list(said)
    if not pairs:
        return Reliability(name, ())
    probabilities = np.array([probability for probability, _ in pairs])
    right = np.array([hit for _, hit in pairs], float)
    places = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    return Reliability(
        name,
        tuple(
            Bin(
                float(probabilities[places == place].mean()),
                float(right[places == place].mean()),
                int((places == place).sum()),
            )
            for place in range(_BINS)
            if (places == place).any()
        ),
    )


def draw(kinds: Sequence[Reliability], path: Path) -> None:
    """The reliability diagrams side by side; the ending of `path` says in which format."""
    # Not at the top: it takes a second, and only this needs it.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(kinds), 4.4), layout="constrained")
    for place, kind in enumerate(kinds, 1):
        axes = figure.add_subplot(1, len(kinds), place)
        axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1)
        sizes = [12 + 3 * one.count**0.5 * 4 for one in kind.bins]
        told, right = [b.probability for b in kind.bins], [b.right for b in kind.bins]
        axes.plot(told, right, color="#8a3b6a", linewidth=1)
        axes.scatter(told, right, s=sizes, color="#8a3b6a")
        for one in kind.bins:
            axes.annotate(
                str(one.count), (one.probability, one.right), (6, -10), textcoords="offset points",
                fontsize=8, color="0.35",
            )  # fmt: skip
        count = sum(one.count for one in kind.bins)
        axes.set_title(f"{kind.name}\nECE {kind.error:.3f}, {count} cases", fontsize=11)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.set_xlabel("probability given")
    figure.axes[0].set_ylabel("share right")
    figure.savefig(path, dpi=150)
