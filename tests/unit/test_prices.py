"""What calls cost: from the events alone, and never a guess."""

from pathlib import Path
from typing import Any

import pytest

from agent.models.prices import Price, Usage, read_prices, usage_of
from records.events import Event, MessageReceived, ModelCalled
from tools.errors import SettingsError

DOLLARS = {"source": "https://prices.invalid", "checked_on": "2026-11-10"}
PRICES = {
    "gpt": Price.model_validate({"input": 2, "cached_input": 0.5, "output": 8, **DOLLARS}),
    "own": Price.model_validate({"input": 0, "output": 0, **DOLLARS}),
}


def called(**changed: Any) -> ModelCalled:
    given = {"model": "gpt", "input_tokens": 1000, "cached_tokens": 400, "output_tokens": 100}
    answer: dict[str, Any] = {"prompt": "p", "messages": [], "output": {"content": "x"}, "ms": 1}
    return ModelCalled(**{**given, **answer, **changed})


def test_what_was_computed_before_has_a_price_of_its_own() -> None:
    events: list[Event] = [MessageReceived(text="hola"), called(), called(cached_tokens=None)]
    used = usage_of(events, PRICES)
    assert used == Usage(2, 2000, 400, 200, used.cost)
    # 600 at $2, 400 at $.5 and 100 at $8 for a million; then 1000 at $2 and 100 at $8.
    assert used.cost == pytest.approx((1200 + 200 + 800 + 2000 + 800) / 1_000_000)


def test_a_model_of_ones_own_is_free_when_one_says_so() -> None:
    assert usage_of([called(model="own")], PRICES).cost == 0


@pytest.mark.parametrize("unknown", [{"model": "other"}, {"input_tokens": None}])
def test_what_is_not_known_is_not_guessed(unknown: dict[str, Any]) -> None:
    used = usage_of([called(), called(**unknown)], PRICES)
    assert used.cost is None
    assert used.output_tokens == 200


def test_a_call_that_failed_costs_nothing() -> None:
    failed = called(output=None, input_tokens=None, cached_tokens=None, output_tokens=None)
    assert usage_of([failed], PRICES) == Usage(1, 0, 0, 0, 0.0)
    assert usage_of([], PRICES) == Usage()


def test_every_shipped_price_names_its_page() -> None:
    shipped = read_prices(None)
    assert shipped["gpt-4.1"].output > shipped["gpt-4.1"].input
    assert all(price.source.startswith("https://") for price in shipped.values())


def test_ones_own_prices_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    price = "{input: 1, output: 1, source: 'https://x.invalid', checked_on: 2026-11-28}"
    own.write_text(f"gpt-4.1: {price}\nsmollm2: {price}\n")
    prices = read_prices(own)
    assert prices["gpt-4.1"].input == prices["smollm2"].input == 1
    assert prices["gpt-4o"] == read_prices(None)["gpt-4o"]


@pytest.mark.parametrize("text", ["gpt: 3", "gpt: {input: -1}", "- a", "gpt: {input: 'x"])
def test_a_broken_table_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text)
    with pytest.raises(SettingsError, match=r"prices\.yaml' is no table of prices"):
        read_prices(own)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_prices(tmp_path / "missing.yaml")
