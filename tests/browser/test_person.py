"""A person, from asking to the answer, in the product as it comes; and what is hers there."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from tests.browser.looks import (
    SIZES,
    both_schemes,
    every_look,
    looking,
    must_be_sound,
    shown_wholly,
)
from tests.browser.test_house import (
    EXPERTS_PASSWORD,
    bubbles,
    free_port,
    say,
    serving,
    tap,
    walk_to_an_answer,
)
from tests.experts import sign_in_page

pytestmark = pytest.mark.browser

SECRET = "qué hago con la fiebre de mi suegra"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[str]:
    with serving(folder, free_port(), {"NODRIZA_KEEP_DAYS": "90"}) as address:
        yield address


@pytest.fixture
def mother(browser: Browser, house: str) -> Iterator[Page]:
    with looking(browser, house, "small", "light") as page:
        yield page


@pytest.fixture
def expert(browser: Browser, house: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    sign_in_page(page, house, "experta", EXPERTS_PASSWORD)
    page.goto(f"{house}expertas/bandeja")
    yield page
    context.close()


def ask_for_person(page: Page, added: str) -> None:
    page.get_by_role("link", name="Hablar con una persona").click()
    page.get_by_label("¿Quieres añadir algo?").fill(added)
    page.get_by_role("button", name="Enviar a una persona").click()
    expect(page.get_by_text("Te contestará una persona del equipo")).to_be_visible()


def test_from_asking_to_the_answer(mother: Page, expert: Page, house: str) -> None:
    walk_to_an_answer(mother)
    mother.get_by_role("link", name="Hablar con una persona").click()
    shown = mother.locator("pre").inner_text()
    assert "tengo los pechos mui duros" in shown
    assert "Te pregunté: «¿Tu bebé consigue agarrarse y comer?»" in shown
    expect(mother.get_by_text("menos de 48 horas")).to_be_visible()
    mother.go_back()
    expect(mother.get_by_role("link", name="Hablar con una persona")).to_be_visible()
    shown_wholly(mother)  # a link that is drawn anew takes no click
    ask_for_person(mother, SECRET)
    assert SECRET not in mother.url
    mother.get_by_role("link", name="Volver a la conversación").click()
    expect(bubbles(mother).last).to_contain_text("Ya he enviado lo que me has contado")
    expect(mother.get_by_role("link", name="Hablar con una persona")).to_have_count(0)

    expert.reload()
    asked = expert.locator("article", has_text=SECRET)
    expect(asked).to_contain_text("edad del bebé: 4 días")
    asked.get_by_label("Tu respuesta").fill("Hola, soy Ana, matrona.\n<b>Ven</b> el lunes.")
    asked.get_by_role("button", name="Contestar").click()
    expect(expert.get_by_text("La leerá en su conversación")).to_be_visible()

    # Her page looks by itself, and a reload shows the same.
    reply = bubbles(mother).last
    expect(reply).to_contain_text("<b>Ven</b> el lunes.", timeout=30_000)
    expect(reply.get_by_role("heading", name="Te contesta una persona del equipo")).to_be_visible()
    mother.reload()
    expect(reply).to_contain_text("Hola, soy Ana, matrona.")
    expect(reply.get_by_role("heading", name="Te contesta una persona")).to_be_in_viewport()
    # The conversation goes on, and the answer stays in it.
    tap(mother, "Ablandar la areola")
    expect(mother.get_by_text("Hola, soy Ana, matrona.")).to_be_visible()
    expert.goto(f"{house}expertas/")
    expert.get_by_text("tengo los pechos mui duros").first.click()
    expect(expert.get_by_text("Le contesta una persona").first).to_be_visible()


PASTED = (
    "Hola, soy madre primeriza y no sé qué hacer. Mi hijo tiene 10 días y desde ayer me duele mucho"
    " el pezón al darle el pecho, sobre todo al empezar, y mi madre dice que le dé biberón."
)


def test_an_expert_answers_with_help(mother: Page, expert: Page, house: str) -> None:
    walk_to_an_answer(mother)
    ask_for_person(mother, "¿y si le doy con pezonera?")
    expert.reload()
    asked = expert.locator("article", has_text="pezonera")
    asked.get_by_role("link", name="Contestar con ayuda").click()
    hers = expert.locator(".paper")
    expect(hers).to_contain_text("tengo los pechos mui duros")
    expect(hers).to_contain_text("¿y si le doy con pezonera?")
    expect(hers.locator("mark.summary").first).to_be_visible()
    expect(expert.locator(".facts")).to_contain_text("edad del bebé: 4 días")
    expect(expert.get_by_text("Contestada: Sí, se agarra")).to_be_visible()
    draft = expert.get_by_label("Tu respuesta")
    expect(draft).to_have_value(re.compile("De dónde sale:\n- "))
    assert "pechos" not in expert.url
    draft.fill(f"Hola, soy Ana, matrona.\n\n{draft.input_value()}")
    expert.get_by_role("button", name="Enviar a la madre").click()
    expect(expert.get_by_text("La leerá en su conversación")).to_be_visible()
    expect(expert.locator("pre ins").first).to_contain_text("Hola, soy Ana, matrona.")
    must_be_sound(expert)
    mother.get_by_role("link", name="Volver a la conversación").click()
    expect(bubbles(mother).last).to_contain_text("Hola, soy Ana, matrona.", timeout=30_000)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_desk_on_every_screen(expert: Page, house: str, size: str) -> None:
    width, height = SIZES[size]
    expert.set_viewport_size(ViewportSize(width=width, height=height))
    expert.goto(f"{house}expertas/consulta")
    must_be_sound(expert)
    expert.get_by_label("Pega aquí lo que ha escrito la madre").fill(PASTED)
    expert.get_by_role("button", name="Analizar", exact=True).click()
    expect(expert.locator(".paper mark.summary").first).to_be_visible()
    expect(expert.locator(".paper mark.fact")).to_have_text("10 días")
    draft = expert.get_by_label("Tu respuesta")
    expect(draft).to_have_value(re.compile(r"¿Cuándo te duele más\?"))
    expert.emulate_media(color_scheme="dark")
    must_be_sound(expert)
    expert.emulate_media(color_scheme="light")
    must_be_sound(expert)
    # What the expert knows is marked by keyboard alone, and changes what the draft says.
    expert.get_by_role("radio", name="Solo los primeros segundos de la toma").focus()
    expert.keyboard.press("Space")
    expert.get_by_role("radio", name="Me duele al dar el pecho").check()
    expert.get_by_role("button", name="Recalcular").press("Enter")
    expect(draft).to_have_value(re.compile("^Un agarre más profundo\n"))
    expect(expert.get_by_text("Contestada: Solo los primeros segundos")).to_be_visible()
    must_be_sound(expert)
    # A danger comes first, with its telephone.
    expert.locator("summary", has_text="Cambiar el texto").click()
    expert.get_by_label("Pega aquí lo que ha escrito la madre").fill(f"{PASTED} Tiene fiebre.")
    expert.get_by_role("button", name="Recalcular").click()
    expect(expert.locator(".paper mark.danger").first).to_be_visible()
    expect(draft).to_have_value(re.compile("112"))
    must_be_sound(expert)


def test_a_file_of_many(expert: Page, house: str) -> None:
    expert.goto(f"{house}expertas/consulta")
    content = f'id,texto\na1,"{PASTED}"\na2,\n'.encode()
    given = FilePayload(name="c.csv", mimeType="text/csv", buffer=content)
    expert.get_by_label("Archivo CSV").set_input_files(given)
    expert.get_by_role("button", name="Analizar el archivo").click()
    expect(expert.get_by_text("Fila 3, columna «texto»: está vacía.")).to_be_visible()
    must_be_sound(expert)
    with expert.expect_download() as download:
        expert.get_by_role("link", name="Descargar el resultado").click()
    [first, empty] = csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines())
    assert first["entry_1_title"] == "Me duele al dar el pecho"
    assert empty["error"].startswith("Fila 3")
    with expert.context.expect_page() as opened:
        expert.get_by_role("button", name="Abrir").click()
    expect(opened.value.locator(".paper")).to_contain_text("Mi hijo tiene 10 días")


def test_a_near_topic_is_one_tap_away(mother: Page) -> None:
    walk_to_an_answer(mother)
    expect(bubbles(mother).last).to_contain_text("También te puede servir")
    tap(mother, "Ablandar la areola")
    why = bubbles(mother).last.locator("details", has_text="Por qué te digo esto")
    why.locator("summary").click()
    expect(why).to_contain_text("Elegiste «Ablandar la areola para que se agarre».")


def test_a_person_is_offered_when_nothing_fits(mother: Page) -> None:
    say(mother, "cuánto cuesta un coche nuevo en la tienda de la esquina")
    expect(mother.get_by_role("link", name="Hablar con una persona")).to_be_visible()


def test_a_person_is_asked_for_in_words(mother: Page) -> None:
    say(mother, "quiero hablar con una persona")
    expect(bubbles(mother).last).to_contain_text("puede contestarte una persona")
    expect(mother.get_by_role("link", name="Hablar con una persona")).to_be_visible()


def test_no_person_can_answer_what_is_not_kept(mother: Page, house: str) -> None:
    mother.get_by_role("textbox").fill("me duele al dar el pecho")
    mother.get_by_role("button", name="Enviar").click()
    mother.get_by_role("button", name="Sin guardar nada").click()
    expect(mother.get_by_text("No se guarda nada.")).to_be_visible()
    expect(bubbles(mother)).to_have_count(2)
    mother.goto(f"{house}persona")
    expect(mother.get_by_text("así no puede contestarte una persona")).to_be_visible()


def test_what_is_sent_is_what_she_saw(mother: Page) -> None:
    walk_to_an_answer(mother)
    mother.get_by_role("link", name="Hablar con una persona").click()
    other = mother.context.new_page()
    other.goto(mother.url.replace("persona", ""))
    tap(other, "Ablandar la areola")
    mother.get_by_role("button", name="Enviar a una persona").click()
    expect(mother.get_by_text("ha cambiado mientras mirabas")).to_be_visible()
    assert "Elegiste «Ablandar la areola" in mother.locator("pre").inner_text()


def test_what_she_erases_is_gone_everywhere(mother: Page, expert: Page, folder: Path) -> None:
    secret = "mi gata se llama Zarzamora"
    walk_to_an_answer(mother)
    ask_for_person(mother, secret)
    expert.reload()
    expect(expert.get_by_text(secret)).to_be_visible()
    mother.goto(mother.url.replace("persona", "mis-datos"))
    expect(mother.get_by_text("90 días")).to_be_visible()
    with mother.expect_download() as download:
        mother.get_by_role("link", name="Descargar mis datos").click()
    kept = json.loads(download.value.path().read_text("utf-8"))
    assert secret in kept["handed_to_a_person"][0]["sent"]
    mother.get_by_text("Borrar mis datos").click()
    mother.get_by_role("button", name="Sí, borrar todo").click()
    expect(mother.get_by_role("heading", name="Ya está borrado")).to_be_visible()
    expert.reload()
    expect(expert.get_by_text(secret)).to_have_count(0)
    # Not even in the database's files, nor in what the server has said.
    files = [file for file in folder.rglob("records.db*") if file.is_file()]
    assert files
    for file in [*files, folder / "log"]:
        assert b"Zarzamora" not in file.read_bytes(), file.name


@every_look
@both_schemes
def test_asking_on_every_screen(browser: Browser, house: str, size: str, scheme: str) -> None:
    with looking(browser, house, size, scheme) as page:
        walk_to_an_answer(page)
        page.locator("#log summary", has_text="Por qué te digo esto").click()
        must_be_sound(page, grave_only=True)
        page.get_by_role("link", name="Hablar con una persona").click()
        must_be_sound(page)
        page.get_by_role("button", name="Enviar a una persona").click()
        expect(page.get_by_text("Te contestará una persona del equipo")).to_be_visible()
        must_be_sound(page)
        context = browser.new_context(
            viewport=page.viewport_size,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        inbox = context.new_page()
        sign_in_page(inbox, house, "experta", EXPERTS_PASSWORD)
        inbox.goto(f"{house}expertas/bandeja")
        must_be_sound(inbox)
        context.close()
