"""What is to be reached without a model, and whether a run's figures reach it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table

from evaluation.metrics import Row
from evaluation.statistics import Estimate

Kind = Literal["messages", "replies", "zero-shot", "red flags", "flodial", "cts", "walks", "time"]


@dataclass(frozen=True)
class Target:
    """A mark for one figure."""

    name: str
    kind: Kind
    """The run that has the figure."""
    figure: tuple[str, str]
    """Name and method of its row."""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def mark(self) -> str:
        """As it is shown."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def met_by(self, estimate: Estimate) -> bool:
        """Whether the value itself reaches it, wherever its interval lies."""
        if self.at_least is not None:
            return estimate.value >= self.at_least
        return self.at_most is not None and estimate.value <= self.at_most


_ASKED = "questions, of the menu's"
_RIGHT, _WRONG = "right move, or right not to move", "wrong moves"
TARGETS = (
    Target("entry topic, first", "messages", ("right topic first", "semantic"), 0.8),
    Target(
        "entry topic, in three",
        "messages",
        ("right topic in the first three", "semantic"),
        0.93,
    ),
    Target("asks when vague", "messages", ("asks when vague", "semantic"), 0.85),
    Target("asks when clear", "messages", ("asks when clear", "semantic"), at_most=0.15),
    Target("summary, F1 over words", "messages", ("F1 over words", "semantic"), 0.7),
    Target("summary, share kept", "messages", ("share of the words kept", "semantic"), at_most=0.4),
    Target(
        "several topics, micro-F1",
        "messages",
        ("micro-F1 where there are several topics", "semantic"),
        0.75,
    ),
    Target("age, exact", "messages", ("age found where she says it", "semantic"), 0.95),
    Target("replies on the tree, forced", "replies", ("right", "semantic"), 0.85),
    Target("replies zero-shot, forced", "zero-shot", ("right", "semantic"), 0.65),
    Target("replies on the tree, free", "replies", (_RIGHT, "semantic"), 0.85),
    Target("replies on the tree, wrong", "replies", (_WRONG, "semantic"), at_most=0.05),
    Target("FloDial, steps", "flodial", ("right", "semantic, forced"), 0.92),
    Target("CTS, first", "cts", ("first", "locator"), 0.6),
    Target("CTS, in three", "cts", ("in the first three", "locator"), 0.85),
    Target("dangers escalated", "red flags", ("dangers", "escalated"), 0.95),
    Target("dangers escalated or checked", "red flags", ("dangers", "escalated or checked"), 0.99),
    Target("false alarms", "red flags", ("near-misses", "false alarms"), at_most=0.08),
    Target("needless checks", "red flags", ("near-misses", "needless checks"), at_most=0.1),
    Target("questions asked, of the menu's", "walks", (_ASKED, "semantic"), at_most=0.5),
    Target(
        "right topic reached, less the menu's",
        "walks",
        ("right topic reached, less the menu's", "semantic"),
        -0.05,
    ),
    Target("illegal moves", "walks", ("illegal moves", "semantic"), at_most=0.0),
    Target("a turn's median, ms", "time", ("a turn, median", "semantic"), at_most=60.0),
)
"""In the order in which they are shown. "Not inferior" is taken as at most 5 points below."""


@dataclass(frozen=True)
class Verdict:
    """A target beside the figure."""

    target: Target
    estimate: Estimate | None
    """None where nothing was measured."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        plain = {"name": self.target.name, "mark": self.target.mark}
        if self.estimate is None:
            return plain | {"met": None}
        return plain | asdict(self.estimate) | {"met": self.target.met_by(self.estimate)}


def judge(figures: Mapping[Kind, Sequence[Row]]) -> Iterator[Verdict]:
    """Every target, with the figure of its run where it was run."""
    for target in TARGETS:
        rows = figures.get(target.kind, ())
        found = [row.estimate for row in rows if (row.name, row.method) == target.figure]
        yield Verdict(target, found[0] if found else None)


def as_table(verdicts: Sequence[Verdict], title: str) -> Table:
    """What the terminal shows."""
    table = Table(title=title, title_justify="left")
    for heading in ("what", "target", "value", "95 % interval", "n", "met"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for verdict in verdicts:
        it, target = verdict.estimate, verdict.target
        if it is None:
            table.add_row(target.name, target.mark, "not measured", "", "", "")
            continue
        met = "yes" if target.met_by(it) else "NO"
        interval = f"{it.low:.3f}–{it.high:.3f}"
        table.add_row(target.name, target.mark, f"{it.value:.3f}", interval, str(it.count), met)
    return table
