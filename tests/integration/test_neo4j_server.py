"""The launcher of a real Neo4j: it starts, survives a crash, and says what is missing."""

import shutil
import socket
from pathlib import Path

import pytest
from neo4j import GraphDatabase, Record

from scripts.neo4j_server import LTS, LauncherError, Neo4jServer, find_java, jars


def ask(server: Neo4jServer, query: str) -> list[Record]:
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        return driver.execute_query(query, database_="neo4j").records


@pytest.mark.neo4j
def test_data_survives_a_crash(tmp_path: Path) -> None:
    with Neo4jServer(home=tmp_path) as server:
        assert ask(server, "RETURN 1 AS one")[0]["one"] == 1
        ask(server, "CREATE (:Kept {word: 'leche'})")
        server.kill()
        assert not server.running

        with Neo4jServer(home=tmp_path, password=server.password) as again:
            assert again.port != server.port
            assert ask(again, "MATCH (k:Kept) RETURN k.word AS word")[0]["word"] == "leche"
        assert not again.running

    with pytest.raises(LauncherError, match="another password"):
        Neo4jServer(home=tmp_path, password="not the one of this home").start()


@pytest.mark.neo4j
def test_a_server_that_can_not_start_shows_its_log(tmp_path: Path) -> None:
    server = Neo4jServer(home=tmp_path)
    (tmp_path / "data").write_text("a file where Neo4j wants a folder")
    with pytest.raises(LauncherError, match=r"(?s)ended while it was starting.*The end of .*data"):
        server.start()
    assert not server.running


def test_a_home_keeps_its_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of an earlier run\n")
    assert Neo4jServer(home=tmp_path).password == "of an earlier run"
    assert Neo4jServer(home=tmp_path, password="the given one").password == "the given one"
    with pytest.raises(LauncherError, match="at least 8"):
        Neo4jServer(home=tmp_path, password="short")


def test_a_port_in_use_is_refused_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LauncherError, match=f"Port {port} can't be used"):
            Neo4jServer(home=tmp_path, port=port).start()


def test_missing_maven_names_make_deps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(LauncherError, match=r"(?s)Maven \(mvn\) is not installed.*make deps"):
        jars(LTS)
    assert not (tmp_path / "cache").exists()


def test_a_failed_download_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "bin" / "mvn", "echo 'no route to Maven Central'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(LauncherError, match=r"(?s)make deps.*no route to Maven Central"):
        jars(LTS)
    assert list((tmp_path / "cache" / "nodriza" / "neo4j").iterdir()) == []


def test_a_download_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(
        tmp_path / "bin" / "mvn",
        'for last; do :; done; lib="${last#*=}"; mkdir -p "$lib"; touch "$lib/neo4j.jar"',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lib = jars(LTS)
    assert [file.name for file in lib.iterdir()] == ["neo4j.jar"]
    shutil.rmtree(tmp_path / "bin")
    assert jars(LTS) == lib


def test_no_java_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(LauncherError) as caught:
        find_java(17, 21, jvm_folder=tmp_path)
    text = str(caught.value)
    assert "needs Java 17 to 21; found: " in text
    assert str(tmp_path) in text
    assert "make deps" in text


def test_the_lowest_suitable_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jvm = tmp_path / "jvm"
    for name, version in [("a", "25.0.1"), ("b", "21.0.8"), ("c", "17.0.15"), ("d", "1.8.0_392")]:
        script(jvm / name / "bin" / "java", f"echo 'openjdk version \"{version}\"' >&2")
    script(jvm / "e" / "bin" / "java", "exit 1")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("JAVA_HOME", str(jvm / "a"))

    assert find_java(17, 21, jvm_folder=jvm) == jvm / "c" / "bin" / "java"
    assert find_java(21, jvm_folder=jvm) == jvm / "b" / "bin" / "java"
    assert find_java(21, jvm_folder=tmp_path) == jvm / "a" / "bin" / "java"
    with pytest.raises(LauncherError, match=r"Java 26 or newer; found: 8 \(.*, 17 \(.*, 25 \("):
        find_java(26, jvm_folder=jvm)


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
