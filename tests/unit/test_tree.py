"""What a tree must be: each rule has a tree that breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from tests.trees import Item, random_tree
from tools.tree import MOST_LOGIC, Tree

SOURCE: Item = {
    "id": "guia",
    "title": "Guía",
    "organisation": "Asociación",
    "year": None,
    "url": "https://example.org/guia",
    "checked_on": "2026-11-23",
    "verification": "page",
}
VALID: Item = {
    "id": "prueba",
    "title": "Prueba",
    "language": "es",
    "licence": "CC0-1.0",
    "variables": {
        "age": {"type": "number", "unit": "days", "min": 0, "max": 100, "label": "edad"},
        "preterm": {"type": "boolean", "label": "prematuro"},
    },
    "topics": [{"id": "tema", "title": "Tema", "summary": "Un tema.", "starts_at": "q"}],
    "nodes": [
        {
            "id": "q",
            "kind": "question",
            "text": "¿Qué?",
            "options": [
                {"id": "a", "label": "Una cosa", "to": "l"},
                {"id": "b", "label": "Otra", "to": "leaf"},
            ],
        },
        {
            "id": "l",
            "kind": "logic",
            "branches": [{"when": "age < 14", "to": "go"}],
            "else": "leaf",
        },
        {"id": "ask-age", "kind": "input", "text": "¿Edad?", "variable": "age"},
        {"id": "valor", "kind": "input", "text": "¿Edad?", "variable": "age", "to": "l"},
        {
            "id": "leaf",
            "kind": "advice",
            "title": "Consejo",
            "text": "Haz esto.",
            "urgency": "none",
            "sources": ["guia"],
            "see_also": ["go"],
        },
        {
            "id": "go",
            "kind": "referral",
            "title": "Consulta",
            "text": "Ve.",
            "urgency": "same_day",
            "service": "matrona",
            "entry": {"title": "Cita", "description": "Quiere una cita."},
        },
    ],
    "sources": [SOURCE],
    "topic_of": {"q": "tema"},
}
Q, LOGIC, CALLED, VALUE, LEAF, REFERRAL = range(6)


def broken(change: Callable[[Item], Any]) -> str:
    content = copy.deepcopy(VALID)
    change(content)
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate(content)
    return str(caught.value)


def test_the_example_is_valid() -> None:
    tree = Tree.model_validate(VALID)
    assert tree.by_id["go"].kind == "referral"
    assert tree.source_by_id["guia"].language == "es"


RULES: dict[str, tuple[Callable[[Item], Any], str]] = {
    # Consistency
    "duplicate node": (
        lambda t: t["nodes"].append(t["nodes"][LEAF]),
        "node 'leaf' is defined more than once",
    ),
    "duplicate topic": (
        lambda t: t["topics"].append(t["topics"][0]),
        "topic 'tema' is defined more than once",
    ),
    "duplicate source": (
        lambda t: t["sources"].append(SOURCE),
        "source 'guia' is defined more than once",
    ),
    "two inputs to call": (
        lambda t: t["nodes"][VALUE].pop("to"),
        "more than one input without 'to' asks for 'age'",
    ),
    "topic nowhere": (
        lambda t: t["topics"][0].update(starts_at="nada"),
        "topic 'tema' starts at unknown node 'nada'",
    ),
    "topic at logic": (
        lambda t: t["topics"][0].update(starts_at="l"),
        "topic 'tema' starts at a logic node",
    ),
    "topic at a called input": (
        lambda t: t["topics"][0].update(starts_at="ask-age"),
        "topic 'tema' starts at input 'ask-age', which has no 'to'",
    ),
    "topic start with entry": (
        lambda t: t["topics"][0].update(starts_at="go"),
        "node 'go' starts a topic: drop its own entry",
    ),
    "option nowhere": (
        lambda t: t["nodes"][Q]["options"][0].update(to="nada"),
        "node 'q' leads to unknown node 'nada'",
    ),
    "input nowhere": (
        lambda t: t["nodes"][VALUE].update(to="nada"),
        "node 'valor' leads to unknown node 'nada'",
    ),
    "branch nowhere": (
        lambda t: t["nodes"][LOGIC]["branches"][0].update(to="nada"),
        "node 'l' leads to unknown node 'nada'",
    ),
    "else nowhere": (
        lambda t: t["nodes"][LOGIC].update({"else": "nada"}),
        "node 'l' leads to unknown node 'nada'",
    ),
    "see_also nowhere": (
        lambda t: t["nodes"][LEAF].update(see_also=["nada"]),
        "node 'leaf' leads to unknown node 'nada'",
    ),
    "option to a called input": (
        lambda t: t["nodes"][Q]["options"][0].update(to="ask-age"),
        "node 'q' leads to input 'ask-age', which has no 'to'",
    ),
    "else to a called input": (
        lambda t: t["nodes"][LOGIC].update({"else": "ask-age"}),
        "node 'l' leads to input 'ask-age', which has no 'to'",
    ),
    "called input as entry": (
        lambda t: t["nodes"][CALLED].update(entry={"title": "Edad", "description": "Edad."}),
        "input 'ask-age' has no 'to' and cannot be an entry",
    ),
    "unknown source": (
        lambda t: t["nodes"][LEAF].update(sources=["nada"]),
        "node 'leaf' cites unknown source 'nada'",
    ),
    "input of nothing": (
        lambda t: t["nodes"][VALUE].update(variable="nada"),
        "input 'valor' asks for undeclared variable 'nada'",
    ),
    "condition that does not parse": (
        lambda t: t["nodes"][LOGIC]["branches"][0].update(when="age <"),
        "logic 'l': condition 'age <' does not parse",
    ),
    "condition out of the grammar": (
        lambda t: t["nodes"][LOGIC]["branches"][0].update(when="age.real < 3"),
        "'age.real' is not allowed",
    ),
    "condition on nothing": (
        lambda t: t["nodes"][LOGIC]["branches"][0].update(when="nada < 3"),
        "logic 'l' uses undeclared variable 'nada'",
    ),
    "condition nobody can ask for": (
        lambda t: t["nodes"][LOGIC]["branches"][0].update(when="preterm"),
        "logic 'l' needs 'preterm', which no input without 'to' asks for",
    ),
    "logic in a circle": (
        lambda t: t["nodes"][LOGIC].update({"else": "l"}),
        "logic 'l' leads back to itself through logic nodes only",
    ),
    # Shape
    "no topics": (lambda t: t.update(topics=[]), "topics"),
    "no nodes": (lambda t: t.update(nodes=[]), "nodes"),
    "unknown key": (lambda t: t["nodes"][Q].update(texto="x"), "Extra inputs"),
    "unknown kind": (lambda t: t["nodes"][Q].update(kind="pregunta"), "'pregunta'"),
    "missing kind": (lambda t: t["nodes"][Q].pop("kind"), "kind"),
    "missing text": (lambda t: t["nodes"][Q].pop("text"), "Field required"),
    "blank text": (lambda t: t["nodes"][Q].update(text="  "), "at least 1 character"),
    "text is a number": (lambda t: t["nodes"][Q].update(text=3), "valid string"),
    "text is a flag": (lambda t: t["nodes"][Q].update(text=False), "valid string"),
    "one option": (lambda t: t["nodes"][Q]["options"].pop(), "at least 2 items"),
    "seven options": (
        lambda t: t["nodes"][Q].update(
            options=[{"id": f"o{i}", "label": f"{i}", "to": "leaf"} for i in range(7)]
        ),
        "at most 6 items",
    ),
    "options share an id": (
        lambda t: t["nodes"][Q]["options"][0].update(id="b"),
        "two options share the same id",
    ),
    "options share a label": (
        lambda t: t["nodes"][Q]["options"][0].update(label="Otra"),
        "two options share the same label",
    ),
    "no branches": (lambda t: t["nodes"][LOGIC].update(branches=[]), "at least 1 item"),
    "no else": (lambda t: t["nodes"][LOGIC].pop("else"), "Field required"),
    "logic entry": (
        lambda t: t["nodes"][LOGIC].update(entry={"title": "x", "description": "y"}),
        "a logic node is never shown",
    ),
    "referral to nobody": (lambda t: t["nodes"][REFERRAL].pop("service"), "Field required"),
    "unknown urgency": (lambda t: t["nodes"][LEAF].update(urgency="mañana"), "'emergency'"),
    "review date": (lambda t: t["nodes"][LEAF].update(reviewed_on="23/11/2026"), "pattern"),
    "upper-case id": (lambda t: t["nodes"][Q].update(id="Q"), "pattern"),
    "id with spaces": (lambda t: t["nodes"][Q].update(id="a b"), "pattern"),
    "id with an accent": (lambda t: t["nodes"][Q].update(id="pezón"), "pattern"),
    "long id": (lambda t: t["nodes"][Q].update(id="a" * 81), "at most 80"),
    "number without range": (lambda t: t["variables"]["age"].pop("max"), "needs min and max"),
    "range upside down": (lambda t: t["variables"]["age"].update(min=101), "min ≤ max"),
    "unknown unit": (lambda t: t["variables"]["age"].update(unit="weeks"), "'days'"),
    "source without http": (lambda t: t["sources"][0].update(url="example.org"), "pattern"),
    "source date": (lambda t: t["sources"][0].update(checked_on="ayer"), "pattern"),
    "source year missing": (lambda t: t["sources"][0].pop("year"), "Field required"),
    "source unread": (lambda t: t["sources"][0].update(verification="yes"), "'page'"),
    "language name": (lambda t: t.update(language="Spanish"), "pattern"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_named(rule: str) -> None:
    change, message = RULES[rule]
    assert message in broken(change)


def test_all_inconsistencies_are_named_at_once() -> None:
    def change(tree: Item) -> None:
        tree["nodes"][Q]["options"][0]["to"] = "nada"
        tree["nodes"][LEAF]["sources"] = ["ninguna"]
        tree["topics"][0]["starts_at"] = "l"

    text = broken(change)
    assert "unknown node 'nada'" in text
    assert "unknown source 'ninguna'" in text
    assert "starts at a logic node" in text


def logic_in_a_row(length: int) -> Item:
    content = copy.deepcopy(VALID)
    del content["nodes"][LOGIC]
    for index in range(length):
        below = f"l{index + 1}" if index + 1 < length else "leaf"
        content["nodes"].append(
            {
                "id": f"l{index}" if index else "l",
                "kind": "logic",
                "branches": [{"when": "age < 14", "to": "go"}],
                "else": below,
            }
        )
    return content


def test_as_much_logic_in_a_row_as_one_query_follows() -> None:
    Tree.model_validate(logic_in_a_row(MOST_LOGIC))
    with pytest.raises(ValidationError, match=f"'l' begins a row of {MOST_LOGIC + 1} logic nodes"):
        Tree.model_validate(logic_in_a_row(MOST_LOGIC + 1))


# Entries and versions


def test_entries_are_topic_starts_and_then_entry_nodes() -> None:
    tree = Tree.model_validate(VALID)
    assert [(e.node, e.topic, e.title) for e in tree.entries] == [
        ("q", "tema", "Tema"),
        ("go", "tema", "Cita"),
    ]


def test_the_order_of_the_files_does_not_change_the_version() -> None:
    content = copy.deepcopy(VALID)
    content["nodes"].reverse()
    content["variables"] = dict(reversed(content["variables"].items()))
    assert Tree.model_validate(content).version == Tree.model_validate(VALID).version


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["nodes"][LEAF].update(text="Haz otra cosa."),
        lambda t: t["nodes"][Q]["options"].reverse(),
        lambda t: t["nodes"][Q]["options"][0].update(examples=["así"]),
        lambda t: t["nodes"][LOGIC]["branches"][0].update(when="age < 15"),
        lambda t: t["variables"]["age"].update(max=101),
        lambda t: t["sources"][0].update(year=2020),
        lambda t: t["topics"][0].update(title="Otro"),
        lambda t: t.update(topic_of={}),
    ],
)
def test_any_change_of_content_is_a_new_version(change: Callable[[Item], Any]) -> None:
    content = copy.deepcopy(VALID)
    change(content)
    tree = Tree.model_validate(content)
    assert tree.version != Tree.model_validate(VALID).version
    assert tree.version == f"prueba@{tree.checksum[:12]}"


def test_a_tree_does_not_change() -> None:
    tree = Tree.model_validate(VALID)
    with pytest.raises(ValidationError, match="frozen"):
        tree.title = "Otro"  # type: ignore[misc]


def test_random_trees_are_the_same_for_the_same_seed() -> None:
    assert random_tree(7).checksum == random_tree(7).checksum
    assert random_tree(7).checksum != random_tree(8).checksum
