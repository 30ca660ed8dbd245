"""Who leads a turn, and who does when that fails:

    model ──▶ smaller model ──▶ semantic ──▶ menu

Each step down is an event of the record. A model that fails is replaced within the turn; what fails
otherwise, as the encoder may, has the turn done again by a simpler navigator (agent/turns.py).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel

from agent.models.providers import NamedModel
from agent.settings import Navigator
from records.events import Event, FellBack
from tools.errors import ModelUnavailable

UNLED: Navigator = "semantic"
"""What goes on when no model answers."""
BELOW: dict[Navigator, Navigator] = {"tools": UNLED, "scored": UNLED, UNLED: "menu"}
"""The simpler navigator that goes on where one fails as a whole."""
T = TypeVar("T")


def ask_in_turn(
    models: Sequence[NamedModel],
    leader: str | None,
    ask: Callable[[BaseChatModel], T],
    emit: Callable[[Event], None],
) -> tuple[str, T] | None:
    """The name and the answer of the first model that gives one; None when none does.

    `leader` is the one that answered before in this turn: those before it are not tried again.
    `ask` raises ModelUnavailable when it has no answer.
    """
    names = [model.name for model in models]
    start = names.index(leader) if leader in names else 0
    for model, target in zip(models[start:], [*names[start + 1 :], UNLED], strict=True):
        try:
            return model.name, ask(model.chat)
        except ModelUnavailable as error:
            emit(FellBack(origin=model.name, target=target, why="failed", cause=str(error)))
    return None
