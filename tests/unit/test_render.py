"""What is shown for which events."""

import pytest

from agent.texts import Texts, load_texts
from records.events import (
    Event,
    FactCorrected,
    KnownFact,
    Level,
    MessageReceived,
    ModelAwaited,
    Moved,
    PhoneShown,
    Replied,
    SourceShown,
    Understood,
)
from ui.markdown import literal
from ui.render import MAX_CHIPS, MAX_REPLIES, Screen, render


@pytest.fixture
def texts() -> Texts:
    return load_texts("es")


def fact(name: str, shown: str = "3 semanas") -> KnownFact:
    return KnownFact(name=name, value=1.0, unit=None, label=f"label {name}", quote="", shown=shown)


def understood(*facts: KnownFact) -> Understood:
    return Understood(text="", summary=[], topics=[], facts=list(facts), asks_back=False)


def danger(urgency: Level, *numbers: str) -> Replied:
    phones = [PhoneShown(name="Ayuda", number=number, hours="24 h") for number in numbers]
    return Replied(kind="danger", text="Ve ahora.", urgency=urgency, phones=phones)


RESTART = Moved(kind="restart", origin="a", target=None, move="restart", label="")


def roles(screen: Screen) -> list[str]:
    return [message.role for message in screen.messages]


def test_an_empty_conversation_greets_and_offers_openings(texts: Texts) -> None:
    screen = render([], texts)
    assert roles(screen) == ["assistant"]
    assert screen.messages[0].content == texts("agent.greeting")
    assert screen.replies == tuple(texts(f"chat.starter.{letter}") for letter in "abcdef")
    assert not screen.can_go_back
    assert screen.banner is None


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://e.org/a.png)",
        "<img src=x onerror=alert(1)>",
        "    indented\n\tcode",
        "Title\n=====",
        "$$x^2$$ [a](b) `c` *d* _e_ ~f~ | g | # h",
        "www.example.com mailto:a@b.c http://e.org",
    ],
)
def test_no_punctuation_of_hers_stays_bare(text: str) -> None:
    shown = literal(text)
    unescaped = shown.replace("\\\\", "").split("\\")
    assert all(
        not any(mark in part[1:] for mark in "<>[]()!*_`#$|~&:@.=") for part in unescaped[1:]
    )
    assert not any(line.startswith((" ", "\t")) for line in shown.splitlines())


def test_words_of_hers_inside_a_reply_are_literal_too(texts: Texts) -> None:
    reply = Replied(kind="input", text="He entendido <img src=x> y ![a](b)", intro="# no")
    shown = render([reply], texts).messages[-1].content
    assert "\\<img" in shown
    assert "\\!\\[a" in shown
    assert shown.startswith("\\# no")


def test_texts_of_the_tree_keep_lists_and_bold_words(texts: Texts) -> None:
    reply = Replied(kind="question", text="Así:\n\n- **uno** (1)\n- dos\n\n1. tres")
    shown = render([reply], texts).messages[-1].content
    assert "\n- **uno** \\(1\\)\n- dos\n\n1. tres" in shown


def test_an_answer_is_a_card_with_its_sources(texts: Texts) -> None:
    source = SourceShown(
        title='Guía "A" <b>',
        organisation="AEP",
        year=2023,
        url='https://e.org/a b"c',
        checked_on="2026-11-01",
        verification="read",
    )
    reply = Replied(
        kind="answer",
        title="Dolor",
        text="Texto",
        normal="Normal es esto",
        seek_help="Si sangra",
        urgency="same_day",
        service="matrona",
        sources=[source],
        reviewed=False,
    )
    card = render([reply], texts).messages[-1].content
    order = [
        "## Dolor",
        texts("chat.urgency.same_day").rstrip("."),
        "matrona",
        "Texto",
        texts("chat.normal"),
        "Normal es esto",
        texts("chat.seek_help"),
        "Si sangra",
        "AEP",
        'href="https://e.org/a%20b%22c" target="_blank" rel="noopener"',
        texts("chat.not_reviewed").rstrip("."),
    ]
    assert [card.index(part) for part in order] == sorted(card.index(part) for part in order)
    assert "<b>" not in card
    signed = reply.model_copy(update={"reviewed": True})
    assert "revisión" not in render([signed], texts).messages[-1].content


def test_a_source_with_another_scheme_is_no_link(texts: Texts) -> None:
    source = SourceShown(
        title="X",
        organisation="Y",
        year=None,
        url="javascript:alert(1)",
        checked_on="",
        verification="",
    )
    reply = Replied(kind="answer", text="t", sources=[source])
    assert "javascript" not in render([reply], texts).messages[-1].content


def test_a_danger_stays_above_later_turns(texts: Texts) -> None:
    later = Replied(kind="question", text="¿Seguimos?")
    screen = render([MessageReceived(text="fiebre"), danger("emergency", "112"), later], texts)
    assert screen.banner is not None
    assert 'href="tel:112"' in screen.banner
    assert "Ve ahora" not in screen.banner
    assert "Ve ahora" in screen.messages[2].content


def test_a_lesser_danger_does_not_hide_a_greater_one(texts: Texts) -> None:
    screen = render([danger("emergency", "024"), danger("same_day", "900")], texts)
    assert screen.banner is not None
    assert "tel:024" in screen.banner


def test_a_restart_takes_the_banner_and_the_facts_away(texts: Texts) -> None:
    events: list[Event] = [understood(fact("a")), danger("emergency", "112"), RESTART]
    screen = render(events, texts)
    assert screen.banner is None
    assert screen.chips == ()


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("91 562 04 20", "915620420"), ("079 opción 1", "079"), ("+54 9 11 27", "+5491127")],
)
def test_what_a_phone_link_dials(texts: Texts, number: str, dialled: str) -> None:
    banner = render([danger("emergency", number)], texts).banner
    assert banner is not None
    assert f'href="tel:{dialled}"' in banner


def test_a_number_that_cannot_be_dialled_is_still_shown(texts: Texts) -> None:
    banner = render([danger("emergency", "pregunta")], texts).banner
    assert banner is not None
    assert "pregunta" in banner
    assert "tel:" not in banner


def test_chips_come_at_once_and_go_with_a_correction(texts: Texts) -> None:
    said: list[Event] = [MessageReceived(text="hola"), understood(fact("a"), fact("b"))]
    assert [name for name, _ in render(said, texts, busy=True).chips] == ["a", "b"]
    removed: list[Event] = [*said, Replied(kind="question", text="?", facts=[fact("a"), fact("b")])]
    removed += [FactCorrected(name="a")]
    assert [name for name, _ in render(removed, texts).chips] == ["b"]


def test_a_failed_turn_loses_no_chip(texts: Texts) -> None:
    events: list[Event] = [
        Replied(kind="question", text="?", facts=[fact("a")]),
        Replied(kind="notice", text="."),
    ]
    assert render(events, texts).chips


def test_the_page_has_so_many_buttons_and_no_more(texts: Texts) -> None:
    reply = Replied(
        kind="offer",
        text="?",
        options=[f"option {n}" for n in range(20)],
        facts=[fact(f"f{n}") for n in range(20)],
    )
    screen = render([reply], texts)
    assert len(screen.replies) == MAX_REPLIES
    assert len(screen.chips) == MAX_CHIPS
    assert screen.chips[-1][0] == "f19"


def test_dots_stand_behind_what_is_being_answered(texts: Texts) -> None:
    first: list[Event] = [MessageReceived(text="uno")]
    running = render(first, texts, waiting=["dos"], busy=True)
    assert roles(running) == ["assistant", "user", "assistant", "user"]
    assert "typing" in running.messages[2].content
    answered: list[Event] = [*first, Replied(kind="question", text="?")]
    between = render(answered, texts, waiting=["dos", "tres"], busy=True)
    assert roles(between)[3:] == ["user", "assistant", "user"]
    assert "typing" not in render(answered, texts, busy=True).messages[-1].content
    correcting = render(answered, texts, waiting=[""], busy=True)
    assert roles(correcting)[3:] == ["assistant"]


def test_she_is_told_how_many_are_answered_before_her(texts: Texts) -> None:
    first: list[Event] = [MessageReceived(text="uno"), ModelAwaited(ahead=3)]
    waiting = render(first, texts, busy=True).messages[-1].content
    assert "antes que la tuya: 3" in waiting
    assert "typing" in waiting
    begun = render([*first, ModelAwaited(ahead=0)], texts, busy=True).messages[-1].content
    assert "antes que la tuya" not in begun
    next_turn: list[Event] = [*first, Replied(kind="question", text="?"), MessageReceived(text="b")]
    assert "antes que la tuya" not in render(next_turn, texts, busy=True).messages[-1].content


def test_the_topics_are_there_again_after_a_restart(texts: Texts) -> None:
    again = Replied(kind="offer", text=texts("agent.listening"))
    screen = render([MessageReceived(text="Empezar de nuevo"), RESTART, again], texts)
    assert screen.replies == render([], texts).replies


def test_under_a_question_she_reads_how_far_it_is_and_what_comes_afterwards(texts: Texts) -> None:
    asked = Replied(
        kind="question", text="¿Cómo?", options=["Así"], agenda=["Grietas"], ahead="last"
    )
    said = MessageReceived(text="hola")
    shown = render([said, asked], texts).messages[-1].content
    assert literal(texts("chat.progress.last")) in shown
    assert "Grietas" in shown
    assert literal(texts("chat.later", topics="").rstrip(" .")) in shown
    assert "Grietas" not in render([said, asked], texts).replies, "it is not an answer to it"
    answered = render([said, asked], texts, waiting=["Así"], busy=True)
    assert all("Grietas" not in message.content for message in answered.messages)


def test_nothing_is_said_of_a_way_that_may_be_long(texts: Texts) -> None:
    asked = Replied(kind="question", text="¿Cómo?", options=["Así"])
    assert render([MessageReceived(text="hola"), asked], texts).messages[-1].content == "¿Cómo\\?"
