"""The small language of the red flags' patterns: words to tokens, lines to what finds them.

A pattern is a line a lactation consultant can read; `trees/redflags.yaml` explains it at the top:

    no (2) respir* !nariz          "no", at most 2 words, respira or respiraba…; no "nariz" near
    @bebe (8) @fiebre ~mastitis    word lists; "mastitis" anywhere in the message
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from agent.danger.measures import Measure
from tools.words import fold, speller, words

Match = tuple[int, ...]
"""Indexes of the tokens that fill a pattern's steps."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a message, with the slots that it fills."""

    start: int
    end: int
    fills: int
    """One bit for each slot of the catalogue."""
    place: int
    """Counts words; a comma counts as two, the end of a sentence as a hundred."""
    clause: int
    sentence: int


@dataclass(frozen=True)
class Message:
    """The words and measures of a message, and what its wordings tell of each other."""

    tokens: Sequence[Token]
    present: int
    """The slots that any of its words fills."""
    measures: Sequence[Measure]
    scope: Mapping[str, Sequence[Match]]
    """Matches of the wordings that change what others mean, by their name in the catalogue."""

    @classmethod
    def read(
        cls,
        tokens: Sequence[Token],
        measures: Sequence[Measure],
        wordings: Mapping[str, "Patterns"],
    ) -> "Message":
        """A message with the scope that `wordings` find, without its figures of speech."""
        plain = cls(tokens, _present(tokens), measures, {})
        figures = {index for match in plain.find(wordings["figures"]) for index in match}
        tokens = [token for index, token in enumerate(tokens) if index not in figures]
        literal = cls(tokens, _present(tokens), measures, {})
        scope = {name: literal.find(patterns) for name, patterns in wordings.items()}
        return replace(literal, scope=scope)

    def find(self, patterns: "Patterns") -> list[Match]:
        """Each match of any of the patterns."""
        present = self.present
        if not present & patterns.telling:
            return []
        return [
            match
            for pattern in patterns.lines
            if present & pattern.needs == pattern.needs and not present & pattern.banned
            for match in pattern.find(self.tokens)
        ]

    def span(self, match: Match) -> Span:
        """The characters of a match."""
        return self.tokens[match[0]].start, self.tokens[match[-1]].end

    def is_others(self, match: Match) -> bool:
        """Whether a match stands in somebody else's story."""
        return self.latest("others", match) > self.latest("own", match)

    def is_elsewhere(self, start: int) -> bool:
        """The same of the word that begins at a character."""
        places = (place for place, token in enumerate(self.tokens) if token.start == start)
        return any(self.is_others((place,)) for place in places)

    def latest(self, name: str, match: Match) -> int:
        """Index of the last such wording that begins before `match` ends in its sentence, or -1."""
        sentence = self.tokens[match[-1]].sentence
        ends = (
            marker[-1]
            for marker in self.scope[name]
            if marker[0] < match[-1]
            and self.tokens[marker[-1]].sentence == sentence
            and self.tokens[match[0]].place - self.tokens[marker[-1]].place <= _FAR
            and marker[0] not in match
        )
        return max(ends, default=-1)


_FAR = 12
"""Words over which a supposition, or someone else's story, carries."""


def _present(tokens: Iterable[Token]) -> int:
    present = 0
    for token in tokens:
        present |= token.fills
    return present


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled line: steps in order, words wanted anywhere, words not wanted near."""

    steps: tuple[tuple[int, int], ...]
    """Slot, and how many other words may stand before it."""
    unwanted: int
    """Slots that no word near may fill."""
    banned: int
    """Slots that no word of the message may fill."""
    needs: int
    """Every slot that must be filled."""

    def find(self, tokens: Sequence[Token]) -> Iterator[Match]:
        """Each match, one for each first word, in a message with what it needs."""
        for index, token in enumerate(tokens):
            if token.fills & self.steps[0][0]:
                match = self._follow((index,), tokens)
                if match and not self._is_vetoed(match, tokens):
                    yield match

    def _follow(self, match: Match, tokens: Sequence[Token]) -> Match | None:
        if len(match) == len(self.steps):
            return match
        slot, gap = self.steps[len(match)]
        here = tokens[match[-1]].place
        for index in range(match[-1] + 1, len(tokens)):
            if tokens[index].place - here > gap + 1:
                return None
            if tokens[index].fills & slot:
                found = self._follow((*match, index), tokens)
                if found:
                    return found
        return None

    def _is_vetoed(self, match: Match, tokens: Sequence[Token]) -> bool:
        first, last = tokens[match[0]].place - _NEAR, tokens[match[-1]].place + _NEAR
        return any(
            token.fills & self.unwanted and first <= token.place <= last
            for index, token in enumerate(tokens)
            if index not in match
        )


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of which any will do."""

    lines: tuple[Pattern, ...]
    telling: int
    """A slot of each: a message whose words fill none of these matches none of them."""

    @classmethod
    def of(cls, lines: Iterable[Pattern]) -> "Patterns":
        """Of each, the slot that was named last: words that many patterns share come early."""
        lines = tuple(lines)
        telling = 0
        for pattern in lines:
            telling |= 1 << pattern.needs.bit_length() - 1
        return cls(lines, telling)

    def __bool__(self) -> bool:
        return bool(self.lines)


_NEAR = 4
"""Words around a match in which an unwanted word spoils it."""
_GAP = 4
"""Words that may stand between two steps unless the pattern says otherwise."""
_SLOT = re.compile(r"[@#]?\w+\*?(?:/[@#]?\w+\*?)*")


class Lexicon:
    """Turns pattern lines into `Pattern`s and words into the slots they fill."""

    def __init__(
        self, lists: Mapping[str, str], spellings: Mapping[str, str], real_words: str
    ) -> None:
        self._lists = lists
        self._spellings = spellings
        self._real = frozenset(sound(word) for word in fold(real_words).split())
        self._bits: dict[tuple[str, bool], int] = {}
        self._exact = 0
        self._whole: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self.fills = lru_cache(maxsize=32768)(self._fills)

    def pattern(self, line: str, *, exact: bool = False) -> Pattern:
        """Compile a pattern line; a ValueError quotes what is wrong in it.

        `exact`: no typing errors. They may only ever help to find danger, never to dismiss it.
        """
        steps: list[tuple[int, int]] = []
        unwanted = banned = needs = 0
        gap = _GAP
        for part in line.split():
            if re.fullmatch(r"\(\d+\)", part):
                gap = int(part[1:-1])
                continue
            slot = part.lstrip("+~!")
            mark = part[: len(part) - len(slot)]
            if not _SLOT.fullmatch(slot):
                raise ValueError(f"pattern {line!r}: {part!r} is not a word, @list or #measure")
            bit = self.slot(slot, exact=exact or "!" in mark)
            if mark == "!":
                unwanted |= bit
            elif mark == "!!":
                banned |= bit
            elif mark in ("", "+", "~"):
                needs |= bit
            else:
                raise ValueError(f"pattern {line!r}: {mark!r} is not one of + ~ ! !!")
            if mark in ("", "+"):
                steps.append((bit, 0 if mark else gap))
            gap = _GAP
        if not steps:
            raise ValueError(f"pattern {line!r} has no word that must occur")
        return Pattern(tuple(steps), unwanted, banned, needs)

    def slot(self, alternatives: str, *, exact: bool = True) -> int:
        """The bit of a slot such as "no/sin/@bebe/respir*"."""
        key = (alternatives, exact)
        if key not in self._bits:
            bit = self._bits[key] = 1 << len(self._bits)
            self._exact |= bit if exact else 0
            for word in self._spell_out(alternatives):
                entries = self._stems if word.endswith("*") else self._whole
                form = word if word[0] == "#" else sound(fold(word.rstrip("*")))
                entries[form] = entries.get(form, 0) | bit
        return self._bits[key]

    def tokens(self, text: str, measures: Sequence[Measure], turns: int) -> Iterator[Token]:
        """The words of a message; those that fill the slot `turns` ("but") begin a clause."""
        end = place = clause = sentence = 0
        for word in words(text):
            fills = self.fills(word.folded)
            for measure in measures:
                if measure.start == word.start:
                    for form in measure.forms:
                        fills |= self.fills(form)
            between = text[end : word.start]
            inside = any(measure.start < word.start < measure.end for measure in measures)
            if end and not inside and any(mark in between for mark in ".!?¿¡;:\n()"):
                sentence, clause, place = sentence + 1, clause + 1, place + 100
            elif end and not inside and (between.strip(" '’-\"") or fills & turns):
                clause, place = clause + 1, place + 2
            yield Token(word.start, word.end, fills, place, clause, sentence)
            end, place = word.end, place + 1

    def _spell_out(self, alternatives: str) -> Iterator[str]:
        for word in alternatives.split("/"):
            if not word.startswith("@"):
                yield word
            elif word[1:] in self._lists:
                yield from self._spell_out(self._lists[word[1:]].replace(" ", "/"))
            else:
                valid = ", ".join(sorted(self._lists))
                raise ValueError(f"unknown word list {word!r}; valid: {valid}")

    def _fills(self, folded: str) -> int:
        form = folded if folded[0] == "#" else sound(self._spellings.get(folded, folded))
        found = self._whole.get(form, 0)
        for end in range(2, len(form) + 1):
            found |= self._stems.get(form[:end], 0)
        if found or len(form) < _LONG or form in self._real or form[0] == "#":
            return found
        return self._mistyped(form) & ~self._exact

    def _mistyped(self, form: str) -> int:
        found = 0
        for entry, bits in self._whole.items():
            if len(entry) >= _LONG and entry[0] == form[0] and OSA.distance(entry, form) <= 1:
                found |= bits
        for stem, bits in self._stems.items():
            if len(stem) >= _LONG and stem[0] == form[0]:
                cuts = (form[: len(stem) + extra] for extra in (-1, 0, 1))
                if any(OSA.distance(stem, cut) <= 1 for cut in cuts):
                    found |= bits
        return found


_LONG = 6
"""Shorter words must be spelt right: one letter changes too much of them."""
_spell = speller("es")


def sound(folded: str) -> str:
    """A spelling that words share when Spanish ears do: "fievre", "conbulsion", "noooo"."""
    return _spell(folded) or "-"
