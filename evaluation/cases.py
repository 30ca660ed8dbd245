"""Benchmark cases: one line of JSON each, read and validated before anything runs.

Anyone may bring cases: keys that are not known here are ignored, a missing or wrong one is told
with its file and line, all of them at once. What predicts is handed `given`: no label is in it.
"""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from records.events import Level
from tools.errors import NodrizaError

NO_TOPIC = ("unclear", "out_of_scope")
"""Labels in the place of a topic: too vague to say; not about breastfeeding."""


class CasesError(NodrizaError):
    """Cases, or what goes with them, are not valid. `problems` has one line for each."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join((message, *problems)))
        self.problems = problems


class CaseFailed(NodrizaError):
    """A case could not be run. It has no result: it is not counted as wrong."""


@dataclass(frozen=True)
class MessageInput:
    """What may be seen of a message."""

    text: str


@dataclass(frozen=True)
class ReplyInput:
    """What may be seen of a reply to a question."""

    question: str
    options: tuple[str, ...]
    reply: str
    node: str | None
    """The question's place in the shipped tree, where it is taken from there."""
    is_asked: bool = True
    """Whether the reply is to this question; otherwise it was said before it was asked."""


def _known_topic(topic: str, info: ValidationInfo) -> str:
    known: Collection[str] | None = info.context
    if known is not None and topic not in known:
        close = difflib.get_close_matches(topic, known, n=1)
        raise ValueError(f"did you mean {close[0]!r}?" if close else "no topic is called so")
    return topic


_Words = Annotated[str, StringConstraints(strict=True, pattern=r"\S")]
_Topic = Annotated[_Words, AfterValidator(_known_topic)]


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    model_config |= ConfigDict(use_attribute_docstrings=True)

    id: _Words
    """a text that no other case of the file has"""


def _check_verbatim(pieces: Collection[str], text: str | None) -> None:
    for piece in pieces:
        if text is not None and piece not in text:
            raise ValueError(f"{piece!r} is not in the text")


class MessageCase(_Case):
    """A mother's first message."""

    text: _Words
    """her message"""
    topic: _Topic
    """a topic id (they are listed below)"""
    topic_also: tuple[_Topic, ...]
    """a list of topic ids that are equally right"""
    secondary: tuple[_Topic, ...]
    """a list of topic ids of her other problems"""
    baby_age: _Words | None
    """words of `text`, exactly as they stand there, or null"""
    extractive_gold: tuple[_Words, ...]
    """a list of pieces of `text`, each exactly as it stands there"""
    needs_clarification: bool
    """true or false"""
    lang: _Words
    """a language, as in "es" """

    @field_validator("baby_age", "extractive_gold")
    @classmethod
    def _is_verbatim(cls, value: Any, info: ValidationInfo) -> Any:
        pieces = [value] if isinstance(value, str) else value or ()
        _check_verbatim(pieces, info.data.get("text"))
        return value

    @property
    def given(self) -> MessageInput:
        """What may be seen."""
        return MessageInput(self.text)


Gold = int | Literal["unclear", "ask", "other"]


class ReplyCase(_Case):
    """A question, its options and her answer."""

    question: _Words
    """the question's text"""
    options: tuple[_Words, ...]
    """a list of two or more different texts"""
    reply: _Words
    """her answer"""
    gold: Gold
    """the 0-based index of an option, or "unclear", "ask" or "other" """
    gold_also: tuple[Gold, ...]
    """a list of what is equally right, each as in `gold`"""
    kind: _Words
    """a text: results are told by kind"""
    node: str | None = None
    """the id of the shipped tree's question, or null (this key may be left out)"""

    @field_validator("options")
    @classmethod
    def _differ(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if len(options) < 2 or len(set(options)) < len(options):
            raise ValueError("fewer than two, or two alike")
        return options

    @field_validator("gold", "gold_also")
    @classmethod
    def _is_an_option(cls, value: Any, info: ValidationInfo) -> Any:
        options = info.data.get("options")
        for gold in value if isinstance(value, tuple) else (value,):
            if options and isinstance(gold, int) and not 0 <= gold < len(options):
                raise ValueError(f"there are {len(options)} options: 0 to {len(options) - 1}")
        return value

    @property
    def given(self) -> ReplyInput:
        """What may be seen."""
        return ReplyInput(self.question, self.options, self.reply, self.node)


class RedFlagCase(_Case):
    """A message that may tell of a danger."""

    text: _Words
    """her message"""
    escalate: bool
    """true or false"""
    level: Level
    """ "none", "same_day" or "emergency" """
    flag: str | None
    """the name of the danger, or null"""
    near_flag: str | None
    """the name of the danger that it is not, or null"""
    lang: _Words
    """a language, as in "es" """

    @property
    def given(self) -> MessageInput:
        """What may be seen."""
        return MessageInput(self.text)


class WalkCase(_Case):
    """A mother, what is true of her, and how she would answer."""

    tree: _Words
    """the id of the tree in use, or the path of a tree's folder"""
    first_message: _Words
    """her first message"""
    persona: _Words
    """a text: results are told by persona"""
    facts: dict[str, float | bool | str | None]
    """an object: what is true of her, by the tree's variable, numbers in its unit"""
    answers: dict[str, str]
    """an object: the id of the option that is true of her, by the question's id"""
    says: dict[str, str]
    """an object: her words for it, by the question's id"""
    target: tuple[_Words, ...]
    """a list of the ids of the answers that are right for her"""
    must_escalate: bool
    """true or false"""
    summary_gold: tuple[_Words, ...]
    """a list of pieces of `first_message`, each exactly as it stands there"""
    topics_gold: tuple[_Words, ...]
    """a list of topic ids, the main one first"""
    start: str | None = None
    """the id of the node where an ideal walk enters the tree, or null (may be left out)"""
    level: Level | None = None
    """ "none", "same_day" or "emergency", or null (may be left out)"""
    relevant_questions: tuple[_Words, ...] | None = None
    """a list of ids of questions that an expert would still ask, the most useful first, or null
    (may be left out)"""
    generated: bool = False
    """true where no person has written it (may be left out)"""

    @field_validator("summary_gold")
    @classmethod
    def _is_verbatim(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        _check_verbatim(value, info.data.get("first_message"))
        return value

    @property
    def given(self) -> "WalkCase":
        """All of it: the mother who talks is simulated from it. What answers reads her words."""
        return self


AnyCase = TypeVar("AnyCase", MessageCase, ReplyCase, RedFlagCase, WalkCase)


def read_cases(
    path: Path, kind: type[AnyCase], topics: Collection[str] | None = None
) -> list[AnyCase]:
    """Read all cases of a file. `topics` are the ids that a message's topic may have.

    Raises CasesError with every problem found: its file, line and key, and what is valid.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"the cases cannot be read: {error}") from error
    cases: list[AnyCase] = []
    problems: list[str] = []
    places: dict[str, int] = {}
    lists_topics = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            case = kind.model_validate_json(line, context=topics)
        except ValidationError as error:
            lists_topics |= any("topic" in _key(e["loc"]) for e in error.errors())
            problems += dict.fromkeys(_problems(where, kind, error))
            continue
        if (first := places.setdefault(case.id, number)) != number:
            problems.append(f"{where}: id: got {case.id!r}, as in line {first}; valid: a new one")
        cases.append(case)
    if not cases and not problems:
        problems.append(f"{path.name}:1: there is no case; valid: one line of JSON for each")
    if problems:
        if lists_topics and topics is not None:
            problems.append(f"topics: {', '.join(topics)}")
        raise CasesError(f"{str(path)!r} is not valid:", tuple(problems))
    return cases


def _problems(where: str, kind: type[_Case], error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "json_invalid" or not detail["loc"]:
            yield f"{where}: {detail['msg']}; valid: a JSON object"
            continue
        key = str(detail["loc"][0])
        valid = (kind.model_fields[key].description or "").strip()
        if detail["type"] == "missing":
            yield f"{where}: {key}: missing; valid: {valid}"
            continue
        got = repr(detail["input"])
        got = got if len(got) <= 60 else f"{got[:57]}…"
        why = detail["msg"].removeprefix("Value error, ")
        why = f" ({why})" if detail["type"] == "value_error" else ""
        is_object = get_origin(kind.model_fields[key].annotation) is dict
        at = _key(detail["loc"], is_object=is_object)
        yield f"{where}: {at}: got {got}{why}; valid: {valid}"


def _key(location: tuple[int | str, ...], *, is_object: bool = False) -> str:
    """The key, and the place in its list or object; pydantic adds the kinds that it tried."""
    if not location:
        return ""
    if len(location) > 1 and (is_object or isinstance(location[1], int)):
        return f"{location[0]}[{location[1]}]"
    return f"{location[0]}"
