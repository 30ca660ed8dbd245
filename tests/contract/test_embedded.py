"""The embedded server: one owner, one address, and data that survive a kill."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError

from tests.conftest import Graph
from tests.trees import random_tree
from tools.embedded import DATABASE, USER, EmbeddedGraph
from tools.errors import GraphInUse, UnknownTree
from tools.store import TreeStore
from tools.view import Position

ROOT = Path(__file__).parents[2]
OLD = random_tree(1, nodes=30, tree_id="propio")
NEW = random_tree(2, nodes=200, tree_id="propio")

HOLD = """
import sys
from pathlib import Path
from tools.embedded import EmbeddedGraph

with EmbeddedGraph(Path(sys.argv[1])) as graph:
    print(graph.port, graph.password, flush=True)
    sys.stdin.readline()
print("stopped", flush=True)
"""
LOAD = """
import sys
from pathlib import Path
from tests.contract.test_embedded import NEW, OLD, opened
import tools.store

tools.store._BATCH = 20

def tell(done, total):
    if done >= total * float(sys.argv[2]):
        print("loading", flush=True)

with opened(Path(sys.argv[1])) as store:
    store.load(OLD)
    store.load(NEW, on_progress=tell)
"""
START = """
import sys
from pathlib import Path
from tools.embedded import EmbeddedGraph
from tools.errors import GraphInUse

try:
    EmbeddedGraph(Path(sys.argv[1])).start()
except GraphInUse as error:
    print(error)
"""


@contextmanager
def opened(folder: Path) -> Iterator[TreeStore]:
    """A store on an embedded server of its own."""
    with EmbeddedGraph(folder) as graph:
        store = TreeStore(graph.uri, USER, graph.password, database=DATABASE)
        try:
            store.prepare()
            yield store
        finally:
            store.close()


@contextmanager
def child(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A Python process of our own; killed in the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def release(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_the_second_start_names_the_first(tmp_path: Path) -> None:
    with child(HOLD, tmp_path) as holder:
        assert said(holder)
        with child(START, tmp_path) as second:
            text = said(second)
            assert second.wait(60) == 0
        assert f"in use by process {holder.pid} (since 20" in text
        assert str(tmp_path) in text
        assert "NODRIZA_GRAPH_URI" in text

        # The owner is not disturbed.
        release(holder)
        assert said(holder) == "stopped"
        assert holder.wait(60) == 0


def test_a_second_start_in_the_same_process(tmp_path: Path) -> None:
    with (
        EmbeddedGraph(tmp_path),
        pytest.raises(GraphInUse, match=f"in use by process {os.getpid()}"),
    ):
        EmbeddedGraph(tmp_path).start()


def test_an_unreadable_owner_is_unknown(tmp_path: Path) -> None:
    with EmbeddedGraph(tmp_path):
        (tmp_path / "owner.json").write_text("{", "utf-8")
        with pytest.raises(GraphInUse, match="in use by process unknown"):
            EmbeddedGraph(tmp_path).start()


def test_a_clean_stop_frees_the_folder_and_keeps_the_data(tmp_path: Path) -> None:
    with child(HOLD, tmp_path) as holder:
        port, password = said(holder).split()
        graph = Graph("embedded", f"bolt://127.0.0.1:{port}", USER, password, DATABASE)
        with graph.store() as store:
            store.prepare()
            store.load(OLD)
        release(holder)
        assert said(holder) == "stopped"
        assert holder.wait(60) == 0
    with opened(tmp_path) as store:
        assert store.read_tree(OLD.version) == OLD
        assert json.loads((tmp_path / "owner.json").read_text("utf-8"))["pid"] == os.getpid()


def test_stopping_twice_or_without_a_start_is_harmless(tmp_path: Path) -> None:
    graph = EmbeddedGraph(tmp_path)
    graph.stop()
    graph.start()
    graph.stop()
    graph.stop()
    with EmbeddedGraph(tmp_path):
        pass


@pytest.mark.parametrize("part", [0.1, 0.6, 0.95])
def test_killed_in_the_middle_of_a_load(tmp_path: Path, part: float) -> None:
    with child(LOAD, tmp_path, part) as loading:
        assert said(loading) == "loading"
        loading.send_signal(signal.SIGKILL)
        assert loading.wait(30) == -signal.SIGKILL
    with opened(tmp_path) as store:
        states = {version.version: version.state for version in store.versions()}
        # The last batch may have been in before the kill: then all of it is.
        if store.active("propio").version == NEW.version:
            assert states == {OLD.version: "retired", NEW.version: "active"}
            assert store.read_tree(NEW.version) == NEW
        else:
            assert states == {OLD.version: "active", NEW.version: "loading"}
        assert store.read_tree(OLD.version) == OLD
        assert store.entries(OLD.version) == OLD.entries

        store.load(NEW)
        assert store.active("propio").version == NEW.version
        assert store.read_tree(NEW.version) == NEW
        assert store.collect(in_use=set()) == [OLD.version]
        with pytest.raises(UnknownTree):
            store.view(OLD.version, Position(OLD.topics[0].starts_at))


def test_each_start_has_a_password_of_its_own(tmp_path: Path) -> None:
    with EmbeddedGraph(tmp_path) as first:
        check_login(first.uri, first.password)
    with EmbeddedGraph(tmp_path) as second:
        assert second.password != first.password
        assert len(second.password) >= 24
        check_login(second.uri, second.password)
        for wrong in (first.password, "", "root", "arcadedb"):
            with pytest.raises(AuthError):
                check_login(second.uri, wrong)


def test_the_password_is_not_stored(tmp_path: Path) -> None:
    with EmbeddedGraph(tmp_path) as graph:
        wanted = graph.password.encode()
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert [path for path in files if wanted in path.read_bytes()] == []


def check_login(uri: str, password: str) -> None:
    with GraphDatabase.driver(uri, auth=(USER, password)) as driver:
        driver.verify_connectivity()
        driver.execute_query("RETURN 1", database_=DATABASE)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_it_listens_on_the_loopback_only(tmp_path: Path) -> None:
    with child(HOLD, tmp_path) as holder:
        port = int(said(holder).split()[0])
        listening = list(listeners(holder.pid))
        assert port in [number for _, number in listening]
        loopback = {"0100007F", "00000000000000000000000001000000", f"{'0' * 16}FFFF00000100007F"}
        assert {address for address, _ in listening} <= loopback, listening


def listeners(pid: int) -> Iterator[tuple[str, int]]:
    """(address in hexadecimal, port) of each listening socket of a process."""
    links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    own = {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in own:
                address, port = fields[1].split(":")
                yield address, int(port, 16)
