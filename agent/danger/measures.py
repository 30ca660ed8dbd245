"""What a message measures: temperatures, ages, stretches of time, losses of weight, pressures.

Regular expressions on folded text (`tools.words.fold`); numbers may be words too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Literal

from agent.understanding.ages import ages
from tools.words import fold


@dataclass(frozen=True)
class Measure:
    """A temperature (°C), an age (days), a stretch of time (hours) or a loss of weight (%)."""

    start: int
    end: int
    kind: Literal["temperature", "age", "time", "loss", "pressure"]
    value: float

    @property
    def forms(self) -> tuple[str, ...]:
        """The #words of the pattern language (agent/danger/patterns.py) that it fills."""
        if self.kind == "temperature":
            return ("#temp", "#fever") if self.value >= 38 else ("#temp",)
        if self.kind == "time":
            long = ((6, 12, "#hours"), (12, 96, "#manyhours"), (120, 720, "#manydays"))
            return tuple(form for low, high, form in long if low <= self.value < high)
        return ("#pressure",) if self.kind == "pressure" else ()


_NUMBERS = dict(
    zip(
        [
            "cero",
            "un",
            "dos",
            "tres",
            "cuatro",
            "cinco",
            "seis",
            "siete",
            "ocho",
            "nueve",
            "diez",
            "once",
            "doce",
            "trece",
            "catorce",
            "quince",
        ],
        range(16),
        strict=True,
    )
) | {"una": 1, "dous": 2, "dois": 2, "duas": 2, "dues": 2, "two": 2, "one": 1, "three": 3}
_NUMBERS |= {"veinte": 20, "treinta": 30, "cuarenta": 40, "trenta": 30}
_NUMBERS |= {
    f"treinta y {word}": 30 + _NUMBERS[word] for word in ["cinco", "seis", "siete", "ocho", "nueve"]
}
_NUMBER = r"(?<![\w.,/])(?P<n>\d+(?:[.,']\d+)?|" + "|".join(sorted(_NUMBERS, reverse=True)) + ")"
_HALF = r"(?P<half>\s*y\s*medi[oa])?"
_DEGREES = re.compile(
    _NUMBER
    + r"(?:\s+(?:con|coma|punto)\s+(?P<tenths>\d|cinco|dos|ocho)\b)?"
    + _HALF
    + r"\s*(?P<unit>[°º]\s*[cf]?\b|grados\b|c\b|f(?:ahrenheit)?\b)?(?!\w)"
    r"(?!\s*(?:[+%]|sem|se?tman|ano|anys|dia|mes|hora|min|ml|cm|k[gm]|kilo|gr?\b|euro|punt|week))"
)
_FEVERISH = re.compile(
    r"fi?eb|calentur|temperatur|termomet|fever|grados|medid|axila|rectal|culete|destempl|ardiendo|escalofri|tirit|mastitis"
    r"|(?:pecho|teta).{0,14}(?:roj|dur|calient)|(?:roj|dur|calient).{0,10}(?:pecho|teta)"
)
_SAYS = re.compile(
    r"(?:est[aoy]+|and[ao]|sigue|amanecio|marc\w+|puesto|subi\w+|lleg\w+|tiene|dio)"
    r" ?(?:con|a|en|de)?\s*$"
)
_TAKEN_BACK = re.compile(
    r"\W*(?:(?:ay|uy|bueno) )*(?:no\W+(?:perdon\w*|disculp\w*|espera\w*|miento|sorry)|digo"
    r"|quise decir|mejor dicho|me equivoque|miento|rectifico)\b[^.?!\n]{0,40}"
)
"""Between a temperature and the one that takes its place: "38, no, perdón, 37,7"."""
_SPELL = re.compile(
    _NUMBER + r"\s*(?P<unit>h(?:s|or\w*)?|d(?:ia\w*|ies|ays?)?|s(?:em\w*|etman\w*)|weeks?"
    r"|m(?:es\w*|onths?)?|ano\w*|years?)\b" + _HALF
)
_SURE = 2.0
"""How sure an age must be (agent/understanding/ages.py) to count whatever the words beside it."""
_DAYS = {"h": 1 / 24, "d": 1, "s": 7, "w": 7, "m": 30.4, "a": 365, "y": 365}
_BORN = re.compile(r"naci|pari\b|parto|di a luz|cesarea|de vida|de nacid")
_LASTS = re.compile(
    r"(?:\b(?:hace|desde|llev\w+|durante|cada|por|tras|ultim\w+|dentro|despues|hasta|van|antes|for)"
    r"|(?:fiebre|calentura|tomas?|siestas?|embaraz\w+|nacio|prematur\w+|mayor|herman\w+|otr\w+) de)"
    r"(?: (?:de|unos|unas|casi|ya|como|las?|los|mas|hace))*\s*$"
)
_AGED = re.compile(
    r"(?:\b(?:de|d|tiene|con|cumpl\w+|bebe\w*|bb|apenas|solo|ni|y|edad:?|sus|casi"
    r"|a|is|te|tem|nin[oa]|hij[oa]|los)|^|,)\s*$"
)
_NEWBORN = re.compile(
    r"recien nacid|neonat|newborn|nounat|nounad|recem.?nascid|acab\w+ de nacer|primer dia de vida"
    r"|\bnaci[oe]? (?:ayer|hoy|anoche|antier|anteayer|esta)"
    r"|\bnacio (?:el|este) (?:lun|mar|mie|jue|vie|sab|dom)"
    r"|(?<!un )\bmes y medio"
)
_LOSS = re.compile(r"(?P<more>mas del? )?(?P<n>\d{1,2}(?:[.,]\d+)?)\s*(?:%|por ?ciento)")
_PRESSURE = re.compile(
    r"(?<!\d)(1[4-9]\d?|2[0-3]\d?)\s*(?:/|con|sobre|por|-)\s*(9\d?|1[0-4]\d?)(?!\d)"
)
_WEIGHT = r"(\d[.,]?\d{1,3})\b"
_WEIGHTS = re.compile(
    rf"naci\w* (?:con|pesando)? ?{_WEIGHT}.{{0,60}}?\b(?:pesa|peso|ahora|hoy)\D{{0,20}}{_WEIGHT}"
    rf"|(?:(?:baj|perd|pas)\w+ de|de) {_WEIGHT}\D{{0,12}} a {_WEIGHT}"
)


def measure(text: str, *, bare: bool, today: date) -> Iterator[Measure]:
    """What she has measured; `bare` takes lone numbers too, as answers to a question.

    `today` is the day of the message: she may say on which weekday her baby was born.
    """
    folded = fold(text)
    told = [age for age in ages(text, today) if age.sure >= _SURE]
    yield from _standing(folded, _temperatures(folded, bare=bare))
    aged = False

    for found in _SPELL.finditer(folded):
        days = (_value(found["n"]) + (0.5 if found["half"] else 0)) * _DAYS[found["unit"][0]]
        before, after = folded[max(0, found.start() - 40) : found.start()], folded[found.end() :]
        born = _BORN.search(before[-25:]) or _BORN.match(after.lstrip(" yqueds")[:12])
        is_age = born or bare or (_AGED.search(before) and not _LASTS.search(before))
        has = before.rstrip().endswith(("tiene", "con")) and days < 30
        if has and re.match(r" (?:con|sin|que) ", after):
            is_age = False  # "tiene 3 días con fiebre" is, in America, three days of fever
        if (found["unit"][0] == "h" and not born) or re.match(r" de (?:emb|gest)", after):
            is_age = False
        own = [age for age in told if age.start < found.end() and found.start() < age.end]
        told = [age for age in told if age not in own]
        aged = aged or bool(is_age or own)
        if own:
            yield Measure(own[0].start, own[0].end, "age", own[0].days)
        elif is_age:
            yield Measure(found.start(), found.end(), "age", days)
        else:
            yield Measure(found.start(), found.end(), "time", days * 24)
    for age in told:
        aged = True
        yield Measure(age.start, age.end, "age", age.days)
    for found in _PRESSURE.finditer(folded):
        yield Measure(found.start(), found.end(), "pressure", float(found[1]))
    newborn = _NEWBORN.search(folded)
    if newborn and not aged:
        just = re.search("ayer|hoy|anoche|primer", newborn[0])
        days = 45 if "medio" in newborn[0] else 1 if just else 7
        yield Measure(newborn.start(), newborn.end(), "age", days)
    for found in _LOSS.finditer(folded):
        if re.search(r"perd|baj|menos|lost", folded[max(0, found.start() - 50) : found.end() + 20]):
            lost = _value(found["n"]) + (0.1 if found["more"] else 0)
            yield Measure(found.start(), found.end(), "loss", lost)
    for found in _WEIGHTS.finditer(folded):
        born_with, now = (_grams(text) for text in found.groups() if text)
        if 1500 <= now < born_with <= 6000:
            yield Measure(found.start(), found.end(), "loss", 100 * (1 - now / born_with))


def _temperatures(folded: str, *, bare: bool) -> list[Measure]:
    feverish = bare or bool(_FEVERISH.search(folded)) or len(folded) < 8
    measured = []
    for found in _DEGREES.finditer(folded):
        value = _value(found["n"]) + (0.5 if found["half"] else 0)
        if found["tenths"]:
            value += _value(found["tenths"]) / 10
        if 95 <= value <= 108 and (found["unit"] or "").endswith(("f", "fahrenheit")):
            value = round((value - 32) / 1.8, 1)
        before = folded[max(0, found.start() - 30) : found.start()]
        said = found["unit"] or value % 1 or feverish or _SAYS.search(before)
        if 33 <= value <= 43 and said:
            measured.append(Measure(found.start(), found.end(), "temperature", value))
    return measured


def _standing(folded: str, measured: list[Measure]) -> Iterator[Measure]:
    """Those that she does not take back in the same breath."""
    for one, following in zip_longest(measured, measured[1:]):
        if not (following and _TAKEN_BACK.fullmatch(folded, one.end, following.start)):
            yield one


def _value(text: str) -> float:
    return _NUMBERS[text] if text in _NUMBERS else float(re.sub("[,']", ".", text))


def _grams(text: str) -> float:
    value = float(text.replace(",", "."))
    return value * 1000 if value < 10 else value
