"""What a study's folder holds: its manifest, the cases and the tree it was run on, the attempts.

    study.json       what was compared, on what, and how it was run
    cases.jsonl      the cases, as they were
    tree.json        the tree, as it was
    attempts.jsonl   one Attempt a line (evaluation/results.py)
    records.db       the record of the conversations of systems that keep one (records/store.py)

With the cases and the tree beside them, the attempts can be measured wherever the folder goes, and
after the shipped tree has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.cases import CasesError, WalkCase, read_cases
from evaluation.study.attempt import Attempt
from tools.tree import Tree

MANIFEST, CASES, TREE, ATTEMPTS = "study.json", "cases.jsonl", "tree.json", "attempts.jsonl"
RECORD = "records.db"
Language = Literal["es", "en"]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class CaseFile(_Plain):
    """A file that cases were taken from."""

    path: str
    """As the plan names it."""
    checksum: str
    """evaluation.run.checksum."""
    cases: int
    """How many were taken from it."""


class ArmEntry(_Plain):
    """One of the ways that were compared."""

    name: str
    """As in the attempts."""
    configuration: dict[str, Any] = {}
    """What it was run with: system, navigator, model, parameters; no key."""
    hashes: dict[str, str] = {}
    """Content hashes of what it depends on, by name: prompts, encoder, trust and the like."""


class Manifest(_Plain):
    """What was compared, on what, and how it was run."""

    title: str
    language: Language
    """Of the report, where no other is asked for."""
    notice: str | None = None
    """What a reader must know before any figure: a stand-in in the place of a real model."""
    baseline: str
    """The arm that all others are compared with."""
    arms: tuple[ArmEntry, ...]
    """In the order of the report."""
    max_questions: int
    """Of a viable conversation."""
    repeats: int
    seed: int
    mother: dict[str, Any]
    """Who talks with the systems: the kind of simulated mother, and its model where it has one."""
    cases: tuple[CaseFile, ...]
    tree: str
    """The tree's version: id@checksum."""
    versions: dict[str, str]
    """Of the program, Python and what the figures depend on, by name."""
    commands: tuple[str, ...]
    """What makes it again, in order."""


@dataclass(frozen=True)
class Study:
    """All that a study's folder holds."""

    folder: Path
    manifest: Manifest
    cases: dict[str, WalkCase]
    """By id."""
    tree: Tree
    attempts: tuple[Attempt, ...]
    """Of a study that was stopped, those there are."""


def write_study(folder: Path, manifest: Manifest, cases: Sequence[WalkCase], tree: Tree) -> None:
    """Put down what the attempts will be of; an old file is replaced in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        CASES: "".join(case.model_dump_json() + "\n" for case in cases),
        TREE: tree.model_dump_json(by_alias=True) + "\n",
        MANIFEST: manifest.model_dump_json(indent=1) + "\n",
    }
    for name, content in contents.items():
        fresh = folder / f"{name}.tmp"
        fresh.write_text(content, "utf-8")
        fresh.replace(folder / name)


def read_study(folder: Path) -> Study:
    """Raises CasesError where a file is missing, or is not what it should be."""
    manifest = read_manifest(folder)
    tree = _read(folder / TREE, Tree)
    if tree.version != manifest.tree:
        raise CasesError(
            f"{str(folder / TREE)!r} is the tree {tree.version!r}; valid: {manifest.tree!r}, which"
            f" {MANIFEST} names"
        )
    cases = {case.id: case for case in read_cases(folder / CASES, WalkCase)}
    attempts = _attempts(folder / ATTEMPTS)
    _check(folder, attempts, cases, [arm.name for arm in manifest.arms])
    # Conversations side by side end in any order: what is drawn at random must not depend on it.
    places = {case: place for place, case in enumerate(cases)}
    attempts.sort(key=lambda one: (places[one.case], one.arm, one.repeat))
    return Study(folder, manifest, cases, tree, tuple(attempts))


def read_manifest(folder: Path) -> Manifest:
    """What a study's folder says it is. Raises CasesError where that cannot be read."""
    found: Manifest = _read(folder / MANIFEST, Manifest)
    return found


def _read(path: Path, kind: type[Manifest] | type[Tree]) -> Any:
    try:
        return kind.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        valid = "the folder that `nodriza study run` has written"
        raise CasesError(
            f"{str(path)!r} cannot be read ({error.strerror}); valid: {valid}"
        ) from error
    except ValidationError as error:
        raise CasesError(f"{str(path)!r} is not valid: {error}") from error


def _attempts(path: Path) -> list[Attempt]:
    """The lines that are whole: a run may be going on, or have been killed."""
    if not path.is_file():
        raise CasesError(f"{str(path)!r} is missing; valid: a study of which something was run")
    found = []
    for number, line in enumerate(path.read_text("utf-8").split("\n")[:-1], 1):
        try:
            found.append(Attempt.model_validate_json(line))
        except ValidationError as error:
            raise CasesError(f"{path.name}:{number}: no attempt: {error}") from error
    return found


def _check(
    folder: Path, attempts: Sequence[Attempt], cases: dict[str, WalkCase], arms: Sequence[str]
) -> None:
    """See that the attempts are of these cases and arms."""
    strange = {
        **{f"case {a.case!r}": CASES for a in attempts if a.case not in cases},
        **{f"arm {a.arm!r}": MANIFEST for a in attempts if a.arm not in arms},
    }
    if strange:
        lines = tuple(f"{what} is not in {where}" for what, where in strange.items())
        raise CasesError(f"{str(folder / ATTEMPTS)!r} does not fit its study:", lines)
    if not attempts:
        raise CasesError(f"{str(folder / ATTEMPTS)!r} has no attempt; valid: one or more")
