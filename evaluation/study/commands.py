"""`nodriza study …`: systems talk with the same simulated mothers, and statistics tell."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import load_settings
from evaluation.study.cases.commands import generate
from evaluation.study.report.commands import compare, report

app = typer.Typer(help="Compare systems on the same cases.", no_args_is_help=True)
app.command()(generate)
app.command()(report)
app.command()(compare)


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="Study file (YAML)", metavar="STUDY.yaml")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the study; else data/studies/ and the file's name"),
    ] = None,
) -> None:
    """Have the conversations of a study; one that was stopped or killed goes on."""
    from evaluation.study.conduct import conduct, record_url
    from evaluation.study.console import LiveProgress, resumable, say
    from evaluation.study.party import open_party
    from evaluation.study.plan_file import read_plan

    plan = read_plan(study)
    settings = load_settings()
    folder = out or settings.data_folder / "studies" / study.stem
    command = shlex.join(["nodriza", "study", "run", str(study)])
    command += f" --out {shlex.quote(str(out))}" if out else ""
    with resumable():
        done = conduct(
            plan, study.parent, folder, settings, command, open_party, LiveProgress(), say
        )
    failed = sum(attempt.outcome == "failed" for attempt in done.attempts.values())
    say(f"{len(done.attempts)} of {done.planned} conversations are in {folder}; {failed} failed")
    say(f"spent: {done.spent:.4f} USD" + _besides(done.unknown))
    say(f"the conversations: NODRIZA_RECORDS_URL={record_url(folder)}")
    if done.halted:
        say(done.halted)
        raise typer.Exit(3)
    say(f"the figures: nodriza study report {folder}")


def _besides(unknown: list[str]) -> str:
    return f" and what {', '.join(unknown)} cost, which is not known" if unknown else ""
