"""The catalogue of red flags and the telephones, read from the YAML files in `trees`.

The patterns of a sign are written in a small language of their own: agent/danger/patterns.py.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from agent.danger.patterns import Lexicon
from tools.conditions import parse_condition
from tools.errors import TreeError
from tools.formats.yaml_folder import parse_yaml
from tools.tree import Date, Slug, Source, Text

Level = Literal["emergency", "same_day"]
Purpose = Literal["emergency", "suicide", "violence", "poison", "health_line"]
TREES = Path(__file__).resolve().parents[2] / "trees"


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
    ages: Text
    """For whom or when it counts; `when` enforces it where it changes what is done."""
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
    certain: bool = False
    """What its patterns find is never doubted, however little the message resembles a danger."""
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

    def lexicon(self) -> Lexicon:
        """A new lexicon of its words, to compile its patterns with."""
        return Lexicon(self.words, self.spellings, self.real_words)

    @model_validator(mode="after")
    def _is_consistent(self) -> "Catalogue":
        ids = [sign.id for sign in self.signs]
        cited = {source.id for source in self.sources}
        problems = [f"sign {one!r} is defined more than once" for one in ids if ids.count(one) > 1]
        lexicon = self.lexicon()
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


def countries() -> tuple[str, ...]:
    """The countries whose telephones are known (two letters), in the file's order."""
    return tuple(dict.fromkeys(p.country for p in _all_phones() if p.country != "default"))


def purpose_of(number: str, name: str) -> Purpose | None:
    """What a telephone of some country is for; None for one that is not listed any more."""
    # Not by its number alone: 106 is a help line in Colombia and the ambulance in Peru.
    found = (p.purpose for p in _all_phones() if (p.number, p.name) == (number, name))
    return next(found, None)


def read_catalogue(path: Path = TREES / "redflags.yaml") -> Catalogue:
    """Read and validate the catalogue; a TreeError has one line for each problem."""
    return _read(path, Catalogue)


def _read(path: Path, model: type[_Content]) -> _Content:
    try:
        text = path.read_text("utf-8-sig")
        # parse_yaml cannot take a file that is empty or only comments.
        return model.model_validate(parse_yaml(text) if _CONTENT.search(text) else None)
    except ValidationError as error:  # a ValueError, so it comes first
        raise TreeError(f"{path.name} is not valid:", tuple(_problems(path, error))) from error
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise TreeError(f"{path.name} cannot be read: {error}") from error


_CONTENT = re.compile(r"^\s*[^\s#]", re.MULTILINE)


def _problems(path: Path, error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        where = ".".join(map(str, detail["loc"]))
        given = "" if isinstance(detail["input"], Mapping) else f" (got {detail['input']!r})"
        for line in detail["msg"].removeprefix("Value error, ").split("\n"):
            yield f"{path.name}: {where}: {line}{given}" if where else f"{path.name}: {line}"
