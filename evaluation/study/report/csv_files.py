"""The report's figures as CSV, for who goes on with them: plain numbers, empty where unscored."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evaluation.study.measure.comparison import Measured
from evaluation.study.measure.scores import Score, Scored
from evaluation.study.measure.significance import Comparison
from evaluation.study.report.questions import question_uses

_RESULTS = ("arm", "figure", "value", "low", "high", "cases", "observations", "unscored")
_COMPARISONS = (
    *("figure", "baseline", "other", "cases", "baseline_mean", "other_mean", "difference", "low"),
    *("high", "test", "p", "p_holm", "differs", "only_other", "only_baseline", "cohens_g"),
    *("odds_ratio", "rank_biserial", "detectable", "needed"),
)
_QUESTIONS = (
    *("arm", "node", "asked", "conversations", "succeeded", "necessary", "necessity_known"),
    *("answered", "unknown", "repeated", "abandoned"),
)


def csv_files(measured: Measured) -> dict[str, str]:
    """Content by file name."""
    return {
        "results.csv": _csv(_RESULTS, _result_lines(measured)),
        "comparisons.csv": _csv(_COMPARISONS, _comparison_lines(measured.comparisons)),
        "questions.csv": _csv(_QUESTIONS, _question_lines(measured)),
    }


def _result_lines(measured: Measured) -> Iterator[dict[str, Any]]:
    """Every figure."""
    for arm in measured.arms:
        scores: Mapping[str, Score] = {
            **arm.scores,
            **{f"pass_{k}": found for k, found in enumerate(arm.reliability, 1)},
        }
        for key, found in scores.items():
            line: dict[str, Any] = dict.fromkeys(_RESULTS, "")
            line |= {"arm": arm.arm, "figure": key}
            if isinstance(found, Scored):
                it = found.estimate
                line |= {"value": it.value, "low": it.low, "high": it.high, "cases": it.count}
                line["observations"] = found.conversations
            else:
                line["unscored"] = found.reason
            yield line


def _comparison_lines(comparisons: Sequence[Comparison]) -> Iterator[dict[str, Any]]:
    """Every comparison."""
    for one in comparisons:
        only = one.shares
        yield {
            "figure": one.figure,
            "baseline": one.baseline,
            "other": one.other,
            "cases": one.difference.count,
            "baseline_mean": one.means[0],
            "other_mean": one.means[1],
            "difference": one.difference.value,
            "low": one.difference.low,
            "high": one.difference.high,
            "test": one.test,
            "p": one.p,
            "p_holm": one.p_holm,
            "differs": one.differs,
            "only_other": only.only_other if only else "",
            "only_baseline": only.only_baseline if only else "",
            "cohens_g": only.cohens_g if only else "",
            "odds_ratio": only.odds_ratio if only else "",
            "rank_biserial": one.rank_biserial,
            "detectable": one.detectable,
            "needed": one.needed,
        }


def _question_lines(measured: Measured) -> Iterator[dict[str, Any]]:
    """Every question by arm."""
    for arm in measured.arms:
        for use in question_uses(arm.talks):
            came = {
                name: use.came.get(name, 0)
                for name in ("answered", "unknown", "repeated", "abandoned")
            }
            yield {
                "arm": arm.arm,
                "node": use.node,
                "asked": use.asked,
                "conversations": use.conversations,
                "succeeded": use.succeeded,
                "necessary": use.necessary,
                "necessity_known": use.known,
                **came,
            }


def _csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return file.getvalue()
