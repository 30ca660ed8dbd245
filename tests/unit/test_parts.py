"""What a study may take away from the assistant, where it decides."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from agent.models.trust import Trust
from agent.policy.choose import choose_next
from agent.policy.situation import Situation
from agent.state import Brain, Context, Parts
from agent.texts import load_texts
from tools.journey import Journey
from tools.locate import Candidate, Location
from tools.outline import Outline, Way
from tools.walk import Jump

WORDS = "me duele y no sé qué hacer con esto"
OUTLINE = Outline(
    ways={"a": tuple(Way(f"o{i}", f"o{i}", (), f"leaf{i}") for i in range(4))},
    questions={"a": "¿Cómo es?"},
)
LOCATION = Location(
    (Candidate("a", "A", "Dolor", 0.33), Candidate("b", "B", "Otro", 0.07)), none_of_these=0.1
)


def context(**parts: bool) -> Context:
    brain = Brain(
        entries=(),
        topics={"a": "Dolor", "b": "Otro"},
        starts={"A": "a", "B": "b"},
        areas={},
        variables={},
        outline=OUTLINE,
        locator=cast(Any, None),
        summarizer=None,
        semantic=cast(Any, None),
    )
    return Context(
        store=cast(Any, None),
        brain=brain,
        guard=cast(Any, None),
        catalogue=cast(Any, None),
        phones=(),
        texts=load_texts("es"),
        navigator="semantic",
        models=(),
        trust_of=lambda _name: Trust(),
        over_budget=lambda: None,
        now=lambda: datetime.now(UTC),
        emit=lambda _event: None,
        parts=Parts(**parts),
    )


@pytest.fixture
def lost() -> Situation:
    """No entry point stands out, but one question tells more than choosing among them."""
    return Situation(
        journey=Journey("v", "t", WORDS, None, (), {}, {"a": "Dolor", "b": "Otro"}),
        view=None,
        words=WORDS,
        location=LOCATION,
        asks_back=False,
        offered={},
        agenda=(),
        page=0,
        is_answer=False,
        resumed=False,
        consulted=None,
        scored=(),
        trust=Trust(),
        moved=False,
    )


def test_the_question_that_tells_most_is_asked(lost: Situation) -> None:
    chosen = choose_next(lost, context())
    assert (chosen.goto, chosen.move) == ("move", Jump("a"))
    assert chosen.decided is not None
    assert chosen.decided.why == "the question that tells most"


def test_without_information_gain_she_chooses_among_the_places(lost: Situation) -> None:
    chosen = choose_next(lost, context(information_gain=False))
    assert (chosen.goto, chosen.move) == ("ask", None)
    assert chosen.offered == {"a": "Dolor", "b": "Otro"}


def test_a_place_that_stands_out_needs_neither(lost: Situation) -> None:
    sure = replace(LOCATION, candidates=(replace(LOCATION.candidates[0], probability=0.7),))
    chosen = choose_next(replace(lost, location=sure), context(information_gain=False))
    assert chosen.move == Jump("a")
