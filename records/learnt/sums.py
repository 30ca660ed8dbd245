"""Counts over the rows of many conversations, each one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from records.database import CONVERSATION_TOPICS, CONVERSATIONS
from records.learnt.scope import Scope
from records.learnt.tables import ASKED, CHANGED, GIVEN, PUT
from records.wanted import GAVE_UP_AFTER

Step = Literal["day", "week", "month"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How often a question was put in a topic and the same option chosen; counts of rows."""

    node: str
    kind: str
    topic: str | None
    option: str | None
    asked: int
    """Put to her: the others she had answered before."""
    told: int
    button: int
    words: int
    doubted: int
    """She asked back, did not know, was not understood, went away, or changed her answer."""
    answered_doubted: int
    """Of those, the ones that she answered all the same."""
    asks_back: int
    unsure: int
    unknown: int
    back: int
    """She went back from it."""
    elsewhere: int
    """She went from it to other topics, or started over."""
    left: int
    """She left it unanswered, in any way that is recorded."""
    undone: int
    reached: int
    """Its way ended at an answer."""
    resolved: int
    """And she did not reject that."""
    rejected: int
    abandoned: int
    """The last thing that she was asked, and long ago."""
    bits: float
    """Sum over those rows where it was estimated."""
    estimated: int


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How often an answer was shown, and what she said of it."""

    node: str
    topic: str | None
    tree: str
    reached: int
    helped: int
    not_helped: int
    worse: int
    complained: int
    left: int
    followed: int


@dataclass(frozen=True, kw_only=True)
class Switched:
    """How often she chose one option of a question after she had chosen another."""

    node: str
    before: str
    after: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The conversations that began in a period with the same navigator, model and tree."""

    since: date
    """The period's first day: a day, a Monday or a first of the month (UTC)."""
    navigator: str
    model: str | None
    tree: str
    conversations: int
    answered: int
    escalated: int
    asked_person: int
    alone: int
    """They came to an answer within so many questions, with nothing that speaks against it."""


@dataclass(frozen=True, kw_only=True)
class OfTopic:
    """The conversations that began in a period and were led into a topic."""

    since: date
    """The period's first day."""
    topic: str
    conversations: int
    escalated: int


Line = TypeVar("Line", Options, Answers, Switched, Begun, OfTopic)


class Sums:
    """Counts in one transaction. A bad filter finds nothing."""

    def __init__(
        self, connection: sa.Connection, scope: Scope, now: datetime | None = None
    ) -> None:
        """`now` decides which open questions she has given up."""
        self._connection = connection
        self._scope = scope
        self._late = (now or datetime.now(UTC)) - GAVE_UP_AFTER

    def options(self) -> list[Options]:
        """By question, topic and option."""
        its = ASKED.c
        put = its.shown > 0
        away = its.left.in_(("back", "restart", "elsewhere"))
        doubted = put & sa.or_(its.asks_back, its.unsure, its.unknown, its.undone, away)
        left_open = put & its.how.is_(None) & its.left.is_(None)
        recent = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.last_at >= self._late)
        counted = {
            "asked": put,
            "told": ~put,
            "button": its.how == "button",
            "words": its.how == "words",
            "doubted": doubted,
            "answered_doubted": doubted & its.how.is_not(None),
            "asks_back": its.asks_back,
            "unsure": its.unsure,
            "unknown": its.unknown,
            "back": its.left == "back",
            "elsewhere": its.left.in_(("restart", "elsewhere")),
            "left": its.left.is_not(None),
            "undone": put & its.undone,
            "reached": put & its.answer.is_not(None),
            "resolved": put & its.answer.is_not(None) & ~its.rejected,
            "rejected": put & its.rejected,
            "abandoned": left_open & its.thread.not_in(recent),
            "estimated": its.bits.is_not(None),
        }
        by = (its.node, its.kind, its.topic, its.option)
        bits = sa.func.coalesce(sa.func.sum(its.bits), 0.0).label("bits")
        return self._lines(Options, sa.select(*by, *_counts(counted), bits), ASKED, by)

    def seconds(self) -> list[tuple[str, int, int]]:
        """How often a question was answered after so many seconds: question, seconds, times."""
        its = ASKED.c
        by = (its.node, its.seconds)
        query = sa.select(*by, sa.func.count().label("times"))
        query = query.where(PUT, its.seconds.is_not(None), *self._scope.rows(ASKED)).group_by(*by)
        return [(row.node, row.seconds, row.times) for row in self._connection.execute(query)]

    def answers(self) -> list[Answers]:
        """By answer, topic and tree version."""
        its = GIVEN.c
        counted = {
            "helped": its.helped.is_(True),
            "not_helped": its.helped.is_(False),
            "worse": its.worse,
            "complained": its.complained,
            "left": its.left,
            "followed": its.followed.is_not(None),
        }
        by = (its.node, its.topic, its.tree)
        reached = sa.func.count().label("reached")
        return self._lines(Answers, sa.select(*by, *_counts(counted), reached), GIVEN, by)

    def switched(self) -> list[Switched]:
        """By question and the two options."""
        its = ASKED.c
        by = (its.node, its.instead_of.label("before"), its.option.label("after"))
        query = sa.select(*by, sa.func.count().label("times"))
        query = query.where(CHANGED, its.option.is_not(None))
        return self._lines(Switched, query, ASKED, (its.node, its.instead_of, its.option))

    def begun(self, step: Step, most_questions: int, unsafe: Sequence[str] = ()) -> list[Begun]:
        """By period, navigator, model and tree.

        One went well by itself with at most so many questions, no danger and nothing that she
        complained of, and if it is not among the `unsafe` that experts found.
        """
        its = CONVERSATIONS.c
        against = ("not_helped", "worse", "complained", "asked_person", "escalated", "failed")
        alone = (its.outcome == "answered") & (its.asked <= most_questions)
        alone &= sa.and_(*(~its[name] for name in against))
        if unsafe:
            alone &= its.id.not_in(unsafe)
        counted = {
            "answered": its.outcome == "answered",
            "escalated": its.escalated,
            "asked_person": its.asked_person,
            "alone": alone,
        }
        since = self._since(step)
        by = (since, its.navigator, its.model, its.tree)
        total = sa.func.count().label("conversations")
        query = sa.select(*by, *_counts(counted), total).where(its.turns > 0)
        query = query.where(*self._scope.conversations()).group_by(*by)
        return [_line(Begun, row) for row in self._connection.execute(query)]

    def topics(self, step: Step) -> list[OfTopic]:
        """By period and topic."""
        its, since = CONVERSATIONS.c, self._since(step)
        topic = CONVERSATION_TOPICS.c.topic
        total = sa.func.count().label("conversations")
        query = sa.select(since, topic, total, *_counts({"escalated": its.escalated}))
        query = query.join_from(CONVERSATION_TOPICS, CONVERSATIONS)
        query = query.where(*self._scope.conversations()).group_by(since, topic)
        return [_line(OfTopic, row) for row in self._connection.execute(query)]

    def trees(self) -> list[str]:
        """The tree versions that questions were put from, in alphabetical order."""
        versions = sa.select(CONVERSATIONS.c.tree).distinct().order_by(CONVERSATIONS.c.tree)
        return list(self._connection.scalars(versions))

    def _since(self, step: Step) -> sa.ColumnElement[date] | sa.ColumnElement[str]:
        """The first day of the period in which a conversation began (UTC); text on SQLite."""
        began = CONVERSATIONS.c.created_at
        if self._connection.dialect.name != "sqlite":
            first = sa.func.date_trunc(step, sa.func.timezone("UTC", began))
            return sa.cast(first, sa.Date).label("since")
        text = sa.type_coerce(began, sa.Text)
        if step == "week":
            return sa.func.date(text, "weekday 0", "-6 days").label("since")
        if step == "month":
            return (sa.func.substr(text, 1, 7) + "-01").label("since")
        return sa.func.substr(text, 1, 10).label("since")

    def _lines(
        self, kind: type[Line], query: sa.Select[Any], table: sa.Table, by: Sequence[Any]
    ) -> list[Line]:
        query = query.where(*self._scope.rows(table)).group_by(*by)
        return [_line(kind, row) for row in self._connection.execute(query)]


def _counts(conditions: dict[str, sa.ColumnElement[bool]]) -> list[sa.ColumnElement[int]]:
    """How many rows fulfil each."""
    return [
        sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).label(name)
        for name, condition in conditions.items()
    ]


def _line(kind: type[Line], row: sa.Row[Any]) -> Line:
    values = dict(zip(row._fields, row, strict=True))
    if isinstance(first := values.get("since"), str):
        values["since"] = date.fromisoformat(first)
    return kind(**values)
