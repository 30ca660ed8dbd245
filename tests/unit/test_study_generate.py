"""Cases made from trees: whoever answers as the case says comes to its answer."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.settings import PROJECT
from cli import app
from evaluation.cases import WalkCase, read_cases
from evaluation.study.cases.generate import generate_cases
from evaluation.walks.commands import check_cases
from tests.trees import random_tree, write_small
from tools.conditions import Value
from tools.formats.yaml_folder import read_tree
from tools.store import TreeStore
from tools.tree import Input, Question, Tree
from tools.view import Position, View
from tools.walk import Choose, Move, SetFact, take


def end_of(case: WalkCase, store: TreeStore, version: str) -> str:
    """Where the product's own walk comes to from the start, answered as the case says."""
    assert case.start is not None
    view: View | None = store.view(version, Position(case.start))
    facts: dict[str, Value | None] = {}
    for turn in range(40):
        assert view is not None
        node = view.node
        move: Move
        if isinstance(node, Question):
            move = Choose(case.answers[node.id])
        elif isinstance(node, Input):
            value = case.facts[node.variable]
            assert not isinstance(value, str)
            move = SetFact(node.variable, value)
        else:
            return node.id
        _, view = take(
            move,
            store=store,
            version=version,
            view=view,
            path=(),
            facts=facts,
            located={},
            turn=str(turn),
        )
        if isinstance(move, SetFact):
            facts[move.variable] = move.value
    raise AssertionError(f"{case.id} does not end")


@pytest.mark.parametrize("seed", range(3))
def test_answering_as_the_case_says_leads_to_its_answer(
    seed: int, embedded_store: TreeStore
) -> None:
    tree = random_tree(seed, tree_id=f"generated-{seed}")
    made = generate_cases(tree, "x", 30, seed)
    assert made.cases
    check_cases(made.cases, tree)
    embedded_store.load(tree)
    for case in made.cases:
        assert (end_of(case, embedded_store, tree.version),) == case.target, case


@pytest.fixture(scope="module")
def shipped() -> Tree:
    return read_tree(PROJECT / "trees" / "lactancia")


def test_the_shipped_trees_answers_are_nearly_all_reached(shipped: Tree) -> None:
    made = generate_cases(shipped, "lactancia", 200, 1)
    check_cases(made.cases, shipped)
    assert made.reached >= 0.9 * made.answers
    assert len({case.target for case in made.cases}) == len(made.cases) == 200
    assert {case.persona for case in made.cases} == {"generated"}
    assert all(
        case.generated and case.must_escalate == (case.level == "emergency") for case in made.cases
    )
    examples = {text for entry in shipped.entries for text in (entry.title, *entry.examples)}
    assert {case.first_message for case in made.cases} <= examples


def test_the_same_seed_makes_the_same_and_a_greater_limit_only_adds(shipped: Tree) -> None:
    few, many = (generate_cases(shipped, "x", count, 3).cases for count in (20, 50))
    assert many[:20] == few
    assert generate_cases(shipped, "x", 20, 4).cases != few


def test_both_sides_of_a_threshold_are_drawn(tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path))
    made = generate_cases(tree, "x", 500, 1).cases
    ages = {case.facts["baby_age_days"] for case in made if "baby_age_days" in case.facts}
    assert {13, 14, 179, 180} <= ages
    assert {case.facts.get("preterm") for case in made} == {True, False, None}


def test_the_command_writes_valid_cases(tmp_path: Path) -> None:
    folder, file = write_small(tmp_path / "prueba"), tmp_path / "cases" / "made.jsonl"
    arguments = ["study", "generate", str(folder), "--out", str(file), "--limit", "5"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    cases = read_cases(file, WalkCase)
    assert len(cases) == 5
    assert {case.tree for case in cases} == {str(folder.resolve())}
    assert all(json.loads(line)["generated"] for line in file.read_text("utf-8").splitlines())
