"""The benchmark's arithmetic on known numbers, and one small run of it all."""

import os

import pytest
from rich.console import Console

from agent.settings import load_settings
from evaluation.measurement import Measurement, Sizes, quantile, summarise
from evaluation.speed.bench_house import Stopwatch
from evaluation.speed.budgets import NOT_MEASURED, as_table, run
from evaluation.speed.turn_shares import TimedTurn, empty_graph, route


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.99, 7.0),
        ([3.0, 1.0, 2.0], 0.99, 3.0),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 201)), 0.99, 198),
        (list(range(1, 1001)), 0.99, 990),
        (list(range(1, 101)), 0.0, 1),
    ],
)
def test_a_quantile_is_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert quantile(values, share) == expected


def test_a_budget_is_for_the_statistic_it_names() -> None:
    values = [1.0] * 90 + [50.0] * 10
    by_median = summarise("turn", "ms", values, "", budget=5.0, judged="median")
    by_p99 = summarise("turn", "ms", values, "", budget=5.0)
    assert (by_median.median, by_median.p99, by_median.count) == (1.0, 50.0, 100)
    assert by_median.met is True
    assert by_p99.met is False
    assert summarise("turn", "ms", values, "").met is None
    assert by_p99.as_json()["met"] is False


def test_exactly_the_budget_is_within_it() -> None:
    assert Measurement("queries", "", 1, 1.0, 1.0, "", budget=1.0).met is True


def test_ours_is_what_the_shares_leave() -> None:
    turn = TimedTurn("t", 20.0, {"graph": 3.0, "record": 4.0, "encoder": 5.5}, 7, [], 0.0)
    assert turn.ours(langgraph=2.5) == pytest.approx(5.0)


def test_a_call_inside_a_timed_call_counts_once() -> None:
    stopwatch = Stopwatch()
    with stopwatch.running("checkpoints"), stopwatch.running("record"):
        pass
    stopwatch.add("graph", 2.0)
    stopwatch.add("graph", 3.0)
    shares = stopwatch.take().shares
    assert shares.keys() == {"checkpoints", "graph"}
    assert shares["graph"] == 5.0
    assert stopwatch.take().shares == {}


@pytest.mark.parametrize("steps", range(2, 13))
def test_the_empty_graph_makes_as_many_steps_as_it_is_told(steps: int) -> None:
    from evaluation.speed.turn_shares import Route

    graph = empty_graph().compile()
    made = list(graph.stream({"turn": "m"}, context=Route(route(steps)), stream_mode="updates"))
    assert len(made) == steps


def test_a_small_run_measures_everything_but_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NODRIZA_")]:
        monkeypatch.delenv(name)
    sizes = Sizes(turns=6, conversations=8, entry_texts=200, located=5, empty_turns=2, starts=0)
    told: list[str] = []
    found = {item.name: item for item in run(load_settings(), told.append, sizes=sizes)}
    assert told
    assert found["graph round trips per move"].met
    assert found["8 open conversations: facts mixed up"].met
    assert found["our code per turn"].count >= 6
    assert found["turn, total"].median > found["turn, graph"].median
    console = Console(width=200, record=True)
    console.print(as_table([*found.values()], "budgets", NOT_MEASURED))
    assert "not measured here" in console.export_text()
