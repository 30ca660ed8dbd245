"""Conversations run again by command and on the experts' pages."""

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import cli
from agent import decide
from agent.service import Service
from agent.texts import load_texts
from tests.experts import open_door, panel, sign_in
from tests.integration.conftest import Conversation, GraphServer, OpenHouse
from ui.experts.replay.rerun import rerun_pages
from ui.experts.ways import REPLAY, WHAT_IF

HOSTILE = "me duele al dar el pecho <script>alert(1)</script>"


@pytest.fixture(scope="module")
def thread(unled: Service) -> str:
    """A conversation of two turns."""
    mother = Conversation(unled.assistant, f"rerun/{uuid.uuid4().hex}?&")
    mother.say(HOSTILE)
    mother.say("al empezar la toma, se agarra mal")
    return mother.thread


@pytest.fixture
def expert(unled: Service, tmp_path: Path) -> Iterator[TestClient]:
    with open_door(f"sqlite:///{tmp_path}/access.db", unled.records) as door:
        pages = rerun_pages(unled.house, load_texts("es"), door.access)
        yield sign_in(TestClient(panel(door, pages)))


def mark_in(html: str) -> str:
    found = re.search(r'name="mark" value="([^"]+)"', html)
    assert found
    return found[1]


def test_the_pages_are_behind_the_panels_password(expert: TestClient, thread: str) -> None:
    stranger = TestClient(expert.app)
    assert stranger.get(REPLAY, params={"c": thread}).status_code == 401
    assert stranger.get(WHAT_IF, params={"c": thread}).status_code == 401
    assert stranger.post(WHAT_IF, data={"c": thread, "turn": 1}).status_code == 401


def test_it_comes_out_the_same(expert: TestClient, thread: str) -> None:
    shown = expert.get(REPLAY, params={"c": thread})
    assert shown.status_code == 200
    assert "Sale igual, sin ninguna diferencia. Turnos: 2." in shown.text
    assert "&lt;script&gt;" in shown.text
    assert "<script>alert" not in shown.text


def test_where_it_bites_is_shown_with_both_values(
    expert: TestClient, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "ENTER", 0.999)
    monkeypatch.setattr(decide, "ENTER_PLACE", 0.999)
    shown = expert.get(REPLAY, params={"c": thread}).text
    assert "la primera diferencia está en el turno 1" in shown
    assert "Aquí empieza" in shown
    assert "Se decide · por qué" in shown
    assert "Un tema destaca sobre los demás." in shown


def test_an_unknown_conversation_is_not_found(expert: TestClient) -> None:
    for path in (REPLAY, WHAT_IF):
        shown = expert.get(path, params={"c": "nobody"})
        assert shown.status_code == 404
        assert "No existe esa conversación" in shown.text


def test_what_if_shows_both_side_by_side(expert: TestClient, thread: str, unled: Service) -> None:
    page = expert.get(WHAT_IF, params={"c": thread}).text
    before = unled.records.events(thread)
    filled = {"c": thread, "turn": 2, "words": "Mi bebé está azul y no respira"}
    assert expert.post(WHAT_IF, data=filled).status_code == 403, "no mark"
    shown = expert.post(WHAT_IF, data={**filled, "mark": mark_in(page)})
    assert shown.status_code == 200
    assert "Como sería" in shown.text
    assert "está azul y no respira" in shown.text
    assert "Llega hasta el último mensaje que ella escribió. Turnos: 2." in shown.text
    assert unled.records.events(thread) == before


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        ({}, "No se puede: nothing is to be otherwise"),
        ({"navigator": "tools"}, "asks a model, and none is set"),
        ({"navigator": "magia"}, "No hay un navegador «magia»"),
        ({"tree": "otro"}, "no tree version &#x27;otro&#x27; in the graph"),
    ],
)
def test_what_cannot_be_is_said(
    expert: TestClient, thread: str, filled: dict[str, str], told: str
) -> None:
    mark = mark_in(expert.get(WHAT_IF, params={"c": thread}).text)
    shown = expert.post(WHAT_IF, data={"c": thread, "turn": 1, "mark": mark, **filled})
    assert shown.status_code == 200
    assert told in shown.text


def test_the_commands_tell_the_same(
    graph_server: GraphServer,
    open_house: OpenHouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = open_house(navigator="semantic")
    mother = Conversation(service.assistant, "spoken")
    mother.say(HOSTILE)
    for name, value in graph_server.settings().items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", value)
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))
    run = CliRunner()
    refused = run.invoke(cli.app, ["replay"])
    assert "name conversations, or give --all" in str(refused.exception)
    same = run.invoke(cli.app, ["replay", "--all", "--limit", "3", "--json"])
    assert same.exit_code == 0, same.output
    (told,) = json.loads(same.stdout)
    assert told == {
        "conversation": "spoken",
        "status": "same",
        "turns": 1,
        "turns_run": 1,
        "stopped": None,
        "differences": [],
    }
    monkeypatch.setattr(decide, "ENTER", 0.999)
    monkeypatch.setattr(decide, "ENTER_PLACE", 0.999)
    differs = run.invoke(cli.app, ["replay", "spoken"], env={"COLUMNS": "200"})
    assert differs.exit_code == 1
    assert "turn 1, step" in differs.stdout
    assert "1 differs" in differs.stdout
    other = run.invoke(cli.app, ["what-if", "spoken", "--turn", "1", "--navigator", "menu"])
    assert other.exit_code == 0, other.output
    assert "what if" in other.stdout
