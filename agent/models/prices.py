"""What calls to models cost: tokens and US dollars, from the events of a turn or of many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from records.events import Event, ModelCalled
from tools.errors import SettingsError

SHIPPED = Path(__file__).parent / "prices.yaml"


class Price(BaseModel):
    """US dollars for a million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0)
    """For what the server had computed before; None: as any other input."""
    output: float = Field(ge=0)
    source: str
    """The page that says so."""
    checked_on: date


Prices = Mapping[str, Price]
"""By the name that the record has for a model."""
_PRICES = TypeAdapter(dict[str, Price])


@dataclass(frozen=True)
class Usage:
    """What some calls took."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input, what the server had computed before."""
    output_tokens: int = 0
    cost: float | None = 0.0
    """US dollars; None where a price, or how many tokens there were, is not known."""


def usage_of(events: Iterable[Event], prices: Prices) -> Usage:
    """What the model calls among events took. A call without an answer costs nothing."""
    calls = [event for event in events if isinstance(event, ModelCalled)]
    costs = [_cost(call, prices.get(call.model)) for call in calls if call.output is not None]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        calls=len(calls),
        input_tokens=sum(call.input_tokens or 0 for call in calls),
        cached_tokens=sum(call.cached_tokens or 0 for call in calls),
        output_tokens=sum(call.output_tokens or 0 for call in calls),
        cost=sum(known) if len(known) == len(costs) else None,
    )


def _cost(call: ModelCalled, price: Price | None) -> float | None:
    if price is None or call.input_tokens is None or call.output_tokens is None:
        return None
    return cost_of(price, call.input_tokens, call.cached_tokens or 0, call.output_tokens)


def cost_of(price: Price, read: int, cached: int, written: int) -> float:
    """US dollars for tokens: those read, how many of these were cached, and those written."""
    cached_price = price.input if price.cached_input is None else price.cached_input
    fresh = (read - cached) * price.input
    return (fresh + cached * cached_price + written * price.output) / 1_000_000


def read_prices(own: Path | None) -> Prices:
    """The shipped prices, with the operator's own over them.

    Raises SettingsError for a file that is missing or not of the form of the shipped one.
    """
    return _read(SHIPPED) | (_read(own) if own else {})


def _read(path: Path) -> dict[str, Price]:
    try:
        return _PRICES.validate_python(yaml.safe_load(path.read_text("utf-8")) or {})
    except OSError as error:
        raise SettingsError(f"the prices in {str(path)!r} cannot be read: {error}") from error
    except (ValidationError, yaml.YAMLError) as error:
        raise SettingsError(
            f"{str(path)!r} is no table of prices (like agent/models/prices.yaml): {error}"
        ) from error
