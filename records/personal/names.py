"""Names of people and of where they live, where somebody says that they are that.

A word is taken for a name where it is called one ("me llamo rosa", "mi hija Luz", "la doctora
García", a signature), or when it is a given name that is no other word in Spanish
(given_names.txt). Rosa the colour, Dolores the pain and a sentence that begins with Luz stay.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("given_names.txt")
_UPPER = "A-ZÁÉÍÓÚÜÑÇÀÈÒÏ"
_LOWER = "a-záéíóúüñçàèòï"
_LETTER = f"{_UPPER}{_LOWER}'’·-"
_CAPITAL = rf"[{_UPPER}][{_LETTER}]+"
_JOIN = r"(?:(?:de|del|la|las|los|el|y|i|da|dos)\s+){0,3}"
_FULL = rf"{_CAPITAL}(?:\s+{_JOIN}{_CAPITAL})*"
"""A name with capitals, and the surnames behind it."""
_ANY = rf"[{_LETTER}]+"
_KIN = (
    "hij[oa]s?|beb[eé]s?|niñ[oa]s?|nen[ea]s?|peques?|pequeñ[oa]s?|peke|gemel[oa]s|melliz[oa]s|"
    "gord[oai]ta?|marido|mujer|esposo|esposa|pareja|novi[oa]|madre|padre|mam[áa]|pap[áa]|"
    "suegr[oa]|herman[oa]s?|cuñad[oa]|abuel[oa]|t[íi][oa]|prim[oa]|sobrin[oa]s?|niet[oa]|amig[oa]|"
    "vecin[oa]"
)
_STAFF = (
    r"matron[ae]?|comadrona|pediatra|doctora?|dra?\.|ginec[óo]log[oa]|enfermer[oa]|asesora|"
    r"consultora|m[ée]dic[oa]"
)
_CALLED = re.compile(
    rf"\b(?:me\s+llamo|mi\s+nombre\s+es)\s+({_ANY}(?:\s+{_ANY}){{0,3}})", re.IGNORECASE
)
_IS_CALLED = re.compile(rf"\b(?i:se\s+llaman?|llamad[oa]s?)\s+({_ANY})(\s+{_JOIN}{_CAPITAL})*")
_I_AM = re.compile(rf"\b(?i:soy|aqu[íi]|habla)\s+({_FULL}|{_ANY})")
_THEIRS = re.compile(
    rf"\b(?i:{_KIN}|{_STAFF})(?:\s*,)?\s+({_FULL}|{_ANY})((?:\s*,\s*{_CAPITAL})*)"
    rf"(?:\s+(?:y|e)\s+({_FULL}))?"
)
_CHILD = re.compile(
    rf"\b(?i:mam[áa]|pap[áa]|madre|padre)\s+de\s+({_FULL})|\b(?i:naci[óo])\s+({_FULL})"
)
"""Whose mother or father one is, and who was born."""
_SIGNED = re.compile(
    r"(?:^|[.!?,\n]|\b)\s*(?:un\s+saludo|saludos|un\s+abrazo|abrazos|un\s+beso|besos|gracias|"
    r"much[íi]simas\s+gracias|atentamente|firmado|fdo)(?:\s+de\s+antemano|\s+por\s+todo)?"
    rf"[\s.,:;!¡]+({_ANY}(?:\s+{_ANY}){{0,2}})\s*[.!]?\s*$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"\b(?i:vivo|vivimos|vivir|resido|somos|soy|escribo)\s+(?:en|de|desde)\s+"
    rf"(?:(?:el|la|los|las)\s+)?({_FULL})"
)
_HERE = re.compile(
    rf"\b(?i:aqu[íi]|ac[áa])\s+en\s+(?:(?:el|la|los|las)\s+)?({_FULL})"
    rf"|\b(?i:saludos|abrazos?|besos)\s+(?:de|desde)\s+({_FULL})"
)
_FROM = re.compile(rf"(?<=,)\s+de\s+({_FULL})(?=[.,])")
_WORD = re.compile(rf"(?<!\w)[{_UPPER}][{_LETTER}]+")
_THINGS = re.compile(
    r"\b(?:es[eao]s?|lo|cosa|pastillas?|p[íi]ldoras?|cremas?|pomadas?|gotas|jarabe|antibi[óo]tico|"
    r"medicament\w+|f[áa]rmaco|leche|enfermedad|s[íi]ndrome|prueba|aparato|marca)\b[^.?!]{0,30}$",
    re.IGNORECASE,
)
"""What stands before "se llama" where a thing is called so, such as a drug."""
_NOBODYS = re.compile(
    rf"\b(?:ba[ñn]o\s+Mar[íi]a|(?:San|Santa|Sant|Hospital)\s+{_CAPITAL}|Pierre\s+Robin)"
)
"""Names that are nobody's: saints, hospitals, syndromes."""
_NO_NAMES = frozenset(
    [
        "jaja",
        "jajaja",
        "madre",
        "mama",
        "papa",
        "padre",
        "primeriza",
        "enfermera",
        "matrona",
        "medico",
        "de",
        "una",
        "un",
        "la",
        "el",
        "muy",
        "yo",
        "que",
        "y",
        "o",
        "con",
        "tengo",
        "estoy",
        "soy",
        "es",
        "no",
        "si",
        "tiene",
        "tenia",
        "tuvo",
        "dice",
        "dijo",
        "ha",
        "he",
        "me",
        "mi",
        "se",
        "le",
        "lo",
        "les",
        "su",
        "al",
        "en",
        "por",
        "para",
        "pero",
        "como",
        "cuando",
        "donde",
        "asi",
        "esto",
        "eso",
        "hola",
        "buenas",
        "ya",
        "no",
        "tan",
        "mas",
        "menos",
        "solo",
        "sola",
        "vegana",
        "vegetariana",
        "alergica",
        "diabetica",
        "nueva",
        "otra",
        "vez",
        "quien",
        "mil",
        "muchas",
        "gracias",
        "totales",
        "infinitas",
        "anticipadas",
        "chicas",
        "todas",
        "todos",
        "de",
        "antemano",
    ]
)
"""Words, folded, that stand where a name could and are none."""
_NO_PEOPLE = frozenset(
    [
        "raynaud",
        "sheehan",
        "medela",
        "avent",
        "philips",
        "chicco",
        "suavinex",
        "lansinoh",
        "apiretal",
        "dalsy",
        "augmentine",
        "mastitis",
        "montgomery",
        "candida",
        "perla",
        "perlas",
        "muguet",
        "sindrome",
        "ibuprofeno",
        "paracetamol",
        "d-mer",
        "dmer",
        "urgencias",
        "hospital",
        "clinica",
        "maternidad",
        "neonatos",
        "neonatologia",
        "uci",
        "ucin",
        "seguro",
        "centro",
    ]
)
"""Words, folded, that are written with a capital and are no name of a person or a place."""


def names_in(text: str) -> Iterator[str]:
    """Each name in the text, as it is written there; surnames with it, and where she lives."""
    for found in _CALLED.finditer(text):
        yield from _run(found[1], first_is_name=True)
    for found in _IS_CALLED.finditer(text):
        thing = _THINGS.search(text[max(0, found.start() - 40) : found.start()])
        if is_given(found[1]) or (_is_capital(found[1]) and not thing):
            yield from _run(found[0].split(maxsplit=2)[-1] if found[2] else found[1])
    for found in _I_AM.finditer(text):
        yield from _run(found[1])
    for found in _THEIRS.finditer(text):
        for part in (found[1], *re.split(r"\s*,\s*", found[2] or ""), found[3] or ""):
            yield from _run(part)
    for found in _SIGNED.finditer(text):
        yield from _run(found[1], first_is_name=len(found[1].split()) == 1)
    for pattern in (_CHILD, _PLACE, _HERE, _FROM):
        for found in pattern.finditer(text):
            yield from _run(next(filter(None, found.groups())))
    for word in _WORD.finditer(_NOBODYS.sub(_blanked, text)):
        if is_given(word[0]):
            yield word[0]


def is_given(word: str) -> bool:
    """Whether it is a given name that is no other word, however it is written."""
    return _folded(word) in _given()


def _run(words: str, *, first_is_name: bool = False) -> Iterator[str]:
    """The words of a run that are a name; it ends at the first that is none."""
    for place, word in enumerate(words.split()):
        plain = word.strip("'’·-")
        folded = _folded(plain)
        if len(plain) < 2 or folded in _NO_NAMES or folded in _NO_PEOPLE:
            if folded in ("de", "del", "la", "el", "los", "las", "y") and place:
                continue
            return
        if not (_is_capital(plain) or is_given(plain) or (first_is_name and place == 0)):
            return
        yield plain


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and len(word) > 1


@cache
def _given() -> frozenset[str]:
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(
        _folded(name) for line in lines if not line.startswith("#") for name in line.split()
    )


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
