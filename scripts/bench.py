"""Measure the budgets on the embedded graph and on a real Neo4j, side by side.

    python -m scripts.bench [--turns N] [--seed S]

Each is measured by a process of its own (`nodriza bench budgets --json`), so that neither server
takes memory or time from the other's numbers. The time to the first token is measured with the
tests' small model in this process, where llama-cpp-python is installed (make deps).
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from agent.llama import LlamaChat, load_llama
from evaluation.bench_console import say
from evaluation.measurement import Measurement
from evaluation.speed import page_load
from evaluation.speed.budgets import NOT_MEASURED, shown
from evaluation.speed.first_token import measure
from scripts.neo4j_server import LTS, LauncherError, Neo4jServer
from tests.integration.llama_server import weights

out = Console(width=None if sys.stdout.isatty() else 132)
Report = dict[str, Any]
PAGE = (1000, 50)
"""Conversations that are open at the page, and how many are answered at once."""


def main(
    turns: Annotated[int, typer.Option(help="Scripted turns whose time is measured")] = 300,
    seed: Annotated[int, typer.Option(help="Of what the scripted mothers say")] = 1,
) -> None:
    """Measure the budgets; exit code 1 when one is missed."""
    options = ["--turns", str(turns), "--seed", str(seed)]
    reports = {"embedded": _measure(options, {})}
    try:
        with tempfile.TemporaryDirectory() as home, Neo4jServer(home=Path(home)) as server:
            reports[f"Neo4j {LTS}"] = _measure(
                options,
                {
                    "NODRIZA_GRAPH_URI": server.uri,
                    "NODRIZA_GRAPH_USER": server.user,
                    "NODRIZA_GRAPH_PASSWORD": server.password,
                },
            )
    except LauncherError as error:
        print(f"Not measured on Neo4j: {error}", file=sys.stderr)
    for name, report in reports.items():
        facts = " · ".join(f"{key} {value}" for key, value in report["machine"].items())
        out.print(f"{name}: {facts}", highlight=False)
    out.print(_side_by_side(reports))
    for name, why in NOT_MEASURED.items():
        out.print(f"not measured here: {name} ({why})", highlight=False)
    alone = [*_first_token(), *page_load.measure(*PAGE, say).measurements(PAGE[1])]
    out.print(_alone(alone))
    lines = [line for report in reports.values() for line in report["measurements"]]
    lines += [measured.as_json() for measured in alone]
    if any(line["met"] is False for line in lines):
        raise typer.Exit(1)


def _measure(options: list[str], graph: dict[str, str]) -> Report:
    """Run the benchmark with the settings of a graph; without any, on the embedded one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NODRIZA_")}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "bench", "budgets", "--json", *options],
        env=kept | graph,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    try:
        report: Report = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"the benchmark failed (exit code {done.returncode})") from None
    return report


def _first_token() -> list[Measurement]:
    """Of the small model that the tests have; nothing where it or llama.cpp is missing."""
    path = weights()
    if path is None or importlib.util.find_spec("llama_cpp") is None:
        print("Not measured: time to first token (make deps installs llama.cpp)", file=sys.stderr)
        return []
    # One thread: several wait for each other where something else keeps a processor busy.
    llama = load_llama(str(path), {"n_threads": 1, "n_threads_batch": 1})
    try:
        return measure(LlamaChat(model_name=path.stem, llama=llama, timeout=600))
    finally:
        llama.close()


def _alone(measurements: list[Measurement]) -> Table:
    """What does not depend on the graph."""
    table = Table("what", "unit", "n", "budget", "median", "p99", "met")
    for one in measurements:
        budget = "" if one.budget is None else f"{one.judged} ≤ {one.budget:g}"
        verdict = {None: "", True: "yes", False: "NO"}[one.met]
        table.add_row(
            one.name, one.unit, str(one.count), budget, shown(one.median), shown(one.p99), verdict
        )
    return table


def _side_by_side(reports: dict[str, Report]) -> Table:
    table = Table("what", "unit", "budget")
    for name in reports:
        table.add_column(f"{name}\nmedian", justify="right")
        table.add_column("\np99", justify="right")
        table.add_column("\nmet", justify="right")
    by_name: dict[str, dict[str, Any]] = {}
    for graph, report in reports.items():
        for line in report["measurements"]:
            by_name.setdefault(line["name"], {})[graph] = line
    for name, lines in by_name.items():
        first = next(iter(lines.values()))
        budget = first["budget"]
        row = [name, first["unit"], "" if budget is None else f"{first['judged']} ≤ {budget:g}"]
        for graph in reports:
            line = lines.get(graph)
            verdict = {None: "", True: "yes", False: "NO"}
            row += [shown(line["median"]), shown(line["p99"]), verdict[line["met"]]] if line else [
                "", "", "",
            ]  # fmt: skip
        table.add_row(*row)
    return table


if __name__ == "__main__":
    typer.run(main)
