"""`nodriza tree examples`: what the ways of saying it are worth."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from agent.settings import load_settings
from agent.texts import Texts, load_texts
from evaluation.texts.example_gain import FEW, ExampleGain, PlaceGain, entry_gains, option_gains
from ui.tree_commands.source import AsJson, Source, err, out, read

_MISLEADS = -0.5
"""Nats: an example that costs the others more than this is shown as misleading."""
_LACKS = 0.6
"""Share of a place's examples that the others should find."""
_FEWEST_OF_AN_OPTION = 3


def examples(
    tree: Source = None,
    options: Annotated[
        bool, typer.Option("--options", help="The examples of options; without it, of entries")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="Lines of each kind")] = 15,
    as_json: AsJson = False,
) -> None:
    """Measure what each example adds by leaving it out; list the useless, double and missing."""
    from agent.service import make_encoder

    settings = load_settings()
    content = read(tree)
    measure = option_gains if options else entry_gains
    with Progress(console=err) as progress:
        task = progress.add_task("leaving out each example")
        gains, places = measure(
            content,
            make_encoder(settings),
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    if as_json:
        rows = {
            "examples": [dataclasses.asdict(gain) for gain in gains],
            "places": [dataclasses.asdict(place) for place in places],
        }
        out.print_json(json.dumps(rows))
        return
    fewest = _FEWEST_OF_AN_OPTION if options else FEW
    _print(gains, places, fewest, most, load_texts(settings.language))


def _print(
    gains: Sequence[ExampleGain],
    places: Sequence[PlaceGain],
    fewest: int,
    most: int,
    texts: Texts,
) -> None:
    found = round(100 * sum(gain.first_without for gain in gains) / max(len(gains), 1))
    out.print(texts("examples.summary", count=len(gains), found=found), highlight=False)
    by_gain = sorted(gains, key=lambda gain: gain.gain)
    lacking = [p for p in places if p.examples < fewest or p.found < _LACKS]

    def section(name: str, rows: Iterable[dict[str, object]]) -> None:
        lines = [texts(f"examples.{name}_line", **row) for row in rows]
        if lines:
            out.print(f"\n[bold cyan]{escape(texts(f'examples.{name}'))}[/] ({len(lines)})")
            for line in lines[:most]:
                out.print(escape(line), highlight=False, soft_wrap=True)
            if len(lines) > most:
                out.print(texts("diff.more", count=len(lines) - most), highlight=False)

    section("lacking", (_lacking(place) for place in sorted(lacking, key=lambda p: p.found)))
    section("misleading", _rows(by_gain, lambda g: g.gain < _MISLEADS))
    section("twins", _rows(gains, lambda g: g.twin is not None, "twin"))
    section("useless", _rows(gains, lambda g: g.useless))
    section("best", _rows(by_gain[: -most - 1 : -1], lambda g: g.gain > 0))


def _lacking(place: PlaceGain) -> dict[str, object]:
    found = round(100 * place.found)
    return {
        "place": place.place,
        "title": place.title,
        "count": place.examples,
        "found": found,
    }


def _rows(
    gains: Iterable[ExampleGain], wanted: Callable[[ExampleGain], bool], other: str = "misleads"
) -> Iterable[dict[str, object]]:
    for gain in gains:
        if wanted(gain):
            yield {
                "place": gain.place,
                "text": gain.text,
                "gain": f"{gain.gain:.1f}",
                "loss": f"{-gain.gain:.1f}",
                "other": getattr(gain, other) or "—",
            }
