"""Recorded conversations run again: all come out the same, and a change is found where it bites."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from agent import decide, prompts
from agent.assistant import Assistant
from agent.models.budget import Budget
from agent.replay.machine import Machine, open_machine
from agent.replay.recording import RecordedTurn, read_turns
from agent.replay.replay import replay, run_recorded
from agent.replay.result import Rerun, Stop, reply_in
from agent.replay.what_if import CannotFork, Change, what_if
from agent.service import Service
from agent.turns import House
from records.events import Decided, FellBack, ModelCalled, Moved, Prepared, ToolCalled
from tests.integration.conftest import GraphServer, led_house
from tests.integration.openai_server import ScriptedModel
from tests.integration.replay_talks import (
    NAVIGATORS,
    by_chance,
    house_of,
    run_all_again,
    talk,
    walk_cases,
)
from tests.trees import write_small
from tools.errors import NodrizaError
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

EACH = 3
SORE = "me duele al dar el pecho"


@pytest.fixture(scope="module")
def houses(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tree: Tree,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, House]]:
    """A house for each navigator, with conversations in its record."""
    model_server.forget()
    model_server.always(by_chance)
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("replay")
        service = stack.enter_context(led_house(graph_server, model_server, folder))
        opened: dict[str, House] = {}
        for number, navigator in enumerate(NAVIGATORS):
            house = stack.enter_context(house_of(service.house, navigator))
            talk(house, tree, walk_cases()[number * EACH : (number + 1) * EACH])
            opened[navigator] = house
        yield opened
    model_server.forget()


@pytest.fixture
def machine(houses: dict[str, House]) -> Iterator[Machine]:
    with open_machine(houses["semantic"]) as opened:
        yield opened


def turns_of(house: House, thread: str) -> list[RecordedTurn]:
    summary = house.records.conversation(thread)
    assert summary is not None
    return read_turns(summary, house.records.events(thread), person=house.person)


def all_turns(house: House) -> list[RecordedTurn]:
    return [turn for thread in house.records.threads() for turn in turns_of(house, thread)]


def of_models(runs: list[Rerun]) -> set[type]:
    return {type(event) for run in runs for pair in run.pairs for event in pair.new}


@pytest.mark.parametrize("navigator", NAVIGATORS)
def test_all_come_out_the_same_without_a_model(
    houses: dict[str, House], model_server: ScriptedModel, navigator: str
) -> None:
    house = houses[navigator]
    asked = len(model_server.requests)
    before = {thread: house.records.events(thread) for thread in house.records.threads()}
    runs = run_all_again(house)
    assert [run.first for run in runs] == [None] * EACH
    assert [run.status for run in runs] == ["same"] * EACH
    assert sum(len(run.pairs) for run in runs) == len(all_turns(house)) > 2 * EACH
    assert len(model_server.requests) == asked
    assert {thread: house.records.events(thread) for thread in before} == before
    if navigator in ("scored", "tools"):
        assert {ModelCalled, Moved} <= of_models(runs)
    if navigator == "tools":
        assert {ToolCalled, Decided} <= of_models(runs)


def test_a_change_of_threshold_is_found_in_the_turn_where_it_bites(
    houses: dict[str, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = houses["semantic"]
    bitten: dict[str, int] = {}
    for thread in sorted(house.records.threads()):
        for turn in turns_of(house, thread):
            weighed = (e for e in turn.events if isinstance(e, Decided) and e.threshold is not None)
            if any(event.threshold == decide.MOVE for event in weighed):
                bitten.setdefault(thread, turn.number)
    assert bitten, "no conversation meets the threshold"
    monkeypatch.setattr(decide, "MOVE", 0.9999)
    first = {run.thread: run.first for run in run_all_again(house) if run.first}
    assert {thread: found.turn for thread, found in first.items()} == bitten
    assert {found.kind for found in first.values()} == {"decided"}
    paths = {found.path: (found.recorded, found.new) for found in first.values()}
    assert set(paths) <= {"action", "threshold"}


def test_a_changed_prompt_is_found_and_what_was_said_still_used(
    houses: dict[str, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(prompts._FOLDER, tmp_path / "prompts")
    file = folder / "navigator.md"
    file.write_text(file.read_text("utf-8") + "\nBe brief.\n", "utf-8")
    monkeypatch.setattr(prompts, "_FOLDER", folder)
    prompts.load_prompt.cache_clear()
    try:
        runs = run_all_again(houses["tools"])
    finally:
        prompts.load_prompt.cache_clear()
    led = [run for run in runs if any(pair.recorded.calls for pair in run.pairs)]
    assert led
    for run in led:
        assert {(found.kind, found.path) for found in run.differences} == {
            ("model_called", "prompt"),
            ("model_called", "messages[0].content"),
        }
        assert run.first is not None
        assert run.first.turn == next(p.number for p in run.pairs if p.recorded.calls)
        assert run.stopped is None


def test_it_stops_where_the_record_has_no_answer(houses: dict[str, House]) -> None:
    house = houses["tools"]
    thread, turns = next(
        (thread, turns_of(house, thread))
        for thread in sorted(house.records.threads())
        if len(turns_of(house, thread)[0].calls) > 1
    )
    first = turns[0]
    called = [event for event in first.events if isinstance(event, ModelCalled)]
    cut = replace(first, events=tuple(e for e in first.events if e is not called[-1]))
    with open_machine(house) as machine:
        pairs, stopped = run_recorded(machine, thread, [cut, *turns[1:]])
    assert stopped == Stop(1, "not recorded")
    assert len(pairs) == 1
    asked = [found for found in pairs[0].differences if found.kind == "model_called"]
    assert asked[0].recorded is None


def test_a_tree_version_that_is_gone_is_named(houses: dict[str, House], machine: Machine) -> None:
    turns = turns_of(houses["semantic"], "semantic-0")
    last = turns[-1]
    moved = last.prepared.model_copy(update={"tree": "lactancia@old"})
    pairs, stopped = run_recorded(machine, "old", [*turns[:-1], replace(last, prepared=moved)])
    assert len(pairs) == len(turns) - 1
    assert stopped == Stop(last.number, "no such tree", "lactancia@old")


def test_turns_of_older_records_are_run_with_what_is_known_of_them(
    houses: dict[str, House],
) -> None:
    house = houses["scored"]
    with open_machine(house) as machine:
        for thread in sorted(house.records.threads()):
            summary = house.records.conversation(thread)
            assert summary is not None
            events = [e for e in house.records.events(thread) if not isinstance(e.event, Prepared)]
            turns = read_turns(summary, events, person=house.person)
            if any(call.prompt.startswith("phrasing") for turn in turns for call in turn.calls):
                continue  # whether the others were to be reworded is not known
            pairs, stopped = run_recorded(machine, thread, turns)
            assert stopped is None
            assert [pair.differences for pair in pairs] == [()] * len(turns)


def test_what_failed_fails_again(
    graph_server: GraphServer, model_server: ScriptedModel, houses: dict[str, House]
) -> None:
    """A model that is down, and a navigator that breaks as a whole."""
    del graph_server, model_server
    house = houses["tools"]

    def broken(*_: object) -> None:
        raise MemoryError("no room")

    with house_of(house, "scored") as breaking:
        assistant = Assistant(replace(breaking, trust_of=broken))  # type: ignore[arg-type]
        list(assistant.reply("broken", "0", SORE))
        list(assistant.reply("broken", "1", "no lo sé"))
        assistant.close()
        turns = turns_of(breaking, "broken")
        fell = [event for turn in turns for event in turn.events if isinstance(event, FellBack)]
        assert any(event.origin == "scored" for event in fell)
        with open_machine(breaking) as machine:
            run = replay(machine, breaking.records, "broken", person=False)
    assert run.first is None
    assert run.status == "same"


def test_a_budget_that_was_spent_is_spent_again(houses: dict[str, House]) -> None:
    with house_of(houses["semantic"], "semantic") as house:
        assistant = Assistant(replace(house, budget=Budget(visitor=1)))
        for number, words in enumerate((SORE, "Durante casi toda la toma")):
            list(assistant.reply("poor", str(number), words))
        assistant.close()
        fell = [e for turn in turns_of(house, "poor") for e in turn.events if e.type == "fell_back"]
        assert [event.why for event in fell] == ["visitor's budget"]
        with open_machine(house) as machine:
            assert replay(machine, house.records, "poor", person=False).status == "same"


# What if


def fork(house: House, thread: str, change: Change) -> Rerun:
    with open_machine(house) as machine:
        return what_if(machine, house.records, thread, change, (), person=house.person)


def test_other_words_lead_elsewhere_and_the_rest_is_not_said(houses: dict[str, House]) -> None:
    house = houses["menu"]
    turns = turns_of(house, "menu-0")
    run = fork(house, "menu-0", Change(2, text="Mi bebé está azul y no respira"))
    assert [pair.differences for pair in run.pairs[:1]] == [()]
    reply = reply_in(run.pairs[1].new)
    assert reply is not None
    assert reply.kind == "danger"
    assert run.pairs[1].said.at == turns[1].message.at
    assert run.stopped == Stop(3, "another question")
    assert len(run.pairs) == 2
    assert len(turns_of(house, "menu-0")) == len(turns), "the record is as it was"


def test_another_navigator_goes_on_as_far_as_her_words_fit(houses: dict[str, House]) -> None:
    run = fork(houses["menu"], "menu-0", Change(1, navigator="semantic"))
    (prepared,) = [e for e in run.pairs[0].new if isinstance(e, Prepared)]
    assert prepared.navigator == "semantic"
    assert run.differences


def test_another_version_of_the_tree_is_walked_where_it_has_the_place(
    houses: dict[str, House], unled: Service, tmp_path: Path
) -> None:
    house = houses["semantic"]
    version = unled.store.load(read_tree(write_small(tmp_path / "small")))
    try:
        run = fork(house, "semantic-0", Change(1, tree=version))
        (prepared,) = [e for e in run.pairs[0].new if isinstance(e, Prepared)]
        assert prepared.tree == version
        thread, turn = next(
            (thread, turn.number + 1)
            for thread in sorted(house.records.threads())
            for turn in turns_of(house, thread)[:-1]
            if any(isinstance(event, Moved) and event.target for event in turn.events)
        )
        with pytest.raises(CannotFork, match=f"cannot go on there from turn {turn}: no node"):
            fork(house, thread, Change(turn, tree=version))
    finally:
        unled.store.delete(version)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change(99, text="hola"), "no turn 99 that has ended; valid: 1 to"),
        (Change(1), "nothing is to be otherwise"),
        (Change(1, tree="lactancia@none"), "no tree version 'lactancia@none' in the graph"),
        (Change(1, navigator="tools"), "the navigator 'tools' asks a model, and none is set"),
        (Change(1, text="a" * 4001), "at most 4000 characters, not 4001"),
    ],
)
def test_what_cannot_be_is_said(houses: dict[str, House], change: Change, told: str) -> None:
    with pytest.raises(CannotFork, match=told) as refused:
        fork(houses["semantic"], "semantic-0", change)
    assert isinstance(refused.value, NodrizaError)


def test_a_model_is_really_asked_from_the_fork_on(
    houses: dict[str, House], model_server: ScriptedModel
) -> None:
    house = houses["scored"]
    asked = len(model_server.requests)
    with open_machine(house) as machine:
        change = Change(1, text=SORE, models=house.models)
        run = what_if(machine, house.records, "scored-0", change, (), person=False)
    assert len(model_server.requests) > asked
    assert any(isinstance(event, ModelCalled) for event in run.pairs[0].new)
