"""What a question tells about the answer: as the tree alone has it, and as mothers answer it.

Both are the mutual information of the question's option and the answer below it, in bits (Lindley
1956, "On a measure of the information provided by an experiment"), as agent/gain.py works it out:

    H(Σ p(o) · below(o)) - Σ p(o) · H(below(o))

where below(o) is the distribution of the answers below option o, every further option being as
likely as its neighbours. For the tree alone every p(o) is the same; observed, p(o) is the share of
mothers who chose o. It is the mean, over those who answered, of the bits that their answer took
from the entropy of the answers. Where no two options lead to the same answer it is H(p), so that a
question that is always answered the same way tells nothing.

The interval is the delta method's for a multinomial p. Where no two options lead to the same
answer, its variance is that of the plug-in entropy (Basharin 1959, "On a statistical estimate for
the entropy of a sequence of independent random variables"), whose bias of -(options - 1)/(2 n ln 2)
is left in: with the fewest answers that figures are drawn from it is below .05 bits for 4 options.
"""

import math
from collections.abc import Mapping

from agent.gain import Shares, entropy
from evaluation.learnt.plan import Plan
from evaluation.statistics import Estimate

_Z = 1.959964
"""The normal distribution's 97.5 % quantile."""


def by_tree(plan: Plan, node: str) -> float | None:
    """Bits if all options are alike; None for what is no question of this version."""
    options = plan.options(node)
    if node not in plan.outline.questions:
        return None
    return _bits(plan, node, dict.fromkeys(options, 1 / len(options)))


def observed(plan: Plan, node: str, chosen: Mapping[str, int]) -> Estimate | None:
    """Bits as mothers chose its options (`chosen`: how often, by id) among those it has.

    None where nobody chose one that this version has.
    """
    if node not in plan.outline.questions:
        return None
    counts = {option: chosen.get(option, 0) for option in plan.options(node)}
    total = sum(counts.values())
    if not total:
        return None
    shares = {option: count / total for option, count in counts.items() if count}
    value = _bits(plan, node, shares)
    spread = _Z * math.sqrt(_variance(plan, node, shares) / total)
    most = max(value, math.log2(len(counts)))
    return Estimate(value, max(0.0, value - spread), min(most, value + spread), total)


def _bits(plan: Plan, node: str, shares: Shares) -> float:
    after = sum(share * _after(plan, node, option) for option, share in shares.items())
    return max(0.0, entropy(_mixed(plan, node, shares)) - after)


def _variance(plan: Plan, node: str, shares: Shares) -> float:
    """Of one answer: that of the derivative of the bits by each option's share."""
    mixed = _mixed(plan, node, shares)
    slopes: list[tuple[float, float]] = []
    for option, share in shares.items():
        below = _mixed(plan, node, {option: 1.0})
        surprise = -sum(chance * math.log2(mixed[answer]) for answer, chance in below.items())
        slopes.append((share, surprise - _after(plan, node, option)))
    mean = sum(share * slope for share, slope in slopes)
    return max(0.0, sum(share * slope**2 for share, slope in slopes) - mean**2)


def _mixed(plan: Plan, node: str, shares: Shares) -> dict[str, float]:
    """The answers below a question whose options have these shares."""
    mixed: dict[str, float] = {}
    for option, share in shares.items():
        targets = _targets(plan, node, option)
        for target in targets:
            for answer, chance in plan.ahead.below(target).items():
                mixed[answer] = mixed.get(answer, 0.0) + share * chance / len(targets)
    return mixed


def _after(plan: Plan, node: str, option: str) -> float:
    """Bits that are left once she has chosen an option."""
    targets = _targets(plan, node, option)
    return sum(entropy(plan.ahead.below(target)) for target in targets) / len(targets)


def _targets(plan: Plan, node: str, option: str) -> list[str]:
    return [way.target for way in plan.ways(node) if way.option == option]
