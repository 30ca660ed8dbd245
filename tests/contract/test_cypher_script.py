"""The exported Cypher script, run on each kind of server, makes the graph that loading makes."""

import random
from datetime import UTC, datetime
from pathlib import Path

import neo4j
import pytest

from tests.conftest import Graph
from tests.trees import random_tree
from tests.unit.test_formats_roundtrip import NASTY, dressed
from tools.formats.cypher_script import cypher_statements, write_cypher
from tools.store import TreeStore
from tools.tree import Tree


def statements(path: Path) -> list[str]:
    """The script as a shell reads it: comments aside, a statement ends where a line does."""
    lines = path.read_text("utf-8").split("\n")
    script = "\n".join(line for line in lines if not line.startswith("//"))
    *found, rest = script.split(";\n")
    assert not rest.strip()
    return found


def run_script(graph: Graph, tree: Tree, folder: Path) -> None:
    write_cypher(tree, folder / "arbol.cypher")
    with neo4j.GraphDatabase.driver(
        graph.uri, auth=(graph.user, graph.password), notifications_min_severity="OFF"
    ) as driver:
        for statement in statements(folder / "arbol.cypher"):
            driver.execute_query(statement, database_=graph.database)


def named(tree: Tree, name: str) -> Tree:
    return tree.model_copy(update={"id": name})


@pytest.mark.parametrize("seed", range(3))
def test_a_script_makes_the_version(
    graph: Graph, store: TreeStore, tmp_path: Path, seed: int
) -> None:
    words = NASTY if seed == 0 else random.Random(seed).sample(NASTY, 20)
    tree = named(dressed(seed, words), f"guion-{seed}")
    run_script(graph, tree, tmp_path)
    assert store.active(tree.id).version == tree.version
    assert store.read_tree(tree.version) == tree
    assert store.entries(tree.version) == tree.entries
    assert store.variables(tree.version) == tree.variables


def test_more_rows_than_one_statement_takes(graph: Graph, store: TreeStore, tmp_path: Path) -> None:
    tree = random_tree(9, nodes=300, tree_id="guion-largo")
    names = [text.split("]")[-1] for text in cypher_statements(tree, datetime.now(UTC))]
    assert len(set(names)) < len(names)
    run_script(graph, tree, tmp_path)
    assert store.read_tree(store.active(tree.id).version) == tree


def test_it_takes_the_place_of_the_version_in_use(
    graph: Graph, store: TreeStore, tmp_path: Path
) -> None:
    old = random_tree(1, nodes=20, tree_id="guion-relevo")
    new = old.model_copy(update={"title": "Otro título"})
    store.load(old)
    run_script(graph, new, tmp_path)
    states = {v.version: v.state for v in store.versions() if v.id == old.id}
    assert states == {old.version: "retired", new.version: "active"}
    assert store.active(old.id).loaded_at.tzinfo is not None


def test_a_version_is_not_made_twice(graph: Graph, store: TreeStore, tmp_path: Path) -> None:
    tree = random_tree(2, nodes=20, tree_id="guion-doble")
    run_script(graph, tree, tmp_path)
    with pytest.raises(neo4j.exceptions.Neo4jError):
        run_script(graph, tree, tmp_path)
    assert store.read_tree(tree.version) == tree


def test_nothing_is_in_use_before_the_last_statement() -> None:
    *before, last = cypher_statements(random_tree(3), datetime.now(UTC))
    assert "active" not in "".join(before)
    assert "'active'" in last
    assert "'retired'" in last
