"""What is learnt is the same on both databases, also after a migration and after erasing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from evaluation.speed.generated_talks import Talk
from records.database import open_engine, transaction
from records.events import Event, FollowedUp, MessageReceived, Rated
from records.learnt.fold import Piece, learnt
from records.learnt.keep import KINDS, rows_of
from records.learnt.lessons import Counted, Lessons
from records.learnt.rows import Asked, Given, Learnt
from records.learnt.scope import Scope
from records.migrations.versions import r0008_learnt
from records.store import Records
from records.wanted import NO_MODEL
from tests.learnt_talks import NOW, VERSION, Faults, talks
from tests.postgres import PostgresServer

FAULTS = Faults(confuses="leche", switched="dolor", unread="dolor-grietas")
GONE = "00003"
"""The conversation that is erased."""


def write(records: Records, talk: Talk) -> None:
    """As it happens: each turn by itself, what she rates behind it."""
    for number, turn in enumerate(talk.turns):
        asides = [event for event in turn if isinstance(event, Rated | FollowedUp)]
        message, *rest = (event for event in turn if event not in asides)
        assert isinstance(message, MessageReceived)
        records.begin(
            talk.thread,
            str(number),
            message,
            owner="test",
            tree=VERSION,
            navigator=talk.navigator,
            model=talk.model,
        )
        records.finish(talk.thread, str(number), rest)
        for aside in asides:
            records.note(talk.thread, aside)


def folded(talk: Talk) -> Learnt:
    """What a plain fold of it says."""
    pieces: list[Piece] = []
    for number, turn in enumerate(talk.turns, 1):
        events: list[tuple[int, Event]] = list(enumerate(turn))
        pieces.append(Piece(number, events, VERSION, talk.navigator, talk.model))
    return learnt(pieces)


@dataclass
class Written:
    """A record of many conversations."""

    url: str
    talks: dict[str, Talk]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('learnt')}/records.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.database()
    made = {talk.thread: talk for talk in talks(60, 5, FAULTS)}
    with closing(Records.open(url)) as records:
        for talk in made.values():
            write(records, talk)
    return Written(url, made)


def kept(url: str) -> dict[str, Learnt]:
    """The rows in the database, by conversation."""
    engine, _ = open_engine(url)
    try:
        with transaction(engine) as connection:
            table = KINDS[0][1]
            threads = connection.scalars(sa.select(table.c.thread).distinct()).all()
            return {thread: rows_of(connection, thread) for thread in threads}
    finally:
        engine.dispose()


def counted(url: str, scope: Scope | None = None) -> Counted:
    with closing(Lessons.open(url)) as lessons:
        return lessons.counted(scope or Scope(), "week", 8, now=NOW + timedelta(days=30))


def test_the_rows_are_those_of_a_plain_fold(written: Written) -> None:
    expected = {thread: folded(talk) for thread, talk in written.talks.items()}
    assert any(rows.missed for rows in expected.values())
    assert kept(written.url) == {thread: rows for thread, rows in expected.items() if rows.asked}


ASKED: dict[str, Callable[[Asked], bool]] = {
    "asked": lambda row: row.shown > 0,
    "told": lambda row: row.shown == 0,
    "button": lambda row: row.how == "button",
    "words": lambda row: row.how == "words",
    "doubted": lambda row: (
        row.asks_back
        or row.unsure
        or row.unknown
        or row.undone
        or row.left in ("back", "restart", "elsewhere")
    ),
    "back": lambda row: row.left == "back",
    "left": lambda row: row.left is not None,
    "undone": lambda row: row.undone,
    "reached": lambda row: row.answer is not None,
    "resolved": lambda row: row.answer is not None and not row.rejected,
    "rejected": lambda row: row.rejected,
}
GIVEN: dict[str, Callable[[Given], bool]] = {
    "reached": lambda _row: True,
    "helped": lambda row: row.helped is True,
    "not_helped": lambda row: row.helped is False,
}
SCOPES = (
    Scope(),
    Scope(topic="dolor"),
    Scope(navigator="scored"),
    Scope(model=NO_MODEL, since=(NOW - timedelta(days=90)).date(), until=NOW.date()),
    Scope(tree="es@2"),
)


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_the_counts_are_those_of_a_plain_look(written: Written, scope: Scope) -> None:
    every = [folded(talk) for talk in written.talks.values()]
    asked = [row for rows in every for row in rows.asked if fits(row, scope)]
    given = [row for rows in every for row in rows.given if fits(row, scope)]
    found = counted(written.url, scope)
    lines = {(line.node, line.topic, line.option): line for line in found.options}
    assert set(lines) == {(row.node, row.topic, row.option) for row in asked}
    for key, line in lines.items():
        its = [row for row in asked if (row.node, row.topic, row.option) == key]
        for name, holds in ASKED.items():
            assert getattr(line, name) == sum(holds(row) for row in its), (key, name)
        assert line.bits == pytest.approx(sum(row.bits or 0.0 for row in its))
    for answer in found.answers:
        those = [one for one in given if (one.node, one.topic) == (answer.node, answer.topic)]
        for name, is_so in GIVEN.items():
            assert getattr(answer, name) == sum(is_so(one) for one in those), (answer.node, name)
    assert sum(times for _, _, times in found.seconds) == sum(
        row.seconds is not None for row in asked
    )
    changed = sum(row.instead_of is not None and row.option is not None for row in asked)
    assert sum(line.times for line in found.switched) == changed


def fits(row: Asked | Given, scope: Scope) -> bool:
    """The filter again."""
    model = {None: True, NO_MODEL: row.model is None}.get(scope.model, row.model == scope.model)
    return bool(
        model
        and (scope.since is None or row.day >= scope.since)
        and (scope.until is None or row.day <= scope.until)
        and scope.topic in (None, row.topic)
        and scope.navigator in (None, row.navigator)
        and scope.tree in (None, row.tree)
    )


def test_conversations_over_time_add_up(written: Written) -> None:
    found = counted(written.url)
    assert sum(line.conversations for line in found.begun) == len(written.talks)
    days = [*(line.since for line in found.begun), *(line.since for line in found.topics)]
    assert {day.weekday() for day in days} == {0}
    assert sum(line.conversations for line in found.topics) == len(written.talks)
    answered = sum(line.answered for line in found.begun)
    assert 0 < sum(line.alone for line in found.begun) < answered
    with closing(Lessons.open(written.url)) as lessons:
        none = lessons.counted(Scope(), "month", 8, unsafe=list(written.talks))
        assert sum(line.alone for line in none.begun) == 0
        assert {line.since.day for line in none.begun} == {1}
        assert lessons.trees() == [VERSION]


def test_the_conversations_behind_a_figure(written: Written) -> None:
    with closing(Lessons.open(written.url)) as lessons:
        for kind, node in (("confuses", "leche"), ("not_helped", "hoja-llanto")):
            for place in lessons.places(Scope(), kind, node, limit=100):  # type: ignore[arg-type]
                rows = folded(written.talks[place.thread])
                every: list[Any] = [*rows.asked, *rows.given]
                (row,) = (one for one in every if (one.turn, one.seq) == (place.turn, place.seq))
                assert row.node == node
        missed = lessons.missed(Scope(topic="dolor"))
    assert missed
    for message in missed:
        said = written.talks[message.thread].turns[message.turn - 1][0]
        assert isinstance(said, MessageReceived)
        assert message.text == said.text


def test_a_migration_makes_the_same_of_what_is_there(written: Written) -> None:
    before, asked = kept(written.url), questions(written.url)
    engine, _ = open_engine(written.url)
    with transaction(engine, writing=True) as connection:
        for _, table in KINDS:
            table.drop(connection)
        connection.execute(sa.text("ALTER TABLE conversations DROP COLUMN asked"))
        rewound = sa.text("UPDATE alembic_version SET version_num = :one")
        connection.execute(rewound, {"one": r0008_learnt.down_revision})
    engine.dispose()
    assert kept_after_opening(written.url) == before
    assert questions(written.url) == asked


def kept_after_opening(url: str) -> dict[str, Learnt]:
    Records.open(url).close()
    return kept(url)


def questions(url: str) -> dict[str, int]:
    """How many questions each conversation was asked."""
    with closing(Records.open(url)) as records:
        return {one.thread: one.asked for one in records.conversations(limit=1000)}


def test_what_is_erased_was_never_there(written: Written) -> None:
    """Last: it changes the record."""
    before = kept(written.url)
    with closing(Records.open(written.url)) as records:
        records.erase(GONE)
    assert kept(written.url) == {t: rows for t, rows in before.items() if t != GONE}
    others = [folded(talk) for thread, talk in written.talks.items() if thread != GONE]
    found = counted(written.url)
    shown = sum(row.shown > 0 for rows in others for row in rows.asked)
    assert sum(line.asked for line in found.options) == shown
    assert sum(line.conversations for line in found.begun) == len(others)
