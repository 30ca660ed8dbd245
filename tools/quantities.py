"""Values in her words: ages, temperatures, counts, weights, yes and no — each with its place.

Spanish, with the usual WhatsApp spellings. A value is returned in the variable's own unit.
"""

import re
from dataclasses import dataclass

from tools.conditions import Value
from tools.tree import Variable
from tools.words import fold

_NUMBER_WORDS = {
    name: float(value)
    for value, names in {
        1: "un una uno",
        2: "dos",
        3: "tres",
        4: "cuatro",
        5: "cinco",
        6: "seis",
        7: "siete",
        8: "ocho",
        9: "nueve",
        10: "diez",
        11: "once",
        12: "doce",
        13: "trece",
        14: "catorce",
        15: "quince",
        16: "dieciseis",
        17: "diecisiete",
        18: "dieciocho",
        19: "diecinueve",
        20: "veinte",
        21: "veintiuno veintiun",
        22: "veintidos",
        23: "veintitres",
        24: "veinticuatro",
        30: "treinta",
        36: "treintayseis",
        37: "treintaysiete",
        38: "treintayocho",
        39: "treintaynueve",
        40: "cuarenta",
        41: "cuarentayuno",
    }.items()
    for name in names.split()
}
_DAYS = {"dia": 1.0, "semana": 7.0, "mes": 30.4375, "ano": 365.25, "hora": 1 / 24}
"""Days in a unit; a month and a year are the Gregorian mean."""
_NUMBER = r"(?:\d+(?:[.,]\d+)?|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
_UNIT = r"(?:dias?|semanas?|sem|meses|mes|anitos?|anos?|horas?)"
_DURATION = re.compile(
    rf"\b(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})\b(?P<half>\s+y\s+medi[oa]\b)?"
    rf"(?:\s*(?:y|con|,)?\s*(?P<number2>{_NUMBER})\s*(?P<unit2>dias?|semanas?|sem|meses|mes)\b)?"
    rf"|\b(?P<bare>semana|mes|ano)\s+y\s+medi[oa]\b"
    rf"|\bmedio\s+(?P<half_of>ano|mes)\b"
    rf"|\b(?P<newborn>hoy mismo|acaba de nacer|nacio hoy|ha nacido hoy|nacio ayer)\b"
)
_TENS = re.compile(r"\btreinta\s+y\s+(seis|siete|ocho|nueve)\b|\bcuarenta\s+y\s+(uno)\b")
_PLAIN = re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER})(?![\d]|[.,]\d)(?P<half>\s+y\s+medi[oa])?\b")
_WEIGHT = re.compile(
    rf"(?<![\d.,])(?P<number>{_NUMBER})\s*(?P<unit>kilos?|kgs?|k|gramos?|grs?|g)\b(?P<half>\s+y\s+medio)?"
)
_UNKNOWN = re.compile(
    r"\b(?:no (?:lo |la )?se(?: (?:exact|bien|segur)\w*)?$"
    r"|no (?:lo |la )?se\b(?! (?:me|le|la|lo|duerm|coge|engancha|agarra))"
    r"|ni idea|no (?:me )?acuerdo|no recuerdo|no tengo (?:ni idea|termometro)|ns\b|nose\b)"
)
_YES = re.compile(r"^\W*(?:si+|sip|claro|efectivamente|correcto|exacto|asi es|por supuesto|ya)\b")
_NO = re.compile(r"^\W*(?:no+|nop|que va|para nada|nunca|todavia no|aun no|tampoco)\b")


@dataclass(frozen=True)
class Found:
    """A value and the place in her message that says it."""

    value: Value | None
    """In the variable's unit; None when she says that she does not know."""
    start: int
    end: int


def read_value(text: str, variable: Variable) -> Found | None:
    """The value that answers a question about `variable`, or None when the text says none.

    The range is not checked: an absurd value must be answered, not overlooked.
    """
    folded = _readable(fold(text))
    if _UNKNOWN.search(folded):
        found = _UNKNOWN.search(folded)
        assert found is not None
        return Found(None, found.start(), found.end())
    if variable.type == "boolean":
        return _yes_or_no(folded)
    match variable.unit:
        case "days":
            return _duration(folded)
        case "°C":
            return _temperature(folded)
        case "g" | "kg":
            return _weight(folded, variable.unit) or _plain(folded)
        case _:
            return _plain(folded)


def durations(text: str) -> list[Found]:
    """Every duration in the text, in days."""
    folded = _readable(fold(text))
    return [_in_days(match) for match in _DURATION.finditer(folded)]


def temperatures(text: str) -> list[Found]:
    """Every body temperature in the text, in °C."""
    folded = _readable(fold(text))
    found = (_as_temperature(match, folded) for match in _PLAIN.finditer(folded))
    return [item for item in found if item]


def counts(text: str) -> list[Found]:
    """Every plain number in the text."""
    folded = _readable(fold(text))
    return [_number_at(match) for match in _PLAIN.finditer(folded)]


def _readable(folded: str) -> str:
    """ "treinta y ocho" as one word of the same length, so that offsets stay true."""

    def join(match: re.Match[str]) -> str:
        word = re.sub(r"\s+", "", match[0])
        return word + " " * (len(match[0]) - len(word))

    return _TENS.sub(join, re.sub("[º°]", " ", folded))


def _duration(folded: str) -> Found | None:
    match = _DURATION.search(folded)
    return _in_days(match) if match else None


def _in_days(match: re.Match[str]) -> Found:
    if match["bare"]:
        days = 1.5 * _DAYS[match["bare"]]
    elif match["half_of"]:
        days = 0.5 * _DAYS[match["half_of"]]
    elif match["newborn"]:
        days = 1.0 if "ayer" in match["newborn"] else 0.0
    else:
        unit = _days_in(match["unit"])
        days = (_as_number(match["number"]) + (0.5 if match["half"] else 0)) * unit
        if match["number2"]:
            days += _as_number(match["number2"]) * _days_in(match["unit2"])
    return Found(float(round(days)), match.start(), match.end())


def _days_in(unit: str) -> float:
    singular = {"sem": "semana", "meses": "mes", "anito": "ano", "anitos": "ano"}.get(
        unit, unit.removesuffix("s") if unit not in _DAYS else unit
    )
    return _DAYS[singular]


def _temperature(folded: str) -> Found | None:
    for match in _PLAIN.finditer(folded):
        found = _as_temperature(match, folded)
        if found:
            return found
    return _plain(folded)


def _as_temperature(match: re.Match[str], folded: str) -> Found | None:
    found = _number_at(match)
    assert isinstance(found.value, float)
    value = found.value
    # "38 5" and "38 con 5" are 38.5.
    tenths = re.match(
        r"\s*(?:con|coma|punto|y)?\s+(\d)(?![\d.,]|\s*(?:dias?|semanas?|mes))",
        folded[match.end() :],
    )
    if tenths and value == int(value) and 34 <= value <= 42:
        value, end = value + int(tenths[1]) / 10, match.end() + tenths.end()
    else:
        end = found.end
    if 93 <= value <= 110:
        value = round((value - 32) * 5 / 9, 1)
    return Found(value, found.start, end) if 33 <= value <= 43 else None


def _weight(folded: str, unit: str) -> Found | None:
    match = _WEIGHT.search(folded)
    if not match:
        return None
    number = _as_number(match["number"]) + (0.5 if match["half"] else 0)
    grams = number * (1000 if match["unit"].startswith("k") else 1)
    return Found(grams if unit == "g" else grams / 1000, match.start(), match.end())


def _plain(folded: str) -> Found | None:
    match = _PLAIN.search(folded)
    return _number_at(match) if match else None


def _number_at(match: re.Match[str]) -> Found:
    value = _as_number(match["number"]) + (0.5 if match["half"] else 0)
    return Found(value, match.start(), match.end())


def _as_number(text: str) -> float:
    return _NUMBER_WORDS[text] if text in _NUMBER_WORDS else float(text.replace(",", "."))


def _yes_or_no(folded: str) -> Found | None:
    for pattern, value in ((_NO, False), (_YES, True)):
        match = pattern.search(folded)
        if match:
            return Found(value, match.start(), match.end())
    return None


def shown(value: Value | None, variable: Variable) -> str:
    """A value as the screen shows it: "3 semanas", "38,5 °C"."""
    if value is None:
        return "no lo sabe"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if variable.unit == "days":
        return _shown_days(value)
    number = f"{value:g}".replace(".", ",")
    unit = {"times": "", None: "", "hours": "horas"}.get(variable.unit, variable.unit)
    return f"{number} {unit}".strip()


def _shown_days(days: float) -> str:
    for unit, one, many, until in (
        (1.0, "día", "días", 14),
        (7.0, "semana", "semanas", 84),
        (30.4375, "mes", "meses", 730),
        (365.25, "año", "años", float("inf")),
    ):
        if days < until:
            count = int(days / unit + 0.05)
            return f"{count} {one if count == 1 else many}"
    raise AssertionError(days)
