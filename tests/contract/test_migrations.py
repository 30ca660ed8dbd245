"""Databases of any age end up with the tables that this program expects, on both servers."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from records import migrations
from records.database import METADATA, RecordError, open_engine, transaction
from records.digest import Digest
from records.events import (
    Choice,
    Decided,
    Event,
    Failed,
    Located,
    MessageReceived,
    Moved,
    Rated,
    Replied,
)
from records.store import CONVERSATIONS, EVENTS, TURNS, Records
from records.wanted import Wanted


@pytest.fixture
def engine(records_url: str) -> Iterator[sa.Engine]:
    made, _ = open_engine(records_url)
    yield made
    made.dispose()


def difference(engine: sa.Engine) -> list[object]:
    """What Alembic would change to make the database what the code says."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def test_the_steps_make_the_tables_that_the_code_uses(records_url: str, engine: sa.Engine) -> None:
    Records.open(records_url).close()
    assert difference(engine) == []


def test_the_newest_step_is_the_last_one() -> None:
    assert ScriptDirectory(migrations._FOLDER).get_current_head() == migrations.NEWEST


OLD: dict[str, list[Event]] = {
    "t": [
        MessageReceived(text="Me duele\x00 el pecho"),
        Replied(kind="question", text="¿Qué pasa?"),
    ],
    "u": [
        MessageReceived(text="hola"),
        Located(candidates=[Choice(id="bulto", label="Bulto", topic="mastitis")], none_of_these=0),
        Decided(
            node=None,
            action="move",
            why="one entry point stands out",
            evidence=[],
            posterior=[Choice(id="bulto", label="Bulto", probability=0.4, topic="mastitis")],
            threshold=0.35,
        ),
        Moved(kind="jump", origin=None, target="bulto", move="bulto", label="Bulto"),
        Replied(kind="danger", text="Ve ahora.", node="fiebre", urgency="emergency"),
        Rated(node="fiebre", helped=False, comment="Mañana llamo."),
        MessageReceived(text="otra cosa"),
        Failed(cause="x"),
    ],
}
"""Conversations of the first step, by their id."""


def _write(connection: sa.Connection, thread: str, events: list[Event]) -> None:
    """Puts a conversation into the tables as the first step made them."""
    now = datetime.now(UTC)
    row = {"id": thread, "created_at": now, "last_at": now, "tree": "es@1", "navigator": "menu"}
    columns = [CONVERSATIONS.c[name] for name in (*row, "model")]
    table = sa.table(CONVERSATIONS.name, *(sa.column(one.name, one.type) for one in columns))
    connection.execute(table.insert().values(row))
    for number, (begins, turn) in enumerate(_turns(events), 1):
        of_turn = {"thread": thread, "number": number, "message_id": str(begins)}
        done = {"status": "done", "owner": "one", "started_at": now}
        connection.execute(TURNS.insert().values(of_turn | done))
        last = sa.select(sa.func.max(TURNS.c.id)).scalar_subquery()
        for seq, event in enumerate(turn):
            payload = event.model_dump(mode="json", exclude={"topic"})
            of_event = {"turn_id": last, "seq": seq, "type": event.type, "at": event.at}
            connection.execute(EVENTS.insert().values(of_event | {"payload": payload}))


def _turns(events: list[Event]) -> list[tuple[int, list[Event]]]:
    starts = [at for at, event in enumerate(events) if isinstance(event, MessageReceived)]
    ends = [*starts[1:], len(events)]
    return [(begin, events[begin:end]) for begin, end in zip(starts, ends, strict=True)]


def _found(records: Records) -> dict[str, Digest]:
    names = [column.name for column in fields(Digest)]
    return {
        one.thread: Digest(**{name: getattr(one, name) for name in names})
        for one in records.conversations()
    }


def test_a_database_from_before_the_steps_keeps_its_conversations(
    records_url: str, engine: sa.Engine
) -> None:
    with transaction(engine, writing=True) as connection:
        migrations.migrate(connection, migrations.FIRST)
        connection.execute(sa.text("DROP TABLE alembic_version"))  # there were no steps then
        for thread, events in OLD.items():
            _write(connection, thread, events)

    adopted = Records.open(records_url)
    try:
        assert [e.event for e in adopted.events("t")] == OLD["t"]
        assert _found(adopted) == {
            "t": Digest(turns=1, first_words="Me duele\x00 el pecho"),
            "u": Digest(
                turns=2,
                first_words="hola",
                urgency="emergency",
                outcome="danger",
                node="fiebre",
                not_helped=True,
                commented=True,
                escalated=True,
                failed=True,
                least_sure=0.4,
            ),
        }
        topics = {one.thread: one.topics for one in adopted.conversations()}
        assert topics == {"t": (), "u": ("mastitis",)}
        said = adopted.conversations(wanted=Wanted(words="PÉCHO"))
        commented = adopted.conversations(wanted=Wanted(words="mañana"))
        assert [[one.thread for one in some] for some in (said, commented)] == [["t"], ["u"]]
    finally:
        adopted.close()
    assert difference(engine) == []
    with engine.connect() as connection:
        assert migrations.revision(connection) == migrations.NEWEST


def test_a_database_of_a_newer_program_is_left_alone(records_url: str, engine: sa.Engine) -> None:
    Records.open(records_url).close()
    with transaction(engine, writing=True) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordError, match=r"step '9999'.*newer Nodriza"):
        Records.open(records_url)
