"""Study files: what is wrong is told at once, what is right becomes arms."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.settings import PROJECT
from evaluation.cases import CasesError
from evaluation.study.plan import planned_arms
from evaluation.study.plan_file import read_plan

STUDIES = PROJECT / "studies"
GOOD: dict[str, Any] = {
    "title": "Prueba",
    "cases": {"files": ["cases.jsonl"]},
    "systems": [
        {"system": "menu"},
        {"system": "ours", "navigator": "semantic", "ablations": ["no_facts", "model_phrasing"]},
        {"system": "rag"},
    ],
    "models": [{"name": "openai:gpt-4.1"}, {"name": "openai:meta/llama", "label": "llama"}],
}

PRICE = {"input": 1, "output": 1, "source": "test", "checked_on": "2026-11-29"}


def write(folder: Path, **changed: Any) -> Path:
    (folder / "cases.jsonl").touch()
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(GOOD | changed), "utf-8")
    return file


def told(folder: Path, **changed: Any) -> tuple[str, ...]:
    with pytest.raises(CasesError) as error:
        read_plan(write(folder, **changed))
    return error.value.problems


def test_systems_times_models_are_arms(tmp_path: Path) -> None:
    arms = [planned.arm for planned in planned_arms(read_plan(write(tmp_path)))]
    assert [arm.name for arm in arms] == [
        "menu",
        "ours-semantic",
        "ours-semantic/no_facts",
        "ours-semantic@gpt-4.1/model_phrasing",
        "ours-semantic@llama/model_phrasing",
        "rag@gpt-4.1",
        "rag@llama",
    ]
    assert [arm.model for arm in arms[:3]] == [None] * 3
    assert arms[4].ablation == ("model_phrasing",)
    assert arms[6].model == "openai:meta/llama"


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    problems = told(
        tmp_path,
        title=" ",
        repeat=3,
        repeats=0,
        mothers="people",
        cases={"files": ["cases.jsonl"], "limit": "many"},
        systems=[{"system": "oracle"}, {"system": "ours", "ablation": ["no_facts"]}],
        models=[{"name": "gpt-4.1", "requests_per_minute": 0}, {"label": "a b"}],
    )
    assert problems == (
        "title: got ' '; valid: a text",
        "cases.limit: got 'many'; valid: a whole number from 1 on: so many at random;"
        " a greater one only adds some",
        "mothers: got 'people'; valid: \"rules\", or a model: {name: provider:name, …}",
        "systems[0].system: got 'oracle'; valid: ours, menu, faq, rag, react or text2cypher",
        "systems[1].ablation: unknown key (did you mean 'ablations'?);"
        " valid: system, navigator, ablations",
        "models[0].name: got 'gpt-4.1'; valid: provider:name, for example openai:gpt-4.1;"
        " ${NAME} stands for a variable of the shell",
        "models[0].requests_per_minute: got 0; valid: a number over 0",
        "models[1].name: missing; valid: provider:name, for example openai:gpt-4.1;"
        " ${NAME} stands for a variable of the shell",
        "models[1].label: got 'a b'; valid: a short name for the results, without spaces and |;"
        " left out: what stands behind the colon",
        "repeats: got 0; valid: a whole number from 1 to 100: how often each conversation is had",
        "repeat: unknown key (did you mean 'repeats'?); valid: title, notice, cases, mothers,"
        " systems, models, repeats, seed, parallel, budget_usd, max_questions, baseline, language",
    )


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"cases": {"files": ["nope.jsonl"]}}, "cases.files[0]: got 'nope.jsonl'; valid: a file"),
        ({"cases": {"flodial": "nope"}}, "cases.flodial: got 'nope'; valid: a folder"),
        ({"systems": [], "models": []}, "systems: got []; valid: one or more"),
        ({"cases": {}}, "cases: got none; valid: one of files, flodial, cts"),
        ({"cases": {"files": ["cases.jsonl"], "cts": "."}}, "cases: got files and cts"),
        ({"baseline": "best"}, "baseline: got 'best'; valid: menu, ours-semantic,"),
        ({"models": []}, "models: missing: systems[1] asks a model"),
        ({"systems": [{"system": "faq"}]}, "; valid: none, for no system asks one"),
        ({"systems": [{"system": "ours"}], "models": []}, "navigator=None; valid: menu, semantic"),
        ({"models": [{"name": "openai:x"}] * 2}, "models: 2 are called 'x'; valid: a label"),
        (
            {
                "models": [
                    {"name": "openai:x", "label": it, "price": PRICE | {"input": n}}
                    for n, it in enumerate("ab")
                ]
            },
            "models: 'x' has 2 prices; valid: one",
        ),
        ({"systems": [{"system": "rag"}] * 2}, "2 arms are called 'rag@gpt-4.1'; valid: one"),
        ({"models": [{"name": "acme:x"}]}, "model='acme:x'; valid: provider:name with one of"),
        ({"models": [{"name": "openai:$NO_SUCH"}]}, "($NO_SUCH is not set in the environment)"),
        (
            {"models": [{"name": "openai:x", "price": {"input": -1}}]},
            "models[0].price.input: got -1; valid: Input should be greater than or equal to 0",
        ),
        (
            {"models": [{"name": "openai:x", "price": {"input": 1}}]},
            "models[0].price.output: missing; valid: US dollars a million tokens: {input,",
        ),
    ],
)
def test_what_cannot_be_run_is_told(tmp_path: Path, changed: Any, problem: str) -> None:
    assert problem in "\n".join(told(tmp_path, **changed))


def test_a_wrong_key_hides_nothing_that_is_wrong_elsewhere(tmp_path: Path) -> None:
    problems = told(
        tmp_path,
        repeats=0,
        cases={"files": ["nope.jsonl"], "cts": "nope"},
        systems=[{"system": "ours"}, {"system": "menu"}, {"system": "menu"}],
        baseline="best",
    )
    assert [problem.partition(":")[0] for problem in problems] == [
        "repeats",
        "cases",
        "cases.files[0]",
        "cases.cts",
        "systems[0]",
        "models",
        "systems × models",
    ]


def test_a_server_may_be_left_out_or_be_nothing(tmp_path: Path) -> None:
    models = [{"name": "openai:x", "base_url": None}]
    assert read_plan(write(tmp_path, models=models)).models[0].base_url is None


def test_what_is_no_study_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    for content, why in (("[1]", "valid: the keys title, notice"), ("a: [", "cannot be read")):
        file.write_text(content, "utf-8")
        with pytest.raises(CasesError, match=why):
            read_plan(file)


def test_the_digest_is_of_what_it_says(tmp_path: Path) -> None:
    digest = read_plan(write(tmp_path)).digest
    assert read_plan(write(tmp_path, repeats=1)).digest == digest
    assert read_plan(write(tmp_path, repeats=2)).digest != digest


@pytest.mark.parametrize("file", sorted(STUDIES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_studies_that_come_with_it_are_valid(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MODELS_URL", "http://localhost:8000/v1")
    monkeypatch.setenv("SMOLLM2", "/models/smollm2.gguf")
    plan = read_plan(file)
    assert any(planned.arm.name == plan.baseline for planned in planned_arms(plan))
    if file.stem in ("openai", "open-models"):
        assert file.read_text("utf-8").startswith("# NOT YET RUN ON THE REAL ONES")


def test_the_paid_models_have_a_price_and_a_budget() -> None:
    from agent.models.prices import read_prices

    plan = read_plan(STUDIES / "openai.yaml")
    assert plan.budget_usd
    assert {model.model for model in plan.models} <= read_prices(None).keys()
