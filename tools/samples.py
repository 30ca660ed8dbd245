"""Whole messages with the topic they belong to, from which a tree's locator learns.

They stand beside the tree, in the format of the benchmarks' messages: one line of JSON each, with
`text`, `topic` (an id of the tree, `unclear` or `out_of_scope`) and, for what else is learnt from
them, `secondary`, `baby_age` and `extractive_gold`. docs/tree-format.md says the same for editors.
"""

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.errors import TreeError

UNCLEAR = "unclear"
"""The topic of a message that says too little."""
OUT_OF_SCOPE = "out_of_scope"
"""The topic of a message that is about something else."""

Line = TypeVar("Line", bound=BaseModel)


class Sample(BaseModel):
    """One message, as a mother may write it first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(min_length=1)
    topic: str
    secondary: tuple[str, ...] = ()
    """Topics of the other problems that it tells."""
    baby_age: str | None = None
    """Her words for the baby's age."""
    extractive_gold: tuple[str, ...] = ()
    """The spans that sum it up, word for word."""


def read_samples(path: Path) -> tuple[Sample, ...]:
    """The messages of a tree; none where there is no file."""
    return read_lines(path, Sample)


@lru_cache(maxsize=4)
def read_lines(path: Path, kind: type[Line]) -> tuple[Line, ...]:
    """One model a line; none where there is no file. A TreeError names the wrong line."""
    if not path.is_file():
        return ()
    samples = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            samples.append(kind.model_validate_json(line))
        except ValidationError as error:
            what = error.errors()[0]
            where = ".".join(map(str, what["loc"]))
            raise TreeError(f"{path.name}:{number}: {where}: {what['msg']}") from error
    return tuple(samples)
