"""Experts judge in a browser: with the mouse, with the keyboard, without scripts; and sign."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from records.events import MessageReceived, Replied, Screened
from records.judgements import Item, Opinion
from records.store import Records
from tests.browser.looks import SIZES, Scheme, must_be_sound, until
from tests.judging import COOKIE, House, house, rated, record_url, write_talk
from tests.served import on_a_port
from tools.tree import Advice
from ui.experts.ways import AGREEMENT, CONVERSATION, REVIEW, SIGN

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with its tables."""
    folder = tmp_path_factory.mktemp("empty")
    Records.open(record_url(folder)).close()
    return folder / "records.db"


@pytest.fixture(scope="module")
def served(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """The pages for judging on a free port, with a record of their own."""
    folder = tmp_path_factory.mktemp("judging")
    shutil.copyfile(empty, folder / "records.db")
    made = house(folder)
    with on_a_port(made.app) as address:
        yield made, address
    made.judgements.close()
    made.records.close()


@pytest.fixture
def made(served: tuple[House, str]) -> House:
    """Its record holds nothing yet."""
    made, _ = served
    for thread in made.records.threads():
        made.records.erase(thread)
    return made


@contextmanager
def expert(
    browser: Browser,
    served: tuple[House, str],
    path: str,
    name: str = "ana",
    size: str = "desktop",
    scheme: Scheme = "light",
    scripts: bool = True,
) -> Iterator[Page]:
    """A page that an expert has opened, signed in."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    context.add_cookies([{"name": COOKIE, "value": name, "url": served[1]}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{served[1]}{path}")
    yield page
    context.close()


def step(page: Page, place: str) -> Locator:
    return page.locator(f"#t{place}")


def pressed(page: Page, place: str) -> Locator:
    return step(page, place).locator('[aria-pressed="true"]')


def said(made: House, name: str = "ana") -> list[tuple[Item, str]]:
    return [(it.item, it.verdict) for it in made.judgements.of("t") if it.expert == name]


def test_a_click_judges_a_step_also_without_scripts(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    for scripts, label in ((True, "Bien"), (False, "Peligroso")):
        with expert(browser, served, f"{CONVERSATION}?c=t", scripts=scripts) as page:
            step(page, "2-2").get_by_role("button", name=label).click()
            expect(pressed(page, "2-2")).to_contain_text(label)
            assert page.url.endswith("#t2-2")
    assert said(made) == [(Item("t", 2, 2), "right"), (Item("t", 2, 2), "unsafe")]


def test_one_key_judges_a_step_and_another_goes_on(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    with expert(browser, served, f"{CONVERSATION}?c=t") as page:
        page.keyboard.press("2")  # nothing has the focus yet: a key alone judges nothing
        step(page, "1-4").get_by_role("button", name="Bien").focus()
        page.keyboard.press("2")
        expect(pressed(page, "1-4")).to_contain_text("Mal")
        expect(pressed(page, "1-4")).to_be_focused()
        page.keyboard.press("n")
        expect(step(page, "1-6").get_by_role("button", name="Bien")).to_be_focused()
        page.keyboard.press("1")
        expect(pressed(page, "1-6")).to_contain_text("Bien")
        expect(pressed(page, "1-6")).to_be_focused()
        page.keyboard.press("5")
        more = step(page, "1-6").locator(".judge-more")
        expect(more.get_by_role("radio", name="Bien")).to_be_focused()
        more.get_by_label("Comentario").fill("1 2 3: se escribe, no se juzga")
        more.get_by_role("button", name="Guardar").click()
        expect(step(page, "1-6").locator(".said")).to_contain_text("se escribe, no se juzga")
    judged = [(Item("t", 1, 4), "wrong"), (Item("t", 1, 6), "right"), (Item("t", 1, 6), "right")]
    assert said(made) == judged


def test_two_experts_judge_apart_and_then_settle_it(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    with expert(browser, served, f"{CONVERSATION}?c=t", "ana") as page:
        more = step(page, "1-4").locator(".judge-more")
        more.get_by_text("Más…").click()
        more.get_by_role("radio", name="Había algo mejor").check()
        more.get_by_label("Si había algo mejor, qué").select_option("Me muerde")
        more.get_by_label("Comentario").fill("habla de morder")
        more.get_by_role("button", name="Guardar").click()
        expect(step(page, "1-4").locator(".said")).to_contain_text("Me muerde")
    with expert(browser, served, f"{CONVERSATION}?c=t", "eva") as page:
        expect(page.get_by_text("habla de morder")).to_have_count(0)
        step(page, "1-4").get_by_role("button", name="Bien").click()
        its = step(page, "1-4")
        expect(its.get_by_text("No decís lo mismo.")).to_be_visible()
        expect(its.locator(".said")).to_contain_text("habla de morder")
        must_be_sound(page)
        page.goto(f"{served[1]}{AGREEMENT}")
        page.get_by_role("link", name="Paso 4 del turno 1").click()
        its.get_by_text("Lo hemos hablado y decimos…").click()
        its.get_by_role("button", name="Había algo mejor Me muerde").click()
        expect(its.get_by_text("Acordado después de hablarlo (lo apunta eva)")).to_be_visible()
        page.goto(f"{served[1]}{AGREEMENT}")
        expect(page.get_by_text("No hay ningún desacuerdo por hablar.")).to_be_visible()


def test_from_the_queue_to_the_next_until_none_is_left(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    rated(made.records, "t", "no era eso")
    hers = MessageReceived(text="tiene fiebre")
    made.records.begin("d", "0", hers, owner="a", tree="prueba@1", navigator="semantic", model=None)
    warned = Replied(kind="danger", text="Ve a urgencias.", urgency="emergency")
    screened = Screened(level="emergency", sign="fever", spans=[], check=None)
    made.records.finish("d", "0", [screened, warned])
    with expert(browser, served, REVIEW) as page:
        cards = page.locator(".queue li")
        expect(cards.nth(0)).to_contain_text("tiene fiebre")
        expect(cards.nth(1)).to_contain_text("Ella escribió: no era eso")
        page.get_by_role("link", name="Empezar por la primera").click()
        for words in ("tiene fiebre", "me duele al mamar"):
            expect(page.locator("article").first).to_contain_text(words)
            page.locator("#judge-all").get_by_role("radio", name="Bien").check()
            page.get_by_role("button", name="Guardar y seguir con la siguiente").click()
        expect(page.get_by_text("No te espera ninguna conversación")).to_be_visible()
    with expert(browser, served, REVIEW, "eva") as page:
        expect(page.locator(".queue li")).to_have_count(2)


def test_corrections_are_downloaded(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    made.judgements.add(Item("t", 2, 2), "ana", Opinion("better_move", move="al-agarrar"))
    made.judgements.add(Item("t"), "ana", Opinion("right"))
    with expert(browser, served, AGREEMENT) as page:
        names = []
        for label in ("Casos", "Ejemplos", "Prueba"):
            with page.expect_download() as download:
                page.get_by_role("button", name=f"Descargar: {label}").click()
            names.append(download.value.suggested_filename)
            assert download.value.path().stat().st_size > 100
    assert names == ["casos.jsonl", "ejemplos-propuestos.yaml", "prueba-de-regresion.json"]


def test_an_answer_is_signed_from_where_it_was_given(
    browser: Browser, served: tuple[House, str], made: House
) -> None:
    write_talk(made.records, "t")
    with expert(browser, served, f"{CONVERSATION}?c=t") as page:
        step(page, "2-4").get_by_role("link", name="Leer el texto y firmarlo").click()
        expect(page.get_by_role("heading", name="Mejora el agarre")).to_be_visible()
        page.get_by_label("Nombre y apellidos").fill("Ana López")
        page.get_by_label("Profesión o titulación").fill("matrona")
        page.get_by_role("button", name="Firmar estas palabras").click()
        until(page, "() => document.activeElement?.name === 'professional'")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Firmar estas palabras").click()
        expect(page.get_by_text("Firmada por Ana López, matrona")).to_be_visible()
        page.get_by_role("button", name="Poner en uso").click()
        expect(page.get_by_text("Ya está en uso")).to_be_visible()
    leaf = made.tree().by_id["dolor-agarre"]
    assert isinstance(leaf, Advice)
    assert leaf.is_reviewed


LOOKS: tuple[tuple[str, Scheme], ...] = (("desktop", "light"), ("phone", "dark"))


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_all_pages_are_sound(
    browser: Browser, served: tuple[House, str], made: House, size: str, scheme: Scheme
) -> None:
    for thread in ("t", "u"):
        write_talk(made.records, thread)
        rated(made.records, thread, "no era eso " * 30)
    for name, verdict in (("ana", Opinion("wrong", comment="x" * 300)), ("eva", Opinion("right"))):
        for place in ((1, 4), (2, 2)):
            made.judgements.add(Item("t", *place), name, verdict)
    paths = (
        f"{CONVERSATION}?c=t",
        REVIEW,
        f"{REVIEW}?motivo=escalated",
        AGREEMENT,
        SIGN,
        f"{SIGN}?nodo=consulta",
    )
    with expert(browser, served, paths[0], size=size, scheme=scheme) as page:
        for summary in page.locator(".judge summary").all():
            summary.click()
        must_be_sound(page)
        for path in paths[1:]:
            page.goto(f"{served[1]}{path}")
            must_be_sound(page)
