"""The budgets of speed and size: what is measured, what it may cost, and whether that is met.

    budgets.py        a measurement and its statistics; runs all of them; table
    turn_shares.py    where the time of a turn goes; round trips to the graph
    scale.py          ten thousand entry texts; a thousand open conversations
    first_page.py     from the command to the first page

Everything is measured in a data folder of its own and with a copy of the tree under a name of its
own, which is removed again: neither conversations nor trees that are there are touched.
"""

import math
import platform
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from pathlib import Path
from typing import Any, Literal

from rich.table import Table

from agent.settings import Settings

Progress = Callable[[str], None]
"""Is told what is being measured."""

NOT_MEASURED = {
    "model calls per turn (navigator tools)": "needs a model or the tests' scripted server",
    "prompt tokens against a stock ReAct agent": "needs a model: part of the study",
    "time to first token, warm against cold": "needs llama.cpp and a model's weights",
}
"""Budgets of the design that this benchmark leaves out, and why."""


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


def run(
    settings: Settings,
    say: Progress,
    *,
    sizes: Sizes | None = None,
    seed: int = 1,
) -> list[Measurement]:
    """Measure everything on the graph of the settings; the embedded one when none is set."""
    from agent.service import open_store
    from evaluation import first_page, scale, turn_shares
    from evaluation.bench_house import open_bench

    sizes = sizes or Sizes()
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="nodriza-bench-") as folder:
        apart = settings.model_copy(update={"data_folder": Path(folder), "records_url": None})
        if not settings.graph_uri and sizes.starts:
            # First, while this process has no server of its own that would take from its time.
            say(f"starting the page {sizes.starts} times")
            found += first_page.measure(Path(folder) / "page", sizes.starts)
        with open_store(apart, say) as store, open_bench(apart, store, say) as bench:
            found += turn_shares.measure(bench, sizes, seed, say)
            found += turn_shares.measure_graph(bench, sizes, seed, say)
            found += scale.measure_conversations(bench, sizes, say)
            found += scale.measure_locator(bench.tree, sizes, seed, say)
    return found


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": cpu_count(),
        "cpu": _cpu_name(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": round(getloadavg()[0], 1),
    }


def as_table(measurements: Sequence[Measurement], title: str) -> Table:
    """What the terminal shows."""
    table = Table(title=title, title_justify="left")
    for heading in ("what", "n", "median", "p99", "unit", "budget", "met"):
        table.add_column(heading, justify="left" if heading in ("what", "unit") else "right")
    for item in measurements:
        table.add_row(
            item.name,
            str(item.count),
            shown(item.median),
            shown(item.p99),
            item.unit,
            "" if item.budget is None else f"{item.judged} ≤ {item.budget:g}",
            {None: "", True: "[green]yes[/green]", False: "[red]NO[/red]"}[item.met],
        )
    for name, why in NOT_MEASURED.items():
        table.add_row(name, "", "", "", "", "", f"[dim]not measured here: {why}[/dim]")
    return table


def shown(number: float) -> str:
    """A number with as many places as it deserves."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
