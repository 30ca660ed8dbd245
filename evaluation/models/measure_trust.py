"""How often the choices of a model are right, on labelled cases: `nodriza bench trust`.

The model is asked as a turn of the settings' navigator would ask it: by one call with a schema
(`scored`), or by letting it call tools until one of them goes somewhere (`tools`). What counts is
what it chose: no choice is no mistake, and a choice where none is right is one. A case whose call
fails is not counted at all. No graph is involved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel

from agent.models.trust import Measured, Trust, trust_key
from agent.navigators import consult, scored
from agent.navigators.scored import Scored, Task, choices_at, score
from agent.service import learning, make_encoder
from agent.settings import Settings
from agent.texts import load_texts
from agent.understanding.understand import BABY_AGE
from evaluation import statistics
from evaluation.cases import MessageCase, ReplyCase
from evaluation.metrics import Row, row
from evaluation.models.measure_calls import first_choice
from evaluation.texts.predict_replies import question_in
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
        self._calls_tools = settings.chosen_navigator == "tools"
        prompts = (consult if self._calls_tools else scored).prompt_keys()
        self.key = trust_key(self.tree.version, encoder.name, settings.model or "", prompts)
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
            self._measure_message(message, answers)
            advance(done, total)
        for done, reply in enumerate(replies, len(messages) + 1):
            self._measure_reply(reply, answers)
            advance(done, total)
        return answers

    def _measure_message(self, case: MessageCase, answers: Answers) -> None:
        if self._calls_tools:
            node, called = self._first_choice(case.text, None, answers)
            if called:
                answers.places[case.id] = self._is_right_place(node, case)
        elif found := self._ask(self._task_of_message(case), answers):
            node = found.path[0] if found.path else None
            answers.places[case.id] = self._is_right_place(node, case)
            answers.ages[case.id] = _is_right_age(found, case)

    def _measure_reply(self, case: ReplyCase, answers: Answers) -> None:
        question = question_in(self.tree, case.given)
        assert question is not None
        if self._calls_tools:
            option, called = self._first_choice(case.reply, _seen(question), answers)
            if called:
                answers.options[case.id] = _is_right_option(option, case, question)
        elif found := self._ask(self._task_of_reply(case, question), answers):
            option = _option_at(question, found)
            answers.options[case.id] = _is_right_option(option, case, question)

    def _ask(self, task: Task, answers: Answers) -> Scored | None:
        found, calls = score(self._model, task)
        return found if self._noted(calls, answers) else None

    def _first_choice(
        self, text: str, view: View | None, answers: Answers
    ) -> tuple[str | None, bool]:
        """What it goes to, and whether it answered at all."""
        chosen, made = first_choice(self._model, text, view, self._locator, self._language)
        return chosen, self._noted(made, answers)

    def _noted(self, made: Sequence[ModelCalled], answers: Answers) -> bool:
        """Whether it answered in the end. Raises ModelUnavailable when it keeps failing."""
        answers.calls.extend(made)
        last = answers.calls[-_MOST_FAILURES:]
        if len(last) == _MOST_FAILURES and all(call.error for call in last):
            why = last[-1].error
            raise ModelUnavailable(f"the model failed {len(last)} times in a row: {why}")
        return made[-1].error is None

    def _task_of_message(self, case: MessageCase) -> Task:
        location = self._locator.locate(case.text)
        found = {candidate.node: candidate.title for candidate in location.candidates}
        for candidate in location.candidates:  # as a turn does
            topic = next(topic for topic in self.tree.topics if topic.id == candidate.topic)
            found.setdefault(topic.starts_at, topic.title)
        return self._task(case.text, None, found)

    def _task_of_reply(self, case: ReplyCase, question: Question) -> Task:
        return self._task(case.reply, _seen(question), {})

    def _task(self, text: str, here: View | None, located: dict[str, str]) -> Task:
        return Task(
            message=text,
            position=here.node.text if here else "none yet",
            choices=choices_at(here, located, self._outline),
            variables=self.tree.variables,
            language=self._language,
        )

    def _is_right_place(self, node: str | None, case: MessageCase) -> bool | None:
        topics = {entry.node: entry.topic for entry in self.tree.entries}
        if node not in topics:
            return None  # no place, or one that is not there: it cannot be entered
        right = self.vocabulary.accepts((case.topic, *case.topic_also))
        return not right.isdisjoint(self.vocabulary.of(topics[node]))


def _seen(question: Question) -> View:
    return View(Position(question.id), question, None, None)


def _option_at(question: Question, found: Scored) -> str | None:
    ids = (item.partition("/") for item in found.path)
    return next((option for node, _, option in ids if node == question.id), None)


def _is_right_age(found: Scored, case: MessageCase) -> bool | None:
    """Its value is what its quote says; the quote must be about the baby's age."""
    if BABY_AGE not in found.facts:
        return None
    quote, age = fold(found.facts[BABY_AGE][1]), fold(case.baby_age or "")
    return bool(age) and (quote in age or age in quote)


def _is_right_option(chosen: str | None, case: ReplyCase, question: Question) -> bool | None:
    if chosen not in {option.id for option in question.options}:
        return None
    golds = (case.gold, *case.gold_also)
    return chosen in {question.options[gold].id for gold in golds if isinstance(gold, int)}


def _measured(found: dict[str, bool | None]) -> Measured:
    choices = [hit for hit in found.values() if hit is not None]
    return Measured(sum(choices), len(choices))


def _locator(tree: Tree, settings: Settings, encoder: Encoder) -> Locator:
    known = learning(settings)
    return Locator(tree.entries, tree.language, encoder, known.samples, known.shelf)


def outline_without_graph(tree: Tree) -> Outline:
    """The outline that the graph would give."""
    return outline_of(_ways(tree))


def _ways(tree: Tree) -> Iterator[dict[str, object]]:
    """The rows that outline.cypher would find."""
    rows = dict(rows_of(tree))
    ways = {"create_options": "OPTION", "create_branches": "BRANCH", "create_needs": "NEEDS"}
    for way, step in ((way, step) for name, way in ways.items() for step in rows[name]):
        origin, target = tree.by_id[step["origin"]], tree.by_id[step["target"]]
        properties = step["properties"]
        yield {
            "way": way,
            "variable": properties.get("variable") or getattr(origin, "variable", None),
            "origin": origin.id,
            "kind": origin.kind,
            "text": getattr(origin, "text", None),
            "topic": tree.topic_of.get(origin.id),
            "option": properties.get("id"),
            "label": properties.get("label"),
            "examples": properties.get("examples"),
            "position": properties.get("position"),
            "condition": properties.get("condition"),
            "target": target.id,
            "title": getattr(target, "title", None),
        }
