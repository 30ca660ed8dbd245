"""What all tests share: servers, started when a test first asks, and a closed network.

NODRIZA_NO_SKIPS=1 makes a test that could not run (no server, no browser) a failed one.
"""

import gc
import ipaddress
import os
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from scripts.neo4j_server import LTS, NEWEST, LauncherError, Neo4jServer, find_java, release
from scripts.neo4j_server import _cached as cached_jars
from scripts.neo4j_server import _is_complete as is_complete
from tests.postgres import PostgresServer, find_binaries
from tools.embedded import DATABASE, USER, EmbeddedGraph
from tools.store import TreeStore

_TOLD = os.environ.pop("NODRIZA_NO_SKIPS", None) == "1"
"""Taken out of the environment: to the product it would be an unknown setting."""
NO_SKIPS = pytest.StashKey[bool]()

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


# Skips as failures


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NO_SKIPS] = getattr(config, "workerinput", {}).get("no_skips", _TOLD)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a process of pytest-xdist what it cannot find in its environment any more."""
    node.workerinput["no_skips"] = _TOLD


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _strict((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _strict((yield), collector.config)


def _strict(report: Report, config: pytest.Config) -> Report:
    if config.stash[NO_SKIPS] and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"NODRIZA_NO_SKIPS=1, and this could not run. {reason}"
    return report


# Side by side


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays in one process; the contracts too, which share three servers."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class ByServers(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return _CONTRACTS if file.startswith(_CONTRACTS) else file

    return ByServers(config, log)


_CONTRACTS = "tests/contract/"


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


# The network


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Python code connects to this machine only; other processes are not concerned."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def only_loopback(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            self.close()
            raise RuntimeError(f"tests have no network: {address!r} is not this machine")
        return connect(self, address)

    return only_loopback


def _is_loopback(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host.partition("%")[0])
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    return False


# Graph servers


@dataclass(frozen=True)
class Graph:
    """A graph server that runs."""

    kind: str
    uri: str
    user: str
    password: str
    database: str

    @contextmanager
    def store(self, timeout: float = 10.0) -> Iterator[TreeStore]:
        """A store of its own, with nothing read yet."""
        store = TreeStore(
            self.uri, self.user, self.password, database=self.database, timeout=timeout
        )
        try:
            yield store
        finally:
            store.close()


@pytest.fixture(scope="session")
def embedded_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with EmbeddedGraph(tmp_path_factory.mktemp("embedded")) as server:
        yield Graph("embedded", server.uri, USER, server.password, DATABASE)


@pytest.fixture(scope="session")
def neo4j_lts_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    yield from _neo4j(LTS, tmp_path_factory.mktemp("neo4j-lts"))


@pytest.fixture(scope="session")
def neo4j_newest_graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    yield from _neo4j(NEWEST, tmp_path_factory.mktemp("neo4j-newest"))


def _neo4j(version: str, home: Path) -> Iterator[Graph]:
    needs = release(version)
    try:
        find_java(needs.lowest_java, needs.highest_java)
    except LauncherError as error:
        pytest.skip(f"no Java for Neo4j {version}: make deps ({error})")
    if not is_complete(cached_jars(version)):
        pytest.skip(f"Neo4j {version} is not downloaded: make deps")
    with Neo4jServer(home=home, version=version) as server:
        yield Graph(version, server.uri, server.user, server.password, "neo4j")


@pytest.fixture(
    scope="session",
    params=[
        "embedded",
        pytest.param("neo4j_lts", marks=pytest.mark.neo4j),
        pytest.param("neo4j_newest", marks=pytest.mark.neo4j),
    ],
)
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each kind of server in turn."""
    found: Graph = request.getfixturevalue(f"{request.param}_graph")
    return found


@pytest.fixture(scope="session")
def embedded_store(embedded_graph: Graph) -> Iterator[TreeStore]:
    yield from _prepared(embedded_graph)


@pytest.fixture(scope="session")
def neo4j_lts_store(neo4j_lts_graph: Graph) -> Iterator[TreeStore]:
    yield from _prepared(neo4j_lts_graph)


@pytest.fixture(scope="session")
def neo4j_newest_store(neo4j_newest_graph: Graph) -> Iterator[TreeStore]:
    yield from _prepared(neo4j_newest_graph)


@pytest.fixture(scope="session")
def store(graph: Graph) -> Iterator[TreeStore]:
    """A store on each kind of server; tests share it, each with a tree id of its own."""
    yield from _prepared(graph)


def _prepared(graph: Graph) -> Iterator[TreeStore]:
    with graph.store() as store:
        store.prepare()
        yield store


# PostgreSQL


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: make deps")
    server = PostgresServer(binaries)
    yield server
    server.stop()
