"""Counts -> figures of questions, answers, topics and conversations, each with its interval."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar

from agent.evidence.polarity import is_unknown
from evaluation.learnt import gain
from evaluation.learnt.plan import Plan
from evaluation.statistics import Estimate, share_of
from records.learnt.sums import Answers, Begun, OfTopic, Options, Step

FEW = 30
"""Cases below which a share is marked as resting on few."""
Outcome = Literal["straight", "doubted", "left", "abandoned", "waiting"]
"""What came of a question that was put: answered at once, answered after doubts, left unanswered,
the last thing before she went away, or not old enough to say."""
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class OptionFigures:
    """One option of a question."""

    id: str
    label: str
    chosen: int
    share: Estimate | None
    """Of those who chose any."""
    undone: int
    """She came back and answered anew."""
    rejected: int
    """It led to an answer that she rejected."""

    @property
    def troubled(self) -> int:
        """Choices that she took back, or that led to an answer which she rejected."""
        return self.undone + self.rejected


@dataclass(frozen=True)
class QuestionFigures:
    """One question or value of the tree, over all topics in which it was put."""

    node: str
    text: str
    kind: str
    topics: tuple[str, ...]
    """Ids, the one in which it was put most often first."""
    asked: int
    told: int
    """She had said it before."""
    button: int
    words: int
    unknown: int
    """She did not know: she said so, or chose the option for it."""
    doubted: int
    abandoned: int
    resolved: Estimate | None
    """She came to an answer afterwards and did not reject it; of those who were asked."""
    confused: Estimate | None
    """She asked back, did not know, was not understood, went away from it or changed her answer."""
    gave_up: Estimate | None
    """It was the last thing that she was asked, and long ago."""
    outcomes: Mapping[Outcome, int]
    """They add up to `asked`."""
    seconds: float | None
    """Median until her first message."""
    timed: int
    expected: float | None
    """Bits that its answer was expected to tell at asking, where a posterior was recorded: mean."""
    by_tree: float | None
    """Bits that it tells if all its options are alike."""
    observed: Estimate | None
    """Bits that it told."""
    options: tuple[OptionFigures, ...]


@dataclass(frozen=True)
class AnswerFigures:
    """One answer of the tree."""

    node: str
    title: str
    reached: int
    helped: int
    not_helped: int
    worse: int
    complained: int
    left: int
    followed: int
    liked: Estimate | None
    """Helped, of those who said."""


@dataclass(frozen=True)
class Alone:
    """How often a conversation went well by itself."""

    name: str
    conversations: int
    alone: Estimate | None
    escalated: int
    asked_person: int


def question_figures(
    lines: Iterable[Options], seconds: Iterable[tuple[str, int, int]], plan: Plan
) -> list[QuestionFigures]:
    """The figures of each question, the most often asked first."""
    times = _grouped(seconds, lambda line: line[0])
    found = [
        _question(node, its, times.get(node, []), plan)
        for node, its in _grouped(lines, lambda line: line.node).items()
    ]
    return sorted(found, key=lambda one: (-one.asked, -one.told, one.node))


def _question(
    node: str, lines: Sequence[Options], times: Sequence[tuple[str, int, int]], plan: Plan
) -> QuestionFigures:
    asked, doubted, abandoned = (
        sum(getattr(line, name) for line in lines) for name in ("asked", "doubted", "abandoned")
    )
    options = _options(node, lines, plan)
    estimated = sum(line.estimated for line in lines)
    by_topic = {
        topic: sum(line.asked + line.told for line in its)
        for topic, its in _grouped(lines, lambda line: line.topic).items()
    }
    not_known = sum(line.unknown for line in lines)
    not_known += sum(option.chosen for option in options if is_unknown(option.label))
    return QuestionFigures(
        node=node,
        text=plan.called(node),
        kind=lines[0].kind,
        topics=tuple(sorted(filter(None, by_topic), key=lambda topic: -by_topic[topic])),
        asked=asked,
        told=sum(line.told for line in lines),
        button=sum(line.button for line in lines),
        words=sum(line.words for line in lines),
        unknown=not_known,
        doubted=doubted,
        abandoned=abandoned,
        resolved=share_of(sum(line.resolved for line in lines), asked),
        confused=share_of(doubted, asked),
        gave_up=share_of(abandoned, asked),
        outcomes=_outcomes(lines, asked),
        seconds=_median([(line[1], line[2]) for line in times]),
        timed=sum(line[2] for line in times),
        expected=sum(line.bits for line in lines) / estimated if estimated else None,
        by_tree=gain.by_tree(plan, node),
        observed=gain.observed(plan, node, {option.id: option.chosen for option in options}),
        options=options,
    )


def _outcomes(lines: Sequence[Options], asked: int) -> dict[Outcome, int]:
    answered = sum(line.button + line.words for line in lines)
    doubted = sum(line.answered_doubted for line in lines)
    left, gone = (sum(getattr(line, name) for line in lines) for name in ("left", "abandoned"))
    return {
        "straight": answered - doubted,
        "doubted": doubted,
        "left": left,
        "abandoned": gone,
        "waiting": asked - answered - left - gone,
    }


def _options(node: str, lines: Sequence[Options], plan: Plan) -> tuple[OptionFigures, ...]:
    """Those of the tree in their order, then those that only other versions have."""
    its = _grouped((line for line in lines if line.option), lambda line: line.option or "")
    labels = plan.options(node) or {}
    labels |= {option: option for option in its if option not in labels}
    chosen = {o: sum(line.button + line.words for line in its.get(o, ())) for o in labels}
    return tuple(
        OptionFigures(
            id=option,
            label=label,
            chosen=chosen[option],
            share=share_of(chosen[option], sum(chosen.values())),
            undone=sum(line.undone for line in its.get(option, ())),
            rejected=sum(line.rejected for line in its.get(option, ())),
        )
        for option, label in labels.items()
    )


def answer_figures(lines: Iterable[Answers], plan: Plan) -> list[AnswerFigures]:
    """The figures of each answer of the tree, the most often reached first, never reached last."""
    its = _grouped(lines, lambda line: line.node)
    nodes = [*its, *(node for node in plan.outline.titles if node not in its)]
    found = [_answer(node, its.get(node, ()), plan) for node in nodes]
    return sorted(found, key=lambda one: (-one.reached, one.title))


def _answer(node: str, lines: Sequence[Answers], plan: Plan) -> AnswerFigures:
    names = ("reached", "helped", "not_helped", "worse", "complained", "left", "followed")
    sums = {name: sum(getattr(line, name) for line in lines) for name in names}
    liked = share_of(sums["helped"], sums["helped"] + sums["not_helped"])
    return AnswerFigures(node=node, title=plan.called(node), liked=liked, **sums)


def resolving(lines: Iterable[Options]) -> dict[tuple[str, str], Estimate]:
    """Which questions resolve which problems: share resolved by question and topic."""
    its = _grouped(lines, lambda line: (line.node, line.topic))
    found = {}
    for (node, topic), group in its.items():
        asked, resolved = (sum(getattr(x, name) for x in group) for name in ("asked", "resolved"))
        share = share_of(resolved, asked)
        if topic and share:
            found[node, topic] = share
    return found


def alone(lines: Iterable[Begun], by: Callable[[Begun], str]) -> list[Alone]:
    """How often conversations went well by themselves, by some name, in its order."""
    return [
        Alone(
            name=name,
            conversations=(total := sum(line.conversations for line in its)),
            alone=share_of(sum(line.alone for line in its), total),
            escalated=sum(line.escalated for line in its),
            asked_person=sum(line.asked_person for line in its),
        )
        for name, its in sorted(_grouped(lines, by).items())
    ]


def periods(first: date, last: date, step: Step) -> list[date]:
    """The first days of all periods from the first one to the last one, without a gap."""
    found = [first]
    while found[-1] < last:
        found.append(_after(found[-1], step))
    return found


def _after(since: date, step: Step) -> date:
    if step == "month":
        return (since.replace(day=1) + timedelta(days=31)).replace(day=1)
    return since + timedelta(days=7 if step == "week" else 1)


def by_topic(lines: Iterable[OfTopic]) -> dict[str, list[OfTopic]]:
    """The lines of each topic, the most frequent topic first."""
    its = _grouped(lines, lambda line: line.topic)
    size = {topic: sum(line.conversations for line in group) for topic, group in its.items()}
    return {topic: its[topic] for topic in sorted(its, key=lambda name: (-size[name], name))}


def _median(counted: Sequence[tuple[int, int]]) -> float | None:
    """Of values, each with how often it is there."""
    total = sum(times for _, times in counted)
    if not total:
        return None
    before, middle = 0, []
    for value, times in sorted(counted):
        for place in ((total - 1) // 2, total // 2):
            if before <= place < before + times:
                middle.append(value)
        before += times
    return sum(middle) / len(middle)


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
