"""CTS's folder: a question finds its node by the other questions, never by itself."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from evaluation.cases import CasesError
from evaluation.public import predict_nodes
from evaluation.public.cts_folder import CtsQuestions, NodeCase, read_cts_questions
from evaluation.public.cts_metrics import cts_errors, cts_rows
from evaluation.public.predict_nodes import node_predictor, node_rankers
from evaluation.results import NodePrediction, RankedNode
from tests.trees import MeaningEncoder
from tools.encoder import Encoder
from tools.locate import Locator
from tools.tree import PlacedEntry

Json = dict[str, Any]

ASKED = {
    "Zug": ["Darf ich mit dem Zug fahren?", "Wie buche ich eine Fahrkarte?", "Was gilt?"],
    "hotel": ["Wer zahlt das Hotel?", "Wie teuer darf das Hotel sein?", "was gilt"],
    "food": ["Bekomme ich Geld für Essen?", "Wird Essen bezahlt?"],
}


def _graph(asked: dict[str, list[str]]) -> Json:
    texts = {
        "Zug": "<p>Fahrkarten für <b>Züge</b> buchen Sie selbst.</p>",
        "hotel": "<p>Das Hotel wird erstattet.</p>",
        "food": "<p>Für Essen gibt es Tagegeld.</p>",
        "bye": "<p>Auf Wiedersehen.</p>",
    }
    nodes = [_node("start", "startNode", "START", [])]
    nodes += [_node(name, "infoNode", text, asked.get(name, [])) for name, text in texts.items()]
    chain = ["start", *texts]
    ways = [
        {"source": origin, "sourceHandle": origin, "target": target}
        for origin, target in pairwise(chain)
    ]
    return {"nodes": nodes, "connections": ways, "tags": []}


def _node(name: str, kind: str, text: str, asked: list[str]) -> Json:
    questions = [{"id": f"{name}-{i}", "text": question} for i, question in enumerate(asked)]
    data = {"raw_text": name, "markup": text, "answers": [], "questions": questions}
    return {"id": name, "type": kind, "data": data}


def _write(folder: Path, graph: Json, name: str = "train_graph.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(graph, indent=1), "utf-8")
    return folder


@pytest.fixture
def read(tmp_path: Path) -> CtsQuestions:
    return read_cts_questions(_write(tmp_path / "cts", _graph(ASKED)))


# The folder


def test_questions_and_the_nodes_that_have_them(read: CtsQuestions) -> None:
    assert [(node.id, node.text) for node in read.nodes] == [
        ("Zug", "Fahrkarten für Züge buchen Sie selbst."),
        ("hotel", "Das Hotel wird erstattet."),
        ("food", "Für Essen gibt es Tagegeld."),
        ("bye", "Auf Wiedersehen."),
    ]
    assert [case.id for case in read.cases] == [
        "Zug/0", "Zug/1", "Zug/2", "hotel/0", "hotel/1", "food/0", "food/1",
    ]  # fmt: skip
    both = read.cases[2]
    assert (both.given, sorted(both.right)) == ("Was gilt?", ["Zug", "hotel"])


def test_other_questions_are_asked_where_there_are_some(tmp_path: Path) -> None:
    folder = _write(tmp_path / "cts", _graph(ASKED))
    _write(folder, _graph({"food": ["Tagegeld?"]}), "test_graph.json")
    read = read_cts_questions(folder)
    assert [case.given for case in read.cases] == ["Tagegeld?"]
    assert read.nodes[0].questions == tuple(ASKED["Zug"])
    assert [file.name for file in read.files] == ["train_graph.json", "test_graph.json"]


def test_a_folder_in_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"no train_graph\.json in '.*nowhere'; valid: CTS's lay"):
        read_cts_questions(tmp_path / "nowhere")
    bad = _graph(ASKED)
    bad["nodes"][1]["type"] = "pollNode"
    folder = _write(tmp_path / "cts", bad)
    with pytest.raises(CasesError) as error:
        read_cts_questions(folder)
    line = (folder / "train_graph.json").read_text().split('"pollNode"')[0].count("\n") + 1
    assert f"train_graph.json:{line}: nodes.1.type: Input should be" in str(error.value)
    assert str(folder) in str(error.value)
    with pytest.raises(CasesError, match="has a question"):
        read_cts_questions(_write(folder, _graph({})))


def test_nodes_of_another_graph_cannot_be_asked_for(tmp_path: Path) -> None:
    folder = _write(tmp_path / "cts", _graph(ASKED))
    other = _graph(ASKED)
    other["nodes"].append(_node("taxi", "infoNode", "Taxi.", []))
    _write(folder, other, "test_graph.json")
    with pytest.raises(CasesError, match=r"nodes that train_graph\.json has not: 'taxi'"):
        read_cts_questions(folder)


# Predictions


def test_the_question_itself_is_never_in_the_index(
    read: CtsQuestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[PlacedEntry]] = []

    def spied(entries: list[PlacedEntry], language: str, encoder: Encoder | None) -> Locator:
        seen.append(entries)
        return Locator(entries, language, encoder)

    monkeypatch.setattr(predict_nodes, "Locator", spied)
    predict = node_predictor(read.nodes, None)
    for case in read.cases:
        predict(case.given)
        learnt = [example for entry in seen[-1] for example in entry.examples]
        assert case.given not in learnt
        assert len(learnt) == sum(map(len, ASKED.values())) - len(case.right)


def test_the_locator_finds_a_node_by_its_other_questions(read: CtsQuestions) -> None:
    made = node_predictor(read.nodes, None)("Wie teuer darf das Hotel sein?")
    assert made.candidates[0].node == "hotel"
    assert {candidate.node for candidate in made.candidates} == {"Zug", "hotel", "food", "bye"}
    assert node_predictor(read.nodes, None)("Wie buche ich?").candidates[0].node == "Zug"


def test_baselines_rank_every_node_without_the_question_itself(tmp_path: Path) -> None:
    asked = {"Zug": ["Nur hier gesagt"], "hotel": ["Nur hier und dort gesagt"]}
    read = read_cts_questions(_write(tmp_path / "cts", _graph(asked)))
    rankers = node_rankers(read.nodes, MeaningEncoder())
    assert set(rankers) == {"BM25", "embeddings"}
    for rank in rankers.values():
        assert sorted(rank("Essen")) == ["Zug", "bye", "food", "hotel"]
        assert rank("Nur hier gesagt")[0] == "hotel", "by the other question like it"
        assert rank("nur hier GESAGT!")[0] == "hotel"
    assert set(node_rankers(read.nodes, None)) == {"BM25"}


# Figures


def _made(*nodes: str) -> NodePrediction:
    ranked = [RankedNode(node=node, probability=0.5) for node in nodes]
    return NodePrediction(candidates=ranked, ms=1.0, model_calls=0)


def test_figures_count_any_right_node(read: CtsQuestions) -> None:
    cases = [
        NodeCase("a", "?", frozenset({"Zug"})),
        NodeCase("b", "??", frozenset({"hotel", "food"})),
    ]
    made = {"a": _made("bye", "hotel", "Zug"), "b": _made("food", "Zug")}
    rankings = {"BM25": {"a": ["Zug"], "b": ["bye", "Zug", "Zug", "food"]}}
    rows = {
        (row.name, row.method): row.estimate.value
        for row in cts_rows(cases, made, rankings, len(read.nodes), seed=1)
    }
    assert rows["first", "locator"] == rows["first", "BM25"] == 0.5
    assert rows["in the first three", "locator"] == 1
    assert rows["in the first three", "BM25"] == 0.5
    assert rows["in the first three", "locator less BM25"] == 0.5
    assert rows["first", "chance (4 nodes)"] == pytest.approx((1 / 4 + 2 / 4) / 2)
    assert rows["in the first three", "chance (4 nodes)"] == pytest.approx((3 / 4 + 1) / 2)
    errors = cts_errors(cases, made, read.nodes)
    assert len(errors["second or third"]) == 1
    assert errors["second or third"][0].startswith("a '?': right 'Fahrkarten für Züge")
    assert not errors["not in the first three"]


def test_the_command_writes_a_line_a_question_and_resumes(tmp_path: Path) -> None:
    folder, out = _write(tmp_path / "cts", _graph(ASKED)), tmp_path / "out.jsonl"
    arguments = ["bench", "cts", "--path", str(folder), "--out", str(out)]
    shown = CliRunner().invoke(app, [*arguments, "--limit", "2", "--show-errors"])
    assert shown.exit_code == 0, shown.output
    first = out.read_text("utf-8").splitlines()
    assert len(first) == 2
    assert set(json.loads(first[0])) == {"id", "candidates", "ms", "model_calls"}
    told = CliRunner().invoke(app, [*arguments, "--json"])
    assert told.exit_code == 0, told.output
    content = json.loads(told.stdout)
    assert content["run"]["kind"] == "cts"
    assert all(row["low"] <= row["value"] <= row["high"] for row in content["figures"])
    lines = out.read_text("utf-8").splitlines()
    assert lines[:2] == first
    assert len(lines) == 7
