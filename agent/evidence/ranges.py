"""The amount that she gives against the ranges that the options hold."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.evidence.amounts import Amount, amounts, in_celsius
from agent.evidence.days_ago import since
from agent.evidence.numerals import Dimension
from agent.evidence.scope import asserted
from tools.words import fold, stemmer

_STEM = stemmer("es")
_SINCE = re.compile(
    r"\b(?:cuanto (?:tiempo|hace|llevas?)|desde|empez\w+|hace|llevas?|fue|how long|since)\b"
)
_ONSET = re.compile(
    r"\b(?:desde|empez\w+|comenz\w+|not[eo]\w*|di cuenta|sali[oe]\w*|aparecio|fue|empieza|since"
    r"|started|desde|des de)\b"
)
_OF_AGE = re.compile(r"\b(?:tiene|tengo|nacio|nacid[oa]|vida|edad|cumpl\w+|old)\b")
_ASKED_UNIT = re.compile(
    r"\b(?:cuant[oa]s|quant[oae]s|how many|que)\s+(?:\w+\s+)?"
    r"(horas?|minutos?|dias?|semanas?|meses|anos?|gramos?|kilos?|ml|onzas?|grados?|weeks|months"
    r"|days|hours|minutes)\b"
)
_FEVER = re.compile(r"\b(?:fiebre|temperatura|grados|termometro|febre|fever|temperature)\b")
_RATE = re.compile(r"\bcada (?:\d|una? |dos|tres|cuatro|hora)")
_EVERY = re.compile(r"\bcada\s*$")
_LIST = re.compile(r"\S+")
_NO_NOUN = frozenset(
    _LIST.findall(
        "por para como mas creo diria ahora hoy cada pero con sin ayer que del desde aprox mojados"
        " empapados total nada justos justas justo exactos clavados raspados y o"
    )
)


def fits(question: str, labels: Sequence[str], text: str) -> Mapping[int, bool]:
    """Which options' ranges hold what she says (True) and which don't (False).

    An option without a range of that kind, or that her words hold only in part, is left out.
    """
    asked = _Asked(
        fold(question),
        heat=bool(_FEVER.search(fold(question))),
        by_rate=any(_RATE.search(fold(label)) for label in labels),
    )
    ranges = [_ranges(label, asked.heat) for label in labels]
    _count_ones(ranges, labels)
    said = _said(asked, ranges, asserted(text))
    verdicts: dict[int, bool] = {}
    for dimension, values in said.items():
        # More than one value of a kind: only where it makes no difference which is meant.
        by_value = [_verdicts(dimension, value, ranges) for value in values]
        if all(one == by_value[0] for one in by_value):
            for place, fit in by_value[0].items():
                verdicts[place] = verdicts.get(place, True) and fit
    return verdicts


@dataclass(frozen=True)
class _Asked:
    """What the question and its labels say about the kind of amount."""

    folded: str
    """The question."""
    heat: bool
    """It asks for fever: 38 is a temperature."""
    by_rate: bool
    """The options say how often: "Cada 2 o 3 horas"."""


def _verdicts(
    dimension: Dimension, value: Amount, ranges: Sequence[Mapping[Dimension, Amount]]
) -> dict[int, bool]:
    verdicts = {}
    for place, held in enumerate(ranges):
        limits = held.get(dimension)
        if limits is None or _is_of_another_scale(value, limits):
            continue
        if value.inside(limits):
            verdicts[place] = True
        elif value.apart(limits):
            verdicts[place] = False
    if not any(verdicts.values()) and value.is_point:
        # Just at a limit that belongs to no option: "un año" is past the year.
        for place, held in enumerate(ranges):
            limits = held.get(dimension)
            if limits and limits.low == value.low and not limits.low_in:
                verdicts[place] = True
    return verdicts


def _read(text: str, heat: bool) -> Sequence[Amount]:
    """The amounts of a text; where fever is asked for, 38 is a temperature."""
    found = amounts(text)
    if not heat:
        return found
    return [
        replace(item, dimension="temperature", bare=False) if item.bare and _is_warm(item) else item
        for item in found
    ]


def _is_warm(item: Amount) -> bool:
    return any(34 <= bound <= 42.9 for bound in (item.low, item.high))


def _is_of_another_scale(value: Amount, limits: Amount) -> bool:
    """Hours where weeks are asked for are no age: "no mama desde hace 8 horas"."""
    if value.dimension != "time" or value.of_age:
        return False
    bounds = [bound for bound in (limits.low, limits.high) if 0 < bound < math.inf]
    least = min(bounds, default=0.0)
    return least >= 7 * 24 and value.high < max(24.0, least / 100)


def _ranges(label: str, heat: bool) -> dict[Dimension, Amount]:
    """One range for each dimension; none where a label holds two that differ."""
    held: dict[Dimension, Amount] = {}
    twice: set[Dimension] = set()
    for amount in _read(label, heat):
        if amount.dimension in held:
            twice.add(amount.dimension)
        held[amount.dimension] = amount
    return {dimension: item for dimension, item in held.items() if dimension not in twice}


def _count_ones(ranges: Sequence[dict[Dimension, Amount]], labels: Sequence[str]) -> None:
    """ "Un bulto" counts nothing, unless another option counts more than one."""
    counting = [held["count"] for held in ranges if "count" in held]
    if all(amount.is_point and amount.low == 1 for amount in counting):
        for held in ranges:
            held.pop("count", None)
        return
    nouns = {
        _STEM(amount.noun)
        for amount in counting
        if amount.noun and not (amount.is_point and amount.low == 1)
    }
    for held, label in zip(ranges, labels, strict=True):
        amount = held.get("count")
        written_out = amount and not fold(label)[amount.start : amount.end].strip().isdigit()
        if not amount or not (amount.is_point and amount.low == 1 and written_out):
            continue
        if amount.noun and _STEM(amount.noun) not in nouns:
            del held["count"]


def _said(
    asked: _Asked, ranges: Sequence[Mapping[Dimension, Amount]], text: str
) -> dict[Dimension, list[Amount]]:
    """Her amounts of the kinds that the options hold, in the unit that is asked for."""
    folded = fold(text)
    kinds = {dimension for held in ranges for dimension in held}
    nouns = {_STEM(held["count"].noun) for held in ranges if "count" in held}
    nouns |= {_STEM(word) for word in re.findall(r"[a-z]{3,}", asked.folded)}
    said: dict[Dimension, list[Amount]] = {}
    bare = []
    for amount in _read(text, asked.heat):
        if amount.dimension == "count":
            bare.append(amount)
        elif amount.dimension in kinds and _is_rate(amount, folded) in (False, asked.by_rate):
            amount = replace(amount, of_age=bool(_OF_AGE.search(folded)))
            said.setdefault(amount.dimension, []).append(_per_week(amount, folded, asked.folded))
    if "share" in kinds and (lost := _lost(amounts(text))):
        said["share"] = [lost]
    elif "count" in kinds:
        counted = [a for a in bare if _STEM(a.noun) in nouns and a.noun] or _of_nothing(
            bare, folded
        )
        every = [
            24 / a.low
            for a in amounts(text)
            if a.dimension == "time" and _EVERY.search(folded[: a.start]) and a.low
        ]
        counted = counted or [Amount("count", times, times, bare=True) for times in every]
        if len(counted) > 1 and all(item.is_point for item in counted):
            # "Dos por la mañana y tres por la tarde": the sum must not make a difference.
            total = sum(item.low for item in counted)
            counted = [*counted, Amount("count", total, total, bare=True)]
        if counted:
            said["count"] = counted
    elif len(bare) == len(amounts(text)) == 1 and (only := _in_unit(bare[0], asked.folded, kinds)):
        said.setdefault(only.dimension, []).append(only)
    if "time" in kinds and "time" not in said and _SINCE.search(asked.folded):
        began = _ONSET.search(folded) or len(folded.split()) <= 4
        said |= {"time": found} if began and (found := list(since(text))) else {}
    return said


def _is_rate(amount: Amount, folded: str) -> bool:
    """ "Cada 3 horas" is no stretch of time."""
    return amount.dimension == "time" and bool(_EVERY.search(folded[: amount.start]))


def _per_week(amount: Amount, folded: str, question: str) -> Amount:
    """What she gives by the day where the question asks by the week."""
    daily = re.match(r"\s*(?:al|por|cada|x) dia\b|\s*diari[oa]s?\b", folded[amount.end :])
    if daily and re.search(r"\b(?:por|a la|cada) semana\b", question):
        return replace(amount, low=amount.low * 7, high=amount.high * 7)
    return amount


def _lost(found: Sequence[Amount]) -> Amount | None:
    """The share lost from one weight to the next: "nació con 4 kilos y hoy 3,6"."""
    grams = [
        item.low if item.dimension == "mass" else item.low * (1000 if item.low < 10 else 1)
        for item in found
        if item.dimension == "mass" or item.bare
    ]
    if len(grams) != 2 or len(found) != 2 or not any(a.dimension == "mass" for a in found):
        return None
    before, after = grams
    share = 100 * (before - after) / before if before else 0.0
    return Amount("share", share, share) if 0 < share < 40 else None


def _of_nothing(bare: Sequence[Amount], folded: str) -> list[Amount]:
    """Numbers with no noun of their own; "un" before one is an article."""
    return [
        a
        for a in bare
        if (not a.noun or a.noun in _NO_NOUN)
        and not (a.low == 1 and folded[a.start : a.end] in ("un", "una", "an") and a.noun)
    ]


def _in_unit(amount: Amount, question: str, asked: set[Dimension]) -> Amount | None:
    """A bare number in the unit that the question or the options ask for."""
    if match := _ASKED_UNIT.search(question):
        found = amounts(f"2 {match[1]}")
        if found and found[0].dimension in asked:
            factor = found[0].low / 2
            low, high = amount.low * factor, amount.high * factor
            return Amount(found[0].dimension, low, high, amount.low_in, amount.high_in)
    if "temperature" in asked and amount.low >= 34 and amount.high <= 42.5:
        return Amount("temperature", amount.low, amount.high, amount.low_in, amount.high_in)
    if "temperature" in asked and amount.low >= 95 and amount.high <= 108:
        low, high = in_celsius(amount.low), in_celsius(amount.high)
        return Amount("temperature", low, high, amount.low_in, amount.high_in)
    for dimension in ("mass", "volume", "share", "length"):
        # Time has too many units to guess; these are counted in one of them.
        if asked == {dimension} and (amount.low >= 10 or dimension in ("share", "length")):
            return Amount(dimension, amount.low, amount.high, amount.low_in, amount.high_in)
    return None
