"""What a text claims that can be checked by rule: amounts, medicines, conditions, reassurances.

A claim is supported when one of the texts that it was made from has the same: the same amount, or
the same word or phrase. It is a check of what is added, not of sense: "38 °C" is supported by any
text with 38 °C in it, and what is claimed in words that are not listed here is not seen.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.evidence.amounts import Amount, amounts
from agent.understanding.refusals import MEDICINE
from tools.words import fold

_NUMBERED = re.compile(r"^[ \t]*\d{1,2}[.)](?=\s)", re.MULTILINE)
"""The number of an item in a list."""
_DOSE = re.compile(r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>mg|mcg|µg|ui|gotas?)\b")
"""Units of medicines that an age or a temperature never has."""
_SAME = 1e-3
"""Share by which two amounts may differ: how they are written."""
_PHRASES = re.compile(
    # Medicines and remedies that are no names of what she may not be told a dose of.
    r"\b(?:lanolina|fenogreco|sulpirida|metoclopramida|miconazol|clotrimazol|mupirocina|vitamina \w"
    r"|hierro|antifungico|analgesico|antiinflamatorio|laxante|probiotico\w*"
    # Conditions.
    r"|mastitis|candid\w+|hongos|absceso|infeccion\w*|alergi\w+|intoleran\w+|ictericia|reflujo"
    r"|frenillo|anquiloglosia|obstruccion|ingurgitacion|galactocele|depresion|psicosis|sepsis"
    r"|deshidrat\w+|hipoglucemia|neumonia|bronquiolitis|meningitis|cancer|tumor|anemia|tiroid\w+"
    r"|raynaud|vasoespasmo|eccema|dermatitis|herpes|trombosis|hemorragia"
    # That it is nothing, or something.
    r"|es (?:(?:muy|totalmente|completamente|perfectamente) )?(?:normal|seguro|segura|peligros[oa]"
    r"|grave|urgente|frecuente|comun)|no (?:es|hay|pasa|tiene) (?:nada|grave|peligro\w*|riesgo)"
    r"|no te preocupes|tranquil[ao]|todo (?:va|ira) bien|se (?:pasa|quita|cura|resuelve) sol[oa]"
    r"|contraindicad[oa]"
    # Where to go.
    r"|urgencias|hospital|ambulancia)\b"
)
_ONE, _FEW = 1.0, 2.0
"""Numbers that, spelt out, seldom count anything: "un", "los dos"."""


@dataclass(frozen=True)
class _Claim:
    text: str
    """As it stands there."""
    key: str | None = None
    """The word or phrase, without accents."""
    amount: tuple[str, float] | None = None
    """Dimension and value, where it is an amount."""


def unsupported(text: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The claims of `text`, as it words them, that none of `sources` has; each once, in order."""
    said = [claim for source in sources for claim in _claims(source)]
    words = {claim.key for claim in said if claim.key}
    values = [claim.amount for claim in said if claim.amount]
    missing = [
        claim.text
        for claim in _claims(text)
        if not (claim.key in words if claim.key else _is_among(claim.amount, values))
    ]
    return tuple(dict.fromkeys(missing))


def _claims(text: str) -> Iterator[_Claim]:
    plain = _NUMBERED.sub(lambda match: " " * len(match[0]), text)
    folded = fold(plain)
    for pattern in (MEDICINE, _PHRASES):
        for match in pattern.finditer(folded):
            yield _Claim(plain[match.start() : match.end()], key=_singular(match[0]))
    doses = list(_DOSE.finditer(folded))
    for match in doses:
        value = float(match["number"].replace(",", "."))
        shown = plain[match.start() : match.end()]
        yield _Claim(shown, amount=(match["unit"].removesuffix("s"), value))
    taken = [range(*match.span()) for match in doses]
    for amount in amounts(plain):
        if not any(amount.start in places for places in taken) and _counts(amount, folded):
            yield from _ends(amount, plain)


def _counts(amount: Amount, folded: str) -> bool:
    spelt = not folded[amount.start : amount.start + 1].isdigit()
    return not (amount.bare and spelt and amount.low in (_ONE, _FEW))


def _ends(amount: Amount, text: str) -> Iterator[_Claim]:
    """The values that an amount names: "entre 8 y 12" names both, "casi 38" one."""
    span = text[amount.start : amount.end]
    # Read by itself it has nothing of what stands around it: "casi" and "más de" are no values.
    alone = [value for item in amounts(span) for value in (item.low, item.high)]
    after = re.match(r"\s*(?:%|\w{3,})", text[amount.end :]) if amount.bare else None
    shown = span + (after[0] if after else "")
    for value in dict.fromkeys(value for value in alone if 0 < value < math.inf):
        yield _Claim(shown, amount=("count" if amount.bare else amount.dimension, value))


def _is_among(amount: tuple[str, float] | None, values: Iterable[tuple[str, float]]) -> bool:
    assert amount is not None
    dimension, value = amount
    return any(
        dimension == other and math.isclose(value, there, rel_tol=_SAME) for other, there in values
    )


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 4 else word
