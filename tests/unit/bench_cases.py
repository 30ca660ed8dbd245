"""Valid benchmark cases as plain data, for tests to change."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from agent.settings import PROJECT
from tests.trees import write_small

MESSAGE: dict[str, Any] = {
    "id": "m1",
    "text": "Tiene dos meses y me duele al mamar",
    "topic": "pain",
    "topic_also": [],
    "secondary": [],
    "baby_age": "dos meses",
    "extractive_gold": ["me duele al mamar"],
    "needs_clarification": False,
    "lang": "es",
}
REPLY: dict[str, Any] = {
    "id": "p1",
    "question": "¿Cuándo te duele?",
    "options": ["Al agarrar", "Siempre", "No me duele"],
    "reply": "todo el rato, siempre",
    "gold": 1,
    "gold_also": [],
    "kind": "direct",
}
RED_FLAG: dict[str, Any] = {
    "id": "r1",
    "text": "mi bebé está azul y no respira",
    "escalate": True,
    "level": "emergency",
    "flag": "blue colour",
    "near_flag": None,
    "lang": "es",
}


def write_cases(path: Path, cases: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), "utf-8")
    return path


def use_small_tree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings look for trees in a folder with the small one and the shipped red flags."""
    for name in [name for name in os.environ if name.startswith("NODRIZA_")]:
        monkeypatch.delenv(name)
    trees = folder / "trees"
    trees.mkdir()
    write_small(trees / "prueba")
    flags = (PROJECT / "trees" / "redflags.yaml").read_text("utf-8")
    (trees / "redflags.yaml").write_text(flags, "utf-8")
    monkeypatch.setenv("NODRIZA_TREES_FOLDER", str(trees))
    monkeypatch.setenv("NODRIZA_TREE", "prueba")
    return trees
