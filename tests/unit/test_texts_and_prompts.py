"""One catalogue of words, and prompts that are checked and hashed when loaded."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any, get_args

import pytest

from agent.graph import BUTTONS
from agent.prompts import load_prompt
from agent.settings import PROJECT
from agent.texts import FOLDER, languages, load_texts
from records.events import Reason
from tools.errors import SettingsError
from tools.formats.yaml_folder import parse_yaml

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


def phrases(language: str) -> dict[str, str]:
    """All phrases of a catalogue, by key."""

    def flat(section: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in section.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", value

    return dict(flat(parse_yaml((FOLDER / f"{language}.yaml").read_text("utf-8")), ""))


def placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


@pytest.mark.parametrize("language", [it for it in languages() if it != "es"])
def test_all_catalogues_say_the_same_things(language: str) -> None:
    spanish, other = phrases("es"), phrases(language)
    assert spanish.keys() == other.keys()
    differ = {key for key in spanish if placeholders(spanish[key]) != placeholders(other[key])}
    assert not differ
    empty = {key for key in spanish if bool(spanish[key]) != bool(other[key])}
    assert not empty


@pytest.mark.parametrize("language", languages())
def test_no_two_buttons_of_a_catalogue_say_the_same(language: str) -> None:
    labels = [load_texts(language)(f"agent.{name}").lower() for name in BUTTONS]
    assert len(set(labels)) == len(labels)
