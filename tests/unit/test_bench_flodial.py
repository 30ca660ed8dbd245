"""FloDial's folder: the gold of each step comes from what the turns are about, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.settings import load_settings
from cli import app
from evaluation.cases import CasesError, ReplyInput
from evaluation.public.flodial_folder import read_flodial_folder
from evaluation.public.flodial_metrics import (
    NEGATION,
    answer_of,
    by_negation,
    flodial_errors,
    flodial_rows,
    forced_answer,
    walk_lines,
)
from evaluation.public.flodial_steps import Dialog, FlodialSteps, Step, flodial_steps
from evaluation.results import ReplyPrediction
from evaluation.texts.predict_replies import reply_predictor
from tests.trees import MeaningEncoder

Json = dict[str, Any]

HOB, POT, WAIT, GAS, VALVE = "Is the hob on?", "Is the pot warm?", "Wait.", "Is it gas?", "Open it."
SWITCH = "Switch it on."


def _chart() -> Json:
    says = {"1": HOB, "2": SWITCH, "3": POT, "4": WAIT, "5": GAS, "6": VALVE, "7": "Call."}
    return {
        "name": "cold_soup",
        "category": "kitchen",
        "nodes": {node: {"label": "x", "utterance": text} for node, text in says.items()},
        "edges": {
            "1": {"no": "2", "yes": "3"},
            "3": {"yes": "4", "no": "5"},
            "5": {"no": "7", "yes": "6"},
        },
    }


def _turns(*turns: tuple[str, str | None]) -> list[Json]:
    """Turns by turns, the user's first: what is said, and of what."""
    speakers = ("user", "agent")
    return [
        {"speaker": speakers[place % 2], "utterance": said}
        | ({"grounded_doc_id": about} if about else {})
        for place, (said, about) in enumerate(turns)
    ]


PLAIN = _turns(
    ("My soup is cold.", "chart-0"),
    (HOB, "chart-1"),
    ("What is a hob?", "chart-1"),
    ("Where the pot stands.", "faq-0"),
    ("Yes.", "chart-1"),
    (POT, "chart-3"),
    ("It is stone cold.", "chart-3"),
    (GAS, "chart-5"),
    ("No.", "chart-5"),
    ("Call.", "chart-7"),
    ("Whom?", "chart-7"),
    ("An electrician.", "faq-1"),
    ("Thanks.", None),
    ("Bye.", None),
)
AHEAD = _turns(
    ("My soup is cold, though the hob is on.", "chart-0"),
    (POT, "chart-3"),
    ("No.", "chart-3"),
    ("Do you know how to tell whether it is gas?", "faq-2"),
    ("I can see that.", "chart-5"),
    ("Is there a flame?", "faq-2"),
    ("There is none.", "chart-5"),
    ("Call.", "chart-7"),
)
UNSAID = _turns(
    ("My soup is cold.", "chart-0"),
    ("Do you know how to tell whether it is on?", "faq-3"),
    (" ", "chart-1"),
    (POT, "chart-3"),
    ("Who knows.", "chart-3"),
    ("Call.", "chart-7"),
)


def _write(folder: Path, dialogs: Json, *charts: Json) -> Path:
    (folder / "dialogs").mkdir(parents=True)
    (folder / "knowledge-sources").mkdir()
    text = json.dumps(dialogs, indent=1)
    (folder / "dialogs" / "dialogs.json").write_text(text, "utf-8")
    for number, chart in enumerate(charts or (_chart(),)):
        path = folder / "knowledge-sources" / f"{number}.json"
        path.write_text(json.dumps(chart, indent=1), "utf-8")
    return folder


def _dialog(turns: list[Json]) -> Json:
    return {"flowchart": "cold_soup", "utterences": turns}


def _read(folder: Path, *dialogs: list[Json]) -> FlodialSteps:
    named = {f"d{number}": _dialog(turns) for number, turns in enumerate(dialogs)}
    return flodial_steps(read_flodial_folder(_write(folder, named)))


# Steps


def test_the_gold_is_the_edge_to_what_is_asked_next_or_asking_back(tmp_path: Path) -> None:
    read = _read(tmp_path / "f", PLAIN)
    [dialog] = read.dialogs
    assert [(s.id, s.node, s.gold) for s in dialog.steps] == [
        ("d0/2", "1", "ask"),
        ("d0/4", "1", 0),
        ("d0/6", "3", 1),
        ("d0/8", "5", 1),
    ]
    assert dialog.steps[2].given == ReplyInput(POT, ("Yes", "No"), "It is stone cold.", None)
    assert dialog.steps[2].targets == ("4", "5")
    assert [(s.id, s.gold, s.given.is_asked) for s in dialog.opening] == [
        ("d0/0/1", "not answered", False)
    ]
    assert read.left_out == {"turn at an answer of the chart, not at a question": 1}


def test_a_question_that_the_agent_asks_by_a_faq_is_no_asking_back(tmp_path: Path) -> None:
    read = _read(tmp_path / "f", AHEAD)
    [dialog] = read.dialogs
    assert [(s.id, s.node, s.gold) for s in dialog.steps] == [("d0/2", "3", 1), ("d0/6", "5", 1)]
    assert [(s.node, s.gold) for s in dialog.opening] == [("1", 0), ("3", "not answered")]
    assert read.left_out == {"answer to a question of the agent's own": 1}


def test_turns_that_the_chart_does_not_explain_are_counted(tmp_path: Path) -> None:
    read = _read(tmp_path / "f", UNSAID, PLAIN)
    unsaid = read.dialogs[0]
    assert not unsaid.steps
    assert [(s.node, s.gold) for s in unsaid.opening] == [("1", "not answered")]
    assert read.left_out["turn without words"] == 1
    assert read.left_out["turn that no edge of its node explains"] == 1


# Folders that are not in the layout


def test_a_missing_file_is_named_with_the_folder_and_the_layout(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"no dialogs/dialogs\.json in '.*nowhere'; valid: FloDia"):
        read_flodial_folder(tmp_path / "nowhere")
    folder = _write(tmp_path / "f", {"d0": _dialog(PLAIN)})
    (folder / "knowledge-sources" / "0.json").unlink()
    with pytest.raises(CasesError, match=r"no knowledge-sources/\*\.json in '.*f'; valid: FloDial"):
        read_flodial_folder(folder)


SPOILED: dict[str, tuple[Callable[[Json, Json], object], str, str]] = {
    "no nodes": (
        lambda _dialogs, chart: chart.pop("nodes"),
        "0.json:1: nodes: Field required",
        "",
    ),
    "an edge to nowhere": (
        lambda _dialogs, chart: chart["edges"]["3"].update(no="99"),
        "there is no node '99' for its edges",
        '  "3": {\n   "yes": "4"',
    ),
    "two starts": (
        lambda _dialogs, chart: chart["edges"].pop("1"),
        "a chart has one node that no edge leads to; here: '1', '2', '3'",
        "",
    ),
    "an unknown chart": (
        lambda dialogs, _chart: dialogs["d0"].update(flowchart="warm_soup"),
        "dialog 'd0': no chart is called 'warm_soup'; valid: 'cold_soup'",
        "",
    ),
    "an unknown node": (
        lambda dialogs, _chart: dialogs["d0"]["utterences"][1].update(grounded_doc_id="chart-9"),
        "dialog 'd0': got 'chart-9'; valid: chart-0, faq-… or chart- and a node of 'cold_soup'",
        '    "grounded_doc_id": "chart-9"',
    ),
    "an unknown speaker": (
        lambda dialogs, _chart: dialogs["d0"]["utterences"][1].update(speaker="cook"),
        "d0.utterences.1.speaker: Input should be 'user' or 'agent' (got 'cook')",
        '    "speaker": "cook"',
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_is_wrong_is_told_with_file_and_line(what: str, tmp_path: Path) -> None:
    change, problem, written = SPOILED[what]
    dialogs, chart = {"d0": _dialog(list(map(dict, PLAIN)))}, _chart()
    change(dialogs, chart)
    folder = _write(tmp_path / "f", dialogs, chart)
    with pytest.raises(CasesError) as error:
        read_flodial_folder(folder)
    assert problem in str(error.value)
    assert f"{str(folder)!r} is not valid; valid: FloDial's layout" in str(error.value)
    if written:
        file = next(f for f in folder.rglob("*.json") if written in f.read_text("utf-8"))
        line = file.read_text("utf-8").split(written)[0].count("\n") + 1
        assert f"{file.name}:{line}: " in str(error.value)


def test_text_that_is_no_json_and_two_charts_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = _write(tmp_path / "f", {"d0": _dialog(PLAIN)}, _chart(), _chart())
    (folder / "dialogs" / "dialogs.json").write_text('{"d0": ')
    with pytest.raises(CasesError) as error:
        read_flodial_folder(folder)
    assert "1.json: another file has a chart 'cold_soup' too" in str(error.value)
    assert "dialogs.json:1: " in str(error.value)


def test_dialogs_without_a_step_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match="in no dialog a user answers"):
        _read(tmp_path / "f", PLAIN[:2])


# Figures


@pytest.mark.parametrize(
    ("reply", "edge"),
    [
        ("No.", 1), ("It doesn't spin.", 1), ("it isn’t on", 1), ("There is nothing", 1),
        ("Yes.", 0), ("I know it is on, I noted that", 0), ("Can't say", 1), ("", 0),
    ],
)  # fmt: skip
def test_the_negation_word_decides_by_itself(reply: str, edge: int) -> None:
    assert by_negation(ReplyInput(HOB, ("Yes", "No"), reply, None)) == edge
    assert by_negation(ReplyInput(HOB, ("Often", "Rarely"), reply, None)) == 0


def _made(action: Any, choice: int = 0) -> ReplyPrediction:
    return ReplyPrediction(
        action=action, choice=choice, probabilities=[0.5, 0.5], ms=1.0, model_calls=0
    )


@pytest.fixture
def dialogs(tmp_path: Path) -> tuple[Dialog, ...]:
    return _read(tmp_path / "f", PLAIN, AHEAD).dialogs


def _all_right(dialogs: tuple[Dialog, ...]) -> dict[str, ReplyPrediction]:
    made = {}
    for step in (s for d in dialogs for s in (*d.opening, *d.steps)):
        match step.gold:
            case int(place):
                made[step.id] = _made("choose", place)
            case "ask":
                made[step.id] = _made("explain")
            case _:
                made[step.id] = _made("clarify")
    return made


def _figures(dialogs: tuple[Dialog, ...], made: dict[str, ReplyPrediction]) -> dict[str, float]:
    chosen = {step.id: by_negation(step.given) for dialog in dialogs for step in dialog.steps}
    rows = flodial_rows(dialogs, made, {NEGATION: chosen}, seed=1)
    assert all(row.estimate.low <= row.estimate.value <= row.estimate.high for row in rows)
    return {f"{row.name}: {row.method}": row.estimate.value for row in rows}


def test_all_right_is_one_everywhere(dialogs: tuple[Dialog, ...]) -> None:
    figures = _figures(dialogs, _all_right(dialogs))
    for name in (
        "right: semantic, forced",
        "right: semantic, free",
        "told apart from answers: semantic",
        "seen, where the user asks back: semantic",
        "all steps right: semantic, free",
        "… and the opening: semantic, free",
        "asked the right question first: semantic",
    ):
        assert figures[name] == 1, name
    assert figures["wrong edge taken: semantic"] == 0
    assert figures["asked the right question first: always the chart's first"] == 0.5
    assert figures["right: chance"] == pytest.approx(1 / 3)
    # Of six steps it misses the one that asks back and "It is stone cold."
    assert figures[f"right: {NEGATION}"] == pytest.approx(4 / 6)
    assert figures[f"all steps right: {NEGATION}"] == 0.5
    assert figures[f"right, case by case: forced less {NEGATION}"] == pytest.approx(2 / 6)


def test_each_way_to_go_wrong_is_listed_and_ends_its_walk(dialogs: tuple[Dialog, ...]) -> None:
    made = _all_right(dialogs) | {
        "d0/2": _made("choose", 1),
        "d0/4": _made("clarify", 0),
        "d0/6": _made("choose", 0),
        "d1/0/1": _made("clarify"),
        "d1/6": _made("explain", 1),
    }
    listed = {name: [line.split()[0] for line in lines] for name, lines in
              flodial_errors(dialogs, made).items()}  # fmt: skip
    assert listed == {
        "the wrong edge is likeliest": ["d0/6"],
        "the right edge is likeliest, but it asks again": ["d0/4"],
        "asking back is not seen": ["d0/2"],
        "an answer is taken for asking back": ["d1/6"],
        "an opening that is not read": ["d1/0/1"],
    }
    figures = _figures(dialogs, made)
    assert figures["right: semantic, free"] == pytest.approx(2 / 6)
    assert figures["right: semantic, forced"] == pytest.approx(3 / 6)
    assert figures["wrong edge taken: semantic"] == pytest.approx(2 / 6)
    first, second = walk_lines(dialogs, made)
    assert (first["right_before_the_first_wrong"], first["path"]) == (0, [])
    assert (second["steps"], second["right_before_the_first_wrong"]) == (2, 1)
    assert second["path"] == ["5"]


def test_asking_again_is_no_answer_unless_one_must_be_given(dialogs: tuple[Dialog, ...]) -> None:
    step: Step = dialogs[0].steps[1]
    again = _made("clarify", 1)
    assert answer_of(again, step) is None
    assert forced_answer(again, step) == 1
    assert answer_of(_made("explain", 1), step) == forced_answer(_made("explain", 1), step) == "ask"


# The product's own code


def test_steps_are_answered_by_the_policy_of_replies(dialogs: tuple[Dialog, ...]) -> None:
    predict = reply_predictor(load_settings(), "semantic", MeaningEncoder(), None, "en")
    ask, yes, _, no = dialogs[0].steps
    assert [answer_of(predict(step.given), step) for step in (ask, yes, no)] == ["ask", 0, 1]
    [unasked, _] = dialogs[1].opening
    assert answer_of(predict(unasked.given), unasked) == "not answered"


def test_the_command_resumes_and_limits_whole_dialogs(tmp_path: Path) -> None:
    folder = _write(tmp_path / "f", {"a": _dialog(PLAIN), "b": _dialog(AHEAD)})
    out = tmp_path / "out.jsonl"
    arguments = ["bench", "flodial", "--path", str(folder), "--out", str(out)]
    shown = CliRunner().invoke(app, [*arguments, "--limit", "1", "--show-errors"])
    assert shown.exit_code == 0, shown.output
    first = out.read_text("utf-8").splitlines()
    assert len({json.loads(line)["id"].split("/")[0] for line in first}) == 1
    told = CliRunner().invoke(app, [*arguments, "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["run"]["kind"] == "flodial"
    lines = out.read_text("utf-8").splitlines()
    assert lines[: len(first)] == first
    assert len(lines) == 6 + 3
    walks = out.with_suffix(".walks.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in walks] == ["a", "b"]
