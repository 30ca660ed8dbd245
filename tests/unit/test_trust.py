"""How far a model is trusted: what was measured, cautiously, and nothing where nothing was."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.models.trust import Measured, Trust, read_trust, trust_key, write_trust
from tools.errors import SettingsError

KEY = trust_key("lactancia@1", "use", "openai:small", "scorer@1#a")


def test_without_a_measurement_nothing_counts(tmp_path: Path) -> None:
    assert read_trust(tmp_path / "none.json", KEY) == Trust()
    assert Measured(0, 0).log_odds == 0.0


@pytest.mark.parametrize(
    ("right", "made", "lower"),
    [(0, 10, 0.0), (1, 1, 0.2065), (8, 10, 0.4902), (90, 100, 0.8256), (100, 100, 0.9630)],
)
def test_what_counts_is_the_lower_end(right: int, made: int, lower: float) -> None:
    """The lower ends are those of Wilson's interval, as tables give them."""
    expected = max(0.0, math.log(lower / (1 - lower))) if lower else 0.0
    assert Measured(right, made).log_odds == pytest.approx(expected, abs=0.001)


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_right_choices_never_count_less(right: int, wrong: int) -> None:
    measured = Measured(right, right + wrong).log_odds
    assert 0 <= measured < 10
    assert Measured(right + 1, right + wrong + 1).log_odds >= measured


def test_facts_are_noted_only_where_nearly_all_were_right() -> None:
    assert not Trust().notes_facts
    assert not Trust(options=Measured(500, 500)).notes_facts
    assert not Trust(facts=Measured(10, 10)).notes_facts
    assert not Trust(facts=Measured(90, 100)).notes_facts
    assert Trust(facts=Measured(98, 100)).notes_facts


def test_measurements_stand_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "new" / "trust.json"
    first, second = Trust(options=Measured(8, 10)), Trust(places=Measured(1, 2))
    write_trust(path, KEY, first)
    write_trust(path, "another", second)
    assert read_trust(path, KEY) == first
    assert read_trust(path, "another") == second
    assert read_trust(path, "a third") == Trust()
    write_trust(path, KEY, second)
    assert read_trust(path, KEY) == second
    assert [file.name for file in path.parent.iterdir()] == ["trust.json"]


@pytest.mark.parametrize("part", ["lactancia@2", "e5", "openai:large", "scorer@2#b"])
def test_another_tree_encoder_model_or_prompt_is_not_measured(tmp_path: Path, part: str) -> None:
    write_trust(tmp_path / "trust.json", KEY, Trust(options=Measured(8, 10)))
    same = ["lactancia@1", "use", "openai:small", "scorer@1#a"]
    for place in range(4):
        other = trust_key(*[part if at == place else text for at, text in enumerate(same)])
        assert read_trust(tmp_path / "trust.json", other) == Trust()


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[]",
        json.dumps({KEY: []}),
        json.dumps({KEY: {"options": {"right": 11, "made": 10}}}),
        json.dumps({KEY: {"options": {"right": "8", "made": 10}}}),
        json.dumps({KEY: {"options": {"right": 8}}}),
        json.dumps({KEY: {"shoes": {"right": 8, "made": 10}}}),
    ],
)
def test_a_broken_file_is_named_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trust.json"
    path.write_text(content, "utf-8")
    with pytest.raises(SettingsError, match=r"trust\.json' is no record of measured models"):
        read_trust(path, KEY)
    with pytest.raises(SettingsError, match="no record"):
        write_trust(path, KEY, Trust())
    assert path.read_text("utf-8") == content
