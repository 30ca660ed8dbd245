"""A conversation that was run again, with its personal data masked."""

from dataclasses import replace
from typing import cast

from agent.replay.compare import Difference
from agent.replay.recording import Message
from agent.replay.result import Pair, Rerun
from records.events import Event
from records.personal import Masker


def masked(run: Rerun, masker: Masker) -> Rerun:
    """The same run with masks in what was said, then and now."""
    if not masker:
        return run
    return replace(run, pairs=tuple(_pair(pair, masker) for pair in run.pairs))


def _pair(pair: Pair, masker: Masker) -> Pair:
    recorded = replace(
        pair.recorded,
        message=_message(pair.recorded.message, masker),
        events=_events(pair.recorded.events, masker),
    )
    return Pair(
        recorded=recorded,
        said=_message(pair.said, masker),
        new=_events(pair.new, masker),
        differences=tuple(_difference(one, masker) for one in pair.differences),
    )


def _message(message: Message, masker: Masker) -> Message:
    return cast("Message", masker.event(message))


def _events(events: tuple[Event, ...], masker: Masker) -> tuple[Event, ...]:
    return tuple(masker.event(event) for event in events)


def _difference(one: Difference, masker: Masker) -> Difference:
    return replace(one, recorded=masker.json(one.recorded), new=masker.json(one.new))
