"""Where a browser says that it is, and the telephones of that country."""

from datetime import UTC, datetime

import pytest

from agent.danger.redflags import countries, phones
from agent.replying.replies import phones as telephones
from agent.texts import languages, load_texts
from records.events import Event, FactCorrected, Locale, MessageReceived, Replied
from ui.first_screen import ELSEWHERE
from ui.locales import guess_country, last_locale, localised


@pytest.mark.parametrize(
    ("header", "country"),
    [
        ("es-MX,es;q=0.9,en-US;q=0.8", "MX"),
        ("es,es-AR;q=0.9", "AR"),
        ("es-419,es;q=0.9", "ES"),
        ("es-Latn-CO", "CO"),
        ("ca-ES,ca;q=0.9", "ES"),
        ("en-US,en;q=0.9,es-CL;q=0.8", "CL"),
        ("en-US,en;q=0.9", "ES"),
        ("pt-BR", "ES"),
        ("es-XX", "ES"),
        ("", "ES"),
        (None, "ES"),
        ("<script>,;;,es-", "ES"),
    ],
)
def test_the_country_is_guessed_from_the_browsers_languages(
    header: str | None, country: str
) -> None:
    assert guess_country(header, "ES") == country


AT = datetime(2026, 11, 23, tzinfo=UTC)


def danger(country: str, *purposes: str) -> Replied:
    shown = telephones(phones(country), purposes)
    return Replied(kind="danger", text="Ve ahora.", urgency="emergency", phones=shown, at=AT)


def test_telephones_follow_her_to_another_country() -> None:
    [moved] = localised([danger("ES", "emergency", "suicide")], "MX")
    assert isinstance(moved, Replied)
    assert [phone.number for phone in moved.phones] == ["911", "800 911 2000"]
    assert localised([moved], "ES") == localised([danger("ES", "emergency", "suicide")], "ES")


def test_a_country_without_such_a_line_shows_its_emergency_number() -> None:
    [moved] = localised([danger("ES", "poison")], "PE")
    assert isinstance(moved, Replied)
    expected = [phone.number for phone in phones("PE") if phone.purpose == "emergency"]
    assert [phone.number for phone in moved.phones] == expected
    [other] = localised([danger("PE", "emergency")], "ES")
    assert isinstance(other, Replied)
    assert [phone.number for phone in other.phones] == ["112"]
    [nowhere] = localised([danger("ES", "emergency")], ELSEWHERE)
    assert isinstance(nowhere, Replied)
    assert nowhere.phones[0].number == "112 / 911"


def test_what_has_no_telephones_stays_as_it_is() -> None:
    events: list[Event] = [MessageReceived(text="hola"), Replied(kind="notice", text="Hola.")]
    assert localised(events, "MX") == events


def test_the_last_country_that_she_named_counts() -> None:
    def locale(country: str) -> Locale:
        return Locale(country=country, language="es")

    events: list[Event] = [
        MessageReceived(text="a", locale=locale("MX")),
        FactCorrected(name="x", locale=locale("AR")),
        MessageReceived(text="from a program, which says nothing"),
    ]
    last = last_locale(events)
    assert last is not None
    assert last.country == "AR"
    assert last_locale([]) is None


@pytest.mark.parametrize("language", languages())
def test_the_sentence_has_the_numbers_of_the_telephone_list(language: str) -> None:
    texts = load_texts(language)
    for country in countries():
        assert texts(f"chat.country.{country}")
        sentence = texts(f"chat.emergency.{country}")
        listed = [phone.number for phone in phones(country) if phone.purpose == "emergency"]
        assert listed[0] in sentence
        assert not [word for word in sentence.split() if word.isdigit() and word not in listed]
