"""FloDial's dialogs and CTS's questions as whole conversations; what is left out is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.settings import load_settings
from evaluation.cases import CasesError
from evaluation.study.cases.foreign import cts_walks, flodial_walks
from evaluation.study.cases.sources import study_cases
from evaluation.study.plan import CasesPlan
from evaluation.walks.commands import check_cases

Json = dict[str, Any]
CHART: Json = {
    "name": "cold_soup",
    "category": "kitchen",
    "problem_description": "Your soup is cold.",
    "nodes": {
        name: {"label": label, "terminal": False, "utterance": f"{label}."}
        for name, label in {
            "1": "Is the hob on",
            "2": "Switch it on",
            "3": "Is the pot warm",
            "4": "Is it gas",
            "5": "Wait",
            "6": "Open the valve",
            "7": "Call",
        }.items()
    },
    # Switching it on leads on in one way only: the import reads it out with what follows.
    "edges": {
        "1": {"no": "2", "yes": "3"},
        "2": {"yes": "4"},
        "3": {"yes": "5", "no": "4"},
        "4": {"yes": "6", "no": "7"},
    },
    "supporting_faqs": [],
}


def _turns(*turns: tuple[str, str]) -> list[Json]:
    return [
        {"speaker": ("user", "agent")[place % 2], "utterance": said, "grounded_doc_id": about}
        for place, (said, about) in enumerate(turns)
    ]


DIALOGS = {
    "whole": _turns(
        ("My soup is cold.", "chart-0"), ("Is the hob on?", "chart-1"),
        ("Sure it is.", "chart-1"), ("Is the pot warm?", "chart-3"),
        ("Stone cold.", "chart-3"), ("Is it gas?", "chart-4"),
        ("No flame.", "chart-4"), ("Call.", "chart-7"),
    ),
    "ahead": _turns(
        ("My soup is cold, the hob is on.", "chart-0"), ("Is the pot warm?", "chart-3"),
        ("Yes, warm.", "chart-3"), ("Wait.", "chart-5"),
    ),
    "cut": _turns(
        ("My soup is cold.", "chart-0"), ("Is the hob on?", "chart-1"),
        ("Sure.", "chart-1"), ("Is the pot warm?", "chart-3"),
    ),
}  # fmt: skip


@pytest.fixture
def flodial(tmp_path: Path) -> Path:
    for part in ("dialogs", "knowledge-sources"):
        (tmp_path / "flodial" / part).mkdir(parents=True)
    content = {name: {"flowchart": "cold_soup", "utterences": t} for name, t in DIALOGS.items()}
    (tmp_path / "flodial/dialogs/dialogs.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "flodial/knowledge-sources/soup.json").write_text(json.dumps(CHART), "utf-8")
    return tmp_path / "flodial"


def test_a_dialog_is_its_way_through_the_chart(flodial: Path) -> None:
    made = flodial_walks(flodial, "x")
    check_cases(made.cases, made.tree)
    whole, ahead = made.cases
    assert whole.first_message == "My soup is cold."
    assert whole.start == "cold-soup-1"
    assert whole.answers == {"cold-soup-1": "yes", "cold-soup-3": "no", "cold-soup-4": "no"}
    assert whole.says == {
        "cold-soup-1": "Sure it is.",
        "cold-soup-3": "Stone cold.",
        "cold-soup-4": "No flame.",
    }
    assert whole.target == ("cold-soup-7",)
    assert whole.topics_gold == ("cold-soup",)
    # What the first words had answered was never asked: she has no words for it.
    assert ahead.answers == {"cold-soup-1": "yes", "cold-soup-3": "yes"}
    assert ahead.says == {"cold-soup-3": "Yes, warm."}
    assert ahead.target == ("cold-soup-5",)
    assert made.left_out == {"dialog: an answer on the way is not told": 1}


def test_a_study_of_it_has_the_imported_tree_beside_it(flodial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan = CasesPlan(flodial=Path("flodial"), limit=1)
    found = study_cases(plan, tmp_path, out, load_settings())
    assert len(found.cases) == 1
    assert found.tree_setting == found.cases[0].tree == str(out / "tree")
    assert (out / "tree" / "tree.yaml").is_file()
    assert [file.cases for file in found.files] == [1, 0]
    again = study_cases(plan, tmp_path, out, load_settings())
    assert again.tree.version == found.tree.version


QUESTIONS = {
    "train": ["Wie komme ich hin?", "Darf ich mit dem Zug fahren?"],
    "hotel": ["Wer zahlt das Hotel?"],
    "ask": ["Worum geht es?", "Was kann ich fragen?"],
}


def _graph(asked: dict[str, list[str]]) -> Json:
    def node(name: str, kind: str, text: str, *answers: str) -> Json:
        return {
            "id": name,
            "type": kind,
            "data": {
                "raw_text": text,
                "markup": f"<p>{text}</p>",
                "answers": [{"id": f"{name}-{answer}", "raw_text": answer} for answer in answers],
                "questions": [
                    {"id": f"{name}-q{place}", "text": text}
                    for place, text in enumerate(asked.get(name, []))
                ],
            },
        }

    ways = (("start", "start", "ask"), ("ask", "ask-Zug", "train"), ("ask", "ask-Hotel", "hotel"))
    return {
        "nodes": [
            node("start", "startNode", "START"),
            node("ask", "userResponseNode", "Worum geht es?", "Zug", "Hotel"),
            node("train", "infoNode", "Sie dürfen mit dem Zug fahren."),
            node("hotel", "infoNode", "Das Hotel wird erstattet."),
        ],
        "connections": [
            {"source": origin, "sourceHandle": handle, "target": to} for origin, handle, to in ways
        ],
        "tags": [],
    }


def test_a_question_asked_is_no_example_in_the_tree(tmp_path: Path) -> None:
    (tmp_path / "train_graph.json").write_text(json.dumps(_graph(QUESTIONS)), "utf-8")
    made = cts_walks(tmp_path, "x")
    check_cases(made.cases, made.tree)
    (case,) = made.cases
    assert (case.first_message, case.target) == ("Darf ich mit dem Zug fahren?", ("train",))
    examples = {text for entry in made.tree.entries for text in entry.examples}
    assert case.first_message not in examples
    assert "Wie komme ich hin?" in examples
    assert made.left_out == {
        "question that stays in the tree as an example": 3,
        "question for a node that is no answer of the tree": 1,
    }


def test_test_questions_are_asked_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "train_graph.json").write_text(json.dumps(_graph(QUESTIONS)), "utf-8")
    asked = {"hotel": ["Bezahlt ihr das Hotel?", "wer zahlt das hotel"]}
    (tmp_path / "test_graph.json").write_text(json.dumps(_graph(asked)), "utf-8")
    made = cts_walks(tmp_path, "x")
    assert [case.first_message for case in made.cases] == ["Bezahlt ihr das Hotel?"]
    assert made.left_out == {"question that stands in the tree too": 1}


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    for read in (flodial_walks, cts_walks):
        with pytest.raises(CasesError, match="valid: "):
            read(tmp_path, "x")
