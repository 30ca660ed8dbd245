"""From the command to the first page: `nodriza ui` as a child process."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from evaluation.measurement import Measurement, summarise
from tools.errors import NodrizaError

_BUDGET = 10.0
_PATIENCE = 120.0
"""Seconds after which a start has failed."""
_OURS = "NODRIZA_"


def measure(folder: Path, starts: int) -> list[Measurement]:
    """Start the page: the first time with a new data folder, then again with the same one."""
    folder.mkdir()
    taken = [start_once(folder) for _ in range(starts)]
    how = "nodriza ui on the embedded graph, until GET / answers 200; then ended"
    lines = []
    for what, several in (("first start", taken[:1]), ("later starts", taken[1:])):
        if several:
            name = f"first usable page, {what}"
            seconds = [start.seconds for start in several]
            lines.append(summarise(name, "s", seconds, how, budget=_BUDGET))
            work = [start.work for start in several]
            lines.append(summarise(f"{name}: work", "CPU s", work, "processor time until it ended"))
    return lines


class Start:
    """One start, in seconds."""

    def __init__(self, seconds: float, work: float) -> None:
        self.seconds = seconds
        self.work = work


def start_once(folder: Path) -> Start:
    """Start the page, wait until it answers, and end it."""
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    log = folder / "page.log"
    worked = _work_of_children()
    with log.open("wb") as errors:
        started = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "cli", "ui", "--port", str(port)],
            env={**kept, "NODRIZA_DATA_FOLDER": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/", child, started + _PATIENCE, log)
            seconds = time.perf_counter() - started
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(_PATIENCE)
    return Start(seconds, _work_of_children() - worked)


def _wait_for(url: str, child: "subprocess.Popen[bytes]", until: float, log: Path) -> None:
    while time.perf_counter() < until:
        if child.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - http
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    last = log.read_text("utf-8", "replace").splitlines()[-5:]
    raise NodrizaError("\n".join(["the page did not start", *last]))


def _work_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
