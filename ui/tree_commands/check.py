"""`nodriza tree check`."""

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress

from agent.redflags import read_catalogue
from agent.settings import Settings, load_settings
from tools.errors import TreeError
from tools.formats.yaml_folder import Location, read_tree_and_places
from tools.lint import RULES, Finding, lint
from tools.lint.fetch import dead_sources
from tools.lint.outdated import read_outdated
from tools.tree import Tree
from ui.tree_commands.source import AsJson, Source, err, out, read

_COLOURS = {"error": "red", "warning": "yellow"}


def check(
    tree: Source = None,
    as_json: AsJson = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", "--rule", metavar="ID", help="Apply this rule only; repeatable"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too")] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Fetch the sources that the tree cites")
    ] = False,
) -> None:
    """Validate a tree and report what to mend: docs/tree-lint.md lists the rules.

    Exit code 0: clean; 1: errors (or warnings with --strict); 2: the tree is not valid.
    """
    settings = load_settings()
    unknown = sorted(set(only or ()) - {rule.id for rule in RULES})
    if unknown:
        valid = ", ".join(rule.id for rule in RULES)
        raise typer.BadParameter(f"no rule {unknown[0]!r}; valid: {valid}", param_hint="--only")
    try:
        content, place_of = _read(tree or settings.trees_folder / settings.tree)
    except TreeError as error:
        _refuse(error, as_json)
        raise typer.Exit(2) from error
    findings = _findings(content, place_of, settings, only, online)
    if as_json:
        _print_json(findings)
    else:
        _print(findings)
        _print_summary(content, findings, online)
    if any(finding.severity == "error" or strict for finding in findings):
        raise typer.Exit(1)


def _read(source: Path) -> tuple[Tree, Callable[[Location], str | None]]:
    """The tree, and where its parts stand: nowhere when it is not a folder of YAML files."""
    if source.is_dir() and (source / "tree.yaml").is_file():
        return read_tree_and_places(source)
    return read(source), lambda _location: None


def _findings(
    content: Tree,
    place_of: Callable[[Location], str | None],
    settings: Settings,
    only: Sequence[str] | None,
    online: bool,
) -> list[Finding]:
    catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
    return lint(
        content,
        {sign.id: sign.level for sign in catalogue.signs},
        outdated_advice=read_outdated(settings.trees_folder / "outdated_advice.yaml"),
        dead=_fetched(content) if online else {},
        place_of=place_of,
        only=only or None,
    )


def _fetched(content: Tree) -> dict[str, str]:
    cited = {source for node in content.nodes for source in node.sources}
    with Progress(console=err) as progress:
        task = progress.add_task("fetching the sources")
        return dead_sources(
            [source for source in content.sources if source.id in cited],
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def _print(findings: Sequence[Finding]) -> None:
    """By file; what is said once about several findings in a row is not repeated."""
    by_file = sorted(findings, key=_file)
    for file, group in groupby(by_file, _file):
        out.print(f"\n[bold]{escape(file)}[/]" if file else "", highlight=False)
        reason = ""
        for finding in group:
            line = (finding.place or "").rpartition(":")[2]
            colour = _COLOURS[finding.severity]
            head = f"{finding.place or ''} [{colour}]{finding.severity} {finding.rule}[/]".strip()
            _say(f"{head} {escape(finding.about)}: {escape(finding.what)}")
            if reason != (reason := f"{finding.why} → {finding.mend}"):
                _say(f"{' ' * min(len(line), 6)}  [dim]{escape(reason)}[/]")


def _print_summary(content: Tree, findings: Sequence[Finding], online: bool) -> None:
    counted = Counter((finding.severity, finding.rule) for finding in findings)
    if counted:
        out.print()
    for (severity, rule), times in sorted(counted.items(), key=lambda item: (item[0][0], -item[1])):
        _say(f"{times:6}  [{_COLOURS[severity]}]{severity}[/] {rule}")
    sums = Counter(finding.severity for finding in findings)
    skipped = "" if online else "; sources were not fetched (--online does)"
    _say(
        f"{content.version}: {len(content.nodes)} nodes, {sums['error']} errors,"
        f" {sums['warning']} warnings{skipped}"
    )


def _refuse(error: TreeError, as_json: bool) -> None:
    """Say why the tree cannot be linted; a program gets the problems as findings."""
    if not as_json:
        err.print("nodriza:", style="bold red", end=" ")
        err.print(str(error), highlight=False, markup=False, soft_wrap=True)
        return
    found = []
    for problem in error.problems or (str(error),):
        placed = re.fullmatch(r"(?s)(\S+:\d+): (.*)", problem)
        place, what = placed.groups() if placed else (None, problem)
        why, mend = "what is not valid cannot be loaded", "docs/tree-format.md says what is valid"
        found.append(Finding("not-valid", "error", place, "", what, why, mend))
    _print_json(found)


def _print_json(findings: Sequence[Finding]) -> None:
    content = [dataclasses.asdict(finding) for finding in findings]
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _say(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True)


def _file(finding: Finding) -> str:
    return (finding.place or "").rpartition(":")[0]
