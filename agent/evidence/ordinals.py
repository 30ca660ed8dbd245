"""Options named by their place: "la segunda", "nro 4", "la de abajo", "ni la 1 ni la 2, la otra".

A clause counts only when it is nothing but a reference and words like "creo que": "la segunda
cesárea", "tercera en dos meses" and "dos semanas" name no option.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.words import fold, speller

_SOUND = speller("es")
_ORDINALS = (
    "primer primera primero primeira primeiro first 1a 1o 1ª 1º 1ra 1ro 1era 1ero 1st",
    "segunda segundo segona segon second 2a 2o 2ª 2º 2da 2do 2nd",
    "tercera tercero tercer terceira terceiro third 3a 3o 3ª 3º 3ra 3ro 3era 3rd",
    "cuarta cuarto quarta quart quarto fourth 4a 4o 4ª 4º 4ta 4to 4th",
    "quinta quinto cinquena cinque fifth 5a 5o 5ª 5º 5ta 5to 5th",
    "sexta sexto sisena sise sixth 6a 6o 6ª 6º 6ta 6to 6th",
)
_CARDINALS: tuple[str, ...] = (
    "uno um one u",
    "dos dous dois two",
    "tres three",
    "cuatro catro quatro quatre four",
)
_CARDINALS += ("cinco cinc five", "seis sis six")
_FROM_END = {"ultima": 1, "ultimo": 1, "darrera": 1, "derradeira": 1, "last": 1}
_FROM_END |= {"penultima": 2, "penultimo": 2, "antepenultima": 3, "penultimate": 2}
_HIGH = "arriba encima cima dalt top"
_LOW = "abajo debajo abaixo baixo baix bottom"
_MIDDLE = "medio meio mig middle enmedio"
_OTHER = "otra otro outra outro altra other"
_PLACES = {_SOUND(w): i for i, group in enumerate(_ORDINALS) for w in group.split()}
_NUMBERS = {_SOUND(w): i for i, group in enumerate(_CARDINALS) for w in group.split()}
_LIST = re.compile(r"\S+")
_ARTICLES = frozenset(_LIST.findall("la el lo l a o the"))
_NOUNS = frozenset(
    _LIST.findall(
        "opcion opciones numero num nro no nº n respuesta alternativa casilla punto letra opcio"
        " resposta opcao option number answer #"
    )
)
_BEFORE = frozenset(
    _LIST.findall(
        "pues creo que diria yo me quedo con elijo escojo seria sera es la verdad supongo mas bien"
        " digo va marco pongo vale ok si bueno eh hola mmm entonces seguramente probablemente"
        " claramente justo mi caso el mio lo encaja pega i think d say it s is guess my acho crec"
        " jo eu diria e parece hm mm a ver pienso de todas estas esas estoy eso esto voy por cojo"
        " tomo ponme dale quiero una un mejor casi sin duda uf uff ay"
    )
)
_AFTER = frozenset(
    _LIST.findall(
        "tambien total por favor porfa gracias va vale creo sin duda jaja jajaja jeje supongo diria"
        " de todas ellas las los dos tres cuatro opciones lista todo del esta claramente seguro"
        " please one ones option i think tambe tamben acho crec so mas o menos y ya yo mismo misma"
        " exacto tal cual eh opcion pa mi para igual por parece pues literal la clavada es"
    )
)
_JOINS = frozenset(_LIST.findall("y e i o u ou and or"))
_NOT = frozenset(_LIST.findall("ni no nao non neither nor not nin nem"))
_TOKEN = re.compile(r"\d+(?:[.,:'/+]\d+)+|\d+[ªºa-z]*|[^\W\d_]+|[ºª#]|[,.;:!?()\n]")
_COUNTS = re.compile(
    r"\b(?:cuant[oa]s?|quant[oa]?s?|how (?:many|much|old|long)|edad|idade|que dia)\b"
)
_HOLDS_NUMBER = re.compile(
    r"\d|\b(?:una?|dos|tres|cuatro|cinco|seis|two|three|four|five|six)\b(?! (?:lado|poco|vez"
    r"|rato)\b)"
)


@dataclass(frozen=True)
class Named:
    """Places of the options that she names, from 0."""

    chosen: tuple[int, ...]
    denied: tuple[int, ...]
    alone: bool
    """The reply is nothing else."""


def named(question: str, labels: Sequence[str], text: str) -> Named | None:
    """The options that she names by their place, or None when she names none."""
    clauses = _clauses(text)
    reader = _Reader(question, labels, single=len(clauses) == 1)
    chosen: list[int] = []
    denied: list[int] = []
    other = alone = False
    silent = 0
    for clause in clauses:
        found = reader.read(clause)
        if found is None:
            silent += 1
            continue
        chosen += [place for place in found.chosen if place not in chosen]
        denied += [place for place in found.denied if place not in denied]
        other |= found.other
    chosen = [place for place in chosen if place not in denied]
    left = [place for place in range(len(labels)) if place not in denied]
    if other and not chosen and len(left) == 1:
        chosen = left
    if len(chosen) > 2:
        return None
    alone = not silent
    return Named(tuple(chosen), tuple(denied), alone) if chosen or denied else None


def _clauses(text: str) -> list[list[str]]:
    clauses: list[list[str]] = [[]]
    for piece in _TOKEN.findall(re.sub(r"\bn[.º°ªo]*\s*(?=\d)|#(?=\d)", "numero ", fold(text))):
        if piece in ",.;:!?()\n":
            clauses.append([])
        else:
            clauses[-1].append(piece)
    return [clause for clause in clauses if clause]


@dataclass
class _Found:
    chosen: list[int]
    denied: list[int]
    other: bool = False


class _Reader:
    """Reads clauses against one list of options."""

    def __init__(self, question: str, labels: Sequence[str], single: bool) -> None:
        self._single = single
        self._size = len(labels)
        folded = [fold(label) for label in labels]
        tokens = {piece for label in folded for piece in re.findall(r"\w+", label)}
        # Where a label holds the very word, it is not the place in the list that she means.
        self._taken = {_SOUND(piece) for piece in tokens}
        holds_number = any(_HOLDS_NUMBER.search(label) for label in folded)
        self._bare = not holds_number and not _COUNTS.search(fold(question))
        self._letters = not any(len(t) == 1 and t not in "aeyou" for t in tokens)
        # "Leche 1" and "Leche 2": "la 2" is a name there.
        self._names = {
            d for label in folded for d in re.findall(r"\b(\d+)\b(?=\W*$|[^\w%]+[oy]\b)", label)
        }

    def read(self, clause: Sequence[str]) -> _Found | None:
        """What a clause names; None when it is not only a reference."""
        found = _Found([], [])
        rest = list(clause)
        negated = False
        seen = False
        while rest:
            step = self._reference(rest, alone=len(rest) == len(clause))
            if step:
                place, length = step
                rest = rest[length:]
                if rest[:1] and rest[0] in _NOT and (len(rest) == 1 or rest[1] in ("es", "creo")):
                    negated, rest = True, rest[1:]
                seen = True
                if place < 0:
                    found.other = True
                elif negated:
                    found.denied.append(place)
                else:
                    found.chosen.append(place)
                if not (rest and rest[0] in _JOINS):
                    negated = False
            elif rest[0] in _NOT:
                negated, rest = True, rest[1:]
            elif rest[0] in _JOINS or rest[0] in (_AFTER if seen else _BEFORE):
                rest = rest[1:]
            else:
                return None
        return found if seen else None

    def _reference(self, tokens: Sequence[str], alone: bool) -> tuple[int, int] | None:
        """The place that a reference at the start names (-1: "the other") and its length."""
        length = 0
        article = noun = False
        if tokens[0] in _ARTICLES:
            article, length = True, 1
        if tokens[length : length + 1] and tokens[length] in _NOUNS:
            noun, length = True, length + 1
        if tokens[length : length + 2][:1] == ["de"] or tokens[length : length + 1] == ["do"]:
            length += 1
            while tokens[length : length + 1] and tokens[length] in ("mas", "en", "el", "l", "la"):
                length += 1
            place = self._by_height(tokens[length : length + 1])
            # "El de arriba" may be a tooth or a lip: an option only where it is all she says.
            is_option = article and (tokens[0] not in ("el", "lo", "o") or self._single)
            return (place, length + 1) if place is not None and is_option else None
        if tokens[length : length + 1] == ["del"]:
            place = self._by_height(tokens[length + 1 : length + 2])
            return (place, length + 2) if place is not None and article else None
        if not tokens[length:]:
            return None
        word, sound = tokens[length], _SOUND(tokens[length])
        end = self._tail(tokens, length + 1)
        last = all(piece in _AFTER for piece in tokens[end:])
        if word in _OTHER.split():
            return (-1, end) if article else None
        place = self._by_word(word, sound, article, noun, alone and last)
        if place is None or not 0 <= place < self._size:
            return None
        return place, end

    def _by_height(self, tokens: Sequence[str]) -> int | None:
        if not tokens or _SOUND(tokens[0]) in self._taken:
            return None
        if tokens[0] in _HIGH.split():
            return 0
        if tokens[0] in _LOW.split():
            return self._size - 1
        if tokens[0] in _MIDDLE.split() and self._size % 2:
            return self._size // 2
        return None

    def _by_word(self, word: str, sound: str, article: bool, noun: bool, alone: bool) -> int | None:
        if word in _FROM_END and (noun or sound not in self._taken) and (article or noun or alone):
            return self._size - _FROM_END[word]
        if sound in _PLACES and (noun or sound not in self._taken) and (article or noun or alone):
            return _PLACES[sound]
        if word.isdecimal():  # "¹" is a digit that is no number
            if noun or (article and word not in self._names) or (alone and self._bare):
                return int(word) - 1
            return None
        if sound in _NUMBERS and (noun or (article and self._bare and word not in ("u",))):
            return _NUMBERS[sound]
        is_letter = len(word) == 1 and word in "abcdef" and self._letters
        if is_letter and (noun or article or (alone and word != "a")):
            return "abcdef".index(word)
        return None

    def _tail(self, tokens: Sequence[str], length: int) -> int:
        """Past what repeats the reference: "la tercera y última", "la última de todas"."""
        while tokens[length : length + 2] and tokens[length] in ("y", "e", "i", "and"):
            if tokens[length + 1 : length + 2] and tokens[length + 1] in _FROM_END:
                length += 2
            else:
                break
        return length
