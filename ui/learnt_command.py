"""`nodriza learnt`: the tables of what the record teaches, in the terminal, as CSV or as JSON."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown
from rich.text import Text

from agent.service import ensure_tree, open_store
from agent.settings import load_settings
from agent.texts import load_texts
from evaluation.learnt.plan import Plans
from records.judgements import Judgements
from records.learnt.lessons import Lessons
from records.store import Records
from tools.errors import SettingsError

if TYPE_CHECKING:
    from ui.experts.learnt.tables import Table
    from ui.experts.learnt.words import Words

_LONGEST = 48
"""Characters of a cell in the terminal."""
out = Console()
err = Console(stderr=True)


def learnt(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Which ones: topics, questions, options, answers, …")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Year-month-day, UTC")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The last day")] = None,
    topic: Annotated[str | None, typer.Option(help="A topic's id")] = None,
    navigator: Annotated[str | None, typer.Option(help="menu, semantic, scored or tools")] = None,
    model: Annotated[str | None, typer.Option(help="As the settings name it; - for none")] = None,
    tree: Annotated[str | None, typer.Option(help="A tree version")] = None,
    step: Annotated[str | None, typer.Option(help="day, week or month")] = None,
    most: Annotated[
        int | None, typer.Option(help="Questions within which it is to go by itself")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--csv", help="Write a CSV file a table here", file_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows in the terminal")] = 20,
) -> None:
    """Say what the record teaches about questions, answers and topics, and what could be better."""
    # Imported here: it takes a second, and every other command would wait for it.
    from ui.experts.learnt.tables import NAMES

    if unknown := [name for name in tables or () if name not in NAMES]:
        raise SettingsError(f"there is no table {unknown[0]!r}; valid: {', '.join(NAMES)}")
    options = {
        "from": since,
        "to": until,
        "topic": topic,
        "navigator": navigator,
        "model": model,
        "tree": tree,
        "step": step,
        "most": None if most is None else str(most),
    }
    words, made = _counted({name: value for name, value in options.items() if value is not None})
    wanted = [made[name] for name in tables or NAMES]
    if folder:
        _write(wanted, folder)
    elif as_json:
        out.print_json(json.dumps({table.name: _lines(table) for table in wanted}))
    else:
        for table in wanted:
            _show(table, words, limit)


def _counted(given: Mapping[str, str]) -> tuple["Words", dict[str, "Table"]]:
    """The tables of the settings' record. Raises SettingsError for a filter that means nothing."""
    from evaluation.learnt.picture import picture
    from ui.experts.learnt.form import choices_of, understood
    from ui.experts.learnt.tables import tables
    from ui.experts.learnt.words import Words

    settings = load_settings()
    words = Words(load_texts(settings.language))
    with (
        open_store(settings, _say) as store,
        closing(Records.open(settings.chosen_records_url)) as records,
        closing(Lessons.open(settings.chosen_records_url)) as lessons,
        closing(Judgements.open(settings.chosen_records_url)) as judgements,
    ):
        ensure_tree(settings, store, _say)
        plan_of = Plans(store, settings.tree)
        found = choices_of(records.found(), lessons.trees(), plan_of(None).topics, words)
        asked = understood(given, found, words)
        if asked.problems:
            raise SettingsError(asked.problems[0])
        seen = picture(lessons, plan_of, asked.look, judgements.unsafe())
        return words, tables(seen, words.texts)


def _write(tables: Sequence["Table"], folder: Path) -> None:
    from ui.experts.learnt.tables import as_csv

    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        (folder / f"{table.name}.csv").write_text(as_csv(table), "utf-8", newline="")
    _say(f"{len(tables)} tables in {folder}")


def _lines(table: "Table") -> list[dict[str, object]]:
    from ui.experts.learnt.tables import flat

    header, rows = flat(table)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _show(table: "Table", words: "Words", limit: int) -> None:
    columns = [words(f"column.{column}") for column in table.columns]
    shown = Shown(*columns, title=words(f"table.{table.name}"))
    for row in table.rows[:limit]:
        cells = zip(table.columns, row, strict=True)
        shown.add_row(*(_short(words.cell(column, cell)) for column, cell in cells))
    out.print(shown)
    if len(table.rows) > limit:
        out.print(words("first_rows", shown=limit, total=len(table.rows)), highlight=False)


def _say(text: str) -> None:
    err.print(f"[dim]nodriza:[/dim] {text}", highlight=False)


def _short(text: str) -> Text:
    return Text(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
