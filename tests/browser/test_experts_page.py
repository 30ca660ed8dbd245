"""The experts' page in a real browser, over a real record, behind its password."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import Request, Response
from playwright.sync_api import Browser, Page, expect
from starlette.middleware.base import RequestResponseEndpoint

from agent.texts import load_texts
from records.events import Event, Failed, MessageReceived, Moved, Rated, Replied
from records.store import ConversationSummary, RecordedEvent, RecordError, Records
from records.wanted import Found, Wanted
from tests.browser.looks import must_be_sound
from tests.experts import NAME, PASSWORD, Door, open_door, panel, sign_in_page
from tests.unit.sample_trace import HOSTILE, first_turn
from ui.experts.access import mount_options
from ui.experts.listing import LINES
from ui.experts.panel import build_experts

pytestmark = [
    pytest.mark.browser,
    # Gradio's own statistics use what pandas deprecates, in the server's thread.
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:"
)
OLD = LINES + 5
ALL = OLD + 3


def _talk(records: Records, thread: str, *turns: list[Event]) -> None:
    for number, (message, *rest) in enumerate(turns):
        assert isinstance(message, MessageReceived)
        records.begin(
            thread,
            f"m{number}",
            message,
            owner="test",
            tree="lactancia@2026-11",
            navigator="scored",
            model="qwen3-8b",
        )
        records.finish(thread, f"m{number}", rest)


def _fill(records: Records) -> None:
    for number in range(OLD):
        _talk(records, f"old-{number}", [MessageReceived(text=f"Consulta antigua {number}")])
    reply = Replied(kind="danger", text="Ve a urgencias ahora.", urgency="emergency")
    _talk(records, "hostile", [MessageReceived(text=HOSTILE), reply])
    _talk(records, "full", first_turn())
    move = Moved(kind="jump", origin=None, target="m", move="m", label="x", topic="mastitis")
    answer = Replied(kind="answer", text="Descansa.", urgency="same_day")
    records.begin(
        "unhelped",
        "m0",
        MessageReceived(text="Tengo FIEBRE y un bulto en el pecho"),
        owner="test",
        tree="lactancia@2026-11",
        navigator="menu",
        model=None,
    )
    records.finish("unhelped", "m0", [move, Failed(cause="x"), answer])
    records.note("unhelped", Rated(node="m", helped=False, comment="No sé qué hacer"))


class _Broken:
    """A record whose database cannot be reached."""

    def conversations(
        self,
        *,
        limit: int = 50,
        offset: int = 0,
        wanted: Wanted | None = None,
        total: int | None = None,
    ) -> list[ConversationSummary]:
        raise RecordError("postgresql://nodriza:secret@db")

    def count(self, wanted: Wanted | None = None) -> int:
        raise RecordError("postgresql://nodriza:secret@db")

    def found(self) -> Found:
        raise RecordError("postgresql://nodriza:secret@db")

    def conversation(self, thread: str) -> ConversationSummary | None:
        raise RecordError("postgresql://nodriza:secret@db")

    def events(self, thread: str) -> list[RecordedEvent]:
        raise RecordError("postgresql://nodriza:secret@db")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The panel as the product mounts it, with the product's Content-Security-Policy."""
    url = f"sqlite:///{tmp_path_factory.mktemp('experts') / 'record.db'}"
    records = Records.open(url)
    _fill(records)
    with open_door(url, records) as door, _serving(records, door) as running:
        yield running
    records.close()


@contextmanager
def _serving(records: Records, door: Door) -> Iterator[str]:
    app = panel(door)

    @app.middleware("http")
    async def protect(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    titles = {"mastitis": "Mastitis y bultos"}
    blocks = build_experts(records, load_texts("es"), titles=lambda: titles)
    options = mount_options(door.access.may("read"))
    broken = build_experts(_Broken(), load_texts("es"))
    gr.mount_gradio_app(app, broken, "/expertas/rota", **options)
    gr.mount_gradio_app(app, blocks, "/expertas", **options)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def visited(browser: Browser, address: str) -> Iterator[Page]:
    """A logged-in page; fails when it asked anything of another server or a script complained."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": 1280, "height": 900},
    )
    page = context.new_page()
    sign_in_page(page, address, NAME, PASSWORD)
    outside: list[str] = []
    broken: list[str] = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else outside.append(request.url)
        ),
    )
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("dialog", lambda dialog: broken.append(dialog.message))
    yield page
    context.close()
    assert not outside
    assert not broken


def _lines(page: Page) -> list[str]:
    page.get_by_role("radio").first.wait_for()
    return page.locator(".list label").all_inner_texts()


def test_the_list_shows_the_newest_first(visited: Page) -> None:
    visited.goto("/expertas/")
    lines = _lines(visited)
    assert len(lines) == LINES
    assert re.match(r"▲ Hoy · \d\d/\d\d/\d{4} \d\d:\d\d\nTengo FIEBRE", lines[0])
    assert lines[0].splitlines()[2:] == [
        "⚑ Falló un turno · No le ha ayudado · Dejó un comentario",
        "Tema: Mastitis y bultos",
        "respondida · turnos: 1 · menu · sin modelo",
    ]
    assert lines[1].splitlines()[1].startswith("Mi bebé tiene 3 semanas")
    about = "respondida · siguió sin ese modelo · turnos: 1 · scored · qwen3-8b"
    assert lines[1].splitlines()[-1] == about
    assert lines[2].startswith("⚠ Urgencias · ")
    assert "⚑ Se le mandó pedir ayuda" in lines[2]
    expect(visited.get_by_text(f"1–{LINES} de {ALL}")).to_be_visible()


def test_a_click_opens_a_conversation_step_by_step(visited: Page) -> None:
    visited.goto("/expertas/")
    _lines(visited)
    visited.get_by_role("radio").nth(1).check()
    trace = visited.locator(".trace")
    expect(trace.get_by_text("91,3 %")).to_be_visible()
    expect(trace.get_by_text("consultas al grafo: 2 (3,3 ms)")).to_be_visible()
    expect(trace.locator("mark.fact", has_text="3 semanas")).to_be_visible()
    cypher = trace.get_by_text("MATCH (topic:Topic {tree: $tree})")
    expect(cypher).to_be_hidden()
    trace.get_by_text("entries · filas: 14 · 2,3 ms").click()
    expect(cypher).to_be_visible()
    assert cypher.inner_text().splitlines()[1] == "RETURN topic.id < 'z' AS small"


def test_a_link_opens_a_conversation(visited: Page) -> None:
    visited.goto("/expertas/?c=full")
    expect(visited.locator(".trace h2")).to_contain_text("Mi bebé tiene 3 semanas")
    expect(visited.get_by_role("radio").nth(1)).to_be_checked()
    assert (
        visited.get_by_role("link", name="Enlace a esta conversación").get_attribute("href")
        == "?c=full"
    )


def test_a_link_to_nothing_says_so(visited: Page) -> None:
    visited.goto("/expertas/?c=%3Cimg%20src=x%3E")
    expect(visited.get_by_text("Esta conversación no existe")).to_be_visible()


def test_a_database_out_of_reach_is_said_calmly(visited: Page) -> None:
    visited.goto("/expertas/rota/?c=full")
    expect(visited.get_by_text("Ahora mismo no se pueden leer")).to_have_count(2)
    assert "secret" not in visited.content()


def test_pages_of_the_list_keep_the_open_conversation(visited: Page) -> None:
    visited.goto("/expertas/?c=full")
    _lines(visited)
    expect(visited.get_by_role("button", name="Recientes")).to_be_disabled()
    visited.get_by_role("button", name="Antiguas").click()
    expect(visited.get_by_role("radio")).to_have_count(ALL - LINES)
    expect(visited.get_by_role("button", name="Antiguas")).to_be_disabled()
    expect(visited.get_by_text("Consulta antigua 0")).to_be_visible()
    visited.get_by_role("button", name="Actualizar").click()
    expect(visited.locator(".trace h2")).to_contain_text("Mi bebé tiene 3 semanas")
    visited.get_by_role("button", name="Recientes").click()
    expect(visited.get_by_role("radio")).to_have_count(LINES)


def test_the_keyboard_is_enough(visited: Page) -> None:
    visited.goto("/expertas/?c=full")
    _lines(visited)
    first = visited.get_by_role("radio").nth(1)
    first.focus()
    visited.keyboard.press("ArrowDown")
    expect(visited.locator(".trace")).to_contain_text("Ve a urgencias ahora.")
    visited.keyboard.press("ArrowUp")
    expect(visited.locator(".trace")).to_contain_text("view · filas: 1")
    expect(first).to_be_focused()
    for name in ("Enlace a esta conversación", "Repetir", "¿Y si…?"):
        visited.keyboard.press("Tab")
        expect(visited.get_by_role("link", name=name)).to_be_focused()
    visited.keyboard.press("Tab")
    expect(visited.locator(".trace .turn > summary")).to_be_focused()
    visited.keyboard.press("Enter")
    expect(visited.get_by_text("view · filas: 1")).to_be_hidden()


def test_hostile_words_are_shown_literally(visited: Page) -> None:
    visited.goto("/expertas/?c=hostile")
    expect(visited.locator(".trace .message_received")).to_contain_text(HOSTILE)
    expect(visited.locator(".trace h2")).to_have_text(HOSTILE[:80].strip())
    assert "<script>alert(1)</script> <img src=x" in _lines(visited)[2]
    assert visited.locator(".experts img").count() == 0


# What is asked for


def _hits(page: Page, count: int) -> None:
    expect(page.get_by_role("radio")).to_have_count(count)


def _choose(page: Page, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.click()
    box.fill(value)
    box.press("Enter")


def test_words_and_filters_are_asked_for_by_keyboard_and_stay_in_the_address(
    visited: Page,
) -> None:
    visited.goto("/expertas/")
    _lines(visited)
    search = visited.get_by_role("textbox", name="Sus palabras")
    search.fill("bulto fiébre")
    search.press("Enter")
    _hits(visited, 1)
    visited.wait_for_url("**/expertas/?q=bulto+fi%C3%A9bre")
    visited.get_by_role("button", name="Filtros").press("Enter")
    _choose(visited, "Tema", "mastitis y")
    _choose(visited, "¿Le ha ayudado?", "No")
    visited.wait_for_url("**&topic=mastitis&rating=no")
    used = visited.locator(".used label")
    expect(used).to_have_count(3)
    assert used.all_inner_texts() == [
        "Sus palabras: bulto fiébre",
        "Tema: Mastitis y bultos",
        "¿Le ha ayudado?: No",
    ]
    visited.get_by_role("radio").first.press("Space")
    visited.wait_for_url("**&rating=no&c=unhelped")

    visited.reload()  # as somebody who is sent the link sees it
    _hits(visited, 1)
    expect(visited.locator(".trace h2")).to_contain_text("Tengo FIEBRE")
    expect(search).to_have_value("bulto fiébre")
    visited.get_by_label("Sus palabras: bulto").press("Space")
    visited.wait_for_url("**/expertas/?topic=mastitis&rating=no&c=unhelped")
    expect(used).to_have_count(2)
    visited.get_by_role("button", name="Quitar todos").press("Enter")
    _hits(visited, LINES)
    visited.wait_for_url("**/expertas/?c=unhelped")
    expect(used).to_have_count(0)


def test_days_are_written_as_they_are_here(visited: Page) -> None:
    visited.goto("/expertas/")
    _lines(visited)
    visited.get_by_role("button", name="Filtros").click()
    day = visited.get_by_role("textbox", name="Hasta el día")
    day.fill("3/2/2001")
    day.press("Enter")
    expect(visited.get_by_text("Ninguna conversación cumple todo lo que pides.")).to_be_visible()
    expect(visited.locator(".used label")).to_have_text("Hasta el día: 03/02/2001")
    visited.wait_for_url("**/expertas/?to=2001-02-03")
    expect(day).to_have_value("03/02/2001")


def test_where_nothing_is_found_it_says_what_to_loosen(visited: Page) -> None:
    visited.goto("/expertas/?q=antigua&rating=no")
    expect(visited.get_by_role("listitem")).to_have_text(
        ["Sin «Sus palabras: antigua» hay 1", f"Sin «¿Le ha ayudado?: No» hay {OLD}"]
    )
    visited.get_by_role("link", name=f"hay {OLD}").click()
    _hits(visited, LINES)
    visited.goto("/expertas/?q=antigua&rating=no&review=worse")
    expect(visited.get_by_text("Quitando un solo filtro tampoco hay ninguna.")).to_be_visible()


def test_what_cannot_be_asked_for_is_said_and_left_out(visited: Page) -> None:
    visited.goto("/expertas/?outcome=bien&from=ayer&q=%3F&topic=%3Cimg%20src=x%3E&rating=no&p=9")
    problems = visited.locator(".problem")
    expect(problems).to_have_count(4)
    assert problems.all_inner_texts()[1:] == [
        "«ayer» no es un día y no se ha tenido en cuenta."
        " Escríbelo como día/mes/año, por ejemplo 29/11/2026.",
        "«<img src=x>» no vale en «Tema» y no se ha tenido en cuenta. Vale: Mastitis y bultos",
        "«bien» no vale en «Resultado» y no se ha tenido en cuenta."
        " Vale: Respondida, Aviso de peligro, Sin terminar",
    ]
    _hits(visited, 1)
    visited.wait_for_url("**/expertas/?rating=no")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_fits_and_axe_finds_nothing_grave(
    visited: Page, scheme: Literal["light", "dark"], width: int
) -> None:
    visited.emulate_media(color_scheme=scheme)
    visited.set_viewport_size({"width": width, "height": 800})
    visited.goto("/expertas/?q=bulto&rating=no&outcome=x")
    _hits(visited, 1)
    visited.get_by_role("button", name="Filtros").click()
    expect(visited.get_by_label("Modelo", exact=True)).to_be_visible()
    must_be_sound(visited, grave_only=True)


ROUTES = [
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/config"),
    ("GET", "/theme.css"),
    ("GET", "/assets/index.js"),
    ("GET", "/manifest.json"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/heartbeat/abc"),
    ("GET", "/gradio_api/queue/data?session_hash=abc"),
    ("GET", "/gradio_api/file=pyproject.toml"),
    ("GET", "/gradio_api/runs"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/run/predict"),
    ("POST", "/gradio_api/call/load"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/login"),
    ("GET", "/monitoring"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_no_route_is_open(address: str, method: str, route: str) -> None:
    url = f"{address}/expertas{route}"
    response = httpx.request(method, url)
    assert response.status_code == 401
    forged = httpx.request(method, url, cookies={"nodriza_experta": "x" * 43})
    assert forged.status_code == 401
