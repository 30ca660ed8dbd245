"""Which rows are counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from records.database import CONVERSATION_TOPICS, CONVERSATIONS
from records.wanted import NO_MODEL


@dataclass(frozen=True)
class Scope:
    """What the rows and conversations that are counted have in common; None: anything."""

    since: date | None = None
    """The first day (UTC)."""
    until: date | None = None
    """The last day."""
    topic: str | None = None
    navigator: str | None = None
    model: str | None = None
    """A model's name in the settings, or NO_MODEL."""
    tree: str | None = None
    """A tree version."""

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"nothing can be since {self.since} and until {self.until}")

    def rows(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        """The conditions on a table of rows."""
        its = table.c
        found = _of_setting(self, its.navigator, its.model, its.tree)
        if self.since:
            found.append(its.day >= self.since)
        if self.until:
            found.append(its.day <= self.until)
        if self.topic is not None:
            found.append(its.topic == self.topic)
        return found

    def conversations(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on CONVERSATIONS; they are of the day on which they began."""
        its = CONVERSATIONS.c
        found = _of_setting(self, its.navigator, its.model, its.tree)
        if self.since:
            found.append(its.created_at >= _midnight(self.since))
        if self.until:
            found.append(its.created_at < _midnight(self.until + timedelta(days=1)))
        if self.topic is not None:
            of_topic = CONVERSATION_TOPICS.c.topic == self.topic
            found.append(its.id.in_(sa.select(CONVERSATION_TOPICS.c.thread).where(of_topic)))
        return found


def _of_setting(
    scope: Scope,
    navigator: sa.ColumnElement[str],
    model: sa.ColumnElement[str | None],
    tree: sa.ColumnElement[str],
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if scope.navigator is not None:
        found.append(navigator == scope.navigator)
    if scope.model is not None:
        found.append(model.is_(None) if scope.model == NO_MODEL else model == scope.model)
    if scope.tree is not None:
        found.append(tree == scope.tree)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
