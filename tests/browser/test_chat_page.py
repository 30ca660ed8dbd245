"""The mothers' page in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import agree
from tests.browser.looks import shown_wholly
from tests.fakes import FakeAssistant

pytestmark = [
    pytest.mark.browser,
    # Gradio's own statistics use what pandas deprecates, in the server's thread.
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

FIRST = "Me duele al dar el pecho, tiene 3 semanas"
TYPING = ".typing"


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Tu mensaje")


def say(page: Page, text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")
    if hers(page).count() == 0:
        agree(page)


def hers(page: Page) -> Locator:
    """Her bubbles."""
    return page.locator("#log .user-row .message")


def reach_an_answer(page: Page) -> None:
    say(page, FIRST)
    page.get_by_role("button", name="Al engancharse").click()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()


def test_a_conversation_to_an_answer_with_sources(page: Page) -> None:
    reach_an_answer(page)
    expect(hers(page)).to_have_text([FIRST, "Al engancharse"])
    expect(page.get_by_role("heading", name="Cuándo pedir ayuda")).to_be_visible()
    expect(page.get_by_text("Texto pendiente de revisión profesional.")).to_be_visible()
    page.locator("#log summary", has_text="De dónde sale").click()
    link = page.get_by_role("link", name="Guía de lactancia materna (para madres)")
    expect(link).to_have_attribute("href", "https://example.org/guia_%282023%29.pdf")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def test_quick_replies_sleep_while_an_answer_comes_and_change_at_its_end(
    page: Page, assistant: FakeAssistant
) -> None:
    say(page, FIRST)
    button = page.get_by_role("button", name="Al engancharse")
    expect(button).to_be_enabled()
    with assistant.held():
        button.click()
        expect(page.locator(TYPING)).to_be_visible()
        expect(button).to_be_disabled()
    expect(page.get_by_role("button", name="Me ha ayudado")).to_be_enabled()
    expect(button).to_have_count(0)


def test_back_and_restart_are_words_like_any_other(page: Page) -> None:
    reach_an_answer(page)
    page.get_by_role("button", name="Volver").click()
    expect(hers(page).last).to_have_text("Volver")
    page.get_by_role("button", name="Empezar de nuevo").click()
    expect(hers(page).last).to_have_text("Empezar de nuevo")


def test_what_was_understood_can_be_taken_back(page: Page, assistant: FakeAssistant) -> None:
    say(page, FIRST)
    page.get_by_role("button", name="edad del bebé: 3 semanas").click()
    expect(page.get_by_text("Vale, olvido ese dato.")).to_be_visible()
    expect(page.get_by_role("button", name="edad del bebé")).to_have_count(0)
    assert assistant.sent[-1][1:] == ("1", "correct baby_age_days")


def test_danger_stays_above_the_conversation(page: Page) -> None:
    say(page, "Tiene fiebre")
    banner = page.locator("#banner")
    expect(banner.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    say(page, FIRST)
    expect(page.get_by_role("button", name="Al engancharse")).to_be_visible()
    expect(banner).to_be_visible()


def test_a_reload_in_the_middle_of_an_answer(page: Page, assistant: FakeAssistant) -> None:
    with assistant.held():
        say(page, FIRST)
        expect(page.locator(TYPING)).to_be_visible()
        say(page, "y otra cosa")
        expect(hers(page)).to_have_text([FIRST, "y otra cosa"])
        page.reload()
        expect(hers(page)).to_have_text([FIRST, "y otra cosa"])
        expect(page.locator(TYPING)).to_be_visible()
    expect(page.get_by_text("Has dicho: y otra cosa")).to_be_visible()
    expect(hers(page)).to_have_text([FIRST, "y otra cosa"])
    page.reload()
    expect(hers(page)).to_have_text([FIRST, "y otra cosa"])
    expect(page.locator(TYPING)).to_have_count(0)


def test_two_browsers_do_not_see_each_other(page: Page, browser: Browser, address: str) -> None:
    say(page, "un secreto mío")
    expect(page.get_by_text("Has dicho: un secreto mío")).to_be_visible()
    other = browser.new_context()
    try:
        stranger = other.new_page()
        stranger.goto(address)
        say(stranger, "hola")
        expect(stranger.get_by_text("Has dicho: hola")).to_be_visible()
        assert "secreto" not in stranger.content()
    finally:
        other.close()


def test_racing_clicks_are_one_turn(page: Page, assistant: FakeAssistant) -> None:
    say(page, FIRST)
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    before = len(assistant.sent)
    page.evaluate("for (const it of document.querySelectorAll('#replies button')) it.click()")
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    expect(hers(page)).to_have_count(2)
    assert len(assistant.sent) == before + 1


def test_sending_twice_is_one_turn(page: Page, assistant: FakeAssistant) -> None:
    before = len(assistant.sent)
    with assistant.held():
        box(page).fill(FIRST)
        page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('#send').click()")
        keep = page.get_by_role("button", name="Sí, guárdalo")
        keep.evaluate("it => { for (let n = 0; n < 3; n++) it.click() }")
        expect(page.locator(TYPING)).to_be_visible()
    expect(page.get_by_role("button", name="Al engancharse")).to_be_enabled()
    assert len(assistant.sent) == before + 1


def test_a_stale_tab_is_refreshed_and_keeps_her_words(page: Page, context: BrowserContext) -> None:
    # Its clock stands still at first: a tick between the two messages would refresh it before it
    # sends.
    page.add_init_script(
        "window.still = true; const every = setInterval;"
        " window.setInterval = (tick, ms) => every(() => { if (!window.still) tick(); }, ms);"
    )
    page.reload()
    page.get_by_text("Hola, soy Nodriza").wait_for()
    other = context.new_page()
    other.goto(page.url)
    say(other, FIRST)
    expect(other.get_by_role("button", name="Al engancharse")).to_be_visible()
    # What she types while an answer is coming would be taken, from any tab.
    shown_wholly(other)
    # What was agreed to in the other tab holds here too.
    box(page).fill("mi mensaje")
    box(page).press("Enter")
    expect(page.get_by_role("button", name="Al engancharse")).to_be_visible()
    page.evaluate("window.still = false")
    expect(hers(page)).to_have_text([FIRST])
    expect(box(page)).to_have_value("mi mensaje")
    box(page).press("Enter")
    expect(page.get_by_text("Has dicho: mi mensaje")).to_be_visible()


def test_what_she_types_while_an_answer_comes_waits_its_turn(
    page: Page, assistant: FakeAssistant
) -> None:
    with assistant.held():
        say(page, "uno")
        expect(page.locator(TYPING)).to_be_visible()
        say(page, "dos")
        expect(hers(page)).to_have_text(["uno", "dos"])
        expect(box(page)).to_have_value("")
        box(page).fill("un borrador")
    expect(page.get_by_text("Has dicho: dos")).to_be_visible()
    bots = page.locator("#log .bot-row .message")
    expect(bots).to_contain_text(["Hola", "Has dicho: uno", "Has dicho: dos"])
    expect(box(page)).to_have_value("un borrador")
    assert [sent[1:] for sent in assistant.sent[-2:]] == [("0", "uno"), ("1", "dos")]


@pytest.mark.parametrize(
    "text",
    [
        "<img src='/gradio_api/file=x.png' onerror='alert(1)'> <b>hola</b> <script>1</script>",
        "![foto](/foto.png) [pulsa](/aqui) **no** _no_ `no` ~~no~~",
        "# no es título > ni cita | a | b | $$x^2$$ &amp; &lt; \\* www.example.org a@b.org",
    ],
)
def test_her_words_are_shown_literally_and_fetch_nothing(page: Page, text: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    say(page, text)
    expect(hers(page)).to_have_text(text)
    expect(page.locator("#log .bot-row .message").last).to_contain_text("Has dicho: ")
    assert page.locator("#log .message :is(img, b, em, a, code, h1, script, table)").count() == 0
    assert not [url for url in asked if "foto" in url or "file=" in url]


def test_nothing_is_asked_of_other_machines_nor_kept_in_the_browser(
    context: BrowserContext, address: str
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    expect(page.get_by_text("Hola, soy Nodriza")).to_be_visible()
    reach_an_answer(page)
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not complaints
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "duele" not in kept
    assert "engancharse" not in kept
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["nodriza"]["httpOnly"]
    assert cookies["nodriza"]["sameSite"] == "Lax"
    assert cookies["nodriza"]["value"] not in "".join(asked)


def test_a_conversation_with_the_keyboard_alone(page: Page) -> None:
    expect(box(page)).to_be_focused()
    page.keyboard.type(FIRST)
    page.keyboard.press("Enter")
    press_by_keyboard(page, "Sí, guárdalo", "Tab")
    press_by_keyboard(page, "Al engancharse", "Shift+Tab")
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    # The button that was pressed has a new label now, and the keyboard is still there.
    expect(page.get_by_role("button", name="Me ha ayudado")).to_be_focused()


def press_by_keyboard(page: Page, name: str, step: str) -> None:
    """Go to a button with the keyboard, and press it."""
    button = page.get_by_role("button", name=name)
    expect(button).to_be_enabled()
    for _ in range(12):
        if button.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press(step)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def test_a_phone_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    reach_an_answer(page)
    width = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    )
    assert width <= 390
    for button in page.get_by_role("button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44, button.inner_text()
    assert box(page).evaluate("it => parseFloat(getComputedStyle(it).fontSize)") >= 16
    expect(page.get_by_text("No sustituyo a tu matrona")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_in_viewport()


def test_the_page_speaks_spanish(page: Page) -> None:
    assert page.evaluate("[document.documentElement.lang, navigator.language]") == ["es", "es"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, address: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    try:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_text("Hola, soy Nodriza")).to_be_visible()
        reach_an_answer(page)
        say(page, "Tiene fiebre")
        expect(page.locator("#banner")).to_be_visible()
        violations = axe.run(page).response["violations"]
        serious = [it for it in violations if it["impact"] in ("serious", "critical")]
        assert not [(it["id"], [node["html"] for node in it["nodes"]]) for it in serious]
    finally:
        context.close()


@pytest.mark.parametrize("page", ["", "en/"])
def test_gradios_own_routes_are_closed(context: BrowserContext, address: str, page: str) -> None:
    for path in (
        *(
            "upload",
            "upload_progress",
            "proxy=http://x",
            "file=/etc/passwd",
            "info",
            "openapi.json",
        ),
        *("call/turn", "run/turn", "api/turn", "component_server", "token", "app_id", "deep_link"),
        *("queue/status", "monitoring/summary", "process_recording", "vibe-code", "reset"),
        *("stream/a/b/c/playlist.m3u8", "heartbeat/a/../../config", "startup-events", "dev/reload"),
    ):
        for method in ("GET", "POST"):
            response = context.request.fetch(f"{address}{page}gradio_api/{path}", method=method)
            assert response.status == 404, path
    for path in ("config", "login", "monitoring", "openapi.json", "docs", "pwa_icon", "svelte/x"):
        assert context.request.get(f"{address}{page}{path}").status == 404, path


def test_a_screen_reader_hears_each_thing_once(page: Page) -> None:
    """What is added to the live region is read out: a bubble drawn anew would be read again."""
    heard = """() => {
        window.heard = [];
        const region = document.querySelector("#log [role=log][aria-live=polite]");
        const note = (text) => { if (text.trim()) window.heard.push(text.trim()); };
        new MutationObserver((changes) => {
            for (const change of changes) {
                if (change.type === "characterData") note(change.target.data);
                for (const added of change.addedNodes) note(added.textContent);
            }
        }).observe(region, { childList: true, subtree: true, characterData: true });
    }"""
    say(page, FIRST)
    button = page.get_by_role("button", name="Al engancharse")
    expect(button).to_be_enabled()
    page.evaluate(heard)
    button.click()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    expect(page.locator(TYPING)).to_have_count(0)
    heard_texts = page.evaluate("window.heard")
    assert sum("Dolor al engancharse" in text for text in heard_texts) == 1
    assert [text for text in heard_texts if FIRST in text] == []


def test_an_address_that_gradio_would_fail_on_opens_the_page(
    context: BrowserContext, address: str
) -> None:
    assert context.request.get(f"{address}?page=3").status == 200


def test_health_and_headers(context: BrowserContext, address: str) -> None:
    health = context.request.get(f"{address}salud")
    assert (health.status, health.text()) == (200, "ok")
    headers = context.request.get(address).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
