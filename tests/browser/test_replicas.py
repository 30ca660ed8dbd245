"""Two applications on one PostgreSQL and one Neo4j, behind the proxy that the compose file starts.

The proxy is a real HAProxy with deploy/haproxy.cfg; only where it listens and which replicas there
are is written in anew.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from agent.settings import PROJECT
from records.store import Records, TurnRecord
from tests.browser.conftest import agree
from tests.browser.test_house import bubbles, free_port, phone, say, serving
from tests.conftest import Graph
from tests.integration.openai_server import Says, ScriptedModel, calls, wait_until
from tests.postgres import PostgresServer
from tests.trees import write_small

pytestmark = [pytest.mark.browser, pytest.mark.neo4j, pytest.mark.postgres]

SAYS_NOTHING = Says(after=600.0)


class Deployment(NamedTuple):
    """Two replicas and what they share."""

    address: str
    records: Records
    model: ScriptedModel

    def open_turn(self) -> TurnRecord | None:
        """The turn that is under way in the newest conversation."""
        return self.records.open_turn(self.records.conversations(limit=1)[0].thread)


@contextmanager
def proxied(folder: Path, ports: list[int]) -> Iterator[str]:
    """HAProxy before the replicas at `ports`; yields its address."""
    binary = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if binary is None:
        pytest.skip("HAProxy is not installed: make deps")
    port = free_port()
    lines = (PROJECT / "deploy" / "haproxy.cfg").read_text("utf-8").splitlines()
    template = next(line for line in lines if line.startswith("    server-template "))
    servers = [f"    server replica{p} 127.0.0.1:{p}" for p in ports]
    changes = {"    bind :7860": f"    bind 127.0.0.1:{port}", template: "\n".join(servers)}
    assert set(changes) <= set(lines)
    written = folder / "haproxy.cfg"
    written.write_text("\n".join(changes.get(line, line) for line in lines) + "\n", "utf-8")
    process = subprocess.Popen([binary, "-db", "-q", "-f", str(written)])
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def deployment(
    neo4j_lts_graph: Graph,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    write_small(folder / "trees" / "prueba")
    shutil.copy(PROJECT / "trees" / "redflags.yaml", folder / "trees")
    url = postgres_server.database()
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        model = stack.enter_context(ScriptedModel())
        model.always(calls("ask", about="qué le pasa"))
        environment = {
            "NODRIZA_TREE": "prueba",
            "NODRIZA_TREES_FOLDER": str(folder / "trees"),
            "NODRIZA_GRAPH_URI": neo4j_lts_graph.uri,
            "NODRIZA_GRAPH_USER": neo4j_lts_graph.user,
            "NODRIZA_GRAPH_PASSWORD": neo4j_lts_graph.password,
            "NODRIZA_GRAPH_TIMEOUT": "120",
            "NODRIZA_RECORDS_URL": url,
            "NODRIZA_MODEL": "openai:scripted",
            "NODRIZA_MODEL_BASE_URL": model.url,
            "NODRIZA_MODEL_API_KEY": "test",
        }
        for port in ports:
            data = folder / f"replica-{port}"
            data.mkdir()
            stack.enter_context(serving(data, port, environment))
        address = stack.enter_context(proxied(folder, ports))
        records = stack.enter_context(closing(Records.open(url)))
        yield Deployment(address, records, model)


def send(page: Page, text: str) -> None:
    """Send a message and wait for nothing."""
    box = page.get_by_role("textbox", name="Tu mensaje")
    begins = page.locator("#log .user-row").count() == 0
    box.fill(text)
    box.press("Enter")
    if begins:
        agree(page)


def test_a_browser_stays_with_its_replica(browser: Browser, deployment: Deployment) -> None:
    """A page's events come from the process that took the message."""
    with phone(browser, deployment.address) as page:
        for _ in range(3):
            page.reload()
            page.get_by_text("Hola, soy Nodriza").wait_for()
        say(page, "me duele el pecho desde ayer")
        say(page, "y además estoy muy cansada")
        chosen = [c for c in page.context.cookies() if c.get("name") == "nodriza-replica"]
        assert len(chosen) == 1
        assert chosen[0].get("httpOnly")
    thread = deployment.records.conversations(limit=1)[0].thread
    turns = [deployment.records.turn(thread, str(number)) for number in range(2)]
    assert len({turn.owner for turn in turns if turn}) == 1


def test_a_replica_is_killed_in_mid_turn_and_nothing_is_lost(
    browser: Browser, deployment: Deployment
) -> None:
    with phone(browser, deployment.address) as page:
        say(page, "me duele el pecho desde ayer")
        before = bubbles(page).all_inner_texts()

        asked = len(deployment.model.requests)
        deployment.model.script(SAYS_NOTHING)
        send(page, "y además estoy muy cansada")
        wait_until(lambda: len(deployment.model.requests) > asked, 60)
        cut = deployment.open_turn()
        assert cut is not None
        killed = int(cut.owner.split(":")[1])
        os.kill(killed, signal.SIGKILL)

        # She does what anybody does: she loads the page again.
        page.goto(deployment.address)
        expect(page.locator("#log .user-row .message").last).to_contain_text("muy cansada")
        expect(bubbles(page)).to_have_count(len(before) + 1)
        expect(page.locator("#log .typing")).to_have_count(0)
        # How far it was stands under a question only while that is the one asked.
        again = bubbles(page).all_inner_texts()[: len(before)]
        assert [it.split("\n")[0] for it in again] == [it.split("\n")[0] for it in before]

        say(page, "no sé qué hacer")
        expect(page.locator("#log .user-row .message")).to_have_count(3)

    turns = [deployment.records.turn(cut.thread, str(number)) for number in range(3)]
    assert [turn and (turn.number, turn.status) for turn in turns] == [
        (1, "done"),
        (2, "done"),
        (3, "done"),
    ]
    survivors = {turn.owner.split(":")[1] for turn in turns[1:] if turn}
    assert len(survivors) == 1
    assert str(killed) not in survivors
