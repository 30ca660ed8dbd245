"""Where a study's cases come from: files of walks, or a folder with a public data set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.settings import Settings
from evaluation.cases import CasesError, WalkCase, read_cases
from evaluation.run import checksum, sample
from evaluation.study.manifest import CaseFile
from evaluation.study.plan import CasesPlan
from evaluation.walks.commands import check_cases, tree_of
from tools.formats.yaml_folder import read_tree
from tools.formats.yaml_writer import write_tree
from tools.tree import Tree

IMPORTED = "tree"
"""The folder beside the results with a tree that was made from a data set."""


@dataclass(frozen=True)
class StudyCases:
    """The cases, and the tree that they are of."""

    cases: tuple[WalkCase, ...]
    tree: Tree
    tree_setting: str
    """As Settings.tree: the id of the tree in use, or a folder."""
    files: tuple[CaseFile, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What of a data set could not be made a case: how many, by why."""


def study_cases(plan: CasesPlan, base: Path, out: Path, settings: Settings) -> StudyCases:
    """Read, check and choose the cases. Paths of the plan begin at `base`.

    A data set's tree is written into the study's folder `out`. Raises CasesError with every
    problem, TreeError.
    """
    if plan.flodial or plan.cts:
        return _of_a_data_set(plan, base, out)
    read = {file: read_cases(base / file, WalkCase) for file in plan.files}
    together = [case for cases in read.values() for case in cases]
    _check_unique(read)
    setting, tree = tree_of(together, settings)
    check_cases(together, tree)
    picked = sample(together, plan.limit, plan.seed)
    ids = {case.id for case in picked}
    files = [
        CaseFile(
            path=str(file),
            checksum=checksum(base / file),
            cases=sum(case.id in ids for case in cases),
        )
        for file, cases in read.items()
    ]
    return StudyCases(tuple(picked), tree, setting, tuple(files))


def _check_unique(read: Mapping[Path, list[WalkCase]]) -> None:
    first: dict[str, Path] = {}
    problems = [
        f"{file.name}: id: got {case.id!r}, as in {first[case.id].name}; valid: a new one"
        for file, cases in read.items()
        for case in cases
        if first.setdefault(case.id, file) != file
    ]
    if problems:
        raise CasesError("the case files do not go together:", tuple(problems))


def _of_a_data_set(plan: CasesPlan, base: Path, out: Path) -> StudyCases:
    from evaluation.study.cases.foreign import cts_walks, flodial_walks

    folder = (out / IMPORTED).resolve()
    if plan.flodial:
        found = flodial_walks(base / plan.flodial, str(folder))
    else:
        assert plan.cts is not None
        found = cts_walks(base / plan.cts, str(folder))
    check_cases(found.cases, found.tree)
    write_tree(found.tree, folder, force=True)
    picked = sample(found.cases, plan.limit, plan.seed)
    files = [
        CaseFile(path=str(file), checksum=checksum(file), cases=0 if place else len(picked))
        for place, file in enumerate(found.files)
    ]
    tree = read_tree(folder)
    return StudyCases(tuple(picked), tree, str(folder), tuple(files), found.left_out)
