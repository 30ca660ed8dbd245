"""`nodriza conversations …` and `nodriza audit`: exporting, erasing, and who did what."""

import csv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from agent.expiry import erase_now
from agent.settings import Settings, load_settings
from records.audit import ACTIONS, Audit, Entry, Sought
from records.database import open_database
from records.exports import Exports
from records.store import Records
from records.wanted import VALID, Wanted
from tools.errors import SettingsError
from ui.experts.access.private_file import private_file
from ui.experts.access.user_commands import operator

app = typer.Typer(help="Conversations of the record: export, erase.", no_args_is_help=True)
_Since = Annotated[
    datetime | None, typer.Option(help="From this day on (UTC)", formats=["%Y-%m-%d"])
]
_Until = Annotated[
    datetime | None, typer.Option(help="Before this day (UTC)", formats=["%Y-%m-%d"])
]
_Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="A new file; standard output without it")
]


@app.command()
def export(
    out: _Out = None,
    form: Annotated[str, typer.Option("--format", help="csv or jsonl")] = "csv",
    since: _Since = None,
    until: _Until = None,
    words: Annotated[str, typer.Option(help="That she wrote")] = "",
    topic: Annotated[str | None, typer.Option(help="A topic's id")] = None,
    outcome: Annotated[str | None, typer.Option(help="answered, danger or open")] = None,
    review: Annotated[str | None, typer.Option(help="A reason to look at it, or any")] = None,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="With personal data")] = False,
) -> None:
    """Write conversations to a file, personal data masked, and enter it in the register."""
    from ui.experts.access.exporting import FORMATS, Exporter, Order

    if form not in FORMATS:
        raise SettingsError(f"{form!r} is no format: {', '.join(FORMATS)}")
    chosen: dict[str, Any] = {"outcome": outcome, "review": review, "topic": topic}
    for name, valid in VALID.items():
        if (value := chosen.get(name)) is not None and value not in valid:
            raise SettingsError(f"--{name} {value!r} is none of: {', '.join(valid)}")
    try:
        wanted = Wanted(words=words, since=_utc(since), until=_utc(until), **chosen)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    with (
        open_records() as (settings, engine),
        closing(Records.open(settings.chosen_records_url)) as records,
        private_file(out) as file,
    ):
        order = Order(operator(), wanted, form, not unmasked, settings.country)
        exporter = Exporter(records, Exports(engine), order)
        Audit(engine).note(operator(), None, "export", about=str(exporter.id))
        file.writelines(exporter)
    typer.echo(f"export {exporter.id}: conversations are called {exporter.id}-1, …", err=True)


@app.command()
def erase(
    conversation: Annotated[str, typer.Argument(help="Its id, as its page's address has it")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask")] = False,
) -> None:
    """Erase all there is of one conversation, and say which exported files still have it."""
    if not yes:
        typer.confirm("Erase all there is of this conversation?", abort=True)
    with open_records() as (settings, engine):
        held = Exports(engine).holding(conversation)
        erase_now(settings, conversation)
        Audit(engine).note(operator(), None, "erase")
    typer.echo("erased; backups made until now still have it")
    for export_id, number in held:
        typer.echo(f"destroy it in export {export_id}: it is {export_id}-{number} there")


def audit(
    out: _Out = None,
    who: Annotated[str, typer.Option(help="An account's name")] = "",
    action: Annotated[str, typer.Option(help="For example read")] = "",
    since: _Since = None,
    until: _Until = None,
) -> None:
    """Write down who did what in the experts' panel, as CSV, the oldest first."""
    from ui.experts.desk.sheets import no_formula

    if action and action not in ACTIONS:
        raise SettingsError(f"{action!r} is no action: {', '.join(ACTIONS)}")
    sought = Sought(who=who, action=action, since=_utc(since), until=_utc(until))
    with open_records() as (_, engine), private_file(out) as file:
        writer = csv.writer(file)
        writer.writerow([one.name for one in fields(Entry)])
        for entry in Audit(engine).every(sought):
            writer.writerow([no_formula("" if it is None else str(it)) for it in astuple(entry)])


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


@contextmanager
def open_records() -> Iterator[tuple[Settings, sa.Engine]]:
    settings = load_settings()
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.chosen_records_url)
    try:
        yield settings, engine
    finally:
        engine.dispose()
