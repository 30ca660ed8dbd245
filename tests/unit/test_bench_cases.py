"""Case files: what is valid is read, what is not is told at once, by line and key."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent.settings import PROJECT
from evaluation.cases import (
    CasesError,
    MessageCase,
    RedFlagCase,
    ReplyCase,
    read_cases,
)
from evaluation.vocabulary import Vocabulary, read_vocabulary
from tests.trees import write_small
from tests.unit.bench_cases import MESSAGE, RED_FLAG, REPLY, write_cases
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

TOPICS = ("pain", "weaning", "unclear", "out_of_scope")
KINDS: list[tuple[Any, dict[str, Any]]] = [
    (MessageCase, MESSAGE),
    (ReplyCase, REPLY),
    (RedFlagCase, RED_FLAG),
]


def problems(path: Path, kind: Any) -> tuple[str, ...]:
    with pytest.raises(CasesError) as told:
        read_cases(path, kind, TOPICS)
    return told.value.problems


@pytest.mark.parametrize(("kind", "valid"), KINDS)
def test_unknown_keys_are_ignored(kind: Any, valid: dict[str, Any], tmp_path: Path) -> None:
    path = write_cases(tmp_path / "c.jsonl", [valid | {"note": 1}, valid | {"id": "other"}])
    assert [case.id for case in read_cases(path, kind, TOPICS)] == [valid["id"], "other"]


@pytest.mark.parametrize(
    ("kind", "valid", "key"), [(kind, valid, key) for kind, valid in KINDS for key in valid]
)
def test_a_missing_key_is_told(kind: Any, valid: dict[str, Any], key: str, tmp_path: Path) -> None:
    lacking = {name: value for name, value in valid.items() if name != key}
    path = write_cases(tmp_path / "c.jsonl", [valid | {"id": "x"}, lacking])
    problem, *topics = problems(path, kind)
    assert len(topics) <= 1
    assert re.match(rf"c\.jsonl:2: {key}: missing; valid: \S", problem)


@pytest.mark.parametrize(
    ("kind", "valid", "changed", "told"),
    [
        (MessageCase, MESSAGE, {"topic": "pian"}, "topic: got 'pian' (did you mean 'pain'?)"),
        (MessageCase, MESSAGE, {"topic_also": ["pain", "x"]}, "topic_also[1]: got 'x'"),
        (MessageCase, MESSAGE, {"text": "  "}, "text: got '  '"),
        (MessageCase, MESSAGE, {"baby_age": "3 meses"}, "baby_age: got '3 meses'"),
        (MessageCase, MESSAGE, {"extractive_gold": ["dolor"]}, "'dolor' is not in the text"),
        (MessageCase, MESSAGE, {"needs_clarification": "no"}, "needs_clarification: got 'no'"),
        (ReplyCase, REPLY, {"gold": 3}, "there are 3 options: 0 to 2"),
        (ReplyCase, REPLY, {"gold": -1}, "there are 3 options: 0 to 2"),
        (ReplyCase, REPLY, {"gold": "dunno"}, "gold: got 'dunno'"),
        (ReplyCase, REPLY, {"gold": True}, "gold: got True"),
        (ReplyCase, REPLY, {"gold_also": [7]}, "gold_also: got [7]"),
        (ReplyCase, REPLY, {"options": ["a", "a"]}, "options: got ['a', 'a']"),
        (RedFlagCase, RED_FLAG, {"level": "soon"}, "level: got 'soon'"),
        (RedFlagCase, RED_FLAG, {"escalate": 1}, "escalate: got 1"),
    ],
)
def test_a_wrong_value_is_quoted_with_what_is_valid(
    kind: Any, valid: dict[str, Any], changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    found = problems(write_cases(tmp_path / "c.jsonl", [valid | changed]), kind)
    assert len([line for line in found if not line.startswith("topics: ")]) == 1
    assert told in found[0]
    assert found[0].startswith("c.jsonl:1: ")
    assert "; valid: " in found[0]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    write_cases(path, [MESSAGE, MESSAGE, MESSAGE | {"id": "m2", "topic": "x", "lang": 3}])
    path.write_text(path.read_text("utf-8") + "\n{oops\n[]\n", "utf-8")
    found = problems(path, MessageCase)
    assert [line.split(":")[1] for line in found[:-1]] == ["2", "3", "3", "5", "6"]
    assert "as in line 1" in found[0]
    assert found[-1] == f"topics: {', '.join(TOPICS)}"


def test_a_file_without_cases_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text("\n")
    assert "no case" in problems(tmp_path / "c.jsonl", RedFlagCase)[0]
    with pytest.raises(CasesError, match="cannot be read"):
        read_cases(tmp_path / "none.jsonl", RedFlagCase)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("messages", MessageCase), ("replies", ReplyCase), ("redflags", RedFlagCase)],
)
def test_the_development_sets_are_valid(name: str, kind: Any) -> None:
    tree = read_tree(PROJECT / "trees" / "lactancia")
    path = PROJECT / "evaluation" / "development" / f"{name}.jsonl"
    assert len(read_cases(path, kind, Vocabulary(tree).known)) >= 300


# Topics


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return read_tree(write_small(tmp_path))


def test_topics_match_through_what_they_cover(tree: Tree) -> None:
    vocabulary = Vocabulary(tree, {"elsewhere": ("dolor", "unclear")})
    assert vocabulary.of("dolor") == ("pain",)
    assert vocabulary.accepts(["pain"]) == vocabulary.accepts(["dolor"]) == {"pain"}
    assert vocabulary.accepts(["elsewhere"]) == {"pain", "unclear"}
    assert set(vocabulary.known) == {"pain", "dolor", "unclear", "out_of_scope", "elsewhere"}


def test_a_topic_map_is_checked_as_a_whole(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("a: [pain]\nb: [nothing]\nc: dolor\n")
    with pytest.raises(CasesError) as told:
        read_vocabulary(tree, tmp_path / "map.yaml")
    assert len(told.value.problems) == 2
    (tmp_path / "map.yaml").write_text("a: [pain]\n")
    assert "a" in read_vocabulary(tree, tmp_path / "map.yaml").known
