"""The chat as experts see it: hers to the letter, and nothing in it does anything."""

from agent.texts import load_texts
from records.events import (
    Event,
    HandedOff,
    MessageReceived,
    PersonReplied,
    PhoneShown,
    Replied,
    SourceShown,
)
from tests.unit.sample_trace import HOSTILE, first_turn
from tests.unit.sample_walk import recorded
from ui.experts.conversations.chat_pane import chat

TEXTS = load_texts("es")


def shown(*turns: list[Event]) -> str:
    return chat(recorded(*turns), TEXTS)


def test_what_anybody_wrote_is_literal() -> None:
    answer = Replied(kind="answer", text=HOSTILE, title=HOSTILE, intro=HOSTILE, options=[HOSTILE])
    html = shown(
        [MessageReceived(text=HOSTILE), answer],
        [HandedOff(hand_off=1), PersonReplied(hand_off=1, text=HOSTILE)],
    )
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7, "one also among what is near"
    assert "<script" not in html
    assert "<img" not in html


def test_only_sources_lead_somewhere() -> None:
    source = SourceShown(
        title="Guía",
        organisation="AEP",
        year=2023,
        url="https://example.org/guia",
        checked_on="2026-11-01",
        verification="leída",
    )
    answer = Replied(
        kind="answer",
        text="Descansa.",
        title="Descanso",
        urgency="emergency",
        sources=[source],
        phones=[PhoneShown(name="Emergencias", number="112", hours=None)],
    )
    html = shown([MessageReceived(text="Hola"), answer])
    assert 'href="https://example.org/guia"' in html
    assert html.count("href=") == 3, "the source, and two bubbles to their steps"
    assert "112" in html
    assert html.count("<button") == html.count("disabled") == 2, "whether it helped"


def test_each_bubble_leads_to_its_step_and_the_greeting_to_none() -> None:
    html = shown(first_turn())
    assert [part.split('"')[0] for part in html.split('data-step="')[1:]] == ["t1-0", "t1-13"]
    assert html.count('<div class="bubble">') == 3


def test_the_button_she_pressed_is_marked_and_no_other() -> None:
    asked = Replied(kind="question", text="¿Cuándo?", options=["Siempre", "Nunca"])
    html = shown(
        [MessageReceived(text="Me duele"), asked],
        [MessageReceived(text="Nunca"), asked.model_copy()],
    )
    assert html.count('class="pressed"') == 1
    assert '<li class="pressed">Nunca' in html
