"""The same graph, whatever server holds it: embedded, Neo4j's LTS line, Neo4j's newest."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import tools.store
from tests.conftest import Graph
from tests.trees import Draft, Item, random_draft, random_tree, write_small
from tools.conditions import parse_condition
from tools.errors import GraphUnavailable, ToolError, UnknownTree
from tools.formats.yaml_folder import read_tree
from tools.journey import Journey
from tools.queries import query, query_names
from tools.store import QueryTrace, TreeStore
from tools.tree import Input, Logic, Question, Tree
from tools.view import Position, View
from tools.walk import Back, Choose, Jump, Move, Restart, SetFact

TODAY = date(2026, 11, 23)
SHIPPED = Path(__file__).parents[2] / "trees" / "lactancia"


@pytest.fixture(scope="module")
def draft() -> Draft:
    return random_draft(11, nodes=60, tree_id="contrato")


@pytest.fixture(scope="module")
def version(store: TreeStore, draft: Draft) -> str:
    """A random tree, loaded."""
    return store.load(draft.tree())


def pair(name: str) -> tuple[Tree, Tree]:
    """Two versions of a tree of its own."""
    old = random_tree(5, nodes=30, tree_id=name)
    return old, old.model_copy(update={"title": "Otro título"})


def state_of(store: TreeStore, version: str) -> str | None:
    return {v.version: v.state for v in store.versions()}.get(version)


# What is loaded is what is read


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_comes_back_as_it_went_in(store: TreeStore, seed: int) -> None:
    tree = random_tree(seed, nodes=50, tree_id=f"ida-y-vuelta-{seed}")
    version = store.load(tree)
    assert version == tree.version
    again = store.read_tree(version)
    assert again == tree
    assert again.checksum == tree.checksum


def test_the_small_tree_comes_back(store: TreeStore, tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path))
    assert store.read_tree(store.load(tree)) == tree


def test_the_shipped_tree_comes_back(store: TreeStore) -> None:
    tree = read_tree(SHIPPED)
    version = store.load(tree)
    assert store.read_tree(version).checksum == tree.checksum
    assert store.entries(version) == tree.entries
    assert store.variables(version) == tree.variables


def test_entries_and_variables(store: TreeStore, draft: Draft, version: str) -> None:
    tree = draft.tree()
    assert any(entry.node not in tree.topic_of for entry in tree.entries), "a shared entry"
    assert store.entries(version) == tree.entries
    assert store.variables(version) == tree.variables


# Every view is what the YAML says


def test_every_view_is_what_the_yaml_says(store: TreeStore, draft: Draft, version: str) -> None:
    for name, node in draft.nodes.items():
        if node["kind"] == "logic":
            continue
        view = store.view(version, Position(name))
        check_node(view, node, draft)
        check_logic(view.logic, next_of(node), draft)


def test_a_called_input_shows_the_way_on_from_its_logic_node(
    store: TreeStore, draft: Draft, version: str
) -> None:
    nodes = draft.nodes
    for name, node in nodes.items():
        if node["kind"] == "logic":
            for variable, asks in needs(node, draft).items():
                view = store.view(version, Position(asks, resume=name))
                assert getattr(view.node, "variable", None) == variable
                check_logic(view.logic, [name], draft)


def check_node(view: View, node: Item, draft: Draft) -> None:
    shown = view.node.model_dump(mode="json", by_alias=True, exclude_none=True)
    for key in ("kind", "id", "text", "help", "title", "normal", "urgency", "service", "to"):
        assert shown.get(key) == node.get(key), (node["id"], key)
    if node["kind"] == "question":
        assert [(o["id"], o["label"], o["to"], list(o["examples"])) for o in shown["options"]] == [
            (o["id"], o["label"], o["to"], o["examples"]) for o in node["options"]
        ]
    if node["kind"] == "input":
        declared = draft.files["tree.yaml"]["variables"][node["variable"]]
        assert view.variable is not None
        assert (view.variable.type, view.variable.min) == (declared["type"], declared.get("min"))
        assert list(view.variable.said) == declared.get("said", [])
    entry = shown.get("entry", {})
    assert entry.get("title") == node.get("entry", {}).get("title")
    assert list(entry.get("examples", [])) == node.get("entry", {}).get("examples", [])
    assert view.topic == topic_of(node["id"], draft)
    assert [source.id for source in view.sources] == node.get("sources", [])
    assert list(view.node.sources) == node.get("sources", []), "they are part of what is signed"
    assert view.see_also == tuple(
        (name, title) for name in node.get("see_also", []) if (title := title_of(name, draft))
    )


def check_logic(logic: Any, starts: list[str], draft: Draft) -> None:
    """The view holds every logic node on the way to the next shown ones, and no other."""
    nodes, todo, reached = draft.nodes, list(starts), set[str]()
    while todo:
        name = todo.pop()
        node = nodes[name]
        if node["kind"] == "logic" and name not in reached:
            reached.add(name)
            ways = [(branch["when"], branch["to"]) for branch in node["branches"]]
            assert list(logic[name].branches) == [*ways, (None, node["else"])]
            assert dict(logic[name].inputs) == needs(node, draft)
            todo += next_of(node)
    assert set(logic) == reached


def next_of(node: Item) -> list[str]:
    match node["kind"]:
        case "question":
            return [option["to"] for option in node["options"]]
        case "input":
            return [node["to"]] if "to" in node else []
        case "logic":
            return [*(branch["to"] for branch in node["branches"]), node["else"]]
    return []


def needs(logic: Item, draft: Draft) -> dict[str, str]:
    called = {
        n["variable"]: n["id"]
        for n in draft.nodes.values()
        if n["kind"] == "input" and "to" not in n
    }
    names = {v for b in logic["branches"] for v in parse_condition(b["when"]).variables}
    return {name: called[name] for name in names}


def topic_of(name: str, draft: Draft) -> str | None:
    for part in draft.files.values():
        if "topic" in part and name in [node["id"] for node in part["nodes"]]:
            return str(part["topic"]["id"])
    return None


def title_of(name: str, draft: Draft) -> str | None:
    """A leaf's title, else its entry's, else the topic's that starts there."""
    node = draft.nodes[name]
    starts = {
        part["topic"]["starts_at"]: part["topic"]["title"]
        for part in draft.files.values()
        if "topic" in part
    }
    found = node.get("title") or node.get("entry", {}).get("title") or starts.get(name)
    return None if found is None else str(found)


# Round trips


def random_move(rng: random.Random, view: View | None, journey: Journey) -> Move:
    legal = journey.legal(view)
    moves: list[Move] = [Jump(node) for node in legal.jumps[:2]]
    moves += [Choose(option) for option in legal.options] * 2
    if legal.variable and view and view.variable:
        yes_or_no = view.variable.type == "boolean"
        moves += [SetFact(legal.variable, rng.choice([True, False]) if yes_or_no else 40.0)] * 3
        moves.append(SetFact(legal.variable, None))
    moves += [Back()] * legal.back + [Restart()] * (legal.restart and rng.random() < 0.1)
    return rng.choice(moves)


def test_one_query_a_view_and_one_a_move(store: TreeStore, version: str) -> None:
    traces: list[QueryTrace] = []
    watched = store.observed_by(traces.append)
    rng = random.Random(2)
    located = {entry.node: entry.title for entry in watched.entries(version)}
    journey, view, moves = Journey(version, "", "", None, (), {}, located), None, 0
    while moves < 300:
        journey = replace(journey, turn=f"t{moves}")
        move = random_move(rng, view, journey)
        watched.forget_views()
        traces.clear()
        try:
            journey, _, view = journey.go(move, view, watched, TODAY)
        except ToolError:
            continue
        moves += 1
        assert len(traces) == (1 if view else 0)
        assert {trace.name for trace in traces} <= {"view"}
    assert len({step.target for step in journey.path}) > 1


def test_a_view_that_was_read_is_not_read_again(store: TreeStore, version: str) -> None:
    traces: list[QueryTrace] = []
    watched = store.observed_by(traces.append)
    watched.forget_views()
    first = watched.view(version, Position("t0-n0"))
    assert watched.view(version, Position("t0-n0")) is first
    (trace,) = traces
    assert (trace.name, trace.rows) == ("view", 1)
    assert trace.parameters == {"tree": version, "ids": ["t0-n0"]}
    assert trace.cypher == query("view")
    assert trace.ms > 0


def test_every_query_runs_here(store: TreeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: set[str] = set()

    def recording(name: str) -> Any:
        ran.add(name)
        return query(name)

    monkeypatch.setattr(tools.store, "query", recording)
    old, new = pair("consultas")
    store.prepare()
    store.load(old)
    store.load(new)
    store.entries(new.version)
    store.variables(new.version)
    store.outline(new.version)
    store.view(new.version, Position(new.topics[0].starts_at))
    store.read_tree(new.version)
    store.whole_graph()
    store.collect(in_use={v.version for v in store.versions()} - {old.version})
    assert sorted(ran) == query_names()


def test_the_outline_has_every_way(store: TreeStore) -> None:
    _, tree = pair("perfil")
    store.load(tree)
    outline = store.outline(tree.version)
    questions = {node.id: node for node in tree.nodes if isinstance(node, Question)}
    assert outline.questions == {name: node.text for name, node in questions.items()}
    for name, node in questions.items():
        assert [(way.option, way.target) for way in outline.ways[name]] == [
            (option.id, option.to) for option in node.options
        ]
    needs = {node.id: {node.variable} for node in tree.nodes if isinstance(node, Input) and node.to}
    for logic in tree.nodes:
        if isinstance(logic, Logic):
            whens = [parse_condition(branch.when) for branch in logic.branches]
            needs[logic.id] = {name for when in whens for name in when.variables}
    assert {name: set(variables) for name, variables in outline.needs.items()} == needs
    assert needs, "else the comparison says nothing"


# Versions


def test_loading_again_changes_nothing(store: TreeStore) -> None:
    tree, _ = pair("otra-vez")
    store.load(tree)
    traces: list[QueryTrace] = []
    told: list[int] = []
    store.observed_by(traces.append).load(tree, on_progress=lambda done, _all: told.append(done))
    assert [trace.name for trace in traces] == ["trees"]
    assert told == []


def test_a_changed_tree_leaves_the_old_version_readable(store: TreeStore) -> None:
    old, new = pair("cambio")
    store.load(old)
    before = store.view(old.version, Position(old.topics[0].starts_at))
    store.load(new)
    assert store.active("cambio").version == new.version
    assert state_of(store, old.version) == "retired"
    store.forget_views()
    assert store.view(old.version, Position(old.topics[0].starts_at)) == before
    assert store.read_tree(old.version) == old
    assert store.read_tree(new.version) == new


def test_loading_an_old_version_puts_it_back_into_use(store: TreeStore) -> None:
    old, new = pair("vuelta")
    for tree in (old, new, old):
        store.load(tree)
    assert store.active("vuelta").version == old.version
    assert state_of(store, new.version) == "retired"


def test_the_record_of_a_version(store: TreeStore) -> None:
    tree, _ = pair("ficha")
    store.load(tree)
    active = store.active("ficha")
    assert (active.id, active.version, active.state) == ("ficha", tree.version, "active")
    assert (active.title, active.language) == (tree.title, "es")
    assert active.loaded_at.tzinfo is not None


class Killed(Exception):
    """The process ends in the middle of a load."""


def killed_after(rows: int) -> Callable[[int, int], None]:
    def on_progress(done: int, _all: int) -> None:
        if done >= rows:
            raise Killed

    return on_progress


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 1.0])
def test_a_load_that_was_cut_leaves_the_old_version_in_use(store: TreeStore, part: float) -> None:
    name = f"corte-{int(part * 10)}"
    old, new = pair(name)
    rows: list[int] = []
    store.load(old, on_progress=lambda _done, total: rows.append(total))
    with pytest.raises(Killed):
        store.load(new, on_progress=killed_after(int(rows[0] * part)))
    assert store.active(name).version == old.version
    assert state_of(store, new.version) == "loading"
    assert store.read_tree(old.version) == old

    store.load(new)
    assert store.active(name).version == new.version
    assert store.read_tree(new.version) == new
    assert store.entries(new.version) == new.entries


def test_progress_counts_every_row(store: TreeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools.store, "_BATCH", 7)
    tree, _ = pair("progreso")
    told: list[tuple[int, int]] = []
    store.load(tree, on_progress=lambda done, total: told.append((done, total)))
    done = [item[0] for item in told]
    assert done == sorted(set(done))
    assert told[-1][0] == told[-1][1] == told[0][1]
    assert max(b - a for a, b in zip([0, *done], done, strict=False)) <= 7
    assert store.read_tree(tree.version) == tree
    store.delete(tree.version)
    assert state_of(store, tree.version) is None


def test_only_retired_versions_that_nobody_uses_are_collected(store: TreeStore) -> None:
    old, new = pair("recogida")
    newest = new.model_copy(update={"title": "Tercero"})
    for tree in (old, new, newest):
        store.load(tree)
    others = {v.version for v in store.versions() if v.id != "recogida"}
    assert store.collect(in_use=others | {new.version}) == [old.version]
    assert {v.version for v in store.versions() if v.id == "recogida"} == {
        new.version,
        newest.version,
    }
    assert store.read_tree(new.version) == new
    for gone in (
        lambda: store.view(old.version, Position(old.topics[0].starts_at)),
        lambda: store.entries(old.version),
        lambda: store.read_tree(old.version),
    ):
        with pytest.raises(UnknownTree):
            gone()
    assert store._read("all_nodes", tree=old.version) == []
    assert store._read("all_sources", tree=old.version) == []
    assert store._read("topics", tree=old.version) == []
    assert store.variables(old.version) == {}


# Errors


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("create_questions", {"tree": "doble@1", "id": "a"}),
        ("create_sources", {"tree": "doble@1", "id": "a"}),
    ],
)
def test_a_duplicate_id_is_refused(store: TreeStore, name: str, row: Item) -> None:
    store._write(name, tree="doble@1", rows=[row])
    with pytest.raises(GraphUnavailable):
        store._write(name, tree="doble@1", rows=[row])
    with pytest.raises(GraphUnavailable):
        store._write(name, tree="doble@2", rows=[row | {"tree": "doble@2"}] * 2)
    store._write(name, tree="doble@3", rows=[row | {"tree": "doble@3"}])
    for tree in ("doble@1", "doble@2", "doble@3"):
        store.delete(tree)


def test_one_id_serves_one_kind_of_node_only(store: TreeStore) -> None:
    row = {"tree": "doble@4", "id": "a"}
    store._write("create_questions", tree="doble@4", rows=[row])
    with pytest.raises(GraphUnavailable):
        store._write("create_advices", tree="doble@4", rows=[row])
    store.delete("doble@4")


def test_a_version_exists_once(store: TreeStore) -> None:
    tree, _ = pair("unica")
    store.load(tree)
    with pytest.raises(GraphUnavailable):
        store._fill(tree, lambda _done, _all: None)
    assert store.read_tree(tree.version) == tree


def test_what_is_not_there_is_said(store: TreeStore, version: str) -> None:
    with pytest.raises(UnknownTree, match="no node 'nada'"):
        store.view(version, Position("nada"))
    with pytest.raises(UnknownTree, match="no node"):
        store.view(version, Position("t0-n0", resume="nada"))
    for name in ("contrato@0", "", "' OR 1=1 //"):
        with pytest.raises(UnknownTree):
            store.view(name, Position("t0-n0"))
        with pytest.raises(UnknownTree, match="no tree version"):
            store.entries(name)
        with pytest.raises(UnknownTree, match="no tree version"):
            store.read_tree(name)
        with pytest.raises(UnknownTree, match=r"no tree .*there are: .*contrato"):
            store.active(name)


def test_a_wrong_password_is_an_error_and_not_shown(graph: Graph) -> None:
    with (
        replace(graph, password="una clave equivocada").store() as store,
        pytest.raises(GraphUnavailable) as caught,
    ):
        store.versions()
    assert "equivocada" not in str(caught.value)


@pytest.mark.neo4j
@pytest.mark.parametrize("server", ["neo4j_lts_graph", "neo4j_newest_graph"])
def test_a_query_that_runs_too_long_is_ended(
    server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on the embedded server, whose engine ignores the driver's timeout."""
    graph: Graph = request.getfixturevalue(server)
    runaway = (
        "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b "
        "WITH a, b WHERE a * b % 7 = 8 RETURN count(*) AS n"
    )
    with graph.store(timeout=1.0) as hurried:
        hurried.versions()
        monkeypatch.setattr(tools.store, "query", lambda _name: runaway)
        started = time.monotonic()
        with pytest.raises(GraphUnavailable):
            hurried.versions()
        assert time.monotonic() - started < 8
        monkeypatch.undo()
        hurried.versions()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_server_that_is_down_is_said_soon() -> None:
    check_unavailable(free_port())


def test_a_server_that_says_nothing_is_given_up(silent_port: int) -> None:
    check_unavailable(silent_port)


def check_unavailable(port: int) -> None:
    graph = Graph("none", f"bolt://127.0.0.1:{port}", "neo4j", "secreta-de-verdad", "neo4j")
    with graph.store(timeout=1.0) as store:
        for ask in (
            store.versions,
            lambda: store.view("a@1", Position("b")),
            lambda: store.load(random_tree(1, nodes=10)),
        ):
            started = time.monotonic()
            with pytest.raises(GraphUnavailable, match="did not answer") as caught:
                ask()
            assert time.monotonic() - started < 10
            assert "secreta" not in str(caught.value)
