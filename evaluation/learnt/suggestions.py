"""What could be better in the tree, each with its numbers: tested, and corrected for many looks.

Every rule looks at each question, option or answer that has enough cases and gives it a p. Those of
all rules are corrected together (multiple.py), and only what is still below RATE is suggested:
where nothing is wrong, something is suggested in at most RATE of looks. What differs too little to
matter is left out, however sure it is (LEAST).

It says how mothers behaved and not what is right: an expert decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from evaluation.learnt.figures import AnswerFigures, OptionFigures, QuestionFigures
from evaluation.learnt.multiple import adjusted, binomial_above, fisher_above
from evaluation.learnt.plan import Plan
from evaluation.statistics import Estimate, share_of
from records.learnt.sums import Answers, Switched

RATE = 0.05
"""Share of what is suggested that may be chance."""
LEAST = 0.1
"""Points by which a share must be above what it is compared with."""
FEWEST = 30
"""Cases that a share is made of, in each of the two that are compared."""
FEWEST_RATED = 20
"""Mothers who said whether an answer helped."""
OFTEN = 0.3
"""Share of an option from which splitting it is worth the work."""
SAME = 0.9
"""Share of one option above which a question tells next to nothing."""
FEWEST_SWITCHES = 8
SWITCHES = 0.05
"""Share of the choices of two options that are changes from one to the other."""
CAREFUL = 0.25
"""An answer counts as never reached where even this share of its even chance is not met by luck."""
Rule = Literal["confuses", "abandoned", "same", "split", "switched", "not_helped", "never_reached"]


@dataclass(frozen=True)
class Suggestion:
    """One thing to look at."""

    rule: Rule
    node: str
    """The question or answer."""
    hits: int
    count: int
    """Of so many: what the rule counts."""
    share: Estimate | None
    compared: float | None
    """The share that it is compared with."""
    p: float
    adjusted: float = 1.0
    """p, corrected for all that were looked at."""
    options: tuple[str, ...] = field(default=())
    """Labels of the options that it is about."""
    option_ids: tuple[str, ...] = field(default=())


def suggestions(
    questions: Sequence[QuestionFigures],
    answers: Sequence[AnswerFigures],
    switched: Iterable[Switched],
    reached: Iterable[Answers],
    plan: Plan,
) -> list[Suggestion]:
    """What stands out, the surest first. `reached` are the answers of the plan's version alone."""
    looked = [
        *_stands_out("confuses", {q.node: (q.doubted, q.asked) for q in questions}, FEWEST),
        *_stands_out("abandoned", {q.node: (q.abandoned, q.asked) for q in questions}, FEWEST),
        *_stands_out("not_helped", _unhelped(answers), FEWEST_RATED),
        *(one for q in questions for one in (*_same(q), *_split(q))),
        *_switched(questions, list(switched)),
        *_never_reached(reached, plan),
    ]
    corrected = adjusted([one.p for one in looked])
    told = [replace(one, adjusted=p) for one, p in zip(looked, corrected, strict=True) if p < RATE]
    told = [one for one in told if _matters(one)]
    unhelpful = {one.node for one in told if one.rule == "not_helped"}
    kept = [one for one in told if not _is_explained(one, unhelpful, plan)]
    return sorted(kept, key=lambda one: (one.adjusted, one.node))


def _stands_out(
    rule: Rule, counts: Mapping[str, tuple[int, int]], fewest: int
) -> Iterator[Suggestion]:
    """Each node's share against that of all others together (Fisher)."""
    all_hits, everyone = (sum(pair[place] for pair in counts.values()) for place in (0, 1))
    for node, (hits, count) in counts.items():
        others = everyone - count
        if count < fewest or others < fewest:
            continue
        p = fisher_above(hits, count, all_hits - hits, others)
        compared = (all_hits - hits) / others
        yield Suggestion(rule, node, hits, count, share_of(hits, count), compared, p)


def _unhelped(answers: Sequence[AnswerFigures]) -> dict[str, tuple[int, int]]:
    return {one.node: (one.not_helped, one.helped + one.not_helped) for one in answers}


def _same(question: QuestionFigures) -> Iterator[Suggestion]:
    """One option is chosen nearly always (binomial, against SAME)."""
    total = sum(option.chosen for option in question.options)
    if total < FEWEST or len(question.options) < 2:
        return
    top = max(question.options, key=lambda option: option.chosen)
    p = binomial_above(top.chosen, total, SAME)
    yield _of_options("same", question, (top,), top.chosen, total, SAME, p)


def _split(question: QuestionFigures) -> Iterator[Suggestion]:
    """An option that many choose goes wrong more often than its neighbours (Fisher)."""
    total = sum(option.chosen for option in question.options)
    for option in question.options:
        others = total - option.chosen
        if option.chosen < max(FEWEST, OFTEN * total) or others < FEWEST:
            continue
        troubled = sum(other.troubled for other in question.options) - option.troubled
        p = fisher_above(option.troubled, option.chosen, troubled, others)
        yield _of_options(
            "split", question, (option,), option.troubled, option.chosen, troubled / others, p
        )


def _switched(
    questions: Sequence[QuestionFigures], lines: Sequence[Switched]
) -> Iterator[Suggestion]:
    """Two options between which she changes more often than between others (Fisher)."""
    by_id = {question.node: question for question in questions}
    pairs: dict[tuple[str, frozenset[str]], int] = {}
    for line in lines:
        if line.before != line.after:
            pair = line.node, frozenset((line.before, line.after))
            pairs[pair] = pairs.get(pair, 0) + line.times
    everywhere = sum(option.chosen for question in questions for option in question.options)
    for (node, ids), times in pairs.items():
        both = tuple(option for option in by_id[node].options if option.id in ids)
        chosen = sum(option.chosen for option in both)
        others, other_times = everywhere - chosen, sum(pairs.values()) - times
        if times < FEWEST_SWITCHES or chosen < FEWEST or others < FEWEST or times > chosen:
            continue
        p = fisher_above(times, chosen, other_times, others)
        yield _of_options("switched", by_id[node], both, times, chosen, other_times / others, p)


def _never_reached(reached: Iterable[Answers], plan: Plan) -> Iterator[Suggestion]:
    """Answers that nobody came to, though their topics were gone through often enough.

    Were each way as likely as its neighbours, an answer below a topic's start would be come to with
    probability r; even with a quarter of that it is missed n times with (1 - r/4)^n only.
    """
    by_topic: dict[str, int] = {}
    seen: set[str] = set()
    for line in reached:
        seen.add(line.node)
        if line.topic:
            by_topic[line.topic] = by_topic.get(line.topic, 0) + line.reached
    missed: dict[str, tuple[float, int]] = {}
    for topic, count in by_topic.items():
        if count < FEWEST or topic not in plan.starts:
            continue
        for answer, chance in plan.ahead.below(plan.starts[topic]).items():
            if answer not in seen:
                p, times = missed.get(answer, (1.0, 0))
                missed[answer] = p * (1 - CAREFUL * chance) ** count, times + count
    for answer, (p, count) in missed.items():
        yield Suggestion("never_reached", answer, 0, count, share_of(0, count), None, p)


def _of_options(
    rule: Rule,
    question: QuestionFigures,
    options: tuple[OptionFigures, ...],
    hits: int,
    count: int,
    compared: float,
    p: float,
) -> Suggestion:
    return Suggestion(
        rule=rule,
        node=question.node,
        hits=hits,
        count=count,
        share=share_of(hits, count),
        compared=compared,
        p=p,
        options=tuple(option.label for option in options),
        option_ids=tuple(option.id for option in options),
    )


def _matters(one: Suggestion) -> bool:
    """Whether it differs by enough; what is tested against a bound has its distance in that."""
    value = one.share.value if one.share else 0.0
    if one.rule in ("same", "never_reached"):
        return True
    least = SWITCHES if one.rule == "switched" else LEAST
    return value - (one.compared or 0.0) >= least


def _is_explained(one: Suggestion, unhelpful: set[str], plan: Plan) -> bool:
    """Whether an option goes wrong because of one answer below it, which is told by itself."""
    if one.rule != "split":
        return False
    targets = [way.target for way in plan.ways(one.node) if way.option in one.option_ids]
    below = {answer for target in targets for answer in plan.ahead.below(target)}
    told = below & unhelpful
    return bool(told) and (len(below) == 1 or told != below)
