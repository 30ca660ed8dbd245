"""What she says besides her problem: a greeting, thanks, despair, no use, a person."""

import re

from agent.evidence.rules import same_words
from tools.words import folded_words

_THANKS = ("gracias", "muchas gracias", "vale gracias", "ok gracias", "mil gracias", "ok", "vale")
_HELLO = (
    *("hola", "holi", "ola", "hola que tal", "hola buenas", "buenas", "buenos dias"),
    *("buenas tardes", "buenas noches", "hola buenos dias", "hola buenas tardes"),
    *("hola buenas noches", "hello", "hi", "bon dia", "bona nit", "boa tarde"),
)
_NODS = (
    *("si", "no", "no gracias", "si gracias", "claro", "bueno", "nada", "nada mas", "no nada mas"),
    *("ya", "ya esta", "eso es todo", "vale si", "yes", "no thanks", "that is all", "nothing else"),
)
_FEELS_BAD = re.compile(
    r"\b(?:desesperad|agotad|agobiad|angustiad|asustad|hart|hundid)[ao]\b"
    r"|\b(?:estoy|sigo|ando|acabo) (?:\w+ )?(?:llorando|fatal|destrozada|perdida|muerta de miedo)\b"
    r"|\bno (?:puedo|aguanto) mas\b|\bya no (?:puedo|aguanto)\b|\bno se (?:ya )?que hacer\b"
    r"|\b(?:tengo|me da) (?:mucho |tanto )?miedo\b"
    r"|\bme siento (?:muy |tan )?(?:mal|sola|fatal|culpable)\b"
    r"|\b(?:desperate|exhausted|scared|fed up|overwhelmed)\b"
)
_SAYS_WHAT = re.compile(
    r"^(?:y )?(?:q|k|que|como|eh|what|how)$|^(?:y )?(?:q|k|que|what) (?:es|son|is|are)\b"
    r"|\b(?:quieres decir|te refieres|significan?|quiere decir|no (?:te )?entiendo|no comprendo)\b"
    r"|\b(?:explica\w*|aclara\w*|por que (?:me )?(?:lo )?preguntas|para que (?:lo )?quieres)\b"
    r"|\bcomo (?:lo |la |se |los |las )*(?:se|noto|nota|miro|mira|mido|mide|compruebo|veo|ve)\b"
    r"|\b(?:you mean|mean|explain|understand|how do i (?:know|tell|check))\b"
)
_MOST = 12
"""Words up to which a message is taken for one: in a longer one she tells what the matter is."""
_WISH = (
    r"quiero|quisiera|querria|quero|vull|puedo|podria|podeis|puede|necesito|prefiero|preferiria"
    r"|gustaria|dejame|dejadme|want|can i|could i|need to|prefer to"
)
_SPEAK = (
    r"hablar(?:lo|le)?|escribir(?:le)?|contactar|chatear|comunicarme|conectarme|consultar(?:lo)?"
    r"|llamar|falar|parlar|talk|speak|chat"
)
_SOMEBODY = (
    r"persona|persoa|pessoa|human[oa]|alguien|alguem|alguen|algu|person|human|someone|somebody"
    r"|matrona|partera|asesora|consultora|experta|profesional|operadora|enfermera"
)
_ONE = r"(?:una? |uma |unha |an? |another |otra |cualquier |real )*"
_PERSON = re.compile(
    rf"\b(?:{_WISH})\b (?:\w+ ){{0,2}}(?:{_SPEAK}) (?:ya )?(?:con|a|com|amb|to|with) "
    rf"{_ONE}(?:{_SOMEBODY})\b"
    rf"|^(?:{_SPEAK}) (?:con|com|amb|to|with) {_ONE}(?:persona|humano|alguien|person|human)\b"
    r"|\b(?:pasa|pon|comunica|conecta)me con "
    rf"|\bque me (?:atienda|conteste|responda|escriba|llame|lea) {_ONE}(?:{_SOMEBODY})\b"
    rf"|^(?:quiero |prefiero |necesito )?{_ONE}(?:persona|human[oa])(?: real| de verdad)?$"
    r"|^hay (?:alguien|alguna persona)(?: real| de verdad| ahi)?(?: que|$)"
)
_NO_USE = re.compile(
    r"\bno (?:me |nos )?(?:sirves|has servido|ayudas|has ayudado|entiendes|entendes)\b"
    r"|\bno me (?:estas entendiendo|has entendido|comprendes|escuchas|haces caso)\b"
    r"|\bno (?:me |nos )?(?:sirve|ha servido|sirvio|ayuda|ha ayudado)(?: de| para)?(?: nada)?$"
    r"|\b(?:esto|eso|este chat|esta app|este bot|esta maquina) no (?:me )?(?:sirve|ayuda|vale)\b"
    r"|\bya te lo (?:he dicho|dije|conte|he contado)\b"
    r"|\bhart[ao] de (?:ti|esto|este chat|tus preguntas|tantas? preguntas?)\b"
    r"|^(?:que|vaya) (?:inutil|chorrada|desastre|mierda|porqueria)\b"
)


def thanks(message: str) -> bool:
    """Whether it is no more than thanks."""
    return any(same_words(message, one) for one in _THANKS)


def only_greets(message: str) -> bool:
    """Whether it is no more than a greeting."""
    return any(same_words(message, one) for one in _HELLO)


def only_nods(message: str) -> bool:
    """Whether it is no more than a yes or a no that nothing was asked for."""
    return any(same_words(message, one) for one in _NODS)


def feels_bad(message: str) -> bool:
    """Whether she says how hard it is for her, whatever else she tells."""
    return _FEELS_BAD.search(" ".join(folded_words(message))) is not None


def wants_person(message: str) -> bool:
    """Whether she asks to speak with a person instead of the program."""
    return _says(_PERSON, message)


def asks_what_is_meant(message: str) -> bool:
    """Whether she asks what the question at hand means, and not something else."""
    return _SAYS_WHAT.search(" ".join(folded_words(message))) is not None


def finds_no_use(message: str) -> bool:
    """Whether she says that the program does not help or understand her."""
    return _says(_NO_USE, message)


def _says(pattern: re.Pattern[str], message: str) -> bool:
    found = folded_words(message)
    return len(found) <= _MOST and pattern.search(" ".join(found)) is not None
