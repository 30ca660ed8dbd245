"""What a conversation gives to a figure, and what a figure comes to."""

from dataclasses import dataclass

from evaluation.statistics import Estimate


@dataclass(frozen=True)
class Part:
    """What goes above and below the line."""

    above: float
    below: float = 1.0


@dataclass(frozen=True)
class Missing:
    """Nothing can be taken of this conversation, for a reason of texts.yaml, under `missing`."""

    reason: str
    hides: bool = False
    """Whether the figure is unknown because of it; otherwise it is of the other conversations."""


@dataclass(frozen=True)
class Scored:
    """A figure with its interval of 95 %."""

    estimate: Estimate
    conversations: int
    """That it is of; Estimate.count are the cases."""


@dataclass(frozen=True)
class Unscored:
    """A figure that there is none of, for a reason of texts.yaml, under `missing`."""

    reason: str


Score = Scored | Unscored
