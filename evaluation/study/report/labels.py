"""Letters beside the dots of a picture, none over another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTER, _LINE = 14, 16
"""Pixels that a letter of a label takes with its space, and a line."""


@dataclass
class Label:
    """The letters beside one dot, or the rightmost of several; x and y are its place in pixels."""

    letters: list[str] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    def touches(self, x: float, y: float) -> bool:
        """Whether the label of a dot to the right of it would run into it."""
        return x - self.x < _LETTER * len(self.letters) and abs(y - self.y) < _LINE


def labels(dots: Sequence[tuple[float, float, str]]) -> list[Label]:
    """Dots whose letters would touch share one. Dots are of x and y in pixels, and a letter."""
    found: list[Label] = []
    for x, y, letter in sorted(dots):
        near = [label for label in found if label.touches(x, y)]
        label = near[0] if near else Label()
        label.letters.append(letter)
        label.x, label.y = x, y
        found += [] if near else [label]
    return found


def name_dots(axes: "Axes", dots: Sequence[tuple[float, float, str]]) -> None:
    """Write the letters, in axes whose limits are set. Dots are of x and y in the axes' units."""
    seen = [(*axes.transData.transform((x, y)), letter) for x, y, letter in dots]
    for label in labels(seen):
        at = axes.transData.inverted().transform((label.x, label.y))
        axes.annotate(
            " ".join(sorted(label.letters)),
            (float(at[0]), float(at[1])),
            (6, 5),
            textcoords="offset points",
            fontweight="bold",
        )
