"""A preview is the real chat on a draft, with a graph and a record that are gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from agent.settings import PROJECT
from tests.trees import SMALL, write_small


def test_a_draft_opens_in_the_chat_and_leaves_nothing_behind(tmp_path: Path) -> None:
    draft = SMALL["dolor.yaml"].replace("  title: Dolor\n", "  title: Dolor\n  status: draft\n")
    folder = write_small(tmp_path / "tree", dolor=draft)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NODRIZA_")}
    # A graph that mothers use may be configured: a preview must not touch it.
    environment |= {"NODRIZA_GRAPH_URI": "bolt://127.0.0.1:1", "TMPDIR": str(temporary)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "tree", "preview", str(folder), "--port", str(port)],
            cwd=PROJECT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        page = _page(f"http://127.0.0.1:{port}/", process, tmp_path / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert "Vista previa de «Árbol de prueba»" in page
    assert not list(temporary.glob("nodriza-preview-*"))


def _page(address: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the preview ended: {log.read_text('utf-8')}")
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
        time.sleep(0.25)
    raise AssertionError(f"no page after two minutes: {log.read_text('utf-8')}")
