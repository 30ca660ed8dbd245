"""Results of a benchmark: one line of JSON a case, written as it goes; a killed run resumes.

Beside the lines stands a file that says what they are results of: only the same run goes on.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.cases import CasesError
from records.events import Level, Span


class Prediction(BaseModel):
    """What was made of one case; the line in the file has its id too."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RankedTopic(BaseModel):
    """A topic of the shared vocabulary, with the tree's node where it would be entered."""

    topic: str
    node: str
    probability: float


class PlacedFact(BaseModel):
    """A fact and where her message says it."""

    name: str
    value: float | bool | None
    unit: str | None
    start: int
    end: int


class MessagePrediction(Prediction):
    """What was made of a mother's first message."""

    action: Literal["move", "ask", "escalate", "out_of_scope"]
    candidates: list[RankedTopic]
    """Best first."""
    question: str | None
    """What she was asked."""
    summary: list[Span]
    topics: list[str]
    facts: list[PlacedFact]
    level: Level
    ms: float
    model_calls: int
    graph_queries: int


class ReplyPrediction(Prediction):
    """What was made of a reply to a question."""

    action: Literal["choose", "clarify", "explain", "none_of_these"]
    choice: int
    """The best option, also when it was not chosen."""
    probabilities: list[float]
    ms: float
    model_calls: int


class RedFlagPrediction(Prediction):
    """What the guard made of a message."""

    escalate: bool
    level: Level
    sign: str | None
    check_question: str | None
    ms: float


class RankedNode(BaseModel):
    """A node of a graph, with how probable it is."""

    node: str
    probability: float


class NodePrediction(Prediction):
    """Which nodes of a graph answer a question."""

    candidates: list[RankedNode]
    """Best first."""
    ms: float
    model_calls: int


class WalkPrediction(Prediction):
    """How a whole conversation went."""

    outcome: Literal["resolved", "escalated", "gave_up", "failed"]
    final_node: str | None
    """The answer that she was given, right or wrong."""
    path: list[str]
    """Where its moves led, in order."""
    questions_asked: int
    """Choosing a topic from a list counts as one, however many pages it takes."""
    repeated_questions: int
    """How many of these put the question at hand again."""
    illegal_moves: int
    """Along what the tree does not have, attempted or made."""
    turns: int
    ms: float
    """Of all its turns together."""
    model_calls: int
    prompt_tokens: int
    completion_tokens: int
    conversation_id: str


AnyPrediction = TypeVar("AnyPrediction", bound=Prediction)
Run = Mapping[str, Any]
"""What a run depends on: kind, navigator, tree version, checksum of the cases and the like."""


class Results(Generic[AnyPrediction]):
    """The lines of one run, by case."""

    def __init__(self, path: Path, done: dict[str, AnyPrediction]) -> None:
        self.done = done
        self._path = path

    def add(self, case: str, prediction: AnyPrediction) -> None:
        """Append a line; it is on its way to the disk when this returns."""
        line = json.dumps({"id": case} | prediction.model_dump(mode="json"), ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.done[case] = prediction

    def drop(self, cases: Collection[str]) -> None:
        """Take lines away, for their cases to run again."""
        lines = self._path.read_text("utf-8").splitlines(keepends=True)
        fresh = self._path.with_name(f"{self._path.name}.tmp")
        kept = (line for line in lines if json.loads(line)["id"] not in cases)
        fresh.write_text("".join(kept), "utf-8")
        fresh.replace(self._path)
        for case in cases:
            del self.done[case]


@contextmanager
def open_results(
    path: Path, kind: type[AnyPrediction], run: Run
) -> Iterator[Results[AnyPrediction]]:
    """Begin a run's results, or go on with those that are there.

    Raises CasesError when the file belongs to another run, or another process writes to it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CasesError(f"another process is writing to {str(path)!r}") from error
    try:
        _check_run(path, run)
        yield Results(path, _read(path, kind))
    finally:
        lock.release()


def _check_run(path: Path, run: Run) -> None:
    """Note what the lines are results of, or see that it is this run."""
    beside = path.with_name(f"{path.name}.run.json")
    if not path.is_file() or not path.stat().st_size:
        fresh = beside.with_suffix(".tmp")
        fresh.write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", "utf-8")
        fresh.replace(beside)
        return
    if not beside.is_file():
        raise CasesError(
            f"{str(path)!r} has no {beside.name!r} beside it, which says what it is of; "
            "valid: a new file for --out"
        )
    before = json.loads(beside.read_text("utf-8"))
    problems = tuple(
        f"{key}: {before.get(key)!r} there, {run.get(key)!r} now"
        for key in sorted({*before, *run})
        if before.get(key) != run.get(key)
    )
    if problems:
        raise CasesError(
            f"{str(path)!r} holds the results of another run; valid: a new file for --out",
            problems,
        )


def _read(path: Path, kind: type[AnyPrediction]) -> dict[str, AnyPrediction]:
    """The lines that are whole. What a kill cut off is taken away, for its case to run again."""
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    done: dict[str, AnyPrediction] = {}
    for number, line in enumerate(whole.decode("utf-8").split("\n")[:-1], 1):
        try:
            case = json.loads(line)["id"]
            done[case] = kind.model_validate_json(line)
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise CasesError(f"{path.name}:{number}: no result: {error}") from error
    return done
