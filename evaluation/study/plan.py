"""A study file: what is compared, on which cases, with what means; written in YAML.

    systems × models ──▶ arms        each arm × each case × each repetition ──▶ attempts

A system that asks no model is one arm; any other is one for each model. Each of its ablations is
an arm of its own beside it. `docs/study.md` explains the file for those who write one.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from agent.models.prices import Price
from agent.settings import ModelName, Navigator
from evaluation.cases import CasesError
from evaluation.study.arm import LED, WITH_MODEL, Ablation, Arm, ArmError, SystemName

_Words = Annotated[str, StringConstraints(pattern=r"\S")]


def _expanded(value: Any) -> Any:
    """With ${NAME} replaced by the environment's variable."""
    if not isinstance(value, str):
        return value
    whole = os.path.expandvars(value)
    if left := re.search(r"\$\{?\w+\}?", whole):
        raise ValueError(f"{left[0]} is not set in the environment")
    return whole


_Expanded = BeforeValidator(_expanded)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ModelPlan(_Part):
    """A chat model."""

    name: Annotated[ModelName, _Expanded]
    """provider:name, for example openai:gpt-4.1; ${NAME} stands for a variable of the shell"""
    label: Annotated[str, StringConstraints(pattern=r"^[^|\s]+$")] | None = None
    """a short name for the results, without spaces and |; left out: what stands behind the colon"""
    base_url: Annotated[
        Annotated[str, StringConstraints(pattern=r"^https?://.+")] | None, _Expanded
    ] = None
    """the address of its server, http://… or https://…; ${NAME} as in `name`"""
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")] | None = None
    """the name of an environment variable that holds its key, for example OPENAI_API_KEY"""
    parameters: dict[str, Any] = {}
    """arguments of the model's constructor, for example {temperature: 0}"""
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    """a number over 0"""
    price: Price | None = None
    """US dollars a million tokens: {input, cached_input, output, source, checked_on}; it beats
    agent/models/prices.yaml. For a machine of your own: 0"""

    @property
    def called(self) -> str:
        """Its name in the results."""
        return self.label or self.name.partition(":")[2].rpartition("/")[2].removesuffix(".gguf")

    @property
    def model(self) -> str:
        """What the provider calls it."""
        return self.name.partition(":")[2]


class SystemPlan(_Part):
    """A system to talk with."""

    system: SystemName
    """ours, menu, faq, rag, react or text2cypher"""
    navigator: Navigator | None = None
    """of ours, and only of ours: menu, semantic, scored or tools"""
    ablations: tuple[Ablation, ...] = ()
    """a list, of ours only: no_examples, no_facts, no_information_gain, model_phrasing; each one is
    an arm of its own"""

    @property
    def called(self) -> str:
        """Its name in the results."""
        return f"{self.system}-{self.navigator}" if self.navigator else self.system

    @property
    def is_led(self) -> bool:
        """Whether it asks a model."""
        return self.system in WITH_MODEL or self.navigator in LED


class CasesPlan(_Part):
    """The cases; their paths begin at the study file's folder."""

    files: tuple[Path, ...] = ()
    """a list of JSONL files of the kind `walks`"""
    flodial: Path | None = None
    """the path of a folder with FloDial's layout"""
    cts: Path | None = None
    """the path of a folder with CTS's layout"""
    limit: Annotated[int, Field(ge=1)] | None = None
    """a whole number from 1 on: so many at random; a greater one only adds some"""
    seed: int = 1
    """a whole number: of the choice at random"""


def _kind_of_mothers(value: Any) -> str:
    return "rules" if isinstance(value, str) else "model"


class Plan(_Part):
    """What a study file says."""

    title: _Words
    """a text"""
    notice: _Words | None = None
    """a text that stands above all figures, or nothing"""
    cases: CasesPlan
    """where the cases are: {files, flodial, cts, limit, seed}"""
    mothers: Annotated[
        Annotated[Literal["rules"], Tag("rules")] | Annotated[ModelPlan, Tag("model")],
        Discriminator(_kind_of_mothers),
    ] = "rules"
    """"rules", or a model: {name: provider:name, …}"""
    systems: tuple[SystemPlan, ...]
    """a list of one or more: {system, navigator, ablations}"""
    models: tuple[ModelPlan, ...] = ()
    """a list: {name, label, base_url, api_key_env, parameters, requests_per_minute, price}"""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    """a whole number from 1 to 100: how often each conversation is had"""
    seed: int = 1
    """a whole number: of the statistics"""
    parallel: Annotated[int, Field(ge=1, le=8)] = 1
    """a whole number from 1 to 8, as many as an assistant answers at once: conversations at the
    same time"""
    budget_usd: Annotated[float, Field(gt=0)] | None = None
    """US dollars, over 0: no conversation is begun once so much was spent"""
    max_questions: Annotated[int, Field(ge=1)] = 8
    """a whole number from 1 on: questions within which a conversation is viable"""
    baseline: _Words | None = None
    """the name of an arm, which all others but ablations are compared with; left out: the first"""
    language: Literal["es", "en"] = "es"
    """es or en: the report's"""

    @property
    def digest(self) -> str:
        """First twelve hexadecimal digits of the SHA-256 of all that it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def mother(self) -> ModelPlan | None:
        """The model that plays the mothers; None: rules do."""
        return self.mothers if isinstance(self.mothers, ModelPlan) else None


@dataclass(frozen=True)
class PlannedArm:
    """An arm, and the model it is run on."""

    arm: Arm
    model: ModelPlan | None


def planned_arms(plan: Plan) -> tuple[PlannedArm, ...]:
    """All arms, in the order of the file. Raises CasesError with every one that is not possible."""
    problems: list[str] = []
    if not plan.systems:
        problems.append("systems: got []; valid: one or more")
    arms = [*_arms(plan, problems)]
    for name, times in Counter(planned.arm.name for planned in arms).items():
        if times > 1:
            problems.append(f"systems × models: {times} arms are called {name!r}; valid: one")
    names = [planned.arm.name for planned in arms]
    if plan.baseline and not problems and plan.baseline not in names:
        problems.append(f"baseline: got {plan.baseline!r}; valid: {', '.join(names)}")
    if problems:
        raise CasesError("the study's arms are not valid:", tuple(problems))
    return tuple(arms)


def _arms(plan: Plan, problems: list[str]) -> Iterator[PlannedArm]:
    used = False
    for place, system in enumerate(plan.systems):
        for ablation in (None, *system.ablations):
            led = system.is_led or ablation == "model_phrasing"
            used |= led
            if led and not plan.models:
                problems.append(f"models: missing: systems[{place}] asks a model; valid: a list")
            for model in plan.models if led else (None,):
                try:
                    yield PlannedArm(_arm(system, model, ablation), model)
                except ArmError as error:
                    problems.append(f"systems[{place}]: {error}")
    if plan.models and not used:
        names = ", ".join(repr(model.name) for model in plan.models)
        problems.append(f"models: got {names}; valid: none, for no system asks one")


def _arm(system: SystemPlan, model: ModelPlan | None, ablation: Ablation | None) -> Arm:
    name = system.called + (f"@{model.called}" if model else "")
    return Arm(
        name=name + (f"/{ablation}" if ablation else ""),
        system=system.system,
        navigator=system.navigator,
        model=model.name if model else None,
        base_url=model.base_url if model else None,
        api_key_env=model.api_key_env if model else None,
        parameters=model.parameters if model else {},
        ablation=(ablation,) if ablation else (),
    )
