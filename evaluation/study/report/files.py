"""The report of a study: a page that needs nothing from outside, Markdown, CSV and the pictures."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.study.measure.comparison import Measured
from evaluation.study.measure.metrics import ArmFigures
from evaluation.study.report.beliefs import beliefs
from evaluation.study.report.csv_files import csv_files
from evaluation.study.report.endings import confusions, death_places
from evaluation.study.report.plots import CONFUSED, Pictures
from evaluation.study.report.questions import most_useful, most_wasteful, question_uses
from evaluation.study.report.stories import examples, question_rows, summary
from evaluation.study.report.svg import as_file
from evaluation.study.report.tables import Tables
from evaluation.study.report.words import Words

_TEMPLATES = Path(__file__).parent / "templates"
_PLACES, _QUESTIONS = 10, 12
"""Rows of a picture of one arm, and of a table of questions."""


@dataclass(frozen=True)
class Picture:
    """A drawing, empty where there is nothing to draw."""

    name: str
    caption: str
    svg: str


@dataclass(frozen=True)
class ArmPage:
    """What is told of one arm by itself."""

    letter: str
    name: str
    is_baseline: bool
    configuration: tuple[str, ...]
    hashes: tuple[str, ...]
    conversations: int
    failed: int
    errors: tuple[str, ...]
    deaths: Picture
    confusions: Picture


def report_files(measured: Measured, words: Words, panel: str | None) -> dict[str, str]:
    """The report's files by name. `panel`: the experts' panel, which conversations link to."""
    content = _content(measured, words, panel)
    files = {
        "report.html": _rendered("report.html.j2", content),
        "report.md": _rendered("report.md.j2", content),
        **csv_files(measured),
    }
    pictures: list[Picture] = [
        *content["pictures"],
        *(one for arm in content["arms"] for one in (arm.deaths, arm.confusions)),
    ]
    return files | {f"{one.name}.svg": as_file(one.svg) for one in pictures if one.svg}


def _content(measured: Measured, words: Words, panel: str | None) -> dict[str, Any]:
    """All that the templates show."""
    study, manifest = measured.study, measured.study.manifest
    tables = Tables(measured, words)
    pictures = Pictures(measured, tables.letters, words)
    uses = question_uses([talk for arm in measured.arms for talk in arm.talks])
    useful, wasteful = (pick(uses, _QUESTIONS) for pick in (most_useful, most_wasteful))
    believed = beliefs(study, {arm.arm: arm.talks for arm in measured.arms})
    good, bad = examples(measured, words, panel)
    return {
        "t": words,
        "manifest": manifest,
        "facts": _facts(measured, words),
        "unfinished": _unfinished(measured, words),
        "letters": tables.letters,
        "summary": summary(measured, words),
        "arms": [
            _arm_page(measured, arm, tables.letters, pictures, words) for arm in measured.arms
        ],
        "setting": list(_setting(measured, words)),
        "grids": tables.grids(),
        "comparisons": tables.comparisons(),
        "compared": len(measured.comparisons),
        "pictures": [
            Picture(name, words(f"plot.captions.{name}"), draw())
            for name, draw in (
                ("forest", pictures.forest),
                ("questions", pictures.questions),
                ("effort", pictures.effort),
                ("reliability", pictures.reliability),
                ("calibration", lambda: pictures.calibration(believed)),
            )
        ],
        "believed": bool(believed),
        "useful": question_rows(useful, study.tree, words),
        "wasteful": question_rows(wasteful, study.tree, words),
        "best": good,
        "worst": bad,
        "panel": panel,
        "holes": tables.holes(),
        "limits": list(_limits(measured, words)),
        "definitions": tables.definitions(),
    }


def _facts(measured: Measured, words: Words) -> str:
    study = measured.study
    return words(
        "title.facts",
        cases=len(study.cases),
        arms=len(measured.arms),
        repeats=study.manifest.repeats,
        attempts=len(study.attempts),
        failed=sum(arm.failed for arm in measured.arms),
    )


def _unfinished(measured: Measured, words: Words) -> str:
    """A sentence where the run was stopped; else nothing."""
    study = measured.study
    planned = len(study.cases) * len(measured.arms) * study.manifest.repeats
    done = len(study.attempts)
    return words("title.unfinished", done=done, planned=planned) if done < planned else ""


def _arm_page(
    measured: Measured,
    arm: ArmFigures,
    letters: Mapping[str, str],
    pictures: Pictures,
    words: Words,
) -> ArmPage:
    manifest = measured.study.manifest
    entry = next(entry for entry in manifest.arms if entry.name == arm.arm)
    letter = letters[arm.arm]
    places, confused = death_places(arm.talks, _PLACES), confusions(arm.talks)
    return ArmPage(
        letter=letter,
        name=arm.arm,
        is_baseline=arm.arm == manifest.baseline,
        configuration=tuple(_pairs(entry.configuration)),
        hashes=tuple(_pairs(entry.hashes)),
        conversations=len(arm.talks),
        failed=arm.failed,
        errors=tuple(f"{error} ({times})" for error, times in arm.errors.items()),
        deaths=Picture(
            f"deaths-{letter}",
            words("plot.captions.deaths"),
            pictures.deaths(letter, places) if places else "",
        ),
        confusions=Picture(
            f"confusions-{letter}",
            words("plot.captions.confusions", most=CONFUSED),
            pictures.confusions(letter, confused) if confused else "",
        ),
    )


def _pairs(content: Mapping[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        if value not in (None, {}, [], ""):
            yield f"{name}: {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _setting(measured: Measured, words: Words) -> Iterator[tuple[str, list[str]]]:
    """What all arms have in common: a heading and its lines."""
    manifest, cases = measured.study.manifest, measured.study.cases.values()
    files = [words("compared.case_file", **file.model_dump()) for file in manifest.cases]
    if count := sum(case.generated for case in cases):
        files.append(words("compared.generated", count=count))
    yield words("compared.cases"), files
    yield words("compared.tree"), [manifest.tree]
    yield words("compared.mother"), [*_pairs(manifest.mother)]
    for name in ("seed", "repeats", "max_questions"):
        yield words(f"compared.{name}"), [str(getattr(manifest, name))]
    yield words("compared.versions"), [*_pairs(manifest.versions)]


def _limits(measured: Measured, words: Words) -> Iterator[str]:
    manifest, cases = measured.study.manifest, measured.study.cases.values()
    yield words("limits.simulated")
    yield words("limits.model" if manifest.mother.get("kind") == "model" else "limits.rules")
    yield words("limits.authors")
    if count := sum(case.generated for case in cases):
        yield words("limits.generated", count=count, cases=len(cases))
    danger = sum(case.must_escalate for case in cases)
    yield words("limits.size", cases=len(cases), danger=danger)
    yield words("limits.tree")
    if manifest.repeats == 1:
        yield words("limits.repeats")


def _rendered(template: str, content: Mapping[str, Any]) -> str:
    # Not at the top: only the report needs it, and it comes with an extra.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=template.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _markdown_cell
    return environment.get_template(template).render(content)


def _markdown_cell(text: object) -> str:
    """On one line, without what would end a cell or begin a tag."""
    line = " ".join(str(text).split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
