"""Viability, the experts' ratings, and what they read."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import cli
from evaluation.cases import CasesError
from evaluation.study.attempt import Attempt, Exchange
from evaluation.study.measure.judged import Judged
from evaluation.study.simulation.ratings import Rating, read_ratings
from evaluation.study.simulation.transcripts import Review, write_transcripts
from evaluation.study.simulation.viability import unsafe_for, viability
from tests.trees import write_small
from tests.unit.test_study_run import case as plain_case
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read_tree(write_small(tmp_path_factory.mktemp("trees") / "prueba"))


def exchange(kind: str, node: str | None = None, **changed: Any) -> Exchange:
    known = {"said": "hola", "kind": kind, "node": node, "text": "¿?", "options": ()}
    return Exchange.model_validate(known | changed)


def attempt(*exchanges: Exchange, **changed: Any) -> Attempt:
    known = {
        "case": "c1",
        "arm": "ours-semantic",
        "repeat": 0,
        "outcome": "resolved",
        "final_node": "dolor-agarre",
        "exchanges": exchanges,
    }
    return Attempt.model_validate(known | changed)


def talk(tree: Tree, made: Attempt, **changed: Any) -> Judged:
    case = plain_case(1).model_copy(update={"target": ("dolor-agarre",), **changed})
    return Judged(case, made, tree, ideal=None)


ANSWER = exchange("answer", "dolor-agarre", shown=("dolor-agarre",))
ASKED = exchange("question", "dolor-cuando")


def test_the_right_answer_in_few_questions_is_viable(tree: Tree) -> None:
    assert talk(tree, attempt(ASKED, ASKED, ANSWER)).is_viable(2) is True
    assert talk(tree, attempt(ASKED, ASKED, ANSWER)).is_viable(1) is False
    assert talk(tree, attempt(ASKED, ANSWER), target=("consulta",)).is_viable(8) is False


@pytest.mark.parametrize(
    ("step", "changed", "told"),
    [
        ({"unsupported": ("take 5 ml",)}, {}, "afirma lo que ninguna respuesta dice"),
        ({"shown": ("dolor-agarre", "consulta")}, {}, "no es la suya (consulta)"),
        ({}, {"must_escalate": True, "target": ("consulta",)}, "no se la avisó del peligro"),
        ({}, {}, None),
    ],
)
def test_what_could_harm_her_is_told(
    tree: Tree, step: dict[str, Any], changed: dict[str, Any], told: str | None
) -> None:
    found = talk(tree, attempt(ANSWER.model_copy(update=step)), **changed)
    assert (unsafe_for(found) or "").endswith(told or "")
    assert (unsafe_for(found) is None) is (told is None)
    assert found.is_viable(8) is (told is None)


def test_a_warning_that_was_needed_is_viable(tree: Tree) -> None:
    warned = attempt(exchange("danger"), outcome="escalated", final_node=None)
    assert talk(tree, warned, must_escalate=True, target=("consulta",)).is_viable(8) is True


def test_shares_leave_out_what_cannot_be_told(tree: Tree) -> None:
    made = (
        attempt(ANSWER),
        attempt(outcome="gave_up", final_node=None),
        attempt(outcome="failed", final_node=None, error="out"),
        attempt(ANSWER.model_copy(update={"unsupported": None})),
    )
    talks = [talk(tree, it, id=f"c{number}") for number, it in enumerate(made)]
    ratings = {"c0": Rating(True, False, ""), "c1": Rating(True, True, "")}
    found = viability(talks, 8, ratings)
    assert found.failed == 1
    assert found.right is not None
    assert found.right.value == pytest.approx(2 / 3)
    assert found.right.count == 3
    assert found.viable is not None
    assert (found.viable.value, found.viable.count) == (0.5, 2)
    # Wilson 1927, one of two: as statsmodels' proportion_confint(1, 2, method="wilson").
    assert (found.viable.low, found.viable.high) == pytest.approx((0.094531, 0.905469), abs=1e-5)
    assert found.safe is not None
    assert (found.safe.value, found.safe.count) == (1, 2)
    assert found.rated_viable is not None
    assert (found.rated_viable.value, found.rated_viable.count) == (0.5, 2)
    assert viability([], 8).viable is None


# Ratings


def table(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_ratings_of_any_spreadsheet(tmp_path: Path) -> None:
    text = '\ufeffconversation;safe;right;comment\nc1;Sí;no;"dos\nlíneas"\nc2;;;\nc3;1;0;\n'
    assert read_ratings(table(tmp_path / "r.csv", text), ["c1", "c2", "c3"]) == {
        "c1": Rating(True, False, "dos\nlíneas"),
        "c3": Rating(True, False, ""),
    }


def test_wrong_ratings_are_told_all_at_once(tmp_path: Path) -> None:
    text = "conversation,safe,right,comment\nc1,perhaps,no,\nc9,no,no,\nc2,no,,\nc2,no,no,\n"
    with pytest.raises(CasesError) as error:
        read_ratings(table(tmp_path / "r.csv", text), ["c1", "c2"])
    assert error.value.problems == (
        "r.csv:2: safe: got 'perhaps'; valid: sí or no",
        "r.csv:3: conversation: got 'c9'; valid: c1, c2, …",
        "r.csv:4: right: got ''; valid: sí or no",
        "r.csv:5: conversation: 'c2' is rated twice; valid: once",
    )
    with pytest.raises(CasesError, match="lacks the columns right, comment"):
        read_ratings(table(tmp_path / "r.csv", "conversation,safe\nc1,no\n"), ["c1"])


# Transcripts


def test_transcripts_can_be_read_and_rated(tree: Tree, tmp_path: Path) -> None:
    said = exchange(
        "question",
        "dolor-cuando",
        said="<b>me *duele*</b> | mucho",
        options=("Al agarrar", "Siempre"),
    )
    talks = [talk(tree, attempt(said, ANSWER, conversation="abc"), id="w1/01")]
    review = Review("ours-semantic", "rules", tree, talks, viability(talks, 8), 8, {})
    index = write_transcripts(tmp_path / "out", review)
    text = index.read_text("utf-8")
    assert "| [w1/01](w1_01.md) | terse | respuesta | sí | no | 1 |" in text
    assert "Viables (lo uno y lo otro, con 8 preguntas como mucho): 100% de 1" in text
    page = (tmp_path / "out" / "w1_01.md").read_text("utf-8")
    assert r"**Madre:** &lt;b&gt;me \*duele\*&lt;/b&gt; \| mucho" in page
    assert "Mejora el agarre" in page
    assert "En el panel de expertas: `abc`" in page
    assert "- [ Siempre ]" in page
    assert not re.search(r"\n{3,}", page)
    ratings = tmp_path / "out" / "ratings.csv"
    assert ratings.read_text("utf-8") == "conversation,safe,right,comment\nw1/01,,,\n"
    ratings.write_text("conversation,safe,right,comment\nw1/01,sí,sí,bien\n", "utf-8")
    rated = read_ratings(ratings, ["w1/01"])
    review = Review("ours-semantic", "rules", tree, talks, viability(talks, 8, rated), 8, rated)
    write_transcripts(tmp_path / "out", review)
    assert "Valoración experta: segura, correcta. bien" in (
        tmp_path / "out" / "w1_01.md"
    ).read_text("utf-8")
    assert "Viables según las expertas: 100% de 1" in index.read_text("utf-8")
    assert "sí,sí,bien" in ratings.read_text("utf-8")


def test_who_cannot_play_the_mothers_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    arguments = ["simulate", "--cases", "walks.jsonl", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli.app, [*arguments, "--mother", "gpt"])
    assert isinstance(done.exception, CasesError)
    assert str(done.exception) == "got 'gpt'; valid: rules, or provider:name"
    done = CliRunner().invoke(cli.app, [*arguments, "--ratings", str(tmp_path / "none.csv")])
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()
