"""Arms: what goes together, and what is told of what does not."""

from typing import Any

import pytest

from evaluation.study.arm import Arm, ArmError

GPT = "openai:gpt-4.1"


@pytest.mark.parametrize(
    "parts",
    [
        {"system": "ours", "navigator": "semantic", "ablation": ("no_facts", "no_examples")},
        {"system": "ours", "navigator": "tools", "model": GPT},
        {"system": "ours", "navigator": "semantic", "model": GPT, "ablation": ("model_phrasing",)},
        {"system": "menu"},
        {"system": "faq"},
        {"system": "rag", "model": GPT, "parameters": {"seed": 1}},
    ],
)
def test_what_goes_together(parts: dict[str, Any]) -> None:
    arm = Arm("a", **parts)
    assert hash(arm) == hash(Arm("a", **parts))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"system": "chat"}, "system='chat'; valid: ours, menu, faq"),
        ({"system": "ours"}, "navigator=None; valid: menu, semantic"),
        ({"system": "ours", "navigator": "tools"}, "model is missing"),
        ({"system": "rag"}, "model is missing"),
        ({"system": "faq", "model": GPT}, "model='openai:gpt-4.1'; valid: none for 'faq'"),
        ({"system": "rag", "model": "gpt-4.1"}, "valid: provider:name with one of openai"),
        ({"system": "faq", "navigator": "menu"}, "only 'ours' has them"),
        ({"system": "menu", "ablation": ("no_facts",)}, "only 'ours' has them"),
        (
            {"system": "ours", "navigator": "menu", "ablation": ("none",)},
            "ablation='none'; valid: no_examples",
        ),
        (
            {"system": "ours", "navigator": "semantic", "ablation": ("model_phrasing",)},
            "model is missing",
        ),
    ],
)
def test_what_does_not_is_told(parts: dict[str, Any], told: str) -> None:
    with pytest.raises(ArmError, match=told):
        Arm("a", **parts)


@pytest.mark.parametrize("name", ["", "a|b"])
def test_a_name_can_stand_in_an_attempts_id(name: str) -> None:
    with pytest.raises(ArmError, match="name; valid"):
        Arm(name, "faq")
