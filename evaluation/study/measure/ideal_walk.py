"""The walk that a case asks for: from where it starts to its answer, by what is true of her."""

from collections.abc import Mapping
from functools import cached_property

from evaluation.cases import WalkCase
from tools.conditions import Value
from tools.tree import Advice, Input, Logic, Question, Referral, Tree
from tools.view import LogicStep, Position, View


class IdealWalks:
    """The ideal walks of a tree's cases."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def of(self, case: WalkCase) -> tuple[str, ...] | None:
        """The shown nodes from the start to one of the targets, in order, both with them.

        Every fact that it branches on is asked for on the way. None where the case names no start,
        or where its answers and facts lead to none of its targets.
        """
        if case.start is None or case.start not in self._tree.by_id:
            return None
        place: Position | None = Position(case.start)
        known: dict[str, Value | None] = {}
        walked: list[str] = []
        while place and place.node not in walked:
            walked.append(place.node)
            place = self._next(place, case, known)
        return tuple(walked) if walked[-1] in case.target else None

    def _next(
        self, place: Position, case: WalkCase, known: dict[str, Value | None]
    ) -> Position | None:
        """One step; what an input asks for becomes known."""
        node = self._tree.by_id[place.node]
        if isinstance(node, Advice | Referral | Logic):
            return None
        if isinstance(node, Input):
            value = case.facts.get(node.variable)
            known[node.variable] = None if isinstance(value, str) else value
            onward = place.resume or node.to
        else:
            chosen = case.answers.get(node.id)
            onward = next((option.to for option in node.options if option.id == chosen), None)
        return self._landed(node, onward, known) if onward else None

    def _landed(
        self, node: Question | Input, onward: str, known: Mapping[str, Value | None]
    ) -> Position:
        view = View(Position(node.id), node, None, None, self._logic)
        return view.land(onward, known).position

    @cached_property
    def _logic(self) -> dict[str, LogicStep]:
        inputs = {
            node.variable: node.id
            for node in self._tree.nodes
            if isinstance(node, Input) and node.to is None
        }
        return {
            node.id: LogicStep(
                (*((way.when, way.to) for way in node.branches), (None, node.otherwise)), inputs
            )
            for node in self._tree.nodes
            if isinstance(node, Logic)
        }
