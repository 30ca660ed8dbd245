"""A scripted mother: messages for a tree's questions, drawn by a seeded generator.

She opens with a way of saying it that the tree knows, often with her baby's age before it, and
answers questions with an option's label or one of its examples.
"""

import random

from records.events import Replied
from tools.tree import Question, Tree, Variable

LONGEST = 8
"""Messages of one conversation."""


class Mother:
    """Says what a conversation needs next."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self._tree = tree
        self._rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._openings = [text for entry in tree.entries for text in entry.examples]

    def opens(self) -> str:
        """The first message of a conversation."""
        said = self._rng.choice(self._openings)
        if self._rng.random() < 0.5:
            return said
        return f"mi bebé tiene {self._rng.randint(2, 20)} semanas y {said}"

    def answers(self, reply: Replied) -> str | None:
        """What she says to a reply; None when she has her answer."""
        match reply.kind:
            case "answer" | "danger":
                return None
            case "question" if isinstance(node := self._node(reply), Question):
                option = self._rng.choice(node.options)
                return self._rng.choice([option.label, *option.examples])
            case "input":
                return self._value(self._tree.variables[self._variable(reply)])
            case _:
                return self._rng.choice(reply.options or self._openings)

    def _node(self, reply: Replied) -> object:
        return self._tree.by_id[reply.node] if reply.node else None

    def _variable(self, reply: Replied) -> str:
        node = self._node(reply)
        return str(getattr(node, "variable", ""))

    def _value(self, variable: Variable) -> str:
        if variable.type == "boolean":
            return self._rng.choice(["sí", "no"])
        match variable.unit:
            case "days":
                return f"{self._rng.randint(2, 20)} semanas"
            case "°C":
                return self._rng.choice(["36,8", "37,2"])
            case _:
                low, high = int(variable.min or 0), int(variable.max or 10)
                return str(self._rng.randint(low, high))
