"""A mother who says what her case says, by rules: no model, no chance.

She answers in her own words. Asked the same again she presses the button; what she does not know
she says she does not know, and of a list she takes what leads to her topic.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from agent.texts import Texts
from evaluation.cases import WalkCase
from evaluation.study.attempt import TokenCount
from tools.tree import Input, Question, Tree, Variable


class Shown(Protocol):
    """What she looks at: a reply of the assistant, or an exchange of the study."""

    @property
    def kind(self) -> str: ...
    @property
    def node(self) -> str | None: ...
    @property
    def options(self) -> Sequence[str]: ...


_WEEK, _MONTH = 7, 30.44
"""Days. Months are said where they are right to the day."""


class SimulatedMother:
    """One mother in one conversation."""

    spent = TokenCount()

    def __init__(
        self, case: WalkCase, tree: Tree, contents: Mapping[str, str], texts: Texts
    ) -> None:
        """`contents` is the area of each topic, both by title; `texts` those of the buttons."""
        self._case = case
        self._tree = tree
        self._texts = texts
        self._answered: set[str] = set()
        hers = {tree.topic_of[node] for node in case.target if node in tree.topic_of}
        self.topics = hers = hers or set(case.topics_gold[:1])
        """Those of her problem."""
        titles = {t.title for t in tree.topics if t.id in hers or hers & set(t.covers)}
        entries = {e.title for e in tree.entries if e.topic in hers or e.node in case.target}
        direct = [e.title for e in tree.entries if e.node in case.target]
        areas = [contents[title] for title in sorted(titles) if title in contents]
        self._wanted = [*direct, *sorted(titles | entries), *areas]
        """Titles that lead to what she needs, the nearest first."""

    def answers(self, reply: Shown) -> str | None:
        """What she says to it; None when the conversation is over."""
        if reply.kind in ("answer", "danger", "notice"):
            return None
        if reply.kind == "check":
            return self._texts("agent.yes" if self._case.must_escalate else "agent.no")
        node = self._tree.by_id.get(reply.node or "")
        if isinstance(node, Question):
            return self._option(node, reply)
        if isinstance(node, Input):
            return self._value(node)
        more = self._texts("agent.more_topics")
        otherwise = more if more in reply.options else self._texts("agent.something_else")
        return self.chosen(reply) or otherwise

    def _option(self, question: Question, reply: Shown) -> str:
        chosen = self._case.answers.get(question.id)
        said = self._case.says.get(question.id)
        label = next((o.label for o in question.options if o.id == chosen), None)
        again = question.id in self._answered
        self._answered.add(question.id)
        if said and not (again and label):
            return said
        if label:
            return label
        # It is not a question that she has: her topic may stand beside its options.
        elsewhere = self.chosen(reply)
        return elsewhere or self._texts("agent.other_topic" if again else "agent.dont_know")

    def _value(self, node: Input) -> str:
        again = node.id in self._answered
        self._answered.add(node.id)
        if (said := self._case.says.get(node.id)) and not again:
            return said
        value = self._case.facts.get(node.variable)
        variable = self._tree.variables[node.variable]
        return self._texts("agent.dont_know") if value is None else self.told(value, variable)

    def told(self, value: float | bool | str, variable: Variable) -> str:
        """A value in her words."""
        if isinstance(value, bool):
            return self._texts("agent.yes" if value else "agent.no")
        if isinstance(value, str):
            return value
        if variable.unit != "days":
            return f"{value:g}".replace(".", ",")
        months = round(value / _MONTH)
        if months >= 3 and round(months * _MONTH) == value:
            return f"{months} meses"
        if value >= 2 * _WEEK and value % _WEEK == 0:
            return f"{value / _WEEK:g} semanas"
        return f"{value:g} días"

    def chosen(self, reply: Shown) -> str | None:
        """Of what is offered, the nearest to what she needs."""
        return next((title for title in self._wanted if title in reply.options), None)
