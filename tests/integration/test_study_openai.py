"""The study of GPT-4-class models, with a stand-in for OpenAI's API: every system and model is had.

What models have answered is in the journal: the same study with its results lost asks for nothing
again, whatever threads the systems have their work done in.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.settings import PROJECT, Settings, load_settings
from evaluation.study.cases.generate import generate_cases
from evaluation.study.conduct import Conducted, conduct
from evaluation.study.manifest import read_study
from evaluation.study.party import open_party
from evaluation.study.plan_file import read_plan
from records.store import Records
from tests.integration.conftest import GraphServer
from tests.integration.openai_server import Says, ScriptedModel
from tests.integration.study_child import Quiet
from tests.trees import write_small
from tools.formats.yaml_folder import read_tree

STUDY = PROJECT / "studies" / "openai.yaml"


@pytest.fixture
def file(model: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plan as it comes, but for the server, and with one case of a small tree."""
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    tree = write_small(tmp_path / "prueba")
    (case,) = generate_cases(read_tree(tree), str(tree), 1, 1).cases
    (tmp_path / "cases.jsonl").write_text(case.model_dump_json(), "utf-8")
    content = yaml.safe_load(STUDY.read_text("utf-8"))
    content |= {"cases": {"files": ["cases.jsonl"]}, "repeats": 1}
    for planned in content["models"]:
        planned |= {"base_url": model.url, "requests_per_minute": 60_000}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return tmp_path / "study.yaml"


def conducted(file: Path, out: Path, settings: Settings) -> Conducted:
    plan = read_plan(file)
    return conduct(plan, file.parent, out, settings, "", open_party, Quiet(), lambda _text: None)


def test_every_arm_talks_and_what_was_answered_is_never_asked_again(
    file: Path, model: ScriptedModel, graph_server: GraphServer, tmp_path: Path
) -> None:
    model.always(Says(text="No sabría decirle."))
    settings = load_settings(data_folder=tmp_path, model_timeout=20.0, **graph_server.settings())
    out = tmp_path / "out"
    done = conducted(file, out, settings)
    assert len(done.attempts) == done.planned == len(done.arms) == 24
    assert {attempt.outcome for attempt in done.attempts.values()} <= {
        "resolved",
        "escalated",
        "gave_up",
    }
    asked = len(model.requests)
    assert {request["model"] for request in model.requests} == {"gpt-4.1", "gpt-4o", "gpt-5.4-mini"}
    assert done.spent > 0
    assert done.unknown == []
    by_calls = sum(e.spent.calls for a in done.attempts.values() for e in a.exchanges)
    by_cost = sum(e.spent.cost or 0 for a in done.attempts.values() for e in a.exchanges)
    assert by_calls == asked
    assert by_cost == pytest.approx(done.spent)
    study = read_study(out)
    assert len(study.attempts) == 24
    record = Records.open(f"sqlite:///{out / 'records.db'}")
    try:
        talked = [a for a in study.attempts if a.arm.startswith(("ours", "menu"))]
        assert all(record.events(str(a.conversation)) for a in talked)
    finally:
        record.close()

    model.requests.clear()
    for lost in ("attempts.jsonl", "records.db"):
        (out / lost).unlink()
    again = conducted(file, out, settings)
    assert [request["messages"][-1] for request in model.requests] == []
    assert again.spent == pytest.approx(done.spent)
    for name, attempt in again.attempts.items():
        assert _plain(attempt) == _plain(done.attempts[name])
        assert {exchange.ms for exchange in attempt.exchanges} == {None}


def _plain(attempt: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(attempt.model_dump_json())
    for exchange in content["exchanges"]:
        exchange["ms"] = None
    return content
