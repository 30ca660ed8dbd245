"""Many mothers at the real page at once, over Gradio's own queue: none sees another's words."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from agent.service import Service, open_service
from agent.settings import load_settings
from agent.texts import load_texts
from evaluation.speed.page_load import Load, Page, Visit, talk_at_once
from records.events import Event, Replied
from tests.fakes import FakeAssistant
from tests.integration.api_house import ApiServer, serving
from tests.integration.conftest import GraphServer
from tests.loops import run_apart
from ui.app import create_app
from ui.chat import Visits
from ui.visits import Limits

OPEN, AT_ONCE = 100, 20


@pytest.fixture
def server(graph_server: GraphServer, tmp_path: Path) -> Iterator[ApiServer]:
    settings = load_settings(data_folder=tmp_path, navigator="semantic", **graph_server.settings())
    with open_service(settings) as service, serving(service, settings.chosen_records_url) as server:
        yield server


def at(url: str, conversations: int, at_once: int) -> Load:
    return run_apart(talk_at_once(url, conversations, at_once, lambda: None, lambda _text: None))


# Gradio counts its events with pandas now and then, in ways that pandas will drop.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.timeout(300)
def test_a_hundred_open_pages_and_twenty_at_once(
    server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    load = at(server.url, OPEN, AT_ONCE)
    assert load.crossed == 0
    assert load.lost == 0
    assert all(len(visit.seconds) == 2 for visit in load.visits)
    assert ages_known(server.service) == {visit.days for visit in load.visits} | {50}
    with capsys.disabled():
        for found in load.measurements(AT_ONCE):
            print(f"\n{found.name}: {found.median:.3g} {found.unit}", end="")  # noqa: T201


def ages_known(service: Service) -> set[int]:
    """What the record has: in each conversation the age that was told in it."""
    known = set()
    for summary in service.records.conversations(limit=500):
        said = service.assistant.history(summary.thread)
        (age,) = {
            fact.value for event in said if isinstance(event, Replied) for fact in event.facts
        }
        known.add(int(age or 0))
    return known


def test_words_of_others_would_be_seen() -> None:
    """The check itself: a page that shows everybody the same stranger's words."""

    def leak(said: str) -> list[Event]:
        return [Replied(kind="question", text=f"{said}. Otra: un bebé de 999 días")]

    with page_of(FakeAssistant(leak)) as url:
        load = at(url, 3, 3)
    assert load.crossed == 3
    assert all(visit.strangers == {999} for visit in load.visits)


def test_words_that_are_lost_would_be_missed() -> None:
    """A page on which only the first message of each was ever said."""

    async def once(url: str) -> list[str]:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            page = Page.of((await client.get("/")).text)
            mother = Visit(client, page, days=12)
            before = await mother.open()
            await mother.say(0)
            return [before, await mother.open()]

    with page_of(FakeAssistant(lambda said: [Replied(kind="question", text="¿Sí?")])) as url:
        before, after = run_apart(once(url))
    said = "tengo un bebé de 12 días"
    assert said not in before
    assert said in after
    assert "no lo sé" not in after


@contextmanager
def page_of(assistant: FakeAssistant) -> Iterator[str]:
    """The page of a scripted assistant on a free port."""
    texts = load_texts("es")

    def app() -> object:
        limits = Limits("9999/second", "9999/second", 9999, lambda: 0)
        return create_app(
            Visits(assistant, assistant, limits, texts, "ES"),
            texts,
            country="ES",
            access=None,
            on_stop=lambda: None,
        )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, factory=True, log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
