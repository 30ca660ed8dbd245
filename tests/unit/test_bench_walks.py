"""Whole conversations with the menu and with her own words, counted in the same way."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.settings import load_settings
from cli import app
from evaluation.cases import MessageCase, read_cases
from evaluation.vocabulary import Vocabulary
from evaluation.walks.against_menu import Goal, Walk, walk_rows, walker
from tests.unit.bench_cases import MESSAGE, RED_FLAG, REPLY, use_small_tree, write_cases
from tools.formats.yaml_folder import read_tree


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_small_tree(tmp_path, monkeypatch)


def test_her_words_save_the_choice_from_the_list(trees: Path, tmp_path: Path) -> None:
    tree = read_tree(trees / "prueba")
    (case,) = read_cases(write_cases(tmp_path / "m.jsonl", [MESSAGE]), MessageCase)
    with walker(load_settings(), tree, Vocabulary(tree), 1, lambda _text: None) as walk:
        menu, own = walk(case, "menu"), walk(case, "semantic")
        again = walk(case, "semantic")
    assert own == again
    assert all(one.resolved and one.right for one in (menu, own))
    # Her age was told in the message, which both navigators read: only the list is saved.
    assert own.questions == menu.questions - 1
    assert menu.illegal == own.illegal == 0


def test_a_topic_that_the_tree_lacks_is_refused(trees: Path, tmp_path: Path) -> None:
    tree = read_tree(trees / "prueba")
    (case,) = read_cases(
        write_cases(tmp_path / "m.jsonl", [MESSAGE | {"topic": "unclear"}]), MessageCase
    )
    with pytest.raises(ValueError, match="no topic of the tree is 'unclear'"):
        Goal(case, tree, Vocabulary(tree), 1)


def test_questions_are_compared_where_both_resolve() -> None:
    quick, slow = Walk(1, True, True, 0), Walk(4, True, True, 0)
    lost = Walk(9, False, False, 1)
    rows = {
        (row.name, row.method): row.estimate.value
        for row in walk_rows([(slow, quick), (slow, lost), (slow, slow)], seed=1)
    }
    assert rows["questions, of the menu's", "semantic"] == pytest.approx(5 / 8)
    assert rows["right topic reached, less the menu's", "semantic"] == pytest.approx(-1 / 3)
    assert rows["illegal moves", "semantic"] == pytest.approx(1 / 3)
    assert rows["questions until an answer", "menu"] == 4


def test_bench_all_judges_every_target_and_resumes(trees: Path, tmp_path: Path) -> None:
    cases, out = tmp_path / "cases", tmp_path / "out"
    cases.mkdir()
    node = {"node": "dolor-cuando", "question": "¿Cuándo te duele?"}
    reply = REPLY | node
    for name, case in (("messages", MESSAGE), ("replies", reply), ("redflags", RED_FLAG)):
        write_cases(cases / f"{name}.jsonl", [case])
    arguments = ["bench", "all", "--cases", str(cases), "--out", str(out), "--json"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    content = json.loads(shown.stdout)
    met = {target["name"]: target["met"] for target in content["targets"]}
    assert met["entry topic, first"] is True
    assert met["dangers escalated"] is True
    assert met["FloDial, steps"] is None
    assert (out / "reliability.svg").is_file()
    lines = (out / "messages.jsonl").read_text("utf-8")
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert (out / "messages.jsonl").read_text("utf-8") == lines
