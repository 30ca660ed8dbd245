"""Each system of the study on a real graph, with a scripted model where it needs one."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.models.providers import ModelSpec, NamedModel, chat_model
from agent.settings import PROJECT, load_settings
from evaluation.cases import CaseFailed
from evaluation.study.arm import Arm, ArmError
from evaluation.study.attempt import Exchange, FirstReading, TokenCount
from evaluation.study.system import Conversation
from evaluation.study.systems import Opened, open_systems
from records.events import Event, MessageReceived, Replied
from tests.integration.conftest import TEXTS, GraphServer
from tests.integration.openai_server import (
    CACHED_TOKENS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Fails,
    Says,
    ScriptedModel,
    calls,
)
from tests.trees import write_small
from tools.tree import Advice, Question, Referral

SORE = "me duele al mamar"
BACK = TEXTS("agent.back")
MODEL = "openai:scripted"
ARMS = (
    Arm("menu", "menu"),
    Arm("semantic", "ours", "semantic"),
    Arm("tools", "ours", "tools", MODEL),
    Arm("scored", "ours", "scored", MODEL),
    Arm("no facts", "ours", "semantic", ablation=("no_facts",)),
    Arm("tools, no facts", "ours", "tools", MODEL, ablation=("no_facts",)),
    Arm("no examples", "ours", "semantic", ablation=("no_examples",)),
    Arm("phrased", "ours", "semantic", MODEL, ablation=("model_phrasing",)),
    Arm("faq", "faq"),
    Arm("rag", "rag", model=MODEL),
    Arm("react", "react", model=MODEL),
    Arm("cypher", "text2cypher", model=MODEL),
)
PRICES = """
scripted: {input: 1.0, cached_input: 0.1, output: 10.0, source: a page, checked_on: 2026-11-29}
"""
COST = ((INPUT_TOKENS - CACHED_TOKENS) + CACHED_TOKENS * 0.1 + OUTPUT_TOKENS * 10) / 1e6
ONE_CALL = TokenCount(
    calls=1, read=INPUT_TOKENS, cached=CACHED_TOKENS, written=OUTPUT_TOKENS, cost=COST
)


@cache
def scripted(url: str) -> tuple[NamedModel, ...]:
    spec = ModelSpec(MODEL, url, None, {}, timeout=20.0, retries=0, setting="test")
    return (NamedModel(MODEL, chat_model(spec)),)


@pytest.fixture(scope="module")
def opened(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("systems")
    write_small(folder / "trees" / "prueba")
    flags = (PROJECT / "trees" / "redflags.yaml").read_text("utf-8")
    (folder / "trees" / "redflags.yaml").write_text(flags, "utf-8")
    (folder / "prices.yaml").write_text(PRICES, "utf-8")
    settings = load_settings(
        trees_folder=folder / "trees",
        tree="prueba",
        data_folder=folder,
        prices_file=folder / "prices.yaml",
        **graph_server.settings(),
    )

    def models(arm: Arm) -> tuple[NamedModel, ...]:
        return scripted(model_server.url) if arm.model else ()

    record = f"sqlite:///{folder}/record.db"
    with open_systems(ARMS, settings, record, models, lambda _text: None) as systems:
        yield systems


@pytest.fixture
def begin(opened: Opened, request: pytest.FixtureRequest) -> Any:
    """A conversation of this test's own with the system of an arm."""

    def begun(arm: str) -> Conversation:
        return opened.systems[arm].begin(f"{arm}|{request.node.name}|0")

    return begun


def told(kind: str, text: str, *cites: str) -> Says:
    return Says(text=json.dumps({"kind": kind, "cites": cites, "text": text}))


# Ours


def test_ours_asks_moves_and_answers(opened: Opened, begin: Any) -> None:
    conversation = begin("semantic")
    asked = conversation.reply(SORE)
    question = opened.bench.tree.by_id["dolor-cuando"]
    assert isinstance(question, Question)
    assert (asked.kind, asked.node, asked.moves) == ("question", question.id, (question.id,))
    assert question.text in asked.text
    labels = [option.label for option in question.options]
    assert asked.options == (*labels, TEXTS("agent.dont_know"), BACK)
    assert asked.ms is not None
    answered = conversation.reply("No me duele")
    leaf = opened.bench.tree.by_id["dolor-agarre"]
    assert isinstance(leaf, Advice)
    assert (answered.kind, answered.shown) == ("answer", (leaf.id,))
    assert leaf.title in answered.text
    assert leaf.text in answered.text
    assert (answered.illegal, answered.unsupported) == (0, ())
    assert answered.spent == TokenCount()
    undone = conversation.reply(BACK)
    assert (undone.node, undone.moves) == (question.id, (question.id,))


def test_a_run_that_was_killed_is_shown_what_was_recorded(opened: Opened, begin: Any) -> None:
    first = begin("semantic")
    asked = first.reply(SORE)
    again = begin("semantic")
    assert again.id == first.id
    assert again.reply(SORE) == asked.model_copy(update={"ms": None})
    answered = again.reply("No me duele")
    assert answered.kind == "answer"
    assert answered.ms is not None
    events: list[Event] = [e.event for e in opened.bench.house.records.events(first.id)]
    said = [event.text for event in events if isinstance(event, MessageReceived)]
    assert said == [SORE, "No me duele"]
    other = opened.systems["semantic"].begin("semantic|another case|0")
    assert other.id != first.id


def test_what_the_record_has_is_what_she_says(begin: Any) -> None:
    begin("semantic").reply(SORE)
    with pytest.raises(CaseFailed, match="the record has 'me duele al mamar' where she says"):
        begin("semantic").reply("otra cosa")


def test_no_model_is_asked_twice_and_what_it_took_is_told_again(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(Says(text='{"clauses": [1], "facts": [], "path": []}'))
    first = begin("scored").reply(SORE)
    assert first.spent == ONE_CALL
    again = begin("scored").reply(SORE)
    assert (again.spent, again.ms) == (ONE_CALL, None)
    assert len(model.requests) == 1


def test_an_outage_is_no_result_of_ours_and_its_conversation_begins_anew(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(Fails(401))
    with pytest.raises(CaseFailed, match="the assistant could not go on"):
        begin("tools").reply(SORE)
    model.script(calls("ask", about="x"))
    assert begin("tools").reply(SORE).spent == ONE_CALL


def test_what_the_model_answers_wrongly_is_its_own_doing(begin: Any, model: ScriptedModel) -> None:
    model.script(Says(text="no JSON"), Says(text="no JSON either"))
    asked = begin("scored").reply(SORE)
    assert asked.node == "dolor-cuando"
    assert (asked.spent.calls, asked.spent.failed) == (2, 2)


def test_moves_that_a_model_tries_in_vain_are_counted(begin: Any, model: ScriptedModel) -> None:
    model.script(
        calls("jump_to", node_id="nowhere"),
        calls("choose_option", option_id="nope", quote="duele"),
        calls("choose_option", option_id="nope", quote="not her words"),
        calls("report_danger", sign="x", quote="not her words"),
        calls("ask", about="x"),
    )
    assert begin("tools").reply(SORE).illegal == 3


def test_a_danger_is_no_advice(begin: Any) -> None:
    warned = begin("semantic").reply("mi bebé está azul y no respira")
    assert (warned.kind, warned.node, warned.shown) == ("danger", None, ())
    assert "112" in warned.text


def test_what_ours_reads_for_experts(opened: Opened) -> None:
    read = opened.systems["semantic"].read("Hola. Me duele al mamar y no aguanto el dolor")
    assert read.topics is not None
    assert read.topics[0] == "dolor"
    assert read.summary
    assert read.open_questions is not None
    assert set(read.open_questions) == {"dolor-cuando", "dolor-dientes"}
    assert opened.systems["menu"].read(SORE) == FirstReading()


def test_the_menu_begins_with_its_contents(begin: Any) -> None:
    listed = begin("menu").reply(SORE)
    assert (listed.kind, listed.node) == ("offer", None)
    assert listed.options == ("Dolor",)


# What is taken from ours

YOUNG = "mi bebé tiene 5 días y me duele al mamar"


def walked(conversation: Conversation) -> list[Exchange]:
    return [conversation.reply(said) for said in (YOUNG, "Al agarrar", "5 días", "no")]


def test_without_facts_she_is_asked_what_she_has_said(begin: Any) -> None:
    with_facts, without = walked(begin("semantic")), walked(begin("no facts"))
    assert [e.node for e in with_facts][:2] == ["dolor-cuando", "prematuro"]
    assert [e.node for e in without] == ["dolor-cuando", "edad", "prematuro", "dolor-primeros-dias"]


def test_without_facts_a_model_notes_none_but_what_is_asked(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(
        calls("set_fact", name="baby_age_days", value=5, quote="5 días"),
        calls("ask", about="x"),
    )
    begin("tools, no facts").reply(YOUNG)
    assert "only the value that is asked for" in model.answered()
    model.script(
        calls("set_fact", name="baby_age_days", value=5, quote="5 días"),
        calls("ask", about="x"),
    )
    begin("tools").reply(YOUNG)
    assert model.answered() == "baby_age_days = 5.0 is noted."


def test_without_examples_there_are_none_in_the_graph(opened: Opened, begin: Any) -> None:
    store = opened.bench.store
    (bare,) = [v for v in store.versions() if v.id == "prueba-bench-no-examples"]
    assert all(not entry.examples for entry in store.entries(bare.version))
    nodes = store.read_tree(bare.version).nodes
    questions = [node for node in nodes if isinstance(node, Question)]
    assert questions
    assert not any(option.examples for q in questions for option in q.options)
    assert any(entry.examples for entry in store.entries(opened.bench.tree.version))
    conversation = begin("no examples")
    conversation.reply("Dolor")
    assert conversation.reply("No me duele").node in ("dolor-agarre", "dolor-cuando")


# What is put into ours


def test_a_model_rewords_questions_and_its_outage_is_no_result(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(Says(text="¿Y cuándo te duele al mamar?"))
    conversation = begin("phrased")
    asked = conversation.reply(SORE)
    assert asked.text == "¿Y cuándo te duele al mamar?"
    assert asked.spent == ONE_CALL
    model.script(Fails(401))
    with pytest.raises(CaseFailed, match=r"could not go on: .*Error code: 401"):
        conversation.reply("Al agarrar")


# FAQ search


def test_the_faq_shows_the_best_answer_then_the_next(opened: Opened, begin: Any) -> None:
    search = begin("faq")
    seen = [search.reply(said) for said in ("cómo mejoro el agarre", "no", "tampoco", "nada")]
    leaves = {n.id for n in opened.bench.tree.nodes if isinstance(n, Advice | Referral)}
    assert [e.kind for e in seen] == ["answer"] * 3 + ["notice"]
    assert seen[0].node == "dolor-agarre"
    assert {e.node for e in seen[:3]} == leaves
    assert seen[0].shown == ("dolor-agarre",)
    assert "Barriga con barriga." in seen[0].text
    assert opened.systems["faq"].read("mejorar el agarre").topics == ("dolor",)


# RAG


def test_rag_answers_from_what_was_found_and_says_what_it_cites(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(told("answer", "Barriga con barriga, 10 minutos.", "dolor-agarre", "made-up"))
    answered = begin("rag").reply("cómo mejoro el agarre")
    assert (answered.kind, answered.node) == ("answer", "dolor-agarre")
    assert answered.shown == ("dolor-agarre",)
    assert answered.unsupported == ("10 minutos",)
    assert answered.spent == ONE_CALL
    (request,) = model.requests
    _, hers = request["messages"]
    assert "[dolor-agarre]\nMejora el agarre\n\nBarriga con barriga." in hers["content"]
    assert "cómo mejoro el agarre" in hers["content"]
    ids = request["response_format"]["json_schema"]["schema"]["properties"]["cites"]["items"]
    assert set(ids["enum"]) == {"consulta", "dolor-primeros-dias", "dolor-agarre"}


def test_rag_asks_back_and_remembers(begin: Any, model: ScriptedModel) -> None:
    conversation = begin("rag")
    model.script(told("question", "¿Cuándo te duele?"), told("danger", "Ve a urgencias."))
    asked = conversation.reply(SORE)
    assert (asked.kind, asked.node, asked.shown) == ("question", None, ())
    warned = conversation.reply("siempre, y mi bebé está azul")
    assert (warned.kind, warned.node, warned.unsupported) == ("danger", None, ("urgencias",))
    said = [(m["role"], m["content"]) for m in model.seen()[1:3]]
    assert said == [("user", SORE), ("assistant", "¿Cuándo te duele?")]


def test_what_rag_says_without_the_form_cites_nothing(begin: Any, model: ScriptedModel) -> None:
    model.script(Says(text="Toma paracetamol."))
    answered = begin("rag").reply(SORE)
    assert (answered.kind, answered.node, answered.shown) == ("answer", None, ())
    assert answered.text == "Toma paracetamol."
    assert answered.unsupported == ("paracetamol",)


@pytest.mark.parametrize("arm", ["rag", "cypher", "react"])
def test_an_outage_is_no_result(begin: Any, model: ScriptedModel, arm: str) -> None:
    model.script(Fails(401))
    with pytest.raises(CaseFailed, match=r"the model did not answer: .*Error code: 401"):
        begin(arm).reply(SORE)


# ReAct


def test_the_agent_walks_by_tools_and_speaks_for_itself(begin: Any, model: ScriptedModel) -> None:
    conversation = begin("react")
    model.script(
        calls("search_tree", query=SORE),
        calls("jump_to", node_id="nowhere"),
        calls("jump_to", node_id="dolor-cuando"),
        Says(text="¿Te duele siempre?"),
    )
    asked = conversation.reply(SORE)
    assert (asked.kind, asked.node, asked.moves) == ("question", "dolor-cuando", ("dolor-cuando",))
    assert (asked.text, asked.options, asked.illegal) == ("¿Te duele siempre?", (), 1)
    assert asked.spent.calls == 4
    assert asked.spent.cost == pytest.approx(4 * COST)
    model.script(
        calls("choose_option", option_id="no", quote="no me duele"),
        Says(text="Barriga con barriga, y 5 minutos cada lado. Es normal."),
    )
    answered = conversation.reply("no me duele")
    assert (answered.kind, answered.shown) == ("answer", ("dolor-agarre",))
    assert answered.moves == ("dolor-agarre",)
    assert answered.illegal == 0
    assert answered.unsupported == ("Es normal", "5 minutos")


def test_the_agent_may_report_a_danger(begin: Any, model: ScriptedModel) -> None:
    model.script(
        calls("report_danger", sign="azul", quote="not hers"),
        Says(text="¿Cómo está?"),
        calls("report_danger", sign="azul", quote="está azul"),
        Says(text="Llama ya."),
    )
    conversation = begin("react")
    assert conversation.reply("mi bebé está azul").kind == "question"
    assert conversation.reply("te digo que está azul").kind == "danger"


# Text to Cypher

QUERY = "MATCH (n:Node {tree: $tree}) WHERE n.urgency IS NOT NULL RETURN n.id AS id, n.text AS text"


def written(cypher: str) -> Says:
    return Says(text=json.dumps({"cypher": cypher}))


def test_a_query_then_an_answer_from_its_rows(begin: Any, model: ScriptedModel) -> None:
    model.script(
        written(f"{QUERY} ORDER BY id LIMIT 2"),
        told("answer", "Pide que te vean hoy, antes de 3 días.", "dolor-primeros-dias", "consulta"),
    )
    answered = begin("cypher").reply("quiero que me vean")
    # The other answer is not among the rows.
    assert (answered.node, answered.shown) == ("consulta", ("consulta",))
    assert answered.unsupported == ("3 días",)
    assert answered.spent.calls == 2
    shown = model.seen()[-1]["content"]
    assert '{"id": "consulta", "text": "Pide que te vean hoy."}' in shown


def test_a_query_that_would_write_is_not_run_and_can_be_mended(
    opened: Opened, begin: Any, model: ScriptedModel
) -> None:
    before = opened.bench.store.read_tree(opened.bench.tree.version)
    model.script(
        written("MATCH (n:Node) DETACH DELETE n"),
        written("MATCH (n:Node RETURN n"),
        written(QUERY),
        told("answer", "Barriga con barriga.", "dolor-agarre"),
    )
    answered = begin("cypher").reply("cómo mejoro el agarre")
    assert answered.node == "dolor-agarre"
    assert answered.spent.calls == 4
    mended = [m["content"] for m in model.seen(2) if m["role"] == "user"]
    assert "DETACH is not allowed" in mended[1]
    assert "the server refused the query" in mended[2]
    assert opened.bench.store.read_tree(opened.bench.tree.version) == before


def test_after_three_queries_in_vain_it_answers_from_nothing(
    begin: Any, model: ScriptedModel
) -> None:
    model.script(*[Says(text="?")] * 3, told("answer", "Nada.", "dolor-agarre"))
    answered = begin("cypher").reply(SORE)
    assert (answered.kind, answered.node, answered.shown) == ("answer", None, ())
    assert "Rows:\n\nnone" in model.seen()[-1]["content"]


# All of them


def test_two_arms_of_one_name_are_told(tmp_path: Path) -> None:
    arms = [Arm("a", "faq"), Arm("a", "menu")]
    settings = load_settings(data_folder=tmp_path)
    opening = open_systems(arms, settings, "sqlite://", lambda _arm: (), lambda _text: None)
    with pytest.raises(ArmError, match=r"\['a'\] more than once"), opening:
        pass


def test_what_she_reads_of_an_answer_is_all_of_it(opened: Opened, begin: Any) -> None:
    conversation = begin("menu")
    for said in (SORE, "Dolor", "Al agarrar", "5 días", "No"):
        last = conversation.reply(said)
    leaf = opened.bench.tree.by_id["dolor-primeros-dias"]
    assert isinstance(leaf, Advice)
    assert last.node == leaf.id
    for part in (leaf.title, leaf.text, leaf.normal, leaf.seek_help):
        assert part is not None
        assert part in last.text
    replies = [e.event for e in opened.bench.house.records.events(conversation.id)]
    shown = replies[-1]
    assert isinstance(shown, Replied)
    assert set(shown.options) <= set(last.options)
