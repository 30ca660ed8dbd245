"""What a model must read and write until a mother has her answer, in three ways of using it:

    scored        the navigator with one structured call a message
    tools         the navigator whose model calls the graph tools
    stock agent   LangChain's agent with the same tools (stock_agent.py)

The same mothers talk to all three: each begins with a labelled message, has a topic in mind and
answers every question of the tree in the same way (walks.Goal). A conversation is resolved when an
answer of the tree is reached, and right when it is one of her topic.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from langchain_core.language_models import BaseChatModel

from agent.assistant import Assistant
from agent.models.providers import NamedModel
from agent.models.trust import Measured, Trust
from agent.service import measured_trust
from agent.settings import Navigator, Settings
from evaluation import statistics
from evaluation.cases import MessageCase
from evaluation.measurement import Progress
from evaluation.metrics import Row, row
from evaluation.speed.bench_house import Bench, open_apart
from evaluation.vocabulary import Vocabulary
from evaluation.walks.against_menu import Goal
from evaluation.walks.perfect_model import Meaning, PerfectModel, Tokenizer
from evaluation.walks.spending import Spent, spent_in
from evaluation.walks.stock_agent import stock_agent
from records.events import Replied
from tools.tree import Question

STOCK = "stock agent"
NAVIGATORS: tuple[Navigator, ...] = ("scored", "tools")
METHODS = (*NAVIGATORS, STOCK)
_NEVER_WRONG = Measured(10**6, 10**6)
"""What a perfect model would be measured to be."""
Reply = Callable[[str], tuple[Replied, Spent]]
"""One conversation: from what she says to what she sees then, and what that took of the model."""


@dataclass(frozen=True)
class Talked:
    """How a conversation went."""

    spent: Spent
    resolved: bool
    right: bool


@dataclass(frozen=True)
class Mothers:
    """How they talk."""

    seed: int
    own_words: bool
    """They answer questions in words of their own, instead of pressing buttons."""
    patience: int
    """Messages after which a conversation counts as unresolved."""


class Comparison:
    """The three ways, ready to be talked to."""

    def __init__(
        self, bench: Bench, ways: Mapping[str, Callable[[], Reply]], mothers: Mothers
    ) -> None:
        self._tree = bench.tree
        self._vocabulary = Vocabulary(bench.tree)
        self._ways = ways
        self._mothers = mothers
        self._contents = bench.contents
        self.perfect: tuple[PerfectModel, ...] = ()
        """They are told what she means."""

    def talk(self, case: MessageCase) -> dict[str, Talked]:
        """One mother, by the way in which she was answered."""
        return {name: self._talk(case, begin()) for name, begin in self._ways.items()}

    def _talk(self, case: MessageCase, reply_to: Reply) -> Talked:
        goal = Goal(
            case,
            self._tree,
            self._vocabulary,
            self._mothers.seed,
            own_words=self._mothers.own_words,
        )
        for model in self.perfect:
            model.begin()
        words, spent = case.text, Spent()
        self._tell(goal, words, None)
        for _ in range(self._mothers.patience):
            reply, took = reply_to(words)
            spent += took
            said = goal.answer(reply, self._contents)
            if said is None:
                answered = reply.kind == "answer"
                right = answered and self._tree.topic_of.get(reply.node or "") in goal.topics
                return Talked(spent, answered, right)
            words = said
            if reply.kind != "check":  # once that is answered, what she said before goes on
                self._tell(goal, words, self._tree.by_id.get(reply.node or ""))
        return Talked(spent, resolved=False, right=False)

    def _tell(self, goal: Goal, words: str, answering: object) -> None:
        asked = answering if isinstance(answering, Question) else None
        option = goal.option(asked).id if asked else None
        meaning = Meaning(frozenset(goal.topics), words, asked.id if asked else None, option)
        for model in self.perfect:
            model.hear(meaning)


@contextmanager
def compare(
    settings: Settings, model: BaseChatModel, mothers: Mothers, say: Progress
) -> Iterator[Comparison]:
    """The three ways with the model of the settings, in a house of their own."""
    assert settings.model is not None
    with open_apart(settings, say) as bench:
        version = _published_version(settings)

        def trust_of(navigator: Navigator) -> Trust:
            return measured_trust(settings, navigator, version, settings.model or "")

        with _navigating(bench, settings.model, model, trust_of) as ways:
            ways[STOCK] = _stock(bench, model)
            yield Comparison(bench, ways, mothers)


@contextmanager
def compare_perfect(
    settings: Settings, tokens: Tokenizer, mothers: Mothers, say: Progress
) -> Iterator[Comparison]:
    """The three ways with a model that always chooses right, which no model is."""
    with open_apart(settings, say) as bench:
        led = PerfectModel(bench.tree, tokens)
        talking = PerfectModel(bench.tree, tokens, talks=True)
        trust = Trust(_NEVER_WRONG, _NEVER_WRONG, _NEVER_WRONG)
        with _navigating(bench, "scripted:perfect", led, lambda _: trust) as ways:
            ways[STOCK] = _stock(bench, talking)
            comparison = Comparison(bench, ways, mothers)
            comparison.perfect = (led, talking)
            yield comparison


@contextmanager
def _navigating(
    bench: Bench, name: str, model: BaseChatModel, trust_of: Callable[[Navigator], Trust]
) -> Iterator[dict[str, Callable[[], Reply]]]:
    """Conversations with the navigators that a model leads."""
    assistants: dict[Navigator, Assistant] = {}
    for navigator in NAVIGATORS:
        house = replace(
            bench.house,
            navigator=navigator,
            models=(NamedModel(name, model),),
            trust_of=partial(_always, trust_of(navigator)),
        )
        assistants[navigator] = Assistant(house)
    try:
        yield {navigator: _beginner(assistant) for navigator, assistant in assistants.items()}
    finally:
        for assistant in assistants.values():
            assistant.close()


def _always(trust: Trust, _navigator: Navigator, _version: str, _model: str) -> Trust:
    return trust


def _beginner(assistant: Assistant) -> Callable[[], Reply]:
    def begin() -> Reply:
        thread = uuid.uuid4().hex

        def reply(said: str) -> tuple[Replied, Spent]:
            events = list(assistant.reply(thread, uuid.uuid4().hex, said))
            replied = events[-1]
            assert isinstance(replied, Replied)
            return replied, spent_in(events)

        return reply

    return begin


def _stock(bench: Bench, model: BaseChatModel) -> Callable[[], Reply]:
    agent = stock_agent(bench, model)

    def begin() -> Reply:
        talk = agent.talk()

        def reply(said: str) -> tuple[Replied, Spent]:
            turn = talk(said)
            return turn.reply, turn.spent

        return reply

    return begin


def _published_version(settings: Settings) -> str:
    """The version of the tree that `nodriza bench trust` measures on."""
    from tools.drafts import published
    from tools.formats.yaml_folder import read_tree

    return published(read_tree(settings.trees_folder / settings.tree)).version


def token_rows(talks: Sequence[Mapping[str, Talked]], seed: int) -> list[Row]:
    """The figures: for each conversation, for each resolved one, and against the stock agent."""
    rows: list[Row] = []
    for method in METHODS:
        own = [talked[method] for talked in talks]
        rows += row("outcome", "resolved", method, statistics.share([t.resolved for t in own]))
        rows += row("outcome", "right topic", method, statistics.share([t.right for t in own]))
        failed = [float(t.spent.failed) for t in own]
        rows += row("outcome", "calls or turns that failed", method, statistics.mean(failed, seed))
    for part in ("per conversation", "per resolved conversation"):
        for name, figure in _FIGURES.items():
            for method in METHODS:
                own = [talked[method] for talked in talks]
                spent = [float(figure(t.spent)) for t in own]
                # What was spent in vain counts too: all tokens, over the resolved ones.
                over = [float(t.resolved) if "resolved" in part else 1.0 for t in own]
                rows += row(part, name, method, statistics.ratio(spent, over, seed))
    for method in NAVIGATORS:
        both = [t for t in talks if t[method].resolved and t[STOCK].resolved]
        for name, figure in _FIGURES.items():
            ours = [float(figure(t[method].spent)) for t in both]
            theirs = [float(figure(t[STOCK].spent)) for t in both]
            ratio = statistics.ratio(ours, theirs, seed)
            rows += row("share of the stock agent's, where both resolve", name, method, ratio)
    return rows


_FIGURES: dict[str, Callable[[Spent], int]] = {
    "calls": lambda spent: spent.calls,
    "tokens read": lambda spent: spent.read,
    "tokens read, not cached": lambda spent: spent.read - spent.cached,
    "tokens written": lambda spent: spent.written,
}
