"""Where conversations of an arm go wrong, and which topics are taken for which."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.study.measure.judged import Judged

Death = Literal["gave_up", "wrong", "false_alarm"]
FIRST_MESSAGE = "first_message"
"""A place: before any question, or the entry into the tree."""
NO_IDEAL = "no_ideal"
"""A place: the case tells no ideal walk that could have been left."""
NOWHERE = "nowhere"
"""A destination: no answer at all."""
ALARM = "alarm"
"""A destination: a warning of a danger that there was not."""
SHARED = "shared"
"""A destination: an answer that belongs to no topic."""


@dataclass(frozen=True)
class DeathPlace:
    """A node, or what stands for one, and how conversations ended there."""

    place: str
    times: Mapping[Death, int]

    @property
    def total(self) -> int:
        """Conversations."""
        return sum(self.times.values())


def death_places(talks: Sequence[Judged], most: int) -> list[DeathPlace]:
    """Where she gave up, left the ideal walk for a wrong answer, or was alarmed for nothing."""
    found: dict[str, Counter[Death]] = {}
    for talk in talks:
        if death := _death(talk):
            found.setdefault(_place(talk, death), Counter())[death] += 1
    places = [DeathPlace(place, times) for place, times in found.items()]
    return sorted(places, key=lambda one: (-one.total, one.place))[:most]


def _death(talk: Judged) -> Death | None:
    if talk.alarmed and not talk.case.must_escalate:
        return "false_alarm"
    if talk.right or talk.warned:
        return None
    return "gave_up" if talk.attempt.outcome == "gave_up" else "wrong"


def _place(talk: Judged, death: Death) -> str:
    if death != "wrong":
        return talk.asked[-1].place if talk.asked else FIRST_MESSAGE
    return NO_IDEAL if talk.ideal is None else _last_on(talk, talk.ideal)


def _last_on(talk: Judged, ideal: Sequence[str]) -> str:
    """The last node of the ideal walk before it was left for the first time."""
    last = FIRST_MESSAGE
    for exchange in talk.attempt.exchanges:
        for node in (*exchange.moves, exchange.node):
            if node is None:
                continue
            if node not in ideal:
                return last
            last = node
    return last


@dataclass(frozen=True)
class Confusion:
    """Conversations that belong to one topic and ended in another, or nowhere."""

    belongs: str
    went: str
    """A topic, NOWHERE, ALARM or SHARED."""
    times: int


def confusions(talks: Sequence[Judged]) -> list[Confusion]:
    """Every pair, the commonest first. Dangers that she was warned of are where they belong."""
    found: Counter[tuple[str, str]] = Counter()
    for talk in talks:
        if talk.right or (talk.case.must_escalate and talk.warned) or not talk.case.topics_gold:
            continue
        belongs, went = talk.case.topics_gold[0], _destination(talk)
        if went not in {belongs, *(talk.tree.topic_of.get(node) for node in talk.case.target)}:
            found[belongs, went] += 1
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [Confusion(belongs, went, times) for (belongs, went), times in ranked]


def commonest(times: Sequence[tuple[str, int]], most: int) -> list[str]:
    """The names that come most often in all, each once."""
    totals: Counter[str] = Counter()
    for name, count in times:
        totals[name] += count
    return sorted(totals, key=lambda name: (-totals[name], name))[:most]


def _destination(talk: Judged) -> str:
    if talk.alarmed:
        return ALARM
    node = talk.attempt.final_node
    return talk.tree.topic_of.get(node, SHARED) if node else NOWHERE
