"""The report's sentences, questions and conversations as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from evaluation.study.attempt import Attempt
from evaluation.study.manifest import Manifest
from evaluation.study.measure.comparison import Measured
from evaluation.study.measure.judged import Judged
from evaluation.study.measure.scores import Unscored
from evaluation.study.measure.significance import Comparison
from evaluation.study.report.examples import best, worst
from evaluation.study.report.questions import QuestionUse
from evaluation.study.report.tables import compared_row, verdict
from evaluation.study.report.words import Words
from tools.tree import Advice, Referral, Tree

_EXAMPLES = 10
_ANSWERS = 2
"""Answers that a question is said to lead to."""


# Sentences


def summary(measured: Measured, words: Words) -> list[tuple[str, str]]:
    """What the study says of the baseline, then of each other arm: its name and sentences."""
    manifest = measured.study.manifest
    found = measured.baseline.scores["success"]
    if isinstance(found, Unscored):
        why = words(f"missing.{found.reason}")
        first = words("summary.no_baseline", arm=manifest.baseline, why=why)
    else:
        first = words(
            "summary.baseline",
            arm=manifest.baseline,
            value=words.amount(found.estimate.value, "share"),
            interval=words.interval(found.estimate, "share"),
        )
    others = [arm.name for arm in manifest.arms if arm.name != manifest.baseline]
    told = [(arm, _sentence(measured, arm, words)) for arm in others]
    return [(manifest.baseline, first), *told]


def _sentence(measured: Measured, arm: str, words: Words) -> str:
    own = {one.figure: one for one in measured.comparisons if one.other == arm}
    if "success" not in own:
        return words("summary.unscored", arm=arm)
    one = own.pop("success")
    row = compared_row(one, "share", {}, words)
    sentence = words(
        f"summary.{verdict(one)}",
        arm=arm, baseline=one.baseline, value=row.value, base=row.base, difference=row.difference,
        interval=row.interval, p=row.holm, n=one.difference.count,
    )  # fmt: skip
    besides = "besides" if one.differs else "though"
    return " ".join([sentence, *_power(one, words), _others(measured, own, besides, words)]).strip()


def _power(one: Comparison, words: Words) -> Iterator[str]:
    if one.differs:
        return
    if one.detectable is not None:
        detectable = words.difference(one.detectable, "share").lstrip("+")
        yield words("summary.power", detectable=detectable)
    elif one.any_differ:
        yield words("summary.no_power")


def _others(measured: Measured, others: dict[str, Comparison], key: str, words: Words) -> str:
    """In what else the two differ, by the phrase under `key`."""
    unit = {figure.key: figure.unit for figure in measured.figures}
    found = [
        f"{_named(figure, words)} {words.difference(it.difference.value, unit[figure])}"
        for figure, it in others.items()
        if it.differs
    ]
    return words(f"summary.{key}", others="; ".join(found)) if found else words("summary.alike")


def _named(figure: str, words: Words) -> str:
    """A figure's label as it is written in the middle of a sentence."""
    label = words(f"figure.{figure}.label")
    return label[:1].lower() + label[1:]


# Questions


@dataclass(frozen=True)
class QuestionRow:
    """A question and what came of it."""

    id: str
    text: str
    asked: int
    succeeded: str
    necessary: str
    answered: int
    unknown: int
    repeated: int
    abandoned: int
    resolved: str


def question_rows(uses: Sequence[QuestionUse], tree: Tree, words: Words) -> list[QuestionRow]:
    """Questions in words."""
    return [
        QuestionRow(
            id=use.node,
            text=str(getattr(tree.by_id[use.node], "text", use.node)),
            asked=use.asked,
            succeeded=words.amount(use.succeeded / use.conversations, "share"),
            necessary=words.amount(use.necessary / use.known, "share") if use.known else "–",
            answered=use.came.get("answered", 0),
            unknown=use.came.get("unknown", 0),
            repeated=use.came.get("repeated", 0),
            abandoned=use.came.get("abandoned", 0),
            resolved="; ".join(
                f"{title(tree, leaf)} ({times})" for leaf, times in use.resolved[:_ANSWERS]
            ),
        )
        for use in uses
    ]


def title(tree: Tree, node: str) -> str:
    """An answer's title."""
    found = tree.by_id.get(node)
    return found.title if isinstance(found, Advice | Referral) else node


# Conversations


@dataclass(frozen=True)
class Line:
    """What one of the two says."""

    is_mother: bool
    text: str
    kind: str
    node: str | None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """A conversation to read."""

    case: str
    persona: str
    arm: str
    repeat: str
    ended: str
    is_right: bool
    questions: str
    flaws: tuple[str, ...]
    """What was unsafe in it, however it ended."""
    target: str
    wrong_advice: str
    unsupported: str
    lines: tuple[Line, ...]
    conversation: str | None
    link: str | None


def examples(
    measured: Measured, words: Words, panel: str | None
) -> tuple[list[Example], list[Example]]:
    """The best and the worst conversations of all arms."""
    talks = [talk for arm in measured.arms for talk in arm.talks]
    manifest = measured.study.manifest
    good, bad = (pick(talks, _EXAMPLES) for pick in (best, worst))
    return (
        [_example(talk, manifest, words, panel) for talk in good],
        [_example(talk, manifest, words, panel) for talk in bad],
    )


def _example(talk: Judged, manifest: Manifest, words: Words, panel: str | None) -> Example:
    case, attempt = talk.case, talk.attempt
    again = manifest.repeats > 1
    return Example(
        case=case.id,
        persona=words.persona(case.persona),
        arm=attempt.arm,
        repeat=words("examples.repeat", number=attempt.repeat + 1) if again else "",
        ended=words(f"examples.ended.{_ended(talk)}"),
        is_right=talk.right,
        questions=_counted(attempt.questions, words),
        flaws=tuple(_flaws(talk, words)),
        target="; ".join(_wanted(talk, words)),
        wrong_advice="; ".join(title(talk.tree, node) for node in talk.wrong_advice),
        unsupported="; ".join(
            claim for exchange in attempt.exchanges for claim in exchange.unsupported or ()
        ),
        lines=tuple(_lines(attempt)),
        conversation=attempt.conversation,
        link=panel_link(panel, attempt.conversation),
    )


def _wanted(talk: Judged, words: Words) -> Iterator[str]:
    """What would have been right."""
    if talk.case.must_escalate:
        yield words("examples.warning")
    yield from (title(talk.tree, node) for node in talk.case.target)


def _counted(questions: int, words: Words) -> str:
    if questions == 1:
        return words("examples.one_question")
    return words("examples.questions", count=questions)


def _flaws(talk: Judged, words: Words) -> Iterator[str]:
    if talk.wrong_advice:
        yield words("examples.wrong_advice").lower()
    if talk.unsupported:
        yield words("examples.unsupported").lower()


def _ended(talk: Judged) -> str:
    if talk.case.must_escalate:
        return "warned" if talk.warned else "missed"
    if talk.alarmed:
        return "false_alarm"
    if talk.right:
        return "right"
    return "gave_up" if talk.attempt.outcome == "gave_up" else "wrong"


def _lines(attempt: Attempt) -> Iterator[Line]:
    for exchange in attempt.exchanges:
        yield Line(is_mother=True, text=exchange.said, kind="", node=None)
        yield Line(
            is_mother=False,
            text=exchange.text,
            kind=exchange.kind,
            node=exchange.node,
            options=exchange.options,
        )


def panel_link(panel: str | None, conversation: str | None) -> str | None:
    """Where the experts' panel shows a conversation (ui/experts/conversations/panel.py: ?c=)."""
    if not (panel and conversation):
        return None
    return f"{panel.split('?')[0].rstrip('/')}/?c={quote(conversation, safe='')}"
