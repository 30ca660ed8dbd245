"""Figures that cannot be: units misspelt, temperatures nobody has, more hours than a day has."""

import re
from collections.abc import Iterator

from tools.lint.conditions import impossible_numbers
from tools.lint.finding import Issue, Shown, Subject, rule

_NUMBER = r"(?<![\w.,])(?P<number>[-−]?\d{1,3}(?:\.\d{3})+(?!\d)|[-−]?\d+(?:,\d+)?)"
_UNITS: dict[str, tuple[str, float, float]] = {
    "°C": (r"°c|grados", -40, 130),
    "kg": (r"kg|kilos?", 0.2, 150),
    "g": (r"g|gramos?", 0.1, 10_000),
    "ml": (r"ml|mililitros?", 0.1, 5_000),
    "%": (r"%|por ciento", 0, 100),
}
"""Wording, and the lowest and highest value that a text about mothers and babies may need: a
freezer and boiling water; a 24-week baby and a mother; a drop of milk and a day's milk."""
_MEASURED = re.compile(
    _NUMBER
    + r"\s*(?:"
    + "|".join(rf"(?P<u{i}>{wording})" for i, (wording, *_) in enumerate(_UNITS.values()))
    + r")(?![^\W_])"
)
_FEVER = re.compile(r"\b(?:fiebre|febril|calentura|hipotermia|termometro)\b")
_BODY = (30.0, 45.0)
"""°C that a living body has."""
_PREGNANCY = re.compile(r"\bsemana (\d+) (?:de|del) (?:embarazo|gestacion)")
_LONGEST_PREGNANCY = 45
_PER_DAY = re.compile(_NUMBER + r" horas (?:al|por|cada) dia\b")
_MISSPELT: tuple[tuple[str, str], ...] = (
    (r"º\s?[Cc]\b|°c\b|° C\b|(?<=\d)\s?C\b", "°C"),
    (r"(?:[Gg]rs?|[Gg]rms?)\b\.?", "g"),
    (r"(?:K[Gg]s?|k[Gg]s|kG)\b", "kg"),
    (r"(?:cc|ML|Ml|mls|mL)\b", "ml"),
    (r"(?:hrs?|hs)\b", "horas"),
    (r"(?:mins|mn)\b", "minutos"),
)
_SPELLINGS = [
    (re.compile(rf"\d+(?:[.,]\d+)*\s?(?P<unit>{wrong})"), right) for wrong, right in _MISSPELT
]
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n")


@rule("unit-or-range", "error")
def unit_or_range(subject: Subject) -> Iterator[Issue]:
    """Comparisons outside a variable's range, and impossible figures in texts."""
    yield from impossible_numbers(subject)
    for shown in subject.shown:
        if _DIGIT.search(shown.text):
            yield from _impossible(shown)


def _impossible(shown: Shown) -> Iterator[Issue]:
    def issue(key: str, quote: str, **values: str) -> Issue:
        return Issue(shown.at, shown.about, key, {"quote": quote, "field": shown.field} | values)

    for pattern, right in _SPELLINGS:
        for found in pattern.finditer(shown.text):
            yield issue("what_spelling", found[0], spelling=right)
    for sentence in _SENTENCE.split(shown.folded):
        has_fever = _FEVER.search(sentence)
        for found in _MEASURED.finditer(sentence):
            unit = next(n for i, n in enumerate(_UNITS) if found[f"u{i}"] is not None)
            _, low, high = _UNITS[unit]
            if unit == "°C" and has_fever:
                low, high = _BODY
            if not low <= _value(found["number"]) <= high:
                yield issue("what_figure", found[0], low=f"{low:g}", high=f"{high:g}", unit=unit)
        for found in _PREGNANCY.finditer(sentence):
            if int(found[1]) > _LONGEST_PREGNANCY:
                yield issue("what_pregnancy", found[0])
        for found in _PER_DAY.finditer(sentence):
            if _value(found["number"]) > 24:
                yield issue("what_day", found[0])


def _value(number: str) -> float:
    return float(number.replace("−", "-").replace(".", "").replace(",", "."))
