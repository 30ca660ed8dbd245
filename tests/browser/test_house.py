"""The whole product as she uses it: the real page, the real assistant, a real graph server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from agent.settings import PROJECT
from tests.browser.conftest import agree
from tests.browser.looks import SIZES, must_be_sound, shown_wholly, until
from tests.conftest import Graph
from tests.experts import sign_in_page

pytestmark = pytest.mark.browser

EXPERTS_PASSWORD = "una contraseña de prueba"

TWO_TAPS = {
    "latch": ("pesón aplastao duele", ["Durante casi toda la toma", "Aplastado"], "agarre"),
    "engorgement": ("pechoz mui duros", ["Me ha subido la leche", "Sí, se agarra"], "subida"),
    "supply": ("no tengo lechee", ["Antes tenía más", "Nada, pero el pecho"], "Pecho blando"),
    "sleepy": ("nasido mui dormilon", ["Se despierta y mama", "No"], "despiértalo"),
    "storage": ("gardar leshe nebera", ["En la nevera", "No"], "nevera"),
    "work": ("buelvo al travajo", ["Cuánta leche guardar", "Volver al trabajo"], "guardar"),
}
"""For each of the six areas: three words as typed at night, what she would tap, the answer."""


@contextmanager
def serving(folder: Path, port: int, graph: Mapping[str, str]) -> Iterator[str]:
    """`nodriza ui` in a process of its own; yields the page's address."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NODRIZA_")}
    environment |= {
        "NODRIZA_DATA_FOLDER": str(folder),
        "NODRIZA_UI_PORT": str(port),
        "NODRIZA_EXPERTS_PASSWORD": EXPERTS_PASSWORD,
        **graph,
    }
    log = (folder / "log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "ui"], cwd=PROJECT, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(address, process, folder / "log")
        yield address
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(f"{address}salud", timeout=2):
            return
        time.sleep(0.2)
    raise AssertionError(f"the page did not come up:\n{log.read_text('utf-8')[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product as it comes: on the embedded graph."""
    with serving(tmp_path_factory.mktemp("house"), free_port(), {}) as address:
        yield address


@pytest.fixture
def mother(browser: Browser, house: str) -> Iterator[Page]:
    """A phone that has never been here."""
    with phone(browser, house) as page:
        yield page


@contextmanager
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="es-ES")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(address)
    page.get_by_text("Hola, soy Nodriza").wait_for()
    yield page
    context.close()


def agree_if_asked(page: Page, before: int) -> None:
    """The first message waits for her consent; `before` are the bubbles until then."""
    if before == 1:
        agree(page)


def say(page: Page, text: str) -> None:
    """Send a message and wait until the answer is there."""
    before = bubbles(page).count()
    box = page.get_by_role("textbox", name="Tu mensaje")
    box.fill(text)
    box.press("Enter")
    agree_if_asked(page, before)
    settled(page, before)


def tap(page: Page, label: str) -> None:
    button = page.get_by_role("button", name=re.compile(re.escape(label))).first
    button.wait_for()  # a page just opened has not shown what was said before
    before = bubbles(page).count()
    button.click()
    settled(page, before)


def settled(page: Page, before: int) -> None:
    until(
        page,
        "before => document.querySelectorAll('#log .bot-row .message').length > before",
        arg=before,
    )
    shown_wholly(page)


def bubbles(page: Page) -> Locator:
    """What the assistant said."""
    return page.locator("#log .bot-row .message")


def offers(page: Page, label: str) -> bool:
    return page.get_by_role("button", name=re.compile(re.escape(label))).count() > 0


def has_answer(page: Page) -> bool:
    return bubbles(page).last.get_by_role("heading", level=2).count() > 0


def walk_to_an_answer(page: Page) -> None:
    say(page, "tengo los pechos mui duros, me a subido la leche, mi bebe tiene 4 dias")
    tap(page, "Me ha subido la leche")
    tap(page, "Sí, se agarra")
    assert has_answer(page)


def test_from_the_first_message_to_a_sourced_answer(mother: Page) -> None:
    walk_to_an_answer(mother)
    answer = bubbles(mother).last
    expect(answer).to_contain_text("Aliviar la subida de la leche")
    expect(answer).to_contain_text("pendiente de revisión profesional")
    answer.locator("summary", has_text="De dónde sale").click()
    links = answer.locator("details").get_by_role("link")
    assert links.count() >= 1
    for link in links.all():
        assert (link.get_attribute("href") or "").startswith("http")
    expect(mother.get_by_role("button", name="edad del bebé: 4 días")).to_be_visible()


@pytest.mark.neo4j
def test_the_same_on_a_real_neo4j(browser: Browser, neo4j_lts_graph: Graph, tmp_path: Path) -> None:
    graph = {
        "NODRIZA_GRAPH_URI": neo4j_lts_graph.uri,
        "NODRIZA_GRAPH_USER": neo4j_lts_graph.user,
        "NODRIZA_GRAPH_PASSWORD": neo4j_lts_graph.password,
        "NODRIZA_GRAPH_DATABASE": neo4j_lts_graph.database,
    }
    with serving(tmp_path, free_port(), graph) as address, phone(browser, address) as page:
        walk_to_an_answer(page)
        expect(bubbles(page).last).to_contain_text("Aliviar la subida de la leche")


@pytest.mark.parametrize("area", TWO_TAPS)
def test_three_misspelt_words_and_at_most_two_taps(mother: Page, area: str) -> None:
    words, labels, answer = TWO_TAPS[area]
    say(mother, words)
    taps = 0
    while not has_answer(mother):
        label = next((label for label in labels if offers(mother, label)), None)
        assert label is not None, bubbles(mother).last.inner_text()
        tap(mother, label)
        taps += 1
        assert taps <= 2, bubbles(mother).last.inner_text()
    expect(bubbles(mother).last).to_contain_text(answer)


def test_a_reload_keeps_the_conversation(mother: Page) -> None:
    say(mother, "tengo los pechos mui duros")
    tap(mother, "Me ha subido la leche")
    said = bubbles(mother).all_inner_texts()
    mother.reload()
    expect(bubbles(mother)).to_have_count(len(said))
    assert bubbles(mother).all_inner_texts() == said
    tap(mother, "Sí, se agarra")
    assert has_answer(mother)


def test_two_browsers_never_see_each_others_words(browser: Browser, house: str) -> None:
    with phone(browser, house) as one, phone(browser, house) as other:
        say(one, "me duelen los pezones cuando mama")
        say(other, "cuánto dura la leche en la nevera")
        one.reload()
        other.reload()
        one.get_by_text("me duelen los pezones").wait_for()
        other.get_by_text("cuánto dura la leche").wait_for()
        expect(one.get_by_text("cuánto dura la leche")).to_have_count(0)
        expect(other.get_by_text("me duelen los pezones")).to_have_count(0)


def test_danger_comes_first_and_she_can_go_on(mother: Page) -> None:
    say(mother, "tengo una zona del pecho roja y 38,7 de fiebre")
    expect(mother.locator("#banner")).to_be_visible()
    tap(mother, "Seguir con mi consulta")
    expect(mother.locator("#banner")).to_be_visible()
    expect(bubbles(mother).last).to_contain_text("?")


def test_the_conversation_survives_a_kill_of_the_server(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port, {}) as address, phone(browser, address) as page:
        say(page, "tengo los pechos mui duros")
        expect(page.get_by_role("button", name="Me ha subido la leche")).to_be_enabled()
        said = bubbles(page).all_inner_texts()
        _kill_server(tmp_path, port)
        with serving(tmp_path, port, {}):
            page.goto(address)
            expect(bubbles(page)).to_have_count(len(said))
            assert bubbles(page).all_inner_texts() == said
            tap(page, "Me ha subido la leche")
            tap(page, "Sí, se agarra")
            assert has_answer(page)


def _kill_server(folder: Path, port: int) -> None:
    """SIGKILL our own child, found by the graph's owner file."""
    import json

    owner = json.loads((folder / "graph" / "owner.json").read_text("utf-8"))
    os.kill(int(owner["pid"]), signal.SIGKILL)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.05)
    raise AssertionError("the killed server still listens")


def test_experts_read_the_trace_behind_a_password(
    browser: Browser, house: str, mother: Page
) -> None:
    say(mother, "quiero usar pezoneras, mi bebé tiene 20 días")
    refused = browser.new_context()
    assert refused.request.get(f"{house}expertas/").status == 401
    refused.close()
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in_page(page, house, "experta", EXPERTS_PASSWORD)
    page.goto(f"{house}expertas/")
    page.get_by_text("quiero usar pezoneras").first.click()
    page.get_by_text("20 días").first.wait_for()
    expect(page.get_by_text("view").first).to_be_attached()
    expect(page.get_by_text("MATCH (start:Node").first).to_be_attached()
    # All pages are in one line of the bar, and most of a small screen is the conversation.
    assert _height(page, "header.site") < 60
    assert _height(page, ".panes") > 400
    context.close()


def _height(page: Page, of: str) -> float:
    box = page.locator(of).bounding_box()
    assert box
    return box["height"]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_experts_run_a_conversation_again_and_another_way(
    browser: Browser, house: str, mother: Page, size: str
) -> None:
    words = f"quiero usar pezoneras en {size}"
    say(mother, words)
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=house,
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in_page(page, house, "experta", EXPERTS_PASSWORD)
    page.goto("expertas/")
    page.get_by_role("link", name=words).click()
    page.get_by_role("link", name="Repetir").click()
    page.get_by_text("Sale igual, sin ninguna diferencia. Turnos: 1.").wait_for()
    must_be_sound(page)
    page.get_by_role("link", name="¿Y si…?").click()
    page.get_by_label("Lo que ella escribe en ese turno").fill("mi bebé está azul y no respira")
    page.get_by_label("Lo que ella escribe en ese turno").press("Tab")
    page.get_by_role("button", name="Ver qué pasaría").press("Enter")
    other = page.locator(".sides section").nth(1)
    other.get_by_text("mi bebé está azul y no respira").wait_for()
    expect(other.locator(".replied")).to_contain_text("112")
    must_be_sound(page)
    context.close()
