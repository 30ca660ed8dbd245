"""The chat models of a study: with the journal in front of each, and held back to its rate."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import yaml
from langchain_core.rate_limiters import BaseRateLimiter, InMemoryRateLimiter
from pydantic import SecretStr

from agent.models.prices import Price, read_prices
from agent.models.providers import ModelSpec, NamedModel, chat_model
from agent.settings import Settings
from evaluation.cases import CasesError
from evaluation.study.journal import Journal, current_part
from evaluation.study.plan import ModelPlan

SETTINGS_KEY = "NODRIZA_MODEL_API_KEY"
"""In the place of a variable: the settings' own key."""
_RETRIES = 2
"""How often a client makes a call again that failed with 429, 5xx or no connection."""


class Pace(InMemoryRateLimiter):
    """Holds calls back, and notes for how long: that is no time of the system's.

    Calls that the journal answers are not held back, and those that a client makes again by itself
    are not counted.
    """

    def acquire(self, *, blocking: bool = True) -> bool:
        """Wait for the next call's turn."""
        started = time.monotonic()
        done = super().acquire(blocking=blocking)
        if part := current_part():
            part.waited += time.monotonic() - started
        return done


def study_models(
    plans: Iterable[ModelPlan], settings: Settings, journal: Journal
) -> dict[str, NamedModel]:
    """A chat model for each plan, by its name in the results.

    Raises CasesError with all keys that are missing, and SettingsError as agent/models does.
    """
    plans = list(plans)
    _check_keys(plans, settings)
    return {plan.called: _made(plan, settings, journal) for plan in plans}


def prices_of(plans: Iterable[ModelPlan], settings: Settings) -> dict[str, Price]:
    """What each model's tokens cost, where it is known, by the model's name in the results."""
    known = read_prices(settings.prices_file)
    found = {plan.called: plan.price or known.get(plan.model) for plan in plans}
    return {name: price for name, price in found.items() if price}


def write_prices(path: Path, plans: Iterable[ModelPlan], settings: Settings) -> Path:
    """Put down the prices of a study, as Settings.prices_file has them; returns the path."""
    plans = list(plans)
    prices = prices_of(plans, settings)
    told = {
        plan.model: prices[plan.called].model_dump(mode="json", exclude_none=True)
        for plan in plans
        if plan.called in prices
    }
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return path


def _check_keys(plans: list[ModelPlan], settings: Settings) -> None:
    missing = tuple(
        f"{plan.called}: api_key_env: {plan.api_key_env!r} is not set in the environment"
        for plan in plans
        if plan.api_key_env and _key(plan, settings) is None
    )
    if missing:
        raise CasesError("the study's models cannot be asked:", missing)


def _made(plan: ModelPlan, settings: Settings, journal: Journal) -> NamedModel:
    spec = ModelSpec(
        plan.name,
        plan.base_url,
        _key(plan, settings),
        plan.parameters,
        timeout=settings.model_timeout,
        retries=_RETRIES if settings.model_retries is None else settings.model_retries,
        setting=f"model {plan.called}",
    )
    chat = chat_model(spec)
    chat.cache = journal.cache_for(plan.called)
    chat.rate_limiter = _pace(plan)
    return NamedModel(plan.name, chat)


def _key(plan: ModelPlan, settings: Settings) -> SecretStr | None:
    if plan.api_key_env == SETTINGS_KEY:  # it may stand in the file .env
        return settings.model_api_key
    key = os.environ.get(plan.api_key_env) if plan.api_key_env else None
    return SecretStr(key) if key else None


def _pace(plan: ModelPlan) -> BaseRateLimiter | None:
    if plan.requests_per_minute is None:
        return None
    return Pace(requests_per_second=plan.requests_per_minute / 60, check_every_n_seconds=0.02)
