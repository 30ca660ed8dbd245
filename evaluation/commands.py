"""`nodriza bench …`: what the developers measure."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.settings import PROJECT, load_settings
from evaluation.all_commands import all_
from evaluation.bench_console import AsJson, Limit, Seed, say
from evaluation.public.commands import cts, flodial
from evaluation.texts.commands import messages, redflags, replies
from evaluation.walks.commands import walks
from evaluation.walks.token_commands import tokens

app = typer.Typer(help="Measure speed and size, and how well it does.", no_args_is_help=True)
app.command()(messages)
app.command()(replies)
app.command()(redflags)
app.command()(walks)
app.command()(flodial)
app.command()(cts)
app.command("all")(all_)
app.command()(tokens)
TRAINING = PROJECT / "evaluation" / "training" / "replies.jsonl"
DEVELOPMENT = PROJECT / "evaluation" / "development" / "replies.jsonl"
MESSAGES = PROJECT / "evaluation" / "development" / "messages.jsonl"
out = Console()
err = Console(stderr=True)


@app.callback()
def bench() -> None:
    """Measure speed and size, and how well it does."""


@app.command()
def budgets(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output")] = False,
    turns: Annotated[int, typer.Option(min=3, help="Scripted turns whose time is measured")] = 300,
    seed: Annotated[int, typer.Option(help="Of what the scripted mothers say")] = 1,
) -> None:
    """Measure on the graph of the settings, with data of its own; exit code 1 for a missed one."""
    from evaluation.measurement import Sizes
    from evaluation.speed.budgets import MEASURED_APART, NOT_MEASURED, as_table, machine, run

    measured = run(load_settings(), say, sizes=Sizes(turns=turns), seed=seed)
    if as_json:
        lines = [item.as_json() for item in measured]
        out.print_json(json.dumps({"machine": machine(), "measurements": lines}))
    else:
        facts = " · ".join(f"{name} {value}" for name, value in machine().items())
        out.print(as_table(measured, f"Budgets\n{facts}", NOT_MEASURED | MEASURED_APART))
    if any(item.met is False for item in measured):
        raise typer.Exit(1)


@app.command()
def page(
    conversations: Annotated[int, typer.Option(min=1, help="Pages that are open")] = 1000,
    at_once: Annotated[int, typer.Option(min=1, help="Most that are answered at once")] = 50,
    as_json: AsJson = False,
) -> None:
    """Mothers at the real page, over HTTP; exit code 1 when one sees another's words."""
    from evaluation.speed.budgets import as_table, machine
    from evaluation.speed.page_load import measure

    before = machine()
    measured = measure(conversations, at_once, say).measurements(at_once)
    if as_json:
        lines = [item.as_json() for item in measured]
        out.print_json(json.dumps({"machine": before, "measurements": lines}))
    else:
        facts = " · ".join(f"{name} {value}" for name, value in before.items())
        out.print(as_table(measured, f"The page\n{facts}", {}))
    if any(item.met is False for item in measured):
        raise typer.Exit(1)


@app.command()
def panel(
    conversations: Annotated[int, typer.Option(min=100, help="In the record")] = 100_000,
    record: Annotated[
        str | None, typer.Option(help="URL of an empty database, which is filled and stays")
    ] = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """The experts' list and what is learnt over a full record; exit code 1 for a slow look."""
    import tempfile

    from evaluation.cases import MessageCase, read_cases
    from evaluation.speed.budgets import as_table, machine
    from evaluation.speed.panel_load import measure
    from tools.formats.yaml_folder import read_tree

    settings = load_settings()
    before = machine()
    topics = [topic.id for topic in read_tree(settings.trees_folder / settings.tree).topics]
    said = [case.text for case in read_cases(MESSAGES, MessageCase)]
    with tempfile.TemporaryDirectory(prefix="nodriza-bench-") as folder:
        url = record or f"sqlite:///{folder}/records.db"
        measured = measure(url, conversations, said, topics, say, seed=seed)
    if as_json:
        lines = [item.as_json() for item in measured]
        out.print_json(json.dumps({"machine": before, "measurements": lines}))
    else:
        facts = " · ".join(f"{name} {value}" for name, value in before.items())
        out.print(as_table(measured, f"The experts' panel\n{facts}", {}))
    if any(item.met is False for item in measured):
        raise typer.Exit(1)


@app.command("fit-replies")
def fit_replies(
    training: Annotated[Path, typer.Option(help="Replies to learn from")] = TRAINING,
    development: Annotated[
        Path, typer.Option(help="Replies to the tree's questions, for the weights with examples")
    ] = DEVELOPMENT,
    seed: Annotated[int, typer.Option(help="Of the folds")] = 1,
) -> None:
    """Learn the reply map anew and print the weights of agent/evidence/semantic.py."""
    from agent.evidence.semantic import MAP
    from agent.service import make_encoder
    from evaluation.cases import ReplyCase, read_cases
    from evaluation.texts.fit_replies import answered, fitted_map, fitted_weights, keep
    from evaluation.texts.predict_replies import asked, question_in
    from tools.formats.yaml_folder import read_tree

    settings = load_settings()
    tree = read_tree(settings.trees_folder / settings.tree)
    encoder = make_encoder(settings)
    learnt, labelled = (read_cases(path, ReplyCase) for path in (training, development))
    said = list(answered(tree, learnt))
    err.print(f"learning from {len(said)} replies", highlight=False)
    keep(fitted_map(said, encoder), encoder.name, MAP)
    bare = [(asked(c.given, None), c) for c in learnt if isinstance(c.gold, int)]
    placed = [c for c in labelled if isinstance(c.gold, int) and question_in(tree, c.given)]
    own = [(asked(c.given, tree), c) for c in placed]
    for name, pairs in (("without examples", bare), ("with examples", own)):
        weights, right = fitted_weights(pairs, said, encoder, tree.language, seed)
        shown = ", ".join(f"{weight:.1f}" for weight in weights)
        out.print(
            f"{name}: {shown} (the last: rules); right of {len(pairs)}, left out: {right:.3f}"
        )


@app.command()
def trust(
    messages: Annotated[
        Path, typer.Option("--cases-messages", help="Labelled first messages")
    ] = MESSAGES,
    replies: Annotated[
        Path, typer.Option("--cases-replies", help="Labelled replies to the tree's questions")
    ] = DEVELOPMENT,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Measure how often the model is right, and let the navigator count on it that far."""
    from rich.progress import Progress

    from agent.models.providers import make_model
    from agent.models.trust import write_trust
    from evaluation.bench_console import Found, tell
    from evaluation.cases import MessageCase, ReplyCase, read_cases
    from evaluation.models.measure_trust import Measuring
    from evaluation.run import checksum, sample
    from tools.errors import SettingsError

    settings = load_settings()
    model = make_model(settings)
    if model is None:
        raise SettingsError("there is no model to measure: set NODRIZA_MODEL")
    measuring = Measuring(settings, model)
    told = sample(read_cases(messages, MessageCase, measuring.vocabulary.known), limit, seed)
    placed = sample(measuring.placed(read_cases(replies, ReplyCase)), limit, seed)
    with Progress(console=err) as progress:
        task = progress.add_task("calls", total=None)
        answers = measuring.run(
            told,
            placed,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    path = settings.data_folder / "trust.json"
    write_trust(path, measuring.key, answers.trust)
    run = {
        "key": measuring.key,
        "messages": checksum(messages),
        "replies": checksum(replies),
        "calls": len(answers.calls),
        "failed": answers.failed,
        "written": str(path),
    }
    errors = {"failed": [call.error for call in answers.calls if call.error]}
    tell(Found("trust", run, answers.rows(), errors), as_json=as_json, show_errors=False)
    for name, measured in dataclasses.asdict(answers.trust).items():
        err.print(f"{name}: {measured['right']} right of {measured['made']}", highlight=False)
    err.print(f"{answers.failed} of {len(answers.calls)} calls failed; kept in {path}")


@app.command("large-tree")
def large_tree(
    nodes: Annotated[int, typer.Option(min=100, help="Nodes of the synthetic tree")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output")] = False,
) -> None:
    """Validate, lint and load a synthetic tree on the graph of the settings; delete it again."""
    from rich.progress import Progress

    from agent.danger.redflags import read_catalogue
    from agent.service import open_store
    from evaluation.speed.large_tree import measure

    settings = load_settings()
    catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")

    with open_store(settings, say) as store, Progress(console=err) as progress:
        task = progress.add_task("loading", total=None)
        found = measure(
            nodes,
            store,
            {sign.id: sign.level for sign in catalogue.signs},
            say,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    if as_json:
        out.print_json(json.dumps(dataclasses.asdict(found)))
        return
    out.print(
        f"{found.nodes} nodes: built and validated in {found.build_and_validate:.0f} s,"
        f" linted in {found.lint:.0f} s, {found.rows} rows loaded in {found.load:.0f} s"
    )
