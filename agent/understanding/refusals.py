"""What is never answered, whatever the tree says: doses of medicines, and orders to the program."""

import re

from tools.words import folded_words

_MOST = 20
"""Words up to which a message is taken for one: in a longer one there is more to answer."""
MEDICINE = re.compile(
    r"\b(?:paracetamol|acetaminofen|apiretal|ibuprofeno|dalsy|junifen|nolotil|metamizol|dipirona|aspirina"
    r"|tempra|panadol|enantyum|naproxeno|amoxicilina|augmentine|antibiotico|cloxacilina|cefalexina"
    r"|domperidona|motilium|omeprazol|fluconazol|nistatina|jarabe|antihistaminico|cetirizina"
    r"|corticoide|prednis\w+|sertralina|diazepam|lorazepam|medicina|medicamento|remedio|pastillas?"
    r"|comprimidos?|ibuprofen|acetaminophen|medicine)\b"
)
_HOW_MUCH = re.compile(
    r"^(?:dosis|dose|posologia)\b"
    r"|\b(?:que|q|k|cual\w*|quina|what|which)(?: es la| e a)? (?:dosis?|dose)\b"
    r"|\b(?:dosis|dose) (?:de \w+ )?(?:le doy|le toca|le corresponde|puedo|debo|tengo que)\b"
    r"|\b(?:que|q|k) cantidad\b|\bhow (?:much|many|often)\b"
    r"|\b(?:cada )?(?:cuant[oa]s?|quant[oa]?s?)\b"
    r"(?! (?:tiempo|temps|tempo|dias?|semanas?|mes|meses|horas? (?:despues|tras|antes|hay)))"
)
_ORDER = re.compile(
    r"\b(?:ignora|olvida|omite|ignore|forget|disregard) (?:(?:todas|all|tus|las|mis|estas|your|the"
    r"|any) ?){1,3} ?(?:(?:previous|anteriores) )?"
    r"(?:instruccion\w*|reglas|ordenes|instructions|rules)\b"
    r"|\b(?:system prompt|jailbreak|modo (?:desarrollador|dios|sin filtros?)|developer mode)\b"
    r"|\b(?:muestra|ensena|revela|repite|dime|show|reveal|print)(?:me)? (?:tu|tus|your|el|the)"
    r" (?:prompt|instruccion\w*|reglas|instructions)\b"
    r"|\b(?:actua|comportate|finge|haz como si|act|pretend) (?:como|que|fueras|as|to be|you are)\b"
)


def asks_dose(message: str) -> bool:
    """Whether she asks how much of a medicine, or how often, is to be taken."""
    text = _said(message)
    return bool(MEDICINE.search(text) and _HOW_MUCH.search(text))


def gives_orders(message: str) -> bool:
    """Whether somebody tries to make the program something else than it is."""
    return _ORDER.search(_said(message)) is not None


def _said(message: str) -> str:
    found = folded_words(message)
    return " ".join(found) if len(found) <= _MOST else ""
