"""Viability, the experts' ratings, and what they read."""

import re
from pathlib import Path
from typing import Any

import pytest

from evaluation.cases import CasesError, WalkCase
from evaluation.study.attempt import Attempt, Exchange
from evaluation.study.ratings import Rating, read_ratings
from evaluation.study.transcripts import Review, write_transcripts
from evaluation.study.viability import is_viable, unsafe_step, viability
from tests.trees import write_small
from tests.unit.test_study_run import case as plain_case
from tools.formats.yaml_folder import read_tree


def case(**changed: Any) -> WalkCase:
    return plain_case(1).model_copy(update={"target": ("dolor-agarre",), **changed})


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


ANSWER = exchange("answer", "dolor-agarre", shown=("dolor-agarre",))
ASKED = exchange("question", "dolor-cuando")


def test_the_right_answer_in_few_questions_is_viable() -> None:
    assert is_viable(case(), attempt(ASKED, ASKED, ANSWER), 2)
    assert not is_viable(case(), attempt(ASKED, ASKED, ANSWER), 1)
    assert not is_viable(case(target=("consulta",)), attempt(ASKED, ANSWER), 8)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"illegal": 1}, "message 1: an illegal move"),
        ({"unsupported": ("take 5 ml",)}, "message 1: unsupported: take 5 ml"),
        ({}, None),
    ],
)
def test_a_step_that_could_harm_is_told(step: dict[str, Any], told: str | None) -> None:
    talked = attempt(exchange("question", "dolor-cuando", **step), ANSWER)
    assert unsafe_step(case(), talked) == told
    assert is_viable(case(), talked, 8) is (told is None)


def test_advice_in_the_place_of_a_warning_is_unsafe() -> None:
    grave = case(must_escalate=True, target=("consulta",))
    warned = attempt(exchange("danger"), outcome="escalated", final_node=None)
    assert unsafe_step(grave, warned) is None
    assert is_viable(grave, warned, 8)
    assert (
        unsafe_step(grave, attempt(ANSWER)) == "message 1: dolor-agarre in the place of a warning"
    )
    assert unsafe_step(case(target=("consulta",)), attempt(ANSWER)) is None


def test_shares_leave_out_what_cannot_be_told() -> None:
    good, bad = attempt(ANSWER), attempt(outcome="gave_up", final_node=None)
    failed = attempt(outcome="failed", final_node=None, error="out")
    unread = attempt(exchange("answer", "dolor-agarre", unsupported=None))
    pairs = [(case(id=f"c{n}"), it) for n, it in enumerate((good, bad, failed, unread))]
    ratings = {"c0": Rating(True, False, ""), "c1": Rating(True, True, "")}
    found = viability(pairs, 8, ratings)
    assert found.untold == 2
    assert found.viable is not None
    assert found.right == found.viable
    assert (found.viable.value, found.viable.count) == (0.5, 2)
    # Wilson 1927, one of two: as statsmodels' proportion_confint(1, 2, method="wilson").
    assert (found.viable.low, found.viable.high) == pytest.approx((0.094531, 0.905469), abs=1e-5)
    assert found.safe is not None
    assert found.safe.value == 1
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


def test_transcripts_can_be_read_and_rated(tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path / "prueba"))
    said = exchange(
        "question",
        "dolor-cuando",
        said="<b>me *duele*</b> | mucho",
        options=("Al agarrar", "Siempre"),
    )
    pairs = [(case(id="w1/01"), attempt(said, ANSWER, conversation="abc"))]
    review = Review("ours-semantic", "rules", tree, pairs, viability(pairs, 8), 8, {})
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
    review = Review("ours-semantic", "rules", tree, pairs, viability(pairs, 8, rated), 8, rated)
    write_transcripts(tmp_path / "out", review)
    assert "Valoración experta: segura, correcta. bien" in (
        tmp_path / "out" / "w1_01.md"
    ).read_text("utf-8")
    assert "Viables según las expertas: 100% de 1" in index.read_text("utf-8")
    assert "sí,sí,bien" in ratings.read_text("utf-8")
