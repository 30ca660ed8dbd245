"""`nodriza study generate`: cases from any tree."""

from pathlib import Path
from typing import Annotated

import typer

from agent.settings import load_settings
from evaluation.bench_console import Seed, say


def generate(
    tree: Annotated[Path, typer.Argument(help="Folder of a tree", metavar="TREE_FOLDER")],
    cases: Annotated[Path, typer.Option("--out", help="New file, one line of JSON a case")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Cases at most")] = 100,
    seed: Seed = 1,
) -> None:
    """Make cases of whole conversations from a tree; they are marked as generated."""
    from evaluation.study.cases.generate import generate_cases
    from evaluation.walks.commands import check_cases
    from tools.drafts import published
    from tools.formats.yaml_folder import read_tree

    settings = load_settings()
    content = published(read_tree(tree))
    in_use = (settings.trees_folder / settings.tree).resolve() == tree.resolve()
    made = generate_cases(content, settings.tree if in_use else str(tree.resolve()), limit, seed)
    check_cases(made.cases, content)
    cases.parent.mkdir(parents=True, exist_ok=True)
    cases.write_text("".join(f"{case.model_dump_json()}\n" for case in made.cases), "utf-8")
    targets = {case.target for case in made.cases}
    say(f"{len(made.cases)} cases with {len(targets)} different answers in {cases}")
    if made.reached < made.answers:
        say(f"{made.answers - made.reached} of {made.answers} answers were not come to by chance")
