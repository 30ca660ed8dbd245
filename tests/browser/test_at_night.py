"""A small phone and one thumb, at night: what she needs is in sight and nothing misleads."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from records.events import Event, PhoneShown, Replied
from tests.browser.conftest import agree, serving
from tests.browser.looks import every_look, looking, shown_wholly
from tests.fakes import FakeAssistant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

FIRST = [
    "Los primeros segundos de la toma",
    "Durante casi toda la toma",
    "Al terminar o entre una toma y otra",
    "No estoy segura, o va cambiando",
]
THEN = ["Como entró", "Aplastado o con una raya", "Blanco y luego morado", "Otra cosa"]
WARNING = "Llama a emergencias ahora, también si ya ha recuperado el color."


def script(text: str) -> list[Event]:
    if "morado" in text and text not in THEN:
        emergency = PhoneShown(name="Emergencias", number="112", hours="24 h")
        told = "\n\n".join(["El color azul o morado puede ser falta de oxígeno.", WARNING] * 3)
        return [
            Replied(kind="danger", title="Morado", text=told, urgency="emergency").model_copy(
                update={"phones": [emergency]}
            )
        ]
    if text in FIRST:
        return [Replied(kind="question", text="¿Cómo sale el pezón de su boca?", options=THEN)]
    return [Replied(kind="question", text="¿Cuándo te duele más?", options=FIRST, ahead="few")]


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with serving(FakeAssistant(script), FakeAssistant(script)) as address:
        yield address


def say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Tu mensaje")
    box.fill(text)
    box.press("Enter")


@every_look
def test_the_call_button_is_in_sight_before_she_has_agreed(
    browser: Browser, house: str, size: str
) -> None:
    with looking(browser, house, size, "dark") as page:
        say(page, "mi bebé se está poniendo morado")
        call = page.locator("#notice").get_by_role("link", name="112")
        expect(call).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("button", name="Sí, guárdalo")).to_be_in_viewport()


def test_all_answers_of_a_short_question_are_in_sight(browser: Browser, house: str) -> None:
    with looking(browser, house, "small", "light") as page:
        say(page, "me duele al dar el pecho")
        agree(page)
        shown_wholly(page)
        for label in FIRST:
            expect(page.get_by_role("button", name=label)).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("¿Cuándo te duele más?")).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("Faltan pocas preguntas")).to_be_in_viewport(ratio=1)


@pytest.fixture
def thumb(browser: Browser, house: str) -> Iterator[Page]:
    """A touch screen, which has no pointer that hovers."""
    context: BrowserContext = browser.new_context(
        viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, locale="es-ES"
    )
    page = context.new_page()
    page.goto(house)
    page.get_by_text("Hola, soy Nodriza").wait_for()
    yield page
    context.close()


def test_no_answer_looks_chosen_where_the_last_one_was_tapped(thumb: Page) -> None:
    """The buttons are the same ones with other words, and a tap leaves its hover on them."""
    say(thumb, "me duele al dar el pecho")
    agree(thumb)
    thumb.get_by_role("button", name=FIRST[1]).tap()
    last = thumb.get_by_role("button", name=THEN[1])
    expect(last).to_be_enabled()
    looks = [
        thumb.get_by_role("button", name=label).evaluate(
            "it => getComputedStyle(it).backgroundColor"
        )
        for label in THEN
    ]
    assert len(set(looks)) == 1, looks


def test_without_cookies_she_is_told_whom_to_call(
    context: BrowserContext, browser: Browser, house: str
) -> None:
    with looking(browser, house, "small", "light") as page:
        page.context.clear_cookies()
        say(page, "me duele al dar el pecho")
        expect(page.locator("#log").get_by_text("Permite las cookies")).to_contain_text("112")
        expect(page.locator("#banner")).to_have_count(0)
        say(page, "mi bebé se está poniendo morado")
        call = page.locator("#banner").get_by_role("link", name="112")
        expect(call).to_be_in_viewport(ratio=1)
        expect(call).to_have_attribute("href", "tel:112")
