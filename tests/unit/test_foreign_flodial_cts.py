"""Charts of FloDial and graphs of CTS: nothing is lost in silence, every problem has its line."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import TreeError
from tools.formats.foreign.cts import read_cts
from tools.formats.foreign.flodial import read_flodial
from tools.formats.foreign.markup import plain_text
from tools.formats.registry import read
from tools.tree import Advice, Input, Logic, Question, Tree

Json = dict[str, Any]

# FloDial


def _chart(name: str = "cold_soup") -> Json:
    def node(label: str, says: str, terminal: bool = False) -> Json:
        return {"label": label, "terminal": terminal, "utterance": says}

    return {
        "name": name,
        "category": "kitchen",
        "problem_description": "Your soup is cold.",
        "nodes": {
            "1": node("Hob on?", "Is the hob switched on?"),
            "2": node("Switch it on", "Switch the hob on. That will do.", terminal=True),
            "3": node("Feel the pot", "Is the pot warm?"),
            "4": node("Wait", "Wait for five minutes.", terminal=True),
            "5": node("Gas?", "Does it run on gas?", terminal=True),
            "6": node("Open the valve", "Open the valve.", terminal=True),
            "7": node("Call", "Call an electrician."),
        },
        "edges": {
            "1": {"no": "2", "yes": "3"},
            "3": {"yes": "4"},
            "2": {"yes": "5"},
            "5": {"no": "7", "Don't know": "6"},
        },
        "supporting_faqs": [{"id": "0", "q": "What is a hob?", "a": "Where the pot stands."}],
    }


def _folder(tmp_path: Path, *charts: Json) -> Path:
    for number, chart in enumerate(charts):
        (tmp_path / f"{number}.json").write_text(json.dumps(chart, indent=1), "utf-8")
    return tmp_path


def test_a_chart_is_a_topic_with_its_questions_and_answers(tmp_path: Path) -> None:
    found = read_flodial(_folder(tmp_path, _chart(), _chart("warm_soup")))
    topic, other = found.tree.topics
    assert (topic.id, topic.title, topic.summary) == (
        "cold-soup",
        "Cold soup",
        "Your soup is cold.",
    )
    assert (topic.starts_at, other.starts_at) == ("cold-soup-1", "warm-soup-1")
    start = found.tree.by_id["cold-soup-1"]
    assert isinstance(start, Question)
    assert start.text == "Is the hob switched on?"
    assert [(o.label, o.to) for o in start.options] == [
        ("Yes", "cold-soup-3"),
        ("No", "cold-soup-2"),
    ]
    end = found.tree.by_id["cold-soup-7"]
    assert isinstance(end, Advice)
    assert (end.title, end.text) == ("Call", "Call an electrician.")
    assert found.tree.topic_of["warm-soup-7"] == "warm-soup"
    assert found.tree.language == "en"
    assert found.left_out == {
        "category of a chart": 2,
        "short label of a question": 4,
        "answer to a question that has only this one": 4,
    }


def test_a_single_way_on_is_read_out_whatever_the_flag_says(tmp_path: Path) -> None:
    tree = read_flodial(_folder(tmp_path, _chart())).tree
    question, terminal = tree.by_id["cold-soup-3"], tree.by_id["cold-soup-2"]
    assert isinstance(question, Advice)
    assert question.text == "Is the pot warm?\n\nWait for five minutes."
    assert isinstance(terminal, Question)
    assert terminal.text == "Switch the hob on. That will do.\n\nDoes it run on gas?"
    assert [o.label for o in terminal.options] == ["No", "Don't know"]
    assert not {"cold-soup-4", "cold-soup-5"} & tree.by_id.keys(), "nothing leads to them any more"


def test_a_faq_is_found_by_its_question(tmp_path: Path) -> None:
    tree = read_flodial(_folder(tmp_path, _chart())).tree
    [faq] = [entry for entry in tree.entries if entry.node == "cold-soup-faq-0"]
    assert (faq.title, faq.topic, faq.examples) == (
        "What is a hob?",
        "cold-soup",
        ("What is a hob?",),
    )
    answer = tree.by_id["cold-soup-faq-0"]
    assert isinstance(answer, Advice)
    assert answer.text == "Where the pot stands."


def test_every_problem_of_every_chart_is_told_with_its_line(tmp_path: Path) -> None:
    bad, worse = _chart(), _chart("worse")
    bad["edges"]["1"]["no"] = "99"
    del bad["nodes"]["3"]["utterance"]
    bad["edges"]["98"] = {"yes": "1"}
    bad["supporting_faqs"].append({"id": "0", "q": " ", "a": "b"})
    worse["supporting_faqs"] *= 2
    del worse["edges"]["1"]["no"]
    folder = _folder(tmp_path, bad, worse, _chart("worse"), {"name": "nothing"})
    (folder / "9.json").write_text('{"name": ')
    with pytest.raises(TreeError) as error:
        read_flodial(folder)
    lines = (folder / "0.json").read_text().splitlines()
    told = "\n".join(error.value.problems)
    for line, problem in (
        (lines.index('  "3": {') + 1, "nodes.3.utterance: Field required"),
        (lines.index('   "no": "99",') + 1, "edge 'no' leads to node '99', which does not exist"),
        (lines.index('  "98": {') + 1, "edges leave node '98', which does not exist"),
        (lines.index('   "q": " ",') + 1, "supporting_faqs.1.q: String should have at least 1"),
    ):
        assert f"0.json:{line}: {problem}" in told
    assert "a chart has one node that no edge leads to; here: '1', '2'" in told
    assert "2 FAQs have the id '0'" in told
    assert "nodes: Field required" in told
    assert "9.json:1: Expecting value" in told


def test_two_charts_of_one_name_are_no_tree(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match=r"1\.json: another file has a chart 'cold_soup' too"):
        read_flodial(_folder(tmp_path, _chart(), _chart()))
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(TreeError, match="no flowchart"):
        read_flodial(empty)


# CTS

_START = "root"


def _graph(*, infos: int = 8) -> Json:
    """A menu of many informations, a journey with variables, and closing questions."""
    graph = _Graph()
    graph.node("start", "startNode", "START")
    graph.node(_START, "userResponseNode", "Worum geht es?", ["Menü", "Reise", "Was ist ein Menü?"])
    graph.node("menu", "userResponseNode", "Was möchten Sie?", [f"Nr. {i}" for i in range(infos)])
    for i in range(infos):
        graph.node(f"info{i}", "infoNode", f"Angabe {i}.", asked=[f"Was ist {i}?", f"Und {i}?"])
        graph.way("menu", i, f"info{i}")
        graph.way(f"info{i}", None, "more")
    graph.node("more", "userResponseNode", "Noch etwas aus dem Menü?", ["Ja", "Nein"])
    graph.node("all", "userResponseNode", "Haben Sie weitere Fragen?", ["Ja", "Nein"])
    graph.node("bye", "userResponseNode", "Auf Wiedersehen.")
    graph.node("what", "infoNode", "Ein Menü ist eine Liste.", asked=["Was heißt Menü?"])
    graph.node("note", "infoNode", "Nehmen Sie den Pass mit.", asked=["Brauche ich einen Pass?"])
    graph.node("days", "userInputNode", "Wie lange reisen Sie?", ["{{DAUER_GESAMT=TIMESPAN}}"])
    graph.node("land", "userInputNode", "In welches Land?", ["{{LAND=LOCATION}}"])
    graph.node("stadt", "userInputNode", "In welche Stadt?", ["{{STADT=LOCATION}}"])
    graph.node("where", "logicNode", "{{LAND", ["== DEFAULT}}", '== "PERU"}}'])
    graph.node("peru", "infoNode", "Für {{ LAND }} gilt dies.", asked=["Peru?"])
    graph.node("long", "logicNode", "{{DAUER_GESAMT", [" == DEFAULT }}", ">= 192}}", "< 8}}"])
    graph.node("cheap", "infoNode", "Es gibt einen Abschlag.", asked=["Abschlag?"])
    for origin, answer, target in (
        ("start", None, _START),
        (_START, 0, "menu"),
        (_START, 1, "note"),
        (_START, 2, "what"),
        ("what", None, "menu"),
        ("more", 0, "menu"),
        ("more", 1, "all"),
        ("all", 0, _START),
        ("all", 1, "bye"),
        ("note", None, "days"),
        ("days", 0, "land"),
        ("land", 0, "stadt"),
        ("stadt", 0, "where"),
        ("where", 0, "long"),
        ("where", 1, "peru"),
        ("peru", None, "long"),
        ("long", 0, "all"),
        ("long", 1, "cheap"),
        ("long", 2, "info0"),
        ("cheap", None, _START),
    ):
        graph.way(origin, answer, target)
    return graph.content


class _Graph:
    def __init__(self) -> None:
        self.content: Json = {"nodes": [], "connections": [], "tags": []}

    def node(
        self,
        name: str,
        kind: str,
        text: str,
        answers: list[str] | None = None,
        asked: list[str] | None = None,
    ) -> None:
        data = {
            "raw_text": text,
            "markup": f"<p>{text}</p>",
            "answers": [
                {"id": f"{name}-{i}", "raw_text": answer} for i, answer in enumerate(answers or [])
            ],
            "questions": [{"id": f"{name}-q{i}", "text": q} for i, q in enumerate(asked or [])],
            "tags": ["Reise"] if kind == "infoNode" else [],
        }
        self.content["nodes"].append({"id": name, "type": kind, "data": data})

    def way(self, origin: str, answer: int | None, target: str) -> None:
        handle = origin if answer is None else f"{origin}-{answer}"
        step = {"source": origin, "sourceHandle": handle, "target": target}
        self.content["connections"].append(step)


def _write(tmp_path: Path, graph: Json) -> Path:
    path = tmp_path / "reise.json"
    path.write_text(json.dumps(graph, indent=1, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return read_cts(_write(tmp_path, _graph())).tree


def test_a_graph_is_one_topic_from_its_start(tree: Tree) -> None:
    [topic] = tree.topics
    assert (topic.starts_at, topic.title, tree.language) == (_START, "Worum geht es?", "de")
    assert set(tree.topic_of.values()) == {topic.id}
    menu, more = tree.by_id["menu"], tree.by_id["menu-2"]
    assert isinstance(menu, Question)
    assert isinstance(more, Question)
    assert [o.label for o in (*menu.options[:-1], *more.options)] == [f"Nr. {i}" for i in range(8)]
    assert menu.options[-1].to == "menu-2"


def test_an_information_ends_where_nothing_new_follows(tree: Tree) -> None:
    ends, root, before_logic = (tree.by_id[name] for name in ("info3", "cheap", "peru"))
    assert isinstance(ends, Advice)
    assert (ends.text, ends.see_also) == ("Angabe 3.", ("more",))
    assert root.see_also == (_START,)
    assert before_logic.see_also == ("all", "cheap", "info0"), "what the logic node leads to"
    offered = tree.by_id["more"].entry
    assert offered
    assert offered.title == "Noch etwas aus dem Menü?", "what is offered needs a title"


def test_an_information_on_the_way_is_read_out_before_what_follows(tree: Tree) -> None:
    before_question, before_input = tree.by_id["what"], tree.by_id["note"]
    assert isinstance(before_question, Question)
    assert before_question.text == "Ein Menü ist eine Liste.\n\nWas möchten Sie?"
    assert isinstance(before_input, Input)
    assert before_input.text == "Nehmen Sie den Pass mit.\n\nWie lange reisen Sie?"
    assert (before_input.variable, before_input.to) == ("dauer_gesamt", "where")


def test_numbers_stay_variables_and_texts_become_questions(tree: Tree) -> None:
    logic, called = tree.by_id["long"], tree.by_id["dauer-gesamt"]
    assert isinstance(logic, Logic)
    branches = [(branch.when, branch.to) for branch in logic.branches]
    assert branches == [("dauer_gesamt >= 192", "cheap"), ("dauer_gesamt < 8", "info0")]
    assert logic.otherwise == "all"
    assert isinstance(called, Input)
    assert (called.text, called.to) == ("Wie lange reisen Sie?", None)
    assert tree.variables["dauer_gesamt"].unit == "hours"
    assert set(tree.variables) == {"dauer_gesamt"}
    where = tree.by_id["where"]
    assert isinstance(where, Question)
    assert where.text == "In welches Land?"
    assert [(o.label, o.to) for o in where.options] == [("Peru", "peru"), ("Etwas anderes", "long")]


def test_truth_values_are_facts_and_their_last_way_is_the_unknown_one(tmp_path: Path) -> None:
    graph = _graph()
    for node in graph["nodes"]:
        if node["id"] == "stadt":
            node["data"]["answers"][0]["raw_text"] = "{{PRIVAT=BOOLEAN}}"
        elif node["id"] == "where":
            node["data"]["raw_text"] = "{{PRIVAT"
            for answer, text in zip(node["data"]["answers"], ("TRUE", "FALSE"), strict=True):
                answer["raw_text"] = f"== {text}}}}}"
    tree = read_cts(_write(tmp_path, graph)).tree
    logic = tree.by_id["where"]
    assert isinstance(logic, Logic)
    assert [b.when for b in logic.branches] == ["privat == true", "privat == false"]
    assert logic.otherwise == logic.branches[1].to == "peru"
    assert tree.variables["privat"].type == "boolean"


@given(infos=st.integers(2, 30))
def test_every_node_with_questions_is_found_by_them(
    tmp_path_factory: pytest.TempPathFactory, infos: int
) -> None:
    graph = _graph(infos=infos)
    [passed] = [node for node in graph["nodes"] if node["id"] == "stadt"]
    passed["data"]["questions"] = [{"text": "Welches Land?"}]
    tree = read_cts(_write(tmp_path_factory.mktemp("cts"), graph)).tree
    examples = {entry.node: list(entry.examples) for entry in tree.entries}
    assert examples["where"] == ["Welches Land?"], "its own input is passed over"
    for node in graph["nodes"]:
        if node["id"] == "stadt":
            continue
        asked = [question["text"] for question in node["data"]["questions"]]
        if asked:
            assert examples[node["id"]] == asked
            shown = tree.by_id[node["id"]]
            assert not isinstance(shown, Logic)
            assert shown.text.startswith(node["data"]["raw_text"])


def test_what_could_not_be_carried_over_is_counted(tmp_path: Path) -> None:
    graph = _graph()
    [goodbye] = [node for node in graph["nodes"] if node["id"] == "bye"]
    goodbye["data"]["answers"] = [{"id": "bye-0", "raw_text": "Danke"}]
    graph["connections"].append({"source": "bye", "sourceHandle": "bye-0", "target": "info1"})
    [logic] = [node for node in graph["nodes"] if node["id"] == "long"]
    logic["data"]["questions"] = [{"text": "Wie lange?"}]
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"menü": ["die Liste"], "nirgends": ["x"]}))
    found = read_cts(_write(tmp_path, graph), answers)
    assert found.left_out == {
        "input of the text LAND, which is asked for where it is compared": 1,
        "input of the text STADT, which nothing compares": 1,
        "{{…}}, left as it stands in a text": 1,
        "question that leads to a logic node, which is never shown": 1,
        "answer to a question that has only this one": 1,
        "tag of a node": 12,
        "answer with other ways to give it, which is no option": 1,
    }
    root = found.tree.by_id[_START]
    assert isinstance(root, Question)
    assert [option.examples for option in root.options] == [("die Liste",), (), ()]


def _spoil(name: str, change: Callable[[Json], object]) -> Callable[[Json], None]:
    def spoil(graph: Json) -> None:
        [node] = [node for node in graph["nodes"] if node["id"] == name]
        change(node)

    return spoil


def _drop_way(graph: Json) -> None:
    graph["connections"] = [c for c in graph["connections"] if c["sourceHandle"] != "more-0"]


SPOILED: dict[str, tuple[Callable[[Json], object], str]] = {
    "an unknown type": (
        _spoil("menu", lambda node: node.update(type="pollNode")),
        "nodes.2.type: Input should be 'startNode'",
    ),
    "a missing key": (
        _spoil("menu", lambda node: node["data"].pop("raw_text")),
        "nodes.2.data.raw_text: Field required",
    ),
    "a way to nowhere": (
        lambda graph: graph["connections"][0].update(target="x"),
        "its target 'x' is no node of the graph",
    ),
    "a way of no answer": (
        lambda graph: graph["connections"][0].update(sourceHandle="x"),
        "its sourceHandle 'x' is none of node 'menu''s; valid: 'menu-0'",
    ),
    "an answer without a way": (_drop_way, "node 'more': answer 'Ja' has 0 ways on"),
    "two ways of one": (
        lambda graph: graph["connections"].append(graph["connections"][0]),
        "node 'menu': answer 'Nr. 0' has 2 ways on",
    ),
    "the same id twice": (
        lambda graph: graph["nodes"].append(copy.deepcopy(graph["nodes"][1])),
        "another node has the id 'root' too",
    ),
    "no start": (lambda graph: graph["nodes"].pop(0), "0 nodes of the type startNode"),
    "an input that sets nothing": (
        _spoil("land", lambda node: node["data"]["answers"][0].update(raw_text="LAND")),
        "node 'land': an input has one answer that sets a variable, {{NAME=TYPE}}; here: 'LAND'",
    ),
    "no comparison": (
        _spoil("where", lambda node: node["data"]["answers"][0].update(raw_text="~ 3}}")),
        "node 'where': '~ 3}}' is no comparison",
    ),
    "no variable": (
        _spoil("where", lambda node: node["data"].update(raw_text="LAND")),
        "node 'where': 'LAND' names no variable",
    ),
    "texts in an order": (
        _spoil("where", lambda node: node["data"]["answers"][1].update(raw_text='< "PERU"}}')),
        "puts what is no number in an order",
    ),
    "numbers and texts at once": (
        _spoil("long", lambda node: node["data"]["answers"][1].update(raw_text='== "A"}}')),
        "'DAUER_GESAMT' is number and text at the same time",
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_bad_graph_is_refused(what: str, tmp_path: Path) -> None:
    spoil, problem = SPOILED[what]
    graph = _graph()
    spoil(graph)
    with pytest.raises(TreeError) as error:
        read_cts(_write(tmp_path, graph))
    assert problem in str(error.value)


def test_all_problems_of_a_graph_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    graph = _graph()
    for what in ("an unknown type", "a way to nowhere", "an input that sets nothing"):
        SPOILED[what][0](graph)
    path = _write(tmp_path, graph)
    with pytest.raises(TreeError) as error:
        read_cts(path)
    lines = path.read_text("utf-8").splitlines()
    for written, problem in (
        ('   "type": "pollNode",', "nodes.2.type: "),
        ('   "target": "x"', "its target 'x'"),
    ):
        assert f"reise.json:{lines.index(written) + 1}: {problem}" in str(error.value)
    assert "node 'land': an input" in str(error.value)


def test_inputs_of_texts_in_a_circle_are_no_tree(tmp_path: Path) -> None:
    graph = _graph()
    [step] = [step for step in graph["connections"] if step["source"] == "stadt"]
    step["target"] = "land"
    with pytest.raises(TreeError, match="only inputs of texts lead to one another: land, stadt"):
        read_cts(_write(tmp_path, graph))


# Markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Eins&nbsp;und<br>zwei</p>\n<p>&nbsp;</p><p>drei</p>", "Eins und\nzwei\n\ndrei"),
        ("<p>Etwa:</p><ul>\n<li>A</li>\n<li>B &amp; C</li></ul>", "Etwa:\n- A\n- B & C"),
        (
            '<p>Siehe <a href="https://example.org/a">die <b>Liste</b> </a>hier</p>',
            "Siehe die Liste (https://example.org/a) hier",
        ),
        ('<a href="mailto:a@example.org">uns</a>', "uns (a@example.org)"),
        ('Code: <img alt="QR" src="https://example.org/q">', "Code: QR (https://example.org/q)"),
        ("ohne alles", "ohne alles"),
        ("<p> </p>", ""),
    ],
)
def test_markup_as_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


# By name


def test_both_are_read_by_the_name_of_their_format(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    graph = _write(tmp_path, _graph())
    (charts := tmp_path / "charts").mkdir()
    assert read(graph, "cts") == read_cts(graph).tree
    assert read(_folder(charts, _chart()), "flodial") == read_flodial(charts).tree
    assert read(charts / "0.json", "flodial").id == "cold-soup"
    assert "left out: tag of a node (12)" in caplog.messages
