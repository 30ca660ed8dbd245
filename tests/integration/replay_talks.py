"""Conversations of all navigators, to be run again: mothers by rules, a model by chance.

By itself it has many of them and runs them again:  python -m tests.integration.replay_talks 200
"""

import hashlib
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from agent.assistant import Assistant
from agent.models.trust import Measured, Trust
from agent.replay.machine import open_machine
from agent.replay.replay import replay
from agent.replay.result import Rerun
from agent.service import in_memory, open_service
from agent.settings import PROJECT, Navigator, load_settings
from agent.turns import House
from evaluation.cases import WalkCase, read_cases
from evaluation.walks.simulated_mother import SimulatedMother
from records.events import Event, Replied
from tests.integration.openai_server import Call, Fails, Reply, Says, ScriptedModel, calls
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

NAVIGATORS: tuple[Navigator, ...] = ("menu", "semantic", "scored", "tools")
_LONGEST = 8
"""Messages of a conversation."""
_GOOD = Measured(95, 100)
_LISTED = re.compile(r"^- ([\w-]+): ", re.MULTILINE)


def by_chance(request: dict[str, Any]) -> Reply:
    """A model that does what a hash of what it reads says: right, wrong, malformed, or failing."""
    digest = hashlib.sha256(json.dumps(request["messages"]).encode()).digest()
    chance, which = digest[0], digest[1]
    if chance < 10:
        return Fails(400)
    if "response_format" in request:
        return _scored(request, chance, which)
    if "tools" in request:
        return _acted(request, chance, which)
    return Says(text="¿Me lo cuentas con otras palabras?" if chance < 128 else "Toma 400 mg.")


def _scored(request: dict[str, Any], chance: int, which: int) -> Reply:
    if chance < 30:
        return Says(text="no es JSON")
    schema = request["response_format"]["json_schema"]["schema"]["properties"]
    ids = schema.get("path", {"items": {"enum": []}})["items"]["enum"]
    path = [ids[which % len(ids)]] if ids and chance < 220 else []
    return Says(text=json.dumps({"clauses": [1], "facts": [], "path": path}))


def _acted(request: dict[str, Any], chance: int, which: int) -> Reply:
    said = request["messages"][-1]["content"] or ""
    listed = _LISTED.findall(said) or ["nada"]
    one = listed[which % len(listed)]
    hers = said.partition("<message>")[2].partition("</message>")[0].strip()[:20]
    if chance < 30:
        return Says((Call("choose_option", "{no es JSON"),))
    if chance < 60:
        return Says((Call("search_tree", {"query": hers or "dolor"}), Call("read_position")))
    if chance < 90:
        twice = Call("choose_option", {"option_id": one, "quote": hers})
        return Says((twice, twice))
    if chance < 130:
        return calls("jump_to", node_id=one)
    if chance < 200:
        return calls("choose_option", option_id=one, quote=hers)
    return calls("ask", about="algo") if chance < 240 else Says(text="Hola.")


@contextmanager
def house_of(house: House, navigator: Navigator) -> Iterator[House]:
    """The house with another navigator, and a record of its own; its model counts."""
    trust = Trust(_GOOD, _GOOD, _GOOD)
    with in_memory(house) as memory:
        yield replace(
            memory,
            navigator=navigator,
            phrasing="model" if navigator in ("semantic", "scored") else "tree",
            trust_of=lambda *_: trust,
        )


def talk(house: House, tree: Tree, cases: Sequence[WalkCase]) -> None:
    """Have a conversation about each case; some correct themselves, or go back."""
    titles = {topic.id: topic.title for topic in tree.topics}
    contents = {
        titles[topic]: area
        for area, topics in house.brains.store.contents(tree.version).items()
        for topic in topics
    }
    assistant = Assistant(house)
    try:
        for number, case in enumerate(cases):
            mother = SimulatedMother(case, tree, contents, house.texts)
            _converse(assistant, f"{house.navigator}-{number}", case.first_message, mother)
    finally:
        assistant.close()


def _converse(
    assistant: Assistant, thread: str, words: str | None, mother: SimulatedMother
) -> None:
    turn = 0
    while words is not None and turn < _LONGEST:
        reply = _read(assistant.reply(thread, str(turn), words))
        turn += 1
        words = mother.answers(reply)
    if reply.facts:
        _read(assistant.correct(thread, "correction", reply.facts[0].name))
    _read(assistant.reply(thread, "back", assistant.texts("agent.back")))


def _read(events: Iterator[Event]) -> Replied:
    *_, reply = events
    assert isinstance(reply, Replied)
    return reply


def run_all_again(house: House) -> list[Rerun]:
    """All conversations of a house, run again."""
    with open_machine(house) as machine:
        return [
            replay(machine, house.records, thread, person=house.person)
            for thread in sorted(house.records.threads())
        ]


def walk_cases() -> list[WalkCase]:
    """The cases of the development set."""
    return read_cases(PROJECT / "evaluation" / "development" / "walks.jsonl", WalkCase)


def main(count: int) -> None:
    """Have `count` conversations, a quarter with each navigator, run them again, and tell."""
    tree = read_tree(PROJECT / "trees" / "lactancia")
    cases = walk_cases()
    share = count // len(NAVIGATORS)
    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        model.always(by_chance)
        settings = load_settings(
            data_folder=Path(folder),
            navigator="tools",
            model="openai:scripted",
            model_base_url=model.url,
            model_api_key="test",
        )
        with open_service(settings) as service:
            for navigator in NAVIGATORS:
                with house_of(service.house, navigator) as house:
                    wanted = [cases[number % len(cases)] for number in range(share)]
                    talk(house, tree, wanted)
                    asked = len(model.requests)
                    started = time.perf_counter()
                    runs = run_all_again(house)
                    took = time.perf_counter() - started
                    turns = sum(len(run.pairs) for run in runs)
                    events = Counter(
                        event.type for run in runs for pair in run.pairs for event in pair.new
                    )
                    typer.echo(
                        f"{navigator}: {len(runs)} conversations, {turns} turns,"
                        f" {dict(Counter(run.status for run in runs))},"
                        f" {len(model.requests) - asked} model requests, {took:.1f} s;"
                        f" model_called {events['model_called']},"
                        f" fell_back {events['fell_back']}, tool_called {events['tool_called']}"
                    )
                    for run in runs:
                        if run.first:
                            typer.echo(f"   {run.thread} {run.first}")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(int(sys.argv[1]))
