"""The one catalogue of words that people see, by language: `ui/texts/<language>.yaml`."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tools.errors import SettingsError
from tools.formats.yaml_folder import parse_yaml

FOLDER = Path(__file__).parents[1] / "ui" / "texts"


class Texts:
    """Phrases by dotted key, with {placeholders}."""

    def __init__(self, language: str, phrases: Mapping[str, str]) -> None:
        self.language = language
        self._phrases = dict(phrases)

    def __call__(self, key: str, /, **values: object) -> str:
        """The phrase, filled in. Raises KeyError when the catalogue lacks the key or a value."""
        return self._phrases[key].format(**values)

    def replacing(self, phrases: Mapping[str, str]) -> "Texts":
        """The same catalogue with other phrases under some of its keys."""
        return Texts(self.language, {**self._phrases, **phrases})

    def keys(self) -> frozenset[str]:
        """Every key of the catalogue."""
        return frozenset(self._phrases)


def languages() -> tuple[str, ...]:
    """The languages that there is a catalogue of, in alphabetical order."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@lru_cache
def load_texts(language: str) -> Texts:
    """The catalogue of a language. Raises SettingsError naming the languages there are."""
    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        there = ", ".join(languages())
        raise SettingsError(f"no texts for language {language!r}; there are: {there}")
    return Texts(language, dict(_flatten(parse_yaml(path.read_text("utf-8")), "")))


def _flatten(section: dict[str, object], prefix: str) -> "list[tuple[str, str]]":
    phrases: list[tuple[str, str]] = []
    for key, value in section.items():
        if isinstance(value, dict):
            phrases += _flatten(value, f"{prefix}{key}.")
        else:
            phrases.append((f"{prefix}{key}", str(value)))
    return phrases
