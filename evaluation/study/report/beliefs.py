"""How far the probabilities can be believed that a system of ours recorded as it decided."""

from collections.abc import Iterator, Mapping, Sequence

from evaluation.calibration import Reliability, reliability
from evaluation.study.manifest import RECORD, Study
from evaluation.study.measure.judged import Judged
from records.events import Decided
from records.store import Records
from tools.tree import Question

ENTRY, OPTION = "entry", "option"
"""Kinds of decisions: where her words belong, and which option of a question she means."""
Beliefs = Mapping[str, Sequence[Reliability]]
"""By arm, one for each kind of decision; arms that recorded no probability are left out."""


def beliefs(study: Study, talks: Mapping[str, Sequence[Judged]]) -> Beliefs:
    """By arm, the likeliest choice of each decision against what is true of her.

    Empty where the study's folder has no record.
    """
    path = study.folder / RECORD
    if not path.is_file():
        return {}
    records = Records.open(f"sqlite:///{path.resolve()}")
    try:
        found = {arm: _of_an_arm(records, own) for arm, own in talks.items()}
    finally:
        records.close()
    return {arm: kinds for arm, kinds in found.items() if any(kind.bins for kind in kinds)}


def _of_an_arm(records: Records, talks: Sequence[Judged]) -> list[Reliability]:
    said: dict[str, list[tuple[float, bool]]] = {ENTRY: [], OPTION: []}
    for talk in talks:
        if talk.attempt.conversation:
            recorded = records.events(talk.attempt.conversation)
            decided = [one.event for one in recorded if isinstance(one.event, Decided)]
            for kind, probability, right in _judged(talk, decided):
                said[kind].append((probability, right))
    return [reliability(kind, pairs) for kind, pairs in said.items()]


def _judged(talk: Judged, decided: Sequence[Decided]) -> Iterator[tuple[str, float, bool]]:
    """Kind, probability and whether it was right, of decisions whose right choice is known."""
    tree, case = talk.tree, talk.case
    topics = {*case.topics_gold[:1], *(tree.topic_of.get(node) for node in case.target)}
    for event in decided:
        known = [
            (choice.probability, choice)
            for choice in event.posterior
            if choice.probability is not None
        ]
        if not known:
            continue
        probability, best = max(known, key=lambda pair: pair[0])
        if event.node is None and case.topics_gold:
            yield ENTRY, probability, best.topic in topics
        elif event.node in case.answers and isinstance(tree.by_id.get(event.node), Question):
            yield OPTION, probability, best.id == case.answers[event.node]
