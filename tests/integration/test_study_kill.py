"""A study that is killed in the middle of conversations: nothing is lost, nothing is paid twice.

The process gets SIGKILL while the stand-in for the model's API is being asked. The next run asks
only what has no answer in the journal. The calls under way when it was killed, one for each
conversation side by side at most, were answered to nobody: these alone are made again.
"""

import json
import multiprocessing
import random
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluation.cases import CasesError
from evaluation.study.cases.generate import generate_cases
from evaluation.study.journal import Journal
from evaluation.study.manifest import read_study
from tests.integration.openai_server import INPUT_TOKENS, Says, ScriptedModel, wait_until
from tests.integration.study_child import conducted
from tests.trees import write_small
from tests.unit.study_party import QUESTIONS
from tools.formats.yaml_folder import read_tree

ARMS, LIMIT, REPEATS, PARALLEL = 3, 3, 2, 2
LED = 2
ATTEMPTS = ARMS * LIMIT * REPEATS
CALLS = LED * LIMIT * REPEATS * 2 * (QUESTIONS + 1)
KILLS = 3


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.study_child", "langchain_openai"])
    return context


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Of a small tree, which is read in no time."""
    folder = write_small(tmp_path / "prueba")
    made = generate_cases(read_tree(folder), str(folder), LIMIT, 1).cases
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(f"{case.model_dump_json()}\n" for case in made), "utf-8")
    return file


@pytest.fixture
def plan(model: ScriptedModel, cases: Path) -> dict[str, Any]:
    return {
        "title": "Muertes súbitas",
        "cases": {"files": [str(cases)], "limit": LIMIT},
        "systems": [{"system": "menu"}, {"system": "rag"}],
        "models": [
            {"name": f"openai:{name}", "base_url": model.url, "price": price}
            for name, price in (("one", PRICE), ("two", PRICE | {"input": 20}))
        ],
        "repeats": REPEATS,
        "parallel": PARALLEL,
    }


PRICE = {"input": 10, "output": 0, "source": "test", "checked_on": "2026-11-29"}


def write(folder: Path, plan: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    return file


def says(request: dict[str, Any]) -> Says:
    """The same for the same request, in some milliseconds."""
    last = request["messages"][-1]["content"]
    return Says(text=f"{request['model']} heard {len(request['messages'])}: {last}", after=0.01)


def kept(out: Path) -> int:
    journal = Journal(out / "journal.db")
    try:
        return sum(spent.calls for spent in journal.spent().values())
    finally:
        journal.close()


def lines(out: Path) -> dict[str, Any]:
    read = [json.loads(line) for line in (out / "attempts.jsonl").read_text("utf-8").splitlines()]
    assert len({line["id"] for line in read}) == len(read), "an attempt is there twice"
    return {line["id"]: line for line in read}


def without_times(line: dict[str, Any]) -> dict[str, Any]:
    return line | {"exchanges": [exchange | {"ms": None} for exchange in line["exchanges"]]}


def test_a_killed_study_goes_on_and_pays_nothing_twice(
    processes: ForkServerContext, plan: dict[str, Any], model: ScriptedModel, tmp_path: Path
) -> None:
    model.always(says)
    file = write(tmp_path, plan)
    whole = conducted(file, tmp_path / "whole")
    assert len(model.requests) == CALLS
    assert (whole.halted, len(whole.attempts), whole.planned) == (None, ATTEMPTS, ATTEMPTS)

    out, drawn = tmp_path / "killed", random.Random(8)
    again = 0
    for _ in range(KILLS):
        answered = kept(out) if (out / "journal.db").exists() else 0
        model.requests.clear()
        child = processes.Process(target=conducted, args=(file, out))
        child.start()
        after = drawn.randint(3, CALLS // (KILLS + 1))
        wait_until(lambda after=after: len(model.requests) >= after, 60)  # type: ignore[misc]
        child.kill()
        child.join(20)
        assert child.exitcode == -9
        under_way = len(model.requests) - (kept(out) - answered)
        assert 0 <= under_way <= PARALLEL
        again += under_way
    answered = kept(out)
    assert answered < CALLS

    model.requests.clear()
    done = conducted(file, out)
    assert len(model.requests) == CALLS - answered, "what had been answered was asked again"
    assert again <= KILLS * PARALLEL
    assert done.spent == pytest.approx(whole.spent)
    assert done.spent == pytest.approx(INPUT_TOKENS * CALLS / 2 * (10 + 20) / 1e6)
    undisturbed, disturbed = lines(tmp_path / "whole"), lines(out)
    assert undisturbed.keys() == disturbed.keys()
    for name, line in undisturbed.items():
        assert without_times(disturbed[name]) == without_times(line)
    measured = [e["ms"] for line in disturbed.values() for e in line["exchanges"]]
    assert None in measured, "no conversation was cut: the test shows nothing"
    assert any(measured)


def test_a_finished_study_asks_nothing_and_is_no_other(
    plan: dict[str, Any], cases: Path, model: ScriptedModel, tmp_path: Path
) -> None:
    model.always(says)
    small = plan | {"repeats": 1, "cases": {"files": [str(cases)], "limit": 1}}
    out = tmp_path / "out"
    conducted(write(tmp_path, small | {"parallel": 2}), out)
    made_with = read_study(out).manifest.versions
    model.requests.clear()
    conducted(write(tmp_path, small | {"parallel": 1, "title": "Con otro título"}), out)
    assert not model.requests
    told = read_study(out).manifest
    assert told.title == "Con otro título"
    assert told.versions | {"plan": ""} == made_with | {"plan": ""}, (
        "no conversation was had with it"
    )
    more = conducted(write(tmp_path, small | {"repeats": 2, "parallel": 3}), out)
    assert len(more.attempts) == 2 * ARMS
    assert read_study(out).manifest.versions["parallel"] == "2, then 3"
    assert len(model.requests) == LED * 2 * (QUESTIONS + 1)
    with pytest.raises(CasesError, match="seed: 1 there, 2 now"):
        conducted(write(tmp_path, small | {"seed": 2}), out)


def test_the_folder_says_what_it_is_of(
    plan: dict[str, Any], model: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.always(says)
    monkeypatch.setenv("STUDY_KEY", "very-secret-key")
    plan["models"] = [model_plan | {"api_key_env": "STUDY_KEY"} for model_plan in plan["models"]]
    plan |= {"repeats": 1, "notice": "Un suplente.", "baseline": "menu"}
    out = tmp_path / "out"
    conducted(write(tmp_path, plan), out)
    manifest = read_study(out).manifest
    assert [arm.name for arm in manifest.arms] == ["menu", "rag@one", "rag@two"]
    assert manifest.arms[1].configuration["model"]["name"] == "openai:one"
    assert manifest.arms[1].hashes.keys() >= {"encoder", "prompt navigator"}
    assert (manifest.notice, manifest.baseline, manifest.seed) == ("Un suplente.", "menu", 1)
    assert manifest.mother == {"kind": "rules"}
    assert [file.cases for file in manifest.cases] == [LIMIT]
    assert {"plan", "code", "machine", "langchain-core"} <= manifest.versions.keys()
    for name in ("study.json", "attempts.jsonl", "attempts.jsonl.run.json", "journal.db"):
        assert b"very-secret-key" not in (out / name).read_bytes()


def test_keys_that_are_missing_are_told_before_anything_is_asked(
    plan: dict[str, Any], model: ScriptedModel, tmp_path: Path
) -> None:
    plan["models"][1]["api_key_env"] = "NO_SUCH_KEY"
    with pytest.raises(CasesError, match="two: api_key_env: 'NO_SUCH_KEY' is not set"):
        conducted(write(tmp_path, plan), tmp_path / "out")
    assert not model.requests


def test_one_process_at_a_time(plan: dict[str, Any], model: ScriptedModel, tmp_path: Path) -> None:
    from filelock import FileLock

    out = tmp_path / "out"
    out.mkdir()
    with (
        FileLock(f"{out / 'attempts.jsonl'}.lock"),
        pytest.raises(CasesError, match="another process is writing"),
    ):
        conducted(write(tmp_path, plan), out)
