"""Whole conversations with the menu and with her own words: how many questions until an answer?

The same mothers talk to both navigators. Each begins with a labelled message, has a topic in mind
and answers every question of the tree in the same way, drawn by a seeded generator. With the menu
she finds her topic in the table of contents, which counts as one question however many pages
she looks at; everything else that she is asked counts as one.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agent.assistant import Assistant
from agent.settings import Navigator, Settings
from evaluation import statistics
from evaluation.cases import MessageCase
from evaluation.measurement import Progress
from evaluation.metrics import Row, row
from evaluation.speed.bench_house import open_apart
from evaluation.vocabulary import Vocabulary
from records.events import Event, Moved, Replied
from tools.tree import Option, Question, Tree, Variable

LONGEST = 30
"""Messages after which a conversation counts as unresolved."""


@dataclass(frozen=True)
class Walk:
    """How a conversation went."""

    questions: int
    """That she was asked; choosing a topic from a list counts as one."""
    resolved: bool
    """An answer was reached."""
    right: bool
    """An answer of the topic that she has in mind was reached."""
    illegal: int
    """Moves along what is no option of the place left."""


class Goal:
    """What a mother has in mind, and how she answers."""

    def __init__(
        self,
        case: MessageCase,
        tree: Tree,
        vocabulary: Vocabulary,
        seed: int,
        *,
        own_words: bool = False,
    ) -> None:
        """`own_words`: she says one of an option's examples instead of pressing its button.

        Raises ValueError where the tree has no topic for the case.
        """
        self._tree = tree
        self._own_words = own_words
        self._key = f"{seed} {case.id}"
        right = vocabulary.accepts((case.topic, *case.topic_also))
        self.topics = {t.id for t in tree.topics if right & set(vocabulary.of(t.id))}
        if not self.topics:
            raise ValueError(f"no topic of the tree is {case.topic!r}")

    def answer(self, reply: Replied, contents: dict[str, str]) -> str | None:
        """What she says; None when she has an answer. `contents` is the topic's area by title."""
        node = self._tree.by_id.get(reply.node or "")
        if reply.kind in ("answer", "danger", "notice"):
            return None
        if reply.kind == "check":
            return "no"
        if reply.kind == "input":
            name = str(getattr(node, "variable", ""))
            return self._value(name, self._tree.variables[name])
        if reply.kind == "question" and isinstance(node, Question):
            return self._said(self.option(node))
        return self._chosen(reply, contents)

    def option(self, question: Question) -> Option:
        """What she means at a question."""
        return self._drawn(question.id).choice(question.options)

    def _said(self, option: Option) -> str:
        if not self._own_words:
            return option.label
        return self._drawn(f"words of {option.id}").choice(option.examples or (option.label,))

    def _chosen(self, reply: Replied, contents: dict[str, str]) -> str:
        """Of what is offered: her topic, else its area, else the way to what is not shown."""
        titles = {t.title for t in self._tree.topics if t.id in self.topics}
        titles |= {e.title for e in self._tree.entries if e.topic in self.topics}
        for wanted in (titles, {contents[title] for title in titles & contents.keys()}):
            if found := [option for option in reply.options if option in wanted]:
                return found[0]
        return reply.options[-1] if reply.options else "no sé"

    def _value(self, name: str, variable: Variable) -> str:
        drawn = self._drawn(name)
        if variable.type == "boolean":
            return drawn.choice(["sí", "no"])
        if variable.unit == "days":
            return f"{drawn.randint(3, 20)} semanas"
        if variable.unit == "°C":
            return drawn.choice(["36,8", "37,2"])
        return str(drawn.randint(int(variable.min or 0), int(variable.max or 10)))

    def _drawn(self, what: str) -> random.Random:
        """The same for the same question, in whatever order the questions come."""
        return random.Random(f"{self._key} {what}")  # noqa: S311 - reproducible, not secret


@contextmanager
def walker(
    settings: Settings, tree: Tree, vocabulary: Vocabulary, seed: int, say: Progress
) -> Iterator[Callable[[MessageCase, Navigator], Walk]]:
    """A house of its own, and what lets a mother talk to one navigator of it."""
    with open_apart(settings, say) as bench:
        navigators: tuple[Navigator, ...] = ("menu", "semantic")
        houses = {name: replace(bench.house, navigator=name) for name in navigators}
        assistants = {name: Assistant(house) for name, house in houses.items()}
        contents = bench.contents

        def walk(case: MessageCase, navigator: Navigator) -> Walk:
            goal = Goal(case, tree, vocabulary, seed)
            return _walk(case, goal, assistants[navigator], bench.tree, contents)

        try:
            yield walk
        finally:
            for assistant in assistants.values():
                assistant.close()


def _walk(
    case: MessageCase, goal: Goal, assistant: Assistant, tree: Tree, contents: dict[str, str]
) -> Walk:
    thread, words = uuid.uuid4().hex, case.text
    questions, illegal = 0, 0
    in_contents = False
    for number in range(LONGEST):
        events = list(assistant.reply(thread, f"m{number}", words))
        illegal += illegal_moves(events, tree)
        reply = events[-1]
        assert isinstance(reply, Replied)
        said = goal.answer(reply, contents)
        if said is None:
            answered = reply.kind == "answer"
            right = answered and tree.topic_of.get(reply.node or "") in goal.topics
            return Walk(questions, answered, right, illegal)
        chooses = reply.kind == "offer"
        questions += not (chooses and in_contents)
        in_contents = chooses
        words = said
    return Walk(questions, resolved=False, right=False, illegal=illegal)


def illegal_moves(events: Sequence[Event], tree: Tree) -> int:
    """How many moves went where nothing in the tree leads."""
    moves = [event for event in events if isinstance(event, Moved)]
    return sum(_is_illegal(moved, tree) for moved in moves if moved.kind not in ("back", "restart"))


def _is_illegal(moved: Moved, tree: Tree) -> bool:
    here = tree.by_id.get(moved.origin or "")
    if moved.kind == "choose":
        return not isinstance(here, Question) or moved.move not in [o.id for o in here.options]
    return moved.target not in tree.by_id


def walk_rows(pairs: Sequence[tuple[Walk, Walk]], seed: int) -> list[Row]:
    """Figures of (menu, semantic) walks of the same mothers."""
    part, ours = "whole conversations", "semantic"
    both = [(menu, own) for menu, own in pairs if menu.resolved and own.resolved]
    rows = [
        *row(part, "resolved", "menu", statistics.share([menu.resolved for menu, _ in pairs])),
        *row(part, "resolved", ours, statistics.share([own.resolved for _, own in pairs])),
        *row(part, "right topic reached", "menu", statistics.share([m.right for m, _ in pairs])),
        *row(part, "right topic reached", ours, statistics.share([own.right for _, own in pairs])),
        *row(
            part,
            "right topic reached, less the menu's",
            ours,
            statistics.mean([float(own.right) - menu.right for menu, own in pairs], seed),
        ),
        *row(
            part,
            "questions, of the menu's",
            ours,
            statistics.ratio(
                [float(own.questions) for _, own in both],
                [float(menu.questions) for menu, _ in both],
                seed,
            ),
        ),
        *row(
            part,
            "illegal moves",
            ours,
            statistics.mean([float(own.illegal) for _, own in pairs], seed),
        ),
    ]
    for name, place in (("menu", 0), (ours, 1)):
        asked = [float(pair[place].questions) for pair in both]
        rows += row(part, "questions until an answer", name, statistics.mean(asked, seed))
    return rows
