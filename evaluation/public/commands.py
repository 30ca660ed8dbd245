"""`nodriza bench flodial|cts`: public data sets, in the layouts that they are published in."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.settings import load_settings
from evaluation.bench_console import (
    AsJson,
    Found,
    Limit,
    Out,
    Seed,
    ShowErrors,
    left,
    say,
    show_progress,
    tell,
    watched,
)
from evaluation.public.cts_folder import NodeCase
from evaluation.public.flodial_steps import Step
from evaluation.results import NodePrediction, ReplyPrediction, open_results
from evaluation.run import checksum, sample

Folder = Annotated[Path, typer.Option("--path", help="Folder of the data set, as it is published")]


def flodial(
    folder: Folder,
    results: Out,
    limit: Annotated[int | None, typer.Option(min=1, help="So many dialogs, at random")] = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """FloDial's dialogs along flowcharts (English): each step, asking back, whole walks."""
    tell(measure_flodial(folder, results, limit, seed), as_json=as_json, show_errors=show_errors)


def measure_flodial(
    folder: Path, results: Path, limit: int | None, seed: int
) -> Found[Step, ReplyPrediction]:
    """Run the steps that `results` has no line of yet, and draw the figures."""
    from agent.service import make_encoder
    from evaluation.public.baselines import option_choosers
    from evaluation.public.flodial_folder import LANGUAGE, read_flodial_folder
    from evaluation.public.flodial_metrics import (
        NAVIGATOR,
        NEGATION,
        by_negation,
        flodial_errors,
        flodial_rows,
        walk_lines,
    )
    from evaluation.public.flodial_steps import flodial_steps
    from evaluation.texts.predict_replies import asked, reply_predictor

    settings = load_settings()
    files = read_flodial_folder(folder)
    read = flodial_steps(files)
    for why, times in read.left_out.items():
        say(f"left out: {times} × {why}")
    dialogs = sample(read.dialogs, limit, seed)
    steps = [step for dialog in dialogs for step in dialog.steps]
    cases = [step for dialog in dialogs for step in (*dialog.opening, *dialog.steps)]
    encoder = make_encoder(settings)
    run = _run("flodial", files.files, encoder.name) | {"navigator": NAVIGATOR}
    with open_results(results, ReplyPrediction, run) as lines:
        if left(cases, lines):
            predict = reply_predictor(settings, NAVIGATOR, encoder, None, LANGUAGE)
            show_progress(cases, predict, lines)
        walks = "".join(f"{json.dumps(line)}\n" for line in walk_lines(dialogs, lines.done))
        results.with_suffix(".walks.jsonl").write_text(walks, "utf-8")
    baselines = {NEGATION: {step.id: by_negation(step.given) for step in steps}}
    for name, choose in option_choosers(LANGUAGE, encoder).items():
        baselines[name] = {
            step.id: choose(asked(step.given, None), step.given.reply)
            for step in watched(steps, name)
        }
    rows = flodial_rows(dialogs, lines.done, baselines, seed)
    errors = flodial_errors(dialogs, lines.done)
    return Found("flodial", run, rows, errors, [(step, lines.done[step.id]) for step in steps])


def cts(
    folder: Folder,
    results: Out,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """CTS's questions (German): the node that answers each, found by the other questions."""
    tell(measure_cts(folder, results, limit, seed), as_json=as_json, show_errors=show_errors)


def measure_cts(
    folder: Path, results: Path, limit: int | None, seed: int
) -> Found[NodeCase, NodePrediction]:
    """Run the questions that `results` has no line of yet, and draw the figures."""
    from agent.service import make_encoder
    from evaluation.public.cts_folder import read_cts_questions
    from evaluation.public.cts_metrics import cts_errors, cts_rows
    from evaluation.public.predict_nodes import node_predictor, node_rankers

    read = read_cts_questions(folder)
    cases = sample(read.cases, limit, seed)
    encoder = make_encoder(load_settings())
    run = _run("cts", read.files, encoder.name)
    with open_results(results, NodePrediction, run) as lines:
        if left(cases, lines):
            show_progress(cases, node_predictor(read.nodes, encoder), lines)
    rankings = {
        name: {case.id: rank(case.given) for case in watched(cases, name)}
        for name, rank in node_rankers(read.nodes, encoder).items()
    }
    rows = cts_rows(cases, lines.done, rankings, len(read.nodes), seed)
    errors = cts_errors(cases, lines.done, read.nodes)
    return Found("cts", run, rows, errors, [(case, lines.done[case.id]) for case in cases])


def _run(kind: str, files: tuple[Path, ...], encoder: str) -> dict[str, Any]:
    """What the results depend on."""
    return {"kind": kind, "cases": {f.name: checksum(f) for f in files}, "encoder": encoder}
