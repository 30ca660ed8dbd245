"""FloDial's dialogs as single steps with what was right, derived from what each turn is about.

A user's turn at a node is a step: it takes the edge to the node that is asked about next, or, where
the agent explains a FAQ and stays at the node, the user asks back. An agent may also ask about the
next node by a FAQ of it ("Do you know how to measure the voltage?"): then the user's turn before is
an answer as any other, and the one after is left out, because it answers no question of the chart.

A user's first turn is about no node. The chart's questions on the way to the one that the agent
asks first were answered in it unasked.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.cases import CasesError, ReplyInput
from evaluation.public.flodial_folder import DIALOGS, NOWHERE, Chart, FlodialFolder, Turn

Answer = int | Literal["ask", "not answered"]
"""The place of an edge; the user asks back; or nothing that answers the question was said."""


@dataclass(frozen=True)
class Step:
    """One question of a chart, what the user said, and what was made of it."""

    id: str
    chart: str
    node: str
    targets: tuple[str, ...]
    """Where each edge leads."""
    given: ReplyInput
    gold: Answer


@dataclass(frozen=True)
class Dialog:
    """A whole dialog."""

    id: str
    chart: str
    opening: tuple[Step, ...]
    """The questions before the agent's first one, and that one itself, against the first turn."""
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FlodialSteps:
    """All dialogs of a folder."""

    dialogs: tuple[Dialog, ...]
    left_out: Mapping[str, int]
    """Turns that are no step: how many, by why."""


def flodial_steps(folder: FlodialFolder) -> FlodialSteps:
    """The steps of all dialogs. Raises CasesError where there is none."""
    left_out: Counter[str] = Counter()
    dialogs = tuple(
        _Reader(name, chart, turns, left_out).dialog()
        for name, (chart, turns) in folder.dialogs.items()
    )
    if not any(dialog.steps for dialog in dialogs):
        what = "in no dialog a user answers a question of a chart"
        raise CasesError(f"{str(folder.files[0])!r} ({DIALOGS}): {what}")
    return FlodialSteps(dialogs, left_out)


class _Reader:
    """Turns of one dialog -> its steps."""

    def __init__(
        self, name: str, chart: Chart, turns: Sequence[Turn], left_out: Counter[str]
    ) -> None:
        self._name = name
        self._chart = chart
        self._turns = turns
        self._left_out = left_out

    def dialog(self) -> Dialog:
        opening: list[Step] = []
        steps: list[Step] = []
        for place, turn in enumerate(self._turns[:-1]):
            node = turn.node
            if turn.speaker != "user" or self._turns[place + 1].speaker != "agent" or not node:
                continue
            if not turn.utterance.strip():
                self._left_out["turn without words"] += 1
            elif node == NOWHERE:
                opening += self._opening(place, turn.utterance)
            elif step := self._step(place, node, turn.utterance):
                steps.append(step)
        return Dialog(self._name, self._chart.name, tuple(opening), tuple(steps))

    def _asked_next(self, place: int) -> str | None:
        """The node that the agent asks about after the user's turn; None where it explains."""
        if node := self._turns[place + 1].node:
            return node
        # By a FAQ, which does not say of which node it is: the user's next turn does.
        after = self._turns[place + 2].node if place + 2 < len(self._turns) else None
        return None if after == self._turns[place].node else after

    def _step(self, place: int, node: str, said: str) -> Step | None:
        targets = [to for _, to in self._chart.ways(node)]
        to = self._asked_next(place)
        if not targets:
            why = "turn at an answer of the chart, not at a question"
        elif self._is_of_the_agents_own(place):
            why = "answer to a question of the agent's own"
        elif to is None and self._turns[place + 1].is_faq:
            return self._made(str(place), node, said, "ask", is_asked=True)
        elif targets.count(to or "") > 1:
            why = "turn that two edges of its node explain"
        elif to in targets:
            return self._made(str(place), node, said, targets.index(to), is_asked=True)
        else:
            why = "turn that no edge of its node explains"
        self._left_out[why] += 1
        return None

    def _is_of_the_agents_own(self, place: int) -> bool:
        """Whether the agent asks about this node by a FAQ, before and after the user's turn."""
        before = [turn for turn in self._turns[:place] if turn.speaker == "user"]
        return (
            bool(before)
            and before[-1].node != self._turns[place].node
            and self._turns[place - 1].is_faq
            and self._turns[place + 1].is_faq
        )

    def _opening(self, place: int, said: str) -> Iterator[Step]:
        first = self._asked_next(place)
        route = self._chart.route(first) if first else []
        if first is None or not (route or first in self._chart.starts):
            self._left_out["first turn that the chart does not answer"] += 1
            return
        for node, to in route:
            targets = [target for _, target in self._chart.ways(node)]
            if len(targets) > 1:
                yield self._made(f"0/{node}", node, said, targets.index(to), is_asked=False)
        if len(self._chart.ways(first)) > 1:
            yield self._made(f"0/{first}", first, said, "not answered", is_asked=False)

    def _made(self, place: str, node: str, said: str, gold: Answer, *, is_asked: bool) -> Step:
        ways = self._chart.ways(node)
        options = tuple(label for label, _ in ways)
        question = self._chart.nodes[node].utterance
        return Step(
            id=f"{self._name}/{place}",
            chart=self._chart.name,
            node=node,
            targets=tuple(to for _, to in ways),
            given=ReplyInput(question, options, said, None, is_asked),
            gold=gold,
        )
