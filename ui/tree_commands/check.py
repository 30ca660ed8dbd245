"""`nodriza tree check`."""

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

from agent.settings import load_settings
from agent.texts import Texts, load_texts
from tools.errors import TreeError
from tools.formats.yaml_folder import Location, read_tree_and_places
from tools.lint import RULES, Finding, Severity
from tools.lint.fetch import dead_sources
from tools.tree import Tree
from ui.tree_commands.source import AsJson, Source, err, out, read
from ui.tree_findings import findings_of, for_programs, words_of

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
    texts = load_texts(settings.language)
    unknown = sorted(set(only or ()) - {rule.id for rule in RULES})
    if unknown:
        valid = ", ".join(rule.id for rule in RULES)
        raise typer.BadParameter(f"no rule {unknown[0]!r}; valid: {valid}", param_hint="--only")
    try:
        content, place_of = _read(tree or settings.trees_folder / settings.tree)
    except TreeError as error:
        _refuse(error, as_json, texts)
        raise typer.Exit(2) from error
    dead = _fetched(content, texts) if online else {}
    findings = findings_of(content, settings, dead=dead, place_of=place_of, only=only or None)
    if as_json:
        _print_json(findings, texts)
    else:
        _print(findings, texts)
        _print_summary(content, findings, online, texts)
    if any(finding.severity == "error" or strict for finding in findings):
        raise typer.Exit(1)


def _read(source: Path) -> tuple[Tree, Callable[[Location], str | None]]:
    """The tree, and where its parts stand: nowhere when it is not a folder of YAML files."""
    if source.is_dir() and (source / "tree.yaml").is_file():
        return read_tree_and_places(source)
    return read(source), lambda _location: None


def _fetched(content: Tree, texts: Texts) -> dict[str, int | str]:
    cited = {source for node in content.nodes for source in node.sources}
    with Progress(console=err) as progress:
        task = progress.add_task(texts("check.fetching"))
        return dead_sources(
            [source for source in content.sources if source.id in cited],
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def _print(findings: Sequence[Finding], texts: Texts) -> None:
    """By file; what is said once about several findings in a row is not repeated."""
    by_file = sorted(findings, key=_file)
    for file, group in groupby(by_file, _file):
        out.print(f"\n[bold]{escape(file)}[/]" if file else "", highlight=False)
        reason = ""
        for finding in group:
            line = (finding.place or "").rpartition(":")[2]
            kind = f"{_severity(finding.severity, texts)} {finding.rule}"
            head = f"{finding.place or ''} [{_COLOURS[finding.severity]}]{kind}[/]".strip()
            words = words_of(finding, texts)
            _say(f"{head} {escape(finding.about)}: {escape(words.what)}")
            if reason != (reason := f"{words.why} → {words.mend}"):
                _say(f"{' ' * min(len(line), 6)}  [dim]{escape(reason)}[/]")


def _print_summary(content: Tree, findings: Sequence[Finding], online: bool, texts: Texts) -> None:
    counted = Counter((finding.severity, finding.rule) for finding in findings)
    if counted:
        out.print()
    for (severity, rule), times in sorted(counted.items(), key=lambda item: (item[0][0], -item[1])):
        _say(f"{times:6}  [{_COLOURS[severity]}]{_severity(severity, texts)}[/] {rule}")
    sums = Counter(finding.severity for finding in findings)
    _say(
        texts(
            "check.sum",
            version=content.version,
            nodes=len(content.nodes),
            errors=sums["error"],
            warnings=sums["warning"],
        )
    )
    if not online:
        _say(texts("check.not_fetched"))


def _severity(severity: Severity, texts: Texts) -> str:
    return texts(f"check.severity.{severity}")


def _refuse(error: TreeError, as_json: bool, texts: Texts) -> None:
    """Say why the tree cannot be linted; a program gets the problems as findings."""
    if not as_json:
        err.print("nodriza:", style="bold red", end=" ")
        err.print(str(error), highlight=False, markup=False, soft_wrap=True)
        return
    found = []
    for problem in error.problems or (str(error),):
        placed = re.fullmatch(r"(?s)(\S+:\d+): (.*)", problem)
        place, told = placed.groups() if placed else (None, problem)
        values = (("problem", told),)
        found.append(Finding("not-valid", "error", place, "", "lint.not_valid.what", values))
    _print_json(found, texts)


def _print_json(findings: Sequence[Finding], texts: Texts) -> None:
    content = [for_programs(finding, texts) for finding in findings]
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _say(text: str) -> None:
    out.print(text, highlight=False, soft_wrap=True)


def _file(finding: Finding) -> str:
    return (finding.place or "").rpartition(":")[0]
