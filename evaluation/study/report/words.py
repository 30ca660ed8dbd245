"""The report's words and numbers, in Spanish or English: texts.yaml has a phrase in both a key."""

from functools import lru_cache
from pathlib import Path

import yaml

from evaluation.statistics import Estimate
from evaluation.study.manifest import Language
from evaluation.study.measure.figures import Unit
from evaluation.study.measure.scores import Score, Unscored

_FILE = Path(__file__).parent / "texts.yaml"


class Words:
    """Phrases by dotted key, with {placeholders}, and numbers as the language writes them."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._phrases = _phrases()

    def __call__(self, key: str, /, **values: object) -> str:
        """The phrase, filled in. Raises KeyError when the catalogue lacks the key or a value."""
        return self._phrases[key][self.language].format(**values)

    def number(self, value: float, digits: int) -> str:
        """With so many decimals."""
        text = f"{value:,.{digits}f}".replace("-", "−")
        if self.language == "es":
            return text.replace(",", "\u202f").replace(".", ",")
        return text

    def amount(self, value: float, unit: Unit) -> str:
        """A figure without its interval; a share in per cent."""
        match unit:
            case "share":
                return f"{self.number(100 * value, 0)}\u202f%"
            case "ms":
                return self._time(value)
            case "usd":
                told = self.number(value, 2 if value >= 1 else 4)
                return f"{told}\u202f$" if self.language == "es" else f"${told}"
            case "number":
                return self.number(value, 0 if abs(value) >= 100 else 2)

    def interval(self, estimate: Estimate, unit: Unit) -> str:
        """From its low to its high end."""
        low, high = (self.amount(value, unit) for value in (estimate.low, estimate.high))
        for mark in ("%", "$", "ms", "s"):
            if low.endswith(end := f"\u202f{mark}") and high.endswith(end):
                low = low.removesuffix(end)
        return f"{low}–{high}"

    def difference(self, value: float, unit: Unit) -> str:
        """With its sign; of shares in percentage points."""
        points = f"\u202f{self('points')}" if unit == "share" else ""
        return f"{self._signed(value, unit)}{points}"

    def difference_interval(self, estimate: Estimate, unit: Unit) -> str:
        """From its low to its high end; of shares in percentage points, without the word."""
        return (
            f"{self._signed(estimate.low, unit)} {self('to')} {self._signed(estimate.high, unit)}"
        )

    def _signed(self, value: float, unit: Unit) -> str:
        digits = 1 if unit == "share" else 2
        scaled = 100 * value if unit == "share" else value
        return f"{'+' if round(scaled, digits) > 0 else ''}{self.number(scaled, digits)}"

    def persona(self, name: str) -> str:
        """How a mother of a case is; as the case says it where it is none of ours."""
        phrase = self._phrases.get(f"persona.{name}")
        return phrase[self.language] if phrase else name

    def mark(self, value: float) -> str:
        """At a picture's axis."""
        text = f"{value:g}".replace("-", "−")
        return text.replace(".", ",") if self.language == "es" else text

    def p(self, value: float) -> str:
        """A probability of a test."""
        return f"<\u202f{self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3)

    def score(self, found: Score, unit: Unit) -> str:
        """A figure, or that there is none."""
        if isinstance(found, Unscored):
            return self("unscored")
        return self.amount(found.estimate.value, unit)

    def _time(self, ms: float) -> str:
        if ms < 1000:
            return f"{self.number(ms, 0)}\u202fms"
        return f"{self.number(ms / 1000, 1)}\u202fs"


@lru_cache
def _phrases() -> dict[str, dict[str, str]]:
    return dict(_flatten(yaml.safe_load(_FILE.read_text("utf-8")), ""))


def _flatten(section: dict[str, object], prefix: str) -> "list[tuple[str, dict[str, str]]]":
    """A section whose keys are the languages is a phrase."""
    if section.keys() == {"es", "en"}:
        return [(prefix, {name: str(text).strip() for name, text in section.items()})]
    found: list[tuple[str, dict[str, str]]] = []
    for key, value in section.items():
        assert isinstance(value, dict), f"texts.yaml: {prefix}.{key} lacks its languages"
        found += _flatten(value, f"{prefix}.{key}" if prefix else key)
    return found
