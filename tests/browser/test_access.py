"""Signing in, showing personal data, exporting, erasing and keeping accounts, in a browser."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from agent.texts import load_texts
from records.events import MessageReceived, Replied
from records.handoffs import HandOffs
from records.store import Records
from tests.browser.looks import SIZES, must_be_sound
from tests.experts import NAME, PASSWORD, Door, open_door, panel, sign_in_page
from tests.served import on_a_port
from ui.experts.access.accounts import accounts_pages
from ui.experts.access.audit import audit_pages
from ui.experts.access.erase import erase_pages
from ui.experts.access.export import export_pages
from ui.experts.access.reveal import reveal_routes
from ui.experts.assets import assets
from ui.experts.desk.inbox import inbox
from ui.experts.ways import ACCOUNTS, AUDIT, ERASE, EXPORT, INBOX, MY_ACCOUNT, SIGN_IN

pytestmark = pytest.mark.browser

TEXT = "Hola, soy Lucía y me duele. Mi teléfono es 612 345 678"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('access')}/records.db"


@pytest.fixture(scope="module")
def records(url: str) -> Iterator[Records]:
    with closing(Records.open(url)) as opened:
        for thread in ("kept", "erased"):
            opened.begin(
                thread,
                "0",
                MessageReceived(text=TEXT),
                owner="a",
                tree="es@1",
                navigator="menu",
                model=None,
            )
            opened.finish(thread, "0", [Replied(kind="answer", text="Así.", node="n")])
        yield opened


@pytest.fixture(scope="module")
def door(url: str, records: Records) -> Iterator[Door]:
    with open_door(url, records) as opened:
        opened.accounts.add("inés", "researcher", PASSWORD)
        yield opened


@pytest.fixture(scope="module")
def address(url: str, records: Records, door: Door) -> Iterator[str]:
    """The running panel's address."""
    texts, access = load_texts("es"), door.access
    hand_offs = HandOffs.open(url)
    hand_offs.add("kept", TEXT)
    app = panel(
        door,
        assets(),
        accounts_pages(access, door.accounts, texts),
        audit_pages(access, texts, 730),
        export_pages(access, records, door.exports, texts, "ES"),
        erase_pages(access, records, door.exports, records.erase, texts),
        inbox(hand_offs, texts, access),
        reveal_routes(access),
    )
    with on_a_port(app) as address:
        yield address
    hand_offs.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of somebody who is not signed in."""
    context = browser.new_context(base_url=address, locale="es-ES")
    yield context.new_page()
    context.close()


def test_signing_in_with_the_keyboard_leads_where_one_wanted(page: Page) -> None:
    page.goto(EXPORT)
    expect(page.get_by_label("Nombre")).to_be_focused()
    page.keyboard.type("Inés")
    page.keyboard.press("Tab")
    page.keyboard.type("no es esta")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no son correctos")
    expect(page.get_by_label("Nombre")).to_have_value("Inés")
    must_be_sound(page)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Exportar conversaciones")).to_be_visible()
    expect(page.get_by_label("Sin tapar")).to_have_count(0)
    page.goto(ACCOUNTS)
    expect(page.get_by_role("heading", name="Esto no lo puede hacer tu cuenta")).to_be_visible()
    page.get_by_role("link", name="Qué puede mi cuenta").click()
    expect(page.get_by_text("Tu papel: investigadora")).to_be_visible()
    page.get_by_role("button", name="Salir").click()
    page.goto(MY_ACCOUNT)
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()


def test_personal_data_are_shown_for_a_while_and_covered_again(page: Page, address: str) -> None:
    sign_in_page(page, address, NAME, PASSWORD)
    page.goto(INBOX)
    words = page.locator("article pre")
    expect(words).to_contain_text("soy ••••• y me duele")
    page.get_by_role("button", name="Mostrar los datos personales").click()
    expect(words).to_contain_text("soy Lucía y me duele. Mi teléfono es 612 345 678")
    expect(page.get_by_role("status")).to_contain_text("Queda anotado")
    must_be_sound(page)
    page.get_by_role("button", name="Volver a taparlos").click()
    expect(words).to_contain_text("••• ••• •••")


def test_a_file_is_taken_and_her_data_are_erased(
    page: Page, address: str, tmp_path: Path, records: Records
) -> None:
    sign_in_page(page, address, NAME, PASSWORD)
    page.goto(EXPORT)
    page.get_by_label("Formato").select_option("jsonl")
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    told = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [one["conversation"] for one in told] == ["1-1", "1-2"]
    assert "Lucía" not in file.read_text("utf-8")
    page.goto(f"{ERASE}?c=erased")
    page.get_by_label("Sí, borrar todo").check()
    page.get_by_role("button", name="Borrar").click()
    expect(page.get_by_role("status")).to_contain_text("Se ha borrado todo")
    number = next(one["conversation"] for one in told if one["conversation"] in page.content())
    must_be_sound(page)
    assert records.threads() == {"kept"}
    page.goto(EXPORT)
    expect(page.get_by_role("row", name=f"1: {number}. Quítalas del archivo")).to_be_visible()
    page.goto(AUDIT)
    expect(page.get_by_role("cell", name="borró los datos de una madre")).to_be_visible()


def test_an_account_is_made_and_changed(page: Page, address: str) -> None:
    sign_in_page(page, address, NAME, PASSWORD)
    page.goto(ACCOUNTS)
    added = page.locator("section")
    added.get_by_label("Nombre").fill("Rosa Gil")
    added.get_by_label("Contraseña").fill(PASSWORD)
    added.get_by_role("button", name="Añadir").click()
    expect(page.get_by_role("status")).to_contain_text("Rosa Gil ya puede entrar")
    changes = page.locator("details", has_text="Rosa Gil")
    changes.locator("summary").press("Enter")
    changes.get_by_label("Papel").select_option("researcher")
    changes.get_by_role("button", name="Cambiar el papel").click()
    expect(page.get_by_role("row", name="Rosa Gil investigadora")).to_be_visible()
    page.locator("details", has_text="Rosa Gil").locator("summary").click()
    must_be_sound(page)
    page.locator("details[open]").get_by_role("button", name="Desactivar").click()
    expect(page.get_by_role("row", name="Rosa Gil")).to_contain_text("desactivada")


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_each_page_on_every_screen(
    browser: Browser, address: str, size: str, scheme: Literal["light", "dark"]
) -> None:
    width, height = SIZES[size]
    viewport = ViewportSize(width=width, height=height)
    context = browser.new_context(base_url=address, viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto(SIGN_IN)
    must_be_sound(page)
    sign_in_page(page, address, NAME, PASSWORD)
    for path in (ACCOUNTS, AUDIT, EXPORT, MY_ACCOUNT, f"{ERASE}?c=kept", INBOX, "/expertas/nada"):
        page.goto(path)
        must_be_sound(page)
    context.close()
