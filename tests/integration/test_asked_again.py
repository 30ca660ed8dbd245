"""Whatever she says, no question is put twice in a row in the same words, and all is the tree's."""

import random

from agent.service import Service
from records.events import Moved
from tests.integration.conftest import TEXTS, Conversation, assert_is_the_trees
from tools.tree import Tree

MESSAGES = 12
NO_ANSWER = [
    *("mmm", "no lo sé", "no sé", "qué quieres decir", "¿eso qué es?", "a lo mejor", "🤷", "?"),
    *("no me sirve", "quiero hablar con una persona", "gracias", "400 años", "ni idea, la verdad"),
    *("mi suegra dice que no", "depende del día", "sí y no", "la de en medio", "no entiendo nada"),
]
LEAVING = [
    TEXTS(f"agent.{name}") for name in ("back", "something_else", "other_topic", "more_topics")
]
OPENINGS = [
    *("tengo una grieta en el pezon", "me duele al dar el pecho", "no coge peso", "duerme fatal"),
    *("tengo poca leche y vuelvo al trabajo", "quiero dejar de dar el pecho", "le salen dientes"),
]


def test_no_question_twice_in_a_row_in_the_same_words(unled: Service, tree: Tree) -> None:
    drawn = random.Random(7)
    again = 0
    for opening in OPENINGS:
        mother = Conversation(unled.assistant)
        before = mother.say(opening).replied
        for _ in range(MESSAGES):
            elsewhere = [before.options, before.options, LEAVING]
            stays = before.kind in ("question", "input") and drawn.random() < 0.75
            said = NO_ANSWER if stays else drawn.choice(elsewhere) or LEAVING
            turn = mother.say(drawn.choice(said))
            reply = turn.replied
            if reply.node:
                assert_is_the_trees(reply, tree)
            if reply.node and reply.node == before.node and not turn.of(Moved):
                again += 1
                assert reply.kind == "answer" or reply.text != before.text
            before = reply
    assert again > 20, "she was seldom asked again: little was tried"
