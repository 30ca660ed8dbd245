"""How often the choices of a model are right, on labelled cases: `nodriza bench trust`.

Each case is one call, with the task that a turn would have given. What counts is what the model
chose: no choice is no mistake, and a choice where none is right is one. A call that fails is not
counted at all. No graph is involved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel

from agent.scored import Scored, Task, choices_at, prompt_keys, score
from agent.service import learning, make_encoder
from agent.settings import Settings
from agent.texts import load_texts
from agent.trust import Measured, Trust, trust_key
from agent.understand import BABY_AGE
from evaluation import statistics
from evaluation.cases import MessageCase, ReplyCase
from evaluation.metrics import Row, row
from evaluation.predict_replies import question_in
from evaluation.vocabulary import Vocabulary
from records.events import ModelCalled
from tools.drafts import published
from tools.encoder import Encoder
from tools.errors import ModelUnavailable
from tools.formats.yaml_folder import read_tree
from tools.locate import Locator
from tools.outline import Outline, outline_of
from tools.rows import rows_of
from tools.tree import Question, Tree
from tools.view import Position, View
from tools.words import fold

_MOST_FAILURES = 3
"""Calls in a row that fail before no more are made: something is wrong with the model."""
Advance = Callable[[int, int], None]
"""Is told how many cases are done, and of how many."""


@dataclass
class Answers:
    """What a model answered: for each case whether its choice was right; None for no choice."""

    places: dict[str, bool | None] = field(default_factory=dict)
    options: dict[str, bool | None] = field(default_factory=dict)
    ages: dict[str, bool | None] = field(default_factory=dict)
    calls: list[ModelCalled] = field(default_factory=list)

    @property
    def trust(self) -> Trust:
        """What is kept of it."""
        return Trust(_measured(self.places), _measured(self.options), _measured(self.ages))

    @property
    def failed(self) -> int:
        """Calls without an answer."""
        return sum(call.error is not None for call in self.calls)

    def rows(self) -> list[Row]:
        """The figures, with Wilson's intervals."""
        kinds = [("places", self.places), ("options", self.options), ("ages", self.ages)]
        rows: list[Row] = []
        for name, found in kinds:
            right = statistics.share([hit for hit in found.values() if hit is not None])
            rows += row("right, of what it chose", name, "model", right)
        for name, found in kinds:
            chosen = statistics.share([hit is not None for hit in found.values()])
            rows += row("how often it chooses", name, "model", chosen)
        return rows


class Measuring:
    """What cases are measured against: the published tree of the settings."""

    def __init__(self, settings: Settings, model: BaseChatModel) -> None:
        self.tree = published(read_tree(settings.trees_folder / settings.tree))
        self.vocabulary = Vocabulary(self.tree)
        self._model = model
        encoder = make_encoder(settings)
        self.key = trust_key(self.tree.version, encoder.name, settings.model or "", prompt_keys())
        self._language = load_texts(settings.language)("agent.language")
        self._locator = _locator(self.tree, settings, encoder)
        self._outline = outline_without_graph(self.tree)

    def placed(self, cases: Sequence[ReplyCase]) -> list[ReplyCase]:
        """The replies to questions of the tree."""
        return [case for case in cases if question_in(self.tree, case.given)]

    def run(
        self,
        messages: Sequence[MessageCase],
        replies: Sequence[ReplyCase],
        advance: Advance = lambda _done, _total: None,
    ) -> Answers:
        """Ask about each case. Raises ModelUnavailable when the model keeps failing."""
        answers = Answers()
        total = len(messages) + len(replies)
        advance(0, total)
        for done, message in enumerate(messages, 1):
            if scored := self._ask(self._task_of_message(message), answers):
                answers.places[message.id] = self._is_right_place(scored, message)
                answers.ages[message.id] = _is_right_age(scored, message)
            advance(done, total)
        for done, reply in enumerate(replies, len(messages) + 1):
            question = question_in(self.tree, reply.given)
            assert question is not None
            if scored := self._ask(self._task_of_reply(reply, question), answers):
                answers.options[reply.id] = _is_right_option(scored, reply, question)
            advance(done, total)
        return answers

    def _ask(self, task: Task, answers: Answers) -> Scored | None:
        scored, calls = score(self._model, task)
        answers.calls += calls
        if calls[-1].error is None:
            return scored
        last = answers.calls[-_MOST_FAILURES:]
        if len(last) == _MOST_FAILURES and all(call.error for call in last):
            raise ModelUnavailable(f"the model failed {len(last)} times in a row: {last[-1].error}")
        return None

    def _task_of_message(self, case: MessageCase) -> Task:
        location = self._locator.locate(case.text)
        found = {candidate.node: candidate.title for candidate in location.candidates}
        for candidate in location.candidates:  # as a turn does
            topic = next(topic for topic in self.tree.topics if topic.id == candidate.topic)
            found.setdefault(topic.starts_at, topic.title)
        return self._task(case.text, None, found)

    def _task_of_reply(self, case: ReplyCase, question: Question) -> Task:
        return self._task(case.reply, View(Position(question.id), question, None, None), {})

    def _task(self, text: str, here: View | None, located: dict[str, str]) -> Task:
        return Task(
            message=text,
            position=here.node.text if here else "none yet",
            choices=choices_at(here, located, self._outline),
            variables=self.tree.variables,
            language=self._language,
        )

    def _is_right_place(self, scored: Scored, case: MessageCase) -> bool | None:
        if not scored.path:
            return None
        topics = {entry.node: entry.topic for entry in self.tree.entries}
        right = self.vocabulary.accepts((case.topic, *case.topic_also))
        return not right.isdisjoint(self.vocabulary.of(topics[scored.path[0]]))


def _is_right_age(scored: Scored, case: MessageCase) -> bool | None:
    """Its value is what its quote says; the quote must be about the baby's age."""
    if BABY_AGE not in scored.facts:
        return None
    quote, age = fold(scored.facts[BABY_AGE][1]), fold(case.baby_age or "")
    return bool(age) and (quote in age or age in quote)


def _is_right_option(scored: Scored, case: ReplyCase, question: Question) -> bool | None:
    chosen = next(
        (o for n, _, o in (i.partition("/") for i in scored.path) if n == question.id), None
    )
    if chosen is None:
        return None
    golds = (case.gold, *case.gold_also)
    return chosen in {question.options[gold].id for gold in golds if isinstance(gold, int)}


def _measured(found: dict[str, bool | None]) -> Measured:
    choices = [hit for hit in found.values() if hit is not None]
    return Measured(sum(choices), len(choices))


def _locator(tree: Tree, settings: Settings, encoder: Encoder) -> Locator:
    known = learning(settings)
    return Locator(tree.entries, tree.language, encoder, known.samples, known.classifiers)


def outline_without_graph(tree: Tree) -> Outline:
    """The outline that the graph would give."""
    return outline_of(_ways(tree))


def _ways(tree: Tree) -> Iterator[dict[str, object]]:
    """The rows that outline.cypher would find."""
    rows = dict(rows_of(tree))
    for step in (*rows["create_options"], *rows["create_branches"]):
        origin, target = tree.by_id[step["origin"]], tree.by_id[step["target"]]
        properties = step["properties"]
        yield {
            "origin": origin.id,
            "kind": origin.kind,
            "text": getattr(origin, "text", None),
            "topic": tree.topic_of.get(origin.id),
            "option": properties.get("id"),
            "label": properties.get("label"),
            "examples": properties.get("examples"),
            "position": properties["position"],
            "target": target.id,
            "title": getattr(target, "title", None),
        }
