"""Evidence -> a posterior over the legal moves -> move, ask, offer or explain.

Weights are fitted (agent/evidence/semantic.py, tools/head.py), so that posteriors are
probabilities; the thresholds were chosen on the development sets (docs/benchmarks.md).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.evidence import EvidenceSource
from agent.evidence.outright import may_take
from agent.models.trust import Trust, log_odds_of
from records.events import Choice, Decided, Evidence
from tools.journey import Journey
from tools.locate import Location, Locator
from tools.tree import Question
from tools.view import View
from tools.walk import Choose, Jump, Move

MOVE = 0.8
"""Probability from which an answer to the question at hand is taken as given."""
MOVE_WITHOUT_EXAMPLES = 0.65
"""The same where no option has examples: such posteriors are flatter, and right more often."""
ALREADY_ANSWERED = 0.95
"""The same for a question she has not been asked: a wrong move is worse than a question."""
ALREADY_CLOSE = 0.7
"""And her words must be this close to one of the option's own phrases (cosine)…"""
ALREADY_APART = 0.2
"""…and this much closer than to any other option's."""
ENTER = 0.35
"""Probability from which a topic is entered without asking; others are offered beside it."""
LIKELY = 0.25
"""Probability from which a topic's question may be asked instead of where she belongs."""
ENTER_PLACE = 0.6
"""The same for one of its entry points: else the topic is entered where it starts."""
NOWHERE = 0.5
"""Probability of "none of these" above which she is shown the table of contents."""
UNCLEAR = 0.2
"""Probability that she says too little, above which she is asked to tell more."""
ALSO_OFFERED = 0.1
"""Probability from which another topic is offered beside the question of the one entered."""
OFFERED = 0.04
"""Probability from which an entry point is worth a button."""
ASKED_ELSEWHERE = 0.4
"""Probability of an entry elsewhere from which it is offered beside a question of hers."""
CHANGE_SUBJECT = 0.85
"""Probability of an entry elsewhere from which she is asked whether she changes the subject."""


@dataclass(frozen=True)
class Posterior:
    """Probabilities of a question's options, and where they come from."""

    choices: tuple[Choice, ...]
    """Best first."""
    evidence: tuple[Evidence, ...]

    @property
    def best(self) -> Choice:
        """The most probable option."""
        return self.choices[0]

    def of(self, option: str) -> float:
        """Probability of an option."""
        return next((c.probability or 0.0 for c in self.choices if c.id == option), 0.0)


def move_threshold(question: Question) -> float:
    """Probability from which an option of the question is taken."""
    has_examples = any(option.examples for option in question.options)
    return MOVE if has_examples else MOVE_WITHOUT_EXAMPLES


def weigh(question: Question, text: str, sources: Sequence[EvidenceSource]) -> Posterior:
    """The posterior over a question's options, given her words."""
    evidence = [
        Evidence(source=source.name, scores=scores)
        for source in sources
        if (scores := source.weigh(question, text))
    ]
    return posterior(question, evidence)


def posterior(question: Question, evidence: Sequence[Evidence]) -> Posterior:
    """Add up log-odds and normalise."""
    logits = {
        option.id: sum(item.scores.get(option.id, 0.0) for item in evidence)
        for option in question.options
    }
    probabilities = softmax(logits)
    labels = {option.id: option.label for option in question.options}
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    return Posterior(
        tuple(Choice(id=id_, label=labels[id_], probability=p) for id_, p in ranked),
        tuple(evidence),
    )


def with_model(question: Question, known: Posterior, option: str, log_odds: float) -> Posterior:
    """The posterior after a model has chosen `option`, which counts `log_odds`."""
    chosen = Evidence(source="model", scores={option: log_odds})
    return posterior(question, [*known.evidence, chosen])


def may_answer(closeness: Mapping[str, float]) -> bool:
    """Whether her words come close enough to an option at all; without it nothing is answered."""
    return max(closeness.values()) >= ALREADY_CLOSE


def already_answers(known: Posterior, closeness: Mapping[str, float]) -> bool:
    """Whether her earlier words answer a question that was not asked yet."""
    best = known.best
    others = max(close for option, close in closeness.items() if option != best.id)
    return (
        (best.probability or 0.0) >= ALREADY_ANSWERED
        and closeness[best.id] >= ALREADY_CLOSE
        and closeness[best.id] - others >= ALREADY_APART
    )


def entry_to_enter(location: Location, starts: Mapping[str, str]) -> str | None:
    """The entry point that needs no asking, if there is one.

    When only the topic is sure, that is where the topic starts (`starts`: node by topic).
    """
    best = location.candidates[0]
    if best.probability >= ENTER_PLACE:
        return best.node
    topic, likely = likeliest_topic(location)
    return starts[topic] if likely >= ENTER else None


def likeliest_topic(location: Location) -> tuple[str, float]:
    """The topic whose entries are likeliest together, and how likely."""
    by_topic: dict[str, float] = {}
    for candidate in location.candidates:
        total = by_topic.get(candidate.topic, 0.0) + candidate.probability
        by_topic[candidate.topic] = total
    topic = max(by_topic, key=lambda name: by_topic[name])
    return topic, by_topic[topic]


def entries_to_offer(location: Location, limit: int) -> dict[str, str]:
    """Entry points worth a button: title by node, best first, no title twice."""
    offered: dict[str, str] = {}
    for candidate in location.candidates:
        if candidate.probability >= OFFERED and candidate.title not in offered.values():
            offered[candidate.node] = candidate.title
    return dict(list(offered.items())[:limit])


def judge(
    journey: Journey,
    view: View | None,
    move: Move,
    sources: Sequence[EvidenceSource],
    locator: Locator,
    trust: Trust,
) -> Decided | None:
    """Weigh a move that a model chose; None where nothing needs weighing.

    The choice counts as much as it was measured to deserve, and nothing where nobody measured it.
    The decision's action is "move" when the move may be made, else "ask".
    """
    here = view.position.node if view else None
    match move:
        case Choose(option=option) if view and isinstance(view.node, Question):
            known = weigh(view.node, journey.message, sources)
            known = with_model(view.node, known, option, log_odds_of(trust.options))
            moved = any(step.turn == journey.turn for step in journey.path)
            threshold = ALREADY_ANSWERED if moved else MOVE
            enough = known.of(option) >= threshold and may_take(view.node, option, journey.message)
            choices, evidence = list(known.choices), list(known.evidence)
        case Jump(node=node):
            location = locator.locate(journey.message)
            best = backed(location, {node}, log_odds_of(trust.places))
            choices = [
                Choice(id=c.node, label=c.title, probability=c.probability, topic=c.topic)
                for c in best.candidates
            ]
            enough = choices[0].id == node and best.candidates[0].probability >= ENTER_PLACE
            evidence, threshold = [], ENTER_PLACE
        case _:
            return None
    return Decided(
        node=here,
        action="move" if enough else "ask",
        why="the model chose it",
        evidence=evidence,
        posterior=choices,
        threshold=threshold,
    )


def backed(location: Location, nodes: Collection[str], log_odds: float) -> Location:
    """The location after a model has chosen one of its places, or all those of a topic."""
    factor = math.exp(log_odds)
    weights = [c.probability * (factor if c.node in nodes else 1.0) for c in location.candidates]
    # Nothing is won by what was cut away, so that no log-odds change nothing.
    others = 1.0 - sum(c.probability for c in location.candidates)
    total = sum(weights) + max(others, 0.0)
    candidates = [
        replace(candidate, probability=weight / total)
        for candidate, weight in zip(location.candidates, weights, strict=True)
    ]
    candidates.sort(key=lambda candidate: -candidate.probability)
    return Location(tuple(candidates), location.none_of_these / total, location.unclear / total)


def softmax(logits: Mapping[str, float]) -> dict[str, float]:
    """Probabilities from log-odds."""
    top = max(logits.values())
    weights = {key: math.exp(value - top) for key, value in logits.items()}
    total = sum(weights.values())
    return {key: value / total for key, value in weights.items()}
