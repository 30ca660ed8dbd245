"""Without a model: what mothers tell in pieces, ask in return, or say in tears."""

from collections.abc import Iterator

import pytest

from agent.service import Service
from records.events import Decided, Moved, Replied, Understood
from tests.integration.conftest import TEXTS, Conversation, assert_is_the_trees, question_of
from tools.tree import Tree

BACK, SOMETHING_ELSE = TEXTS("agent.back"), TEXTS("agent.something_else")
CRACK = "Una grieta o costra, a veces con sangre"


@pytest.fixture
def mother(unled: Service, tree: Tree) -> Iterator[Conversation]:
    conversation = Conversation(unled.assistant)
    yield conversation
    for event in conversation.history:
        if isinstance(event, Replied) and event.node:
            assert_is_the_trees(event, tree)


def noted(facts: str) -> str:
    return TEXTS("agent.noted", facts=facts)


# An age is an age


def test_an_age_chooses_none_of_the_options(mother: Conversation) -> None:
    asked = mother.say("creo que no tengo leche").replied
    turn = mother.say("tiene 10 dias")
    assert turn.of(Moved) == []
    assert turn.replied.node == asked.node
    assert turn.replied.intro == noted("edad del bebé: 10 días")
    assert [fact.value for fact in turn.replied.facts] == [10.0]


def test_a_bare_time_that_answers_the_question_is_nobodys_age(mother: Conversation) -> None:
    mother.say("tengo una grieta en el pezon, mi bebe tiene 2 meses")
    asked = mother.press(CRACK).replied
    assert asked.node == "grietas-tiempo"
    turn = mother.say("10 dias")
    assert turn.of(Moved) == []
    assert turn.replied.node == asked.node
    assert [fact.shown for fact in turn.replied.facts] == ["2 meses"]


def test_an_age_told_among_places_keeps_what_was_told_before(mother: Conversation) -> None:
    first = mother.say("me duelen los pezones y además duerme fatal").replied
    assert first.kind == "offer"
    turn = mother.say("tiene 3 semanas")
    assert turn.replied.intro == noted("edad del bebé: 3 semanas")
    assert "Me duele al dar el pecho" in turn.replied.options
    assert turn.replied.options[-1] == SOMETHING_ELSE


def test_an_age_taken_back_among_places_leaves_the_places(mother: Conversation) -> None:
    mother.say("me duelen los pezones y además duerme fatal")
    offered = mother.say("tiene 3 semanas").replied.options
    reply = mother.forget("baby_age_days").replied
    assert (reply.kind, reply.options) == ("offer", offered)
    assert reply.facts == []


def test_an_age_after_an_answer_changes_nothing_else(mother: Conversation) -> None:
    answer = mother.say("como conseguir un buen agarre").replied
    assert answer.kind == "answer"
    turn = mother.say("mi bebé tiene 3 semanas")
    assert (turn.replied.kind, turn.replied.text) == ("notice", noted("edad del bebé: 3 semanas"))
    assert turn.replied.options == answer.options


# In pieces


def test_what_says_too_little_is_read_with_what_came_before(mother: Conversation) -> None:
    mother.say("no sé qué hacer, esto no va bien")
    turn = mother.say("creo que no come")
    assert turn.replied.options[-1] == SOMETHING_ELSE
    assert 2 <= len(turn.replied.options) <= 6
    assert "poca-leche" in [topic.id for topic in turn.of(Understood)[0].topics]
    assert "Creo que no tengo leche" in turn.replied.options


def test_nothing_is_read_twice_where_nothing_is_understood(mother: Conversation) -> None:
    first = mother.say("no sé qué hacer, esto no va bien").replied
    second = mother.say("es que no sé").replied
    assert first.options == second.options
    assert first.intro != second.intro
    assert TEXTS("agent.still_unclear") in (second.intro or "")


def test_a_greeting_is_answered_by_one(mother: Conversation) -> None:
    reply = mother.say("hola buenas noches").replied
    assert (reply.intro, reply.text) == (TEXTS("agent.hello"), TEXTS("agent.listening"))
    assert reply.options == []  # the page shows the frequent topics
    assert mother.say("me duele al dar el pecho").places == ["dolor-cuando"]


def test_yes_after_an_answer_does_not_begin_anew(mother: Conversation) -> None:
    answer = mother.say("como conseguir un buen agarre").replied
    reply = mother.say("sí").replied
    assert (reply.kind, reply.text) == ("notice", TEXTS("agent.anything_else"))
    assert reply.options == answer.options
    assert mother.say("no duerme nada").replied.text != TEXTS("agent.anything_else")


def test_thanks_in_the_middle_are_no_misunderstanding(mother: Conversation) -> None:
    asked = mother.say("me duele al dar el pecho").replied
    again = mother.say("vale gracias").replied
    assert (again.node, again.intro) == (asked.node, None)


# Her questions first


def test_her_question_is_answered_before_ours_is_repeated(mother: Conversation) -> None:
    asked = mother.say("me duele al dar el pecho").replied
    answer = mother.say("¿puedo tomar ibuprofeno?").replied
    assert (answer.kind, answer.node) == ("answer", "medicamentos-paracetamol")
    back = mother.press(TEXTS("agent.resume")).replied
    assert (back.kind, back.node, back.text) == (asked.kind, asked.node, asked.text)


def test_an_answer_of_the_same_topic_comes_first_too(mother: Conversation) -> None:
    mother.say("tengo una grieta en el pezon")
    answer = mother.say("¿le pasa algo si traga sangre de la grieta?").replied
    assert (answer.kind, answer.title) == ("answer", "Mi bebé ha tragado sangre de la grieta")
    assert mother.press(TEXTS("agent.resume")).replied.node == "grietas-aspecto"


def test_a_question_of_another_topic_is_offered_first(mother: Conversation) -> None:
    asked = mother.say("tengo una grieta en el pezon").replied
    turn = mother.say("puedo darle biberon con leche mia?")
    title = "Dar el biberón (a su ritmo o si no lo quiere)"
    assert turn.of(Moved) == []
    assert turn.replied.intro == TEXTS("agent.asks_elsewhere", title=title)
    assert turn.replied.options[: len(asked.options) + 1] == [title, *asked.options]


def test_what_she_perhaps_asks_for_stands_first(mother: Conversation) -> None:
    mother.say("tengo una grieta en el pezon")
    turn = mother.say("y le puede hacer daño la sangre?")
    title = "Hay sangre de la grieta en la leche"
    assert turn.of(Moved) == []
    assert turn.replied.intro == TEXTS("agent.perhaps_elsewhere", title=title)
    assert turn.replied.options[0] == title


def test_what_cannot_be_answered_yet_is_not_explained_away(
    mother: Conversation, tree: Tree
) -> None:
    node = mother.say("me duele al dar el pecho").replied.node
    helps = question_of(tree, node or "").help or ""
    said = mother.say("¿y esto se pasa algún día?").replied.intro or ""
    assert said == TEXTS("agent.first_this")
    assert helps in (mother.say("¿qué quieres decir?").replied.intro or "")


def test_another_subject_is_named_and_stands_first(mother: Conversation) -> None:
    mother.say("quiero destetar")
    turn = mother.say("en realidad es que vuelvo a trabajar")
    title = "Volver al trabajo y seguir con el pecho"
    assert turn.replied.intro == TEXTS("agent.perhaps_elsewhere", title=title)
    assert turn.replied.options[0] == title
    assert turn.of(Moved) == []


def test_what_told_of_a_danger_is_no_other_problem(mother: Conversation) -> None:
    mother.say("mi bebé se está poniendo morado")
    mother.press(TEXTS("agent.go_on"))
    assert mother.say("me duele al dar el pecho").replied.agenda == []


def test_a_second_problem_that_is_not_sure_is_one_button_under_the_answer(
    mother: Conversation, tree: Tree
) -> None:
    told = mother.say("quiero dejar el pecho y no se si puedo tomar la pildora")
    weaning = next(topic.title for topic in tree.topics if topic.id == "destete")
    assert told.replied.agenda == []  # it is not said to have been understood
    mother.press("Qué método puedo usar")
    reply = mother.press(TEXTS("agent.dont_know")).replied
    while reply.kind != "answer":
        reply = mother.press(reply.options[0]).replied
    assert weaning in reply.options
    assert weaning not in reply.agenda
    assert mother.press(weaning).places == ["destete-inicio"]


# In tears


def test_how_hard_it_is_is_met_with_a_word_before_the_question(mother: Conversation) -> None:
    plain = mother.say("me duele al dar el pecho").replied
    assert plain.intro is None
    turn = mother.say("todo el rato, estoy desesperada")
    assert turn.replied.intro == TEXTS("agent.hard_for_you")
    assert turn.replied.node == "dolor-forma"


def test_a_complaint_among_places_is_met(mother: Conversation) -> None:
    mother.say("estoy harta, todo el mundo me dice que dé biberón y no quiero")
    turn = mother.say("no me sirve")
    assert turn.replied.intro == TEXTS("agent.sorry")
    assert turn.of(Decided)[-1].why == "she is not helped"


def test_how_much_is_not_asked_for_with_yes_and_no(mother: Conversation) -> None:
    turn = mother.say("mi bebé tiene fiebre")
    assert turn.replied.kind == "check"
    assert turn.replied.text.startswith("¿Qué edad")
    assert turn.replied.options == [TEXTS("agent.dont_know")]
