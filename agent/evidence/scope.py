"""What a reply asserts, and what it denies or leaves behind.

"Fiebre no, es que pica" asserts the itch and denies the fever; "antes mucho, ahora nada" asserts
nothing of the past. Spanish first, with the commonest words of Catalan, Galician, Portuguese and
English. Pure functions of the text; no grammar beyond clauses and closed lists of words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tools.words import fold, words

_NOW = r"(?:ahora|hoy|ahorita|ultimamente|now|today|agora|hoxe|hoje|ara|avui)"
_BUT = r"(?:pero|sino|aunque|mas bien|es que|en realidad|but|rather|mas sim|porem)"
_BREAK = re.compile(
    r"(?:[;:!?¡¿\n…()]|[.,](?!\d)|\s[-—–]\s)+"
    rf"|(?<!\by)(?<!\bno)(?<!pero)(?<!sino)(?<!\bbut)(?<!\band)\s+"
    rf"(?=(?:y |i |e |and )?(?:{_NOW}|{_BUT})\b)"
    r"|\s+(?=ni\s)"
)
_CORRECTS = re.compile(
    rf"^(?:y\s+)?(?:{_BUT}|{_NOW}|solo|solamente|nomas|nada mas|simplemente|mejor dicho|lo que"
    r"|son|es|era|fue|eran|just|only|it s|nomes|so|apenas|e que|es que|e so)\b"
)
_PAST = re.compile(
    r"^(?:y\s+|pues\s+)?(?:antes|al principio|en un principio|al inicio|hasta (?:ayer|hace)|ayer"
    r"|anteayer|hace (?:un|una|unos|unas|dos|tres|\d+) |primero|el primer |los primeros"
    r"|la semana pasada|el mes pasado|antano|iba a|queria|quise|pens(?:e|aba)|crei(?:a)?\b|parecia"
    r"|en el embarazo|before|at first|i thought|i used to|abans|al principi|no comezo|ao principio"
    r"|no inicio|ontem|onte|ahir|yesterday)"
)
_OVERTAKES = re.compile(
    rf"^(?:y\s+|pero\s+|but\s+|mas\s+)*(?:{_NOW}|ya|pero|but|desde|esta semana|este mes"
    r"|(?:y )?luego|despues|resulta|al final|es|era)\b"
)
_NEGATION = (
    r"(?:no|ni|sin|nunca|jamas|tampoco|nada de|cero|ningun[oa]?|not|without|never|non|nao|nem"
    r"|sen|sem|sense|cap)"
)
_LEADS = re.compile(rf"\b{_NEGATION}\s+(?:es que\s+)?(?P<what>.+)$")
_CONTRACTED = re.compile(r"\b(?:\w+n['’ ]t|cannot|cant|dont|doesnt|isnt|wont)\s+(?P<what>.+)$")
_NO_TOPIC = rf"(?!(?:{_NOW}|ya|casi|y|que|de|pero|no|ni|muy|cuando|todavia|aun|claro|creo)\b)"
_FOLLOWS = re.compile(
    rf"^(?P<what>(?:{_NO_TOPIC}\S+\s+){{0,3}}?{_NO_TOPIC}\S{{3,}})\s+(?:no|nada|tampoco|cero|ningun[oa]?|nao|non)"
    r"(?:\s+(?:es|esta|estan|era|eran|son|tiene|tengo|tienen|hay|habia|le veo|veo|noto|siento|le"
    r" noto"
    r"|le veo distint[oa]|e|ten|teno|tem|te))?$"
)
_RATHER_THAN = re.compile(
    r"^(?:mas (?:bien )?que|en vez de|rather than|mes que|mais que)\s+(?P<what>.+)$"
)
_NO_DENIAL = re.compile(
    r"\b(?:no (?:lo |la |me |le |te |se )*(?:se(?= (?:si|que|cual|cuanto|como|donde|decir|muy"
    r"|bien|exact|segur)|$)|sabe|sabria|aguanto|aguanta|puedo mas|para|paro|deja"
    r"|dejo|deixa|veas|obstante|acuerdo|recuerdo)\b|no solo\b|no es solo\b|no mas\b|no hace mas"
    r" que\b"
    r"|no es para tanto\b|sin parar\b|sin embargo\b|sin duda\b|sin mas\b|nada mas\b|ni idea\b"
    r"|not sure\b|no idea\b|cero con\b)"
)
_STOPS_SCOPE = re.compile(
    r"\b(?:que|porque|cuando|por|si|y|desde|hasta|para|pq|xq|because|and|when)\b"
)


@dataclass(frozen=True)
class _Clause:
    start: int
    end: int
    folded: str
    denied: tuple[tuple[int, int], ...]
    """Places in the text of the words that it denies."""
    is_refusal: bool
    """It says nothing but that something is not so: "fiebre no", "ni rojo", "más que dolor"."""


def asserted(text: str) -> str:
    """The reply without the clauses that only deny something and without what is over.

    A plain "no se agarra" stays: it is what she tells, unless another clause puts something in
    its place. Where nothing would be left the text is given back as it is.

    >>> asserted("infectado no está, nomás una comezón")
    'nomás una comezón'
    >>> asserted("antes sí, ahora ya casi nada")
    'ahora ya casi nada'
    """
    clauses = _clauses(text)
    kept = [
        place
        for place in range(len(clauses))
        if not _is_overtaken(clauses, place) and not _is_replaced(clauses, place)
    ]
    pieces: list[str] = []
    for place in kept:
        goes_on = pieces and place - 1 in kept
        start = clauses[place - 1].end if goes_on else clauses[place].start
        pieces.append(("" if goes_on or not pieces else ", ") + text[start : clauses[place].end])
    return "".join(pieces) or text.strip()


def denied(text: str) -> str:
    """The words in the scope of a negation, in order; empty where she denies nothing.

    >>> denied("infectado no está, nomás una comezón")
    'infectado'
    """
    spans = [span for clause in _clauses(text) for span in clause.denied]
    return " ".join(text[start:end].strip() for start, end in spans)


def refused(text: str) -> str:
    """Denied words that she puts aside, not what she tells: not those of a plain "no se agarra".

    >>> refused("fiebre no, es que pica"), refused("no se agarra")
    ('fiebre', '')
    """
    clauses = _clauses(text)
    spans = [
        span
        for place, clause in enumerate(clauses)
        if _is_replaced(clauses, place)
        for span in clause.denied
    ]
    return " ".join(text[start:end].strip() for start, end in spans)


def overtaken(text: str) -> str:
    """What was so and is so no longer: "antes mucho" in "antes mucho, ahora nada"."""
    clauses = _clauses(text)
    return " ".join(
        text[clause.start : clause.end].strip()
        for place, clause in enumerate(clauses)
        if _is_overtaken(clauses, place)
    )


def _is_overtaken(clauses: Sequence[_Clause], place: int) -> bool:
    return bool(_PAST.match(clauses[place].folded)) and any(
        _OVERTAKES.match(later.folded) for later in clauses[place + 1 :]
    )


def _is_replaced(clauses: Sequence[_Clause], place: int) -> bool:
    clause = clauses[place]
    if clause.is_refusal:
        return True
    corrected = place + 1 < len(clauses) and _CORRECTS.match(clauses[place + 1].folded)
    return bool(clause.denied and corrected and _LEADS.match(clause.folded))


@lru_cache(maxsize=4096)
def _clauses(text: str) -> tuple[_Clause, ...]:
    folded = fold(text)
    clauses = []
    start = 0
    for begin, end in [*((m.start(), m.end()) for m in _BREAK.finditer(folded)), (len(text),) * 2]:
        if words(text[start:begin]):
            clauses.append(_clause(folded, start, begin))
        start = end
    return tuple(clauses)


def _clause(folded: str, start: int, end: int) -> _Clause:
    piece = folded[start:end]
    left = start + len(piece) - len(piece.lstrip())
    piece = piece.strip()
    spans = tuple((left + begin, left + stop) for begin, stop in _scopes(piece))
    refuses = bool(_FOLLOWS.match(piece) or _RATHER_THAN.match(piece) or _is_list_of_no(piece))
    return _Clause(left, left + len(piece), piece, spans, refuses and bool(spans))


def _is_list_of_no(piece: str) -> bool:
    return bool(re.match(r"(?:y )?(?:ni|nada de|tampoco|no es que)\s", piece))


def _scopes(piece: str) -> Iterator[tuple[int, int]]:
    """Where in a clause the denied words stand."""
    for pattern in (_RATHER_THAN, _FOLLOWS):
        if (match := pattern.match(piece)) and not _NO_DENIAL.search(piece):
            yield match.span("what")
            return
    if _NO_DENIAL.search(piece):
        return
    match = _LEADS.search(piece) or _CONTRACTED.search(piece)
    if match:
        stop = _STOPS_SCOPE.search(piece, match.start("what") + 1)
        yield match.start("what"), stop.start() if stop else match.end("what")
