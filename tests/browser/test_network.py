"""A night with a bad connection: nothing is lost, nothing comes twice, and she is told."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.test_chat_page import FIRST, TYPING, box, hers, say
from tests.fakes import FakeAssistant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

JOIN = "**/gradio_api/queue/join*"
STREAM = "**/gradio_api/queue/data*"


@pytest.fixture
def begun(page: Page) -> Page:
    """A conversation under way."""
    say(page, "hola")
    expect(page.get_by_text("Has dicho: hola")).to_be_visible()
    return page


def test_what_she_sends_without_a_connection_is_sent_when_it_is_back(
    begun: Page, context: BrowserContext, assistant: FakeAssistant
) -> None:
    before = len(assistant.sent)
    context.set_offline(True)
    box(begun).fill("uno")
    for _ in range(3):
        begun.get_by_role("button", name="Enviar").click()
    notice = begun.get_by_text("Sin conexión. Sigo intentándolo")
    expect(notice).to_be_visible()
    expect(box(begun)).to_have_value("uno")
    expect(begun.get_by_text("Connection")).to_have_count(0)
    context.set_offline(False)
    expect(begun.get_by_text("Has dicho: uno")).to_be_visible()
    expect(notice).to_have_count(0)
    expect(hers(begun)).to_have_text(["hola", "uno"])
    expect(box(begun)).to_have_value("")
    assert [text for _, _, text in assistant.sent[before:]] == ["uno"]


def test_an_answer_that_comes_while_she_has_no_connection_is_shown_after(
    begun: Page, context: BrowserContext, assistant: FakeAssistant
) -> None:
    before = len(assistant.sent)
    with assistant.held():
        box(begun).fill("uno")
        box(begun).press("Enter")
        expect(begun.locator(TYPING)).to_be_visible()
        box(begun).fill("un borrador")
        context.set_offline(True)
        expect(begun.get_by_text("Sin conexión")).to_be_visible()
    context.set_offline(False)
    expect(begun.get_by_text("Has dicho: uno")).to_be_visible()
    expect(begun.get_by_text("Sin conexión")).to_have_count(0)
    expect(begun.locator(TYPING)).to_have_count(0)
    expect(box(begun)).to_have_value("un borrador")
    box(begun).press("Enter")
    expect(begun.get_by_text("Has dicho: un borrador")).to_be_visible()
    assert [text for _, _, text in assistant.sent[before:]] == ["uno", "un borrador"]


def test_an_answer_to_the_request_that_is_lost_does_not_send_it_twice(
    begun: Page, assistant: FakeAssistant
) -> None:
    """The message has arrived, and the page does not know it."""
    before = len(assistant.sent)
    swallowed: list[str] = []

    def swallow(route: Route) -> None:
        if len(swallowed) < 2:
            swallowed.append(route.fetch().text())
            route.abort("connectionreset")
        else:
            route.continue_()

    begun.route(JOIN, swallow)
    box(begun).fill("uno")
    box(begun).press("Enter")
    expect(begun.get_by_text("Has dicho: uno")).to_be_visible()
    expect(hers(begun)).to_have_text(["hola", "uno"])
    expect(box(begun)).to_have_value("")
    assert len(swallowed) == 2
    assert [text for _, _, text in assistant.sent[before:]] == ["uno"]


def test_an_answer_whose_news_are_lost_is_looked_up_though_the_timer_stands_still(
    begun: Page,
) -> None:
    """Gradio may lose the updates of an event, and with the end of a tick its timer."""
    ticks = begun.evaluate(
        "() => window.gradio_config.dependencies"
        ".filter((it) => it.targets.some(([, event]) => event === 'tick')).map((it) => it.id)"
    )
    assert len(ticks) == 1
    said: list[int] = []

    def lose(route: Route) -> None:
        event = json.loads(route.request.post_data or "")["fn_index"]
        if event in ticks:
            route.fulfill(json={"event_id": "a look without an end"})
        elif said:
            route.continue_()
        else:
            said.append(event)
            route.fetch()  # her words are taken
            route.fulfill(json={"event_id": "words without an answer"})

    begun.route(JOIN, lose)
    box(begun).fill("uno")
    box(begun).press("Enter")
    expect(begun.get_by_text("Has dicho: uno")).to_be_visible()
    assert said
    expect(hers(begun)).to_have_text(["hola", "uno"])
    begun.unroute(JOIN)


def test_a_whole_consultation_over_a_slow_and_breaking_line(
    page: Page, context: BrowserContext, assistant: FakeAssistant
) -> None:
    """50 KB/s with 400 ms of delay; every third request fails, each in its own way."""
    before = len(assistant.sent)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 5e4, "uploadThroughput": 2e4},
    )
    seen = 0

    def break_some(route: Route) -> None:
        nonlocal seen
        seen += 1
        if seen % 3:
            route.continue_()
        elif seen % 2:
            route.abort("connectionreset")
        else:
            route.fulfill(status=502, body="Bad Gateway")

    page.route(JOIN, break_some)
    page.route(STREAM, break_some)
    say(page, FIRST)
    button = page.get_by_role("button", name="Al engancharse")
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_role("heading", name="Dolor al engancharse")).to_be_visible()
    say(page, "gracias")
    expect(page.get_by_text("Has dicho: gracias")).to_be_visible()
    expect(hers(page)).to_have_text([FIRST, "Al engancharse", "gracias"])
    assert [text for _, _, text in assistant.sent[before:]] == [FIRST, "Al engancharse", "gracias"]
    assert seen > 6
