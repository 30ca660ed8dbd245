"""A model is asked once a turn: what it says moves her only as far as it was measured to be right.

Real graph, real tree, real client; the model is scripted. A house without a model answers the same
messages beside it, for nothing that an unmeasured or failing model does may make a difference.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.models.trust import Measured, Trust, read_trust, trust_key, write_trust
from agent.navigators.scored import prompt_keys
from agent.service import Service, open_service
from agent.settings import load_settings
from evaluation.commands import app
from evaluation.models.measure_trust import outline_without_graph
from records.events import Decided, Failed, Located, ModelCalled, Moved
from tests.integration.conftest import (
    SHIPPED,
    TEXTS,
    Conversation,
    GraphServer,
    OpenHouse,
    Turn,
    led_house,
    model_settings,
    option_of,
    question_of,
)
from tests.integration.openai_server import (
    CACHED_TOKENS,
    Fails,
    HangsUp,
    Reply,
    Says,
    ScriptedModel,
)
from tools.encoder import UniversalSentenceEncoder
from tools.errors import SettingsError
from tools.tree import Tree

SORE = "Me duele mucho cuando mama mi niña"
MUMBLED = "uf, menuda semana llevamos en casa"
SURE = Measured(99, 100)
DEVELOPMENT = SHIPPED.parent / "evaluation" / "development"


def settings_of(model: ScriptedModel, name: str = "scored") -> dict[str, Any]:
    """What a model understands is remembered by its name: one for each story told here."""
    return {**model_settings(model), "navigator": "scored", "model": f"openai:{name}"}


@dataclass(frozen=True)
class House:
    """A house whose model is scripted, and where its measurements are kept."""

    service: Service
    folder: Path
    model: str

    @contextmanager
    def trusting(self, version: str, trust: Trust) -> Iterator[None]:
        """The model has been measured on a tree version."""
        path = self.folder / "trust.json"
        key = trust_key(version, UniversalSentenceEncoder.name, self.model, prompt_keys())
        write_trust(path, key, trust)
        try:
            yield
        finally:
            path.unlink()


@pytest.fixture(scope="module")
def house(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("scored")
    with led_house(graph_server, model_server, folder, **settings_of(model_server)) as service:
        yield House(service, folder, "openai:scored")


@pytest.fixture(scope="module")
def plain(graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The house without a model."""
    folder = tmp_path_factory.mktemp("plain")
    settings = {"data_folder": folder, "navigator": "semantic", **graph_server.settings()}
    with open_service(load_settings(**settings)) as service:
        yield service


def answers(path: list[str], facts: list[dict[str, Any]] | None = None) -> Says:
    return Says(text=json.dumps({"clauses": [1], "facts": facts or [], "path": path}))


def ids_of(request: dict[str, Any]) -> list[str]:
    """What a request allows to choose."""
    schema = request["response_format"]["json_schema"]["schema"]
    found: list[str] = schema["properties"].get("path", {"items": {"enum": []}})["items"]["enum"]
    return found


def same(turn: Turn, without: Turn) -> bool:
    """Whether a turn did, asked and offered what the other one did. The words before may differ."""

    def done(of: Turn) -> list[Any]:
        moves = [(moved.kind, moved.move, moved.target) for moved in of.of(Moved)]
        decided = [(d.node, d.action, d.why, d.posterior, d.threshold) for d in of.of(Decided)]
        reply = of.replied
        facts = [(fact.name, fact.value, fact.quote) for fact in reply.facts]
        return [moves, decided, reply.kind, reply.node, reply.text, reply.options, facts]

    return done(turn) == done(without)


# One call a turn


def test_the_first_message_is_asked_about_once(house: House, model: ScriptedModel) -> None:
    mother = Conversation(house.service.assistant)
    model.script(answers([]))
    turn = mother.say(SORE)
    (called,) = turn.of(ModelCalled)
    assert len(model.requests) == 1
    given = model.requests[0]["messages"]
    assert [(m["role"], m["content"]) for m in called.messages] == [
        ("system" if m["role"] == "system" else "user", m["content"]) for m in given
    ]
    assert called.prompt == f"{prompt_keys()} json_schema"
    assert called.cached_tokens == CACHED_TOKENS
    assert "dolor-cuando" in ids_of(model.requests[0])
    assert turn.replied.node == "dolor-cuando"


def test_the_question_at_hand_is_asked_about_once(house: House, model: ScriptedModel) -> None:
    mother = at_the_pain(house, model)
    model.script(answers([]))
    turn = mother.say(MUMBLED)
    assert len(turn.of(ModelCalled)) == 1
    ids = ids_of(model.requests[-1])
    assert ids[:2] == ["dolor-cuando/al-empezar", "dolor-cuando/toda-la-toma"]
    assert "dolor-forma/aplastado" in ids
    first, second = (request["messages"] for request in model.requests[-2:])
    assert first[0] == second[0]
    assert first[0]["role"] == "system"


def test_a_button_is_not_asked_about(house: House, model: ScriptedModel) -> None:
    """It says nothing that has to be understood, and what came before has been read."""
    mother = at_the_pain(house, model)
    turn = mother.press("Durante casi toda la toma")
    assert turn.of(ModelCalled) == []
    assert turn.places == ["dolor-forma"]


def at_the_pain(house: House, model: ScriptedModel) -> Conversation:
    mother = Conversation(house.service.assistant)
    model.script(answers([]))
    assert mother.say(SORE).replied.node == "dolor-cuando"
    return mother


# Nobody has measured it


def test_an_unmeasured_model_is_only_a_question(
    house: House, model: ScriptedModel, tree: Tree
) -> None:
    mother = at_the_pain(house, model)
    model.script(answers(["dolor-cuando/despues"]))
    turn = mother.say(MUMBLED)
    assert turn.of(Moved) == []
    label = option_of(tree, "dolor-cuando", "despues").label
    assert turn.replied.intro == TEXTS("agent.do_you_mean", label=label)
    assert mother.press(label).of(Moved)


def test_an_unmeasured_model_notes_no_facts(house: House, model: ScriptedModel) -> None:
    """Nor does one whose choices were measured: a fact is something else."""
    message = "mira, uno, dos, y que no hay manera con el tema"
    fact = {"name": "baby_age_days", "value": 1, "quote": "hace un dia"}
    for trust in (Trust(), Trust(places=SURE, options=SURE)):
        mother = at_the_pain(house, model)
        model.script(answers([], [fact]))
        with house.trusting(version_of(house), trust):
            turn = mother.say(f"{message}, desde hace un dia")
        assert [known for known in turn.replied.facts if known.quote == fact["quote"]] == []


def stubborn(request: dict[str, Any]) -> Reply:
    """Always chooses what comes last, and takes every number for the baby's age."""
    ids = ids_of(request)
    facts = [
        {"name": "baby_age_days", "value": days, "quote": quote}
        for days, quote in ((10, "10 días"), (30, "un mes"), (14, "dos semanas"))
    ]
    return answers(ids[-1:], facts)


def chaotic(request: dict[str, Any]) -> Reply:
    """Fails in a new way each time."""
    ways: list[Reply] = [
        Says(text="no sé"),
        Says(text='{"path": ["dolor'),
        Says(text=""),
        HangsUp(),
        Fails(429),
        answers(["cirugia"]),
        Says(text='{"path": {"a": [[[]]]}, "facts": [7], "clauses": "x"}'),
    ]
    return ways[len(json.dumps(request)) % len(ways)]


@pytest.mark.parametrize("mind", [stubborn, chaotic])
def test_an_unmeasured_model_makes_no_difference(
    house: House, plain: Service, model: ScriptedModel, mind: Callable[[dict[str, Any]], Reply]
) -> None:
    """Neither more nor less is done than without it, whatever she says and wherever she is."""
    model.always(mind)
    messages = texts_of("messages.jsonl", "text", every=40)
    replies = texts_of("replies.jsonl", "reply", every=40)
    asked = 0
    for message, reply in zip(messages, replies, strict=False):
        mother, without = Conversation(house.service.assistant), Conversation(plain.assistant)
        for said in (message, reply, MUMBLED, "mi bebé tiene 10 días"):
            before = len(model.requests)
            turn, other = mother.say(said), without.say(said)
            assert same(turn, other), (message, reply, said)
            assert turn.of(Failed) == []
            made = turn.of(ModelCalled)
            assert len(made) <= (2 if made and "malformed" in str(made[0].error) else 1)
            assert len(model.requests) - before == len(made)
            asked += len(made)
    assert asked > len(messages)


def texts_of(file: str, key: str, every: int) -> list[str]:
    lines = (DEVELOPMENT / file).read_text("utf-8").splitlines()
    return [json.loads(line)[key] for line in lines[::every]]


# It was measured


def version_of(house: House) -> str:
    version = house.service.store.active("lactancia").version
    assert isinstance(version, str)
    return version


def test_a_measured_model_moves(house: House, model: ScriptedModel) -> None:
    mother = at_the_pain(house, model)
    model.script(answers(["dolor-cuando/despues"]))
    with house.trusting(version_of(house), Trust(options=SURE)):
        turn = mother.say(MUMBLED)
    assert [moved.move for moved in turn.of(Moved)][:1] == ["despues"]
    (decided, *_) = turn.of(Decided)
    (evidence,) = [item for item in decided.evidence if item.source == "model"]
    assert evidence.scores == {"despues": pytest.approx(SURE.log_odds)}


def test_a_measured_model_chooses_among_the_topics(house: House, model: ScriptedModel) -> None:
    """All entries of the topic: which of them it is, the locator knows better."""
    both = "me duele mucho al mamar, y además creo que tengo poca leche"
    model.script(answers([]))
    without = Conversation(house.service.assistant).say(both)
    found = without.of(Located)[0].candidates
    second = next(choice for choice in found if choice.topic != found[0].topic)
    model.script(answers([second.id]))
    with house.trusting(version_of(house), Trust(places=Measured(500, 500))):
        turn = Conversation(house.service.assistant).say(both)
    before, after = (of.of(Decided)[0].posterior for of in (without, turn))
    assert [choice.id for choice in before] == [choice.id for choice in found]
    assert after[0].topic == second.topic
    assert turn.places != without.places


@pytest.mark.parametrize("measured", [Measured(0, 0), Measured(0, 50), Measured(4, 10)])
def test_a_model_that_was_measured_to_be_bad_counts_nothing(
    house: House, plain: Service, model: ScriptedModel, measured: Measured
) -> None:
    """What it thinks is not even worth a question."""
    mother, without = at_the_pain(house, model), Conversation(plain.assistant)
    without.say(SORE)
    model.script(answers(["dolor-cuando/despues"]))
    with house.trusting(version_of(house), Trust(places=measured, options=measured)):
        turn = mother.say(MUMBLED)
    other = without.say(MUMBLED)
    assert turn.of(Moved) == []
    assert turn.replied.intro == other.replied.intro
    assert turn.replied.options == other.replied.options


def test_another_tree_version_is_not_measured(house: House, model: ScriptedModel) -> None:
    mother = at_the_pain(house, model)
    model.script(answers(["dolor-cuando/despues"]))
    with house.trusting("lactancia@another", Trust(options=SURE)):
        assert mother.say(MUMBLED).of(Moved) == []


def test_facts_of_a_model_that_reads_them_well_are_noted(
    house: House, model: ScriptedModel
) -> None:
    """With her words; one that is known already is hers."""
    mother = at_the_pain(house, model)
    fact = {"name": "over_birth_weight", "value": True, "quote": "sí"}
    model.script(answers([], [fact]))
    with house.trusting(version_of(house), Trust(facts=Measured(200, 200))):
        turn = mother.say("pues sí, menuda semana llevamos en casa")
    known = [(known.name, known.value, known.quote) for known in turn.replied.facts]
    assert ("over_birth_weight", True, "sí") in known


def test_a_broken_file_of_measurements_is_told_at_the_start(
    open_house: OpenHouse, model: ScriptedModel, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trust.json").write_text("{", "utf-8")
    with pytest.raises(SettingsError, match="no record of measured models"):
        open_house(**settings_of(model))


# Measuring it


def test_what_is_measured_is_what_counts(
    house: House,
    model: ScriptedModel,
    tree: Tree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`nodriza bench trust` writes what the house's next turn reads."""
    topic = tree.topic_of["dolor-cuando"]
    right, wrong = "dolor-cuando/toda-la-toma", "dolor-cuando/despues"
    age = {"name": "baby_age_days", "value": 10, "quote": "10 días"}
    said: dict[str, tuple[dict[str, Any], Reply]] = {
        "me duele el pecho al mamar, tiene 10 días": (
            {"topic": topic, "baby_age": "10 días"},
            answers(["dolor-cuando"], [age]),
        ),
        "me duele desde hace 10 días": ({"topic": topic}, answers(["dolor-cuando"], [age])),
        "hola, me duele": ({"topic": "unclear"}, answers(["dolor-cuando"])),
        "buenas, me duele": ({"topic": topic}, answers([])),
        "todo el rato": ({"gold": 1}, answers([right])),
        "siempre": ({"gold": 0, "gold_also": [1]}, answers([right, "dolor-forma/aplastado"])),
        "al acabar": ({"gold": 1}, answers([wrong])),
        "eh": ({"gold": "unclear"}, answers([wrong])),
        "ni idea": ({"gold": "ask"}, answers([])),
        "se cae": ({"gold": 1}, Fails(429)),
    }
    question = question_of(tree, "dolor-cuando")
    message: dict[str, Any] = {"topic_also": [], "secondary": [], "baby_age": None}
    message |= {"extractive_gold": [], "needs_clarification": False, "lang": "es"}
    reply: dict[str, Any] = {"gold_also": [], "kind": "plain", "node": question.id}
    reply |= {"question": question.text, "options": [o.label for o in question.options]}
    files = {"topic": (tmp_path / "messages.jsonl", message, "text")}
    files["gold"] = (tmp_path / "replies.jsonl", reply, "reply")
    for text, (labels, _) in said.items():
        path, rest, key = files["gold" if "gold" in labels else "topic"]
        with path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"id": text, key: text, **rest, **labels}) + "\n")

    def mind(request: dict[str, Any]) -> Reply:
        turn = request["messages"][1]["content"].partition("<message>")[2]
        return next(answer for text, (_, answer) in said.items() if text.split(",")[0] in turn)

    model.always(mind)
    for name, value in settings_of(model).items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", str(value))
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(house.folder))
    cases = ["--cases-messages", str(files["topic"][0]), "--cases-replies", str(files["gold"][0])]
    shown = CliRunner().invoke(app, ["trust", *cases, "--json"])
    assert shown.exit_code == 0, shown.output
    assert len(model.requests) == len(said)
    try:
        told = json.loads(shown.stdout)
        assert (told["run"]["calls"], told["run"]["failed"]) == (10, 1)
        kept = read_trust(house.folder / "trust.json", told["run"]["key"])
        assert kept == Trust(Measured(2, 3), Measured(2, 4), Measured(1, 2))
        assert house.service.store.outline(version_of(house)) == outline_without_graph(tree)

        # The next turn counts on it: as little as that is, it is in the record.
        model.always(answers([wrong]))
        mother = Conversation(house.service.assistant)
        mother.say(SORE)
        (decided, *_) = mother.say(MUMBLED).of(Decided)
        assert [item.scores for item in decided.evidence if item.source == "model"] == [
            {"despues": 0}
        ]
    finally:
        (house.folder / "trust.json").unlink()


# What a server refuses


def only(*ways: str, status: int) -> Callable[[dict[str, Any]], Reply]:
    def mind(request: dict[str, Any]) -> Reply:
        way = request.get("response_format", {}).get("type", "text")
        return answers(["dolor-cuando/despues"]) if way in ways else Fails(status)

    return mind


def ways_of(model: ScriptedModel) -> list[str]:
    return [r.get("response_format", {}).get("type", "text") for r in model.requests]


@pytest.mark.parametrize(
    ("understood", "status"), [("json_object", 400), ("json_object", 500), ("text", 400)]
)
def test_a_way_that_is_refused_is_not_tried_again(
    open_house: OpenHouse, model: ScriptedModel, understood: str, status: int, tree: Tree
) -> None:
    service = open_house(**settings_of(model, f"{understood}-{status}"))
    mother = Conversation(service.assistant)
    model.always(only(understood, status=status))
    turn = mother.say(SORE)
    ways = ["json_schema", "json_object", "text"]
    probes = ways[: ways.index(understood) + 1]
    assert ways_of(model) == probes
    assert len(turn.of(ModelCalled)) == 1
    turn = mother.say(MUMBLED)
    assert ways_of(model) == [*probes, understood]
    (called,) = turn.of(ModelCalled)
    assert called.prompt.endswith(understood)
    label = option_of(tree, "dolor-cuando", "despues").label
    assert turn.replied.intro == TEXTS("agent.do_you_mean", label=label)


# It fails

OUTAGES: dict[str, tuple[Reply, str]] = {
    "500": (Fails(500), "Error code: 500"),
    "429": (Fails(429), "Error code: 429"),
    "401": (Fails(401), "Error code: 401"),
    "a time-out": (Says(after=30.0), "timed out"),
    "a dropped connection": (HangsUp(), "Connection error"),
}


def test_an_outage_makes_no_difference(
    open_house: OpenHouse, plain: Service, model: ScriptedModel
) -> None:
    """The turn goes on without it at once: it is recorded, and she is told nothing of it."""
    service = open_house(**{**settings_of(model, "failing"), "model_timeout": 0.3})
    for reply, cause in OUTAGES.values():
        mother, without = Conversation(service.assistant), Conversation(plain.assistant)
        model.always(reply)
        for said in (SORE, MUMBLED, "es todo el rato, mientras mama"):
            before = len(model.requests)
            turn = mother.say(said)
            assert same(turn, without.say(said)), (cause, said)
            assert turn.of(Failed) == []
            (called,) = turn.of(ModelCalled)
            assert cause in str(called.error)
            assert called.output is None
            assert [m["role"] for m in called.messages] == ["system", "user"]
            tries = 3 if "500" in cause else 1  # it may be the way of asking
            assert len(model.requests) - before == tries
    model.always(answers([]))
    assert Conversation(service.assistant).say(SORE).of(ModelCalled)[0].error is None


def test_a_server_that_is_not_there_makes_no_difference(
    open_house: OpenHouse, plain: Service
) -> None:
    with ScriptedModel() as model:
        gone = settings_of(model, "gone")
    mother, without = Conversation(open_house(**gone).assistant), Conversation(plain.assistant)
    for said in (SORE, MUMBLED):
        turn = mother.say(said)
        assert same(turn, without.say(said))
        assert "Connection error" in str(turn.of(ModelCalled)[0].error)
