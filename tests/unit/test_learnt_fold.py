"""Conversations made by hand, and what is learnt of each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.events import (
    Choice,
    Decided,
    Event,
    FactCorrected,
    FollowedUp,
    Located,
    MessageReceived,
    Moved,
    Prepared,
    Rated,
    Replied,
    Understood,
)
from records.learnt.fold import Piece, after, learnt
from records.learnt.rows import Asked, Given, Learnt

AT = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
ENTER = Moved(kind="jump", origin=None, target="dolor", move="dolor", label="Dolor", topic="dolor")

CHOSE = "she chose it among the places offered"


def says(text: str, later: int = 0) -> MessageReceived:
    return MessageReceived(at=AT + timedelta(seconds=later), text=text)


def asks(node: str = "dolor") -> Replied:
    return Replied(at=AT, kind="question", text="¿Cuándo duele?", node=node)


def chooses(option: str, origin: str = "dolor", target: str = "leaf", label: str = "") -> Moved:
    return Moved(
        at=AT, kind="choose", origin=origin, target=target, move=option, label=label or option
    )


def answers(node: str = "leaf") -> Replied:
    return Replied(at=AT, kind="answer", text="Prueba esto.", node=node)


def decides(why: str, action: str = "ask", node: str | None = "dolor") -> Decided:
    choices = [
        Choice(id="inicio", label="a", probability=0.5),
        Choice(id="fin", label="b", probability=0.5),
    ]
    return Decided.model_validate(
        {"node": node, "action": action, "why": why, "evidence": [], "threshold": None}
        | {"posterior": choices}
    )


def goes(kind: str, origin: str | None, target: str | None) -> Moved:
    return Moved.model_validate(
        {"kind": kind, "origin": origin, "target": target, "move": "", "label": ""}
    )


def rows(*turns: Sequence[Any]) -> Learnt:
    """What is learnt of turns; one that does not begin with her message is an aside."""
    pieces, number = [], 0
    for turn in turns:
        number += isinstance(turn[0], MessageReceived | FactCorrected)
        pieces.append(Piece(number, list(enumerate(turn)), "es@1", "semantic", None))
    return learnt(pieces)


ENTERS = [says("me duele"), ENTER, decides("the next question"), asks()]


def test_a_button_answers_and_the_answer_helps() -> None:
    found = rows(
        ENTERS,
        [says("Inicio", later=35), chooses("inicio", label="inicio"), answers()],
        [Rated(node="leaf", helped=True)],
    )
    (question,), (answer,) = found.asked, found.given
    assert (question.how, question.option, question.shown, question.seconds) == (
        "button", "inicio", 1, 35,
    )  # fmt: skip
    assert (question.answer, question.rejected, question.bits) == ("leaf", False, 1.0)
    assert (question.topic, question.day, question.turn, question.seq) == (
        "dolor", AT.date(), 1, 3,
    )  # fmt: skip
    assert (answer.node, answer.helped, answer.topic) == ("leaf", True, "dolor")
    assert found.missed == ()


def test_her_words_answer_and_the_answer_is_rejected() -> None:
    said = [says("justo cuando empieza"), chooses("inicio", label="Al empezar"), answers()]
    for aside in (Rated(node="leaf", helped=False), FollowedUp(node=None, state="worse")):
        found = rows(ENTERS, said, [aside])
        assert (found.asked[0].how, found.asked[0].rejected) == ("words", True)
    complained = [says("no me sirve"), decides("she is not helped", "offer", node="leaf")]
    found = rows(ENTERS, said, complained)
    assert found.asked[0].rejected
    assert found.given[0].complained


def test_what_she_had_said_already_was_not_asked() -> None:
    found = rows([says("me duele al empezar"), ENTER, chooses("inicio"), answers()])
    assert (found.asked[0].how, found.asked[0].shown) == ("told", 0)
    assert found.asked[0].answer == "leaf"


@pytest.mark.parametrize(
    ("why", "action", "flag"),
    [
        ("she asks back", "explain", "asks_back"),
        ("no option stands out", "explain", "unknown"),
        ("no option stands out", "ask", "unsure"),
    ],
)
def test_doubts_at_a_question(why: str, action: str, flag: str) -> None:
    found = rows(
        ENTERS,
        [says("como alfileres"), decides(why, action), asks()],
        [says("inicio"), chooses("inicio"), answers()],
    )
    (question,) = found.asked
    assert question.shown == 2
    flags = {name: getattr(question, name) for name in ("asks_back", "unknown", "unsure")}
    assert flags == dict.fromkeys(flags, False) | {flag: True}
    assert [(miss.turn, miss.node, miss.meant) for miss in found.missed] == (
        [(2, "dolor", "inicio")] if flag == "unsure" else []
    )


def test_a_value_that_was_not_read_is_asked_again() -> None:
    reply = Replied(at=AT, kind="input", text="¿Edad?", node="age")
    enters: list[Event] = [says("x"), ENTER, reply]
    again: list[Event] = [says("ni idea de cuanto"), reply]
    nothing = chooses("baby_age", "age").model_copy(update={"kind": "set", "label": "None"})
    unknown = [says("No lo sé"), nothing]
    asked_back = [
        says("¿por qué?"),
        Understood(text="¿por qué?", summary=[], topics=[], facts=[], asks_back=True),
        reply,
    ]
    corrected: list[Event] = [FactCorrected(name="other"), reply]
    (question,) = rows(enters, again, unknown).asked
    assert (question.unsure, question.unknown, question.option) == (True, True, None)
    (question,) = rows(enters, asked_back).asked
    assert (question.unsure, question.asks_back) == (False, True)
    assert not rows(enters, corrected).asked[0].unsure


def test_going_back_to_change_an_answer() -> None:
    """The question after it was not what she doubted; the same answer again is."""
    second = [says("inicio"), chooses("inicio", target="grietas"), asks("grietas")]
    back = [says("volver"), goes("back", "grietas", "dolor"), asks()]
    other = rows(ENTERS, second, back, [says("fin"), chooses("fin"), answers()])
    first, later, again = other.asked
    assert (first.undone, first.answer, later.left) == (True, None, "revised")
    assert (again.instead_of, again.option, again.answer) == ("inicio", "fin", "leaf")
    same = rows(ENTERS, second, back, second)
    assert [row.left for row in same.asked] == [None, "back", None, None]


def test_going_back_from_an_answer_takes_it_from_the_way() -> None:
    found = rows(
        ENTERS,
        [says("inicio"), chooses("inicio"), answers()],
        [says("volver"), goes("back", "leaf", "dolor"), asks()],
    )
    assert (found.given[0].left, found.asked[0].answer, found.asked[0].undone) == (True, None, True)


def test_a_fact_taken_back_is_no_doubt() -> None:
    found = rows(
        ENTERS,
        [says("inicio"), chooses("inicio", target="grietas"), asks("grietas")],
        [FactCorrected(name="age"), goes("back", "grietas", "dolor"), asks()],
    )
    assert [row.left for row in found.asked] == [None, "corrected", None]


@pytest.mark.parametrize(
    ("turn", "left"),
    [
        ([says("reiniciar"), goes("restart", "dolor", None)], "restart"),
        ([says("fiebre"), Replied(kind="danger", text="Ve.", urgency="emergency")], "danger"),
        ([says("Otra cosa"), Replied(kind="offer", text="Temas")], "elsewhere"),
        ([says("Noches"), goes("jump", "dolor", "sueno"), asks("sueno")], "elsewhere"),
    ],
)
def test_ways_to_leave_a_question(turn: list[Any], left: str) -> None:
    assert rows(ENTERS, turn).asked[0].left == left


def test_other_topics_say_that_the_message_led_to_the_wrong_place() -> None:
    chosen = [
        says("Noches"),
        decides(CHOSE, "move"),
        goes("jump", "dolor", "sueno"),
        asks("sueno"),
    ]
    found = rows(ENTERS, [says("Otra cosa"), Replied(kind="offer", text="Temas")], chosen)
    (miss,) = found.missed
    assert (miss.turn, miss.why, miss.topic, miss.meant) == (1, "elsewhere", "dolor", "sueno")
    assert [row.stretch for row in found.asked] == [1, 2]


def test_a_message_that_fits_nowhere_and_what_she_chose_then() -> None:
    offer = Replied(kind="offer", text="Temas")
    found = rows(
        [says("mi suegra opina"), decides("no entry point fits", "offer", None), offer],
        [
            says("Dolor"),
            decides(CHOSE, "move", None),
            ENTER,
            asks(),
        ],
    )
    (miss,) = found.missed
    assert (miss.turn, miss.why, miss.node, miss.meant) == (1, "nowhere", None, "dolor")


def test_a_place_chosen_under_an_answer_follows_it() -> None:
    found = rows(
        ENTERS,
        [says("inicio"), chooses("inicio"), answers()],
        [says("Noches"), decides(CHOSE, "move", "leaf"),
         goes("jump", "leaf", "sueno"), answers("otra")],
    )  # fmt: skip
    assert [answer.followed for answer in found.given] == ["sueno", None]


def test_old_jumps_have_the_topic_of_their_candidate() -> None:
    located = Located(candidates=[Choice(id="dolor", label="x", topic="mastitis")], none_of_these=0)
    old = ENTER.model_copy(update={"topic": None})
    assert rows([says("me duele"), located, old, asks()]).asked[0].topic == "mastitis"


def test_a_turn_says_what_it_was_run_with() -> None:
    run = Prepared(tree="es@2", navigator="tools", models=["a", "b"], phrasing="tree", person=False)
    (question,) = rows([says("x"), run, ENTER, asks()]).asked
    assert (question.tree, question.navigator, question.model) == ("es@2", "tools", "a")


EVENTS = st.sampled_from(
    [
        *(asks(node) for node in ("dolor", "grietas")),
        *(answers(node) for node in ("leaf", "otra")),
        *(chooses(option, node) for option in ("inicio", "fin") for node in ("dolor", "grietas")),
        *(goes("back", node, "dolor") for node in ("grietas", "leaf", "otra")),
        goes("restart", "dolor", None),
        ENTER,
        goes("jump", "leaf", "sueno"),
        *(decides(why) for why in ("she asks back", "no option stands out", "no entry point fits")),
        decides(CHOSE),
        decides("she is not helped", node="leaf"),
        Replied(at=AT, kind="danger", text="Ve."),
        Replied(at=AT, kind="offer", text="Temas"),
    ]
)
ASIDES = (Rated(node="leaf", helped=False), Rated(node=None, helped=True))
TURNS: st.SearchStrategy[list[tuple[Any, list[Any]]]] = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([says("inicio"), says("hola")]), st.lists(EVENTS, max_size=4)),
        st.tuples(st.sampled_from(ASIDES), st.just([])),
    ),
    max_size=8,
)


@given(TURNS)
def test_whatever_happens_the_rows_hang_together(turns: list[tuple[Any, list[Any]]]) -> None:
    found = rows(*([first, *rest] for first, rest in turns))
    assert sum(row.is_open for row in found.asked) <= 1
    assert all(row.how is None or row.left is None for row in found.asked)
    assert not any(row.is_open for row in found.asked[:-1])
    shown = {answer.node for answer in found.given}
    for row in found.asked:
        assert row.answer in {None, *shown}
        assert not (row.rejected and row.answer is None)
        assert not (row.undone and row.answer)
        assert (row.shown == 0) == (row.how == "told")
    order: list[Asked | Given] = [*found.asked, *found.given]
    assert len({(row.turn, row.seq) for row in order}) == len(order)
    assert after(found, Piece(99, [], "x", "x", None)) == found
