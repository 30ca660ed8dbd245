"""From cases and their results to figures: replies and red flags; rows and tables for all kinds.

A row is one figure of one method, with its interval of 95 % and the number of cases it is of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from rich.table import Table

from evaluation import statistics
from evaluation.cases import RedFlagCase, ReplyCase
from evaluation.results import RedFlagPrediction, ReplyPrediction
from evaluation.statistics import Estimate

_Case = TypeVar("_Case")
_Prediction = TypeVar("_Prediction")


@dataclass(frozen=True)
class Row:
    """One figure."""

    part: str
    """Which table it stands in."""
    name: str
    """What is measured, or the group of cases that it is measured on."""
    method: str
    """What was measured: a navigator or a baseline; in tables by group, the figure."""
    estimate: Estimate

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        names = {"part": self.part, "name": self.name, "method": self.method}
        return names | asdict(self.estimate)


def row(part: str, name: str, method: str, estimate: Estimate | None) -> Iterator[Row]:
    """A row, or none where there is no case to measure on."""
    if estimate:
        yield Row(part, name, method, estimate)


def groups(
    pairs: Iterable[tuple[_Case, _Prediction]], name_of: Callable[[_Case], str | None]
) -> list[tuple[str, list[tuple[_Case, _Prediction]]]]:
    """Cases by a name that they share, most cases first; those without one are left out."""
    found: dict[str, list[tuple[_Case, _Prediction]]] = {}
    for case, prediction in pairs:
        if name := name_of(case):
            found.setdefault(name, []).append((case, prediction))
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def as_tables(rows: Sequence[Row], title: str) -> list[Table]:
    """What the terminal shows: a table for each part, in order."""
    tables = []
    for part in dict.fromkeys(row.part for row in rows):
        table = Table(title=f"{title}: {part}", title_justify="left")
        for heading in ("what", "of", "n", "value", "95 % interval"):
            table.add_column(heading, justify="left" if heading in ("what", "of") else "right")
        for row in rows:
            if row.part == part:
                it = row.estimate
                interval = f"{it.low:.3f}–{it.high:.3f}"
                table.add_row(row.name, row.method, str(it.count), f"{it.value:.3f}", interval)
        tables.append(table)
    return tables


# Replies

_FITTING = {"unclear": "clarify", "ask": "explain", "other": "none_of_these"}
"""What to do where no option is right."""
ReplyPairs = Sequence[tuple[ReplyCase, ReplyPrediction]]


def reply_rows(
    pairs: ReplyPairs, navigator: str, baselines: Mapping[str, Mapping[str, int]]
) -> list[Row]:
    """Figures of replies. `baselines`: by method, the option chosen by case."""
    decided = [(case, made) for case, made in pairs if isinstance(case.gold, int)]
    forced, free = "which option, when one must be chosen", "what is done, free to ask"
    rows = list(_reply_shares(pairs, free, navigator))
    rows += row(forced, "right", navigator, _share(decided, best_is_right))
    for method, chosen in baselines.items():
        hits = [chosen[case.id] in accepted(case) for case, _ in decided]
        rows += row(forced, "right", method, statistics.share(hits))
    chances = [len(options(case)) / len(case.options) for case, _ in decided]
    rows += row(forced, "right", "chance", statistics.mean(chances, seed=1))
    for kind, group in groups(pairs, lambda case: case.kind):
        decidable = [pair for pair in group if isinstance(pair[0].gold, int)]
        rows += row("by kind", kind, "forced right", _share(decidable, best_is_right))
        rows += row("by kind", kind, "free right", _share(group, is_right))
        rows += row("by kind", kind, "wrong moves", _share(group, is_wrong_move))
    return rows


def _reply_shares(pairs: ReplyPairs, part: str, method: str) -> Iterator[Row]:
    decided = [(case, made) for case, made in pairs if isinstance(case.gold, int)]
    undecided = [pair for pair in pairs if pair not in decided]
    yield from row(part, "right move, or right not to move", method, _share(pairs, is_right))
    yield from row(part, "wrong moves", method, _share(pairs, is_wrong_move))
    yield from row(part, "right move, where she decides", method, _share(decided, is_right))
    yield from row(part, "wrong moves, where she decides", method, _share(decided, is_wrong_move))
    yield from row(part, "no move, where she doesn't", method, _share(undecided, is_right))
    for label, action in _FITTING.items():
        own = [(case, made) for case, made in undecided if case.gold == label]
        fitting = [made.action == action for _, made in own]
        yield from row(part, f"{action}, where {label!r}", method, statistics.share(fitting))


def accepted(case: ReplyCase) -> set[int | str]:
    """Every right label."""
    return {case.gold, *case.gold_also}


def options(case: ReplyCase) -> set[int | str]:
    """The options among the right labels."""
    return {gold for gold in accepted(case) if isinstance(gold, int)}


def best_is_right(case: ReplyCase, made: ReplyPrediction) -> bool:
    """Whether the best option is right, chosen or not."""
    return made.choice in accepted(case)


def is_right(case: ReplyCase, made: ReplyPrediction) -> bool:
    """A right option was chosen; or none, where none is right."""
    if made.action == "choose":
        return best_is_right(case, made)
    return bool(accepted(case) & _FITTING.keys())


def is_wrong_move(case: ReplyCase, made: ReplyPrediction) -> bool:
    """An option was chosen that is not right."""
    return made.action == "choose" and not best_is_right(case, made)


# Red flags

RedFlagPairs = Sequence[tuple[RedFlagCase, RedFlagPrediction]]


def red_flag_rows(pairs: RedFlagPairs) -> list[Row]:
    """Figures of red flags: what is missed of the dangers, and alarms where there is none."""
    rows = [*_danger_rows("all", "", pairs), *_near_rows("all", "", pairs)]
    for level in ("emergency", "same_day"):
        of_level = [(case, made) for case, made in pairs if case.level == level]
        rows += _danger_rows("dangers by level", level, of_level)
        same = [made.level == level for case, made in of_level if made.escalate]
        rows += row("dangers by level", level, "right level, of escalated", statistics.share(same))
    for language, group in groups(pairs, lambda case: case.lang):
        rows += _danger_rows("by language", language, group)
        rows += _near_rows("by language", language, group)
    for flag, group in groups(pairs, lambda case: case.flag if case.escalate else None):
        rows += _danger_rows("dangers by sign", flag, group)
    for flag, group in groups(pairs, lambda case: None if case.escalate else case.near_flag):
        rows += _near_rows("near-misses by sign", flag, group)
    return rows


def missed(case: RedFlagCase, made: RedFlagPrediction) -> bool:
    """A danger that was neither escalated nor checked."""
    return case.escalate and not made.escalate and not made.check_question


def false_alarm(case: RedFlagCase, made: RedFlagPrediction) -> bool:
    """No danger, and escalated."""
    return not case.escalate and made.escalate


def needless_check(case: RedFlagCase, made: RedFlagPrediction) -> bool:
    """No danger, and she is asked a check question."""
    return not case.escalate and not made.escalate and made.check_question is not None


def _danger_rows(part: str, name: str, pairs: RedFlagPairs) -> Iterator[Row]:
    dangers = [(case, made) for case, made in pairs if case.escalate]
    escalated = _share(dangers, lambda _case, made: made.escalate)
    noticed = _share(dangers, lambda case, made: not missed(case, made))
    yield from row(part, name or "dangers", "escalated", escalated)
    yield from row(part, name or "dangers", "escalated or checked", noticed)


def _near_rows(part: str, name: str, pairs: RedFlagPairs) -> Iterator[Row]:
    near = [(case, made) for case, made in pairs if not case.escalate]
    yield from row(part, name or "near-misses", "false alarms", _share(near, false_alarm))
    yield from row(part, name or "near-misses", "needless checks", _share(near, needless_check))


def _share(
    pairs: Sequence[tuple[_Case, _Prediction]], holds: Callable[[_Case, _Prediction], bool]
) -> Estimate | None:
    return statistics.share([holds(case, made) for case, made in pairs])
