"""Runs: a line a case as it goes, none twice, and nothing of the labels reaches what predicts."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.cases import CasesError, MessageInput, RedFlagCase
from evaluation.results import RedFlagPrediction, open_results
from evaluation.run import run_cases, sample
from tests.unit.bench_cases import MESSAGE, RED_FLAG, REPLY

RUN = {"kind": "redflags", "navigator": "semantic"}
CASES = [RedFlagCase.model_validate(RED_FLAG | {"id": f"r{i}"}, strict=False) for i in range(6)]


class Predictor:
    """Keeps what it was given; is killed at a given call."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.given: list[Any] = []
        self._dies_at = dies_at

    def __call__(self, given: Any) -> RedFlagPrediction:
        if len(self.given) == self._dies_at:
            raise KeyboardInterrupt
        self.given.append(given)
        return RedFlagPrediction(
            escalate=True, level="emergency", sign="s", check_question=None, ms=1.5
        )


def run(path: Path, predictor: Predictor, cases: list[RedFlagCase] = CASES) -> list[int]:
    told: list[int] = []
    with open_results(path, RedFlagPrediction, RUN) as results:
        run_cases(cases, predictor, results, lambda done, _total: told.append(done))
    return told


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]


def test_a_line_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    run(tmp_path / "out.jsonl", Predictor(), CASES[:1])
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8")) == {
        "id": "r0", "escalate": True, "level": "emergency", "sign": "s", "check_question": None,
        "ms": 1.5,
    }  # fmt: skip


def test_a_killed_run_resumes_and_runs_no_case_twice(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    first, second, third = Predictor(dies_at=2), Predictor(), Predictor()
    with pytest.raises(KeyboardInterrupt):
        run(path, first)
    assert ids(path) == ["r0", "r1"]
    assert run(path, second) == [2, 3, 4, 5, 6]
    assert ids(path) == [case.id for case in CASES]
    assert len(first.given) + len(second.given) == len(CASES)
    assert run(path, third) == [6]
    assert third.given == []


def test_a_line_cut_by_a_kill_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    run(path, Predictor(), CASES[:3])
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    predictor = Predictor()
    run(path, predictor, CASES[:3])
    assert len(predictor.given) == 1
    assert path.read_bytes() == whole


def test_results_of_another_run_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    run(path, Predictor(), CASES[:1])
    before = path.read_bytes()
    other = RUN | {"navigator": "menu"}
    with (
        pytest.raises(CasesError, match="navigator: 'semantic' there, 'menu' now"),
        open_results(path, RedFlagPrediction, other),
    ):
        pass
    (tmp_path / "plain.jsonl").write_text('{"id": "r0"}\n')
    with (
        pytest.raises(CasesError, match="valid: a new file"),
        open_results(tmp_path / "plain.jsonl", RedFlagPrediction, RUN),
    ):
        pass
    assert path.read_bytes() == before


def test_two_processes_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with (
        open_results(path, RedFlagPrediction, RUN),
        pytest.raises(CasesError, match="another process"),
        open_results(path, RedFlagPrediction, RUN),
    ):
        pass


def test_what_predicts_sees_no_label(tmp_path: Path) -> None:
    predictor = Predictor()
    run(tmp_path / "out.jsonl", predictor, CASES[:1])
    assert predictor.given == [MessageInput(RED_FLAG["text"])]


@pytest.mark.parametrize("kind", ["message", "reply", "red flag"])
def test_inputs_hold_nothing_that_the_labels_change(kind: str) -> None:
    from evaluation.cases import MessageCase, ReplyCase

    def given(**changed: Any) -> Any:
        match kind:
            case "message":
                return MessageCase.model_validate(MESSAGE | changed, strict=False).given
            case "reply":
                return ReplyCase.model_validate(REPLY | changed, strict=False).given
        return RedFlagCase.model_validate(RED_FLAG | changed, strict=False).given

    labels: dict[str, dict[str, Any]] = {
        "message": {
            "id": "x", "topic": "other", "topic_also": ["other"], "secondary": ["other"],
            "baby_age": None, "extractive_gold": [], "needs_clarification": True, "lang": "ca",
        },
        "reply": {"id": "x", "gold": "ask", "gold_also": [0], "kind": "ask"},
        "red flag": {
            "id": "x", "escalate": False, "level": "none", "flag": None, "near_flag": "f",
            "lang": "ca",
        },
    }  # fmt: skip
    assert given(**labels[kind]) == given()


def test_a_greater_limit_only_adds_cases() -> None:
    few = {case.id for case in sample(CASES, 2, seed=3)}
    more = [case.id for case in sample(CASES, 4, seed=3)]
    assert few < set(more)
    assert more == sorted(more)
    assert sample(CASES, None, seed=3) == CASES
    assert any(sample(CASES, 2, seed) != CASES[:2] for seed in range(5))
