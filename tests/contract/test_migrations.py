"""Databases of any age end up with the tables that this program expects, on both servers."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from records import migrations
from records.database import METADATA, RecordError, open_engine, transaction
from records.events import MessageReceived, Replied
from records.store import Records


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


def test_a_database_from_before_the_steps_keeps_its_conversations(
    records_url: str, engine: sa.Engine
) -> None:
    with transaction(engine, writing=True) as connection:
        migrations.migrate(connection, migrations.FIRST)
        connection.execute(sa.text("DROP TABLE alembic_version"))  # there were no steps then
    before = Records(engine)
    said = MessageReceived(text="hola")
    before.begin("t", "m1", said, owner="one", tree="es@1", navigator="menu", model=None)
    before.finish("t", "m1", [Replied(kind="question", text="¿Qué pasa?")])

    adopted = Records.open(records_url)
    try:
        assert [e.event.type for e in adopted.events("t")] == ["message_received", "replied"]
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
