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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Server:
    """A page that runs in a process of its own."""

    url: str
    pid: int


def start_once(folder: Path) -> Start:
    """Start the page, wait until it answers, and end it."""
    worked = _work_of_children()
    started = time.perf_counter()
    with running(folder):
        seconds = time.perf_counter() - started
    return Start(seconds, _work_of_children() - worked)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """The page on the embedded graph, from its first answer on; it is ended with the block.

    Raises NodrizaError with its last words when it does not start.
    """
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    log = folder / "page.log"
    until = time.perf_counter() + _PATIENCE
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "cli", "ui", "--port", str(port)],
            env={**kept, "NODRIZA_DATA_FOLDER": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/", child, until, log)
            yield Server(f"http://127.0.0.1:{port}", child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(_PATIENCE)


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
