"""`nodriza llm serve`: llama-cpp-python's own server, started as an operator starts it."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.llama_server import weights

# One thread: two would wait for each other where other tests keep the processors busy.
_ALWAYS = [
    *("--model", str(weights()), "--port", "0"),
    *("--n-threads", "1", "--n-threads-batch", "1"),
]
RUNNING = re.compile(r"Uvicorn running on (http://\S+)")


@dataclass(frozen=True)
class Serving:
    """A running server."""

    url: str
    """Base URL for clients."""
    process: "subprocess.Popen[str]"
    told: str
    """What was printed until it was ready."""


@contextmanager
def llm_serve(*arguments: str, **environment: str) -> Iterator[Serving]:
    """The server on a free port; it is ended with the block."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "cli", "llm", "serve", *_ALWAYS, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        told = ""
        try:
            for line in process.stderr:
                told += line
                if found := RUNNING.search(line):
                    yield Serving(f"{found[1]}/v1", process, told)
                    break
            else:
                raise AssertionError(f"the server ended with {process.wait()}: {told}")
        finally:
            process.terminate()
            process.stderr.close()
