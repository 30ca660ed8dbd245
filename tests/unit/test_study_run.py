"""Attempts: each once, in order, within the budget, at the rate; stopped cleanly and gone on."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.models.prices import Price
from evaluation.cases import CasesError, WalkCase
from evaluation.results import Results, open_results
from evaluation.study.attempt import Attempt
from evaluation.study.chat_models import Pace
from evaluation.study.journal import Journal
from evaluation.study.run import Budget, Party, Run, tasks
from evaluation.study.system import ContextExceeded
from tests.unit.study_party import QUESTIONS, Asker, Talker
from tests.unit.test_study_journal import model


def case(number: int) -> WalkCase:
    known: dict[str, Any] = {
        "tree": "lactancia",
        "first_message": f"hola {number}",
        "persona": "terse",
        "facts": {},
        "answers": {},
        "says": {},
        "target": ("n4",),
        "must_escalate": False,
        "summary_gold": (),
        "topics_gold": (),
    }
    return WalkCase.model_validate({"id": f"c{number}", **known})


PRICES = {
    "fake": Price.model_validate(
        {"input": 2, "cached_input": 1, "output": 10, "source": "s", "checked_on": "2026-11-29"}
    )
}
CASES = [case(number) for number in range(3)]


class Study:
    """A study in a folder, opened as often as needed."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "attempts.jsonl"
        self.journal = Journal(folder / "journal.db")
        self.system = Asker()
        self.seen: dict[str, tuple[int, int]] = {}

    @contextmanager
    def run(self, parallel: int = 1, limit: float | None = None) -> Iterator[Run]:
        with open_results(self.file, Attempt, {"kind": "study"}) as results:
            budget = Budget(self.journal, PRICES, limit)
            party = Party({"one": self.system, "two": self.system}, lambda _case: Talker())
            yield Run(party, self.journal, budget, results, parallel, self._advance)

    def _advance(self, arm: str, done: int, total: int) -> None:
        self.seen[arm] = done, total

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = Study(tmp_path)
    yield made
    made.journal.close()


PLANNED = tasks(CASES, ["one", "two"], 2, seed=1)


def test_a_case_goes_through_all_arms_before_the_next(study: Study) -> None:
    with study.run() as run:
        assert run.make(PLANNED) is None
    ids = [line["id"] for line in study.lines]
    assert ids == [task.id for task in PLANNED]
    for place in range(0, 12, 2):
        assert {name.split("|")[0] for name in ids[place : place + 2]} == {"one", "two"}
        assert len({name.split("|", 1)[1] for name in ids[place : place + 2]}) == 1
    assert len(set(ids)) == len(ids) == 12
    assert study.seen == {"one": (6, 6), "two": (6, 6)}


def test_no_arm_always_begins_and_the_order_can_be_had_again() -> None:
    cases, arms = [case(number) for number in range(60)], ["one", "two", "three"]
    planned = tasks(cases, arms, 1, seed=1)
    first = Counter(task.arm for task in planned[::3])
    assert min(first[arm] for arm in arms) >= 10
    assert tasks(cases, arms, 1, seed=1) == planned != tasks(cases, arms, 1, seed=2)
    assert tasks(cases[:20], arms, 1, seed=1) == planned[:60]


def test_what_is_kept_of_a_conversation(study: Study) -> None:
    with study.run() as run:
        run.make(PLANNED[:1])
        attempt = run.results.done["one|c0|0"]
    assert (attempt.case, attempt.arm, attempt.repeat) == ("c0", "one", 0)
    assert (attempt.outcome, attempt.final_node, attempt.error) == ("resolved", "n4", None)
    assert attempt.questions == QUESTIONS
    assert attempt.path == ["n1", "n2", "n3", "n4"]
    assert [exchange.ms for exchange in attempt.exchanges] == [5.0] * 4
    assert attempt.reading.topics == ("hola 0",)
    assert attempt.conversation == "one|c0|0"


def test_side_by_side_they_are_the_same(study: Study) -> None:
    with study.run(parallel=4) as run:
        run.make(PLANNED)
    assert sorted(line["id"] for line in study.lines) == sorted(task.id for task in PLANNED)


def test_a_second_run_makes_what_is_left(study: Study) -> None:
    with study.run() as run:
        run.make(PLANNED[:5])
    with study.run() as run:
        run.make(PLANNED)
    assert study.system.begun == [task.id for task in PLANNED]


def test_a_failed_attempt_is_not_wrong_and_is_made_again(study: Study) -> None:
    study.system.fails = 1
    with study.run() as run:
        run.make(PLANNED[:2])
    failed, other = study.lines
    assert (failed["outcome"], failed["error"]) == ("failed", "the server is out")
    assert other["outcome"] == "resolved"
    with study.run() as run:
        run.make(PLANNED[:2])
    assert [line["outcome"] for line in study.lines] == ["resolved"] * 2
    assert study.system.begun == ["one|c0|0", "two|c0|0", "one|c0|0"]
    again = next(line for line in study.lines if line["arm"] == "one")
    # It had been begun before: how long it takes now is not how long it takes.
    assert [exchange["ms"] for exchange in again["exchanges"]] == [None, 5.0, 5.0, 5.0]


def test_a_system_that_loses_the_thread_has_given_her_up_and_is_not_asked_again(
    study: Study,
) -> None:
    study.system.fails = 1
    study.system.breaks = ContextExceeded("the prompt is too long")
    for _ in range(2):
        with study.run() as run:
            run.make(PLANNED[:1])
    (line,) = study.lines
    assert (line["outcome"], line["error"]) == ("gave_up", "the prompt is too long")
    assert study.system.begun == ["one|c0|0"]


def test_when_everything_fails_the_run_stops(study: Study) -> None:
    study.system.fails = 100
    with study.run() as run:
        why = run.make(PLANNED)
    assert why is not None
    assert why.startswith("10 attempts failed in a row, the last one with: the server is out")
    assert len(study.lines) == 10


CALLS = 2 * (QUESTIONS + 1)
COST = CALLS * (60 * 2 + 40 * 1 + 10 * 10) / 1e6
"""Of one conversation, by the prices and tokens of test_study_journal."""


def test_no_conversation_is_begun_over_the_budget(study: Study) -> None:
    chat = study.system.chat = model(study.journal)
    with study.run(limit=2.5 * COST) as run:
        why = run.make(PLANNED)
        assert run.budget.spent == pytest.approx(3 * COST)
    assert why is not None
    assert "USD are spent: no conversation is begun any more" in why
    assert len(study.lines) == 3
    assert {exchange["kind"] for exchange in study.lines[-1]["exchanges"]} == {"question", "answer"}
    with study.run(limit=2.5 * COST) as run:
        assert run.make(PLANNED) == why
    with study.run(limit=100 * COST) as run:
        assert run.make(PLANNED) is None
    assert len(chat.asked) == 12 * CALLS


def test_a_cost_that_is_not_known_is_no_cost(study: Study) -> None:
    chat = study.system.chat = model(study.journal, usage=False)
    with study.run(limit=COST) as run:
        assert run.make(PLANNED[:2]) is None
        assert run.budget.unknown == ["fake"]
        assert run.budget.spent == 0
    assert len(chat.asked) == 2 * CALLS


def test_an_interrupted_run_stops_between_two_messages(study: Study) -> None:
    chat = study.system.chat = model(study.journal)

    class Interrupting(Results[Attempt]):
        def add(self, case: str, prediction: Attempt) -> None:
            super().add(case, prediction)
            raise KeyboardInterrupt

    with study.run(parallel=2) as run:
        run.results = Interrupting(study.file, run.results.done)
        with pytest.raises(KeyboardInterrupt):
            run.make(PLANNED)
    made = {line["id"] for line in study.lines}
    assert 1 <= len(made) <= 2
    with study.run() as run:
        run.make(PLANNED)
    assert sorted(line["id"] for line in study.lines) == sorted(task.id for task in PLANNED)
    assert len(chat.asked) == 12 * CALLS


def test_calls_keep_to_the_rate_and_waiting_is_no_latency(study: Study) -> None:
    chat = study.system.chat = model(study.journal)
    chat.rate_limiter = Pace(requests_per_second=50, check_every_n_seconds=0.002)
    started = time.monotonic()
    with study.run(parallel=3) as run:
        run.make(PLANNED[:2])
    assert len(chat.asked) == 2 * CALLS
    assert time.monotonic() - started >= (2 * CALLS - 1) / 50
    # Of the 5 ms that the system tells, the waiting is taken off.
    assert {exchange["ms"] for line in study.lines for exchange in line["exchanges"]} == {0.0}


def test_another_studys_folder_is_refused(study: Study) -> None:
    with study.run() as run:
        run.make(PLANNED[:1])
    with (
        pytest.raises(CasesError, match="kind: 'study' there, 'other' now"),
        open_results(study.file, Attempt, {"kind": "other"}),
    ):
        pass
