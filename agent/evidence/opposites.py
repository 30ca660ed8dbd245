"""Closed vocabulary: sides, times of day, order, frequency, degree, change.

An option that holds her term gains, one that holds only another term of the same kind loses.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from agent.evidence.scope import asserted, denied
from tools.words import fold

_KINDS: Mapping[str, Mapping[str, str]] = {
    "side": {
        "left": r"izquierd[oa]s?|izq|izda|izqdo|izqda|esquerr[ae]|esquerd[ao]|left",
        "right": r"derech[oa]s?|dch[ao]|dreta?|dereit[ao]|direit[ao]|right",
        "both": (
            r"(?:l[oa]s|els|les|os|as) (?:dos|dous|dois|duas|dues)|amb[oa]s|ambdo[sa]s|both"
            r"|a partes iguales"
        ),
    },
    "part of day": {
        "morning": (
            r"(?:por|de|a|en) la manana|mananas|matin|mati|madrugada|morning|al levantar\w*"
            r"|al despertar\w*"
        ),
        "afternoon": r"tardes?|tarda|vespres?|afternoon|evening|atardecer|tardecita",
        "night": r"noches?|nit|noite|nights?|anoche|nocturn[oa]s?|acostar\w*|dormir",
    },
    "order": {
        "before": r"antes de|abans de|before|justo antes|previo",
        "during": r"durante|mientras|during|while|mentres|toda la toma|enquanto",
        "after": (
            r"despues|tras|al (?:acabar|terminar|soltar|final)|after|despres|depois|luego"
            r"|entre tomas"
        ),
        "start": (
            r"al (?:principio|inicio|empezar|engancharse?|agarrarse?|prenderse?)"
            r"|primeros segundos|at first|nada mas"
        ),
    },
    "frequency": {
        "always": (
            r"siempre|cada vez|todo el (?:dia|rato|tiempo)|todos los dias|a diario|constante\w*"
            r"|sempre|always|every time"
        ),
        "sometimes": (
            r"a veces|de vez en cuando|a ratos|alguna vez|algunas veces|as vezes|sometimes"
            r"|de cuando en cuando|ocasional\w*|suelto"
        ),
        "never": r"nunca|jamas|never|mai|ni una vez|ninguna vez",
    },
    "degree": {
        "much": (
            r"much[oa]s?|muchisim[oa]s?|un monton|bastante|molt[ae]?|moito|muito|a lot|fuerte"
            r"|intens[oa]|horrible|insoportable|fatal"
        ),
        "little": (
            r"poc[oa]s?|poquit[oa]s?|un poco|poquisim[oa]s?|apenas|casi nada|una mica|pouco"
            r"|a little|a bit|leve|suave|algo|casi no"
        ),
        "none": r"nada de nada|ningun[oa]?|nada|gens|none|cero",
    },
    "change": {
        "better": (
            r"mejor(?:ando|a|o|ado)?|bajando|millor|melhor|mellor|better|se (?:va|esta) quitando"
            r"|cada vez menos|ha bajado"
        ),
        "worse": (
            r"peor(?:ando|a)?|empeor\w+|pitjor|pior|worse|cada vez mas|va a mas|creciendo"
            r"|aumentando"
        ),
        "same": (
            r"igual(?=\W*$|\W*[,.]| de| que)|lo mismo|sin cambios?|same"
            r"|no (?:ha cambiado|cambia|mejora)"
        ),
    },
    "number of": {
        "one": (
            r"un[oa]? sol[oa]|sol[oa] un[oa]?|solo (?:el|la|uno?|una)|nomas un[oa]?|just one"
            r"|en un[oa]? de"
        ),
        "both": r"(?:l[oa]s|els|les|os|as) (?:dos|dous|dois|duas|dues)|amb[oa]s|ambdo[sa]s|both",
    },
}
_TERMS = {
    kind: {name: re.compile(rf"\b(?:{words})\b") for name, words in terms.items()}
    for kind, terms in _KINDS.items()
}
_SHORT = {
    "side": 9,
    "part of day": 7,
    "order": 6,
    "number of": 5,
    "frequency": 5,
    "change": 4,
    "degree": 3,
}
"""Words up to which such a word is what the reply says, not a word in a story."""


def by_term(labels: Sequence[str], text: str) -> tuple[set[int], set[int]]:
    """The options that hold her term, and those that hold only another of its kind."""
    said = fold(asserted(text))
    refused = fold(denied(text))
    gain: set[int] = set()
    lose: set[int] = set()
    if re.search(r"\b(?:o|otr[oa]|altr[ea]|outr[oa]|other)\b", said):
        return gain, lose  # She names two, or the one that is not named.
    for kind, terms in _TERMS.items():
        if len(said.split()) > _SHORT[kind]:
            continue
        held = [_held(label, kind) for label in labels]
        if len(frozenset().union(*held)) < 2 and kind != "side":
            continue
        hers = {name for name, term in terms.items() if term.search(said)}
        hers -= {name for name, term in terms.items() if kind in _PLAIN and term.search(refused)}
        if len(hers) != 1:
            continue
        for place, names in enumerate(held):
            if names & hers:
                gain.add(place)
            elif names:
                lose.add(place)
    return (gain - lose, lose - gain) if gain else (set(), set())


_PLAIN = ("side", "part of day")
"""Kinds whose words say the same under a negation: "la izquierda no"."""


@lru_cache(maxsize=32768)
def _held(label: str, kind: str) -> frozenset[str]:
    folded = fold(label)
    return frozenset(name for name, term in _TERMS[kind].items() if term.search(folded))
