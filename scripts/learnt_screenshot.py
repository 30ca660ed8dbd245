"""Takes the picture of "Lo que se aprende" in the experts' guide, of mothers made up.

    python -m scripts.learnt_screenshot

They walk the shipped tree by chance, and one question is made to confuse them, so that there is
something to see. Needs Chromium (make deps).
"""

import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI, Request
from playwright.sync_api import sync_playwright

from agent.service import ensure_tree, open_store
from agent.settings import load_settings
from agent.texts import load_texts
from evaluation.learnt.plan import Plan, Plans
from evaluation.speed import generated_talks
from evaluation.speed.generated_talks import Talk
from records.database import open_database
from records.events import Choice, Decided, Event, MessageReceived, Moved, Rated, Replied
from records.learnt.lessons import Lessons
from records.store import Records
from scripts.screenshots import CHROMIUM
from ui.experts.assets import assets
from ui.experts.learnt.routes import Learning, learnt_pages
from ui.experts.ways import LEARNT

COUNT = 3000
CONFUSES = 1
"""The first question of the topic in this place, by how often it comes, confuses."""


def main(
    out: Annotated[Path, typer.Option(help="The folder of the picture.")] = Path("docs/images"),
) -> None:
    """Take expert-learnt.png."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_folder=Path(folder))
        with open_store(settings) as store:
            ensure_tree(settings, store, print)
            plans = Plans(store, settings.tree)
            with _served(f"sqlite:///{folder}/made-up.db", plans) as address:
                _picture(address, out / "expert-learnt.png")


@contextmanager
def _served(url: str, plans: Plans) -> Iterator[str]:
    engine = open_database(url)
    plan = plans(None)
    made = _talks(plan, random.Random(1))  # noqa: S311 - reproducible, not secret
    generated_talks.write(engine, made, COUNT, print)
    with closing(Lessons(engine)) as lessons, closing(Records.open(url)) as records:
        app = FastAPI()
        learning = Learning(lessons, records.found, plans, None)
        app.include_router(assets())
        app.include_router(learnt_pages(learning, load_texts("es"), _nobody_asks))
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{LEARNT}"
        server.should_exit = True
        thread.join()


def _talks(plan: Plan, rng: random.Random) -> Iterator[Talk]:
    topics = list(_topics(plan))
    often = [1 / rank for rank in range(1, len(topics) + 1)]
    for number in range(COUNT):
        at = datetime.now(UTC) - timedelta(minutes=rng.randrange(2 * 24 * 60, 300 * 24 * 60))
        turns = list(_turns(plan, rng, rng.choices(topics, often)[0], at))
        yield Talk(f"{number:05}", turns[-1][-1].at, "semantic", None, turns, plan.version)


def _nobody_asks(_request: Request) -> str:
    return "experta"


def _topics(plan: Plan) -> dict[str, str]:
    """The topics that start with a question, and that question."""
    return {topic: node for topic, node in plan.starts.items() if node in plan.outline.questions}


def _turns(plan: Plan, rng: random.Random, topic: str, at: datetime) -> Iterator[list[Event]]:
    node: str | None = plan.starts[topic]
    turn: list[Event] = [
        MessageReceived(at=at, text="Hola"),
        Moved(at=at, kind="jump", origin=None, target=node, move=topic, label=topic, topic=topic),
    ]
    while node:
        if node in plan.outline.titles or not plan.ways(node):
            grave = rng.random() < 0.04
            kind = "danger" if grave else "answer"
            reply = {"kind": kind, "node": node, "urgency": "emergency" if grave else "none"}
            turn.append(Replied.model_validate({"at": at, "text": "Prueba esto.", **reply}))
            if rng.random() < 0.5 and not grave:
                turn.append(Rated(at=at, node=node, helped=rng.random() < 0.84))
            yield turn
            return
        if node not in plan.outline.questions:
            node = rng.choice(plan.ways(node)).target
            continue
        turn += _asked(plan, node, at)
        yield turn
        if rng.random() < 0.06:
            return
        at += timedelta(seconds=rng.randrange(8, 90))
        if rng.random() < (0.45 if node == list(_topics(plan).values())[CONFUSES] else 0.07):
            explained = Decided(
                at=at, node=node, action="explain", why="she asks back", evidence=[],
                posterior=[], threshold=None,
            )  # fmt: skip
            yield [MessageReceived(at=at, text="No entiendo"), explained, _question(node, at)]
        way = rng.choice(plan.ways(node))
        said = way.label if rng.random() < 0.7 else "lo digo con mis palabras"
        turn = [
            MessageReceived(at=at, text=said),
            Moved(at=at, kind="choose", origin=node, target=way.target, move=way.option,
                  label=way.label),
        ]  # fmt: skip
        node = way.target


def _asked(plan: Plan, node: str, at: datetime) -> list[Event]:
    options = plan.options(node)
    choices = [
        Choice(id=option, label=label, probability=1 / len(options))
        for option, label in options.items()
    ]
    decided = Decided(
        at=at, node=node, action="ask", why="the next question", evidence=[], posterior=choices,
        threshold=0.8,
    )  # fmt: skip
    return [decided, _question(node, at)]


def _question(node: str, at: datetime) -> Replied:
    return Replied(at=at, kind="question", text="¿?", node=node)


def _picture(address: str, file: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 1200}, locale="es-ES")
        page.goto(address)
        page.locator("#questions").scroll_into_view_if_needed()
        page.locator("#questions").screenshot(path=file, animations="disabled")
        print(file)
        browser.close()


if __name__ == "__main__":
    typer.run(main)
