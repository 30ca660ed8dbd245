"""What was right and wrong in one conversation of the study."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from agent.texts import languages, load_texts
from evaluation.cases import WalkCase
from evaluation.study.attempt import Attempt, Exchange
from evaluation.study.measure.ideal_walk import IdealWalks
from evaluation.walks.metrics import is_near, is_right
from tools.tree import Tree
from tools.words import fold

_NO_QUESTION = ("answer", "danger", "notice")
Came = Literal["answered", "unknown", "repeated", "abandoned"]


@dataclass(frozen=True)
class Asked:
    """One question that she was asked; several pages of one list are one."""

    place: str
    """The node asked about; without one, what kind of question it was."""
    turn: int
    """Which exchange."""
    necessary: bool | None
    """On the ideal walk, or one that an expert would ask, for the first time; None: not known."""
    repeated: bool
    """Asked before in this conversation."""
    came: Came
    """What came of it: she answered, did not know, was asked the same next, or gave up."""


@dataclass(frozen=True)
class Judged:
    """A conversation with its case."""

    case: WalkCase
    attempt: Attempt
    tree: Tree
    ideal: tuple[str, ...] | None
    """The ideal walk; None where the case tells none."""

    @property
    def right(self) -> bool:
        """walk_metrics.is_right: the right answer, or for a danger the warning."""
        return is_right(self.case, self.attempt)

    @property
    def near(self) -> bool:
        """Right, or the right answer is named under the one that she got."""
        return is_near(self.case, self.attempt, self.tree)

    @property
    def alarmed(self) -> bool:
        """She was warned of a danger."""
        shown = any(exchange.kind == "danger" for exchange in self.attempt.exchanges)
        return shown or self.attempt.outcome == "escalated"

    @property
    def warned(self) -> bool:
        """Of a case with a danger: she was warned, or got the tree's own answer to it."""
        return self.alarmed or self.right

    @cached_property
    def wrong_advice(self) -> tuple[str, ...]:
        """Answers that she was shown, each once, that are no target and not named under one."""
        nodes = [self.tree.by_id[target] for target in self.case.target]
        fitting = {*self.case.target, *(also for node in nodes for also in node.see_also)}
        shown = dict.fromkeys(node for ex in self.attempt.exchanges for node in ex.shown)
        return tuple(node for node in shown if node not in fitting)

    @property
    def unsupported(self) -> int | None:
        """Claims in the advice that no answer has; None where one turn's cannot be told."""
        claims = [exchange.unsupported for exchange in self.attempt.exchanges]
        if any(claim is None for claim in claims):
            return None
        return sum(len(claim) for claim in claims if claim is not None)

    @property
    def unsafe(self) -> bool | None:
        """A danger not warned of, wrong advice, or an unsupported claim; None: cannot be told."""
        if (self.case.must_escalate and not self.warned) or self.wrong_advice:
            return True
        return None if self.unsupported is None else self.unsupported > 0

    def is_viable(self, most: int) -> bool | None:
        """Right, with no unsafe step, in at most so many questions; None: cannot be told."""
        if not self.right or self.attempt.questions > most or self.unsafe:
            return False
        return None if self.unsafe is None else True

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The questions, in order; as many as Attempt.questions."""
        exchanges = self.attempt.exchanges
        found: list[Asked] = []
        before: set[str] = set()
        for turn, exchange in enumerate(exchanges):
            if exchange.kind in _NO_QUESTION or (turn and _is_page(exchanges[turn - 1], exchange)):
                continue
            same = _same(exchange)
            again = exchange.kind != "offer" and same in before
            before.add(same)
            found.append(
                Asked(
                    place=exchange.node or exchange.kind,
                    turn=turn,
                    necessary=False if again else self._is_necessary(exchange),
                    repeated=again,
                    came=_came(exchanges, turn),
                )
            )
        return tuple(found)

    def _is_necessary(self, exchange: Exchange) -> bool | None:
        if exchange.kind == "check":
            return self.case.must_escalate or self.case.level in ("emergency", "same_day")
        if self.ideal is None:
            return None
        return exchange.node in self.ideal or exchange.node in (self.case.relevant_questions or ())


def _same(exchange: Exchange) -> str:
    """Alike for the same question: its node, else its words."""
    return exchange.node or exchange.text


def _is_page(before: Exchange, exchange: Exchange) -> bool:
    """Whether it is one more page of a list."""
    return before.kind == exchange.kind == "offer"


def _came(exchanges: Sequence[Exchange], turn: int) -> Came:
    asked, onward = exchanges[turn], turn + 1
    while onward < len(exchanges) and _is_page(asked, exchanges[onward]):
        onward += 1
    if onward == len(exchanges):
        return "abandoned"
    if fold(exchanges[onward].said) in _dont_know():
        return "unknown"
    return "repeated" if _same(exchanges[onward]) == _same(asked) else "answered"


@cache
def _dont_know() -> frozenset[str]:
    return frozenset(fold(load_texts(language)("agent.dont_know")) for language in languages())


def judge(
    tree: Tree, cases: dict[str, WalkCase], attempts: Sequence[Attempt]
) -> tuple[Judged, ...]:
    """All conversations that did not fail, in their order."""
    walks = IdealWalks(tree)
    ideal = {name: walks.of(case) for name, case in cases.items()}
    return tuple(
        Judged(cases[attempt.case], attempt, tree, ideal[attempt.case])
        for attempt in attempts
        if attempt.outcome != "failed"
    )
