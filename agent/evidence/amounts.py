"""Amounts in a text as intervals: "menos de 6 semanas", "38 °C o más", "mes y medio", "unas 7".

A label and a reply are read in the same way. Time is in hours and mass in grams; unlike
`tools.quantities`, which reads the one value that an input asks for, nothing is rounded.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from agent.evidence.numerals import DAY, MONTH, NUMBERS, UNITS, WEEK, YEAR, Dimension
from tools.words import fold

_WORD = "|".join(sorted(NUMBERS, key=len, reverse=True))
_DIGITS = r"\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:[.,'’´]\d+)?"
_NUMBER = rf"(?:{_DIGITS}|(?:{_WORD})\b(?:\s+(?:y\s+|i\s+|e\s+)?(?:{_WORD})\b)*)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_HALF = r"\s+(?:y|e|i|and)\s+(?:a\s+)?(?P<{0}>medi[oa]|meia|mitja|mig|half|pico|algo|poco)\b"
_AMOUNT = re.compile(
    # "una docena", "un par de semanas"
    r"\b(?P<dozen>media docena|una docena|docena|un par|par|a couple|a dozen)\b(?:\s+(?:de|of))?"
    rf"(?:\s+(?P<each>{_UNIT})\b)?"
    # "media hora"
    r"|\b(?P<part>medi[oa]|tres cuartos de|un cuarto de|cuarto de|half an?|mitja|meia|meio)"
    rf"\s+(?P<of>{_UNIT})\b"
    # "3 kilos y medio"
    rf"|(?<![\w.,/:+])(?P<number>{_NUMBER})(?:{_HALF.format('half')})?"
    rf"(?:\s*(?:º|°)?\s*(?P<unit>(?:{_UNIT})(?!\w)|f\b|fahrenheit)(?:{_HALF.format('tail')})?)?"
    # "mes y medio"
    rf"|\b(?P<bare>{_UNIT}){_HALF.format('over')}"
    r"|\ba\s+(?P<english>week|month|year|day)\b"
)
_PARTS = {"tres cuartos de": 0.75, "cuarto de": 0.25, "un cuarto de": 0.25}
_DOZENS = {"media docena": 6.0, "una docena": 12.0, "docena": 12.0, "a dozen": 12.0}
_SKIPPED = r"(?:\s+(?:los|las|el|la|l|unos|unas|the|unos|os|as|que|d[eo]|como|ya)\b)*\s*$"
_BELOW = re.compile(
    rf"\b(?:menos del?|antes del?|no llegan? a|(?:aun |todavia )no tienen?|por debajo de"
    rf"|inferior a|menor(?:es)? de|no ha cumplido|under|less than|below|before"
    rf"|menys de|abans de|menos do|ni){_SKIPPED}"
)
_UP_TO = re.compile(rf"\b(?:hasta|como mucho|maximo|up to|at most|fins a|ate){_SKIPPED}")
_ABOVE = re.compile(
    rf"\b(?:mas del?|mayor(?:es)? de|despues de|pasad[oa]s?|pasa de|por encima de|superior a"
    rf"|over|more than"
    rf"|above|after|mes de|mais de|mais do|despres de){_SKIPPED}"
)
_FROM = re.compile(
    rf"\b(?:a partir de|desde|al menos|por lo menos|minimo|como minimo|at least|from"
    rf"|minim){_SKIPPED}"
)
_ALMOST = re.compile(
    rf"\b(?:casi|a punto de(?: cumplir| hacer)?|por cumplir|va para|(?:va a|para) hacer|almost"
    rf"|nearly"
    rf"|quasi|quase|case|cerca de|rozando|manana cumple|cumple manana){_SKIPPED}"
)
_JUST_OVER = re.compile(rf"\b(?:poco mas de|algo mas de|recien cumplidos|just over){_SKIPPED}")
_OR_MORE = re.compile(
    r"^\s*(?:\+|o mas|o mayor|ou mais|o mes|or more|y pico|para arriba|y mas|como minimo|por lo"
    r" menos)"
)
_OR_LESS = re.compile(
    r"^\s*(?:o menos|ou menos|o menys|or less|or fewer|como mucho|maximo|como maximo)\b"
)
_TO_COME = re.compile(
    r"^\s*(?:manana|pasado manana|la semana que viene|el (?:lunes|martes|miercoles|jueves"
    r"|viernes|sabado|domingo)|tomorrow)\b"
)
_CLOCK = re.compile(
    r"\b(?:a las|(?<!entre )(?:las|los|el)|a la|a les|les|as|at|dia|(?<!mas )(?<!menos )(?<!pasa"
    r" )del"
    r"|(?<!llega )al|percentil|p|talla)\s*$"
)
_JOIN = re.compile(
    r"^\s*(?:a|o|u|y|e|i|or|to|and|ou|[-–/]|a las|hasta(?: los| las)?)\s*(?:los |las |el |l |the"
    r" )?$"
)
_NAMED = tuple(
    (re.compile(pattern), low, high)
    for pattern, low, high in (
        (
            r"\b(?:recien nacid[oa]s?|acab(?:a|o) de nacer|newborn|nounat|nadons?|recem"
            r" nascid[oa]|acaba de nacer)\b",
            0.0,
            28 * DAY,
        ),
        (r"\bprimeras 24 horas\b", 0.0, DAY),
        (r"\b(?:primer mes|first month|primeiro mes)\b", 0.0, MONTH),
        (r"\b(?:primera semana|first week|primeira semana)\b", 0.0, WEEK),
        (
            r"\b(?:primeros dias|first days|primeiros dias|primers dies|pocos dias|unos dias)\b",
            0.0,
            10 * DAY,
        ),
        (r"\b(?:primeras semanas|first weeks)\b", 0.0, 6 * WEEK),
        (r"\bprimer ano\b", 0.0, YEAR),
        (r"\b(?:una|la) quincena\b", 14 * DAY, 16 * DAY),
    )
)


_ARTICLE = re.compile(r"\bun[oa]?s?(?=\s+\d)")
"""No number of its own: "un 8", "unas 7"."""
_IDIOMS = re.compile(
    r"\bdos por tres\b|\bde (?:uno en uno|una en una|dos en dos|una vez)\b|\b24/7\b|\buna vez que\b"
)
_TENTHS = re.compile(
    rf"(?<![\w.,])(3[5-9]|4[0-2])(?:\s+(?:con|coma|punto|y)\s+|\s+)([1-9])(?![\w.,]"
    rf"|\s*(?:{_UNIT}|veces|tomas|panales)\b)"
)


@dataclass(frozen=True)
class Amount:
    """Between `low` and `high`; a single value is both."""

    dimension: Dimension
    low: float
    high: float
    low_in: bool = True
    high_in: bool = True
    bare: bool = False
    """It stands without a unit: a count, or what the question asks for."""
    noun: str = ""
    """The word after a bare number: "pañales"."""
    of_age: bool = False
    """Said of how old someone is."""
    start: int = 0
    end: int = 0

    @property
    def is_point(self) -> bool:
        """Whether it is one value."""
        return self.low == self.high

    def inside(self, other: "Amount") -> bool:
        """Whether all of it lies in `other`."""
        above = self.low > other.low or (
            self.low == other.low and (other.low_in or not self.low_in)
        )
        below = self.high < other.high or (
            self.high == other.high and (other.high_in or not self.high_in)
        )
        return above and below

    def apart(self, other: "Amount") -> bool:
        """Whether none of it lies in `other`."""
        touching_in = (self.low == other.high and self.low_in and other.high_in) or (
            self.high == other.low and self.high_in and other.low_in
        )
        return (self.low >= other.high or self.high <= other.low) and not touching_in


@lru_cache(maxsize=8192)
def amounts(text: str) -> tuple[Amount, ...]:
    """Every amount in the text, in order; kept, for the same labels are read with each reply."""
    folded = re.sub(r"(?<=\d)['’´`](?=\d)", ",", fold(text))
    folded = re.sub(rf"\bsiento(?=\s+(?:{_WORD})\b)", "ciento", folded)
    folded = _ARTICLE.sub(lambda match: " " * len(match[0]), folded)
    folded = _IDIOMS.sub(lambda match: " " * len(match[0]), folded)
    # "37 con 8" is 37,8: the blank keeps the places true.
    folded = _TENTHS.sub(lambda m: f"{m[1]},{m[2]}" + " " * (len(m[0]) - 4), folded)
    singles = [single for match in _AMOUNT.finditer(folded) if (single := _single(match, folded))]
    found = [_qualified(item, folded) for item in _joined(singles, folded)]
    named = [
        Amount("time", low, high, high_in=False, start=m.start(), end=m.end())
        for pattern, low, high in _NAMED
        if (m := pattern.search(folded))
    ]
    taken = [(item.start, item.end) for item in named]
    free = [a for a in found if not any(s <= a.start < e for s, e in taken)]
    return tuple(sorted([*free, *named], key=lambda amount: amount.start))


def _single(match: re.Match[str], folded: str) -> Amount | None:
    start, end = match.span()
    if match["number"]:
        return _numbered(match, folded)
    if match["bare"]:
        dimension, factor = UNITS[match["bare"]]
        over = 0.5 if match["over"][:2] in ("me", "mi", "ha") else None
        return _over(dimension, 1.0, factor, over, start, end)
    if match["of"]:
        dimension, factor = UNITS[match["of"]]
        value = _PARTS.get(match["part"], 0.5) * factor
        return Amount(dimension, value, value, start=start, end=end)
    if match["english"]:
        dimension, factor = UNITS[match["english"]]
        return Amount(dimension, factor, factor, start=start, end=end)
    value = _DOZENS.get(match["dozen"], 2.0)
    if match["each"]:
        dimension, factor = UNITS[match["each"]]
        return Amount(dimension, value * factor, value * factor, start=start, end=end)
    return Amount("count", value, value, bare=True, noun=_noun(folded, end), start=start, end=end)


_PREGNANT = re.compile(
    r"\b(?:naci\w*|embarazad\w*|embarazo|es|era|esta|estoy|gestacion|prematur\w*|parto)"
    r" de (?:un[oa]s )?$"
)
"""Weeks of pregnancy are no age."""


def _numbered(match: re.Match[str], folded: str) -> Amount | None:
    start, end = match.span()
    if _PREGNANT.search(_before(folded, start)):
        return None
    number = match["number"]
    value = _value(number)
    is_half = (match["half"] or "")[:2] in ("me", "mi", "ha")
    value += 0.5 if is_half else 0.0
    and_some = 1.0 if match["half"] and not is_half else 0.0
    unit = match["unit"]
    if unit in ("f", "fahrenheit"):
        celsius = in_celsius(value)
        return Amount("temperature", celsius, celsius, start=start, end=end)
    if unit is None:
        if _CLOCK.search(_before(folded, start)) or re.match(r"[ªº]|/\d|\+\d|:\d", folded[end:]):
            return None
        noun = _noun(folded, end)
        sharp = not and_some
        high = value + and_some
        return Amount("count", value, high, sharp, sharp, True, noun, start=start, end=end)
    if (
        re.match(r"dias?\b", unit) is None
        and _CLOCK.search(_before(folded, start))
        and unit in ("h", "hs", "d", "l", "c")
    ):
        return None
    dimension, factor = UNITS[unit]
    if dimension == "mass" and re.fullmatch(r"\d\.\d{3}", number):
        value = value / 1000 if factor == 1000 else value
    over = {"me": 0.5, "mi": 0.5, "ha": 0.5}.get(match["tail"][:2]) if match["tail"] else 0.0
    return _over(dimension, value, factor, over, start, end)


def _over(
    dimension: Dimension, value: float, factor: float, over: float | None, start: int, end: int
) -> Amount:
    """A value and what is over it; None is "y pico"."""
    if over is None:
        low, high = value * factor, (value + 1) * factor
        return Amount(dimension, low, high, False, False, start=start, end=end)
    exact = (value + over) * factor
    return Amount(dimension, exact, exact, start=start, end=end)


def in_celsius(fahrenheit: float) -> float:
    """A temperature as the options hold it."""
    return round((fahrenheit - 32) * 5 / 9, 1)


def _value(number: str) -> float:
    if number[0].isdigit():
        plain = number.replace(".", "") if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", number) else number
        return min(float(plain.replace(",", ".")), 1e9)
    total = 0.0
    for name in number.split():
        if name == "mil":
            total = (total or 1) * 1000
        else:
            total += NUMBERS.get(name, 0.0)
    return total


def _before(folded: str, place: int) -> str:
    """What stands right before a place: enough for every qualifier, however long the text."""
    return folded[max(place - 40, 0) : place]


def _noun(folded: str, end: int) -> str:
    match = re.match(r"\s+(?:o (?:mas|menos) )?([a-z]{3,})", folded[end:])
    return match[1] if match else ""


def _joined(singles: list[Amount], folded: str) -> list[Amount]:
    """ "2 meses y 3 días" is one amount, "2 o 3 meses" and "entre 2 y 3" are ranges."""
    joined: list[Amount] = []
    for item in singles:
        before = joined[-1] if joined else None
        between = folded[before.end : item.start] if before else ""
        if before and _is_compound(before, item, between):
            low, high = before.low + item.low, before.high + item.high
            joined[-1] = replace(before, low=low, high=high, end=item.end)
        elif before and _is_range(before, item, between, folded):
            low = before.low
            if before.bare and not item.bare:
                # "2 o 3 meses": the unit stands once and counts for both.
                low *= UNITS[_unit_of(item, folded)][1] if _unit_of(item, folded) else 1.0
            joined[-1] = replace(
                item, low=min(low, item.low), high=max(low, item.high), start=before.start
            )
        else:
            joined.append(item)
    return joined


def _unit_of(item: Amount, folded: str) -> str:
    match = _AMOUNT.match(folded, item.start)
    return (match["unit"] or "") if match else ""


def _is_compound(before: Amount, item: Amount, between: str) -> bool:
    if before.bare or not before.is_point or not item.is_point:
        return False
    is_joint = bool(re.fullmatch(r"\s*(?:y|con|,|e|i)?\s*", between))
    if before.dimension == "mass" and item.bare and 100 <= item.low < 1000:
        return is_joint
    return is_joint and before.dimension == item.dimension == "time" and item.low < before.low


def _is_range(before: Amount, item: Amount, between: str, folded: str) -> bool:
    joins = _JOIN.match(between)
    if not joins or not (before.bare or before.dimension == item.dimension):
        return False
    if between.strip() in ("y", "e", "i", "and"):
        return bool(
            re.search(
                r"\b(?:entre|between)(?: los| las| el| la)?\s*$", _before(folded, before.start)
            )
        )
    return True


def _qualified(item: Amount, folded: str) -> Amount:
    """The amount with what is said around it: "menos de", "o más", "casi"."""
    before, after = _before(folded, item.start), folded[item.end : item.end + 40]
    if item.bare and item.noun:
        after_noun = re.sub(r"^\s+[a-z]+", "", after)
        if _OR_MORE.match(after_noun) or _OR_LESS.match(after_noun):
            after = after_noun
    end = math.inf
    if _TO_COME.match(after) and item.dimension == "time" and re.search(r"\bcumple\w*\s*$", before):
        return replace(item, low=item.low - WEEK, high=item.low, high_in=False)
    if not re.match(r"\s*mas o menos", after):
        if _OR_MORE.match(after):
            return replace(item, high=end)
        if _OR_LESS.match(after):
            return replace(item, low=0.0)
    if _JUST_OVER.search(before):
        return replace(item, high=item.high * 1.15, low_in=False)
    if _BELOW.search(before):
        return replace(item, low=0.0, high_in=False)
    if _UP_TO.search(before):
        return replace(item, low=0.0)
    if _ABOVE.search(before) and not _ALMOST.search(before):
        return replace(item, low=item.high, high=end, low_in=False)
    if _FROM.search(before) and item.is_point:
        return replace(item, high=end)
    if _ALMOST.search(before):
        return replace(item, low=item.low * 0.9, high_in=False)
    return item
