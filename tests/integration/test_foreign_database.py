"""Somebody else's database comes in, from a running Neo4j and from a file that its APOC wrote."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase

from scripts.neo4j_server import APOC, LTS, LauncherError, Neo4jServer, find_java, release
from scripts.neo4j_server import _cached as cached_jars
from scripts.neo4j_server import _is_complete as is_complete
from tests.foreign import CREATE, MAPPING
from tests.trees import random_tree
from tools.formats.foreign.apoc_json import is_own, own_tree, read_apoc
from tools.formats.foreign.mapped import tree_from
from tools.formats.foreign.mapping import read_mapping
from tools.formats.foreign.property_graph import PropertyGraph
from tools.formats.foreign.suggest import suggest
from tools.store import TreeStore
from tools.tree import Advice, Question

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    needs = release(LTS)
    try:
        find_java(needs.lowest_java, needs.highest_java)
    except LauncherError as error:
        pytest.skip(f"no Java for Neo4j {LTS}: make deps ({error})")
    if not (is_complete(cached_jars(LTS)) and is_complete(cached_jars(f"apoc-{APOC}"))):
        pytest.skip(f"Neo4j {LTS} or APOC {APOC} is not downloaded: make deps")
    with Neo4jServer(home=tmp_path_factory.mktemp("neo4j-apoc"), apoc=True) as running:
        yield running


@pytest.fixture
def driver(server: Neo4jServer) -> Iterator[Driver]:
    """On an empty database."""
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        yield driver


def dump(driver: Driver, path: Path) -> Path:
    export = "CALL apoc.export.json.all(null, {stream: true}) YIELD data RETURN data"
    path.write_text(driver.execute_query(export).records[0]["data"], "utf-8")
    return path


@pytest.fixture
def mapping_file(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING, "utf-8")
    return path


def test_a_database_with_its_own_schema_is_read_through_a_mapping(
    server: Neo4jServer, driver: Driver, tmp_path: Path, mapping_file: Path
) -> None:
    driver.execute_query(CREATE)
    store = TreeStore(server.uri, server.user, server.password)
    live = PropertyGraph.of_rows(*store.whole_graph())
    store.close()
    mapping = read_mapping(mapping_file)
    from_server = tree_from(live, mapping)
    from_file = tree_from(read_apoc(dump(driver, tmp_path / "dump.json")), mapping)
    assert from_server == from_file
    tree = from_server.tree
    assert set(tree.by_id) == {"p-1", "p-2", "c-1", "c-2"}
    first = tree.by_id["p-1"]
    assert isinstance(first, Question)
    assert [(option.label, option.to) for option in first.options] == [
        ("Siempre", "p-2"),
        ("Al agarrar", "c-1"),
    ]
    assert first.options[1].examples == ("al engancharse", "solo al principio")
    urgent = tree.by_id["c-2"]
    assert isinstance(urgent, Advice)
    assert (urgent.urgency, urgent.title) == ("same_day", "Que te vean hoy")
    assert [source.year for source in tree.sources] == [2021]
    assert tree.topics[0].starts_at == "p-1"
    assert tree.sources[0].checked_on == date.today().isoformat()


def test_the_proposed_mapping_needs_only_the_urgency(
    driver: Driver, tmp_path: Path, mapping_file: Path
) -> None:
    driver.execute_query(CREATE)
    graph = read_apoc(dump(driver, tmp_path / "dump.json"))
    proposed = tmp_path / "proposed.yaml"
    text = suggest(graph)
    assert text.count("'?'") == 2
    text = text.replace("\"alta\": '?'", '"alta": same_day')
    proposed.write_text(text.replace("\"baja\": '?'", '"baja": none'), "utf-8")
    by_hand = tree_from(graph, read_mapping(mapping_file)).tree
    assert tree_from(graph, read_mapping(proposed)).tree == by_hand


def test_our_own_tree_comes_back_from_an_apoc_export(
    server: Neo4jServer, driver: Driver, tmp_path: Path
) -> None:
    store = TreeStore(server.uri, server.user, server.password)
    store.prepare()
    old, new = random_tree(1), random_tree(2)
    for tree in (old, new):
        store.load(tree)
    store.close()
    graph = read_apoc(dump(driver, tmp_path / "dump.json"))
    assert is_own(graph)
    assert own_tree(graph) == new
    assert own_tree(graph, old.version) == old
