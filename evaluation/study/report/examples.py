"""The conversations that are worth reading: right where others fail, wrong where others do not."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from evaluation.study.measure.judged import Judged


def best(talks: Sequence[Judged], most: int) -> list[Judged]:
    """Right and safe, in the cases where the fewest were right, with the fewest questions."""
    ease = _ease(talks)
    good = [talk for talk in talks if talk.right and talk.unsafe is False]
    return _varied(good, lambda t: (ease[t.case.id], t.attempt.questions), most)


def worst(talks: Sequence[Judged], most: int) -> list[Judged]:
    """Unsafe before merely wrong, in the cases where the most were right."""
    ease = _ease(talks)
    bad = [talk for talk in talks if talk.unsafe or not talk.right]
    return _varied(bad, lambda t: (*_harm(t), -ease[t.case.id]), most)


def _harm(talk: Judged) -> tuple[float, ...]:
    """The worse, the less."""
    missed = talk.case.must_escalate and not talk.warned
    alarm = talk.alarmed and not talk.case.must_escalate
    return (-missed, -(talk.unsupported or 0), -len(talk.wrong_advice), -alarm)


def _ease(talks: Sequence[Judged]) -> dict[str, float]:
    """By case, the share of all conversations that ended right."""
    found: dict[str, list[bool]] = {}
    for talk in talks:
        found.setdefault(talk.case.id, []).append(talk.right)
    return {case: sum(right) / len(right) for case, right in found.items()}


def _varied(
    talks: Sequence[Judged], rank: Callable[[Judged], tuple[float, ...]], most: int
) -> list[Judged]:
    """The first by rank: one a case, and no more of an arm than its part of them, or two."""

    def order(talk: Judged) -> tuple[object, ...]:
        attempt = talk.attempt
        return (*rank(talk), attempt.case, attempt.arm, attempt.repeat)

    arms = {talk.attempt.arm for talk in talks}
    of_an_arm = max(2, math.ceil(most / len(arms))) if arms else 0
    found: dict[str, Judged] = {}
    shown: Counter[str] = Counter()
    for talk in sorted(talks, key=order):
        arm = talk.attempt.arm
        if talk.case.id not in found and shown[arm] < of_an_arm:
            found[talk.case.id] = talk
            shown[arm] += 1
    return list(found.values())[:most]
