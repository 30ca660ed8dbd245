"""The child's age in her words, however she says it: "mes y medio", "8m", "nació el lunes".

Two steps: find everything that could be an age, then keep what the words around it do not give to
something else (how long it has lasted, the pregnancy, an older child, the mother herself).
Spanish, with Catalan, Galician, Portuguese and English as far as ages go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tools.words import fold

_NUMBERS: dict[str, float] = {
    name: float(value)
    for value, names in {
        1: "un una uno uma unha one",
        2: "dos dous dois duas due dues two",
        3: "tres three",
        4: "cuatro quatro catro quatre four",
        5: "cinco cinc five",
        6: "seis sis six",
        7: "siete sete set seven",
        8: "ocho oito vuit eight",
        9: "nueve nove nou nine",
        10: "diez dez deu ten",
        11: "once onze eleven",
        12: "doce doze dotze twelve",
        13: "trece treze tretze thirteen",
        14: "catorce catorze fourteen",
        15: "quince quinze fifteen",
        16: "dieciseis dezasseis dezaseis setze sixteen",
        17: "diecisiete dezassete dezasete seventeen",
        18: "dieciocho dezoito divuit eighteen",
        19: "diecinueve dezanove nineteen",
        20: "veinte vinte vint twenty veintipico veintitantos veintitantas",
        21: "veintiun veintiuno veintiuna",
        22: "veintidos",
        23: "veintitres",
        24: "veinticuatro",
        25: "veinticinco",
        26: "veintiseis",
        27: "veintisiete",
        28: "veintiocho",
        29: "veintinueve",
        30: "treinta trinta trenta thirty",
        40: "cuarenta quarenta quaranta forty",
    }.items()
    for name in names.split()
}
_ORDINALS = {
    name: float(value)
    for value, name in enumerate(
        ("primer", "segundo", "tercer", "cuarto", "quinto", "sexto", "septimo", "octavo"), start=1
    )
}
_HOUR, _DAY, _WEEK, _MONTH, _YEAR = 1 / 24, 1.0, 7.0, 30.4375, 365.25
"""Days in a unit; a month and a year are the Gregorian mean."""
_UNITS = (
    (r"horas?|horitas?|hores|hours?|hs?|hrs?", _HOUR),
    (r"dias?|diitas?|diitos?|dies|days?|d", _DAY),
    (r"semanas?|semanitas?|sems?|setman(?:a|es)|weeks?|wks?", _WEEK),
    (r"mes(?:es|itos?|ecitos?|os)?|months?|m", _MONTH),
    (r"anos?|anitos?|anyets?|anys?|years?|yrs?", _YEAR),
)
_UNIT = "|".join(pattern for pattern, _ in _UNITS)
_NUMBER = r"\d{1,3}(?:[.,]5)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_HALF = r"(?:y|i|e|and)\s+(?:a\s+)?(?:medi[oa]|mig|mitja|mei[oa]|half)"
_MORE = rf"(?:y|con|i|e|and|,|mas)?\s*(?P<n2>{_NUMBER})\s*(?P<u2>{_UNIT})"
_LESS = rf"menos\s+(?P<n3>{_NUMBER})\s*(?P<u3>{_UNIT})"
_ABOUT = r"(?:y|e|i)\s+(?:pico|algo|poco|fraccion|tantos)"
_SPELL = re.compile(
    rf"\b(?:(?P<n>{_NUMBER})\s*(?:de\s+)?(?P<u>{_UNIT})|(?P<bare>mes|semana|ano|anito|mesecito))\b"
    rf"(?:\s+(?:(?P<half>{_HALF})|(?P<about>{_ABOUT})|(?P<less>{_LESS})|(?P<more>{_MORE}))\b)?"
)
_HALF_OF = re.compile(r"\bmedio\s+(?P<u>ano|mes)\b")
_BIRTHDAY = re.compile(
    r"\b(?:cumpl\w+|hizo|hace|hara|hacer)\s+(?:ya\s+)?(?:el|su|un)\s+(?:anito|ano)\b"
)
_DAY_OF_LIFE = re.compile(
    rf"\b(?:dia|day)\s+(?P<n>\d{{1,2}}|{'|'.join(_NUMBERS)})\b"
    rf"|\b(?P<o>{'|'.join(_ORDINALS)})\s+dia(?:\s+de\s+vida)?\b"
)
_WEEKDAYS = (
    "lunes|luns|segunda|dilluns|monday",
    "martes|terza|terca|dimarts|tuesday",
    "miercoles|mercores|quarta|dimecres|wednesday",
    "jueves|xoves|quinta|dijous|thursday",
    "viernes|venres|sexta|divendres|friday",
    "sabado|dissabte|saturday",
    "domingo|diumenge|sunday",
)
_BORN = r"(?:nacio|nacieron|naceu|nasceu|va neixer|ha nacido|nacida|nacido|born|pari|di a luz)"
_WHEN = "|".join(_WEEKDAYS)
_BORN_ON = re.compile(
    rf"\b{_BORN}\s+(?:justo\s+)?(?P<when>(?:(?:este|el|o|on|last|no|na)\s+)?(?P<weekday>{_WHEN})"
    r"(?:\s+pasad[oa])?|hoy|ayer|antes de ayer|anteayer|antier|anoche|esta (?:manana|madrugada|"
    r"noche|tarde)|onte|hoxe|ontem|hoje|ahir|avui|yesterday|today)(?:\s+a\s+mediodia)?\b"
)
_BORN_AGO = re.compile(
    rf"(?:{_BORN}|parto\b|cesarea|a luz|me la hicieron)(?:\s+[\w']+){{0,3}}?"
    r"\s+(?:hace|fai|ha|fa|hoy hace|apenas hace)\s+(?:ya\s+|solo\s+)?$"
)
_BORN_AFTER = re.compile(rf"^\s*(?:que\s+)?(?:ago\s+)?{_BORN}\b")

_CHILD = (
    r"(?:beb[eai]\w*|bb|bby|baby|ni[nñ][oa]s?|nen[ae]s?|hij[oa]s?|fill[ao]s?|filh[ao]s?|peque\w*|"
    r"guagua|wawa|gord[oi]\w*|gemel\w+|melliz\w+|mell\w+|criatura|enano|chiquit\w+|cachorr\w+|"
    r"lactante|recien nacid[oa]s?|son|daughter|crio|cria|mino|meniñ[oa]|menin[oa])"
)
_FOR_SURE = re.compile(
    r"(?:\b(?:tiene[ns]?|tenia|ten|te|tem|va a (?:tener|hacer|cumplir)|vai facer|edad:?|is|s|has"
    r"|are"
    r"|cumpl\w+|acaba de hacer|(?:anda|va|vamos|esta|ronda|entra)\w* (?:por|en|para|de|com)"
    r"|(?:nen|nena|fill|filla|ara que)\s+(?:ja\s+)?fan?|^fa)"
    rf"|\b{_CHILD}\s*(?:ya\s+)?(?:,|tiene|de|con|d|is)?)"
    r"(?:\s+(?:ya|casi|unos|unas|ahora|como|solo|apenas|los|las|sus|justo|exactamente|recien))*\s*$"
)
_OF_LIFE = re.compile(r"^\s*(?:de (?:vida|nacid|edad|recien|mi|mi \w+)|old\b|cumplid|d vida)")
_CORRECTS = re.compile(
    r"\b(?:perdon\w*|disculp\w*|digo|quise decir|quiero decir|me equivoque|rectifico|sorry|bueno)"
    r"\W+(?:que\s+)?(?:son|es|era[ns]?|tiene|ya son|it s)?\s*$"
)
_NEARLY = re.compile(
    r"\b(?:anda|va|ronda|entra|est[ae])\w* (?:por|en|para|com|de)(?: (?:los|las|unos|unas))?\s*$"
    r"|\b(?:el|la|al|meu|meva) (?:nen|nena|fill|filla)[^.?!]{0,25}[.?!,]?\s*fa\s*$"
    r"|\bfaltan? [\w ]{1,20} para (?:los|las)\s*$"
)
_LASTS = re.compile(
    r"(?:\b(?:est(?:oy|ic|ou) de|hace|desde|lleva\w*|llevo|durante|cada|por|a las?|als?"
    r"|as|tras|ultim\w+|dentro(?: de)?|despues|hasta"
    r"|van|antes|for|since|en|entre|faltan?|quedan?|fai|fa|ha|otr[oa]s?|primer[oa]s?|proxim[oa]s?"
    r"|estos|estas|tarda\w*|pasad[oa]s?|within|in|every|per|al|a la|esta|este|por una|cuando|"
    r"durmi\w+|duerme|aguanta\w*|dura\w*|dur[oe]|vuelvo|vuelta|incorpor\w+)"
    r"|\b(?:fiebre|tomas?|siestas?|embaraz\w+|prematur\w+|baja|permiso|excedencia|antibiotico|"
    r"tratamiento|gestacion|naci\w+ (?:de|a las|con)|novio|marido) (?:de|a las|con)?)"
    r"(?:\s+(?:de|del|unos|unas|casi|ya|como|las?|los|mas|hace|solo|un|unes))*\s*$"
)
_NOT_AGE_AFTER = re.compile(
    r"^\s*(?:de (?:emb|gest|baja|permiso|retraso|antibio|fiebre|mucho|leche|un tiron|sueno|dolor)|"
    r"sin|seguid|despues|antes|atras|mas\b|largo|"
    r"con (?:fiebre|dolor|la misma|esto|grietas)|"
    r"corregid|embarazad|dando|intentando|peleando|sacando|al dia|por la|a la semana|extra|"
    r"(?:para|pa|pra) (?:otro|l altre|outro)|que\b"
    r"(?!\s+(?:mama|toma|no|llora|se|pide|duerme|come)))"
)
_OTHER_CHILD = re.compile(
    r"\b(?:mayor|hermana|hermano|prim[oa]|sobrin[oa]|vecin[oa]|amiga|mi otr[oa]|el otro|la otra|"
    r"cunada|suegra|primer[oa] (?:hij|ni)\w+|first)\b[^.,;:\n]{0,25}$"
)
_HERSELF = re.compile(r"\b(?:tengo|yo)\b[^.,;:\n]{0,25}$")
_THE_CHILD = re.compile(
    rf"\b(?:mi|el|la|su|una?|este|esta)\s+{_CHILD}[^.]{{0,12}}$|\b{_CHILD}\s+(?:de|con|d)\s*$"
)
_OLDEST = 1826.0
"""Days: nobody older is nursed in this tree's sense, and it is rather the mother's age."""


@dataclass(frozen=True)
class Age:
    """An age that her words give to the child; `text[start:end]` says it."""

    days: float
    start: int
    end: int
    sure: float
    """How strongly the words around speak for it: the surest one counts."""


def ages(text: str, today: date) -> list[Age]:
    """The ages of a message, in its order."""
    folded = re.sub(r"[’´`]", "'", fold(text))
    found = [
        Age(float(round(days)), start, end, sure)
        for days, start, end in _mentions(folded, today)
        if (sure := _belongs(folded, days, start, end)) > 0 and days <= _OLDEST
    ]
    return sorted(found, key=lambda age: age.start)


def _mentions(folded: str, today: date) -> Iterator[tuple[float, int, int]]:
    taken: list[tuple[int, int]] = []
    for match in _BORN_ON.finditer(folded):
        taken.append(match.span())
        yield _days_since(match, today), match.start(), match.end()
    for match in _BIRTHDAY.finditer(folded):
        taken.append(match.span())
        yield _YEAR, match.start(), match.end()
    for match in _HALF_OF.finditer(folded):
        taken.append(match.span())
        yield 0.5 * _unit(match["u"]), match.start(), match.end()
    for match in _SPELL.finditer(folded):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        if match["bare"] and not (match["half"] or match["about"] or match["more"]):
            continue
        yield _spelt(match), match.start(), match.end()
    for match in _DAY_OF_LIFE.finditer(folded):
        number = _ORDINALS[match["o"]] if match["o"] else _number(match["n"])
        yield number, match.start(), match.end()


def _spelt(match: re.Match[str]) -> float:
    unit = _unit(match["bare"] or match["u"])
    days = (1.0 if match["bare"] else _number(match["n"])) * unit
    if match["half"]:
        days += 0.5 * unit
    if match["more"]:
        days += _number(match["n2"]) * _unit(match["u2"])
    if match["less"]:
        days -= _number(match["n3"]) * _unit(match["u3"])
    return days


def _days_since(match: re.Match[str], today: date) -> float:
    if match["weekday"]:
        names = enumerate(_WEEKDAYS)
        born = next(i for i, name in names if re.fullmatch(name, match["weekday"]))
        return float((today.weekday() - born) % 7 or 7)
    if re.match(r"hoy|hoxe|hoje|avui|today|esta", match["when"]):
        return 0.0
    return 2.0 if re.match(r"ant(?:es|ea|ie)", match["when"]) else 1.0


def _belongs(folded: str, days: float, start: int, end: int) -> float:
    """How much speaks for the child's age: 0 where something speaks against it."""
    before, after = folded[:start], folded[end:]
    near = before[-60:]
    ago = _BORN_AGO.search(near) or _BORN_AFTER.match(after)
    born = ago or _BORN_ON.match(folded, start)
    if _CORRECTS.search(near):
        return 4.0
    if born or _OF_LIFE.match(after):
        return 3.0
    if _BIRTHDAY.match(folded, start) or _NEARLY.search(near):
        return 2.0
    if folded[start:end].startswith(("dia ", "day ")):
        return 0.0 if re.search(r"\b(?:el|del|un|otro|the)\s*$", near) else 1.0
    if re.search(r"\b(?:ahora|ara|agora|now|ya)\s*,?\s*a (?:los|las)\s*$", near):
        return 1.0
    if _OTHER_CHILD.search(near) or (_HERSELF.search(near) and not _THE_CHILD.search(near)):
        return 0.0
    if _NOT_AGE_AFTER.match(after) or _LASTS.search(near):
        return 0.0
    if days < 1 and not _FOR_SURE.search(near):
        return 0.0
    if _FOR_SURE.search(near):
        return 2.0
    if re.search(r"\b(?:mas|menos|cerca) de\s*$", near):
        return 0.0
    if re.search(r"(?:\bde|\bd|\bcon|\ba)\s*$", near):
        return 1.0
    return 0.5 if re.search(r"(?:^|[,.(;:!?\n]|\by|\bmi \w+)\s*$", near) else 0.0


def _unit(name: str) -> float:
    return next(days for pattern, days in _UNITS if re.fullmatch(pattern, name))


def _number(name: str) -> float:
    return _NUMBERS[name] if name in _NUMBERS else float(name.replace(",", "."))
