"""What a mother can talk to in the study."""

from typing import Protocol

from evaluation.study.attempt import Exchange, FirstReading
from tools.errors import NodrizaError


class ContextExceeded(NodrizaError):
    """What a system has gathered is longer than its model can read: the mother is left alone."""


class Conversation(Protocol):
    """One conversation with a system."""

    @property
    def id(self) -> str | None:
        """In the study's record, where the system keeps one."""
        ...

    def reply(self, said: str) -> Exchange:
        """Answer a message.

        Raises CaseFailed when the system cannot go on: nothing that a model says wrong, which
        counts as an answer of the system, but an outage. What was spent until then is lost.
        Raises ContextExceeded, which is the system's own doing.
        """
        ...


class System(Protocol):
    """One of the ways that are compared."""

    name: str

    def begin(self, attempt: str) -> Conversation:
        """A new conversation, or the one that a killed run has begun, under a name of its own."""
        ...

    def read(self, message: str) -> FirstReading:
        """What it makes of a first message for experts, without a conversation."""
        ...
