"""Before the first message: who this is, may her words be kept, and where she is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from agent.texts import load_texts
from records.events import Locale, MessageReceived
from tests.browser.conftest import agree, script, serving
from tests.browser.looks import both_schemes, every_look, looking, must_be_sound, until
from tests.browser.test_chat_page import FIRST, box, hers, say
from tests.fakes import FakeAssistant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

ENGLISH = load_texts("en")


def consent(page: Page) -> Locator:
    return page.locator("#consent")


def try_to_say(page: Page, text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")


def choose_country(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Tu país").click()
    page.get_by_role("option", name=name).click()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """A phone in Mexico."""
    context = browser.new_context(locale="es-MX", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    page.get_by_text("Hola, soy Nodriza").wait_for()
    yield page
    context.close()


def test_six_topics_and_one_box_say_what_it_can_do(page: Page) -> None:
    expect(page.locator("#replies button")).to_have_count(6)
    expect(page.get_by_text("Soy un programa")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(1)
    expect(page.get_by_text("Nada se guarda sin tu permiso")).to_be_visible()


def test_nothing_is_taken_before_she_has_agreed(
    page: Page, assistant: FakeAssistant, private: FakeAssistant
) -> None:
    before = len(assistant.sent), len(private.sent)
    try_to_say(page, FIRST)
    expect(consent(page)).to_be_visible()
    expect(box(page)).to_have_value(FIRST)
    expect(consent(page)).to_be_focused()
    page.get_by_role("button", name="Enviar").click()
    expect(consent(page)).to_be_visible()
    assert (len(assistant.sent), len(private.sent)) == before
    page.reload()
    expect(page.locator("#replies button")).to_have_count(6)
    expect(hers(page)).to_have_count(0)


def test_one_tap_agrees_and_sends_what_she_wrote(page: Page, assistant: FakeAssistant) -> None:
    try_to_say(page, FIRST)
    agree(page)
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    expect(hers(page)).to_have_text([FIRST])
    expect(box(page)).to_have_value("")
    expect(consent(page)).to_have_count(0)
    assert assistant.sent[-1][2] == FIRST


def test_a_topic_waits_in_the_box_until_she_has_agreed(
    page: Page, assistant: FakeAssistant
) -> None:
    page.get_by_role("button", name="Tengo poca leche").click()
    expect(box(page)).to_have_value("Tengo poca leche")
    agree(page)
    expect(page.get_by_text("Has dicho: Tengo poca leche")).to_be_visible()
    assert assistant.sent[-1][2] == "Tengo poca leche"


def test_what_is_not_to_be_kept_never_reaches_the_record(
    page: Page, assistant: FakeAssistant, private: FakeAssistant
) -> None:
    before = len(assistant.sent)
    try_to_say(page, FIRST)
    agree(page, "Sin guardar nada")
    button = page.get_by_role("button", name="Al engancharse")
    expect(button).to_be_enabled()
    expect(page.get_by_text("No se guarda nada.")).to_be_visible()
    button.click()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    page.get_by_role("button", name="edad del bebé: 3 semanas").click()
    expect(page.get_by_text("Vale, olvido ese dato.")).to_be_visible()
    page.reload()  # which is not yet the end of it
    expect(hers(page)).to_have_count(2)
    expect(page.get_by_text("No se guarda nada.")).to_be_visible()
    say(page, "y otra cosa")
    expect(page.get_by_text("Has dicho: y otra cosa")).to_be_visible()
    assert len(assistant.sent) == before
    assert [text for _, _, text in private.sent[-4:]][::3] == [FIRST, "y otra cosa"]


def test_what_is_not_kept_is_hers_to_read_and_to_forget(
    page: Page, address: str, private: FakeAssistant
) -> None:
    try_to_say(page, FIRST)
    agree(page, "Sin guardar nada")
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    page.goto(f"{address}resumen")
    expect(page.get_by_text("RESUMEN DE MI CONSULTA")).to_be_visible()
    page.goto(f"{address}mis-datos")
    expect(page.get_by_text("Esta conversación no está guardada en ningún sitio")).to_be_visible()
    page.get_by_text("Borrar mis datos").click()
    page.get_by_role("button", name="Sí, borrar todo").click()
    expect(page.get_by_role("heading", name="Ya está borrado")).to_be_visible()
    assert private.history(private.sent[-1][0]) == []


def test_what_she_agreed_to_is_kept_with_the_message_that_agrees(
    page: Page, assistant: FakeAssistant
) -> None:
    try_to_say(page, FIRST)
    asked = consent(page).locator("#consent-text").inner_text()
    agree(page)
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    say(page, "y otra cosa")
    expect(page.get_by_text("Has dicho: y otra cosa")).to_be_visible()
    said = assistant.history(assistant.sent[-1][0])
    first, second = [event for event in said if isinstance(event, MessageReceived)]
    assert first.consent == asked
    assert second.consent is None


def test_a_page_that_says_nothing_of_it_is_not_believed(
    context: BrowserContext, page: Page, assistant: FakeAssistant
) -> None:
    """Another tab, opened before, does not know yet that nothing is to be kept."""
    other = context.new_page()
    other.goto(page.url)
    other.get_by_text("Hola, soy Nodriza").wait_for()
    before = len(assistant.sent)
    try_to_say(page, FIRST)
    agree(page, "Sin guardar nada")
    expect(hers(page)).to_have_count(1)
    try_to_say(other, "desde la otra")
    expect(hers(other).first).to_have_text(FIRST)
    assert len(assistant.sent) == before


def test_danger_is_answered_before_she_has_agreed(opened: Page, assistant: FakeAssistant) -> None:
    before = len(assistant.sent)
    try_to_say(opened, "Tiene fiebre")
    # A slow line has a notice of its own.
    notice = opened.get_by_role("alert").filter(has_text="urgencias ahora")
    expect(notice.get_by_role("link", name="911")).to_have_attribute("href", "tel:911")
    expect(consent(opened)).to_be_visible()
    assert len(assistant.sent) == before
    agree(opened)
    expect(opened.locator("#banner").get_by_role("link", name="911")).to_be_visible()
    expect(notice).to_have_count(0)


def test_a_warning_follows_her_to_another_country(opened: Page, assistant: FakeAssistant) -> None:
    before = len(assistant.sent)
    try_to_say(opened, "Tiene fiebre")
    notice = opened.get_by_role("alert").filter(has_text="urgencias ahora")
    expect(notice.get_by_role("link", name="911")).to_be_visible()
    choose_country(opened, "España")
    expect(notice.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    expect(notice.get_by_role("link", name="911")).to_have_count(0)
    expect(consent(opened)).to_be_visible()
    assert len(assistant.sent) == before


def test_the_country_is_guessed_and_can_be_changed(opened: Page, assistant: FakeAssistant) -> None:
    foot = opened.locator("#disclaimer")
    expect(foot).to_contain_text("llama al 911")
    say(opened, "Tiene fiebre")
    banner = opened.locator("#banner")
    expect(banner.get_by_role("link", name="911")).to_be_visible()
    choose_country(opened, "España")
    expect(banner.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    expect(opened.locator("#log").get_by_role("link", name="112")).to_be_visible()
    expect(opened.get_by_role("link", name="911")).to_have_count(0)
    expect(foot).to_contain_text("llama al 112")
    say(opened, "y otra cosa")
    expect(opened.get_by_text("Has dicho: y otra cosa")).to_be_visible()
    history = assistant.history(assistant.sent[-1][0])
    locales = [event.locale for event in history if event.type == "message_received"]
    assert locales == [Locale(country=c, language="es") for c in ("MX", "ES")]
    opened.reload()
    expect(foot).to_contain_text("llama al 112")
    expect(banner.get_by_role("link", name="112")).to_be_visible()


def test_another_language_is_one_tap_away(opened: Page) -> None:
    opened.get_by_role("link", name="English").click()
    expect(opened.get_by_text("Hello, I'm Nodriza")).to_be_visible()
    expect(opened.get_by_text("in Spanish only")).to_be_visible()
    expect(opened.locator("html")).to_have_attribute("lang", "en")
    assert opened.evaluate("navigator.language") == "en"
    english = opened.get_by_role("textbox", name="Your message")
    english.fill("Tiene fiebre")
    english.press("Enter")
    opened.get_by_role("button", name="Keep nothing").click()
    expect(opened.locator("#banner").get_by_role("link", name="Call 911")).to_be_visible()
    expect(opened.get_by_role("button", name="Start again")).to_be_visible()
    expect(opened.locator("html")).to_have_attribute("lang", "en")


def test_her_pages_speak_the_language_of_her_chat(opened: Page) -> None:
    opened.get_by_role("link", name="English").click()
    english = opened.get_by_role("textbox", name="Your message")
    english.fill("Me duele")
    english.press("Enter")
    agree(opened, ENGLISH("chat.consent.keep"))
    expect(hers(opened)).to_have_text(["Me duele"])
    expect(opened.locator("#log .typing")).to_have_count(0)
    opened.get_by_role("link", name=ENGLISH("hers.my_data")).click()
    expect(opened.get_by_role("heading", name=ENGLISH("hers.data.heading"))).to_be_visible()
    expect(opened.locator("html")).to_have_attribute("lang", "en")
    opened.get_by_role("link", name=ENGLISH("hers.home")).click()
    expect(opened.get_by_text("Hello, I'm Nodriza")).to_be_visible()
    expect(hers(opened)).to_have_text(["Me duele"])


def test_a_warning_reaches_a_page_that_did_not_hear_of_it(opened: Page) -> None:
    """Gradio loses what an event tells when another one ends; a page loaded anew never had it."""
    try_to_say(opened, "Tiene fiebre")
    expect(consent(opened)).to_be_visible()
    opened.reload()
    notice = opened.get_by_role("alert").filter(has_text="urgencias ahora")
    expect(notice.get_by_role("link", name="911")).to_be_visible()
    expect(consent(opened)).to_be_visible()
    say(opened, "Ya no tiene fiebre")
    expect(notice).to_have_count(0)


def test_what_is_said_before_the_page_knows_her_country_is_said_from_there(
    browser: Browser,
) -> None:
    """A quick thumb, or a slow line: the server has not told the page yet where she is."""
    stored = FakeAssistant(script)
    with serving(stored, FakeAssistant(script)) as address:
        context = browser.new_context(locale="es-CO")
        page = context.new_page()
        # The page's opening is never answered.
        page.route("**/gradio_api/queue/join*", lambda route: route.abort(), times=1)
        page.goto(address)
        page.get_by_text("Hola, soy Nodriza").wait_for()
        say(page, "Tiene fiebre")
        link = page.locator("#banner").get_by_role("link", name="123")
        expect(link).to_have_attribute("href", "tel:123")
        context.close()


def test_too_many_messages_are_refused_calmly_and_danger_never(browser: Browser) -> None:

    stored, private = FakeAssistant(script), FakeAssistant(script)
    with serving(stored, private, rate="3/hour") as address:
        context = browser.new_context(locale="es-CO")
        page = context.new_page()
        page.goto(address)
        page.get_by_text("Hola, soy Nodriza").wait_for()
        say(page, "uno")  # twice: before she has agreed, and then
        expect(page.get_by_text("Has dicho: uno")).to_be_visible()
        try_to_say(page, "dos")
        expect(page.get_by_text("Has dicho: dos")).to_be_visible()
        try_to_say(page, "tres")
        notice = page.get_by_role("alert")
        expect(notice).to_contain_text("Espera un minuto")
        expect(notice).to_contain_text("llama al 123")
        expect(box(page)).to_have_value("tres")
        try_to_say(page, "Tiene fiebre")
        expect(notice.get_by_role("link", name="123")).to_be_visible()
        assert [text for _, _, text in stored.sent] == ["uno", "dos"]
        context.close()


def test_when_too_many_wait_her_words_stay_with_her(browser: Browser) -> None:

    waiting = [0]
    stored = FakeAssistant(script)
    with serving(
        stored, FakeAssistant(script), most_waiting=5, under_way=lambda: waiting[0]
    ) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.get_by_text("Hola, soy Nodriza").wait_for()
        waiting[0] = 5
        say(page, "uno")
        expect(page.get_by_role("alert")).to_contain_text("muchas personas")
        waiting[0] = 4
        expect(box(page)).to_have_value("uno")
        box(page).press("Enter")
        expect(page.get_by_text("Has dicho: uno")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        context.close()


@every_look
@both_schemes
def test_it_fits_and_axe_finds_nothing(
    browser: Browser, address: str, size: str, scheme: str
) -> None:
    with looking(browser, address, size, scheme) as page:
        expect(page.locator("#replies button")).to_have_count(6)
        expect(page.get_by_role("combobox", name="Tu país")).to_be_in_viewport(ratio=1)
        must_be_sound(page)
        try_to_say(page, FIRST)
        for button in consent(page).get_by_role("button").all():
            expect(button).to_be_in_viewport(ratio=1)
            bounds = button.bounding_box()
            assert bounds is not None
            assert min(bounds["width"], bounds["height"]) >= 44
        must_be_sound(page)
        try_to_say(page, "Tiene fiebre")
        expect(page.get_by_role("alert")).to_be_visible()
        must_be_sound(page)
        agree(page, "Sin guardar nada")
        expect(page.locator("#banner")).to_be_visible()
        must_be_sound(page)
        say(page, "Al engancharse")
        expect(page.get_by_role("button", name="Volver")).to_be_visible()
        name = page.get_by_role("heading", name="Nodriza")
        assert name.evaluate(
            "it => { const words = document.createRange(); words.selectNodeContents(it);"
            " const room = it.closest('#name').getBoundingClientRect();"
            " return words.getBoundingClientRect().right <= room.right + 1 }"
        )
        expect(name).to_be_in_viewport(ratio=1)
        must_be_sound(page)


@pytest.mark.parametrize(("width", "height"), [(640, 430), (180, 320)])
def test_at_twice_the_size_nothing_is_out_of_reach(
    browser: Browser, address: str, width: int, height: int
) -> None:
    """A window of 1280×860 or of 360×640, enlarged to 200 %."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="es-ES")
    page = context.new_page()
    try:
        page.goto(address)
        page.get_by_text("Hola, soy Nodriza").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (*page.locator("#replies button").all(), box(page), page.locator("#country")):
            part.scroll_into_view_if_needed()
            expect(part).to_be_in_viewport()
        say(page, FIRST)
        button = page.get_by_role("button", name="Al engancharse")
        button.click()
        expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


def test_agreeing_with_the_keyboard_alone(page: Page) -> None:
    expect(box(page)).to_be_focused()
    page.keyboard.type(FIRST)
    page.keyboard.press("Enter")
    expect(consent(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sí, guárdalo")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sin guardar nada")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    expect(hers(page)).to_have_text([FIRST])


def test_nothing_moves_for_those_who_want_no_motion(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    try:
        page.goto(address)
        page.get_by_text("Hola, soy Nodriza").wait_for()
        # On a busy machine the words may be there before the style of every part.
        until(
            page,
            "() => ![...document.querySelectorAll('*')].map(it => getComputedStyle(it))"
            ".some(it => it.animationName !== 'none' || parseFloat(it.transitionDuration) > 0)",
        )
    finally:
        context.close()


def test_a_phone_that_cannot_open_the_conversation_says_whom_to_call(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="es-CO")
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_text("Si es urgente, no esperes: llama al 123.")).to_be_visible()
    # Chromium shows no <noscript> where only the test has switched scripts off.
    assert "<noscript><p>Este navegador no puede abrir la conversación" in page.content()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    context.close()


def test_what_is_read_while_the_page_opens_goes_when_it_is_open(opened: Page) -> None:
    expect(opened.get_by_text("Abriendo Nodriza")).to_have_count(0)


def test_who_is_sent_a_link_sees_what_it_is(opened: Page, address: str) -> None:
    previews = {
        path: opened.request.get(f"{address}{path}").text().split("<body")[0]
        for path in ("", "en/")
    }
    assert load_texts("es")("chat.tagline") in previews[""]
    assert ENGLISH("chat.tagline").split("'")[0] in previews["en/"]
    for page in previews.values():
        tags = [tag for tag in page.split("<meta") if "og:" in tag or "twitter:" in tag]
        assert tags
        assert not any("gradio" in tag.split(">")[0].lower() for tag in tags)
