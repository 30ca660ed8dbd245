"""What if she had said something else, or another navigator, model or tree version had led her?

The conversation is run as it was until a turn, and another way from there on. Models are really
asked then: a record has no answers to what nobody asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from agent.assistant import LONGEST_MESSAGE, storable
from agent.models.chain import UNLED
from agent.models.providers import NamedModel
from agent.replay.compare import differences
from agent.replay.machine import Live, Machine
from agent.replay.recording import Message, RecordedTurn, read_turns
from agent.replay.replay import conversation, fits, run_recorded
from agent.replay.result import Pair, Rerun, Stop
from agent.settings import Navigator
from records.events import MessageReceived
from records.store import Records
from tools.errors import NodrizaError, UnknownTree


class CannotFork(NodrizaError):
    """The conversation cannot go that way."""


@dataclass(frozen=True)
class Change:
    """What is to be otherwise from a turn on; None leaves it as it was."""

    turn: int
    text: str | None = field(default=None, repr=False)
    navigator: Navigator | None = None
    models: tuple[NamedModel, ...] | None = None
    tree: str | None = None


def what_if(
    machine: Machine,
    records: Records,
    thread: str,
    change: Change,
    models: Sequence[NamedModel],
    *,
    person: bool,
) -> Rerun:
    """Run the conversation with a change, as far as what she said still fits.

    `models` are those of the settings, which go on where the change names none. Raises CannotFork,
    UnknownConversation, GraphUnavailable, RecordError.
    """
    turns = read_turns(conversation(records, thread), records.events(thread), person=person)
    forked = next((turn for turn in turns if turn.number == change.turn), None)
    if forked is None:
        valid = f"1 to {turns[-1].number}" if turns else "none"
        raise CannotFork(f"there is no turn {change.turn} that has ended; valid: {valid}")
    if change == Change(change.turn):
        raise CannotFork("nothing is to be otherwise: give words, a navigator, a model or a tree")
    live = _live(forked, change, tuple(models), machine.trees)
    said = _said(forked, change.text)
    try:
        before = [turn for turn in turns if turn.number < change.turn]
        pairs, stopped = run_recorded(machine, thread, before)
        if stopped is None:
            rest = [turn for turn in turns if turn.number >= change.turn]
            stopped = _go_on(machine, thread, live, pairs, rest, said)
    finally:
        machine.forget(thread)
    return Rerun(thread, len(turns), tuple(pairs), stopped)


def _go_on(
    machine: Machine,
    thread: str,
    live: Live,
    pairs: list[Pair],
    rest: Sequence[RecordedTurn],
    said: Message | None,
) -> Stop | None:
    """Run the rest another way and add it to `pairs`; `said`, if given, is what she begins with."""
    try:
        run = machine.otherwise(thread, rest[0].number, live)
    except UnknownTree as error:
        raise CannotFork(f"it cannot go on there from turn {rest[0].number}: {error}") from error
    for turn in rest:
        message, said = said or turn.message, None
        if message is turn.message and pairs and not fits(turn, pairs[-1]):
            return Stop(turn.number, "another question")
        new = run(message)
        found = differences(turn.number, turn.events, new)
        pairs.append(Pair(turn, message, tuple(new), tuple(found)))
    return None


def _live(
    forked: RecordedTurn, change: Change, models: tuple[NamedModel, ...], trees: set[str]
) -> Live:
    """What the turns from the fork on are run with. Raises CannotFork."""
    was = forked.prepared
    navigator = change.navigator or cast("Navigator", was.navigator)
    models = models if change.models is None else change.models
    tree = change.tree or was.tree
    if navigator not in ("menu", UNLED) and not models:
        raise CannotFork(
            f"the navigator {navigator!r} asks a model, and none is set: set NODRIZA_MODEL, name"
            f" one, or choose the navigator {UNLED!r} or 'menu'"
        )
    if tree not in trees:
        there = ", ".join(sorted(trees))
        raise CannotFork(f"no tree version {tree!r} in the graph; there are: {there}")
    return Live(navigator, models, tree, was.phrasing if models else "tree", was.person)


def _said(forked: RecordedTurn, text: str | None) -> Message | None:
    """What she says instead, at the same moment. Raises CannotFork."""
    if text is None:
        return None
    if len(text) > LONGEST_MESSAGE:
        raise CannotFork(f"a message has at most {LONGEST_MESSAGE} characters, not {len(text)}")
    was = forked.message
    return MessageReceived(at=was.at, text=storable(text), locale=was.locale)
