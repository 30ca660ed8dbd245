"""Who is still there: on PostgreSQL each process that works on turns holds a lock while it lives.

The server lets the lock go when the process' connection ends. So one that was killed is known to
be gone at once, on whatever machine it ran. It needs a connection of its own to the server: not
one through a pooler that shares connections between transactions.
"""

import threading
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from records.database import RecordError, cause, transaction

_KEY = sa.func.hashtextextended(sa.bindparam("owner"), 0)
_HOLD = sa.select(sa.func.pg_advisory_lock(_KEY))
# Shared: two who look at the same time do not take each other for the owner.
_TRY = sa.select(sa.func.pg_try_advisory_xact_lock_shared(_KEY))
_ALIVE_TO_THE_SERVER = (
    # A machine that is cut off says no goodbye: noticed after a minute, not after two hours.
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)


class Presence:
    """The owners of turns that live. Safe to use from many threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._knows = engine.dialect.name == "postgresql"
        self._connection: sa.Connection | None = None
        self._lock = threading.Lock()

    def announce(self, owner: str) -> None:
        """Be there as `owner` from now on; call it again before each turn.

        A lock that was lost with its connection is taken again. Raises RecordError when the
        database does not answer.
        """
        if not self._knows:
            return
        with self._lock:
            if self._connection is not None:
                try:
                    self._connection.scalar(sa.select(1))
                except SQLAlchemyError:
                    self._leave()
                else:
                    return
            try:
                connection = self._engine.connect()
                self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                for setting in _ALIVE_TO_THE_SERVER:
                    connection.exec_driver_sql(setting)
                connection.execute(_HOLD, {"owner": owner})
            except SQLAlchemyError as error:
                self._leave()
                raise RecordError(cause(error)) from None

    def is_gone(self, owner: str) -> bool | None:
        """Whether the process that was `owner` has ended; None where the database cannot tell."""
        if not self._knows:
            return None
        with transaction(self._engine) as connection:
            return bool(connection.scalar(_TRY, {"owner": owner}))

    def close(self) -> None:
        """Be gone."""
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                # Not back into the pool, where it would hold on to the lock.
                self._connection.invalidate()
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None
