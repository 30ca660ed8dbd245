"""`nodriza replay`, `nodriza what-if`: recorded conversations run again, or another way."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, cast, get_args

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from agent.replay.compare import Difference
from agent.replay.machine import Machine, open_machine
from agent.replay.replay import replay as run_again
from agent.replay.result import Rerun, Stop, reply_in
from agent.replay.what_if import Change, what_if
from agent.service import open_house
from agent.settings import Navigator, Settings, load_settings
from agent.turns import House
from records.events import Event, MessageReceived, Moved
from records.store import Records
from tools.errors import SettingsError
from ui.experts.served import panel_is_served

_PAGE = 200
_LONGEST = 60
"""Characters of a value in a table."""
out = Console()
err = Console(stderr=True)


def replay(
    threads: Annotated[list[str] | None, typer.Argument(help="Ids of conversations")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of the record, newest first")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Of all, at most so many")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Of all, those used since")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output")] = False,
) -> None:
    """Run recorded conversations again without a model; exit code 1 unless all come out the same.

    With the record's models, clock and tree versions, and today's code, prompts and thresholds.
    """
    if bool(threads) == every:
        raise SettingsError("name conversations, or give --all for those of the record")
    settings = load_settings()
    with _machine(_quiet(settings)) as (house, machine):
        found = threads or list(islice(_newest(house.records, since), limit))
        person = _has_person(settings)
        with Progress(console=err) as progress:
            runs = [
                run_again(machine, house.records, thread, person=person)
                for thread in progress.track(found, description="conversations")
            ]
    if as_json:
        out.print_json(json.dumps([_as_json(run) for run in runs]))
    else:
        _show(runs)
    if any(run.status != "same" for run in runs):
        raise typer.Exit(1)


def what_if_command(
    thread: Annotated[str, typer.Argument(help="The conversation's id")],
    turn: Annotated[int, typer.Option(min=1, help="The turn from which on it goes another way")],
    say: Annotated[str | None, typer.Option(help="What she says in that turn instead")] = None,
    navigator: Annotated[str | None, typer.Option(help="menu, semantic, scored or tools")] = None,
    model: Annotated[str | None, typer.Option(help="provider:name, which is really asked")] = None,
    tree: Annotated[str | None, typer.Option(help="A tree version in the graph")] = None,
) -> None:
    """Run a conversation another way from a turn on, beside what was; the record stays as it is."""
    if navigator is not None and navigator not in get_args(Navigator):
        valid = ", ".join(get_args(Navigator))
        raise SettingsError(f"there is no navigator {navigator!r}; valid: {valid}")
    settings = load_settings(model=model)
    with _machine(settings.model_copy(update={"keep_days": None})) as (house, machine):
        change = Change(
            turn, say, cast("Navigator | None", navigator), house.models if model else None, tree
        )
        person = _has_person(settings)
        run = what_if(machine, house.records, thread, change, house.models, person=person)
    out.print(_side_by_side(run))
    if run.stopped:
        out.print(_stopped(run.stopped), highlight=False)


def first_in_words(run: Rerun) -> str:
    """Where it bites."""
    first = run.first
    if first is not None:
        return _in_words(first)
    return _stopped(run.stopped) if run.stopped else ""


@contextmanager
def _machine(settings: Settings) -> Iterator[tuple[House, Machine]]:
    with open_house(settings, _say) as house, open_machine(house) as machine:
        yield house, machine


def _quiet(settings: Settings) -> Settings:
    """Without a model, which is not asked, and without erasing what is old."""
    nothing = {"model": None, "fallback_model": None, "navigator": None, "keep_days": None}
    return settings.model_copy(update={**nothing, "phrasing": "tree"})


def _has_person(settings: Settings) -> bool:
    return panel_is_served(settings)


def _newest(records: Records, since: datetime | None) -> Iterator[str]:
    start = since.replace(tzinfo=UTC) if since else None
    offset = 0
    while page := records.conversations(limit=_PAGE, offset=offset):
        for summary in page:
            if start and summary.last_at < start:
                return
            yield summary.thread
        offset += _PAGE


def _show(runs: Sequence[Rerun]) -> None:
    table = Table("conversation", "turns", "comes out", "where it bites")
    for run in runs:
        table.add_row(run.thread, f"{len(run.pairs)}/{run.turns}", run.status, first_in_words(run))
    out.print(table)
    counts = {
        name: sum(run.status == name for run in runs) for name in ("same", "differs", "not run")
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    out.print(f"{len(runs)} conversations: {told}", highlight=False)


def _in_words(first: Difference) -> str:
    place = f"turn {first.turn}, step {first.step}, {first.kind}"
    if not first.path:
        return f"{place}: {'is not there any more' if first.new is None else 'is new'}"
    return f"{place}, {first.path}: {_short(first.recorded)} → {_short(first.new)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _stopped(stop: Stop) -> str:
    match stop.why:
        case "another question":
            return f"stopped before turn {stop.turn}: she is asked something else than then"
        case "not recorded":
            return f"stopped at turn {stop.turn}: a model is asked what it was not asked then"
        case "no such tree":
            return f"stopped before turn {stop.turn}: the tree version {stop.cause} is gone"


def _as_json(run: Rerun) -> dict[str, Any]:
    return {
        "conversation": run.thread,
        "status": run.status,
        "turns": run.turns,
        "turns_run": len(run.pairs),
        "stopped": asdict(run.stopped) if run.stopped else None,
        "differences": [asdict(difference) for difference in run.differences],
    }


def _side_by_side(run: Rerun) -> Table:
    table = Table("turn", "as it was", "what if", show_lines=True)
    for pair in run.pairs:
        was, said = pair.recorded.message, pair.said
        then = Text(_told(was, pair.recorded.events))
        table.add_row(str(pair.number), then, Text(_told(said, pair.new)))
    return table


def _told(said: Event, events: Sequence[Event]) -> str:
    """What she said, where that led, and what she read."""
    words = said.text if isinstance(said, MessageReceived) else f"({said.type})"
    steps = [f"→ {event.target}" for event in events if isinstance(event, Moved)]
    reply = reply_in(events)
    read = [reply.text, *(f"[{option}]" for option in reply.options)] if reply else []
    return "\n".join([f"«{words}»", *steps, *read])


def _say(text: str) -> None:
    err.print(f"[dim]nodriza:[/dim] {text}", highlight=False)
