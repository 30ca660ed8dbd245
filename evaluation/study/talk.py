"""One conversation between a simulated mother and a system, from her first message to the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from evaluation.cases import WalkCase
from evaluation.study.attempt import (
    Attempt,
    Exchange,
    FirstReading,
    Outcome,
    TokenCount,
    attempt_id,
)
from evaluation.study.journal import Journal, Part
from evaluation.study.mothers import Mother
from evaluation.study.system import ContextExceeded, Conversation, System
from evaluation.walks.against_menu import LONGEST
from evaluation.walks.patience import Patience
from tools.errors import NodrizaError


class Stopped(Exception):
    """The run was stopped in the middle of a conversation: it goes on when the run is resumed."""


@dataclass(frozen=True)
class Task:
    """One attempt to make."""

    case: WalkCase
    arm: str
    repeat: int

    @property
    def id(self) -> str:
        """As in the results."""
        return attempt_id(self.arm, self.case.id, self.repeat)


def _never() -> bool:
    return False


@dataclass
class Talk:
    """One conversation, and what is kept of it."""

    task: Task
    journal: Journal | None = None
    """None: nothing that a model says is kept to be read again."""
    stopped: Callable[[], bool] = _never
    """Is asked before each message."""
    reads: bool = True
    """Whether the system also says what it makes of the first message."""
    exchanges: list[Exchange] = field(default_factory=list)
    reading: FirstReading = field(default_factory=FirstReading)
    conversation: Conversation | None = None
    error: str | None = None
    failed: bool = False

    def between(self, system: System, mother: Mother) -> Attempt:
        """Talk until there is an answer or a danger, or she gives up. Raises Stopped.

        Where the system or the mother cannot go on, the attempt has failed: it is not wrong. A
        system that has gathered more than its model can read has given her up, though.
        """
        try:
            if self.reads:
                with self._part("reading"):
                    self.reading = system.read(self.task.case.first_message)
            self.conversation = system.begin(self.task.id)
            self._converse(self.conversation, mother)
        except ContextExceeded as error:
            self.error = str(error)
        except NodrizaError as error:
            self.error, self.failed = str(error), True
        return self._attempt(mother.spent)

    def _converse(self, conversation: Conversation, mother: Mother) -> None:
        said: str | None = self.task.case.first_message
        patience = Patience()
        while said is not None and len(self.exchanges) < LONGEST and not patience.is_over:
            if self.stopped():
                raise Stopped(f"{self.task.id} was stopped")
            number = len(self.exchanges)
            with self._part(f"message {number}") as part:
                exchange = conversation.reply(said)
            self.exchanges.append(exchange.model_copy(update={"ms": _ms(exchange, part)}))
            patience.sees(exchange.kind, exchange.node, moved=bool(exchange.moves))
            with self._part(f"mother {number}"):
                said = mother.answers(exchange)

    def _part(self, name: str) -> AbstractContextManager[Part]:
        if self.journal is None:
            return nullcontext(Part(self.task.id, name))
        return self.journal.part(self.task.id, name)

    def _attempt(self, of_hers: TokenCount) -> Attempt:
        last = self.exchanges[-1] if self.exchanges else None
        outcome: Outcome = "gave_up" if last is None or self.error is not None else _end(last)
        if self.failed:
            outcome = "failed"
        return Attempt(
            case=self.task.case.id,
            arm=self.task.arm,
            repeat=self.task.repeat,
            outcome=outcome,
            final_node=last.node if last and outcome == "resolved" else None,
            exchanges=tuple(self.exchanges),
            reading=self.reading,
            mother=of_hers,
            conversation=self.conversation.id if self.conversation else None,
            error=self.error,
        )


def _end(last: Exchange) -> Outcome:
    ends: dict[str, Outcome] = {"answer": "resolved", "danger": "escalated"}
    return ends.get(last.kind, "gave_up")


def _ms(exchange: Exchange, part: Part) -> float | None:
    """What the message took, without the time for which calls were held back to keep to a rate."""
    if exchange.ms is None or part.again:
        return None
    return max(exchange.ms - part.waited * 1000, 0.0)
