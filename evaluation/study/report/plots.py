"""The report's pictures.

Arms are told by their letter, by the shape of lines and by how dark they are, so that a grey print
says the same.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluation.calibration import Reliability
from evaluation.study.measure.comparison import Measured
from evaluation.study.measure.metrics import ArmFigures
from evaluation.study.measure.scores import Scored
from evaluation.study.report.beliefs import Beliefs
from evaluation.study.report.endings import Confusion, DeathPlace, commonest
from evaluation.study.report.labels import name_dots
from evaluation.study.report.svg import ACCENT, FAINT, INK, MIDDLE, PAPER, drawn
from evaluation.study.report.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DEATHS = {"gave_up": FAINT, "wrong": ACCENT, "false_alarm": INK}
_FOREST = ("success", "viable", "warned", "wrong_advice", "false_alarms")
_EFFORT = {"latency_median": "latency", "tokens_success": "tokens", "cost_success": "cost"}
_STYLES, _MARKS = ("-", "--", "-.", ":"), ("o", "s", "^", "D", "v")
"""Of lines and of their dots: twenty arms before a pair comes again."""
CONFUSED = 8
"""Most topics of a picture of confusions, each way."""
_LABEL = 44
"""Most characters of a label."""


class Pictures:
    """What is drawn of a measured study."""

    def __init__(self, measured: Measured, letters: Mapping[str, str], words: Words) -> None:
        """`letters` are those of the arms."""
        self._measured = measured
        self._letters = letters
        self._words = words

    def forest(self) -> str:
        """How the conversations of each arm end: a dot and its interval for each."""
        arms = self._measured.arms
        with drawn("forest", len(_FOREST) * 1.9, 0.7 + 0.26 * len(arms)) as (figure, out):
            for place, key in enumerate(_FOREST, 1):
                axes = figure.add_subplot(1, len(_FOREST), place)
                for row, arm in enumerate(arms):
                    self._dot(axes, arm, key, row)
                axes.set(xlim=(-3, 103), ylim=(len(arms) - 0.4, -0.6), xticks=(0, 50, 100))
                axes.set_yticks(range(len(arms)), [self._letters[arm.arm] for arm in arms])
                axes.set_title(self._words(f"figure.{key}.label"), fontsize=9.5)
                axes.grid(axis="x", color=MIDDLE, alpha=0.4, linewidth=0.4)
        return out.svg

    def _dot(self, axes: "Axes", arm: ArmFigures, key: str, row: int) -> None:
        found = arm.scores[key]
        if isinstance(found, Scored):
            it = found.estimate
            colour = self._colour(arm.arm)
            axes.plot([100 * it.low, 100 * it.high], [row, row], color=colour, linewidth=1.6)
            axes.plot([100 * it.value], [row], "o", color=colour, markersize=5)
        else:
            axes.text(50, row, "–", ha="center", va="center", color=MIDDLE)

    def _colour(self, arm: str) -> str:
        return INK if arm == self._measured.study.manifest.baseline else ACCENT

    def questions(self) -> str:
        """Success against questions; empty where no arm has both."""
        return self._against("questions", {"questions": "questions"}, width=6.4)

    def effort(self) -> str:
        """Success against time, tokens and cost, each where an arm has any."""
        shown = {key: name for key, name in _EFFORT.items() if self._has_any(key)}
        return self._against("effort", shown, width=3.4 * len(shown))

    def _has_any(self, key: str) -> bool:
        return any(
            isinstance(found := arm.scores[key], Scored) and found.estimate.value > 0
            for arm in self._measured.arms
        )

    def _against(self, name: str, shown: Mapping[str, str], width: float) -> str:
        panels = {
            key: [(arm.arm, *both) for arm in self._measured.arms if (both := _both(arm, key))]
            for key in shown
        }
        if not any(panels.values()):
            return ""
        with drawn(name, width, 3.6) as (figure, out):
            for place, (key, points) in enumerate(panels.items(), 1):
                axes = figure.add_subplot(1, len(panels), place)
                for arm, across, success in points:
                    self._point(axes, arm, across, success)
                axes.set_xlabel(self._words(f"plot.{shown[key]}"))
                axes.set_ylim(-3, 103)
                if key == "latency_median":
                    axes.set_xscale("log")
                    self._mark_powers(axes)
                else:
                    axes.xaxis.set_major_formatter(lambda value, _place: self._words.mark(value))
                    axes.set_xlim(left=-0.06 * axes.get_xlim()[1])
                name_dots(
                    axes,
                    [
                        (x.estimate.value, 100 * y.estimate.value, self._letters[arm])
                        for arm, x, y in points
                    ],
                )
                axes.grid(color=MIDDLE, alpha=0.4, linewidth=0.4)
            figure.axes[0].set_ylabel(self._words("plot.success"))
        return out.svg

    def _point(self, axes: "Axes", arm: str, across: Scored, success: Scored) -> None:
        x, y = across.estimate, success.estimate
        colour = self._colour(arm)
        faint: dict[str, Any] = {"color": colour, "linewidth": 0.8, "alpha": 0.5}
        axes.plot([x.low, x.high], [100 * y.value] * 2, **faint)
        axes.plot([x.value] * 2, [100 * y.low, 100 * y.high], **faint)
        axes.plot([x.value], [100 * y.value], "o", color=colour, markersize=6)

    def _mark_powers(self, axes: "Axes") -> None:
        from matplotlib.ticker import LogLocator, NullFormatter

        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=6))
        axes.xaxis.set_major_formatter(lambda value, _place: self._words.mark(value))
        axes.xaxis.set_minor_formatter(NullFormatter())

    def reliability(self) -> str:
        """pass^k over k; empty without repeats."""
        arms = self._measured.arms
        most = max(len(arm.reliability) for arm in arms)
        if most < 2:
            return ""
        with drawn("reliability", 6.4, 3.6) as (figure, out):
            axes = figure.add_subplot()
            for place, arm in enumerate(arms):
                found = [one for one in arm.reliability if isinstance(one, Scored)]
                values = [100 * one.estimate.value for one in found]
                axes.plot(
                    range(1, len(values) + 1), values, _STYLES[place % len(_STYLES)],
                    color=self._colour(arm.arm), marker=_MARKS[place % len(_MARKS)], markersize=4,
                    label=self._letters[arm.arm],
                )  # fmt: skip
            axes.set(ylim=(-3, 103), xticks=range(1, most + 1), xlim=(0.9, most + 0.1))
            axes.set_xlabel(self._words("plot.attempts"))
            axes.set_ylabel(self._words("plot.pass_k"))
            axes.grid(axis="y", color=MIDDLE, alpha=0.4, linewidth=0.4)
            _legend(figure, axes)
        return out.svg

    def calibration(self, found: Beliefs) -> str:
        """How often right, over the probability given; empty where none was recorded."""
        if not found:
            return ""
        kinds = [kind.name for kind in next(iter(found.values()))]
        with drawn("calibration", 3.4 * len(kinds), 3.7) as (figure, out):
            for place, name in enumerate(kinds):
                axes = figure.add_subplot(1, len(kinds), place + 1)
                axes.plot([0, 100], [0, 100], color=MIDDLE, linewidth=0.8, linestyle=":")
                for number, (arm, reliabilities) in enumerate(found.items()):
                    self._curve(axes, arm, reliabilities[place], number)
                axes.set(xlim=(-3, 103), ylim=(-3, 103))
                axes.set_title(self._words(f"plot.{name}"), fontsize=9.5)
                axes.set_xlabel(self._words("plot.probability"))
            figure.axes[0].set_ylabel(self._words("plot.right"))
            _legend(figure, figure.axes[0])
        return out.svg

    def _curve(self, axes: "Axes", arm: str, found: Reliability, number: int) -> None:
        told = [100 * one.probability for one in found.bins]
        right = [100 * one.right for one in found.bins]
        sizes = [8 + 4 * one.count**0.5 for one in found.bins]
        style, mark = _STYLES[number % len(_STYLES)], _MARKS[number % len(_MARKS)]
        colour = self._colour(arm)
        axes.plot(
            told, right, style, color=colour, linewidth=0.9, marker=mark, markersize=3,
            label=self._letters[arm],
        )  # fmt: skip
        axes.scatter(told, right, s=sizes, color=colour, marker=mark)

    def deaths(self, arm: str, places: Sequence[DeathPlace]) -> str:
        """Where the conversations of an arm go wrong."""
        from matplotlib.ticker import MaxNLocator

        with drawn(f"deaths {arm}", 7.2, 1.1 + 0.27 * len(places)) as (figure, out):
            axes = figure.add_subplot()
            left = [0] * len(places)
            for death, colour in _DEATHS.items():
                counts = [one.times.get(death, 0) for one in places]  # type: ignore[call-overload]
                label = self._words(f"death.{death}")
                axes.barh(range(len(places)), counts, left=left, color=colour, label=label)
                left = [a + b for a, b in zip(left, counts, strict=True)]
            axes.set_yticks(range(len(places)), [self.place(one.place) for one in places])
            axes.invert_yaxis()
            axes.set_xlabel(self._words("plot.times"))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            _legend(figure, axes)
        return out.svg

    def confusions(self, arm: str, found: Sequence[Confusion]) -> str:
        """Where it should go × where it went: the rows with the most, and what is left as one."""
        belongs = commonest([(one.belongs, one.times) for one in found], CONFUSED)
        shown = [one for one in found if one.belongs in belongs]
        went = commonest([(one.went, one.times) for one in shown], CONFUSED)
        others = self._words("plot.others")
        columns = [*went, others] if any(one.went not in went for one in shown) else went
        counts = [
            [
                sum(
                    one.times
                    for one in shown
                    if one.belongs == row and (one.went if one.went in went else others) == to
                )
                for to in columns
            ]
            for row in belongs
        ]
        with drawn(f"confusions {arm}", 7.2, 2.6 + 0.3 * len(belongs)) as (figure, out):
            axes = figure.add_subplot()
            greatest = max(map(max, counts))
            for y, row in enumerate(counts):
                for x, count in enumerate(row):
                    if count:
                        axes.scatter(x, y, s=60 + 240 * count / greatest, color=ACCENT)
                        axes.text(
                            x, y, str(count), ha="center", va="center_baseline", color=PAPER,
                            fontsize=8,
                        )  # fmt: skip
            axes.set_yticks(range(len(belongs)), [self.topic(name) for name in belongs])
            labels = [others if name == others else self.topic(name) for name in columns]
            axes.set_xticks(range(len(columns)), labels, rotation=40, ha="right")
            axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(belongs) - 0.4, -0.6))
            axes.set_ylabel(self._words("plot.belongs"))
            axes.set_xlabel(self._words("plot.went"))
            axes.grid(color=MIDDLE, alpha=0.4, linewidth=0.4)
        return out.svg

    def place(self, name: str) -> str:
        """A node by its words, or what stands for one."""
        node = self._measured.study.tree.by_id.get(name)
        if node is None:
            return self._words(f"place.{name}")
        return _short(str(getattr(node, "text", node.id)))

    def topic(self, name: str) -> str:
        """A topic by its title, or a destination that is none."""
        for topic in self._measured.study.tree.topics:
            if topic.id == name:
                return _short(topic.title, 28)
        return self._words(f"place.{name}")


def _legend(figure: "Figure", axes: "Axes") -> None:
    """Above the picture."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=8, frameon=False, fontsize=9)


def _both(arm: ArmFigures, key: str) -> tuple[Scored, Scored] | None:
    across, success = arm.scores[key], arm.scores["success"]
    if isinstance(across, Scored) and isinstance(success, Scored):
        return across, success
    return None


def _short(text: str, most: int = _LABEL) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
