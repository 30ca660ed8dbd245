"""Ranges in the labels of options: "Hasta 2 semanas", "Entre el 7 y el 10 %", "6 o más tomas".

Spanish. A label with no range, or with a number that stands alone, has none.
"""

import math
import re
from dataclasses import dataclass

from tools.quantities import Found, counts
from tools.words import fold

_UNITS: tuple[tuple[str, str, float, float], ...] = (
    (r"horas?|h", "time", 1 / 24, 1 / 24),
    (r"dias?", "time", 1.0, 1.0),
    (r"semanas?|sem", "time", 7.0, 7.0),
    (r"mes(?:es)?", "time", 30.4375, 30.4375),
    (r"anos?", "time", 365.25, 365.25),
    (r"minutos?|min", "minutes", 1.0, 1.0),
    (r"%|por ciento", "share", 1.0, 1.0),
    (r"g|gramos?", "weight", 1.0, 1.0),
    (r"kg|kilos?", "weight", 1000.0, 100.0),
    (r"ml|mililitros?", "volume", 1.0, 1.0),
    (r"°c|º|°|grados?", "temperature", 1.0, 0.1),
    (r"tomas?|veces|vez|panales|panal|deposiciones", "count", 1.0, 1.0),
)
"""Wording, what it measures, its size in the base unit, and the finest step that it is said in."""
_UNIT = re.compile(
    r"\s*(?:" + "|".join(rf"(?P<u{n}>{unit[0]})(?![^\W\d_])" for n, unit in enumerate(_UNITS)) + ")"
)
_HALF = re.compile(r"\s+y\s+medi[oa]\b")
_THE = r"(?:l?| los?| las?| el)\s*$"
_BELOW = re.compile(rf"\b(?:(?:menos|antes|por debajo) de|inferior a|no llega a){_THE}")
_UP_TO = re.compile(rf"\b(?:hasta|no mas de|como maximo|maximo){_THE}")
_ABOVE = re.compile(rf"\b(?:(?:mas|despues|por encima) de|pasad[oa]s?|superior a){_THE}")
_FROM = re.compile(rf"\b(?:desde|a partir de|al menos|como minimo|minimo){_THE}")
_OR_MORE = re.compile(r"\s*(?:(?:o|y) (?:mas|mayor)|en adelante|como minimo)\b")
_OR_LESS = re.compile(r"\s*(?:(?:o|y) menos|como (?:mucho|maximo))\b")
_BETWEEN = re.compile(r"\s*(?:(?:a|y|o|hasta)(?: el| los| las)?\s+|[-–]\s*)")
_MORE_OR_LESS = re.compile(r"\s*(?:o|y) (?:mas|menos)\b\s*")
_FILLERS = frozenset(
    word
    for line in (
        "a al algo ano anos como con de del desde e el en entre es esta hace han hasta la las le",
        "lleva llevo lo los mas maximo me menos mi minimo mucho o partir pero por que se son tengo",
        "les tiene tu un uno unas unos y ya bebe solo aproximadamente empezo dura duran hay cada",
        "una toma tomas vez veces dia dias adelante antes despues debajo encima pasado pasada",
    )
    for word in line.split()
)
"""Words that say no more than the range does."""


@dataclass(frozen=True)
class LabelRange:
    """What a label says of a quantity, in a base unit: days, g, ml, °C, %, times."""

    quantity: str
    low: float
    high: float
    low_closed: bool
    high_closed: bool
    step: float
    """The finest difference that labels in this unit make."""
    besides: frozenset[str]
    """The words that say more than the range: two ranges compare only where these are the same."""

    @property
    def is_counted(self) -> bool:
        """Whether only whole numbers occur."""
        return self.quantity == "count"


def label_range(label: str) -> LabelRange | None:
    """The range that a label names, or None."""
    folded = fold(label)
    numbers = [found for found in counts(label) if isinstance(found.value, float)]
    measured = _measured(numbers, folded)
    if not measured or len(measured) > 2:
        return None
    (quantity, first, step, _), (_, last, last_step, end) = measured[0], measured[-1]
    before, after = folded[: numbers[0].start], folded[end:]
    if len(measured) == 2 and not _OR_LESS.match(after):
        bounds = (first, last, True, True) if first < last else None
    else:
        bounds = _bounds(before, after, last)
    if bounds is None:
        return None
    rest = f"{_UP_TO.sub('', before)} {after}"
    besides = frozenset(re.findall(r"[^\W\d_]+", rest)) - _FILLERS
    return LabelRange(quantity, *bounds, min(step, last_step), besides)


def _bounds(before: str, after: str, value: float) -> tuple[float, float, bool, bool] | None:
    if _BELOW.search(before):
        return 0.0, value, True, False
    if _UP_TO.search(before) or _OR_LESS.match(after):
        return 0.0, value, True, True
    if _ABOVE.search(before):
        return value, math.inf, False, False
    if _FROM.search(before) or _OR_MORE.match(after):
        return value, math.inf, True, False
    return None


def _measured(numbers: list[Found], folded: str) -> list[tuple[str, float, float, int]]:
    """(quantity, value, step, where it ends) of each number; [] when one of them has no unit.

    "de 2 a 3 semanas": a number without a unit of its own takes that of the next.
    """
    found: list[tuple[str, float, float, int]] = []
    later: tuple[str, float, float] | None = None
    next_start: int | None = None
    for number in reversed(numbers):
        assert isinstance(number.value, float)
        value, end = number.value, number.end
        if own := _unit_after(folded, end):
            quantity, size, step, end = own
            if half := _HALF.match(folded, end):
                value, step, end = value + 0.5, step / 2, half.end()
            later = (quantity, size, step)
        if later is None:
            return []
        if next_start is not None and not _BETWEEN.fullmatch(folded, end, next_start):
            return []
        found.append((later[0], value * later[1], later[2], end))
        next_start = number.start
    if len({quantity for quantity, *_ in found}) > 1:
        return []
    return found[::-1]


def _unit_after(folded: str, at: int) -> tuple[str, float, float, int] | None:
    """(quantity, size, step, where it ends) of the unit that follows; "6 o más tomas" too."""
    between = _MORE_OR_LESS.match(folded, at)
    for start in (at, between.end() if between else at):
        unit = _UNIT.match(folded, start)
        if unit:
            name = next(name for name, text in unit.groupdict().items() if text is not None)
            _, quantity, size, step = _UNITS[int(name[1:])]
            return quantity, size, step, at if start > at else unit.end()
    return None


def overlap(one: LabelRange, other: LabelRange) -> bool:
    """Whether a value that she may say lies in both; only counts overlap in a limit."""
    low, high = max(one.low, other.low), min(one.high, other.high)
    if one.is_counted:
        first = max(_first_whole(one), _first_whole(other))
        return first <= min(_last_whole(one), _last_whole(other))
    return high - low >= min(one.step, other.step) * 0.999


def gap(below: LabelRange, above: LabelRange) -> bool:
    """Whether a whole step lies between two neighbours; a limit that both leave out is none."""
    if below.is_counted:
        return _last_whole(below) + 1 < _first_whole(above)
    if below.high >= above.low:
        return False
    step = min(below.step, above.step)
    steps = range(math.floor(below.high / step) - 1, math.ceil(above.low / step) + 2)
    return any(_is_between(round(n * step, 6), below, above) for n in steps)


def _is_between(value: float, below: LabelRange, above: LabelRange) -> bool:
    tiny = min(below.step, above.step) / 1000
    past = value > below.high + tiny or (not below.high_closed and abs(value - below.high) <= tiny)
    before = value < above.low - tiny or (not above.low_closed and abs(value - above.low) <= tiny)
    return past and before


def _first_whole(item: LabelRange) -> float:
    return math.ceil(item.low) if item.low_closed else math.floor(item.low) + 1


def _last_whole(item: LabelRange) -> float:
    if math.isinf(item.high):
        return math.inf
    return math.floor(item.high) if item.high_closed else math.ceil(item.high) - 1
