"""What is learnt of real conversations on the shipped tree, by command and from the plans."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from evaluation.learnt.plan import Plans
from tests.integration.conftest import Conversation, GraphServer, OpenHouse
from tools.errors import SettingsError


def test_the_command_tells_of_conversations_that_were_held(
    graph_server: GraphServer,
    open_house: OpenHouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = open_house(navigator="semantic")
    mother = Conversation(service.assistant, "spoken")
    mother.say("me duele al dar el pecho")
    plan = Plans(service.store, "lactancia")(None)
    assert len(plan.topics) > 50
    assert plan.starts.keys() == plan.topics.keys()
    assert Plans(service.store, "lactancia")("lactancia@gone") == plan
    for name, value in graph_server.settings().items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", value)
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))
    run = CliRunner()
    told = run.invoke(cli.app, ["learnt", "questions", "answers", "--json"])
    assert told.exit_code == 0, told.output
    tables = json.loads(told.stdout)
    (asked,) = tables["questions"]
    assert asked["asked"] == 1
    assert plan.called(asked["node"]) == asked["question"]
    assert {line["reached"] for line in tables["answers"]} == {0}
    assert len(tables["answers"]) == len(plan.outline.titles)
    written = run.invoke(cli.app, ["learnt", "--csv", str(tmp_path / "out"), "--step", "week"])
    assert written.exit_code == 0, written.output
    assert "suggestions.csv" in {path.name for path in (tmp_path / "out").iterdir()}
    shown = run.invoke(cli.app, ["learnt", "topics"], env={"COLUMNS": "120"})
    assert "Conversaciones" in shown.stdout
    for wrong, cause in (
        (["learnt", "nothing"], "there is no table 'nothing'; valid: topics, questions"),
        (["learnt", "--navigator", "magia"], "«magia» no vale en «Navegador»"),
    ):
        refused = run.invoke(cli.app, wrong)
        assert isinstance(refused.exception, SettingsError)
        assert cause in str(refused.exception)
