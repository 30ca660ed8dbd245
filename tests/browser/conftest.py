"""The page under test: a real server and a real browser, with a scripted assistant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from agent.texts import load_texts
from records.events import (
    Event,
    KnownFact,
    PhoneShown,
    Replied,
    Screened,
    SourceShown,
    Understood,
)
from tests.fakes import FakeAssistant
from tests.served import on_a_port
from ui.app import create_app
from ui.chat import Visits
from ui.visits import Limits

CHROMIUM = Path("/usr/bin/chromium")
# A busy machine answers late; what is wrong stays wrong for as long.
expect.set_options(timeout=20_000)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

AGE = KnownFact(
    name="baby_age_days",
    value=21.0,
    unit="days",
    label="edad del bebé",
    quote="3 semanas",
    shown="3 semanas",
)
SOURCE = SourceShown(
    title="Guía de lactancia materna (para madres)",
    organisation="Asociación Española de Pediatría",
    year=2023,
    url="https://example.org/guia_(2023).pdf",
    checked_on="2026-11-01",
    verification="read",
)


def answered(at: datetime) -> Replied:
    """An answer of that moment."""
    return Replied(
        at=at,
        kind="answer",
        node="dolor-enganche",
        title="Dolor al engancharse",
        text="Suele mejorar cuando el bebé coge más pecho.\n\n"
        "- Barriga con barriga.\n- Espera a que **abra bien** la boca.",
        normal="Unas molestias los primeros días, que pasan en medio minuto.",
        seek_help="Si el dolor no cede en dos días, o si hay fiebre.",
        sources=[SOURCE],
        reviewed=False,
        options=["Me ha ayudado", "No es lo mío"],
        facts=[AGE],
        can_go_back=True,
    )


def script(text: str) -> list[Event]:
    """A short consultation about pain, a danger, and an answer for everything else."""
    if text.startswith("Me duele"):
        return [
            Understood(text="", summary=[], topics=[], facts=[AGE], asks_back=False),
            Replied(
                kind="question",
                text="¿Cuándo notas el dolor?",
                intro="Entiendo que duele. Vamos a ver por qué.",
                options=["Al engancharse", "Durante toda la toma", "Después de la toma"],
                facts=[AGE],
            ),
        ]
    if "fiebre" in text:
        return [
            Screened(level="emergency", sign="fever", spans=[], check=None),
            Replied(
                kind="danger",
                title="Fiebre en un bebé de menos de 3 meses",
                text="Que lo vean en urgencias ahora, aunque esté contento.",
                urgency="emergency",
                phones=[PhoneShown(name="Emergencias", number="112", hours="24 h")],
            ),
        ]
    if text.startswith("correct"):
        return [Replied(kind="notice", text="Vale, olvido ese dato.", options=["Seguir"])]
    if text == "El otro día":
        return [answered(at=datetime.now(UTC) - timedelta(days=2))]
    if text in ("Al engancharse", "Durante toda la toma", "Después de la toma"):
        return [answered(at=datetime.now(UTC))]
    return [Replied(kind="question", text=f"Has dicho: {text}", options=["Sí", "No"])]


@pytest.fixture(scope="session")
def assistant() -> FakeAssistant:
    return FakeAssistant(script)


@pytest.fixture(scope="session")
def private() -> FakeAssistant:
    """Has the conversations that are not to be kept."""
    return FakeAssistant(script)


@pytest.fixture(scope="session")
def address(assistant: FakeAssistant, private: FakeAssistant) -> Iterator[str]:
    """The running page's address."""
    with serving(assistant, private) as running:
        yield running


@contextmanager
def serving(
    stored: FakeAssistant,
    private: FakeAssistant,
    rate: str = "1000/minute",
    most_waiting: int = 1000,
    under_way: Callable[[], int] = lambda: 0,
) -> Iterator[str]:
    """The page of two assistants on a free port; yields its address."""
    texts = load_texts("es")
    app = create_app(
        Visits(stored, private, Limits(rate, rate, most_waiting, under_way), texts, "ES"),
        texts,
        country="ES",
        access=None,
        on_stop=lambda: None,
    )
    with on_a_port(app) as address:
        yield f"{address}/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.is_file():
        pytest.skip("Chromium is not installed: make deps")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, without cookies."""
    own = browser.new_context(locale="en-US")
    yield own
    own.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """The chat, opened by a mother who has never been here."""
    opened = context.new_page()
    opened.goto(address)
    opened.get_by_text("Hola, soy Nodriza").wait_for()
    return opened


def agree(page: Page, answer: str = "Sí, guárdalo") -> None:
    """Answer whether her words may be kept, which is asked before the first one is."""
    page.get_by_role("button", name=answer).click()
