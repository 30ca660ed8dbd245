"""The catalogue of red flags, the small language of its patterns, and the telephones.

A pattern is a line a lactation consultant can read; `trees/redflags.yaml` explains it at the top:

    no (2) respir* !nariz          "no", at most 2 words, respira or respiraba…; no "nariz" near
    @bebe (8) @fiebre ~mastitis    word lists; "mastitis" anywhere in the message
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from rapidfuzz.distance import OSA

from tools.conditions import parse_condition
from tools.errors import TreeError
from tools.tree import Date, Slug, Source, Text
from tools.words import fold

Level = Literal["emergency", "same_day"]
Purpose = Literal["emergency", "suicide", "violence", "poison", "health_line"]
TREES = Path(__file__).resolve().parent.parent / "trees"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Frozen):
    """One question that settles a doubtful sign."""

    question: Text
    """In Spanish, put so that "yes" is the dangerous answer."""
    yes_means: Level


class Sign(_Frozen):
    """One danger and the words that betray it."""

    id: Slug
    who: Literal["mother", "baby"]
    level: Level
    title: Text
    patterns: tuple[Text, ...] = ()
    """Any of them is the sign."""
    doubtful: tuple[Text, ...] = ()
    """Any of them earns the check question."""
    when: Text | None = None
    """A condition on facts that must hold too; undecided earns the check question."""
    assumes: Slug | None = None
    """The fact that is taken for true once the check was asked: she answers its details."""
    recent: bool = False
    """Counts for a day after it has passed; if a professional saw it, the check is asked."""
    elsewhere: Literal["none", "check"] = "none"
    """What it becomes when it is long past or about someone else."""
    check: Check | None = None
    """None: the catalogue's own question for `who`."""
    say: Text
    """What this may be, calmly; not a diagnosis."""
    do: tuple[Text, ...] = Field(min_length=1)
    """What to do now, step by step."""
    phones: tuple[Purpose, ...] = ("emergency",)
    sources: tuple[Slug, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_found(self) -> "Sign":
        if not (self.patterns or self.doubtful or self.when):
            raise ValueError(f"sign {self.id!r} has no patterns and no 'when': nothing finds it")
        if self.when:
            try:
                parse_condition(self.when)
            except TreeError as error:
                raise ValueError(f"sign {self.id!r}: {error}") from error
        return self


class Catalogue(_Frozen):
    """Every red flag, and how to read a message for them."""

    words: dict[str, Text]
    """Word lists: `@name` in a pattern."""
    spellings: dict[str, Text]
    """Chat spellings: "k" is "que"."""
    real_words: Text
    """Words one letter away from a danger word that are no typing error."""
    scope: dict[Slug, tuple[Text, ...]]
    """Wordings that change what a match means; the file says what each does."""
    observations: dict[Slug, tuple[Text, ...]]
    """Facts that patterns find in the message: `baby_fever`."""
    default_checks: dict[Literal["mother", "baby"], Text]
    signs: tuple[Sign, ...]
    sources: tuple[Source, ...]

    @cached_property
    def by_id(self) -> dict[str, Sign]:
        """Signs by id."""
        return {sign.id: sign for sign in self.signs}

    def question(self, sign: Sign) -> str:
        """The question that settles a doubtful `sign`."""
        return sign.check.question if sign.check else self.default_checks[sign.who]

    @model_validator(mode="after")
    def _is_consistent(self) -> "Catalogue":
        ids = [sign.id for sign in self.signs]
        cited = {source.id for source in self.sources}
        problems = [f"sign {one!r} is defined more than once" for one in ids if ids.count(one) > 1]
        lexicon = Lexicon(self)
        for sign in self.signs:
            problems += [
                f"sign {sign.id!r} cites unknown source {source!r}"
                for source in sign.sources
                if source not in cited
            ]
            for line in (*sign.patterns, *sign.doubtful):
                try:
                    lexicon.pattern(line)
                except ValueError as error:
                    problems.append(f"sign {sign.id!r}: {error}")
        if problems:
            raise ValueError("\n".join(problems))
        return self


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

    def find(self, tokens: Sequence[Token], present: int) -> Iterator[tuple[int, ...]]:
        """Indexes of the tokens of each match, one match for each first word."""
        if present & self.needs != self.needs or present & self.banned:
            return
        for index, token in enumerate(tokens):
            if token.fills & self.steps[0][0]:
                match = self._follow((index,), tokens)
                if match and not self._is_vetoed(match, tokens):
                    yield match

    def _follow(self, match: tuple[int, ...], tokens: Sequence[Token]) -> tuple[int, ...] | None:
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

    def _is_vetoed(self, match: tuple[int, ...], tokens: Sequence[Token]) -> bool:
        first, last = tokens[match[0]].place - _NEAR, tokens[match[-1]].place + _NEAR
        return any(
            token.fills & self.unwanted and first <= token.place <= last
            for index, token in enumerate(tokens)
            if index not in match
        )


_NEAR = 4
"""Words around a match in which an unwanted word spoils it."""
_GAP = 4
"""Words that may stand between two steps unless the pattern says otherwise."""
_SLOT = re.compile(r"[@#]?\w+\*?(?:/[@#]?\w+\*?)*")


class Lexicon:
    """Turns pattern lines into `Pattern`s and words into the slots they fill."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._lists = catalogue.words
        self._spellings = catalogue.spellings
        self._real = frozenset(sound(word) for word in fold(catalogue.real_words).split())
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
_SOUNDS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"ll", "y"), (r"qu(?=[ei])", "k"), (r"ch", "0"), (r"c(?=[ei])", "s"), (r"g(?=[ei])", "j"),
        (r"gu(?=[ei])", "g"), (r"[ck]+", "k"), (r"h", ""), (r"v", "b"), (r"[zx]", "s"),
        (r"([^\d])\1+", r"\1"),
    )
)  # fmt: skip


@lru_cache(maxsize=32768)
def sound(folded: str) -> str:
    """A spelling that words share when Spanish ears do: "fievre", "conbulsion", "noooo"."""
    for pattern, to in _SOUNDS:
        folded = pattern.sub(to, folded)
    return folded.replace("mb", "nb") or "-"


class Phone(_Frozen):
    """A telephone to call."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$|^default$", strict=True)]
    purpose: Purpose
    number: Text
    name: Text
    hours: Text | None
    checked_on: Date
    verified: bool
    """False where no page was seen that gives the number: show it as unconfirmed."""
    source: Text | None
    """The page that gives it."""


_Content = TypeVar("_Content", bound=BaseModel)


class _Phones(_Frozen):
    phones: tuple[Phone, ...]


@lru_cache(maxsize=1)
def _all_phones() -> tuple[Phone, ...]:
    return _read(TREES / "phones.yaml", _Phones).phones


@lru_cache(maxsize=64)
def phones(country: str) -> tuple[Phone, ...]:
    """The telephones of a country (two letters), emergencies first; else the default's."""
    here = [phone for phone in _all_phones() if phone.country == country.strip().upper()]
    here = here or [phone for phone in _all_phones() if phone.country == "default"]
    return tuple(sorted(here, key=lambda phone: phone.purpose != "emergency"))


def read_catalogue(path: Path = TREES / "redflags.yaml") -> Catalogue:
    """Read and validate the catalogue; a TreeError has one line for each problem."""
    return _read(path, Catalogue)


def _read(path: Path, model: type[_Content]) -> _Content:
    try:
        content: Any = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        return model.model_validate(content)
    except (OSError, yaml.YAMLError) as error:
        raise TreeError(f"{path.name} cannot be read: {error}") from error
    except ValidationError as error:
        raise TreeError(f"{path.name} is not valid:", tuple(_problems(path, error))) from error


def _problems(path: Path, error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        where = ".".join(map(str, detail["loc"]))
        given = "" if isinstance(detail["input"], Mapping) else f" (got {detail['input']!r})"
        for line in detail["msg"].removeprefix("Value error, ").split("\n"):
            yield f"{path.name}: {where}: {line}{given}" if where else f"{path.name}: {line}"
