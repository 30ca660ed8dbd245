"""New events of a turn against the recorded ones: what differs, step by step and field by field."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from pydantic import JsonValue

from agent.replay.recording import is_told
from records.events import EVENT, Event

_OF_THE_MOMENT = {"at", "ms"}
_SAME = 1e-6
"""Numbers this close are the same: another processor adds up in another order."""


@dataclass(frozen=True)
class Difference:
    """One field of one event; or a whole event that only one side has."""

    turn: int
    step: int
    """Seq of the recorded event; of a new one, that of the event which it stands before."""
    kind: str
    """The event's type."""
    path: str
    """The field: "posterior[0].probability"; empty where one side has no such event."""
    recorded: JsonValue = field(repr=False)
    new: JsonValue = field(repr=False)


def differences(turn: int, recorded: Sequence[Event], new: Sequence[Event]) -> Iterator[Difference]:
    """What differs, in the order of the steps. Times and graph queries are not compared."""
    was = [(step, _plain(e)) for step, e in enumerate(recorded, 1) if is_told(e)]
    now = [_plain(event) for event in new if is_told(event)]
    kinds = [event["type"] for _, event in was], [event["type"] for event in now]
    end = len(recorded) + 1
    for same, start, stop, there, until in SequenceMatcher(
        None, *kinds, autojunk=False
    ).get_opcodes():
        step = was[start][0] if start < len(was) else end
        if same == "equal":
            for (at, old), other in zip(was[start:stop], now[there:until], strict=True):
                kind = old["type"]
                for path, before, after in _fields("", old, other):
                    yield Difference(turn, at, kind, path, before, after)
        else:
            for at, old in was[start:stop]:
                yield Difference(turn, at, old["type"], "", old, None)
            for other in now[there:until]:
                yield Difference(turn, step, other["type"], "", None, other)


def _plain(event: Event) -> dict[str, Any]:
    fields: dict[str, Any] = EVENT.dump_python(event, mode="json", exclude=_OF_THE_MOMENT)
    return fields


def _fields(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ, each with its path."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            inner = f"{path}.{name}" if path else str(name)
            yield from _fields(inner, old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _fields(f"{path}[{place}]", one, other)
    elif not _is_same(old, new):
        yield path, old, new


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float | int):
        return math.isclose(old, new, rel_tol=_SAME, abs_tol=_SAME)
    return bool(old == new)
