"""What is learnt in a real browser: on every screen, in both colour schemes, and on paper."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi import Request, Response
from playwright.sync_api import Browser, Page, ViewportSize, expect
from starlette.middleware.base import RequestResponseEndpoint

from agent.texts import load_texts
from evaluation.speed.generated_talks import write
from records.database import open_database
from records.learnt.lessons import Lessons
from records.store import Records
from tests.browser.looks import SIZES, must_be_sound
from tests.experts import NAME, PASSWORD, open_door, panel, sign_in_page
from tests.learnt_talks import PLAN, Faults, talks
from tests.served import on_a_port
from ui.experts.assets import assets
from ui.experts.learnt.routes import Learning, learnt_pages
from ui.experts.ways import LEARNT

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
FAULTS = Faults(confuses="leche", abandoned="dolor-grietas", not_helped="hoja-postura")
A4 = ViewportSize(width=688, height=1000)
"""What a sheet has between its margins, in CSS pixels."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running page over a record with faults in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('learnt')}/records.db"
    engine = open_database(url)
    write(engine, talks(500, 2, FAULTS), 500, lambda _text: None)
    lessons, records = Lessons(engine), Records.open(url)
    stack = ExitStack()
    door = stack.enter_context(open_door(url, records))
    learning = Learning(lessons, records.found, lambda _version: PLAN, None)
    pages = learnt_pages(learning, load_texts("es"), door.access.may("statistics"))
    app = panel(door, assets(), pages)

    @app.middleware("http")
    async def with_policy(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["content-security-policy"] = POLICY
        return response

    with on_a_port(app) as address:
        yield address
    stack.close()
    lessons.close()
    records.close()


def opened(browser: Browser, address: str, size: ViewportSize, scheme: str = "light") -> Page:
    """The page, by an expert who has signed in."""
    context = browser.new_context(
        viewport=size,
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="es-ES",
    )
    page = context.new_page()
    sign_in_page(page, address, NAME, PASSWORD)
    page.goto(address + LEARNT)
    return page


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("small", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark")],
)
def test_it_is_sound_on_every_screen(
    browser: Browser, address: str, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    page = opened(browser, address, ViewportSize(width=width, height=height), scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lo que se aprende")
    for summary in page.locator("summary").all():
        summary.click()
    must_be_sound(page)
    page.context.close()


def test_an_expert_looks_at_one_topic_by_keyboard(browser: Browser, address: str) -> None:
    page = opened(browser, address, ViewportSize(width=1280, height=800))
    page.get_by_label("Tema", exact=True).select_option(label="Noches")
    page.get_by_label("Preguntas como mucho").press("Enter")
    expect(page).to_have_url(
        f"{address}{LEARNT}?from=&to=&topic=sueno&navigator=&model=&tree=&step=&most=8"
    )
    expect(page.locator("#questions li .label")).to_have_text(
        ["¿Qué te preocupa de las noches? Noches"]
    )
    page.get_by_text("Ver en una tabla").nth(1).press("Enter")
    table = page.get_by_role("region", name="Preguntas").get_by_role("row").nth(1)
    expect(table).to_contain_text("¿Qué te preocupa de las noches?")
    page.context.close()


def test_paper_has_the_charts_and_nothing_to_press(browser: Browser, address: str) -> None:
    page = opened(browser, address, A4)
    page.emulate_media(media="print")
    for pressed in ("form", "nav", "summary"):
        for one in page.locator(pressed).all():
            expect(one).to_be_hidden()
    expect(page.get_by_text("Todas las conversaciones.")).to_be_visible()
    for section in ("topics", "questions", "answers", "matrix", "alone"):
        expect(page.locator(f"#{section} figure").first).to_be_visible()
    bar = page.locator("#questions li svg.bar").first
    assert bar.evaluate("svg => getComputedStyle(svg).printColorAdjust") == "exact"
    must_be_sound(page)
    page.context.close()
