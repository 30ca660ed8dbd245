"""Fetching sources, from a server on this machine."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.lint.fetch import dead_sources
from tools.tree import Source

ANSWERS = {
    ("HEAD", "/page"): 200,
    ("HEAD", "/moved"): 301,
    ("HEAD", "/no-head"): 405,
    ("GET", "/no-head"): 200,
    ("HEAD", "/wrong-head"): 404,
    ("GET", "/wrong-head"): 200,
    ("GET", "/hangs-up-on-head"): 200,
    ("HEAD", "/gone"): 404,
    ("GET", "/gone"): 404,
    ("HEAD", "/moved-to-nothing"): 302,
    ("HEAD", "/refused"): 403,
    ("GET", "/refused"): 403,
    ("HEAD", "/busy"): 429,
    ("GET", "/busy"): 429,
    ("HEAD", "/broken"): 500,
    ("GET", "/broken"): 503,
}
MOVED_TO = {"/moved": "/page", "/moved-to-nothing": "/gone"}


class Pages(BaseHTTPRequestHandler):
    """Answers as ANSWERS says, and notes what it was asked."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append((self.command, path))
        if (self.command, path) == ("HEAD", "/hangs-up-on-head"):
            return
        self.send_response(ANSWERS.get((self.command, path), 404))
        if path in MOVED_TO:
            self.send_header("Location", MOVED_TO[path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def asked() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def server(asked: list[tuple[str, str]]) -> Iterator[str]:
    handler = type("Noting", (Pages,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def source(name: str, url: str) -> Source:
    return Source(
        id=name,
        title="Página",
        organisation="Asociación",
        year=None,
        url=url,
        checked_on="2026-11-23",
        verification="page",
    )


def test_pages_that_are_there(server: str) -> None:
    paths = ("page", "moved", "no-head", "wrong-head", "hangs-up-on-head", "refused", "busy")
    assert dead_sources([source(path, f"{server}/{path}") for path in paths]) == {}


def test_pages_that_are_gone(server: str) -> None:
    paths = ("gone", "moved-to-nothing", "broken")
    assert dead_sources([source(path, f"{server}/{path}") for path in paths]) == {
        "gone": 404,
        "moved-to-nothing": 404,
        "broken": 503,
    }


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/page"
        assert "refused" in str(dead_sources([source("none", url)])["none"])


def test_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/page"
        dead = dead_sources([source("slow", url)], timeout=0.2)
    assert dead["slow"] == "timed out"


def test_an_address_that_is_none() -> None:
    assert isinstance(dead_sources([source("odd", "http://[::1/page")])["odd"], str)


def test_each_page_is_fetched_once(server: str, asked: list[tuple[str, str]]) -> None:
    sources = [source("a", f"{server}/gone#one"), source("b", f"{server}/gone#two")]
    assert dead_sources(sources) == {"a": 404, "b": 404}
    assert asked == [("HEAD", "/gone"), ("GET", "/gone")]


def test_progress_reaches_the_end(server: str) -> None:
    seen: list[tuple[int, int]] = []
    sources = [source(f"s{index}", f"{server}/page?{index}") for index in range(5)]
    dead_sources(sources, lambda done, total: seen.append((done, total)))
    assert seen == [(index, 5) for index in range(1, 6)]
