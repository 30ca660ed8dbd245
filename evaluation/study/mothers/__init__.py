"""The mothers who talk in the study: by rules, or a chat model that is told what she knows."""

from typing import Protocol

from evaluation.study.attempt import Exchange, TokenCount


class Mother(Protocol):
    """One mother in one conversation; her first message is her case's."""

    @property
    def spent(self) -> TokenCount:
        """What she has taken of a model so far."""
        ...

    def answers(self, exchange: Exchange) -> str | None:
        """What she says to it; None when she has an answer, or gives up.

        Raises CaseFailed when a model that she is does not answer.
        """
        ...
