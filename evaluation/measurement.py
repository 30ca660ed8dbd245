"""A measurement with its statistics, and how much is measured."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Progress = Callable[[str], None]
"""Is told what is being measured."""


@dataclass(frozen=True)
class Measurement:
    """One line of the table."""

    name: str
    unit: str
    count: int
    """How many values it sums up."""
    median: float
    p99: float
    how: str
    """How the values were obtained."""
    budget: float | None = None
    """The most it may be; None where it is only told."""
    judged: Literal["median", "p99"] = "p99"
    """Which of the two the budget is for."""

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return (self.median if self.judged == "median" else self.p99) <= self.budget

    def as_json(self) -> dict[str, Any]:
        """Plain data, with the verdict."""
        return asdict(self) | {"met": self.met}


@dataclass(frozen=True)
class Sizes:
    """How much is measured; a full run by default."""

    turns: int = 300
    conversations: int = 1000
    entry_texts: int = 10_000
    located: int = 400
    """Messages looked for among the entry texts."""
    empty_turns: int = 40
    """Turns of the empty graph, for each length of a turn."""
    starts: int = 2
    """Starts of the page: the first with a new data folder, the others with the same."""


def summarise(
    name: str,
    unit: str,
    values: Sequence[float],
    how: str,
    *,
    budget: float | None = None,
    judged: Literal["median", "p99"] = "p99",
) -> Measurement:
    """Median and 99th percentile of values, of which there must be one at least."""
    return Measurement(
        name, unit, len(values), statistics.median(values), quantile(values, 0.99), how,
        budget=budget, judged=judged,
    )  # fmt: skip


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
