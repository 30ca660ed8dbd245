"""From the conversations of an arm to its figures, with intervals of 95 % over the cases.

Repeats of a case are no new cases: they are drawn together (cluster bootstrap; Davison and
Hinkley 1997, "Bootstrap methods and their application", section 3.8). Shares without repeats have
Wilson's interval.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

from evaluation import statistics
from evaluation.statistics import Estimate
from evaluation.study.measure.figures import Figure
from evaluation.study.measure.judged import Judged
from evaluation.study.measure.scores import Missing, Part, Score, Scored, Unscored

LATENCIES = {"latency_median": 0.5, "latency_p95": 0.95}
"""Quantiles of the milliseconds of a turn, by figure."""
Talks = Sequence[Judged]


@dataclass(frozen=True)
class ArmFigures:
    """What an arm comes to."""

    arm: str
    scores: Mapping[str, Score]
    """By figure."""
    reliability: Sequence[Score]
    """pass^k from k = 1 on, to as many as a case was repeated."""
    talks: Talks
    failed: int
    """Attempts without a result, which no figure counts."""
    errors: Mapping[str, int]
    """Why they failed, and how often."""


def score(figure: Figure, talks: Talks, seed: int) -> Score:
    """One figure of one arm."""
    taken = [(talk, figure.of(talk)) for talk in talks]
    missing = [found for _, found in taken if isinstance(found, Missing)]
    hidden = [found for found in missing if found.hides]
    parts = [(talk.case.id, found) for talk, found in taken if isinstance(found, Part)]
    estimate = None if hidden else _estimate(parts, seed, is_share=figure.unit == "share")
    if estimate:
        return Scored(estimate, len(parts))
    reasons = Counter(found.reason for found in hidden or missing)
    if reasons:
        return Unscored(reasons.most_common(1)[0][0])
    return Unscored("no_success" if parts else "no_attempt")


def _estimate(parts: Sequence[tuple[str, Part]], seed: int, *, is_share: bool) -> Estimate | None:
    cases = totals(parts)
    hits = {part.above for _, part in parts}
    counted = is_share and hits <= {0.0, 1.0} and all(part.below == 1 for _, part in parts)
    if counted and (len(cases) == len(parts) or len(hits) == 1):
        # Where no case differs, the bootstrap would know no spread at all.
        return statistics.share([case.above > 0 for case in cases.values()])
    above, below = ([getattr(case, at) for case in cases.values()] for at in ("above", "below"))
    return statistics.ratio(above, below, seed)


def totals(parts: Sequence[tuple[str, Part]]) -> dict[str, Part]:
    """What each case gives: the sums over its repeats."""
    found: dict[str, Part] = {}
    for case, part in parts:
        before = found.get(case, Part(0.0, 0.0))
        found[case] = Part(before.above + part.above, before.below + part.below)
    return found


def pass_hat_k(talks: Talks, k: int, seed: int) -> Score:
    """How probable it is that k attempts at one case all succeed: over cases, the mean of
    comb(successes, k) / comb(attempts, k).

    Yao et al. 2024, "τ-bench: a benchmark for tool-agent-user interaction in real-world domains".
    Cases with fewer than k attempts are left out.
    """
    tries = Counter(talk.case.id for talk in talks)
    wins = Counter(talk.case.id for talk in talks if talk.right)
    parts = [(case, Part(comb(wins[case], k) / comb(n, k))) for case, n in tries.items() if n >= k]
    estimate = _estimate(parts, seed, is_share=True)
    if estimate is None:
        return Unscored("no_repeats" if talks else "no_attempt")
    return Scored(estimate, sum(n for n in tries.values() if n >= k))


def latency(talks: Talks, quantile: float, seed: int) -> Score:
    """A quantile of the milliseconds of a turn; turns read from a journal have none."""
    cases: dict[str, list[float]] = {}
    for talk in talks:
        known = [exchange.ms for exchange in talk.attempt.exchanges if exchange.ms is not None]
        cases.setdefault(talk.case.id, []).extend(known)
    timed = [ms for ms in cases.values() if ms]
    estimate = statistics.quantile(timed, quantile, seed)
    if estimate is None:
        return Unscored("replayed" if talks else "no_attempt")
    return Scored(estimate, sum(map(len, timed)))


def measure(
    arm: str,
    talks: Talks,
    errors: Sequence[str],
    shown: Sequence[Figure],
    repeats: int,
    seed: int,
) -> ArmFigures:
    """All figures of an arm. `errors`: why each of its failed attempts did."""
    scores = {figure.key: score(figure, talks, seed) for figure in shown}
    scores |= {name: latency(talks, at, seed) for name, at in LATENCIES.items()}
    return ArmFigures(
        arm=arm,
        scores=scores,
        reliability=[pass_hat_k(talks, k, seed) for k in range(1, repeats + 1)],
        talks=talks,
        failed=len(errors),
        errors=Counter(errors),
    )
