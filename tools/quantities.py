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
        0: "cero",
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
        25: "veinticinco",
        26: "veintiseis",
        27: "veintisiete",
        28: "veintiocho",
        29: "veintinueve",
    }.items()
    for name in names.split()
}
_UNITS = [name for name, value in _NUMBER_WORDS.items() if 1 <= value <= 9]
_NUMBER_WORDS |= {
    f"{ten}y{unit}" if unit else ten: float(10 * tens) + (_NUMBER_WORDS[unit] if unit else 0)
    for tens, ten in enumerate(
        ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"], start=3
    )
    for unit in ("", *_UNITS)
}
_DAYS = {"dia": 1.0, "semana": 7.0, "mes": 30.4375, "ano": 365.25, "hora": 1 / 24}
"""Days in a unit; a month and a year are the Gregorian mean."""
_TENS = re.compile(rf"\b(?:treinta|[a-z]+enta)\s+y\s+(?:{'|'.join(_UNITS)})\b")
# "treinta y ocho" is read as "treinta_y_ocho".
_WORDS = "|".join(
    name.replace("tay", "ta_*y_*") for name in sorted(_NUMBER_WORDS, key=len, reverse=True)
)
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{_WORDS})"
_UNIT = r"(?:dias?|semanas?|sem|meses|mes|anitos?|anos?|horas?)"
_DURATION = re.compile(
    rf"\b(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})\b(?P<half>\s+y\s+medi[oa]\b)?"
    rf"(?:\s*(?:y|con|,)?\s*(?P<number2>{_NUMBER})\s*(?P<unit2>dias?|semanas?|sem|meses|mes)\b)?"
    rf"|\b(?P<bare>semana|mes|ano)\s+y\s+(?:medi[oa]\b"
    rf"|(?P<number3>{_NUMBER})\s*(?P<unit3>dias?|semanas?|sem|meses|mes)\b)"
    rf"|\bmedio\s+(?P<half_of>ano|mes)\b"
    rf"|\b(?P<newborn>hoy mismo|acaba de nacer|nacio hoy|ha nacido hoy|nacio ayer)\b"
)
_PLAIN = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?P<number>\d+(?:[.,]\d+)?(?!\d|[.,]\d)|\b(?:{_WORDS})\b)"
    r"(?P<half>\s+y\s+medi[oa]\b)?"
)
_NONE = re.compile(r"\bningun[oa]?\b")
_EVERY = re.compile(rf"\bcada\s+(?P<number>{_NUMBER})?\s*(?:horas?|hs?|hrs?)\b")
_WEIGHT = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?:(?=\d)|\b)(?P<number>{_NUMBER})\s*"
    r"(?P<unit>kilos?|kgs?|k|gramos?|grs?|g)\b"
    r"(?P<half>\s+y\s+medio\b)?"
    r"(?:\s*(?:y|con)?\s*(?P<grams>\d{3})(?![\d.,])(?:\s*(?:gramos?|grs?|g)\b)?)?"
)
_THOUSANDS = re.compile(r"\d{1,2}[.]\d{3}")
_TENTHS = re.compile(
    r"\s*(?:con|coma|punto|y)?\s+(?P<digit>\d)(?![\d.,]|\s*(?:dias?|semanas?|mes))"
    rf"|\s+(?:con|coma|punto)\s+(?P<word>{'|'.join(_UNITS)})\b"
)
_OTHER_UNIT = re.compile(
    r"\s*(?:anos?|semanas?|dias?|mes(?:es)?|horas?|min\w*|kilos?|kgs?|gr\w*|ml|tomas|veces|%)\b"
)
_UNKNOWN = re.compile(
    r"\b(?:no (?:lo |la )?se(?: (?:exact|bien|segur)\w*)?$"
    r"|no (?:lo |la )?se\b(?! (?:me|le|la|lo|ha|han|duerm|coge|engancha|agarra))"
    r"|ni idea|no (?:me )?acuerdo|no (?:lo |la )?recuerdo|no sabria"
    r"|no tengo (?:ni idea|termometro)|ns\b|nose\b)"
)
_HEDGE = (
    r"^\W*(?:(?:pues|bueno|ah|eh|mm+|uy)\W+|(?:creo|diria|me parece|la verdad(?: es)?) que\s+)*"
)
_YES = re.compile(
    _HEDGE + r"(?:si+|sip|claro|efectivamente|correcto|exacto|asi es|por supuesto|ya)\b"
    r"(?!\s+(?:que\s+)?no\b)"
)
_NO = re.compile(
    _HEDGE + r"(?:no+|nop|que va|para nada|nunca|todavia no|aun no|tampoco"
    r"|(?:claro|por supuesto) que no|ya no)\b"
)


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
    found = _said(folded, variable)
    unknown = _UNKNOWN.search(folded)
    if unknown and not (found and _is_estimate(found, folded[unknown.end() :], variable)):
        return Found(None, unknown.start(), unknown.end())
    return found


def _is_estimate(found: Found, after: str, variable: Variable) -> bool:
    """Whether "I don't know" goes on with a fair value: "no sé, unas ocho"."""
    if variable.type == "boolean" or found.value is None:
        return False
    again = _said(after, variable)
    assert variable.min is not None
    assert variable.max is not None
    return (
        again is not None
        and again.value == found.value
        and after[again.start : again.end] not in ("un", "una", "uno")
        and variable.min <= found.value <= variable.max
    )


def _said(folded: str, variable: Variable) -> Found | None:
    if variable.type == "boolean":
        return _yes_or_no(folded)
    match variable.unit:
        case "days":
            return _duration(folded)
        case "°C":
            return _temperature(folded)
        case "g" | "kg":
            return _weight(folded, variable.unit) or _plain(folded)
        case "times":
            return _every(folded) or _plain(folded)
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
    """38'5 as 38,5 and "treinta y ocho" as one word, of the same length: offsets stay true."""
    folded = re.sub(r"(?<=\d)['’´`](?=\d)", ",", re.sub("[º°]", " ", folded))
    return _TENS.sub(lambda match: re.sub(r"\s", "_", match[0]), folded)


def _duration(folded: str) -> Found | None:
    match = _DURATION.search(folded)
    return _in_days(match) if match else None


def _in_days(match: re.Match[str]) -> Found:
    if match["bare"]:
        days = (1 if match["number3"] else 1.5) * _DAYS[match["bare"]]
        if match["number3"]:
            days += _as_number(match["number3"]) * _days_in(match["unit3"])
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
    if _OTHER_UNIT.match(folded, match.end()):
        return None
    value = found.value
    # "38 5", "38 con 5" and "38 con cinco" are 38.5.
    tenths = _TENTHS.match(folded, match.end())
    if tenths and value == int(value) and 34 <= value <= 42:
        value += _as_number(tenths["digit"] or tenths["word"]) / 10
        end = tenths.end()
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
    if match["unit"].startswith("k"):
        grams = number * 1000 + float(match["grams"] or 0)
    else:
        grams = number * (1000 if _THOUSANDS.fullmatch(match["number"]) else 1)
    return Found(grams if unit == "g" else grams / 1000, match.start(), match.end())


def _every(folded: str) -> Found | None:
    """ "cada 3 horas": how often in 24 hours."""
    match = _EVERY.search(folded)
    if match and (before := _PLAIN.search(folded[: match.start()])) and _as_number(before[1]) != 1:
        return None  # "6 tomas cada 24 horas"
    hours = _as_number(match["number"] or "una") if match else 0
    return Found(float(round(24 / hours)), match.start(), match.end()) if match and hours else None


def _plain(folded: str) -> Found | None:
    if match := _PLAIN.search(folded):
        return _number_at(match)
    none = _NONE.search(folded)
    return Found(0.0, none.start(), none.end()) if none else None


def _number_at(match: re.Match[str]) -> Found:
    value = _as_number(match["number"]) + (0.5 if match["half"] else 0)
    return Found(value, match.start(), match.end())


def _as_number(text: str) -> float:
    name = text.replace("_", "")
    # Absurd numbers are answered, so they must stay finite.
    return _NUMBER_WORDS[name] if name in _NUMBER_WORDS else min(float(name.replace(",", ".")), 1e9)


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
    months = days / 30.4375
    if 1 <= round(months) <= 3 and abs(days - round(months) * 30.4375) <= 1:
        # "Dos meses" is said of 61 days; "8 semanas" would be read as another age.
        return "1 mes" if round(months) == 1 else f"{round(months)} meses"
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
