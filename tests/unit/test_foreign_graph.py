"""Other people's graphs: nothing of them is lost in silence, and what doesn't fit is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.foreign import MAPPING, graph_of
from tools.errors import TreeError
from tools.formats.foreign.apoc_json import own_tree, read_apoc
from tools.formats.foreign.fitting import MOST_OPTIONS, ForeignNode, ForeignOption, Names, fitted
from tools.formats.foreign.mapped import tree_from
from tools.formats.foreign.mapping import Mapping, read_mapping
from tools.formats.foreign.suggest import suggest
from tools.formats.yaml_folder import parse_yaml
from tools.tree import Advice, Question

# Files of APOC

NODES = [
    {"type": "node", "id": "0", "labels": ["P"], "properties": {"text": "¿Sí?"}},
    {"type": "node", "id": "1", "labels": ["C"], "properties": {"text": "Bien."}},
]
STEP = {
    "type": "relationship",
    "id": "0",
    "label": "SI",
    "start": {"id": "0", "labels": ["P"]},
    "end": {"id": "1", "labels": ["C"]},
}
LAYOUTS = {
    "lines": "\n".join(json.dumps(item) for item in [*NODES, STEP]),
    "array": json.dumps([*NODES, STEP]),
    "object": json.dumps({"nodes": NODES, "rels": [STEP]}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_apoc_is_read(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text(LAYOUTS[layout], "utf-8")
    graph = read_apoc(path)
    assert [node.properties["text"] for node in graph.nodes.values()] == ["¿Sí?", "Bien."]
    assert [(s.type, end) for s, end in graph.steps("0", ["SI"])] == [("SI", "1")]
    assert [(s.type, end) for s, end in graph.steps("1", ["<SI"])] == [("SI", "0")]
    assert not graph.steps("1", ["SI"])


def test_a_bad_file_is_told_of_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    lines = [json.dumps(NODES[0]), '{"type": "node", ', json.dumps({"type": "x"}), json.dumps(STEP)]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(TreeError) as error:
        read_apoc(path)
    told = str(error.value)
    assert "dump.json:2: no JSON" in told
    assert "dump.json:3: neither a node nor a relationship" in told
    assert "a SI relationship leads to node '1', which is not in the file" in told


def test_a_dump_of_ours_without_a_tree_in_use_names_the_versions() -> None:
    graph = graph_of("a:Tree", a={"version": "arbol@1", "state": "retired"})
    with pytest.raises(TreeError, match="0 trees in use; name one of these versions: arbol@1"):
        own_tree(graph)
    with pytest.raises(TreeError, match="no tree version 'otra@1'"):
        own_tree(graph, "otra@1")


# Mappings


def mapping(**changes: Any) -> Mapping:
    parts: dict[str, Any] = {
        "tree": {"id": "x", "title": "X", "licence": "unknown"},
        "questions": [{"label": "Q", "text": "text"}],
        "answers": [{"label": "A", "text": "text"}],
        "options": [{"relationships": ["SI", "NO"]}],
    }
    return Mapping.model_validate(parts | changes)


def test_relationship_types_can_be_the_answers() -> None:
    graph = graph_of("q:Q", "a:A", "b:A", ("q", "SI", "a"), ("q", "NO", "b"))
    tree = tree_from(graph, mapping()).tree
    question = tree.by_id["q"]
    assert isinstance(question, Question)
    assert [(option.label, option.to) for option in question.options] == [("Si", "a"), ("No", "b")]
    assert tree.topics[0].starts_at == "q"


def test_relationships_can_be_followed_against_their_direction() -> None:
    graph = graph_of("q:Q", "a:A", "b:A", ("a", "SI", "q"), ("b", "NO", "q"))
    tree = tree_from(graph, mapping(options=[{"relationships": ["<SI", "<NO"]}])).tree
    question = tree.by_id["q"]
    assert isinstance(question, Question)
    assert [option.to for option in question.options] == ["a", "b"]


def test_what_no_part_of_the_mapping_takes_is_counted() -> None:
    graph = graph_of("q:Q", "a:A", "b:A", "u:User", "v:User", ("q", "SI", "a"), ("q", "NO", "b"))
    assert tree_from(graph, mapping()).left_out == {"User": 2}
    assert tree_from(graph, mapping(ignore=["User"])).left_out == {}


def test_every_problem_of_a_database_is_named_at_once() -> None:
    graph = graph_of(
        *("q:Q", "a:A", "b:B", ("q", "SI", "a"), ("q", "NO", "b")),
        q={"text": "  "},
        a={"text": "Bien.", "level": "rojo"},
    )
    answers = [
        {
            "label": "A",
            "text": "text",
            "urgency": {"property": "level", "values": {"verde": "none"}},
        },
        {"label": "Z", "text": "text"},
    ]
    with pytest.raises(TreeError) as error:
        tree_from(graph, mapping(answers=answers))
    told = str(error.value)
    assert "node q (:Q): its text, the property 'text', holds '  '" in told
    assert "node a (:A): its urgency, the property 'level', holds 'rojo'; known: 'verde'" in told
    assert "no node has the label 'Z'" in told
    assert "node q (:Q): option 'No' leads to a node :B" in told


def test_a_topic_and_an_option_lead_to_exactly_one_place() -> None:
    graph = graph_of("t:T", "q:Q", "o:O", "a:A", ("q", "HAS", "o"), t={"name": "Dolor"})
    parts = {
        "options": [{"relationships": ["HAS"], "node": "O", "onward": ["TO"], "text": "text"}],
        "topics": {"label": "T", "starts": ["BEGINS"], "title": "name"},
    }
    with pytest.raises(TreeError) as error:
        tree_from(graph, mapping(**parts))
    assert "node o (:O): 0 ways on; an option has exactly one" in str(error.value)
    assert "node t (:T): 0 first nodes; a topic has exactly one" in str(error.value)


def test_a_bad_mapping_file_is_told_of_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING.replace("onward: [LLEVA_A]", "onwards: [LLEVA_A]"), "utf-8")
    with pytest.raises(TreeError, match=r"options\.0\.onwards: Extra inputs") as error:
        read_mapping(path)
    path.write_text(MAPPING.replace("alta: same_day", "alta: '?'"), "utf-8")
    with pytest.raises(TreeError, match="'emergency', 'same_day' or 'none'") as error:
        read_mapping(path)
    assert "'?'" in str(error.value)
    assert len(error.value.problems) == 1


# Fitting


def question(options: int) -> list[ForeignNode]:
    ends = [ForeignNode(f"a{i}", f"Respuesta {i}.") for i in range(options)]
    ways = [ForeignOption(f"Opción {i}", f"a{i}") for i in range(options)]
    return [ForeignNode("q", "¿Cuál?", ways), *ends]


@pytest.mark.parametrize("count", [2, 6, 7, 11, 12, 30])
def test_a_question_with_many_options_goes_on_in_others_and_loses_none(count: int) -> None:
    content = fitted(question(count), Names(), "Otra respuesta")
    by_id = {node["id"]: node for node in content}
    reached, todo = [], ["q"]
    while todo:
        options = by_id[todo.pop()]["options"]
        assert 2 <= len(options) <= MOST_OPTIONS
        reached += [option["to"] for option in options if option["id"] != "more"]
        todo += [option["to"] for option in options if option["id"] == "more"]
    assert reached == [f"a{i}" for i in range(count)]


def test_a_single_way_on_is_read_out_before_what_follows() -> None:
    nodes = [
        ForeignNode("first", "Lee esto.", [ForeignOption("Seguir", "second")]),
        ForeignNode("second", "Y esto.", [ForeignOption("Seguir", "end")]),
        ForeignNode("end", "Fin.", sources=["guia"]),
    ]
    first = fitted(nodes, Names(), "más")[0]
    assert first["kind"] == "advice"
    assert first["text"] == "Lee esto.\n\nY esto.\n\nFin."
    assert first["sources"] == ["guia"]


def test_single_ways_on_in_a_circle_end() -> None:
    nodes = [
        ForeignNode("a", "A.", [ForeignOption("Seguir", "b")]),
        ForeignNode("b", "B.", [ForeignOption("Seguir", "a")]),
    ]
    first, second = fitted(nodes, Names(), "más")
    assert first["kind"] == second["kind"] == "advice"


def test_ids_are_valid_and_never_taken_twice() -> None:
    names = Names()
    ids = [names.of(key, name) for key, name in (("1", "¿Fiebre?"), ("2", "fiebre"), ("3", "¡!"))]
    assert ids == ["fiebre", "fiebre-2", "n"]
    assert names.of("1", "otra cosa") == "fiebre"


# Proposals


def test_a_graph_without_questions_gets_no_proposal_but_what_is_in_it() -> None:
    with pytest.raises(
        TreeError, match=r"nothing in this database looks like a question.*:User: 1 nodes"
    ):
        suggest(graph_of("u:User"))


def test_a_proposal_for_typed_answers_and_odd_names_can_be_read_and_used() -> None:
    graph = graph_of(
        *("q:Mi Pregunta", "a:A", "b:A", ("q", "SÍ", "a"), ("q", "NO", "b")),
        q={"el texto": "¿Tienes fiebre?"},
        a={"el texto": "Pide que te vean hoy."},
        b={"el texto": "Sigue dando el pecho."},
    )
    proposed = Mapping.model_validate(parse_yaml(suggest(graph)))
    tree = tree_from(graph, proposed).tree
    [fever] = [node for node in tree.nodes if isinstance(node, Question)]
    assert {option.label for option in fever.options} == {"Sí", "No"}
    assert all(isinstance(node, Advice) for node in tree.nodes if node != fever)
