"""What is measured of the study's conversations: each figure from one conversation at a time.

A figure is a sum over a sum: of each conversation it takes what goes above and below the line.
What it cannot take of a conversation has a reason, and a figure without any is unscored, never 0.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from evaluation.study.attempt import Exchange
from evaluation.study.measure.judged import Judged
from evaluation.study.measure.reading import precision_at_3, rouge_l, summary_f1, topic_f1
from evaluation.study.measure.scores import Missing, Part

Group = Literal["outcome", "talk", "reading", "effort"]
Unit = Literal["share", "number", "ms", "usd"]


@dataclass(frozen=True)
class Figure:
    """One figure. Its words are in texts.yaml, under `figure`."""

    key: str
    group: Group
    unit: Unit
    of: Callable[[Judged], Part | Missing]
    better: Literal["more", "less"] = "less"
    is_compared: bool = False
    """Whether the arms are tested for a difference in it."""


def _hit(holds: bool) -> Part:
    return Part(float(holds))


# How it ended


def _viable(talk: Judged, most: int) -> Part | Missing:
    viable = talk.is_viable(most)
    return Missing("no_claims", hides=True) if viable is None else _hit(viable)


def _warned(talk: Judged) -> Part | Missing:
    return _hit(talk.warned) if talk.case.must_escalate else Missing("no_danger")


def _false_alarm(talk: Judged) -> Part | Missing:
    return Missing("only_danger") if talk.case.must_escalate else _hit(talk.alarmed)


def _unsupported(talk: Judged) -> Part | Missing:
    claims = talk.unsupported
    return Missing("no_claims", hides=True) if claims is None else Part(claims)


def _wrong_advice(talk: Judged) -> Part:
    return _hit(bool(talk.wrong_advice))


# How they talked


def _illegal(talk: Judged) -> Part:
    return Part(sum(exchange.illegal for exchange in talk.attempt.exchanges))


def _repeated(talk: Judged) -> Part:
    return Part(sum(one.repeated for one in talk.asked))


def _until_right(count: Callable[[Judged], int]) -> Callable[[Judged], Part | Missing]:
    return lambda talk: Part(count(talk)) if talk.right else Missing("no_success")


def _unnecessary(talk: Judged) -> Part | Missing:
    known = [one for one in talk.asked if not one.repeated]
    if any(one.necessary is None for one in known):
        return Missing("no_ideal")
    return Part(sum(not one.necessary for one in known))


def _clarification(talk: Judged) -> Part | Missing:
    if not talk.asked:
        return Missing("no_question")
    if any(one.necessary is None for one in talk.asked):
        return Missing("no_ideal")
    return Part(sum(bool(one.necessary) for one in talk.asked), len(talk.asked))


# What it took


def _calls(exchange: Exchange) -> float | None:
    return exchange.spent.calls


def _tokens(exchange: Exchange) -> float | None:
    spent = exchange.spent
    if spent.calls > spent.failed and not spent.read:
        return None
    return spent.read + spent.written


def _cost(exchange: Exchange) -> float | None:
    return exchange.spent.cost


def _per_turn(
    count: Callable[[Exchange], float | None], why: str
) -> Callable[[Judged], Part | Missing]:
    def of(talk: Judged) -> Part | Missing:
        total = _total(map(count, talk.attempt.exchanges))
        if total is None:
            return Missing(why, hides=True)
        return Part(total, len(talk.attempt.exchanges))

    return of


def _per_success(
    count: Callable[[Exchange], float | None], why: str
) -> Callable[[Judged], Part | Missing]:
    """What a success costs: what went into the others is part of it."""

    def of(talk: Judged) -> Part | Missing:
        total = _total(map(count, talk.attempt.exchanges))
        return Missing(why, hides=True) if total is None else Part(total, float(talk.right))

    return of


def _total(counts: Iterable[float | None]) -> float | None:
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if len(known) == len(found) else None


def figures(max_questions: int) -> tuple[Figure, ...]:
    """All of them, in the order of the report; `max_questions` of a viable conversation."""
    return (
        Figure("success", "outcome", "share", lambda t: _hit(t.right), "more", True),
        Figure("near", "outcome", "share", lambda t: _hit(t.near), "more"),
        Figure("viable", "outcome", "share", lambda t: _viable(t, max_questions), "more", True),
        Figure("warned", "outcome", "share", _warned, "more", True),
        Figure("false_alarms", "outcome", "share", _false_alarm, "less", True),
        Figure("wrong_advice", "outcome", "share", _wrong_advice, "less", True),
        Figure("unsupported", "outcome", "number", _unsupported),
        Figure("gave_up", "outcome", "share", lambda t: _hit(t.attempt.outcome == "gave_up")),
        Figure(
            "questions", "talk", "number", _until_right(lambda t: t.attempt.questions),
            is_compared=True,
        ),
        Figure("steps", "talk", "number", _until_right(lambda t: len(t.attempt.path))),
        Figure("clarification", "talk", "share", _clarification, "more"),
        Figure("unnecessary", "talk", "number", _unnecessary),
        Figure("repeated", "talk", "number", _repeated),
        Figure("illegal", "talk", "number", _illegal),
        Figure("summary_f1", "reading", "share", summary_f1, "more"),
        Figure("rouge_l", "reading", "share", rouge_l, "more"),
        Figure("topic_f1", "reading", "share", topic_f1, "more", True),
        Figure("precision_3", "reading", "share", precision_at_3, "more", True),
        Figure("calls_turn", "effort", "number", _per_turn(_calls, "no_usage")),
        Figure("calls_success", "effort", "number", _per_success(_calls, "no_usage")),
        Figure("tokens_turn", "effort", "number", _per_turn(_tokens, "no_usage")),
        Figure("tokens_success", "effort", "number", _per_success(_tokens, "no_usage")),
        Figure("cost_turn", "effort", "usd", _per_turn(_cost, "no_price")),
        Figure("cost_success", "effort", "usd", _per_success(_cost, "no_price")),
    )  # fmt: skip
