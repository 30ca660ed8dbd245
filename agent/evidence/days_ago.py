"""How long ago it was, where she names a day and no number."""

import re
from collections.abc import Iterator

from agent.evidence.amounts import Amount
from agent.evidence.numerals import DAY
from tools.words import fold

_WEEKDAYS = {
    name: place
    for place, names in enumerate(
        (
            "lunes monday dilluns",
            "martes tuesday dimarts",
            "miercoles wednesday dimecres",
            "jueves thursday dijous",
            "viernes friday divendres",
            "sabado saturday dissabte",
            "domingo sunday diumenge",
        )
    )
    for name in names.split()
}
_WEEKDAY = rf"\b(?:{'|'.join(_WEEKDAYS)})\b"
_TODAY = re.compile(
    rf"\b(?:hoy|estamos a|avui|today)\s+(?:es\s+|is\s+)?{_WEEKDAY}"
    rf"|{_WEEKDAY}\s+(?:hoy|today|avui)\b"
)
_DAYS_AGO = tuple(
    (re.compile(pattern), low * DAY, high * DAY)
    for pattern, low, high in (
        (r"\b(?:antes de ayer|anteayer|antier|antes de anoche)\b", 1.5, 3.0),
        (r"\b(?:ayer|anoche|yesterday|ahir|ontem|onte)\b", 0.4, 2.0),
        (
            r"\b(?:hace (?:un )?(?:rato|ratito|nada)|esta (?:manana|tarde|noche|madrugada)|hoy"
            r"|ahora mismo|today|avui|hoxe|hoje)\b",
            0.0,
            1.0,
        ),
        (r"\b(?:la semana pasada|last week|semana passada)\b", 4.0, 14.0),
        (r"\b(?:el mes pasado|last month)\b", 15.0, 62.0),
        (r"\b(?:el ano pasado|last year)\b", 90.0, 730.0),
        (
            r"\b(?:el|desde el|del|este) (?:lunes|martes|miercoles|jueves|viernes|sabado|domingo"
            r"|finde|fin de semana)\b",
            0.5,
            7.0,
        ),
    )
)


def since(text: str) -> Iterator[Amount]:
    """How long ago a day is that she names: "ayer", "la semana pasada", "el lunes, hoy jueves"."""
    folded = fold(text)
    days = [(m.start(), _WEEKDAYS[m[0]]) for m in re.finditer(_WEEKDAY, folded)]
    today = _TODAY.search(folded)
    if len(days) == 2 and today:
        begins, now = days if days[1][0] >= today.start() > days[0][0] else reversed(days)
        hours = ((now[1] - begins[1]) % 7 or 7) * DAY
        yield Amount("time", hours, hours)
        return
    for pattern, low, high in _DAYS_AGO:
        if re.search(rf"\bque\s+(?:{pattern.pattern})", folded):
            return  # "menos que ayer"
        if match := pattern.search(folded):
            yield Amount("time", low, high, high_in=False, start=match.start(), end=match.end())
            return
