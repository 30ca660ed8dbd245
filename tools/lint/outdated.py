"""Advice that used to be given and is not given any more: `trees/outdated_advice.yaml`."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from tools.errors import TreeError
from tools.formats.yaml_folder import parse_yaml
from tools.lint.finding import Issue, Subject, rule
from tools.tree import Slug, Source, Text

_GAP = 4
"""Other words that may stand between two of a wording."""
_START = 3
"""Letters that the first word of a wording has before its *."""
_WORD = re.compile(r"[^\W_]+")
_REACH = 8
"""Words over which a correction carries: "no hace falta … vaciar"."""
_STEP = re.compile(r"\((\d)\)|(\+?)(!?)([a-z0-9/*]+)")
_SENTENCE = re.compile(r"[^.!?;]+[.!?;]?")
_REFUSED = re.compile(r":\W*no\b|[,:]\W*no\W*$")
"""After a wording: "masaje fuerte: no"."""
_BETWEEN = r"[^\w.!?;\n]+"
Wording = Annotated[Text, StringConstraints(pattern=r"^[a-z0-9/*+!() ]+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outdated(_Frozen):
    """One piece of advice that is not given any more."""

    id: Slug
    wordings: tuple[Wording, ...] = Field(min_length=1)
    """Any of them, in a sentence, is the advice."""
    unless: tuple[Wording, ...] = ()
    """Any of them, anywhere in the sentence, makes it something else."""
    why: Text
    instead: Text
    sources: tuple[Slug, ...] = Field(min_length=1)

    @cached_property
    def starts(self) -> frozenset[str]:
        """First letters of the words that begin a wording: most texts have none of them."""
        return frozenset(word[:_START] for word in self.first_words)

    @cached_property
    def first_words(self) -> tuple[str, ...]:
        """The words that a wording may begin with, as they are written."""
        return tuple(word for line in self.wordings for word in line.split()[0].split("/"))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds the wordings in folded text."""
        return _any_of(self.wordings)

    @cached_property
    def excuse(self) -> re.Pattern[str] | None:
        """What finds the wordings under `unless`."""
        return _any_of(self.unless) if self.unless else None


class OutdatedAdvice(_Frozen):
    """The whole list."""

    corrections: tuple[Wording, ...] = Field(min_length=1)
    """Before a wording, in the same sentence, they say that it is not advised."""
    refusals: tuple[Wording, ...] = Field(min_length=1)
    """After a wording, in the same sentence, they say the same."""
    advice: tuple[Outdated, ...]
    sources: tuple[Source, ...]

    def corrects(self, advice: Outdated, heading: str, sentence: str, found: re.Match[str]) -> bool:
        """Whether the sentence, or the heading of its list, says that it is not advised."""
        if advice.excuse and advice.excuse.search(f"{heading} {sentence}"):
            return True
        before = f"{heading} {sentence[: found.start()]}"
        after = sentence[found.end() :]
        refused = _REFUSED.search(after) or self.refusal.search(after)
        return bool(self.correction.search(before) or refused)

    def cited(self, advice: Outdated) -> str:
        """The sources of a piece of advice, in one line."""
        known = (self.source_by_id[source] for source in advice.sources)
        return ", ".join(f"{s.organisation} {s.year or 's. f.'} <{s.url}>" for s in known)

    @cached_property
    def correction(self) -> re.Pattern[str]:
        """Text that ends in a correction, not too many words ago."""
        return re.compile(f"(?:{_any_of(self.corrections).pattern})(?:\\W+\\w+){{0,{_REACH}}}\\W*$")

    @cached_property
    def refusal(self) -> re.Pattern[str]:
        """What finds the refusals."""
        return _any_of(self.refusals)

    @cached_property
    def source_by_id(self) -> dict[str, Source]:
        """Sources by id."""
        return {source.id: source for source in self.sources}

    @model_validator(mode="after")
    def _is_consistent(self) -> "OutdatedAdvice":
        problems = []
        for name, ids in (
            ("advice", [advice.id for advice in self.advice]),
            ("source", [source.id for source in self.sources]),
        ):
            repeated = sorted({item for item in ids if ids.count(item) > 1})
            problems += [f"{name} {item!r} is there more than once" for item in repeated]
        wordings = [(a.id, w) for a in self.advice for w in (*a.wordings, *a.unless)]
        for owner, wording in [
            *wordings,
            *(("corrections", w) for w in (*self.corrections, *self.refusals)),
        ]:
            try:
                re.compile(_expression(wording))
            except ValueError as error:
                problems.append(f"{owner!r}: {error}")
        for advice in self.advice:
            problems += [
                f"{advice.id!r}: {word!r} begins a wording with fewer than {_START} letters"
                for word in advice.first_words
                if "*" in word[:_START]
            ]
            unknown = [source for source in advice.sources if source not in self.source_by_id]
            problems += [f"{advice.id!r} cites unknown source {source!r}" for source in unknown]
        if problems:
            raise ValueError("\n".join(problems))
        return self


def read_outdated(path: Path) -> OutdatedAdvice:
    """Read and validate the list. Raises TreeError with one line for each problem."""
    try:
        content = parse_yaml(path.read_text("utf-8"))
        return OutdatedAdvice.model_validate(content)
    except ValidationError as error:
        raise TreeError(f"{path.name} is not valid:", tuple(_problems(error))) from error
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise TreeError(f"{path.name} cannot be read: {error}") from error


def _problems(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        where = ".".join(map(str, detail["loc"]))
        given = f" (got {detail['input']!r})" if isinstance(detail["input"], str) else ""
        for line in detail["msg"].removeprefix("Value error, ").split("\n"):
            yield f"{where}: {line}{given}" if where else line


@rule("outdated-advice", "error")
def outdated_advice(subject: Subject) -> Iterator[Issue]:
    """What trees/outdated_advice.yaml lists, in answers, helps and labels."""
    outdated = subject.outdated
    if outdated is None:
        return
    for shown in subject.shown:
        starts = {word[:_START] for word in _WORD.findall(shown.folded)}
        near = [advice for advice in outdated.advice if not advice.starts.isdisjoint(starts)]
        for heading, sentence in _sentences(shown.folded) if near else ():
            for advice in near:
                found = advice.pattern.search(sentence)
                if found and not outdated.corrects(advice, heading, sentence, found):
                    values = {"quote": found[0], "field": shown.field, "advice": advice.id}
                    values |= {"reason": advice.why, "sources": outdated.cited(advice)}
                    values["instead"] = advice.instead
                    yield Issue(shown.at, shown.about, "what", values)


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence but questions, with the heading that it stands under in a list, or ""."""
    heading = ""
    for line in text.split("\n"):
        is_item = line.lstrip().startswith(("- ", "* ", "• "))
        for sentence in _SENTENCE.findall(line):
            if not sentence.endswith("?"):
                yield (heading if is_item else ""), sentence
        if not is_item and line.strip():
            heading = line if line.rstrip("* ").endswith(":") else ""


def _any_of(wordings: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, wordings)))


def _expression(wording: str) -> str:
    """A wording as a regular expression on folded text.

    Raises ValueError where it is not one: the file says at its top how they are written.
    """
    steps = wording.split()
    expression, gap = "", _GAP
    for step in steps:
        match = _STEP.fullmatch(step)
        if not match or (not expression and (match[1] or match[2] or match[3])):
            raise ValueError(f"wording {wording!r}: {step!r} cannot stand there")
        if match[1]:
            gap = int(match[1])
            continue
        choices = match[4].replace("/", "|").replace("*", r"[^\W_]*")
        word = rf"(?:{choices})\b"
        if match[3]:
            expression += f"(?!{_BETWEEN}{word})"
            continue
        most = 0 if match[2] else gap
        between = f"{_BETWEEN}(?:\\w+{_BETWEEN}){{0,{most}}}"
        expression += f"{between}{word}" if expression else f"\\b{word}"
        gap = _GAP
    return expression
