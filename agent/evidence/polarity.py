"""Yes, no and "I don't know": in a reply, and in the option that stands for it."""

import re
from functools import lru_cache
from typing import Literal

from tools.tree import Question
from tools.words import fold, words

Polarity = Literal["yes", "no", "unknown"]
_PREAMBLE = 4
"""Words that may stand before an "I don't know" that is the answer."""

_HEDGE = (
    r"^\W*(?:(?:pues|bueno|ah|eh|mm+|hm+|uy|uff?|ay|hola|mira|a ver|hombre|well|um|yo|la"
    r" verdad(?: es)?"
    r"|creo|diria|me parece|supongo|pienso|i (?:think|guess|believe)|acho|crec|yo creo|de momento"
    r"|por ahora|a dia de hoy|doctora|jaja)\b\W*(?:que\s+|es\s+)*)*"
)
_UNKNOWN = re.compile(
    r"\bni (?:idea|zorra|papa)\b|\bno (?:lo |la |los |las )?se(?= (?:decir|exact\w*|bien"
    r"|segur[oa]|muy|la verdad|todavia|aun)\b|\W*$|\s*[,.;!?])"
    r"|\bnunca me he fijado\b|\bno me (?:lo |la )?(?:han dicho|dijeron|explicaron|aclararon)\b"
    r"|\bno (?:me |lo |la )*(?:acuerdo|recuerdo)\b|\bno (?:lo |la )?sabria\b|\bni me acuerdo\b"
    r"|\bno (?:lo |la |me |le |se |los |las )*(?:(?:he|ha|han) (?:mirado|tomado|fijado|medido"
    r"|pesado|contado|comprobado|visto bien)|fije|fijo|mire|medi|conte)\b"
    r"|\bno (?:estoy|tengo) (?:muy |nada |del todo )?(?:segura|seguro|claro|clara|ni idea|idea)\b"
    r"|\bno (?:lo )?tengo (?:muy |nada )?claro\b|\bno (?:lo |la )?distingo\b|\bquien sabe\b"
    r"|\bvete a saber\b"
    r"|\b(?:i )?(?:don['’ ]?t|do not) know\b|\bnot sure\b|\bno idea\b|\bno clue\b|\bcan['’]?t"
    r" (?:tell|remember)\b"
    r"|\bnao (?:sei|lembro)\b|\bnon (?:o |a )?sei\b|\bno ho se\b|\bnose\b|\bns ?/? ?nc\b|\bni"
    r" ideia\b|\bnin idea\b"
)
_DOUBT = re.compile(
    r"\bno (?:lo |la )?se(?= (?:si|como|que|cual|cuant\w+|donde|de)\b)|\bno distingo\b|\bno"
    r" sabria\b"
)
"""Don't-knows with what is not known: for questions of yes or no; elsewhere they tell a worry."""
_IS_UNKNOWN = re.compile(
    r"\bno (?:lo |la )?sé\b|\bno (?:estoy|tengo) (?:\w+ )?(?:segur|clar)|\bno me (?:acuerdo|he"
    r" fijado)"
    r"|\bno (?:lo )?recuerdo|\bno (?:lo )?distingo|\bno sabría|\bni idea"
    r"|\bno (?:me |se |le )*(?:lo |la |los |las )*(?:he|ha|han) (?:mirado|tomado|medido|pesado"
    r"|contado|comprobado)"
    r"|\bnot sure|\bdon['’]?t know|\bnão sei|\bnon (?:o )?sei|\bno ho sé"
)
_GOES_ON = (
    r"(?=\W*$|\s*[,;:.!?(…]|\s+(?:que|claro|senora|a veces|mucho|much\w+|casi|siempre|muy|un"
    r" poco|todo|tod[oa]s|pero|y|desde|la verdad|gracias|por|con|en|cada|sobre|solo|i|he|she|it"
    r"|they|to|the|indeed|of)\b)"
)
"""What may follow a yes that is no "if" and no pronoun."""
_YES = re.compile(
    _HEDGE + rf"(?:(?:(?:que )?si+p?i?|sim|yes|yep|yeah|yup|yea|ya){_GOES_ON}"
    r"|claro(?! que no)|correcto|exacto|efectivamente|afirmativo|asi es|eso es|eso mismo"
    r"|por supuesto(?! que no)|desde luego(?! que no)|ya lo creo|totalmente|tal cual|obvio|pois si"
    r"|(?:siempre|sempre|las dos|los dos|ambas|ambos|todas)(?=\W*$|\s*[,.;!])"
    r"|sure(?! if)|of ?course|correct|affirmative|absolutely|definitely|certainly|indeed"
    r"|(?:it|they|he|she) (?:does|do|is|are|has|did|was|were|will)(?=\W*$|\s*[,.;!])"
    r"|i (?:do|am|did|have|can|could)(?=\W*$|\s*[,.;!])|there (?:is|are)(?=\W*$|\s*[,.;!])"
    r"|(?:it|they|he|she|i|we|you) (?:do|does|did) (?!not\b|n t\b|nothing\b|as you\b)\w{3,}|that"
    r" s (?:right|correct)"
    r"|already (?:did|done)|i already)\b"
)
_NO = re.compile(
    _HEDGE
    + r"(?:(?:que )?no+(?=\W*$|\s*[,;:.!?(…]| (?:no|que va|para nada|la verdad|creo|mucho|tanto"
    r"|por|y|pero|gracias|senora|there|it|the|i|they|my|not)\b)"
    r"|nop|nope|nou|nah|na|nay|que va|para nada|pa na|jamas|negativo|negative|en absoluto|de"
    r" ninguna manera"
    r"|(?:todavia|aun|encara|ya|ainda|creo que|tampoco|nunca|never|none|neither|ninguna?"
    r"|nada)(?: no| nao)?(?=\W*$|\s*[,.;!])"
    r"|ni (?:hablar|de broma|de lejos|loca|un[oa]?|siquiera)|(?:claro|por supuesto|desde luego)"
    r" que no"
    r"|nao(?=\W*$|\s*[,.;!])|non(?=\W*$|\s*[,.;!])|no way|not (?:really|at all|yet|that)|it s"
    r" not|they re not"
    r"|(?:it|they|he|she|i|there|that|this) (?:does|do|is|are|has|did|was|have|am|can|could"
    r"|will)(?:n['’ ]?t| not)|it won['’ ]?t|i can['’ ]?t)(?:\b|$|\W)"
)
_BUT_YES = re.compile(r"\b(?:pero|aunque) (?:a veces )?si\b|\bsi que\b")
_YES_BUT_NO = re.compile(r"^\W*(?:si+\W*(?:pero|y) no|claro\W*(?:pero|depende))\b")
_OPTION_YES = re.compile(r"^\W*(?:s[ií](?=\W*$|\s*[,;(.])|sí\b|yes\b|sim\b)")
_OPTION_NO = re.compile(
    r"^\W*(?:(?:no|nao|non|não)\b(?=\W*$|\s*[,;(.]| o\b)|todavía no\b|aún no\b|nunca\b"
    r"|ningun[oa]?s?\b"
    r"|nada de eso\b|nope\b|encara no\b|ainda não\b|not yet\b|never\b)"
)


def polarity_of(text: str, is_polar: bool = False) -> Polarity | None:
    """What a reply says, by how it begins; `is_polar` where the question is of yes or no."""
    folded = fold(text)
    unknown = _UNKNOWN.search(folded) or (_DOUBT.search(folded) if is_polar else None)
    if unknown and len(words(text[: unknown.start()])) <= _PREAMBLE:
        return "unknown"
    if _NO.match(folded):
        # "No, no, sí que come" ends otherwise than it begins.
        return None if _BUT_YES.search(folded) else "no"
    if _YES.match(folded):
        return None if _YES_BUT_NO.match(folded) else "yes"
    return None


@lru_cache(maxsize=8192)
def option_polarity(label: str) -> Polarity | None:
    """Which of them an option stands for; None for one that says something of its own.

    Kept, for three rules ask it of the same labels with each reply.
    """
    # Labels are well written: "no sé" is told from "no se agarra" by its accent.
    lowered = label.lower()
    if _OPTION_YES.match(lowered):
        return "yes"
    if _IS_UNKNOWN.search(lowered):
        return "unknown"
    return "no" if _OPTION_NO.match(lowered) else None


def is_unknown(text: str) -> bool:
    """Whether a reply says that she does not know, and nothing more."""
    return len(words(text)) <= _PREAMBLE and polarity_of(text) == "unknown"


def has_unknown(question: Question) -> bool:
    """Whether an option is for those who do not know."""
    return any(option_polarity(option.label) == "unknown" for option in question.options)


def is_plain_unknown(label: str) -> bool:
    """Whether the option says nothing but that: "No lo sé", not "Gana poco o no lo sé"."""
    match = _IS_UNKNOWN.search(label.lower())
    return bool(match and match.start() == 0)
