"""A recorded conversation run again as it was, without a model: what comes out another way now?"""

from agent.replay.compare import differences
from agent.replay.machine import Machine
from agent.replay.recording import RecordedTurn, read_turns
from agent.replay.result import Pair, Rerun, Stop, reply_in, still_fits
from records.store import ConversationSummary, Records, UnknownConversation


def replay(machine: Machine, records: Records, thread: str, *, person: bool) -> Rerun:
    """Run all turns again as far as they fit, and compare.

    `person` is said of turns recorded before the record told whether one answers. Raises
    UnknownConversation, GraphUnavailable, RecordError.
    """
    summary = conversation(records, thread)
    turns = read_turns(summary, records.events(thread), person=person)
    try:
        pairs, stopped = run_recorded(machine, thread, turns)
    finally:
        machine.forget(thread)
    return Rerun(thread, len(turns), tuple(pairs), stopped)


def conversation(records: Records, thread: str) -> ConversationSummary:
    """Its summary. Raises UnknownConversation."""
    summary = records.conversation(thread)
    if summary is None:
        raise UnknownConversation
    return summary


def run_recorded(
    machine: Machine, thread: str, turns: list[RecordedTurn]
) -> tuple[list[Pair], Stop | None]:
    """Run turns as they were, until the record has nothing for what is asked."""
    pairs: list[Pair] = []
    trees = machine.trees
    for turn in turns:
        if pairs and not fits(turn, pairs[-1]):
            return pairs, Stop(turn.number, "another question")
        if turn.prepared.tree not in trees:
            return pairs, Stop(turn.number, "no such tree", turn.prepared.tree)
        new, exhausted = machine.again(thread, turn)
        found = differences(turn.number, turn.events, new)
        pairs.append(Pair(turn, turn.message, tuple(new), tuple(found)))
        if exhausted:
            return pairs, Stop(turn.number, "not recorded")
    return pairs, None


def fits(turn: RecordedTurn, before: Pair) -> bool:
    """Whether what she said in a turn can be said after the one before it."""
    return still_fits(turn.message, reply_in(before.recorded.events), reply_in(before.new))
