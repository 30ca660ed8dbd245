"""Reads a study file; all that is wrong with it is told at once."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError

from agent.models.prices import Price
from evaluation.cases import CasesError
from evaluation.study.plan import CasesPlan, ModelPlan, Plan, SystemPlan, planned_arms


def read_plan(path: Path) -> Plan:
    """Read and check a study file.

    Raises CasesError with every problem found: its key, the value and what is valid.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CasesError(f"the study file cannot be read: {error}") from error
    if not isinstance(content, dict):
        keys = ", ".join(Plan.model_fields)
        raise CasesError(f"{str(path)!r} is no study file; valid: the keys {keys}")
    problems: list[str] = []
    try:
        plan = Plan.model_validate(content)
        sound = {*Plan.model_fields}
    except ValidationError as error:
        problems += dict.fromkeys(_line(content, detail) for detail in error.errors())
        sound = {*Plan.model_fields} - {str(detail["loc"][0]) for detail in error.errors()}
        plan = _what_is_sound(content, sound)
    if "cases" in sound:
        problems += _sources(plan.cases, path.parent)
    if {"systems", "models"} <= sound:
        problems += [*_models(plan), *_arms(plan)]
    if problems:
        raise CasesError(f"{str(path)!r} is not valid:", tuple(problems))
    return plan


def _what_is_sound(content: Mapping[str, Any], sound: Collection[str]) -> Plan:
    """A plan of the keys that are valid by themselves, for what can still be told of them."""
    kept = {key: value for key, value in content.items() if key in sound}
    return Plan.model_validate({"title": "-", "cases": {}, "systems": ()} | kept)


def _arms(plan: Plan) -> tuple[str, ...]:
    try:
        planned_arms(plan)
    except CasesError as error:
        return error.problems
    return ()


def _sources(cases: CasesPlan, folder: Path) -> Iterator[str]:
    given = {"files": bool(cases.files), "flodial": cases.flodial, "cts": cases.cts}
    named = [key for key, value in given.items() if value]
    if len(named) != 1:
        yield f"cases: got {' and '.join(named) or 'none'}; valid: one of {', '.join(given)}"
    for place, file in enumerate(cases.files):
        if not (folder / file).is_file():
            yield f"cases.files[{place}]: got {str(file)!r}; valid: a file, from {str(folder)!r}"
    for key in ("flodial", "cts"):
        where = cast("Path | None", given[key])
        if where and not (folder / where).is_dir():
            yield f"cases.{key}: got {str(where)!r}; valid: a folder, from {str(folder)!r}"


def _models(plan: Plan) -> Iterator[str]:
    names = Counter(model.called for model in plan.models)
    for name, times in names.items():
        if times > 1:
            yield f"models: {times} are called {name!r}; valid: a label of its own for each"
    prices = {(model.model, model.price) for model in plan.models}
    for name, times in Counter(name for name, _ in prices).items():
        if times > 1:
            yield f"models: {name!r} has {times} prices; valid: one"


# What pydantic found wrong, in our words

_PARTS: Mapping[str, type[BaseModel]] = {
    "cases": CasesPlan,
    "systems": SystemPlan,
    "models": ModelPlan,
    "mothers": ModelPlan,
    "price": Price,
}


def _line(content: Any, detail: Any) -> str:
    """One problem: where it is, what is there and what is valid."""
    part: type[BaseModel] = Plan
    where, key, here, above = "", "", content, ""
    location = [step for step in detail["loc"] if step not in ("rules", "model")]
    for step in location:
        if isinstance(step, int):
            where, here = f"{where}[{step}]", _at(here, step)
            continue
        if key in _PARTS:
            part, above = _PARTS[key], _described(part, key)
        where, key, here = (f"{where}.{step}" if where else step), step, _at(here, step)
    if detail["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, part.model_fields, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        return f"{where}: unknown key{hint}; valid: {', '.join(part.model_fields)}"
    described = _described(part, key)
    if detail["type"] == "missing":
        return f"{where}: missing; valid: {described or above}"
    valid = described or detail["msg"]
    got = repr(here)
    got = got if len(got) <= 60 else f"{got[:57]}…"
    why = detail["msg"].removeprefix("Value error, ")
    why = f" ({why})" if detail["type"] == "value_error" else ""
    return f"{where}: got {got}{why}; valid: {valid}"


def _described(part: type[BaseModel], key: str) -> str:
    """What is valid for a key, where the field says it."""
    field = part.model_fields.get(key)
    return " ".join((field.description or field.title or "").split()) if field else ""


def _at(content: Any, step: int | str) -> Any:
    try:
        return content[step]
    except (KeyError, IndexError, TypeError):
        return None
