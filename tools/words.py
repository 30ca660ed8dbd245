"""Words of a message: folding, tokens and stems, with their place in the original text."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_STEMMERS = {"es": "spanish", "en": "english", "de": "german", "ca": "catalan", "pt": "portuguese"}


class _Folding(dict[int, str]):
    """What each character becomes, found out once: str.translate is far faster than a loop."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


_FOLDING = _Folding()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents, character for character, so that offsets stay true."""
    return text.translate(_FOLDING)


def _fold_character(character: str) -> str:
    if not character.isalpha() or character in "ªº":
        return character
    lowered = unicodedata.normalize("NFKD", character)[0].lower()
    return lowered if len(lowered) == 1 else character


class Word(NamedTuple):
    """A word or number of a text; `text[start:end]` are its original characters."""

    start: int
    end: int
    folded: str


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words and numbers of `text`, in order."""
    return tuple(Word(m.start(), m.end(), m[0]) for m in _WORD.finditer(fold(text)))


def folded_words(text: str) -> list[str]:
    """The words and numbers of `text` without their places, which takes a third of the time."""
    found: list[str] = _WORD.findall(fold(text))
    return found


_SOUNDS = {
    "es": (
        (r"ll", "y"), (r"qu(?=[ei])", "k"), (r"[cs]h", "0"), (r"c(?=[ei])", "s"),
        (r"g(?=[ei])", "j"), (r"gu(?=[ei])", "g"), (r"[ck]+", "k"), (r"h", ""), (r"v", "b"),
        (r"[zx]", "s"), (r"mb", "nb"), (r"([^\W\d])\1+", r"\1"),
    ),
}  # fmt: skip
"""What is spelt differently and sounds alike: "fievre", "buelvo", "noooo", "leshe"."""


@cache
def speller(language: str) -> Callable[[str], str]:
    """Folded text -> a spelling that words share when they sound alike; as it is elsewhere."""
    rules = [(re.compile(pattern), to) for pattern, to in _SOUNDS.get(language, ())]

    def spell(folded: str) -> str:
        for pattern, to in rules:
            folded = pattern.sub(to, folded)
        return folded

    return lru_cache(maxsize=65536)(spell)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """The Snowball stemmer of a language (ISO 639-1); other languages keep words whole."""
    name = _STEMMERS.get(language)
    if name is None:
        return str
    stem = snowballstemmer.stemmer(name).stemWord
    return lru_cache(maxsize=65536)(stem)
