"""Brings the tables of the record to what this version of the program expects.

One file a step in `versions/`, run in order by Alembic. A database knows the step that it is at;
one that is older than the first step is taken as being there.
"""

from pathlib import Path

import sqlalchemy as sa

FIRST, NEWEST = "0001", "0008"
"""The first step, and the one that this program needs."""
_FOLDER = Path(__file__).parent


class NewerDatabase(Exception):
    """The database was written by a newer version of the program."""


def migrate(connection: sa.Connection, to: str = NEWEST) -> None:
    """Run the steps up to `to` that the database has not seen, in the transaction that is open.

    Raises NewerDatabase when the database has seen one that this program does not know.
    """
    current = revision(connection)
    if current == to:
        return
    # Imported here: it takes half a second, and most starts have nothing to migrate.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    for step in filter(None, (current, to)):
        if step not in known:
            raise NewerDatabase(
                f"the database is at step {step!r} and this program knows steps up to {NEWEST!r}:"
                " it was used with a newer Nodriza; install that version"
            )
    if current is None and sa.inspect(connection).has_table("conversations"):
        command.stamp(config, FIRST)  # made before there were steps
    command.upgrade(config, to)


def revision(connection: sa.Connection) -> str | None:
    """The step that the database is at; None before the first one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(sa.select(sa.column("version_num")).select_from(_VERSION))


_VERSION = sa.table("alembic_version")
