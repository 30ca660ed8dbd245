"""Whether two arms differ: paired tests on the same cases, corrected for how many are made.

    per case, the mean over its repeats ──▶ differences ──▶ interval, p, effect size, power
                                                              all p of the study ──▶ Holm

- One attempt a case, yes or no: McNemar's exact test (McNemar 1947, "Note on the sampling error of
  the difference between correlated proportions or percentages").
- Anything else: a permutation test that swaps the arms within cases, of the mean difference
  (Pitman 1937; with one yes or no a case it is McNemar's). Repeats of a case stay together.
- Intervals: bootstrap over cases (evaluation/statistics.py).
- Holm 1979, "A simple sequentially rejective multiple test procedure".
- Effect sizes: Cohen's g and the matched odds ratio (Cohen 1988, chapter 5); the matched-pairs
  rank-biserial correlation (Kerby 2014, "The simple difference formula").
- Power of McNemar's test: Connor 1987, "Sample size for testing differences in proportions for the
  paired-sample design"; of the others, the normal approximation for a mean difference.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from evaluation import statistics
from evaluation.statistics import Estimate
from tools.errors import MissingExtra

ALPHA = 0.05
POWER = 0.8
_PERMUTATIONS = 9999


@dataclass(frozen=True)
class Shares:
    """Effect sizes of a yes or no: the cases in which only one of the two arms has it."""

    only_other: int
    only_baseline: int

    @property
    def discordance(self) -> int:
        """Cases in which the arms differ."""
        return self.only_other + self.only_baseline

    @property
    def cohens_g(self) -> float | None:
        """-.5 to .5: how far the cases that differ are from half and half; None without any."""
        return self.only_other / self.discordance - 0.5 if self.discordance else None

    @property
    def odds_ratio(self) -> float | None:
        """Matched; above 1 the other arm has it more often. None where a count is 0."""
        both = self.only_other and self.only_baseline
        return self.only_other / self.only_baseline if both else None


@dataclass(frozen=True)
class Comparison:
    """One figure of one arm, less the baseline's, on the cases that both have it of."""

    figure: str
    baseline: str
    other: str
    means: tuple[float, float]
    """Of the baseline and of the other, on these cases."""
    difference: Estimate
    """The other's less the baseline's; its count are the cases."""
    p: float
    test: str
    """mcnemar or permutation."""
    shares: Shares | None
    """Where each case is yes or no."""
    rank_biserial: float
    """-1 to 1: above 0 the other arm has more; 0 where no case differs."""
    spread: float
    """Standard deviation of the cases' differences."""
    p_holm: float = math.nan
    """Adjusted for all comparisons; see `adjusted`."""
    detectable: float | None = None
    """The smallest difference that these cases could have shown; None: not to be told."""
    needed: int | None = None
    """Cases that would have shown the difference seen; None: not to be told."""

    @property
    def any_differ(self) -> bool:
        """Whether the arms differ in any case; of means, whether differences vary."""
        return bool(self.shares.discordance if self.shares else self.spread)

    @property
    def differs(self) -> bool:
        """Whether anything may be called different."""
        return self.p_holm < ALPHA


def compare_cases(
    figure: str,
    arms: tuple[str, str],
    baseline: Mapping[str, float],
    other: Mapping[str, float],
    *,
    is_binary: bool,
    seed: int,
) -> Comparison | None:
    """Compare by case; None where no case has both. `arms` are the baseline's and the other's name.

    Raises MissingExtra without SciPy.
    """
    common = [case for case in baseline if case in other]
    before = np.array([baseline[case] for case in common], float)
    after = np.array([other[case] for case in common], float)
    differences = after - before
    interval = statistics.mean(differences.tolist(), seed)
    if interval is None:
        return None
    shares = Shares(int((differences > 0).sum()), int((differences < 0).sum()))
    return Comparison(
        figure=figure,
        baseline=arms[0],
        other=arms[1],
        means=(float(before.mean()), float(after.mean())),
        difference=interval,
        p=mcnemar(shares) if is_binary else permutation(differences.tolist(), seed),
        test="mcnemar" if is_binary else "permutation",
        shares=shares if is_binary else None,
        rank_biserial=rank_biserial(differences.tolist()),
        spread=float(differences.std()),
    )


def mcnemar(shares: Shares) -> float:
    """Exact and two-sided: is it half and half where the arms differ? 1 where they never do."""
    if not shares.discordance:
        return 1.0
    stats = _scipy_stats()
    return float(stats.binomtest(shares.only_other, shares.discordance).pvalue)


def permutation(differences: Sequence[float], seed: int) -> float:
    """Two-sided p of the mean difference; exact where there are few cases."""
    # A case that does not differ does not differ when it is swapped either.
    values = np.array([value for value in differences if value])
    if len(values) < 2:
        return 1.0
    found = _scipy_stats().permutation_test(
        (values,),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        n_resamples=_PERMUTATIONS,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def rank_biserial(differences: Sequence[float]) -> float:
    """The ranks of the cases that rise less those that fall, over all ranks."""
    values = np.array([value for value in differences if value])
    if not len(values):
        return 0.0
    ranks = _scipy_stats().rankdata(np.abs(values))
    return float((ranks * np.sign(values)).sum() / ranks.sum())


def adjusted(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """With p adjusted by Holm's procedure over all of them, and what they could have shown.

    The power is that of Holm's strictest step: at .05 over the number of comparisons.
    """
    if not comparisons:
        return ()
    from statsmodels.stats.multitest import multipletests

    adjusted_p = multipletests([one.p for one in comparisons], alpha=ALPHA, method="holm")[1]
    alpha = ALPHA / len(comparisons)
    return tuple(
        _with_power(replace(one, p_holm=float(p)), alpha)
        for one, p in zip(comparisons, adjusted_p, strict=True)
    )


def _with_power(one: Comparison, alpha: float) -> Comparison:
    """Not to be told where no case differs, or none differs from another."""
    cases, seen = one.difference.count, one.difference.value
    if one.shares is None:
        if not one.spread:
            return one
        # So few cases that all of them, one way, would not be enough for the test.
        hopeless = 2.0 ** (1 - cases) > alpha
        smallest = sum(_quantiles(alpha)) * one.spread / math.sqrt(cases)
        return replace(
            one,
            detectable=None if hopeless else smallest,
            needed=cases_for_mean(seen, one.spread, alpha),
        )
    if not one.shares.discordance:
        return one
    discordance = one.shares.discordance / cases
    return replace(
        one,
        detectable=smallest_difference(cases, discordance, alpha),
        needed=cases_for_shares(seen, discordance, alpha),
    )


def cases_for_mean(difference: float, spread: float, alpha: float) -> int | None:
    """Cases with which a mean difference is shown with a power of 80 %; None for no difference."""
    return math.ceil((sum(_quantiles(alpha)) * spread / difference) ** 2) if difference else None


def cases_for_shares(difference: float, discordance: float, alpha: float) -> int | None:
    """Cases with which a difference of shares is shown with a power of 80 %; None for none.

    `discordance` is the share of cases in which the arms differ.
    """
    if not difference:
        return None
    sure, power = _quantiles(alpha)
    spread = math.sqrt(max(discordance - difference**2, 0.0))
    return math.ceil(((sure * math.sqrt(discordance) + power * spread) / difference) ** 2)


def smallest_difference(cases: int, discordance: float, alpha: float) -> float | None:
    """The smallest difference of shares that so many cases show with a power of 80 %.

    Connor's formula, solved for the difference. None where even the greatest that the discordance
    allows would not be shown.
    """
    sure, power = _quantiles(alpha)
    left = cases - sure**2 + power**2
    if left < 0:
        return None
    root = sure * math.sqrt(cases) + power * math.sqrt(left)
    found = math.sqrt(discordance) * root / (cases + power**2)
    return found if found <= discordance else None


def _quantiles(alpha: float) -> tuple[float, float]:
    normal = _scipy_stats().norm
    return float(normal.ppf(1 - alpha / 2)), float(normal.ppf(POWER))


def _scipy_stats() -> Any:
    """Not at the top: it takes a second or three, and most commands need none of it."""
    if find_spec("statsmodels") is None:
        raise MissingExtra("the study's tests", "study", "no statsmodels")
    from scipy import stats

    return stats
