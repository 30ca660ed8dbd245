"""Yes or no by a statement about what is asked: "there is no power", "the fan is running"."""

import re

from agent.evidence.polarity import Polarity
from tools.words import fold, stemmer, words

_STEM = stemmer("en"), stemmer("es")
_NEGATED = re.compile(
    r"\b(?:no|not|never|none|nothing|nor|neither|without|cannot|cant|dont|doesnt|didnt|isnt|wont"
    r"|nunca|ni|sin|nada|tampoco|jamas|ningun[oa]?)\b"
    r"|n['’]t\b"
)
_LIST = re.compile(r"\S+")
_COMMON = frozenset(
    _LIST.findall(
        "the are you is it to in of my do me an at be or so if as by we up no he us il la le lo se"
        " te un de en el es al ya yo su mi your does did can and when with that this have has for"
        " any not was were how what its car laptop computer please tell see there from una las los"
        " del que con por para tienes tiene has hay cuando como bebe pecho leche esta estas tu mas"
        " algo muy porque desde pero ese esa eso sus"
    )
)


def stated_polarity(question: str, text: str) -> Polarity | None:
    """Yes or no by a statement on what is asked: "there is no power", "the fan is running".

    The sentence must take up the question's words. A question whether something happens *without*
    another thing asks for the absence of that thing; other negative questions are left alone.
    """
    plain = _plain(question)
    lacking = _LACKING.search(plain)
    asked = _content(lacking["what"] if lacking else plain)
    if _NEGATED.search(plain[: lacking.start()] if lacking else plain):
        return None
    told = [s for s in re.split(r"[.!?;\n]", _plain(text)) if words(s)]
    telling = [sentence for sentence in told if _shared(asked, _content(sentence))]
    if not telling:
        return None
    negated = any(_NEGATED.search(sentence) for sentence in telling)
    if lacking:
        return "yes" if negated else "no"
    if negated:
        return "no"
    said = _content(" ".join(telling))
    for some, others in _OPPOSITES:
        for here, there in ((some, others), (others, some)):
            if asked & here and said & there and not said & here:
                return "no"
    return "yes"


def negated_at_all(question: str, text: str) -> bool:
    """Whether a reply denies something, where the question is not negative itself."""
    return not _NEGATED.search(_plain(question)) and bool(_NEGATED.search(_plain(text)))


def _plain(text: str) -> str:
    """Folded, without what is conceded, and without negations that say that all is well."""
    return _ALL_WELL.sub(" fine ", _CONCEDED.sub(" ", fold(text)))


def _content(text: str) -> set[str]:
    found = {w for w in re.findall(r"[a-z]{2,}", text) if w not in _COMMON}
    # "on" and "off" are states after some verbs only: not in "cut off" or "printed on".
    return found | {f"state_{match[1]}" for match in _STATE.finditer(text)}


_ALL_WELL = re.compile(
    r"\b(?:no|not any|without(?: any)?|sin(?: ningun)?|no hay|no tiene) "
    r"(?:problems?|problemas?|issues?|trouble|difficult(?:y|ies)|dificultad(?:es)?|complaints?)\b"
    r"|\bnothing (?:wrong|unusual|abnormal)\b|\bnada (?:raro|extrano|anormal)\b"
    r"|\b(?:haven['’ ]?t|have not|didn['’ ]?t|did not|don['’ ]?t|do not) (?:noticed?|seen?|find)"
    r" (?:anything|something) wrong\b"
)
_LACKING = re.compile(r"\b(?:without|sin) (?P<what>[^,.;!?]+)")
_STATE = re.compile(
    r"\b(?:is|are|was|s|re|be|turn\w*|switch\w*|stay\w*|go|goes|went|remain\w*|come|comes|came"
    r"|usually|always|still) (?:\w+ ){0,2}?(on|off)\b"
)


_CONCEDED = re.compile(
    r"\b(?:even (?:when|if|after|though)|although|aunque|incluso (?:si|cuando))\b[^.,;!?]*"
)
_OPPOSITES = tuple(
    (frozenset(some.split()), frozenset(others.split()))
    for some, others in (
        (
            "hot dirty unclean loose broken difficult challenging hard jerky leak leaking worn"
            " noise damaged overheat"
            " overheating cracked faulty corroded caliente sucio roto flojo dificil mal raro"
            " duro hinchado",
            "fine ok okay normal good clean cool cold firm tight smooth smoothly easily bien"
            " normal perfecto sano sana limpio cooler regular usual dry free"
            " frio facil blando",
        ),
        ("state_on", "state_off"),
        ("high above", "low below"),
        ("wet damp puddle", "dry spotless"),
        (
            "all continuously always constantly siempre",
            "intermittently sometimes occasionally veces rarely",
        ),
        ("automatically itself solo", "manually mano"),
        ("normal working properly", "high problem wrong stays hot abnormal loose"),
        ("izquierdo izquierda", "derecho derecha"),
        ("mas aumentado", "menos bajado"),
    )
)


def _shared(some: set[str], others: set[str]) -> bool:
    return any({stem(word) for word in some} & {stem(word) for word in others} for stem in _STEM)
