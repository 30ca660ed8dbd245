"""`nodriza study report` and `nodriza study compare`."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from evaluation.bench_console import out
from evaluation.study.console import say
from evaluation.study.manifest import Language
from tools.errors import MissingExtra

_PACKAGES = ("jinja2", "matplotlib", "statsmodels")
"""Of the extra `study`."""
Folder = Annotated[Path, typer.Argument(help="Folder of a study", metavar="FOLDER")]
Other = Annotated[Path, typer.Argument(help="Folder of the study to compare", metavar="FOLDER")]
LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="es or en; left out: the study's")
]


def report(
    folder: Folder,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the report; else `report` in the study's"),
    ] = None,
    language: LanguageOption = None,
    panel: Annotated[
        str | None,
        typer.Option("--panel", help="Address of the experts' panel that has the study's record"),
    ] = None,
) -> None:
    """Measure a study and write its report: a page, Markdown, CSV and pictures."""
    _check_extra()
    from evaluation.study.manifest import read_study
    from evaluation.study.measure.comparison import measure_study
    from evaluation.study.report.files import report_files
    from evaluation.study.report.words import Words

    _check_address(panel)
    study = read_study(folder)
    say(f"{len(study.attempts)} conversations of {len(study.manifest.arms)} arms are measured")
    measured = measure_study(study)
    say("the report is drawn")
    files = report_files(measured, Words(language or study.manifest.language), panel)
    into = out_folder or folder / "report"
    into.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (into / name).write_text(content, "utf-8")
    say(f"the report: {into / 'report.html'}")


def compare(first: Folder, second: Other, language: LanguageOption = None) -> None:
    """Compare two studies of the same cases, arm by arm."""
    _check_extra()
    from evaluation.study.manifest import read_study
    from evaluation.study.measure.comparison import compare_studies
    from evaluation.study.report.comparison_table import as_tables
    from evaluation.study.report.words import Words

    before, after = (read_study(folder) for folder in (first, second))
    found = compare_studies(before, after)
    for table in as_tables(found, Words(language or after.manifest.language)):
        out.print(table)


def _check_extra() -> None:
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise MissingExtra("the study's report", "study", f"no {package}")


def _check_address(panel: str | None) -> None:
    if panel is not None and not panel.startswith(("http://", "https://")):
        raise typer.BadParameter(
            f"{panel!r}; valid: an address that begins with http:// or https://",
            param_hint="--panel",
        )
