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

    The sentence must take up the question's words, and the question must not be negative itself.
    """
    asked = _content(question)
    if _NEGATED.search(fold(question)):
        return None
    told = [s for s in re.split(r"[.!?;\n]", _CONCEDED.sub(" ", fold(text))) if words(s)]
    telling = [sentence for sentence in told if _shared(asked, _content(sentence))]
    if not telling:
        return None
    if any(_NEGATED.search(sentence) for sentence in telling):
        return "no"
    said = _content(" ".join(telling))
    for some, others in _OPPOSITES:
        for here, there in ((some, others), (others, some)):
            if asked & here and said & there and not said & here:
                return "no"
    return "yes"


def _content(text: str) -> set[str]:
    return {w for w in re.findall(r"[a-z]{2,}", fold(text)) if w not in _COMMON}


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
            " normal perfecto sano sana limpio"
            " frio facil blando",
        ),
        ("on", "off"),
        ("high above", "low below"),
        ("wet damp puddle", "dry spotless"),
        ("continuously always constantly siempre", "intermittently sometimes occasionally veces"),
        ("normal working properly", "high problem wrong stays hot abnormal loose"),
        ("izquierdo izquierda", "derecho derecha"),
        ("mas aumentado", "menos bajado"),
    )
)


def _shared(some: set[str], others: set[str]) -> bool:
    return any({stem(word) for word in some} & {stem(word) for word in others} for stem in _STEM)
