"""How many tokens a day may cost, for one visitor and for all: then turns go on without a model.

A visitor is a conversation: a browser has one. Tokens are counted from the record, so that all
processes count alike and a restart forgets nothing; what is under way is not counted yet, so that
turns at the same time may go over the limit, each by what it uses itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.models.chain import UNLED
from records.events import FellBack


class Counter(Protocol):
    """What is needed of the record; records.store.Records has it."""

    def tokens(self, since: datetime, thread: str | None = None) -> int: ...


@dataclass(frozen=True)
class Budget:
    """Tokens, read and written, from midnight to midnight where the server is (its TZ)."""

    visitor: int | None = None
    day: int | None = None

    def watch(
        self, record: Counter, thread: str, now: Callable[[], datetime], model: str
    ) -> Callable[[], FellBack | None]:
        """Says, when called, whether a conversation may not use `model` any more, and why."""

        def over() -> FellBack | None:
            today = now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
            if self.visitor is not None and (used := record.tokens(today, thread)) >= self.visitor:
                cause = f"{used} of {self.visitor} tokens of this conversation today"
                return FellBack(origin=model, target=UNLED, why="visitor's budget", cause=cause)
            if self.day is not None and (used := record.tokens(today)) >= self.day:
                cause = f"{used} of {self.day} tokens of all conversations today"
                return FellBack(origin=model, target=UNLED, why="day's budget", cause=cause)
            return None

        return over
