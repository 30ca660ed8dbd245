"""The conversations behind a figure, and the messages that did not lead on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import sqlalchemy as sa

from records.database import EVENTS, TURNS
from records.learnt.rows import Missed
from records.learnt.scope import Scope
from records.learnt.tables import ASKED, GIVEN, MISSED, PUT

Kind = Literal["confuses", "abandoned", "same", "split", "switched", "not_helped"]


@dataclass(frozen=True)
class Place:
    """An event of a conversation."""

    thread: str
    turn: int
    seq: int
    day: date


@dataclass(frozen=True)
class MissedMessage:
    """A message that did not lead on."""

    thread: str
    turn: int
    day: date
    why: Missed
    topic: str | None
    node: str | None
    meant: str | None
    text: str = field(repr=False)


def places(
    connection: sa.Connection,
    scope: Scope,
    kind: Kind,
    node: str,
    options: Sequence[str] = (),
    limit: int = 5,
) -> list[Place]:
    """Where it happened, the newest first: what `kind` is about at a question or answer."""
    table = GIVEN if kind == "not_helped" else ASKED
    its = table.c
    query = sa.select(its.thread, its.turn, its.seq, its.day)
    query = query.where(its.node == node, _is(kind, options), *scope.rows(table))
    if table is ASKED:
        query = query.where(PUT)
    query = query.order_by(its.day.desc(), its.thread, its.n).limit(limit)
    return [Place(*row) for row in connection.execute(query)]


def _is(kind: Kind, options: Sequence[str]) -> sa.ColumnElement[bool]:
    its = ASKED.c
    match kind:
        case "confuses":
            away = its.left.in_(("back", "restart", "elsewhere"))
            return sa.or_(its.asks_back, its.unsure, its.unknown, its.undone, away)
        case "abandoned":
            return its.how.is_(None) & its.left.is_(None)
        case "same":
            return its.option.in_(options)
        case "split":
            return its.option.in_(options) & sa.or_(its.undone, its.rejected)
        case "switched":
            changed = its.instead_of.in_(options) & its.option.in_(options)
            return changed & (its.instead_of != its.option)
        case "not_helped":
            return GIVEN.c.helped.is_(False)


def missed_messages(
    connection: sa.Connection, scope: Scope, limit: int = 300
) -> list[MissedMessage]:
    """The newest messages that did not lead on, as she wrote them."""
    its = MISSED.c
    newest = sa.select(
        *(its[name] for name in ("thread", "turn", "day", "why", "topic", "node", "meant")),
        EVENTS.c.payload,
    )
    newest = (
        newest.join(TURNS, (TURNS.c.thread == its.thread) & (TURNS.c.number == its.turn))
        .join(EVENTS, (EVENTS.c.turn_id == TURNS.c.id) & (EVENTS.c.seq == 0))
        .where(EVENTS.c.type == "message_received", *scope.rows(MISSED))
        .order_by(its.day.desc(), its.thread, its.n)
        .limit(limit)
    )
    return [
        MissedMessage(**dict(zip(row._fields[:-1], row[:-1], strict=True)), text=row[-1]["text"])
        for row in connection.execute(newest)
    ]
