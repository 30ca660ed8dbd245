"""Personal data that has a form: numbers, addresses, dates of birth.

More is found rather than less: a run of nine digits is nobody's weight. Telephone numbers are known
by Google's libphonenumber (`phonenumbers`).
"""

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

_MONTH = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|"
    "diciembre"
)
_DAY, _NUMBERED_MONTH, _YEAR = (
    r"(?:0?[1-9]|[12]\d|3[01])",
    r"(?:0?[1-9]|1[0-2])",
    r"(?:\d{4}|\d{2})",
)
_DATE = (
    rf"{_DAY}\s?[-/]\s?{_NUMBERED_MONTH}(?:\s?[-/]\s?{_YEAR})?|"
    rf"{_DAY}\.{_NUMBERED_MONTH}\.{_YEAR}|"
    rf"{_DAY}\s+(?:de\s+)?(?:{_MONTH})(?:\s+(?:de|del)\s+\d{{4}})?"
)
"""A weight ("nació con 3.250") and a week ("en la 37-38") are none."""
_STREET = (
    r"calle|c/|cl\.|avda\.?|av\.|avenida|plaza|pza\.?|plza\.?|paseo|carretera|ctra\.?|travesía|"
    r"urbanización|urb\.|carrer|rúa|jirón"
)
_DOOR = r"(?:,?\s*(?:n\.?º|núm\.?|#)?\s*\d{1,4}(?:\s?(?:bis|[A-Z]\b))?)"
_FLOOR = (
    r"(?:,?\s*(?:piso\s+\d+|portal\s+\w+|bloque\s+\w+|escalera\s+\w+|\d{1,2}\s?[ºª°]"
    r"(?:\s?(?:izq|dcha|der|[A-Z])\b\.?)?|puerta\s+\w+))*"
)
_FORMS = {
    # Begins where a word does: of a long run without an @ each letter would be a beginning.
    "mail": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    "link": r"(?:https?://|www\.)\S+[^\s.,;:!?)»\"']",
    "handle": r"(?<![\w.@])@[A-Za-z][\w.]{2,}\w",
    # Without looking at check digits: a mistyped number is somebody's too.
    "identity": r"\b(?:\d{8}[-\s]?[A-HJ-NP-TV-Z]|[XYZ][-\s]?\d{7}[-\s]?[A-Z])\b",
    "account": r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b",
    "card": r"\b[A-Z]{2,4}[-\s]?\d{8,12}\b|\b[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d\b",
    "number": r"(?<![\d.,])\d{9,}(?![.,]?\d)",
    "postcode": r"\b(?:cp|c\.p\.|código postal)\s*:?\s*\d{5}\b",
}
_PATTERNS = {kind: re.compile(form, re.IGNORECASE) for kind, form in _FORMS.items()}
for _kind in ("identity", "account", "card"):
    _PATTERNS[_kind] = re.compile(_FORMS[_kind])
_BORN = re.compile(
    rf"(?:\bnac(?:i[óo]|í|i|imos|ieron|id[oa]s?)\b|\bnacimiento\b|\bcumple(?:años)?\b)"
    rf"[^.\n\d]{{0,25}}?\b({_DATE})(?![.,+]?\d|\s*(?:sem|kg|g\b|gr))",
    re.IGNORECASE,
)
_AFTER_WORD = re.compile(
    r"\b(?:historia(?:\s+cl[íi]nica)?|nhc|cip|nuhsa|pasaporte|expediente|tarjeta\s+sanitaria|dni|"
    r"nie|seguridad\s+social)\b[\s:.]*(?:es|n[úu]mero|n\.?º)?[\s:.]*"
    r"((?:[A-Z]{1,4}[\s-]?)?[A-Z0-9-]*\d{4,}[A-Z0-9-]*)",
    re.IGNORECASE,
)
_JOIN = r"(?:(?:de|del|la|las|los|el|san|santa|y)\s+)*"
_CAPITAL = r"[A-ZÁÉÍÓÚÑ][\wáéíóúñü-]*"
_ADDRESS = re.compile(
    rf"(?<!\w)((?i:{_STREET})\s+{_JOIN}(?:\w+{_DOOR}|{_CAPITAL}(?:\s+{_JOIN}{_CAPITAL})*{_DOOR}?)"
    rf"{_FLOOR}(?:,?\s+(?:cp\s*)?\d{{5}}\b)?)"
)


def data_in(text: str, region: str = "ES") -> Iterator[str]:
    """Each piece of the text that is such a thing, as it stands there.

    `region` (ISO 3166) has the telephone numbers that are written without a country's prefix.
    """
    known = region if region != "ZZ" else "ES"
    for match in PhoneNumberMatcher(text, known, leniency=Leniency.VALID):
        yield match.raw_string
    for pattern in _PATTERNS.values():
        for found in pattern.finditer(text):
            yield found[0]
    for pattern in (_BORN, _AFTER_WORD, _ADDRESS):
        for found in pattern.finditer(text):
            yield found[1]
