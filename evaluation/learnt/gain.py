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

from agent.gain import Prospects, Shares, entropy
from evaluation.learnt.plan import Plan
from evaluation.statistics import Estimate

_Z = 1.959964
"""The normal distribution's 97.5 % quantile."""


def by_tree(plan: Plan, node: str) -> float | None:
    """Bits if all options are alike; None for what is no question of this version."""
    if node not in plan.outline.questions:
        return None
    return _bits(plan, node, None)


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
    shares = {option: count / total for option, count in counts.items()}
    value = _bits(plan, node, shares)
    spread = _Z * math.sqrt(_variance(plan, node, shares) / total)
    most = max(value, math.log2(len(counts)))
    return Estimate(value, max(0.0, value - spread), min(most, value + spread), total)


def _bits(plan: Plan, node: str, shares: Shares | None) -> float:
    ahead = Prospects(plan.outline, {node: 1.0}, lambda asked: shares if asked == node else None)
    return ahead.question_bits(node, 1.0)


def _variance(plan: Plan, node: str, shares: Shares) -> float:
    """Of one answer: that of the derivative of the bits by each option's share."""
    ahead = Prospects(plan.outline, {node: 1.0}, lambda asked: shares if asked == node else None)
    mixed = ahead.below(node)
    slopes: list[tuple[float, float]] = []
    ways = plan.ways(node)
    for option, share in shares.items():
        targets = [way.target for way in ways if way.option == option]
        if share <= 0:
            continue
        below: dict[str, float] = {}
        for target in targets:
            for answer, chance in ahead.below(target).items():
                below[answer] = below.get(answer, 0.0) + chance / len(targets)
        after = sum(entropy(ahead.below(target)) for target in targets) / len(targets)
        surprise = -sum(chance * math.log2(mixed[answer]) for answer, chance in below.items())
        slopes.append((share, surprise - after))
    mean = sum(share * slope for share, slope in slopes)
    return max(0.0, sum(share * slope**2 for share, slope in slopes) - mean**2)
