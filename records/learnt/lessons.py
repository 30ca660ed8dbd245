"""What the record teaches, read from a database that others go on writing to."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from records.database import open_database, transaction
from records.learnt.found import Kind, MissedMessage, Place, missed_messages, places
from records.learnt.scope import Scope
from records.learnt.sums import Answers, Begun, OfTopic, Options, Step, Sums, Switched


@dataclass(frozen=True)
class Counted:
    """All counts of a look."""

    options: list[Options]
    seconds: list[tuple[str, int, int]]
    answers: list[Answers]
    switched: list[Switched]
    begun: list[Begun]
    topics: list[OfTopic]


class Lessons:
    """The rows of one database, for any number of threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "Lessons":
        """Opens the database and creates its tables. Raises RecordError."""
        return cls(open_database(url))

    def counted(
        self,
        scope: Scope,
        step: Step,
        most_questions: int,
        unsafe: Sequence[str] = (),
        now: datetime | None = None,
    ) -> Counted:
        """Everything. Raises RecordError.

        The options, which are half of the work, are counted beside the rest, in a transaction of
        their own: what is stored in that moment may be in one of the two only.

        `step` is that of what is counted over time; `most_questions` and the conversations that
        experts found `unsafe` are of Sums.begun; `now` decides which questions were given up.
        """
        with ThreadPoolExecutor(1) as beside, self._counting() as connection:
            options = beside.submit(self._options, scope, now)
            sums = Sums(connection, scope, now)
            return Counted(
                seconds=sums.seconds(),
                answers=sums.answers(),
                switched=sums.switched(),
                begun=sums.begun(step, most_questions, unsafe),
                topics=sums.topics(step),
                options=options.result(),
            )

    def trees(self) -> list[str]:
        """The tree versions of all conversations, in alphabetical order. Raises RecordError."""
        with transaction(self._engine) as connection:
            return Sums(connection, Scope()).trees()

    def places(
        self, scope: Scope, kind: Kind, node: str, options: Sequence[str] = (), limit: int = 5
    ) -> list[Place]:
        """Where it happened, the newest first. Raises RecordError."""
        with transaction(self._engine) as connection:
            return places(connection, scope, kind, node, options, limit)

    def missed(self, scope: Scope, limit: int = 300) -> list[MissedMessage]:
        """The newest messages that did not lead on. Raises RecordError."""
        with transaction(self._engine) as connection:
            return missed_messages(connection, scope, limit)

    def _options(self, scope: Scope, now: datetime | None) -> list[Options]:
        with self._counting() as connection:
            return Sums(connection, scope, now).options()

    @contextmanager
    def _counting(self) -> Iterator[sa.Connection]:
        """A transaction in which the groups of a count fit into memory."""
        with transaction(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # With the usual 4 MB all rows are sorted on disk, which takes twice as long.
                connection.execute(sa.text("SET LOCAL work_mem = '32MB'"))
            yield connection

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()
