"""How an answer was reached, in words; and what she can keep of a conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.texts import load_texts
from records.events import (
    Decided,
    Event,
    FollowedUp,
    HandedOff,
    KnownFact,
    MessageReceived,
    Moved,
    PersonReplied,
    Rated,
    Replied,
    SourceShown,
    Span,
    Understood,
)
from ui.after import answer_to_follow_up, ratings
from ui.hers.summary import summary
from ui.path import walked, why_lines
from ui.render import render

TEXTS = load_texts("es")
AGE = KnownFact(
    name="age", value=4.0, unit="days", label="edad del bebé", quote="4 dias", shown="4 días"
)
WHEN = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)


def moved(kind: str, origin: str | None, target: str | None, label: str, *facts: str) -> Event:
    fields = {"kind": kind, "origin": origin, "target": target, "label": label}
    return Moved.model_validate({**fields, "move": "m", "facts_used": list(facts)})


def question(node: str, text: str, *options: str) -> Replied:
    return Replied(kind="question", node=node, text=text, options=list(options))


def understood(text: str, *pieces: str, facts: tuple[KnownFact, ...] = ()) -> Understood:
    spans = [Span(start=text.index(p), end=text.index(p) + len(p), text=p) for p in pieces]
    return Understood(text=text, summary=spans, topics=[], facts=list(facts), asks_back=False)


def answer(node: str = "leaf", **changes: object) -> Replied:
    source = SourceShown(
        title="Guía",
        organisation="AEP",
        year=2023,
        url="https://example.org",
        checked_on="2026-11-01",
        verification="read",
    )
    fields = {
        "kind": "answer",
        "node": node,
        "title": "Aliviar la subida",
        "text": "Da **sin horarios**.",
        "seek_help": "Si hay fiebre.",
        "sources": [source],
        "facts": [AGE],
        "reviewed": False,
        "at": WHEN,
    }
    return Replied.model_validate({**fields, **changes})


FIRST = "pechos duros, tiene 4 dias"
WALK: list[Event] = [
    MessageReceived(text=FIRST),
    understood(FIRST, "pechos duros", facts=(AGE,)),
    moved("jump", None, "start", "Pechos duros"),
    moved("choose", "start", "when", "Me ha subido la leche"),
    question("when", "¿Cómo está?", "Bien", "Mal", "Otra cosa"),
    question("when", "¿Cuál de estas respuestas?", "Bien", "Mal", "Otra cosa"),
    MessageReceived(text="bastante mal la verdad"),
    understood("bastante mal la verdad", "bastante mal"),
    moved("choose", "when", "grip", "Mal", "age"),
    question("grip", "¿Se agarra?", "Sí, se agarra", "No"),
    MessageReceived(text="si se agarra"),
    moved("choose", "grip", "leaf", "Sí, se agarra"),
    answer(),
]


def test_each_step_says_what_was_asked_and_what_was_understood() -> None:
    assert why_lines(WALK[:-1], [AGE], TEXTS) == [
        "Por lo que contabas, me pareció que va de «Pechos duros».",
        "De lo que contabas entendí: «Me ha subido la leche».",
        "Te pregunté: «¿Cómo está?» Dijiste «bastante mal la verdad», y entendí: «Mal».",
        "Te pregunté: «¿Se agarra?» Contestaste: «Sí, se agarra».",
        "Tuve en cuenta: edad del bebé: 4 días.",
    ]


def test_steps_that_were_undone_are_left_out() -> None:
    back = [*WALK, MessageReceived(text="Volver"), moved("back", "leaf", "grip", "")]
    assert [step.node for step in walked(back)] == ["start", "when", "grip"]
    assert walked([*back, moved("restart", "grip", None, "")]) == []


def test_the_way_to_a_near_topic_begins_with_her_choice() -> None:
    chosen: list[Event] = [
        MessageReceived(text="¿Frío o calor?"),
        moved("jump", "leaf", "cold", "¿Frío o calor?"),
    ]
    assert why_lines([*WALK, *chosen], [AGE], TEXTS) == ["Elegiste «¿Frío o calor?»."]


def test_the_summary_holds_her_words_facts_way_and_sources() -> None:
    said = summary(WALK, TEXTS, WHEN)
    for line in (
        "Fecha: 28/11/2026",
        "- «pechos duros»",
        "- edad del bebé: 4 días",
        "- Te pregunté: «¿Se agarra?» Contestaste: «Sí, se agarra».",
        "Aliviar la subida",
        "Da sin horarios.",
        "Si hay fiebre.",
        "- AEP, 2023: Guía https://example.org",
        TEXTS("chat.not_reviewed"),
    ):
        assert line in said.splitlines(), line


def test_buttons_are_not_among_her_words_in_the_summary() -> None:
    pressed: list[Event] = [
        question("q", "¿?", "Me ha subido la leche"),
        MessageReceived(text="Me ha subido la leche"),
        understood("Me ha subido la leche", "Me ha subido la leche"),
        answer(),
    ]
    assert "«Me ha subido la leche»" not in summary(pressed, TEXTS, WHEN)


def test_a_message_that_was_only_answered_with_a_warning_is_whole_in_the_summary() -> None:
    told = "no respira bien\ny está gris"
    warned = Replied(kind="danger", text="Llama al 112.", urgency="emergency", options=["Sí"])
    events: list[Event] = [MessageReceived(text=told), warned, MessageReceived(text="Sí")]
    said = summary([*events, warned], TEXTS, WHEN)
    assert "«no respira bien y está gris»" in said
    assert "«Sí»" not in said


def test_what_is_read_later_is_summed_up_and_not_said_twice() -> None:
    told = "llora por las tardes, qué calor hace"
    check = Replied(kind="check", text="¿Tienes fiebre?", options=["No"])
    resumed = understood(told, "llora por las tardes")
    asked = question("a", "¿Desde cuándo?")
    said = summary([MessageReceived(text=told), check, resumed, asked], TEXTS, WHEN)
    assert "«llora por las tardes»" in said
    assert "calor" not in said


def test_the_summary_begins_where_she_started_over() -> None:
    again: list[Event] = [
        moved("restart", "leaf", None, ""),
        Replied(kind="offer", text="Hola"),
        MessageReceived(text="otra cosa"),
        understood("otra cosa", "otra cosa"),
        question("x", "¿Qué?"),
        PersonReplied(hand_off=1, text="Llámanos."),
    ]
    said = summary([*WALK, *again], TEXTS, WHEN)
    assert "«otra cosa»" in said
    assert "Llámanos." in said
    assert "pechos" not in said
    assert summary([], TEXTS, WHEN) == ""


@pytest.mark.parametrize(
    ("after", "days", "asked"),
    [
        ([], 0, False),
        ([], 1, True),
        ([], 30, True),
        ([Replied(kind="notice", text="De nada.", at=WHEN)], 1, True),
        ([MessageReceived(text="y otra", at=WHEN), question("q", "¿?")], 1, False),
        ([FollowedUp(node="leaf", state="same", at=WHEN)], 1, False),
        ([Rated(node="leaf", helped=True, at=WHEN)], 1, True),
    ],
)
def test_when_she_is_asked_how_it_goes(after: list[Event], days: int, asked: bool) -> None:
    today = WHEN.astimezone().date() + timedelta(days=days)
    # What comes with no date of its own happened at the same time.
    events = [e.model_copy(update={"at": WHEN}) for e in [*WALK, *after]]
    assert (answer_to_follow_up(events, today) is not None) == asked
    screen = render(events, TEXTS, today=today)
    assert (TEXTS("chat.follow_up.worse") in screen.replies) == asked


def test_a_later_answer_has_no_rating_yet() -> None:
    rated = Rated(node="leaf", helped=True)
    assert ratings([*WALK, rated]) == [rated]
    assert ratings([*WALK, rated, MessageReceived(text="y"), answer("other")]) == []


def test_a_person_is_offered_at_answers_and_where_nothing_fits() -> None:
    def last(events: list[Event], person: bool = True) -> str:
        return render(events, TEXTS, person=person).messages[-1].content

    nowhere = Decided(
        node=None,
        action="offer",
        why="no entry point fits",
        evidence=[],
        posterior=[],
        threshold=None,
    )
    lost: list[Event] = [MessageReceived(text="coches"), nowhere, Replied(kind="offer", text="¿?")]
    assert "/persona" in last(WALK)
    assert "/persona" in last(lost)
    assert "/persona" not in last(WALK, person=False)
    assert "/persona" not in last(WALK[:5])
    # Once she has asked, and until somebody has answered, she is not offered it again.
    handed = HandedOff(hand_off=3)
    assert "/persona" not in last([*WALK, handed])
    assert render([*WALK, handed], TEXTS).awaits_person
    replied = [*WALK, handed, PersonReplied(hand_off=3, text="<b>Hola</b>")]
    assert "\\<b" in last(replied)
    assert TEXTS("chat.person_replied") in last(replied)
    assert not render(replied, TEXTS).awaits_person
