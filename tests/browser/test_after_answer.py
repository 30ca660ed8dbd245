"""Under an answer and beside the chat: folds, whether it helped, keeping it, her data."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import SIZES, both_schemes, every_look, looking, must_be_sound
from tests.browser.test_chat_page import box, hers, reach_an_answer, say
from tests.fakes import FakeAssistant

pytestmark = [
    pytest.mark.browser,
    # Gradio's own statistics use what pandas deprecates, in the server's thread.
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

WIDTH, HEIGHT = (f"it => it.getBoundingClientRect().{it}" for it in ("width", "height"))
SECRET = "un secreto mío"


@every_look
@both_schemes
def test_an_answer_on_every_screen(browser: Browser, address: str, size: str, scheme: str) -> None:
    with looking(browser, address, size, scheme) as page:
        reach_an_answer(page)
        page.locator("#log summary", has_text="De dónde sale").click()
        expect(page.get_by_role("link", name="Guía de lactancia")).to_be_visible()
        page.locator("#log").get_by_role("button", name="No", exact=True).click()
        expect(page.get_by_text("Siento que no te haya servido")).to_be_in_viewport()
        # What else may serve takes one line where room is short: the answer has the rest.
        assert page.locator("#log").evaluate(HEIGHT) >= SIZES[size][1] * 0.45
        must_be_sound(page, grave_only=True)
        expect(page.get_by_role("link", name="Mis datos")).to_be_in_viewport()
        page.get_by_role("link", name="Contarnos algo más").click()
        expect(page.get_by_role("heading", name="Cuéntanos algo más")).to_be_visible()
        must_be_sound(page)
        for path in ("resumen", "mis-datos"):
            page.goto(f"{address}{path}")
            must_be_sound(page)
            assert page.title() == "Nodriza"


@every_look
@both_schemes
def test_a_danger_on_every_screen(browser: Browser, address: str, size: str, scheme: str) -> None:
    with looking(browser, address, size, scheme) as page:
        say(page, "Tiene fiebre")
        call = page.locator("#banner").get_by_role("link", name="112")
        expect(call).to_be_in_viewport()
        say(page, "Me duele al dar el pecho")
        expect(page.get_by_role("button", name="Al engancharse")).to_be_in_viewport()
        expect(call).to_be_in_viewport(ratio=1)
        assert call.evaluate(HEIGHT) >= 44
        assert page.locator("#log").evaluate(HEIGHT) >= 150
        column, banner = (page.locator(it).evaluate(WIDTH) for it in ("#header", "#banner"))
        assert banner == column
        expect(box(page)).to_be_in_viewport(ratio=1)
        page.get_by_text("No sustituyo").scroll_into_view_if_needed()
        expect(page.get_by_text("No sustituyo")).to_be_in_viewport(ratio=0.9)
        must_be_sound(page, grave_only=True)


def test_folds_open_with_the_keyboard(page: Page) -> None:
    reach_an_answer(page)
    link = page.get_by_role("link", name="Guía de lactancia")
    expect(link).to_have_count(0)  # folded: a screen reader does not read it either
    page.locator("#log summary", has_text="De dónde sale").focus()
    page.keyboard.press("Enter")
    expect(link).to_be_visible()


def test_whether_it_helped_is_noted_once_and_stays(page: Page, assistant: FakeAssistant) -> None:
    reach_an_answer(page)
    page.locator("#log").get_by_role("button", name="Sí", exact=True).click()
    expect(page.get_by_text("Me alegro")).to_be_visible()
    expect(page.locator("#log button.rate")).to_have_count(0)
    page.get_by_role("link", name="Contarnos algo más").click()
    page.get_by_label("Tu opinión").fill(SECRET)
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("ayuda a mejorar")).to_be_visible()
    assert SECRET not in page.url
    page.get_by_role("link", name="Volver a la conversación").click()
    expect(page.get_by_text("ayuda a mejorar")).to_be_visible()
    rated = [event for event in assistant.history(assistant.sent[-1][0]) if event.type == "rated"]
    assert [(r.node, r.helped, r.comment) for r in rated] == [
        ("dolor-enganche", True, ""),
        ("dolor-enganche", True, SECRET),
    ]
    # She goes on: the next answer is asked about anew.
    say(page, "Después de la toma")
    expect(page.locator("#log button.rate")).to_have_count(2)


def test_a_page_that_is_out_of_date_rates_nothing(page: Page, assistant: FakeAssistant) -> None:
    reach_an_answer(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    say(other, "otra cosa")
    expect(other.get_by_text("Has dicho: otra cosa")).to_be_visible()
    page.locator("#log button.rate.yes").click()
    expect(page.get_by_text("Has dicho: otra cosa")).to_be_visible()
    kinds = [event.type for event in assistant.history(assistant.sent[-1][0])]
    assert "rated" not in kinds


@pytest.mark.parametrize(
    ("label", "reply", "again"),
    [("Va mejor", "Me alegro mucho", 0), ("Sigue igual", "lo siento", 1), ("Va peor", "peor", 1)],
)
def test_back_on_another_day_she_is_asked_how_it_goes(
    page: Page, assistant: FakeAssistant, label: str, reply: str, again: int
) -> None:
    say(page, "El otro día")
    question = page.get_by_text("La última vez hablamos de «Dolor al engancharse»")
    expect(question).to_be_in_viewport()
    sent = len(assistant.sent)
    page.get_by_role("button", name=label).click()
    expect(question).to_have_count(0)
    last = page.locator("#log .bot-row .message").last
    expect(last).to_contain_text(reply)
    expect(last.get_by_role("heading", name="Cuándo pedir ayuda")).to_have_count(again)
    assert len(assistant.sent) == sent  # no turn: what she said is in the record all the same
    page.reload()
    expect(hers(page)).to_have_text(["El otro día", label])


def test_an_answer_of_today_is_not_asked_about(page: Page) -> None:
    reach_an_answer(page)
    page.reload()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    expect(page.get_by_role("button", name="Va mejor")).to_have_count(0)


def test_the_summary_is_shared_copied_and_downloaded(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reach_an_answer(page)
    page.add_init_script("navigator.share = async (it) => { window.shared = it; }")
    page.get_by_role("link", name="Guardar o compartir").click()
    text = page.locator("pre").inner_text()
    for part in ("edad del bebé: 3 semanas", "Dolor al engancharse", "Barriga con barriga", "2023"):
        assert part in text
    page.get_by_role("button", name="Compartir").click()
    assert page.evaluate("window.shared.text").strip() == text.strip()
    page.get_by_role("button", name="Copiar").click()
    expect(page.get_by_role("button", name="Copiado")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == text.strip()
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar").click()
    assert download.value.suggested_filename == "resumen-nodriza.txt"
    assert download.value.path().read_text("utf-8").strip() == text.strip()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Copiar")).to_be_hidden()


def test_without_the_share_sheet_there_is_still_copying(page: Page) -> None:
    page.add_init_script("delete Navigator.prototype.share")
    reach_an_answer(page)
    page.get_by_role("link", name="Guardar o compartir").click()
    expect(page.get_by_role("button", name="Copiar")).to_be_visible()
    expect(page.get_by_role("button", name="Compartir")).to_have_count(0)


def test_she_downloads_and_erases_her_data(
    page: Page, address: str, assistant: FakeAssistant
) -> None:
    say(page, SECRET)
    expect(page.get_by_text(f"Has dicho: {SECRET}")).to_be_visible()
    thread = assistant.sent[-1][0]
    before = page.context.cookies()
    page.get_by_role("link", name="Mis datos").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar mis datos").click()
    kept = json.loads(download.value.path().read_text("utf-8"))
    assert [event["type"] for event in kept["conversation"]] == ["message_received", "replied"]
    assert kept["conversation"][0]["text"] == SECRET
    expect(page.get_by_role("button", name="Sí, borrar todo")).to_be_hidden()
    page.get_by_text("Borrar mis datos").click()
    page.get_by_role("button", name="Sí, borrar todo").click()
    expect(page.get_by_role("heading", name="Ya está borrado")).to_be_visible()
    assert assistant.history(thread) == []
    page.get_by_role("link", name="Empezar otra conversación").click()
    expect(page.get_by_text("Hola, soy Nodriza")).to_be_visible()
    expect(hers(page)).to_have_count(0)
    assert page.context.cookies()[0]["value"] != before[0]["value"]


def test_nothing_of_hers_is_in_addresses_titles_or_for_strangers(
    page: Page, browser: Browser, address: str
) -> None:
    asked: list[str] = []
    titles: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    reach_an_answer(page)
    titles.append(page.title())
    for path in ("resumen", "mis-datos", "opinion", "resumen.txt", "mis-datos.json"):
        if "." not in path:
            page.goto(f"{address}{path}")
            titles.append(page.title())
    stranger = browser.new_context()
    for path in ("resumen", "mis-datos", "opinion", "resumen.txt", "mis-datos.json"):
        shown = stranger.request.get(f"{address}{path}")
        assert "duele" not in shown.text()
        assert "no-store" in shown.headers["cache-control"]
    stranger.close()
    everything = " ".join([*asked, *titles])
    assert not re.search("duele|engancharse|semanas", everything)
    assert titles == ["Nodriza"] * 4
