"""The budgets of speed and size: what is measured, what it may cost, and whether that is met.

    budgets.py        runs all measurements; table
    measurement.py    a measurement and its statistics
    turn_shares.py    where the time of a turn goes; round trips to the graph
    scale.py          ten thousand entry texts; a thousand open conversations
    first_page.py     from the command to the first page
    page_load.py      many mothers at the page (not part of `run`)

Everything is measured in a data folder of its own and with a copy of the tree under a name of its
own, which is removed again: neither conversations nor trees that are there are touched.
"""

import platform
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from os import cpu_count, getloadavg
from pathlib import Path
from typing import Any

from rich.table import Table

from agent.settings import Settings
from evaluation.measurement import Measurement, Progress, Sizes

NOT_MEASURED = {
    "model calls per turn (navigator tools)": "needs a model or the tests' scripted server",
    "tokens against a stock agent": "needs a model, or a perfect script: nodriza bench tokens",
}
"""Budgets of the design that `make bench` leaves out, and why."""
MEASURED_APART = {
    "time to first token, warm against cold": "needs a model: make bench measures a small one",
    "1,000 open and 50 at once at the page": "takes minutes: make bench, or nodriza bench page",
}
"""What `make bench` measures besides, and why that is not done here."""


def run(
    settings: Settings,
    say: Progress,
    *,
    sizes: Sizes | None = None,
    seed: int = 1,
) -> list[Measurement]:
    """Measure everything on the graph of the settings; the embedded one when none is set."""
    from agent.service import open_store
    from evaluation.speed import first_page, scale, turn_shares
    from evaluation.speed.bench_house import open_bench

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


def as_table(measurements: Sequence[Measurement], title: str, left_out: Mapping[str, str]) -> Table:
    """What the terminal shows; with what is left out, and why."""
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
    for name, why in left_out.items():
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
