"""`nodriza judgements`: what experts have judged, to take along and to run again."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agent.replay.machine import Live, open_machine
from agent.service import open_house
from agent.settings import load_settings
from evaluation.corrections.export import What, as_written, exported, masking
from evaluation.corrections.regression import Checked, check, read_checks
from records.audit import Audit
from records.judgements import Judgements
from records.store import Records
from ui.experts.access.private_file import private_file
from ui.experts.access.record_commands import open_records
from ui.experts.access.user_commands import operator
from ui.experts.ways import AGREEMENT

app = typer.Typer(help="What experts have judged, to take along and to run again.")
out = Console()
err = Console(stderr=True)


@app.command()
def export(
    what: Annotated[What, typer.Argument(help="cases (JSONL), examples (YAML) or tests (JSON)")],
    file: Annotated[Path, typer.Option("--out", help="New file: what mothers wrote is in it")],
    unmasked: Annotated[bool, typer.Option("--unmasked", help="With personal data")] = False,
) -> None:
    """Write what is judged and not disputed: cases for `nodriza study`, examples that an editor may
    take over into the tree, or tests for `nodriza judgements check`. Personal data is masked."""
    with open_records() as (settings, engine):
        about = f"{what}, unmasked" if unmasked else what
        Audit(engine).note(operator(), None, "export", about=about)
        hide = as_written if unmasked else masking(settings.country)
        folder = settings.trees_folder / settings.tree
        records, judgements = Records(engine), Judgements(engine)
        text, _, told = exported(what, judgements, records, folder, settings.tree, hide)
    with private_file(file) as opened:
        opened.write(text)
    err.print(f"{told} in {file} (also at {AGREEMENT})", highlight=False)


@app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(help="A file of `nodriza judgements export tests`")],
    navigator: Annotated[
        str | None, typer.Option(help="menu, semantic, scored or tools; left out: the settings'")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1, too, for what is not mended yet")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output")] = False,
) -> None:
    """Run judged conversations again: is now done what the experts say? Exit code 1 for a step that
    was right and is not any more. Asks a model only where the navigator does."""
    read = read_checks(file)
    settings = load_settings(navigator=navigator).model_copy(update={"keep_days": None})
    with open_house(settings, _say) as house, open_machine(house) as machine:
        live = Live(
            house.navigator,
            house.models,
            house.brains.active(),
            house.phrasing,
            bool(settings.experts_password.get_secret_value()),
        )
        with Progress(console=err) as progress:
            found = [
                checked
                for talk in progress.track(read.talks, description="conversations")
                for checked in check(machine, talk, live)
            ]
    if as_json:
        out.print_json(json.dumps([_as_json(one) for one in found]))
    else:
        _show(found)
    bad = {"regressed", *(["not mended", "not reached"] if strict else [])}
    if any(one.outcome in bad for one in found):
        raise typer.Exit(1)


def _show(found: list[Checked]) -> None:
    table = Table("conversation", "step", "the experts say", "then", "now", "")
    for one in found:
        it = one.expected
        said = " ".join(filter(None, (it.verdict, it.move or it.question)))
        place = f"turn {it.turn}, {it.kind}" + (f" at {it.node}" if it.node else "")
        now = _short(one.now) if one.now is not None else "–"
        table.add_row(one.talk, place, said, _short(it.was), now, one.outcome)
    out.print(table)
    counts = Counter(one.outcome for one in found)
    told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    out.print(f"{len(found)} judged steps: {told or 'none'}", highlight=False)


def _short(did: object) -> str:
    return json.dumps(did, ensure_ascii=False)


def _as_json(one: Checked) -> dict[str, object]:
    return asdict(one) | {"expected": one.expected.model_dump(mode="json")}


def _say(text: str) -> None:
    err.print(f"[dim]nodriza:[/dim] {text}", highlight=False)
