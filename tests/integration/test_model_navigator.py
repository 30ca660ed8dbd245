"""A model walks the tree by calling the tools: real tools, real Cypher, a scripted model.

Whatever it calls, she reads only what experts wrote, and the position is one that the tree allows.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from agent.consult import MOST_CALLS
from agent.service import Service
from records.events import (
    Decided,
    Failed,
    GraphQueried,
    Located,
    ModelCalled,
    Moved,
    Screened,
    ToolCalled,
)
from tests.integration.conftest import (
    TEXTS,
    Conversation,
    OpenHouse,
    Turn,
    assert_is_the_trees,
    model_settings,
    option_of,
    question_of,
)
from tests.integration.openai_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Call,
    Fails,
    HangsUp,
    Reply,
    Says,
    ScriptedModel,
    calls,
)
from tools.tree import Tree

ASK = calls("ask", about="ESCRITO-POR-EL-MODELO")
SORE = "Me duele mucho cuando mama mi niña"
ALL_THE_TIME = "pues me duele todo el rato mientras mama"
WRITTEN = "ESCRITO-POR-EL-MODELO: toma 600 mg de ibuprofeno"


@pytest.fixture
def mother(led: Service, tree: Tree) -> Iterator[Conversation]:
    """She talks; in the end, all that she read must be the tree's or the catalogue's."""
    conversation = Conversation(led.assistant)
    yield conversation
    for event in conversation.history:
        if event.type == "replied":
            assert "ESCRITO-POR-EL-MODELO" not in event.model_dump_json()
            if event.node:
                assert_is_the_trees(event, tree)


@pytest.fixture
def asked(mother: Conversation, model: ScriptedModel) -> Conversation:
    """She is at the first question about pain."""
    model.script(calls("jump_to", node_id="dolor-cuando"), ASK)
    assert mother.say(SORE).replied.node == "dolor-cuando"
    return mother


def model_calls_are_bounded(turn: Turn) -> None:
    """One call more than there are steps; searches and what was refused cost one each."""
    tools = turn.of(ToolCalled)
    free = sum(tool.refused or tool.name in ("search_tree", "read_position") for tool in tools)
    made = len(turn.of(ModelCalled))
    assert made <= len(turn.of(Moved)) + 1 + free
    assert made <= MOST_CALLS


def test_from_her_words_to_a_sourced_answer(
    mother: Conversation, model: ScriptedModel, tree: Tree
) -> None:
    # She tells what is wrong.
    model.script(
        calls("search_tree", query="me duele mucho cuando mama"),
        calls("jump_to", node_id="dolor-cuando"),
        ASK,
    )
    turn = mother.say(SORE)
    assert turn.places == ["dolor-cuando"]
    assert turn.replied.text == question_of(tree, "dolor-cuando").text
    assert "- dolor-cuando: Me duele al dar el pecho" in model.answered(1)
    assert "option" not in model.answered(1)
    for option in question_of(tree, "dolor-cuando").options:
        assert f"- {option.id}: {option.label}" in model.answered(2)
    model_calls_are_bounded(turn)

    # What was recorded of it.
    assert [screened.level for screened in turn.of(Screened)] == ["none"]
    assert turn.of(Located)[0].candidates[0].id == "dolor-cuando"
    first, second, third = turn.of(ModelCalled)
    for recorded, given in zip((first, second, third), model.requests, strict=True):
        assert bare(recorded.messages) == bare(given["messages"])
        assert (recorded.input_tokens, recorded.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
        assert recorded.model == "scripted"
        assert recorded.prompt.startswith("navigator@")
        assert recorded.error is None
        assert recorded.ms > 0
    assert first.messages[0]["role"] == "system"
    assert SORE in str(first.messages[1]["content"])
    assert called(first) == [("search_tree", {"query": "me duele mucho cuando mama"})]
    assert called(second) == [("jump_to", {"node_id": "dolor-cuando"})]
    assert [(tool.name, tool.refused) for tool in turn.of(ToolCalled)] == [
        ("search_tree", False),
        ("jump_to", False),
        ("ask", False),
    ]
    jump = turn.of(Decided)[0]
    assert jump.action == "move"
    assert jump.posterior[0].id == "dolor-cuando"
    assert jump.threshold is not None
    assert (jump.posterior[0].probability or 0) >= jump.threshold
    queried = [query for query in turn.of(GraphQueried) if query.name == "view"]
    assert [query.parameters["ids"] for query in queried] == [["dolor-cuando"]]
    assert "MATCH" in queried[0].cypher
    assert queried[0].rows == 1

    # She says when it hurts; then that it was a mistake.
    quote = {"quote": "todo el rato"}
    model.script(calls("choose_option", option_id="toda-la-toma", **quote), ASK)
    turn = mother.say(ALL_THE_TIME)
    assert turn.places == ["dolor-forma"]
    assert {item.source for item in turn.of(Decided)[0].evidence} >= {"model", "semantic"}
    model_calls_are_bounded(turn)
    model.script(calls("go_back"), ASK)
    turn = mother.say("perdona, me he equivocado antes con lo que te dije")
    assert [(moved.kind, moved.target) for moved in turn.of(Moved)] == [("back", "dolor-cuando")]
    model_calls_are_bounded(turn)

    # Another answer asks for the baby's age, which the model sets; the tree answers.
    first_seconds = "solo al principio, los primeros segundos"
    model.script(
        calls("choose_option", option_id="al-empezar", quote=first_seconds),
    )
    turn = mother.say(first_seconds)
    assert turn.replied.kind == "input"
    assert turn.places == ["edad-bebe"]
    model_calls_are_bounded(turn)
    model.script(
        calls("set_fact", name="baby_age_days", value=30, quote="el primer mesecito"),
    )
    turn = mother.say("hoy hizo el primer mesecito")
    assert turn.of(ToolCalled)[0].refused, "what is not read as a value is not a value"


def bare(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What makes up a conversation with a model, in whatever way it is written down."""
    return [
        (
            message["role"],
            message.get("content") or "",
            message.get("tool_call_id"),
            [(c["id"], c["function"]) for c in message.get("tool_calls") or ()],
        )
        for message in messages
    ]


def called(event: ModelCalled) -> list[tuple[str, Any]]:
    """The tool calls of a model's recorded output."""
    assert event.output is not None
    found: Any = event.output["tool_calls"]
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in found]
