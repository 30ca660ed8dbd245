"""Masks of the same length, so that offsets into a masked text stay what they were."""

import json
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from records.events import EVENT, Event
from records.personal.names import is_given, names_in
from records.personal.numbers import data_in

MASK = "•"
"""Stands for each character that is no blank."""
_KEPT = frozenset(
    [
        "type",
        "at",
        "kind",
        "action",
        "why",
        "level",
        "urgency",
        "navigator",
        "phrasing",
        "node",
        "target",
        "origin",
        "move",
        "prompt",
        "model",
        "checked_on",
        "verification",
        "topic",
        "id",
        "tree",
    ]
)
"""Fields of events that hold none of her words."""
_FREE = frozenset({"arguments", "parameters", "messages", "output"})
"""Fields in which anything can stand anywhere."""
_VARIANTS = {"a": "aáàä", "e": "eéèë", "i": "iíìï", "o": "oóòö", "u": "uúùü", "n": "nñ", "c": "cç"}
_PLAIN = {letter: plain for plain, letters in _VARIANTS.items() for letter in letters}


class Masker:
    """Masks what was found in the messages of one conversation, wherever it stands."""

    def __init__(self, messages: Iterable[str], region: str = "ES") -> None:
        """`messages` are what she wrote; `region` as `data_in` has it."""
        self._data: set[str] = set()
        self._names: set[str] = set()
        for text in messages:
            self._data.update(piece for piece in data_in(text, region) if piece.strip())
            self._names.update(names_in(text))

    def __bool__(self) -> bool:
        """Whether there is anything to mask."""
        return self._pattern is not None

    def text(self, text: str) -> str:
        """The text with masks."""
        return self._pattern.sub(_mask, text) if self._pattern else text

    def event(self, event: Event) -> Event:
        """The event with masks in all that can hold her words; its ids stay."""
        if not self._pattern:
            return event
        return EVENT.validate_python(self._within(EVENT.dump_python(event)))

    def json(self, value: Any) -> Any:
        """Any value of JSON with masks in all its strings."""
        return self._within(value, frozenset()) if self._pattern else value

    def _within(self, value: Any, kept: frozenset[str] = _KEPT) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                key: it if key in kept else self._within(it, frozenset() if key in _FREE else kept)
                for key, it in value.items()
            }
        if isinstance(value, list):
            return [self._within(it, kept) for it in value]
        return value

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found = [rf"(?i:{re.escape(piece)})" for piece in _ordered(self._data)]
        for name in _ordered(self._names):
            found += [rf"(?<!\w){form}(?!\w)" for form in _forms(name)]
        return re.compile("|".join(found)) if found else None


def _forms(name: str) -> list[str]:
    """How a name may stand elsewhere: corrected by a model, and escaped in its JSON."""
    if is_given(name):
        loose = "".join(_one(letter) for letter in name.lower())
        escaped = re.escape(json.dumps(name)[1:-1])
        return [f"(?i:{loose})", *([f"(?i:{escaped})"] if "\\" in escaped else [])]
    # One that is a word too ("Rosa") is masked as she wrote it: the tree's texts stay.
    return sorted({re.escape(name), re.escape(name[:1].upper() + name[1:])})


def _one(letter: str) -> str:
    variants = _VARIANTS.get(_PLAIN.get(letter, ""))
    return f"[{variants}]" if variants else re.escape(letter)


def _ordered(pieces: set[str]) -> list[str]:
    """The longest first: of two that begin alike the whole is masked."""
    return sorted(pieces, key=lambda piece: (-len(piece), piece))


def _mask(found: re.Match[str]) -> str:
    return re.sub(r"\S", MASK, found[0])
