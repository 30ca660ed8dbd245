"""One catalogue of words, and prompts that are checked and hashed when loaded."""

import re
from typing import get_args

import pytest

from agent.prompts import load_prompt
from agent.settings import PROJECT
from agent.texts import load_texts
from records.events import Reason
from tools.errors import SettingsError

SPANISH = load_texts("es")


def test_every_key_that_the_code_names_is_in_the_catalogue() -> None:
    named = set()
    for room in ("agent", "ui"):
        for path in (PROJECT / room).rglob("*.py"):
            code = path.read_text("utf-8")
            named |= set(re.findall(r'texts\(\s*"((?:agent|chat|experts)\.[a-z_.]+)"', code))
    assert len(named) > 20
    assert named <= SPANISH.keys()


def test_experts_have_words_for_every_reason() -> None:
    assert {f"experts.reason.{reason}" for reason in get_args(Reason)} <= SPANISH.keys()


def test_no_button_was_misread_as_a_truth_value() -> None:
    assert SPANISH("agent.yes") == "Sí"
    assert SPANISH("agent.no") == "No"


def test_a_missing_language_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no texts for language 'xx'; there are: .*es"):
        load_texts("xx")


def test_prompts_declare_what_they_use_and_refuse_anything_else() -> None:
    prompt = load_prompt("navigator")
    assert "es" in prompt.render(language="es")
    assert re.fullmatch(r"navigator@\d+#[0-9a-f]{12}", prompt.key)
    with pytest.raises(SettingsError, match=r"missing \['language'\], unknown \['tongue'\]"):
        prompt.render(tongue="es")
    with pytest.raises(SettingsError, match="no prompt 'nothing'"):
        load_prompt("nothing")
