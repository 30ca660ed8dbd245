"""A whole study, from its plan to the folder with its attempts.

study.json cases.jsonl tree.json    what it is of (manifest.py)
attempts.jsonl                      one line a conversation, written as it goes
records.db                          the conversations, for the experts' panel
journal.db                          what models have answered
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.models.providers import NamedModel
from agent.settings import Settings
from evaluation.cases import CasesError
from evaluation.measurement import Progress
from evaluation.results import open_results
from evaluation.study.arm import Arm
from evaluation.study.attempt import Attempt
from evaluation.study.cases.sources import StudyCases, study_cases
from evaluation.study.chat_models import prices_of, study_models, write_prices
from evaluation.study.journal import Journal
from evaluation.study.manifest import ATTEMPTS, read_manifest, write_study
from evaluation.study.plan import ModelPlan, Plan, PlannedArm, planned_arms
from evaluation.study.provenance import going_on, identity, manifest
from evaluation.study.run import Advance, Budget, Party, Run, tasks, unfinished

RECORD, JOURNAL, PRICES = "records.db", "journal.db", "prices.yaml"


@dataclass(frozen=True)
class Guests:
    """What a party is opened for."""

    settings: Settings
    """With the study's tree and prices."""
    cases: StudyCases
    arms: tuple[Arm, ...]
    models: Callable[[Arm], tuple[NamedModel, ...]]
    """The chat models of an arm, ready to be asked: at a rate, behind the journal."""
    mother: NamedModel | None
    """Who plays the mothers; None: rules do."""
    record: str
    """URL of the database of the conversations."""


class OpenParty(Protocol):
    """Opens the systems of a study; they are closed at the end of the block."""

    def __call__(self, guests: Guests, say: Progress) -> AbstractContextManager[Party]:
        """Raises NodrizaError."""
        ...


class Watch(Protocol):
    """Is told how a run goes."""

    def showing(self, budget: Budget) -> AbstractContextManager[Advance]:
        """While the attempts are made."""
        ...


@dataclass(frozen=True)
class Conducted:
    """What a run came to."""

    cases: StudyCases
    arms: tuple[PlannedArm, ...]
    attempts: dict[str, Attempt]
    """All that there are now, by id."""
    planned: int
    """How many there are when the study is done."""
    halted: str | None
    """Why it ended before that."""
    spent: float
    """US dollars, of all runs together."""
    unknown: list[str]
    """Models whose cost is not in it."""


def record_url(out: Path) -> str:
    """Where the conversations of a study are, as NODRIZA_RECORDS_URL."""
    return f"sqlite:///{(out / RECORD).resolve()}"


def conduct(
    plan: Plan,
    base: Path,
    out: Path,
    settings: Settings,
    command: str,
    open_party: OpenParty,
    watch: Watch,
    say: Progress,
) -> Conducted:
    """Make the attempts of a plan that the folder `out` has no result of.

    Paths of the plan begin at `base`; `command` is how to make the study again. Raises CasesError
    when the folder holds another study, or another process is at work in it.
    """
    arms = planned_arms(plan)
    cases = study_cases(plan.cases, base, out, settings)
    for why, count in cases.left_out.items():
        say(f"left out: {count} × {why}")
    planned = tasks(cases.cases, [it.arm.name for it in arms], plan.repeats, plan.seed)
    led = _led(plan, arms)
    run = identity(plan, arms, cases, settings)
    commands = (command, f"nodriza study report {shlex.quote(str(_from_here(out)))}")
    prices = prices_of(led, settings)
    with ExitStack() as stack:
        results = stack.enter_context(open_results(out / ATTEMPTS, Attempt, run))
        left = unfinished(planned, results)
        content = manifest(plan, arms, cases, settings, commands)
        if results.done:
            content = going_on(read_manifest(out), content, makes_more=bool(left))
        write_study(out, content, cases.cases, cases.tree)
        journal = stack.enter_context(closing(Journal(out / JOURNAL)))
        budget = Budget(journal, prices, plan.budget_usd)
        if plan.budget_usd and (unwatched := [m.called for m in led if m.called not in prices]):
            say(f"the budget cannot watch models without a price: {', '.join(unwatched)}")
        halted = None
        if left:
            models = study_models(led, settings, journal)
            priced = write_prices(out / PRICES, led, settings)
            guests = _guests(plan, arms, cases, settings, models, priced, out)
            party = stack.enter_context(open_party(guests, say))
            advance = stack.enter_context(watch.showing(budget))
            halted = Run(party, journal, budget, results, plan.parallel, advance).make(planned)
        return Conducted(
            cases, arms, results.done, len(planned), halted, budget.spent, budget.unknown
        )


def _from_here(path: Path) -> Path:
    """As somebody in the same folder would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _led(plan: Plan, arms: Sequence[PlannedArm]) -> list[ModelPlan]:
    """The models that are asked, each once. Raises CasesError where two share a name."""
    found: dict[str, ModelPlan] = {}
    for model in (*(it.model for it in arms), plan.mother):
        if model and found.setdefault(model.called, model) != model:
            raise CasesError(
                f"mothers: {model.called!r} is another model than the one of this name in models;"
                " valid: a label of its own"
            )
    return list(found.values())


def _guests(
    plan: Plan,
    arms: Sequence[PlannedArm],
    cases: StudyCases,
    settings: Settings,
    models: Mapping[str, NamedModel],
    prices: Path,
    out: Path,
) -> Guests:
    by_arm = {it.arm.name: models[it.model.called] for it in arms if it.model}

    def models_of(arm: Arm) -> tuple[NamedModel, ...]:
        return (by_arm[arm.name],) if arm.name in by_arm else ()

    return Guests(
        settings=settings.model_copy(update={"tree": cases.tree_setting, "prices_file": prices}),
        cases=cases,
        arms=tuple(it.arm for it in arms),
        models=models_of,
        mother=models[plan.mother.called] if plan.mother else None,
        record=record_url(out),
    )
