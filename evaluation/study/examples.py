"""The conversations that are worth reading: right where others fail, wrong where others do not."""

from collections.abc import Callable, Sequence

from evaluation.study.judged import Judged


def best(talks: Sequence[Judged], most: int) -> list[Judged]:
    """Right and safe, in the cases where the fewest were right, with the fewest questions."""
    ease = _ease(talks)
    good = [talk for talk in talks if talk.right and talk.unsafe is False]
    return _one_a_case(good, lambda t: (ease[t.case.id], t.attempt.questions), most)


def worst(talks: Sequence[Judged], most: int) -> list[Judged]:
    """Unsafe before merely wrong, in the cases where the most were right."""
    ease = _ease(talks)
    bad = [talk for talk in talks if talk.unsafe or not talk.right]
    return _one_a_case(bad, lambda t: (*_harm(t), -ease[t.case.id]), most)


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


def _one_a_case(
    talks: Sequence[Judged], rank: Callable[[Judged], tuple[float, ...]], most: int
) -> list[Judged]:
    def order(talk: Judged) -> tuple[object, ...]:
        attempt = talk.attempt
        return (*rank(talk), attempt.case, attempt.arm, attempt.repeat)

    found: dict[str, Judged] = {}
    for talk in sorted(talks, key=order):
        found.setdefault(talk.case.id, talk)
    return list(found.values())[:most]
