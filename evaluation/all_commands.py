"""`nodriza bench all`: everything that has a target, in one table, and the reliability diagrams."""

import json
import statistics
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from agent.settings import PROJECT, load_settings
from evaluation.bench_console import AsJson, Found, Limit, Seed, err, out, say
from evaluation.cases import NO_TOPIC, MessageCase, ReplyCase
from evaluation.metrics import Row, accepted, as_tables
from evaluation.public.commands import measure_cts, measure_flodial
from evaluation.results import MessagePrediction, ReplyPrediction
from evaluation.statistics import Estimate
from evaluation.targets import Kind, as_table, judge
from evaluation.texts.commands import measure_messages, measure_redflags, measure_replies
from tools.errors import MissingExtra

DEVELOPMENT = PROJECT / "evaluation" / "development"


def all_(
    folder: Annotated[Path, typer.Option("--out", help="Folder for results and pictures")],
    cases: Annotated[
        Path, typer.Option("--cases", help="Folder with messages, replies, redflags (.jsonl)")
    ] = DEVELOPMENT,
    flodial: Annotated[Path | None, typer.Option(help="Folder of FloDial, as published")] = None,
    cts: Annotated[Path | None, typer.Option(help="Folder of CTS, as published")] = None,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Everything that has a target, without a model; a killed run resumes."""
    if find_spec("matplotlib") is None:
        raise MissingExtra("drawing the diagrams", "plots", "no matplotlib")
    folder.mkdir(parents=True, exist_ok=True)
    say("messages")
    told = measure_messages(
        cases / "messages.jsonl", folder / "messages.jsonl", "semantic", None, limit, seed
    )
    replies = cases / "replies.jsonl"
    say("replies, on the tree and zero-shot")
    placed = measure_replies(
        replies, folder / "replies.jsonl", "semantic", limit, seed, with_tree=True
    )
    bare = measure_replies(
        replies, folder / "zero-shot.jsonl", "semantic", limit, seed, with_tree=False
    )
    say("red flags")
    dangers = measure_redflags(
        cases / "redflags.jsonl", folder / "redflags.jsonl", "semantic", limit, seed
    )
    found: dict[Kind, Found[Any, Any]] = {
        "messages": told, "replies": placed, "zero-shot": bare, "red flags": dangers,
    }  # fmt: skip
    if flodial:
        say("FloDial")
        found["flodial"] = measure_flodial(flodial, folder / "flodial.jsonl", limit, seed)
    if cts:
        say("CTS")
        found["cts"] = measure_cts(cts, folder / "cts.jsonl", limit, seed)
    figures: dict[Kind, Sequence[Row]] = {kind: one.rows for kind, one in found.items()}
    figures["walks"] = _walks([case for case, _ in told.pairs], seed)
    figures["time"] = [_median_turn([made.ms for _, made in told.pairs])]
    verdicts = list(judge(figures))
    picture = _picture(told.pairs, placed.pairs, bare.pairs, folder)
    if as_json:
        content = {
            "runs": {kind: one.run for kind, one in found.items()},
            "targets": [verdict.as_json() for verdict in verdicts],
            "figures": {k: [one.as_json() for one in rows] for k, rows in figures.items()},
            "calibration": picture,
        }
        out.print_json(json.dumps(content))
        return
    for table in as_tables(figures["walks"], "walks"):
        out.print(table)
    out.print(as_table(verdicts, "Targets without a model"))
    for name, error in picture.items():
        out.print(f"expected calibration error, {name}: {error:.3f}")
    say(f"the reliability diagrams: {folder / 'reliability.svg'}")


def _walks(cases: Sequence[MessageCase], seed: int) -> list[Row]:
    from evaluation.vocabulary import Vocabulary
    from evaluation.walks.against_menu import walk_rows, walker
    from tools.formats.yaml_folder import read_tree

    settings = load_settings()
    tree = read_tree(settings.trees_folder / settings.tree)
    vocabulary = Vocabulary(tree)
    clear = [c for c in cases if c.topic not in NO_TOPIC and not c.needs_clarification]
    with (
        walker(settings, tree, vocabulary, seed, say) as walk,
        Progress(console=err) as progress,
    ):
        pairs = [
            (walk(case, "menu"), walk(case, "semantic"))
            for case in progress.track(clear, description="walks")
        ]
    return walk_rows(pairs, seed)


def _median_turn(ms: Sequence[float]) -> Row:
    """The median turn; its interval is that of the order statistics (binomial, 95 %)."""
    ordered = sorted(ms)
    count = len(ordered)
    spread = 0.98 * count**0.5
    low, high = max(0, round(count / 2 - spread) - 1), min(count - 1, round(count / 2 + spread))
    value = statistics.median(ordered)
    estimate = Estimate(value, ordered[low], ordered[high], count)
    return Row("time", "a turn, median", "semantic", estimate)


def _picture(
    told: Sequence[tuple[MessageCase, MessagePrediction]],
    placed: Sequence[tuple[ReplyCase, ReplyPrediction]],
    bare: Sequence[tuple[ReplyCase, ReplyPrediction]],
    folder: Path,
) -> dict[str, float]:
    """Draw how far probabilities can be believed; the calibration errors by kind."""
    from evaluation.calibration import draw, reliability

    firsts = [(case, made.candidates[0]) for case, made in told if made.candidates]
    topics = [
        (first.probability, first.topic in (case.topic, *case.topic_also))
        for case, first in firsts
        if case.topic not in NO_TOPIC
    ]
    kinds = [reliability("topic of a message", topics)]
    for name, pairs in (("reply, on the tree", placed), ("reply, zero-shot", bare)):
        decided = [(case, made) for case, made in pairs if isinstance(case.gold, int)]
        chosen = [(max(made.probabilities), made.choice in accepted(c)) for c, made in decided]
        kinds.append(reliability(name, chosen))
    draw(kinds, folder / "reliability.svg")
    return {kind.name: kind.error for kind in kinds}
