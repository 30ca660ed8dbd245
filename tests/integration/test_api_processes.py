"""A server that is stopped or killed while an app waits for an answer: nothing is lost.

Real processes on one port and one database. The model is held until the test lets it answer, so
that the blow always falls in mid-turn.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_client import Conversation, connect, open_conversation

from agent.settings import PROJECT
from records.clients import Clients
from records.events import ModelCalled
from records.store import Records
from tests.integration.conftest import GraphServer
from tests.integration.openai_server import Says, ScriptedModel

PAIN = "Me duele al dar el pecho"


class Held:
    """A model that answers when it is let."""

    def __init__(self, model: ScriptedModel) -> None:
        self._asked = threading.Event()
        self._let = threading.Event()
        model.always(self._mind)

    def _mind(self, _: object) -> Says:
        self._asked.set()
        self._let.wait(60)
        return Says(text="Pregúntale.")

    def is_asked(self) -> None:
        """Wait until it is asked something."""
        assert self._asked.wait(60)

    def hold(self) -> None:
        """Answer nothing from now on."""
        self._asked.clear()
        self._let.clear()

    def let(self) -> None:
        """Answer."""
        self._let.set()


@pytest.fixture
def environment(
    graph_server: GraphServer, model_server: ScriptedModel, tmp_path: Path
) -> dict[str, str]:
    """The settings of the servers, one after the other on the same port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    others = {k: v for k, v in os.environ.items() if not k.startswith("NODRIZA_")}
    return others | {
        "NODRIZA_DATA_FOLDER": str(tmp_path),
        "NODRIZA_RECORDS_URL": f"sqlite:///{tmp_path}/records.db",
        "NODRIZA_UI_PORT": str(port),
        "NODRIZA_NAVIGATOR": "tools",
        "NODRIZA_MODEL": "openai:scripted",
        "NODRIZA_MODEL_BASE_URL": model_server.url,
        "NODRIZA_MODEL_API_KEY": "test",
        "NODRIZA_GRAPH_URI": graph_server.uri,
        "NODRIZA_GRAPH_USER": graph_server.user,
        "NODRIZA_GRAPH_PASSWORD": graph_server.password,
        "NODRIZA_GRAPH_DATABASE": graph_server.database,
    }


@contextmanager
def serving(environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """`nodriza ui`, ready."""
    command = [sys.executable, "-m", "cli", "ui"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not _is_ready(address(environment)):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server is not ready"
            time.sleep(0.2)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


def address(environment: dict[str, str]) -> str:
    return f"http://127.0.0.1:{environment['NODRIZA_UI_PORT']}"


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/salud/listo", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_turn_survives_the_end_of_its_server(
    environment: dict[str, str], model_server: ScriptedModel, tmp_path: Path
) -> None:
    model_server.forget()
    model = Held(model_server)
    clients = Clients.open(environment["NODRIZA_RECORDS_URL"])
    key = clients.create_key("app", "app", "999/minute")
    clients.close()
    with ThreadPoolExecutor(1) as pool, connect(address(environment), key) as http:
        with serving(environment) as server:
            conversation = Conversation(http, open_conversation(http).id, tries=60)
            # Stopped: the answer under way is brought to its end, in the same response.
            answer = pool.submit(conversation.say, PAIN)
            model.is_asked()
            server.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.poll() is None
            model.let()
            server.wait(60)
            assert answer.result(5).options
        model.hold()
        with serving(environment) as server:
            # Killed: the client sends the message again to whoever is there next.
            answer = pool.submit(conversation.say, "Durante casi toda la toma")
            model.is_asked()
            server.send_signal(signal.SIGKILL)
            server.wait(60)
        model.let()
        with serving(environment):
            assert answer.result(60).options
            assert conversation.summary()["messages"] == 2
    records = Records.open(environment["NODRIZA_RECORDS_URL"])
    turns = [recorded.turn for recorded in records.events(conversation.id)]
    assert sorted(set(turns)) == [1, 2]
    assert records.open_turn(conversation.id) is None
    called = [r.turn for r in records.events(conversation.id) if isinstance(r.event, ModelCalled)]
    assert set(called) == {1, 2}
    records.close()
