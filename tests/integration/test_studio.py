"""The graph in LangGraph's own dev server, over the HTTP API that Studio uses."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from agent.graph import build
from agent.settings import PROJECT
from tests.integration.conftest import SHIPPED, GraphServer
from tests.trees import write_small

GRAPH = "nodriza"


class Studio(NamedTuple):
    """The dev server, started as `make studio` starts it."""

    client: SyncLangGraphClient
    log: Path


@pytest.fixture(scope="module")
def studio(graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    write_small(folder / "trees" / "prueba")
    shutil.copy(SHIPPED / "redflags.yaml", folder / "trees")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NODRIZA_", "LANG"))}
    environment |= {f"NODRIZA_{k.upper()}": str(v) for k, v in graph_server.settings().items()}
    environment |= {"NODRIZA_TREE": "prueba", "NODRIZA_TREES_FOLDER": str(folder / "trees")}
    environment |= {"NODRIZA_DATA_FOLDER": str(folder), "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "langgraph_cli", "dev"]
    command += ["--config", str(PROJECT / "langgraph.json")]
    command += ["--no-browser", "--no-reload", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        # It keeps its threads in the folder where it is started.
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/ok", process, folder / "log")
        with get_sync_client(url=f"http://127.0.0.1:{port}") as client:
            yield Studio(client, folder / "log")
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 150
    while process.poll() is None and time.monotonic() < until:
        with suppress(httpx.HTTPError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.2)
    raise AssertionError(f"the dev server did not start:\n{log.read_text('utf-8')[-3000:]}")


def say(studio: Studio, thread: str, text: str) -> list[dict[str, Any]]:
    """The events of a turn, as Studio gets them."""
    parts = studio.client.runs.stream(
        thread, GRAPH, input={"message": text}, stream_mode=["custom"]
    )
    read = list(parts)
    assert [part.data for part in read if part.event == "error"] == []
    return [dict(part.data) for part in read if part.event == "custom"]


def test_it_shows_the_nodes_of_a_turn(studio: Studio) -> None:
    shown = studio.client.assistants.get_graph(GRAPH)
    assert {node["id"] for node in shown["nodes"]} == {*build().nodes, "__start__", "__end__"}


def test_a_conversation_needs_only_her_words(studio: Studio) -> None:
    thread = studio.client.threads.create()["thread_id"]
    asked = say(studio, thread, "me duele al mamar")
    assert [event["type"] for event in asked][:2] == ["screened", "understood"]
    assert asked[-1]["type"] == "replied"
    assert asked[-1]["options"][:2] == ["Al agarrar", "Siempre"]

    assert say(studio, thread, "Siempre")[-1]["node"] == "dolor-fiebre"
    values: Any = studio.client.threads.get_state(thread)["values"]
    assert values["shown"] == "dolor-fiebre"
    assert [step["kind"] for step in values["path"]] == ["jump", "choose"]
    assert values["last_turn"] == values["turn"]


def test_a_turn_can_be_taken_again_from_the_middle(studio: Studio) -> None:
    """What Studio's fork does: an earlier state, gone on with."""
    thread = studio.client.threads.create()["thread_id"]
    asked = say(studio, thread, "me duele al mamar")[-1]
    before = next(
        state
        for state in studio.client.threads.get_history(thread, limit=20)
        if state["next"] == ["ask"]
    )
    again = studio.client.runs.wait(
        thread, GRAPH, input=None, checkpoint_id=before["checkpoint"]["checkpoint_id"]
    )
    assert isinstance(again, dict)
    assert again["shown"] == asked["node"] == "dolor-cuando"


def test_no_words_of_hers_are_logged(studio: Studio) -> None:
    thread = studio.client.threads.create()["thread_id"]
    say(studio, thread, "unas palabras que no vuelven a salir")
    assert "unas palabras" not in studio.log.read_text("utf-8")
