"""The experts' page in a real browser, over a real record, behind its door."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Literal, cast

import httpx
import pytest
from fastapi import Request, Response
from playwright.sync_api import Browser, Page, expect
from starlette.middleware.base import RequestResponseEndpoint

from agent.texts import load_texts
from records.events import Event, Failed, MessageReceived, Moved, Rated, Replied
from records.store import ConversationSummary, RecordedEvent, RecordError, Records
from records.wanted import Found, Wanted
from tests.browser.looks import must_be_sound, until
from tests.experts import NAME, PASSWORD, open_door, panel, sign_in_page
from tests.served import on_a_port
from tests.trees import write_small
from tests.unit.sample_trace import HOSTILE, first_turn
from tests.unit.sample_walk import TURNS
from tools.errors import UnknownTree
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree
from ui.experts.assets import SHEET, assets
from ui.experts.conversations.listing import LINES
from ui.experts.conversations.panel import Reader, conversations
from ui.experts.ways import SIGN_IN

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:"
)
OLD = LINES + 5
ALL = OLD + 5


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
    _talk(records, "short", *TURNS[:2])
    reply = Replied(kind="danger", text="Ve a urgencias ahora.", urgency="emergency")
    _talk(records, "hostile", [MessageReceived(text=HOSTILE), reply])
    _talk(records, "walk", *TURNS)
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
    """The pages as the product serves them, with the product's Content-Security-Policy."""
    folder = tmp_path_factory.mktemp("experts")
    url = f"sqlite:///{folder / 'record.db'}"
    stack = ExitStack()
    records = stack.enter_context(closing(Records.open(url)))
    _fill(records)
    small = read_tree(write_small(folder / "small"))

    def version(name: str) -> Tree:
        if name != "prueba@1":
            raise UnknownTree(name)
        return small

    titles = {"mastitis": "Mastitis y bultos"}

    def reading(request: Request) -> Reader:
        return _Broken() if "rota" in request.query_params else records

    def beside_step(_: Request, thread: str, turn: int, seq: int) -> str | None:
        note = f"<form><label>Nota <input name=note></label> {thread} {turn}-{seq}</form>"
        return note if (turn, seq) == (1, 3) else None

    def under(_: Request, thread: str) -> str:
        return f"<p>Bajo {thread}</p>"

    door = stack.enter_context(open_door(url, records))
    app = panel(
        door,
        assets(),
        conversations(
            reading,
            load_texts("es"),
            door.access.may("read"),
            titles=lambda: titles,
            tree=version,
            beside_step=beside_step,
            under=under,
        ),
    )

    @app.middleware("http")
    async def protect(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    with on_a_port(app) as address:
        yield address
    stack.close()


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


def _cards(page: Page) -> list[str]:
    return page.locator(".talks > li").all_inner_texts()


def _hits(page: Page, count: int) -> None:
    expect(page.locator(".talks > li")).to_have_count(count)


def test_the_list_shows_the_newest_first(visited: Page) -> None:
    visited.goto("/expertas/")
    _hits(visited, LINES)
    cards = [[line for line in card.splitlines() if line.strip()] for card in _cards(visited)]
    assert cards[0][0].startswith("Tengo FIEBRE")
    assert re.match(
        r"\d\d/\d\d/\d{4} \d\d:\d\d ▲ Hoy"
        r" ?⚑ No le ha ayudado ?⚑ Dejó un comentario ?⚑ Falló un turno$",
        cards[0][1],
    )
    assert cards[0][2:] == [
        "Tema: Mastitis y bultos",
        "respondida · turnos: 1 · solo menú · sin modelo",
    ]
    assert cards[1][0].startswith("Mi bebé tiene 3 semanas")
    assert (
        cards[1][-1]
        == "respondida · siguió sin ese modelo · turnos: 1 · modelo que puntúa · qwen3-8b"
    )
    assert "⚠ Urgencias" in cards[3][1]
    assert "⚑ Se le mandó pedir ayuda" in cards[3][1]
    expect(visited.get_by_text(f"1–{LINES} de {ALL}")).to_be_visible()
    pages = visited.get_by_role("navigation", name="Páginas", exact=True).get_by_role("link")
    expect(pages).to_have_text(["Conversaciones"])  # of all that are known, those that are served
    expect(pages).to_have_attribute("aria-current", "page")


def test_a_line_opens_a_conversation_step_by_step_and_leads_on(visited: Page) -> None:
    visited.goto("/expertas/?rating=none")
    visited.get_by_role("link", name="Mi bebé tiene 3 semanas").click()
    visited.wait_for_url("**/expertas/conversacion?c=full&rating=none&n=1")
    trace = visited.locator(".trace")
    expect(trace.get_by_text("91,3 %")).to_be_visible()
    expect(trace.get_by_text("consultas al grafo: 2 (3,3 ms)")).to_be_visible()
    expect(trace.locator("mark.fact", has_text="3 semanas")).to_be_visible()
    cypher = trace.get_by_text("MATCH (topic:Topic {tree: $tree})")
    expect(cypher).to_be_hidden()
    trace.get_by_text("entries · filas: 14 · 2,3 ms").click()
    expect(cypher).to_be_visible()
    assert cypher.inner_text().splitlines()[1] == "RETURN topic.id < 'z' AS small"
    ways = visited.get_by_role("navigation", name="De esta conversación")
    expect(ways.get_by_role("link", name="Más reciente")).to_have_count(0)
    ways.get_by_role("link", name="Más antigua").click()
    visited.wait_for_url("**/expertas/conversacion?c=walk&rating=none&n=2")
    ways.get_by_role("link", name="Más reciente").click()
    visited.wait_for_url("**/expertas/conversacion?c=full&rating=none&n=1")
    ways.get_by_role("link", name="← Lista").click()
    visited.wait_for_url("**/expertas/?rating=none")


def test_links_of_before_open_the_conversation(visited: Page) -> None:
    visited.goto("/expertas/?c=full")
    visited.wait_for_url("**/expertas/conversacion?c=full")
    expect(visited.locator(".head h2")).to_contain_text("Mi bebé tiene 3 semanas")
    ways = visited.get_by_role("navigation", name="De esta conversación").get_by_role("link")
    assert [way.get_attribute("href") for way in ways.all()] == [
        "/expertas/",
        "/expertas/conversacion?c=full",
        "/expertas/repetir?c=full",
        "/expertas/y-si?c=full",
    ]


def test_a_link_to_nothing_says_so(visited: Page) -> None:
    answer = visited.goto("/expertas/conversacion?c=%3Cimg%20src=x%3E")
    assert answer is not None
    assert answer.status == 404
    expect(visited.get_by_text("Esta conversación no existe")).to_be_visible()


@pytest.mark.parametrize("page", ["/expertas/?rota=1", "/expertas/conversacion?c=full&rota=1"])
def test_a_database_out_of_reach_is_said_calmly(visited: Page, page: str) -> None:
    answer = visited.goto(page)
    assert answer is not None
    assert answer.status == 503
    expect(visited.get_by_role("status")).to_contain_text("Ahora mismo no se pueden leer")
    assert "secret" not in visited.content()


def test_the_list_has_pages(visited: Page) -> None:
    visited.goto("/expertas/?q=antigua")
    pages = visited.get_by_role("navigation", name="Páginas de la lista")
    expect(pages.get_by_role("link")).to_have_count(1)
    expect(pages).to_contain_text("Página 1 de 2")
    pages.get_by_role("link", name="Antiguas").click()
    visited.wait_for_url("**/expertas/?q=antigua&p=2")
    _hits(visited, OLD - LINES)
    expect(visited.get_by_text("Consulta antigua 0")).to_be_visible()
    pages.get_by_role("link", name="Recientes").click()
    visited.wait_for_url("**/expertas/?q=antigua")
    _hits(visited, LINES)


def test_hostile_words_are_shown_literally(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=hostile")
    expect(visited.locator(".trace .message_received")).to_contain_text(HOSTILE)
    expect(visited.locator(".chat .user .bubble")).to_have_text(HOSTILE)
    expect(visited.locator(".head h2")).to_have_text(HOSTILE[:80].strip())
    assert visited.locator("main img").count() == 0
    visited.goto("/expertas/?q=alert")
    assert "<script>alert(1)</script> <img src=x" in _cards(visited)[0]
    assert visited.locator("main img").count() == 0


# What is asked for


def test_words_and_filters_are_asked_for_by_keyboard_and_stay_in_the_address(
    visited: Page,
) -> None:
    visited.goto("/expertas/")
    search = visited.get_by_role("searchbox", name="Sus palabras")
    search.fill("bulto fiébre")
    search.press("Enter")
    visited.wait_for_url("**/expertas/?q=bulto+fi%C3%A9bre")
    _hits(visited, 1)
    visited.get_by_label("Tema", exact=True).select_option("Mastitis y bultos")
    visited.get_by_label("¿Le ha ayudado?", exact=True).select_option("No")
    visited.get_by_role("button", name="Aplicar los filtros").press("Enter")
    visited.wait_for_url("**/expertas/?q=bulto+fi%C3%A9bre&topic=mastitis&rating=no")
    used = visited.get_by_role("list", name="Filtros puestos").locator(".chip")
    assert [one.split(" ✕")[0] for one in used.all_inner_texts()] == [
        "Sus palabras: bulto fiébre",
        "Tema: Mastitis y bultos",
        "¿Le ha ayudado?: No",
    ]

    visited.reload()  # as somebody who is sent the link sees it
    _hits(visited, 1)
    expect(search).to_have_value("bulto fiébre")
    visited.get_by_role("link", name="Quitar el filtro «Sus palabras: bulto").press("Enter")
    visited.wait_for_url("**/expertas/?topic=mastitis&rating=no")
    expect(used).to_have_count(2)
    visited.get_by_role("link", name="Quitar todos").press("Enter")
    visited.wait_for_url("**/expertas/")
    _hits(visited, LINES)
    expect(used).to_have_count(0)


def test_days_are_written_as_they_are_here(visited: Page) -> None:
    visited.goto("/expertas/")
    visited.get_by_label("Hasta el día").fill("2001-02-03")
    visited.get_by_role("button", name="Aplicar los filtros").click()
    visited.wait_for_url("**/expertas/?to=2001-02-03")
    expect(visited.get_by_text("Ninguna conversación cumple todo lo que pides.")).to_be_visible()
    used = visited.get_by_role("list", name="Filtros puestos").locator(".chip")
    expect(used).to_contain_text("Hasta el día: 03/02/2001")


def test_where_nothing_is_found_it_says_what_to_loosen(visited: Page) -> None:
    visited.goto("/expertas/?q=antigua&rating=no")
    expect(visited.locator(".looser li")).to_have_text(
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
        "«<img src=x>» no vale en «Tema» y no se ha tenido en cuenta."
        " Vale: Mastitis y bultos, dolor",
        "«bien» no vale en «Resultado» y no se ha tenido en cuenta."
        " Vale: Respondida, Aviso de peligro, Sin terminar",
    ]
    _hits(visited, 1)


# One conversation

CURRENT = ".trace .step.lit"
LIT = ".way-map .place.lit"


def test_the_chat_is_as_she_saw_it_with_what_she_pressed(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    chat = visited.get_by_role("region", name="Lo que ella vio")
    expect(chat.locator(".bubble").first).to_contain_text("Hola, soy Nodriza")
    expect(chat.locator(".user .bubble").first).to_have_text("Me duele al dar el pecho")
    expect(chat.locator(".pressed").first).to_contain_text("Siempre ")
    assert len(chat.locator(".offered").first.locator("li").all()) == 2
    expect(chat.locator(".bubble h2")).to_have_text(["Mejora el agarre"])
    assert chat.locator("a[href^='/'], a[href^='tel:']").count() == 0
    chat.locator("li[data-step='t2-0'] .bubble").click()
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t2-0")


def test_the_way_is_lit_with_its_numbers_and_the_probabilities_of_the_record(
    visited: Page,
) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    numbers = {
        box.get_attribute("data-node"): box.locator(".badge").text_content()
        for box in visited.locator(".way-map .place:has(.badge)").all()
    }
    assert numbers == {
        "dolor-cuando": "1·3·4",
        "dolor-fiebre": "2",
        "edad": "5",
        "dolor-agarre": "6",
        "dolor-dientes": "7",
    }
    expect(visited.locator(".way-map .place.here")).to_have_attribute("data-node", "dolor-dientes")
    labels = visited.locator(".way-map .label.aside").all_text_contents()
    assert [one for one in labels if one.endswith("7 %")] == ["No me dueleNo me duele7 %"]
    words = visited.locator(".in-words li")
    expect(words).to_have_count(7)
    expect(words.nth(1)).to_contain_text("«¿Cuándo te duele?»: Siempre (30 %).")
    expect(words.nth(1)).to_contain_text("Caminos no tomados: Al agarrar 55 %; No me duele 15 %.")
    expect(words.nth(2)).to_contain_text("Lo deshizo al volver atrás.")


def test_a_tree_that_is_gone_is_said_and_the_record_is_drawn(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=full")
    tree = visited.get_by_role("region", name="El camino en el árbol")
    expect(tree).to_contain_text("La versión lactancia@2026-11 del árbol ya no está")
    expect(tree.locator(".place.here")).to_contain_text("Llanto al pecho")


def test_a_step_lights_its_node_and_a_node_leads_to_its_steps_in_turn(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    visited.locator("#t7-1 h4").click()
    expect(visited.locator(LIT)).to_have_attribute("data-node", "dolor-agarre")
    visited.locator(".way-map a[href='#t5-1']").click()
    expect(visited.locator(LIT)).to_have_attribute("data-node", "dolor-cuando")
    first = visited.locator(CURRENT).get_attribute("id")
    expect(visited.locator(CURRENT)).to_be_in_viewport()
    visited.locator(".way-map a[href='#t5-1']").click()
    assert visited.locator(CURRENT).get_attribute("id") != first


def test_a_link_to_a_step_leads_there(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk#t7-1")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t7-1")
    expect(visited.locator("#t7-1")).to_be_in_viewport()
    expect(visited.locator(LIT)).to_have_attribute("data-node", "dolor-agarre")
    assert visited.evaluate("scrollY") == 0, "each pane scrolls by itself"
    link = visited.locator("#t6-2").get_by_role("link", name="Enlace a este paso")
    assert link.get_attribute("href") == "#t6-2"
    link.click()
    visited.wait_for_url("**#t6-2")


def test_keys_lead_from_step_to_step_and_never_while_one_writes(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    visited.keyboard.press("j")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t1-0")
    expect(visited.get_by_role("status")).to_have_text(
        re.compile(r"^Paso 1 de \d+\. Turno 1\. Ella escribe$")
    )
    visited.keyboard.press("ArrowDown")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t1-1")
    expect(visited.locator(CURRENT)).to_be_focused()
    visited.keyboard.press("k")
    visited.keyboard.press("n")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t2-0")
    visited.keyboard.press("p")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t1-0")
    visited.get_by_label("Nota").press("j")
    visited.keyboard.type("n?")
    expect(visited.get_by_label("Nota")).to_have_value("jn?")
    expect(visited.locator(CURRENT)).to_have_attribute("id", "t1-0")
    visited.get_by_label("Nota").blur()
    visited.keyboard.press("?")
    keys = visited.get_by_role("dialog", name="Teclas")
    expect(keys).to_contain_text("paso siguiente y anterior")
    visited.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    visited.keyboard.press("Escape")
    expect(visited.locator(CURRENT)).to_have_count(0)


def _view(page: Page) -> list[float]:
    text = page.locator(".way-map").get_attribute("viewBox") or ""
    return [float(number) for number in text.split()]


def test_the_picture_zooms_and_moves_by_keys_buttons_and_wheel(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    stage = visited.get_by_role("region", name="Dibujo: flechas")
    visited.get_by_role("button", name="Ver entero").click()
    whole = _view(visited)
    stage.focus()
    visited.keyboard.press("+")
    assert _view(visited)[2] == pytest.approx(whole[2] / 1.3)
    visited.keyboard.press("ArrowRight")
    moved = _view(visited)
    visited.keyboard.press("ArrowDown")
    assert _view(visited)[0] == moved[0]
    assert _view(visited)[1] > moved[1]
    assert visited.locator(CURRENT).count() == 0, "arrows on the picture choose no step"
    visited.keyboard.press("0")
    assert _view(visited) == whole
    stage.blur()
    visited.keyboard.press("-")
    assert _view(visited)[2] == pytest.approx(whole[2] / 0.77)
    visited.keyboard.press("0")
    visited.get_by_role("button", name="Ampliar").click()
    assert _view(visited)[2] == pytest.approx(whole[2] / 1.3)
    visited.get_by_role("button", name="Reducir").click()
    visited.get_by_role("button", name="Ver entero").click()
    stage.hover()
    visited.mouse.wheel(0, -200)
    until(
        visited,
        "width => document.querySelector('.way-map').viewBox.baseVal.width < width",
        whole[2],
    )
    before = _view(visited)
    visited.mouse.down()
    visited.mouse.move(900, 500, steps=3)
    visited.mouse.up()
    assert _view(visited)[:2] != before[:2]
    assert _view(visited)[2:] == before[2:]


def test_the_whole_topic_is_a_link_away(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=short")
    part = visited.locator(".way-map .place").count()
    visited.get_by_role("link", name="Ver el tema entero").click()
    visited.wait_for_url("**&entero=1#pane-tree")
    assert visited.locator(".way-map .place").count() > part
    visited.get_by_role("link", name="Ver solo el camino").click()
    visited.wait_for_url("**/expertas/conversacion?c=short#pane-tree")


def test_panes_are_put_away_and_come_back_with_what_is_chosen_in_them(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    panes = visited.locator(".pane:visible")
    expect(panes).to_have_count(3)
    for name in ("Pasos", "Chat", "Árbol"):
        visited.get_by_role("button", name=name, exact=True).click()
    expect(panes).to_have_count(1)  # the last one stays
    visited.locator(".way-map a[href='#t8-2']").click()
    expect(visited.locator(CURRENT)).to_have_attribute("data-node", "dolor-dientes")
    expect(panes).to_have_count(2)


def _width(page: Page, pane: str) -> float:
    box = page.locator(f"#pane-{pane}").bounding_box()
    assert box
    return box["width"]


def test_panes_are_dragged_wider_or_with_keys_and_stay_so_on_this_device(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    lines = visited.get_by_role("separator")
    expect(lines).to_have_count(2)
    first, second = lines.all()
    before, tree = _width(visited, "chat"), _width(visited, "tree")
    box = first.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    visited.mouse.move(box["x"] + box["width"] / 2, y)
    visited.mouse.down()
    visited.mouse.move(box["x"] + box["width"] / 2 + 100, y, steps=4)
    visited.mouse.up()
    assert abs(_width(visited, "chat") - before - 100) < 3
    assert abs(_width(visited, "tree") - tree) < 1
    visited.reload()
    assert abs(_width(visited, "chat") - before - 100) < 3
    second.focus()
    steps, told = _width(visited, "steps"), second.get_attribute("aria-valuenow")
    visited.keyboard.press("ArrowLeft")
    assert _width(visited, "steps") < steps - 10
    assert int(second.get_attribute("aria-valuenow") or 0) < int(told or 0)
    visited.keyboard.press("End")
    expect(second).to_have_attribute("aria-valuenow", "80")
    first.dblclick()
    assert abs(_width(visited, "chat") - before) < 1
    # Between two that are seen, whatever lies between them in the page.
    visited.get_by_role("button", name="Pasos").click()
    expect(lines).to_have_count(1)
    chat = _width(visited, "chat")
    lines.focus()
    visited.keyboard.press("ArrowRight")
    assert _width(visited, "chat") > chat + 10


def test_on_wide_paper_nothing_is_cut_off(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    visited.emulate_media(media="print")
    # Pane below pane, each as long as what is in it.
    shown = visited.locator(".pane").all()
    boxes = [box for pane in shown if (box := pane.bounding_box())]
    assert len(boxes) == 3
    assert all(box["x"] == boxes[0]["x"] for box in boxes)
    cut = "one => one.scrollHeight - one.clientHeight"
    assert [pane.evaluate(cut) for pane in shown] == [0, 0, 0]
    assert visited.evaluate("document.body.scrollHeight") > boxes[2]["y"]


def test_on_a_phone_one_pane_is_seen_at_a_time(visited: Page) -> None:
    visited.set_viewport_size({"width": 390, "height": 844})
    visited.goto("/expertas/conversacion?c=walk#t7-1")
    panes = visited.locator(".pane:visible")
    expect(panes).to_have_count(1)
    expect(visited.locator("#t7-1")).to_be_in_viewport()
    visited.emulate_media(media="print")
    expect(panes).to_have_count(3)  # on paper all of it
    visited.emulate_media(media="screen")
    visited.get_by_role("button", name="Árbol", exact=True).click()
    expect(panes).to_have_count(1)
    visited.locator(".way-map a[href='#t8-2']").click()
    expect(visited.locator(CURRENT)).to_be_in_viewport()
    expect(panes).to_have_count(1)


def test_without_a_script_all_of_it_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(
        base_url=address,
        java_script_enabled=False,
    )
    page = context.new_page()
    sign_in_page(page, address, NAME, PASSWORD)
    page.goto("/expertas/")
    page.get_by_role("link", name="Me duele al dar el pecho").first.click()
    expect(page.locator(".pane:visible")).to_have_count(3)
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    page.locator(".way-map a[href='#t7-1']").click()
    expect(page.locator("#t7-1")).to_be_in_viewport()
    context.close()


def test_what_others_put_beside_it_is_there(visited: Page) -> None:
    visited.goto("/expertas/conversacion?c=walk")
    expect(visited.locator("#t1-3 .beside")).to_contain_text("walk 1-3")
    expect(visited.locator(".under")).to_have_text("Bajo walk")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize(
    "page",
    [
        "/expertas/?q=bulto&rating=no&outcome=x",
        "/expertas/conversacion?c=walk#t7-1",
        "/expertas/conversacion?c=full",
    ],
)
def test_it_fits_and_axe_finds_nothing(visited: Page, scheme: str, width: int, page: str) -> None:
    visited.emulate_media(color_scheme=cast("Literal['light', 'dark']", scheme))
    visited.set_viewport_size({"width": width, "height": 800})
    visited.goto(page)
    for box in visited.locator(
        ".filters > details > summary:visible, .tugs ~ details > summary"
    ).all():
        box.click()
    must_be_sound(visited)


# Who may look


@pytest.mark.parametrize("route", ["/", "/?c=full", "/conversacion?c=full", "/conversacion?c=gone"])
def test_no_page_is_open(address: str, route: str) -> None:
    url = f"{address}/expertas{route}"
    assert httpx.get(url).status_code == 401
    forged = httpx.get(url, cookies={"nodriza_experta": "x" * 43}, headers={"accept": "text/html"})
    assert (forged.status_code, forged.headers["location"].split("?")[0]) == (303, SIGN_IN)


def test_style_and_script_are_files_that_hold_nothing_of_anybody(address: str) -> None:
    assert httpx.get(address + SHEET).headers["content-type"].startswith("text/css")
    assert httpx.get(f"{address}/expertas/assets/otra.css").status_code == 404
