"""`nodriza bench walks`: whole conversations with simulated mothers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Settings, load_settings
from evaluation.bench_console import (
    AsJson,
    Found,
    Limit,
    Out,
    Seed,
    ShowErrors,
    left,
    say,
    show_progress,
    tell,
)
from evaluation.cases import CasesError, WalkCase, read_cases
from evaluation.results import WalkPrediction, open_results
from evaluation.run import run_of, sample
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice, Question, Referral, Tree


def walks(
    cases: Annotated[Path, typer.Option("--cases", help="One line of JSON a case")],
    results: Out,
    navigator: Annotated[
        str | None, typer.Option("--navigator", help="menu, semantic, scored or tools")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="provider:name, for scored and tools")
    ] = None,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """Simulated mothers, from the first message to the answer; the record stands beside --out."""
    settings = load_settings(navigator=navigator, model=model)
    found = measure_walks(settings, cases, results, limit, seed)
    tell(found, as_json=as_json, show_errors=show_errors)


def measure_walks(
    settings: Settings, cases: Path, results: Path, limit: int | None, seed: int
) -> Found[WalkCase, WalkPrediction]:
    """Run the cases that `results` has no line of yet, and draw the figures."""
    from evaluation.walks.metrics import is_right, walk_rows
    from evaluation.walks.predict import walk_predictor

    read = read_cases(cases, WalkCase)
    setting, tree = tree_of(read, settings)
    settings = settings.model_copy(update={"tree": setting})
    check_cases(read, tree)
    picked = sample(read, limit, seed)
    model, navigator = settings.model, settings.chosen_navigator
    run = run_of("walks", cases, tree, navigator=navigator, model=model)
    with open_results(results, WalkPrediction, run) as lines:
        if left(picked, lines):
            record = results.with_name(f"{results.name}.records.db").resolve()
            with walk_predictor(settings, f"sqlite:///{record}", say) as predict:
                show_progress(picked, predict, lines)
            say(f"the conversations: NODRIZA_RECORDS_URL=sqlite:///{record}")
    pairs = [(case, lines.done[case.id]) for case in picked]
    errors = {
        name: [
            f"{case.id}: {made.outcome} {made.final_node or ''} (conversation"
            f" {made.conversation_id})"
            for case, made in pairs
            if case.must_escalate == grave and not is_right(case, made)
        ]
        for name, grave in (("not warned", True), ("no right answer", False))
    }
    rows = walk_rows(pairs, navigator, tree, seed)
    return Found("walks", run, rows, errors, pairs)


def tree_of(cases: Sequence[WalkCase], settings: Settings) -> tuple[str, Tree]:
    """The tree of all cases, as Settings.tree names it: the one in use, or a folder.

    Raises CasesError.
    """
    named = sorted({case.tree for case in cases})
    if len(named) > 1:
        raise CasesError(f"the cases are of {len(named)} trees: {named}; valid: one in a file")
    if named[0] == settings.tree:
        return settings.tree, read_tree(settings.trees_folder / settings.tree)
    folder = Path(named[0]).resolve()
    try:
        return str(folder), read_tree(folder)
    except (TreeError, OSError) as error:
        valid = f"{settings.tree!r}, or the path of a tree's folder"
        raise CasesError(f"tree: got {named[0]!r}; valid: {valid} ({error})") from error


def check_cases(cases: Sequence[WalkCase], tree: Tree) -> None:
    """See that what the cases name is in the tree. Raises CasesError with all that is not."""
    problems = tuple(f"{case.id}: {text}" for case in cases for text in _problems(case, tree))
    if problems:
        raise CasesError(f"the cases do not fit the tree {tree.version}:", problems)


def _problems(case: WalkCase, tree: Tree) -> Iterator[str]:
    for node in case.target:
        if not isinstance(tree.by_id.get(node), Advice | Referral):
            yield f"target: got {node!r}; valid: the id of an answer"
    for name, option in case.answers.items():
        question = tree.by_id.get(name)
        if not isinstance(question, Question):
            yield f"answers: got {name!r}; valid: the id of a question"
        elif option not in (ids := [it.id for it in question.options]):
            yield f"answers[{name}]: got {option!r}; valid: {', '.join(ids)}"
    for name in case.says:
        if name not in tree.by_id:
            yield f"says: got {name!r}; valid: the id of a question"
    for name in case.facts:
        if name not in tree.variables:
            yield f"facts: got {name!r}; valid: {', '.join(tree.variables)}"
    if not (case.target or case.must_escalate):
        yield "target: got []; valid: one or more, or must_escalate true"
