"""`nodriza bench walks`: result lines, a run that goes on, and conversations that can be read."""

import json
from pathlib import Path

import pytest

from agent.settings import PROJECT, Settings, load_settings
from evaluation.cases import CasesError
from evaluation.walks.commands import measure_walks
from records.events import MessageReceived, Replied
from records.store import Records
from tests.integration.conftest import GraphServer

CASES = PROJECT / "evaluation" / "development" / "walks.jsonl"
KEYS = {
    *("id", "outcome", "final_node", "path", "questions_asked", "repeated_questions"),
    *("illegal_moves", "turns", "ms", "model_calls", "prompt_tokens", "completion_tokens"),
    "conversation_id",
}


@pytest.fixture
def settings(graph_server: GraphServer, tmp_path: Path) -> Settings:
    return load_settings(navigator="semantic", data_folder=tmp_path, **graph_server.settings())


def test_lines_are_written_once_and_their_conversations_kept(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "walks.jsonl"
    first = measure_walks(settings, CASES, out, 2, 1)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line.keys() for line in lines] == [KEYS] * 2
    assert {line["outcome"] for line in lines} <= {"resolved", "escalated", "gave_up"}
    assert [line["illegal_moves"] for line in lines] == [0] * 2
    assert all((line["final_node"] is None) == (line["outcome"] != "resolved") for line in lines)
    again = measure_walks(settings, CASES, out, 4, 1)
    now = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert now[:2] == lines
    assert len(now) == 4
    assert {case.id for case, _ in first.pairs} < {case.id for case, _ in again.pairs}

    record = Records.open(f"sqlite:///{out}.records.db")
    try:
        for case, made in again.pairs:
            said = [recorded.event for recorded in record.events(made.conversation_id)]
            hers = [event.text for event in said if isinstance(event, MessageReceived)]
            assert hers[0] == case.first_message
            assert len(hers) == made.turns
            last = said[-1]
            assert isinstance(last, Replied)
            assert (last.node if last.kind == "answer" else None) == made.final_node
    finally:
        record.close()
    other = measure_walks(settings, CASES, tmp_path / "other.jsonl", 2, 1)
    assert [made.path for _, made in other.pairs] == [made.path for _, made in first.pairs]


def test_another_tree_is_named_by_its_folder(settings: Settings, tmp_path: Path) -> None:
    line = json.loads(CASES.read_text("utf-8").splitlines()[0])
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(line | {"tree": str(PROJECT / "trees" / "lactancia")}), "utf-8")
    assert len(measure_walks(settings, file, tmp_path / "out.jsonl", None, 1).pairs) == 1
    file.write_text(json.dumps(line | {"tree": "no-such-tree"}), "utf-8")
    with pytest.raises(CasesError, match="got 'no-such-tree'; valid: 'lactancia', or the path"):
        measure_walks(settings, file, tmp_path / "other.jsonl", None, 1)
