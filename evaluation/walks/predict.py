"""Whole conversations of simulated mothers with the assistant, as they would have them."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.assistant import Assistant
from agent.models.providers import make_models
from agent.service import measured_trust
from agent.settings import Settings
from evaluation.cases import WalkCase
from evaluation.measurement import Progress
from evaluation.results import WalkPrediction
from evaluation.speed.bench_house import Bench, open_apart
from evaluation.walks.against_menu import LONGEST, illegal_moves
from evaluation.walks.patience import OVER, Patience
from evaluation.walks.simulated_mother import SimulatedMother
from evaluation.walks.spending import Spent, spent_in
from records.events import Event, Failed, Moved, Replied
from tools.drafts import published
from tools.tree import Tree

_Outcome = Literal["resolved", "escalated", "gave_up", "failed"]


@contextmanager
def walk_predictor(
    settings: Settings, tree: Tree, record: str, say: Progress
) -> Iterator[Callable[[WalkCase], WalkPrediction]]:
    """A house of its own, with the navigator and the models of the settings.

    `tree` is the settings' one. The conversations are kept in the database at the URL `record`.
    """
    with open_apart(settings, say, record) as bench:
        version = published(tree).version
        house = replace(
            bench.house,
            navigator=settings.chosen_navigator,
            models=make_models(settings),
            # Trust is measured on the tree as it is published, not on the benchmark's copy.
            trust_of=lambda navigator, _version, model: measured_trust(
                settings, navigator, version, model
            ),
        )
        assistant = Assistant(house)

        def predict(case: WalkCase) -> WalkPrediction:
            mother = SimulatedMother(case, bench.tree, bench.contents, house.texts)
            return _Talk(bench, assistant, mother).over(case.first_message)

        try:
            yield predict
        finally:
            assistant.close()


@dataclass
class _Talk:
    """One conversation, and what is counted in it."""

    bench: Bench
    assistant: Assistant
    mother: SimulatedMother
    thread: str = field(default_factory=lambda: uuid.uuid4().hex)
    path: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    ms: float = 0.0
    turns: int = 0
    questions: int = 0
    repeated: int = 0
    patience: Patience = field(default_factory=Patience)
    illegal: int = 0
    before: Replied | None = None

    def over(self, words: str) -> WalkPrediction:
        """Talk until there is an answer or a danger, or she gives up."""
        said: str | None = words
        while said is not None and self.turns < LONGEST and not self.patience.is_over:
            events = self._turn(said)
            if any(isinstance(event, Failed) for event in events):
                return self._ended("failed")
            reply = events[-1]
            assert isinstance(reply, Replied)
            said = self.mother.answers(reply)
            self._count(events, reply)
        assert self.before is not None
        ends: dict[str, _Outcome] = {"answer": "resolved", "danger": "escalated"}
        return self._ended(ends.get(self.before.kind, "gave_up"))

    def _turn(self, said: str) -> list[Event]:
        started = time.perf_counter()
        events = list(self.assistant.reply(self.thread, str(self.turns), said))
        self.ms += (time.perf_counter() - started) * 1000
        self.turns += 1
        return events

    def _count(self, events: list[Event], reply: Replied) -> None:
        moved = [event for event in events if isinstance(event, Moved)]
        self.path += [event.target for event in moved if event.target]
        self.spent += spent_in(events)
        self.illegal += illegal_moves(events, self.bench.tree)
        before, self.before = self.before, reply
        self.repeated += self.patience.sees(reply.kind, reply.node, moved=bool(moved))
        if reply.kind in OVER:
            return
        listed = reply.kind == "offer"
        # Of a list she may look at several pages: it is one question.
        self.questions += not (listed and before is not None and before.kind == "offer")

    def _ended(self, outcome: _Outcome) -> WalkPrediction:
        return WalkPrediction(
            outcome=outcome,
            final_node=self.before.node if self.before and outcome == "resolved" else None,
            path=self.path,
            questions_asked=self.questions,
            repeated_questions=self.repeated,
            illegal_moves=self.illegal,
            turns=self.turns,
            ms=round(self.ms, 2),
            model_calls=self.spent.calls,
            prompt_tokens=self.spent.read,
            completion_tokens=self.spent.written,
            conversation_id=self.thread,
        )
