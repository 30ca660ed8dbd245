"""Judged conversations taken along by command, and run again."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from agent import decide
from agent.policy import begin
from evaluation.corrections.regression import CheckError
from records.events import Decided, Located, Moved, Replied
from records.judgements import Item, Judgements, Opinion
from records.store import RecordedEvent
from tests.integration.conftest import Conversation, GraphServer, OpenHouse
from tools.errors import SettingsError

HERS = "me duele al dar el pecho"
THREAD = "a key to it"


@pytest.fixture
def recorded(
    graph_server: GraphServer,
    open_house: OpenHouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[RecordedEvent]:
    """A conversation of two turns, in the record that the commands read."""
    service = open_house(navigator="semantic")
    mother = Conversation(service.assistant, THREAD)
    mother.say(HERS)
    mother.say("al empezar la toma, se agarra mal")
    for name, value in graph_server.settings().items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", value)
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))
    return list(service.records.events(THREAD))


@pytest.fixture
def judgements(tmp_path: Path, recorded: list[RecordedEvent]) -> Iterator[Judgements]:
    with closing(Judgements.open(f"sqlite:///{tmp_path}/data/records.db")) as opened:
        yield opened


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["judgements", *map(str, arguments)])


def checked(file: Path, *options: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what came of each step."""
    ran = run("check", file, "--json", *options)
    assert ran.stdout, ran.exception
    found = json.loads(ran.stdout)
    return ran.exit_code, {
        f"{one['expected']['turn']} {one['expected']['kind']}": one["outcome"] for one in found
    }


def first(recorded: list[RecordedEvent], kind: type) -> RecordedEvent:
    return next(one for one in recorded if isinstance(one.event, kind))


def test_what_was_right_is_kept_until_a_threshold_changes(
    recorded: list[RecordedEvent],
    judgements: Judgements,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for kind in (Located, Decided, Replied):
        step = first(recorded, kind)
        judgements.add(Item(THREAD, step.turn, step.seq), "ana", Opinion("right"))
    judgements.add(Item(THREAD), "ana", Opinion("right"))
    file = tmp_path / "tests.json"
    assert run("export", "tests", "--out", file).exit_code == 0
    assert THREAD not in file.read_text("utf-8")
    code, outcomes = checked(file)
    assert outcomes == {
        "1 located": "kept",
        "1 decided": "kept",
        "1 replied": "kept",
        f"{recorded[-1].turn} whole": "kept",
    }
    assert code == 0
    shown = CliRunner().invoke(cli.app, ["judgements", "check", str(file)], env={"COLUMNS": "200"})
    assert "4 judged steps: 4 kept" in shown.stdout

    for module, threshold in ((decide, "ENTER"), (decide, "ENTER_PLACE"), (begin, "LIKELY")):
        monkeypatch.setattr(module, threshold, 0.999)
    code, outcomes = checked(file)
    assert outcomes["1 decided"] == "regressed"
    assert code == 1


def test_what_was_wrong_is_mended_once_the_experts_move_is_made(
    recorded: list[RecordedEvent], judgements: Judgements, tmp_path: Path
) -> None:
    """The experts' move is one that is not made, then one that is."""
    step = first(recorded, Decided)
    made = first(recorded, Moved).event
    assert isinstance(made, Moved)
    item = Item(THREAD, step.turn, step.seq)
    for name, move, outcome in (("a", "mastitis", "not mended"), ("b", made.move, "mended")):
        judgements.add(item, "ana", Opinion("better_move", move=move))
        file = tmp_path / f"{name}.json"
        assert run("export", "tests", "--out", file).exit_code == 0
        assert checked(file) == (0, {"1 decided": outcome})
        assert checked(file, "--strict")[0] == (outcome != "mended")


def test_a_conversation_that_goes_another_way_is_not_compared_further(
    recorded: list[RecordedEvent],
    judgements: Judgements,
    tmp_path: Path,
) -> None:
    judgements.add(Item(THREAD), "ana", Opinion("right"))
    file = tmp_path / "tests.json"
    run("export", "tests", "--out", file)
    assert checked(file, "--navigator", "menu") == (0, {"2 whole": "not reached"})


def test_nothing_is_overwritten_and_a_wrong_file_is_named(
    judgements: Judgements, tmp_path: Path
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"talks": "no", "me duele": 1}', "utf-8")
    assert isinstance(run("export", "cases", "--out", file).exception, SettingsError)
    error = run("check", file).exception
    assert isinstance(error, CheckError)
    assert "talks: Input should be a valid array" in str(error)
    assert "cases.jsonl" in str(error)
