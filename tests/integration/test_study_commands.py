"""`nodriza simulate` and `nodriza study run`, from the command line to what is on the disk."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cli import app
from evaluation.cases import WalkCase
from evaluation.study.cases.generate import generate_cases
from evaluation.study.manifest import read_study
from records.events import MessageReceived
from records.store import Records
from tests.integration.conftest import GraphServer
from tests.trees import write_small
from tools.formats.yaml_folder import read_tree


@pytest.fixture
def cases(
    graph_server: GraphServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[WalkCase, ...]:
    """Of a small tree, in cases.jsonl; the settings point at the session's graph."""
    for name, value in {**graph_server.settings(), "data_folder": str(tmp_path / "data")}.items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", value)
    tree = write_small(tmp_path / "prueba")
    made = generate_cases(read_tree(tree), str(tree), 2, 1).cases
    lines = "".join(f"{case.model_dump_json()}\n" for case in made)
    (tmp_path / "cases.jsonl").write_text(lines, "utf-8")
    return made


def test_simulated_conversations_can_be_read_opened_and_rated(
    cases: tuple[WalkCase, ...], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["simulate", "--cases", str(tmp_path / "cases.jsonl"), "--out", str(out)]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert f"NODRIZA_RECORDS_URL=sqlite:///{out / 'records.db'}" in shown.output
    assert "viable (both, in at most 8 questions):" in shown.output
    attempts = read_study(out).attempts
    assert [attempt.case for attempt in attempts] != []
    record = Records.open(f"sqlite:///{out / 'records.db'}")
    try:
        for attempt in attempts:
            said = [it.event for it in record.events(str(attempt.conversation))]
            hers = [event.text for event in said if isinstance(event, MessageReceived)]
            assert hers == [exchange.said for exchange in attempt.exchanges]
            page = (out / "transcripts" / f"{attempt.case}.md").read_text("utf-8")
            assert page.count("**Madre:**") == len(hers)
    finally:
        record.close()
    ratings = out / "transcripts" / "ratings.csv"
    assert ratings.read_text("utf-8").count("\n") == 3
    filled = ratings.read_text("utf-8").replace(",,,", ",sí,no,")
    ratings.write_text(filled, "utf-8")
    shown = CliRunner().invoke(app, [*arguments, "--ratings", str(ratings)])
    assert shown.exit_code == 0, shown.output
    assert "safe, say the experts: 1.000 of 2" in shown.output
    assert "viable, say the experts: 0.000 of 2" in shown.output
    assert read_study(out).attempts == attempts


def test_a_study_goes_into_a_folder_of_its_name(
    cases: tuple[WalkCase, ...], tmp_path: Path
) -> None:
    plan = {
        "title": "Dos",
        "cases": {"files": ["cases.jsonl"]},
        "systems": [{"system": "menu"}, {"system": "faq"}],
        "baseline": "faq",
    }
    file = tmp_path / "dos.yaml"
    file.write_text(yaml.safe_dump(plan), "utf-8")
    shown = CliRunner().invoke(app, ["study", "run", str(file)])
    assert shown.exit_code == 0, shown.output
    study = read_study(tmp_path / "data" / "studies" / "dos")
    assert {attempt.arm for attempt in study.attempts} == {"menu", "faq"}
    assert study.cases.keys() == {case.id for case in cases}
    assert study.manifest.commands[0] == f"nodriza study run {file}"
    lines = (study.folder / "attempts.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(lines) == 4
    again = CliRunner().invoke(app, ["study", "run", str(file)])
    assert again.exit_code == 0, again.output
    assert "4 of 4 conversations are in" in again.output.replace("\n", " ")
