"""The study's tests of differences: against SciPy and statsmodels, and worked out by hand."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from evaluation.study.measure.significance import (
    Comparison,
    Shares,
    adjusted,
    cases_for_mean,
    cases_for_shares,
    compare_cases,
    mcnemar,
    permutation,
    rank_biserial,
    smallest_difference,
)


def compared(
    baseline: Sequence[float], other: Sequence[float], *, is_binary: bool = True
) -> Comparison:
    names = [f"c{number}" for number in range(len(baseline))]
    before, after = (dict(zip(names, values, strict=True)) for values in (baseline, other))
    found = compare_cases("success", ("a", "b"), before, after, is_binary=is_binary, seed=1)
    assert found
    return found


@pytest.mark.parametrize(
    ("only_other", "only_baseline", "by_hand"),
    [
        (0, 6, 2 / 2**6),
        (1, 5, 2 * (1 + 6) / 2**6),
        (2, 2, 1.0),
        (0, 0, 1.0),
        (9, 1, 2 * (1 + 10) / 2**10),
    ],
)
def test_mcnemar_is_exact(only_other: int, only_baseline: int, by_hand: float) -> None:
    p = mcnemar(Shares(only_other, only_baseline))
    assert p == pytest.approx(by_hand)
    table = [[7, only_other], [only_baseline, 3]]
    if only_other + only_baseline:
        assert p == pytest.approx(of_statsmodels(table, exact=True).pvalue)


def test_the_permutation_test_tries_every_exchange_of_few_cases() -> None:
    differences = [3.0, -1.0, 2.0, 0.0, 4.0, 1.0]
    moved = [value for value in differences if value]
    sums = [sum(s * v for s, v in zip(signs, moved, strict=True))
            for signs in itertools.product((-1, 1), repeat=len(moved))]  # fmt: skip
    by_hand = sum(abs(one) >= sum(moved) for one in sums) / len(sums)
    assert permutation(differences, seed=1) == pytest.approx(by_hand)
    assert permutation([0.0, 0.0], seed=1) == permutation([0.0, 5.0], seed=1) == 1.0


def test_of_yes_or_no_the_permutation_test_is_mcnemars() -> None:
    differences = [1.0] * 8 + [-1.0] * 2 + [0.0] * 20
    assert permutation(differences, seed=1) == pytest.approx(mcnemar(Shares(8, 2)))


def test_of_many_cases_the_permutation_test_is_near_the_t_test() -> None:
    drawn = np.random.default_rng(3).normal(0.2, 1.0, 200)
    expected = stats.ttest_1samp(drawn, 0).pvalue
    assert permutation(drawn.tolist(), seed=1) == pytest.approx(expected, abs=0.01)


def test_rank_biserial_by_hand_and_by_wilcoxon() -> None:
    differences = [1.0, 2.0, -3.0, 4.0, 0.0]
    # Ranks 1, 2, 3, 4: 7 rise, 3 fall.
    assert rank_biserial(differences) == pytest.approx((7 - 3) / 10)
    falling = stats.wilcoxon(differences, zero_method="wilcox").statistic
    assert rank_biserial(differences) == pytest.approx(1 - 2 * falling / 10)
    assert rank_biserial([0.0]) == 0.0


def test_effect_sizes_of_shares() -> None:
    shares = Shares(only_other=15, only_baseline=5)
    assert shares.cohens_g == pytest.approx(0.25)
    assert shares.odds_ratio == pytest.approx(3.0)
    assert Shares(0, 0).cohens_g is None
    assert Shares(3, 0).odds_ratio is None


def test_a_comparison_is_of_the_cases_that_both_have() -> None:
    found = compare_cases(
        "success", ("a", "b"), {"x": 1.0, "y": 0.0, "z": 1.0}, {"y": 1.0, "z": 1.0, "w": 0.0},
        is_binary=True, seed=1,
    )  # fmt: skip
    assert found
    assert found.difference.count == 2
    assert found.means == (0.5, 1.0)
    assert found.difference.value == 0.5
    assert found.shares == Shares(only_other=1, only_baseline=0)
    assert compare_cases("f", ("a", "b"), {"x": 1.0}, {"y": 1.0}, is_binary=True, seed=1) is None


def test_the_interval_is_the_bootstraps_and_the_same_each_time() -> None:
    rng = np.random.default_rng(5)
    before, after = rng.normal(5, 1, 80), rng.normal(4, 1, 80)
    one, again = (compared(before.tolist(), after.tolist(), is_binary=False) for _ in range(2))
    assert one == replace(again, p_holm=one.p_holm)
    expected = stats.bootstrap(
        (after - before,), np.mean, method="percentile", n_resamples=5000, rng=rng
    ).confidence_interval
    assert one.difference.low == pytest.approx(expected.low, abs=0.05)
    assert one.difference.high == pytest.approx(expected.high, abs=0.05)


def test_holm_by_hand() -> None:
    # Discordant cases all one way: p is 2 / 2^n.
    wins = (7, 6, 5)
    family = [compared([0.0] * 20, [1.0] * n + [0.0] * (20 - n)) for n in wins]
    raw = [2 / 2**n for n in wins]
    assert [one.p for one in family] == pytest.approx(raw)
    steps = [3 * raw[0], max(3 * raw[0], 2 * raw[1]), max(3 * raw[0], 2 * raw[1], raw[2])]
    found = adjusted(family)
    assert [one.p_holm for one in found] == pytest.approx(steps)
    # .047, .0625 and .0625: by themselves .016, .031 and .0625.
    assert [one.differs for one in found] == [True, False, False]
    assert adjusted([]) == ()


def test_nothing_differs_before_it_is_adjusted() -> None:
    assert not compared([0.0] * 20, [1.0] * 20).differs


def test_connors_formula_by_hand() -> None:
    # A difference of .1 where .2 differ: (1.96 √.2 + .8416 √(.2 - .01))² / .01.
    by_hand = (1.959964 * math.sqrt(0.2) + 0.841621 * math.sqrt(0.19)) ** 2 / 0.01
    assert cases_for_shares(0.1, 0.2, alpha=0.05) == math.ceil(by_hand) == 155
    assert cases_for_shares(-0.1, 0.2, alpha=0.05) == 155
    assert cases_for_shares(0.0, 0.2, alpha=0.05) is None


@pytest.mark.parametrize(("cases", "discordance"), [(132, 0.25), (500, 0.1), (60, 0.6)])
def test_the_smallest_difference_needs_just_the_cases_there_are(
    cases: int, discordance: float
) -> None:
    smallest = smallest_difference(cases, discordance, alpha=0.05)
    assert smallest
    assert cases_for_shares(smallest, discordance, alpha=0.05) in (cases, cases + 1)


def test_what_is_said_to_show_shows_in_four_of_five_studies() -> None:
    cases, discordance = 200, 0.3
    smallest = smallest_difference(cases, discordance, alpha=0.05)
    assert smallest
    rng = np.random.default_rng(7)
    more = (discordance + smallest) / 2
    drawn = rng.multinomial(cases, [more, discordance - more, 1 - discordance], size=1500)
    shown = [mcnemar(Shares(int(up), int(down))) < 0.05 for up, down, _ in drawn]
    # The exact test is a little more careful than the formula.
    assert 0.72 < np.mean(shown) < 0.84


def test_few_cases_can_show_nothing() -> None:
    assert smallest_difference(4, 0.5, alpha=0.05) is None
    assert smallest_difference(24, 0.1, alpha=0.001) is None


def test_power_of_a_mean_difference() -> None:
    # ((1.96 + .8416) · 2 / .5)²
    assert cases_for_mean(0.5, 2.0, alpha=0.05) == 126
    (found,) = adjusted([compared([0.0] * 10, [1.0, 3.0] * 5, is_binary=False)])
    assert found.spread == 1.0
    assert found.detectable == pytest.approx((1.959964 + 0.841621) / math.sqrt(10), rel=1e-5)
    (few,) = adjusted([compared([0.0] * 3, [1.0, 2.0, 3.0], is_binary=False)])
    assert (few.detectable, few.any_differ) == (None, True)
    (flat,) = adjusted([compared([0.0] * 4, [0.0] * 4, is_binary=False)])
    assert (flat.detectable, flat.needed, flat.p_holm) == (None, None, 1.0)
