"""The report's tables as plain data: rows of texts, for HTML, Markdown and CSV alike."""

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluation.study.measure.comparison import Measured
from evaluation.study.measure.figures import Group, Unit
from evaluation.study.measure.metrics import LATENCIES, ArmFigures
from evaluation.study.measure.scores import Score, Unscored
from evaluation.study.measure.significance import Comparison
from evaluation.study.report.words import Words

GROUPS: tuple[Group, ...] = ("outcome", "talk", "reading", "effort")


@dataclass(frozen=True)
class Cell:
    """A figure of an arm."""

    value: str
    interval: str = ""
    why: str = ""
    """Why it is unscored."""


@dataclass(frozen=True)
class Row:
    """An arm and its cells."""

    letter: str
    arm: str
    is_baseline: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """One group of figures, arms down and figures across."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class ComparedRow:
    """An arm against its reference in one figure."""

    letter: str
    arm: str
    base_letter: str
    base: str
    value: str
    difference: str
    interval: str
    cases: int
    p: str
    holm: str
    effect: tuple[str, ...]
    power: tuple[str, ...]
    verdict: str
    differs: bool


@dataclass(frozen=True)
class ComparedFigure:
    """All arms in one figure, each against its reference."""

    title: str
    rows: tuple[ComparedRow, ...]


@dataclass(frozen=True)
class Hole:
    """A figure that some arms have none of, for one reason."""

    figure: str
    arms: tuple[str, ...]
    """Their letters."""
    why: str


def letters_of(arms: Sequence[str]) -> dict[str, str]:
    """A to Z, then AA, AB and so on."""
    alphabet = string.ascii_uppercase
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return dict(zip(arms, names, strict=False))


class Tables:
    """Every table of a measured study."""

    def __init__(self, measured: Measured, words: Words) -> None:
        self._measured = measured
        self._words = words
        self.letters = letters_of([arm.arm for arm in measured.arms])

    def grids(self) -> list[Grid]:
        """The figures with their intervals, a table for each group."""
        grids = [self._grid(group, self._columns(group)) for group in GROUPS]
        grids.insert(3, self._reliability())
        return grids

    def label(self, key: str) -> str:
        """What a figure is called."""
        return self._words(f"figure.{key}.label")

    def _columns(self, group: Group) -> list[tuple[str, Unit]]:
        found: list[tuple[str, Unit]] = [
            (figure.key, figure.unit) for figure in self._measured.figures if figure.group == group
        ]
        return [*((key, "ms") for key in LATENCIES), *found] if group == "effort" else found

    def _grid(self, group: Group, columns: Sequence[tuple[str, Unit]]) -> Grid:
        return Grid(
            self._words(f"group.{group}"),
            tuple(self.label(key) for key, _ in columns),
            tuple(
                self._row(arm, [(arm.scores[key], unit) for key, unit in columns])
                for arm in self._measured.arms
            ),
        )

    def _reliability(self) -> Grid:
        most = range(1, self._measured.study.manifest.repeats + 1)
        return Grid(
            self._words("group.reliability"),
            tuple(self._words("figure.pass_k.label", k=k) for k in most),
            tuple(
                self._row(arm, [(found, "share") for found in arm.reliability])
                for arm in self._measured.arms
            ),
        )

    def _row(self, arm: ArmFigures, scores: Sequence[tuple[Score, Unit]]) -> Row:
        baseline = self._measured.study.manifest.baseline
        cells = tuple(self._cell(found, unit) for found, unit in scores)
        return Row(self.letters[arm.arm], arm.arm, arm.arm == baseline, cells)

    def _cell(self, found: Score, unit: Unit) -> Cell:
        value = self._words.score(found, unit)
        if isinstance(found, Unscored):
            return Cell(value, why=self._words(f"missing.{found.reason}"))
        return Cell(value, self._words.interval(found.estimate, unit))

    def comparisons(self) -> list[ComparedFigure]:
        """Every figure that arms are compared in."""
        by_figure: dict[str, list[Comparison]] = {}
        for one in self._measured.comparisons:
            by_figure.setdefault(one.figure, []).append(one)
        shown = [figure for figure in self._measured.figures if figure.key in by_figure]
        return [
            ComparedFigure(
                self.label(figure.key),
                tuple(
                    compared_row(one, figure.unit, self.letters, self._words)
                    for one in by_figure[figure.key]
                ),
            )
            for figure in shown
        ]

    def holes(self) -> list[Hole]:
        """All that is unscored."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, arm, score in self._scores():
            if isinstance(score, Unscored):
                found.setdefault((name, score.reason), []).append(self.letters[arm])
        return [
            Hole(name, tuple(letters), self._words(f"missing.{reason}"))
            for (name, reason), letters in found.items()
        ]

    def _scores(self) -> Iterator[tuple[str, str, Score]]:
        """Label of the figure, arm, score."""
        keys = [key for group in GROUPS for key, _ in self._columns(group)]
        for key in keys:
            for arm in self._measured.arms:
                yield self.label(key), arm.arm, arm.scores[key]
        for k in range(1, self._measured.study.manifest.repeats + 1):
            for arm in self._measured.arms:
                name = self._words("figure.pass_k.label", k=k)
                yield name, arm.arm, arm.reliability[k - 1]
        if self._measured.study.manifest.repeats == 1:
            for arm in self._measured.arms:
                yield self._words("figure.pass_k.label", k=2), arm.arm, Unscored("no_repeats")

    def definitions(self) -> list[tuple[str, str]]:
        """What each figure is."""
        most = self._measured.study.manifest.max_questions
        keys = [key for group in GROUPS for key, _ in self._columns(group)]
        told = [(self.label(k), self._words(f"figure.{k}.text", max_questions=most)) for k in keys]
        return [*told, ("pass^k", self._words("figure.pass_k.text"))]


def compared_row(
    one: Comparison, unit: Unit, letters: Mapping[str, str], words: Words
) -> ComparedRow:
    """A comparison in words; arms without a letter are told by their names alone."""
    base, value = (words.amount(mean, unit) for mean in one.means)
    return ComparedRow(
        letter=letters.get(one.other, ""),
        arm=one.other,
        base_letter=letters.get(one.baseline, ""),
        base=base,
        value=value,
        difference=words.difference(one.difference.value, unit),
        interval=words.difference_interval(one.difference, unit),
        cases=one.difference.count,
        p=words.p(one.p),
        holm=words.p(one.p_holm),
        effect=tuple(_effect(one, words)),
        power=tuple(_power(one, unit, words)),
        verdict=words(f"comparisons.verdicts.{verdict(one)}"),
        differs=one.differs,
    )


def verdict(one: Comparison) -> str:
    """more, less, or same: no difference is shown."""
    if not one.differs:
        return "same"
    return "more" if one.difference.value > 0 else "less"


def _effect(one: Comparison, words: Words) -> Iterator[str]:
    if one.shares is None:
        yield words("comparisons.rank_biserial", value=words.number(one.rank_biserial, 2))
        return
    only = one.shares
    yield words("comparisons.pairs", other=only.only_other, base=only.only_baseline)
    if only.cohens_g is not None:
        yield words("comparisons.cohens_g", value=words.number(only.cohens_g, 2))
    if only.odds_ratio is not None:
        yield words("comparisons.odds_ratio", value=words.number(only.odds_ratio, 2))


def _power(one: Comparison, unit: Unit, words: Words) -> Iterator[str]:
    if one.detectable is not None:
        value = words.difference(one.detectable, unit).lstrip("+")
        yield words("comparisons.detectable", value=value)
    elif one.any_differ and not one.differs:  # what was shown has shown itself
        yield words("comparisons.undetectable")
    else:
        yield words("none")
    if one.needed and not one.differs:
        yield words("comparisons.needed", count=words.number(one.needed, 0))
