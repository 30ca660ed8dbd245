"""What the commands of `nodriza bench` that run cases share: options, progress and figures."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from evaluation.metrics import Row, as_tables
from evaluation.results import AnyPrediction, Results
from evaluation.run import Case, run_cases

out = Console()
err = Console(stderr=True)
_Case = TypeVar("_Case", bound=Case)
_Labelled = TypeVar("_Labelled")
_Made = TypeVar("_Made")
Out = Annotated[Path, typer.Option("--out", help="One line of JSON a result; a killed run resumes")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="So many cases, at random")]
Seed = Annotated[int, typer.Option("--seed", help="Of the sample and of the bootstrap")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output")]
ShowErrors = Annotated[bool, typer.Option("--show-errors", help="List the cases that went wrong")]


@dataclass(frozen=True)
class Found(Generic[_Labelled, _Made]):
    """What a run came to."""

    kind: str
    run: dict[str, Any]
    """What the results depend on."""
    rows: Sequence[Row]
    errors: dict[str, list[str]]
    """Cases that went wrong, by what went wrong."""
    pairs: Sequence[tuple[_Labelled, _Made]] = ()
    """Cases with what was made of them."""


def left(cases: Sequence[_Case], lines: Results[AnyPrediction]) -> int:
    """How many cases have no result yet."""
    there = sum(case.id in lines.done for case in cases)
    if there:
        say(f"{there} of {len(cases)} results are there already")
    return len(cases) - there


def show_progress(
    cases: Sequence[_Case],
    predict: Callable[[Any], AnyPrediction],
    lines: Results[AnyPrediction],
) -> None:
    """Run the cases that have no result yet, with a bar of how many have one."""
    with Progress(console=err) as progress:
        task = progress.add_task("cases", total=len(cases))
        run_cases(
            cases,
            predict,
            lines,
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def watched(cases: Sequence[_Case], name: str) -> Iterator[_Case]:
    """The cases, with a bar of how many a baseline has done."""
    with Progress(console=err) as progress:
        yield from progress.track(cases, description=name)


def tell(found: Found[Any, Any], *, as_json: bool, show_errors: bool) -> None:
    """Print the figures, as tables or as JSON, and the cases that went wrong by what went wrong."""
    if as_json:
        content = {"run": found.run, "figures": [row.as_json() for row in found.rows]}
        out.print_json(json.dumps(content | {"errors": found.errors if show_errors else None}))
        return
    for table in as_tables(found.rows, found.kind):
        out.print(table)
    if show_errors:
        for name, lines in found.errors.items():
            out.print(f"[bold]{name}[/bold] ({len(lines)})")
            for line in lines:
                out.print(f"  {line}", highlight=False, markup=False)


def say(text: str) -> None:
    """Tell the operator what is going on."""
    err.print(f"[dim]bench:[/dim] {text}", highlight=False)
