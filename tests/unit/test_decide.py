"""Deciding: sure moves, unsure asks, and a model counts as much as was measured."""

import math
from dataclasses import replace

import pytest

from agent.decide import (
    ENTER_PLACE,
    MOVE,
    Posterior,
    already_answers,
    entries_to_offer,
    entry_to_enter,
    judge,
    posterior,
    softmax,
)
from agent.models.trust import Measured, Trust
from records.events import Choice, Evidence
from tools.journey import Journey
from tools.locate import Candidate, Location, Locator
from tools.tree import Option, Question
from tools.view import Position, View
from tools.walk import Choose, Jump

QUESTION = Question(
    kind="question",
    id="q",
    text="¿Dónde?",
    options=(
        Option(id="a", label="Arriba", to="x"),
        Option(id="b", label="Abajo", to="y"),
        Option(id="c", label="En medio", to="z"),
    ),
)
OFTEN_RIGHT = Trust(places=Measured(90, 100), options=Measured(90, 100))
JOURNEY = Journey("t@1", "m1", "me duele abajo", Position("q"), (), {}, {})
VIEW = View(Position("q"), QUESTION, topic=None, variable=None)


class Leaning:
    """A source of evidence that leans to one option by some log-odds."""

    name = "leaning"

    def __init__(self, option: str, strength: float) -> None:
        self._scores = {option: strength}

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        return self._scores


class NoLocator(Locator):
    """Choosing an option looks at no entry point."""

    def __init__(self) -> None:
        pass


def located(*probabilities: float, none: float = 0.0) -> Location:
    names = [("e1", "t1"), ("e2", "t1"), ("e3", "t2"), ("e4", "t3")]
    return Location(
        tuple(
            Candidate(node, topic, node.upper(), p)
            for (node, topic), p in zip(names, probabilities, strict=False)
        ),
        none,
    )


def test_a_model_cannot_choose_what_only_she_may_say() -> None:
    grave = QUESTION.options[0].model_copy(update={"confirm": True})
    question = QUESTION.model_copy(update={"options": (grave, *QUESTION.options[1:])})
    view = View(Position("q"), question, topic=None, variable=None)
    surely = [Leaning("a", 9.0)]
    assert _action(judge(JOURNEY, view, Choose("a"), surely, NoLocator(), OFTEN_RIGHT)) == "ask"
    said = replace(JOURNEY, message="me duele más arriba, arriba")
    assert _action(judge(said, view, Choose("a"), surely, NoLocator(), OFTEN_RIGHT)) == "ask"
    said = replace(JOURNEY, message="Arriba")
    assert _action(judge(said, view, Choose("a"), surely, NoLocator(), OFTEN_RIGHT)) == "move"


def test_probabilities_add_up_and_follow_the_evidence() -> None:
    found = posterior(QUESTION, [Evidence(source="s", scores={"b": 2.0})])
    assert sum(choice.probability or 0 for choice in found.choices) == pytest.approx(1)
    assert found.best.id == "b"
    assert found.of("b") == pytest.approx(math.exp(2) / (math.exp(2) + 2))
    assert softmax({"a": 1000.0, "b": 0.0})["a"] == pytest.approx(1)


def test_a_model_that_nobody_measured_counts_for_nothing() -> None:
    decided = judge(JOURNEY, VIEW, Choose("b"), [], NoLocator(), Trust())
    assert decided is not None
    assert decided.action == "ask"
    assert (decided.posterior[0].probability or 0) == pytest.approx(1 / 3)


def test_a_model_counts_as_much_as_was_measured() -> None:
    decided = judge(JOURNEY, VIEW, Choose("b"), [], NoLocator(), OFTEN_RIGHT)
    assert decided is not None
    assert decided.action == "ask"
    assert OFTEN_RIGHT.options is not None
    odds = math.exp(OFTEN_RIGHT.options.log_odds)
    alone = odds / (odds + 2)
    assert (decided.posterior[0].probability or 0) == pytest.approx(alone)
    assert alone < MOVE


def test_a_models_choice_that_the_words_support_moves() -> None:
    decided = judge(JOURNEY, VIEW, Choose("b"), [Leaning("b", 1.5)], NoLocator(), OFTEN_RIGHT)
    assert decided is not None
    assert decided.action == "move"


def test_a_models_choice_against_her_words_does_not_move() -> None:
    decided = judge(JOURNEY, VIEW, Choose("a"), [Leaning("b", 3.0)], NoLocator(), OFTEN_RIGHT)
    assert decided is not None
    assert decided.action == "ask"


def test_a_jump_needs_her_words_too() -> None:
    class Fixed(NoLocator):
        def locate(self, text: str, limit: int = 8) -> Location:
            return located(0.4, 0.2, 0.1, none=0.2)

    assert _action(judge(JOURNEY, None, Jump("e1"), [], Fixed(), OFTEN_RIGHT)) == "move"
    assert _action(judge(JOURNEY, None, Jump("e1"), [], Fixed(), Trust())) == "ask"
    assert _action(judge(JOURNEY, None, Jump("e3"), [], Fixed(), OFTEN_RIGHT)) == "ask"


def _action(decided: object) -> str:
    return str(getattr(decided, "action", None))


def test_the_surest_entry_is_entered_and_a_sure_topic_at_its_start() -> None:
    starts = {"t1": "start1", "t2": "start2", "t3": "start3"}
    assert entry_to_enter(located(ENTER_PLACE, 0.1), starts) == "e1"
    assert entry_to_enter(located(0.5, 0.1, 0.1), starts) == "start1"
    assert entry_to_enter(located(0.2, 0.1, 0.3), starts) is None


def test_offers_are_worth_a_button_and_never_doubled() -> None:
    location = Location(
        (
            Candidate("e1", "t1", "Grietas", 0.5),
            Candidate("e2", "t2", "Grietas", 0.3),
            Candidate("e3", "t3", "Dolor", 0.1),
            Candidate("e4", "t3", "Otro", 0.001),
        ),
        0.0,
    )
    assert entries_to_offer(location, 5) == {"e1": "Grietas", "e3": "Dolor"}
    assert entries_to_offer(location, 1) == {"e1": "Grietas"}


def test_an_unasked_question_is_skipped_only_when_her_words_are_clear_and_apart() -> None:
    sure = Posterior(
        (Choice(id="a", label="A", probability=0.97), Choice(id="b", label="B", probability=0.03)),
        (),
    )
    assert already_answers(sure, {"a": 0.9, "b": 0.3})
    assert not already_answers(sure, {"a": 0.9, "b": 0.8})
    assert not already_answers(sure, {"a": 0.4, "b": 0.1})
