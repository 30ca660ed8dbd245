"""More than one of something: several problems in one message, several children, other people's."""

import pytest

from agent.service import Service
from agent.settings import PROJECT
from evaluation.cases import WalkCase, read_cases
from records.events import FellBack, Moved, Replied, Screened, Understood
from tests.integration.conftest import TEXTS, Conversation
from tools.tree import Advice, Question, Referral, Tree

TWO = "mi bebé de dos meses tiene mocos y además vuelvo a trabajar en un mes"
STUFFY_NOSE = "Mocos, tos o nariz tapada"


@pytest.fixture
def mother(unled: Service) -> Conversation:
    return Conversation(unled.assistant)


def topic_title(tree: Tree, topic: str) -> str:
    return next(t.title for t in tree.topics if t.id == topic)


def until_an_answer(mother: Conversation) -> Replied:
    """Press the first button of each question."""
    assert mother.last is not None
    for _ in range(10):
        reply = mother.last.replied
        if reply.kind == "answer":
            return reply
        mother.press(reply.options[0])
    raise AssertionError("no answer after ten questions")


# Several problems


def test_while_one_is_asked_about_the_other_is_named(mother: Conversation, tree: Tree) -> None:
    mother.say(TWO)
    asked = mother.press(STUFFY_NOSE).replied
    assert asked.kind in ("question", "input")
    work = topic_title(tree, "vuelta-al-trabajo")
    assert asked.agenda == [work]
    assert work not in asked.options


def test_behind_a_last_question_there_are_only_answers(unled: Service, tree: Tree) -> None:
    """Of the shipped tree's questions, each that is called the last one, read from the YAML."""
    outline = unled.store.outline(unled.store.active(tree.id).version)
    last = [node for node in outline.questions if outline.asked_from(node, ()).at_most == 1]
    assert len(last) > 50
    for node in last:
        question = tree.by_id[node]
        assert isinstance(question, Question)
        for option in question.options:
            assert isinstance(tree.by_id[option.to], Advice | Referral), (node, option.id)


def test_after_an_answer_the_other_problem_is_offered(mother: Conversation, tree: Tree) -> None:
    work = topic_title(tree, "vuelta-al-trabajo")
    turn = mother.say(TWO)
    assert [topic.id for topic in turn.of(Understood)[0].topics][:2] == [
        "bebe-enfermo",
        "vuelta-al-trabajo",
    ]
    mother.press(STUFFY_NOSE)
    answer = until_an_answer(mother)
    assert answer.agenda == [work]
    assert answer.options[0] == work

    turn = mother.press(work)
    assert turn.of(Moved)[0].kind == "jump"
    assert tree.topic_of[turn.of(Moved)[0].target or ""] == "vuelta-al-trabajo"
    assert until_an_answer(mother).agenda == [], "both have been answered"


@pytest.mark.parametrize("words", ["sí", "si por favor", "sí, sigamos"])
def test_a_yes_goes_on_with_the_other_problem(mother: Conversation, tree: Tree, words: str) -> None:
    mother.say(TWO)
    mother.press(STUFFY_NOSE)
    until_an_answer(mother)
    turn = mother.say(words)
    assert tree.topic_of[turn.of(Moved)[0].target or ""] == "vuelta-al-trabajo"


def test_thanks_leaves_the_other_problem_within_reach(mother: Conversation, tree: Tree) -> None:
    work = topic_title(tree, "vuelta-al-trabajo")
    mother.say(TWO)
    mother.press(STUFFY_NOSE)
    until_an_answer(mother)
    reply = mother.say("gracias").replied
    assert (reply.kind, reply.options[0]) == ("notice", work)
    assert mother.press(work).of(Moved)


def test_going_back_before_a_problem_takes_it_up_again(mother: Conversation, tree: Tree) -> None:
    work = topic_title(tree, "vuelta-al-trabajo")
    mother.say(TWO)
    mother.press(STUFFY_NOSE)
    until_an_answer(mother)
    mother.press(work)
    assert mother.say(TEXTS("agent.back")).replied.agenda == [work]


def test_starting_over_forgets_the_agenda(mother: Conversation) -> None:
    mother.say(TWO)
    mother.say(TEXTS("agent.restart"))
    mother.say("tengo una grieta en el pezon")
    assert until_an_answer(mother).agenda == []


def test_one_problem_has_no_agenda(mother: Conversation) -> None:
    mother.say("tengo una grieta en el pezon")
    assert until_an_answer(mother).agenda == []


# Several children


def age_of(mother: Conversation, text: str) -> float | None:
    facts = {f.name: f.value for f in mother.say(text).replied.facts}
    value = facts.get("baby_age_days")
    return None if value is None else float(value)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("tengo gemelos de 2 meses y me duele el pezón", 61),
        ("mis mellizas tienen 5 semanas, una mama bien y la otra se duerme", 35),
        ("tengo un niño de 3 años y una bebé de 2 semanas y me duele el pezón al engancharse", 14),
        ("mi mayor tiene 4 años, el pequeño 10 días, y me duele el pezón", 10),
    ],
)
def test_the_age_is_the_youngest_nurslings(mother: Conversation, text: str, days: float) -> None:
    assert age_of(mother, text) == days


def test_twins_lead_to_their_own_topic(mother: Conversation, tree: Tree) -> None:
    turn = mother.say("tengo gemelos de 2 meses y no sé cómo ponerlos al pecho")
    assert tree.topic_of[turn.of(Moved)[0].target or ""] == "gemelos"


# Somebody else's child


@pytest.mark.parametrize(
    "text",
    [
        "la bebé de mi vecina tiene 2 semanas y fiebre de 38,5, la mía de 4 meses está bien,"
        " ¿puedo seguir dándole el pecho?",
        "el niño de mi amiga tuvo convulsiones con la fiebre, ¿eso le puede pasar al mío?",
    ],
)
def test_the_danger_of_somebody_elses_child_is_not_hers(mother: Conversation, text: str) -> None:
    turn = mother.say(text)
    assert turn.of(Screened)[0].level == "none"
    assert turn.replied.kind != "danger"


def test_the_age_of_somebody_elses_child_is_not_hers(mother: Conversation) -> None:
    text = "la bebé de mi vecina tiene 2 semanas, la mía de 4 meses no quiere el pecho"
    assert age_of(mother, text) == 122


# Corrections


@pytest.mark.parametrize("words", ["no, perdona, son 3 semanas", "perdón, tiene 3 semanas"])
def test_a_corrected_age_rewinds(mother: Conversation, words: str) -> None:
    mother.say("tengo una grieta en el pezon")
    mother.press("Una grieta o costra, a veces con sangre")
    assert mother.say("10 dias").replied.node == "grietas-primeras-semanas"
    turn = mother.say(words)
    assert [(m.kind, m.target) for m in turn.of(Moved)] == [
        ("back", "edad-bebe"),
        ("set", "grietas-tiempo"),
    ]
    assert [(f.value, f.shown) for f in turn.replied.facts] == [(21, "3 semanas")]


def test_nobodys_first_words_break_a_turn(unled: Service) -> None:
    """The development set of whole conversations: 132 made-up mothers of six authors."""
    cases = read_cases(PROJECT / "evaluation" / "development" / "walks.jsonl", WalkCase)
    broken = [
        (case.id, fallen.cause)
        for case in cases
        for fallen in Conversation(unled.assistant).say(case.first_message).of(FellBack)
    ]
    assert broken == []
