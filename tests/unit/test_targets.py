"""Targets beside figures, and whether probabilities can be believed."""

from pathlib import Path

import pytest
from rich.console import Console

from evaluation.calibration import draw, reliability
from evaluation.metrics import Row
from evaluation.statistics import Estimate
from evaluation.targets import TARGETS, as_table, judge


def row(name: str, method: str, value: float) -> Row:
    return Row("part", name, method, Estimate(value, value - 0.1, value + 0.1, 10))


def test_a_target_is_judged_by_the_figure_of_its_run() -> None:
    verdicts = {
        verdict.target.name: verdict
        for verdict in judge(
            {
                "messages": [
                    row("right topic first", "semantic", 0.8),
                    row("right topic first", "BM25", 0.1),
                    row("asks when clear", "semantic", 0.2),
                ],
                "replies": [row("right", "semantic", 0.84)],
            }
        )
    }
    met = {name: verdict.as_json()["met"] for name, verdict in verdicts.items()}
    assert met["entry topic, first"] is True
    assert met["asks when clear"] is False
    assert met["replies on the tree, forced"] is False
    assert met["replies zero-shot, forced"] is None
    assert set(verdicts) == {target.name for target in TARGETS}


def test_the_table_says_what_was_not_measured() -> None:
    console = Console(width=160, record=True)
    console.print(as_table(list(judge({})), "targets"))
    assert console.export_text().count("not measured") == len(TARGETS)


def test_every_target_has_one_mark() -> None:
    assert all((target.at_least is None) != (target.at_most is None) for target in TARGETS)


def test_calibration_error_is_the_gap_between_said_and_right() -> None:
    believed = reliability("a", [(0.75, True)] * 3 + [(0.75, False)])
    assert believed.error == pytest.approx(0)
    boasting = reliability("b", [(0.95, True), (0.95, False), (0.05, False), (0.05, False)])
    assert boasting.error == pytest.approx((2 * 0.45 + 2 * 0.05) / 4)
    assert [one.count for one in boasting.bins] == [2, 2]
    assert reliability("none", []).error == 0
    assert reliability("sure", [(1.0, True)]).bins[0].probability == 1


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_reliability_is_drawn(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"reliability.{ending}"
    draw([reliability("replies", [(0.9, True), (0.2, False)]), reliability("none", [])], path)
    assert path.stat().st_size > 5000
