"""Queries that a model wrote: they read, and whatever they are they change nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trees import random_tree
from tools.embedded import DATABASE, USER, EmbeddedGraph
from tools.errors import GraphUnavailable, QueryRefused
from tools.store import TreeStore
from tools.tree import Tree

WRITES = (
    "CREATE (n:Node {tree: $tree, id: 'x'}) RETURN n",
    "MERGE (n:Node {tree: $tree, id: 'x'}) RETURN n",
    "MATCH (n:Node {tree: $tree}) SET n.id = 'x' RETURN n.id",
    "MATCH (n:Node {tree: $tree}) REMOVE n.text RETURN n.id",
    "MATCH (n:Node {tree: $tree}) DETACH DELETE n",
    "MATCH (n:Node {tree: $tree}) CALL { WITH n DELETE n } RETURN 1",
    "CALL { CREATE (n:Node {id: 'x'}) } RETURN 1",
    "FOREACH (i IN [1] | CREATE (:Node {id: 'x'}))",
    "CREATE INDEX evil FOR (n:Node) ON (n.text)",
    "DROP INDEX evil",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "MATCH (n) RETURN n; MATCH (n) DETACH DELETE n",
    "match (n:Node) /* ' */ detach delete n // '",
    r"MATCH (n) WHERE n.id = 'a\u0027 DETACH DELETE n //' RETURN n",
    "EXPLAIN MATCH (n) RETURN n",
    "",
)


@pytest.fixture(scope="module")
def tree(store: TreeStore) -> Tree:
    tree = random_tree(3, nodes=30, tree_id="ajenas")
    store.load(tree)
    return tree


def test_rows_come_as_plain_data_and_no_more_than_asked_for(store: TreeStore, tree: Tree) -> None:
    cypher = "MATCH (n:Node {tree: $tree}) RETURN n.id AS id ORDER BY id"
    ids = sorted(node.id for node in tree.nodes)
    rows, more = store.read_foreign(cypher, 5, tree=tree.version)
    assert (rows, more) == ([{"id": name} for name in ids[:5]], True)
    rows, more = store.read_foreign(f"{cypher};", len(ids), tree=tree.version)
    assert ([row["id"] for row in rows], more) == (ids, False)
    (row,), _ = store.read_foreign(
        "MATCH (n:Node {tree: $tree, id: $id}) RETURN n, 'no SET here, nor `CREATE`' AS note",
        5,
        tree=tree.version,
        id=ids[0],
    )
    assert row["n"]["id"] == ids[0]


@pytest.mark.parametrize("cypher", WRITES)
def test_nothing_but_reading_is_let_in(store: TreeStore, tree: Tree, cypher: str) -> None:
    with pytest.raises(QueryRefused):
        store.read_foreign(cypher, 5, tree=tree.version)
    assert store.read_tree(tree.version) == tree


def test_a_wrong_query_is_told_apart_from_a_server_that_is_gone(
    store: TreeStore, tree: Tree
) -> None:
    with pytest.raises(QueryRefused, match="the server refused the query"):
        store.read_foreign("MATCH (n:Node RETURN n", 5)
    gone = TreeStore("bolt://127.0.0.1:1", "neo4j", "none", timeout=1.0)
    try:
        with pytest.raises(GraphUnavailable):
            gone.read_foreign("MATCH (n) RETURN n", 5)
    finally:
        gone.close()


ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(a + b)"


@pytest.fixture
def bounded(tmp_path: Path) -> Iterator[TreeStore]:
    with EmbeddedGraph(tmp_path, timeout=1.0) as graph:
        store = TreeStore(graph.uri, USER, graph.password, database=DATABASE, timeout=1.0)
        yield store
        store.close()


def test_the_embedded_server_ends_a_query_that_takes_too_long(bounded: TreeStore) -> None:
    started = time.monotonic()
    with pytest.raises(QueryRefused):
        bounded.read_foreign(ENDLESS, 5)
    assert time.monotonic() - started < 20
    assert bounded.read_foreign("RETURN 1 AS one", 5) == ([{"one": 1}], False)
