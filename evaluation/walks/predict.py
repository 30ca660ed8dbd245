"""Whole conversations of simulated mothers with the assistant of the settings.

They are those of the study (evaluation/study/talk.py), one system alone and without its journal.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.models.providers import make_models
from agent.settings import Settings
from evaluation.cases import WalkCase
from evaluation.measurement import Progress
from evaluation.results import WalkPrediction
from evaluation.study.arm import Arm
from evaluation.study.attempt import Attempt, Exchange
from evaluation.study.systems import open_systems
from evaluation.study.talk import Talk, Task
from evaluation.walks.patience import Patience
from evaluation.walks.simulated_mother import SimulatedMother


@contextmanager
def walk_predictor(
    settings: Settings, record: str, say: Progress
) -> Iterator[Callable[[WalkCase], WalkPrediction]]:
    """A house of its own, with the tree, the navigator and the models of the settings.

    The conversations are kept in the database at the URL `record`.
    """
    models = make_models(settings)
    # A name of its own: what an older run has left in the record is not gone on with.
    arm = Arm(
        name=f"walks {uuid.uuid4().hex}",
        system="ours",
        navigator=settings.chosen_navigator,
        model=settings.model,
    )
    with open_systems([arm], settings, record, lambda _arm: models, say) as opened:
        bench, system = opened.bench, opened.systems[arm.name]
        texts, contents = bench.house.texts, bench.contents

        def predict(case: WalkCase) -> WalkPrediction:
            mother = SimulatedMother(case, bench.tree, contents, texts)
            talk = Talk(Task(case, arm.name, repeat=0), reads=False)
            return _predicted(talk.between(system, mother))

        yield predict


def _predicted(made: Attempt) -> WalkPrediction:
    exchanges = made.exchanges
    return WalkPrediction(
        outcome=made.outcome,
        final_node=made.final_node,
        path=made.path,
        questions_asked=made.questions,
        repeated_questions=_repeated(exchanges),
        illegal_moves=sum(one.illegal for one in exchanges),
        turns=len(exchanges),
        ms=round(sum(one.ms or 0.0 for one in exchanges), 2),
        model_calls=sum(one.spent.calls for one in exchanges),
        prompt_tokens=sum(one.spent.read for one in exchanges),
        completion_tokens=sum(one.spent.written for one in exchanges),
        conversation_id=made.conversation or "",
    )


def _repeated(exchanges: tuple[Exchange, ...]) -> int:
    """Times that she was put the question at hand again."""
    patience = Patience()
    return sum(patience.sees(one.kind, one.node, moved=bool(one.moves)) for one in exchanges)
