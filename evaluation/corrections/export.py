"""Each export as the text of a file, for the command and the experts' page."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from evaluation.corrections.cases import walk_cases
from evaluation.corrections.examples import as_yaml, proposals
from evaluation.corrections.regression import checks
from evaluation.corrections.talks import Mask, Masking, Reader, judged_talks
from records.judgements import Judgements
from records.personal import Masker
from tools.drafts import published
from tools.formats.yaml_folder import read_tree

What = Literal["cases", "examples", "tests"]


def masking(country: str) -> Masking:
    """Masks the personal data that is found in a conversation, whoever may see it on a page."""
    return lambda texts: Masker(texts, country).text


def as_written(_texts: Sequence[str]) -> Mask:
    """Leaves her words as they are."""
    return str


def exported(
    what: What, judgements: Judgements, reader: Reader, folder: Path, setting: str, hide: Masking
) -> tuple[str, int, str]:
    """The text, of how many things it is, and what is to be told of it.

    `folder` has the tree of today, which cases call `setting`. Raises TreeError, RecordError.
    """
    talks = judged_talks(judgements, reader, hide)
    if what == "tests":
        made = checks(talks)
        steps = sum(len(talk.expected) for talk in made.talks)
        told = f"{len(made.talks)} conversations, {steps} judged steps"
        return f"{made.model_dump_json(indent=1)}\n", len(made.talks), told
    tree = published(read_tree(folder))
    if what == "examples":
        found = proposals(talks, tree)
        return as_yaml(found, tree), len(found), f"{len(found)} proposed examples"
    cases = walk_cases(talks, tree, setting)
    why = Counter(cases.left_out.values())
    left = "".join(f"; left out {count}: {reason}" for reason, count in why.items())
    lines = "".join(f"{case.model_dump_json()}\n" for case in cases.cases)
    return lines, len(cases.cases), f"{len(cases.cases)} cases{left}"
