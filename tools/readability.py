"""How easy a Spanish text is to read: the Szigriszt-Pazos index on the INFLESZ scale."""

import re
from functools import lru_cache

import silabeador

PLAIN_SPANISH = 55.0
"""From here on "normal" on the INFLESZ scale: Barrio-Cantalejo et al., "Validación de la escala
INFLESZ", Anales del Sistema Sanitario de Navarra 31 (2008) 135-152."""
_SENTENCE_ENDS = re.compile(r"[.!?…]+(?=\s|$)|\n+")
_WORDS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_SYLLABLES_OF_A_NUMBER = 2
"""What a figure counts for, whatever it is: its letters are not on the page."""


def inflesz(text: str) -> float:
    """206.835 - 62.3 x syllables a word - words a sentence: most texts 0 to 100, higher is easier.

    Raises ValueError when there is no word in the text.
    """
    words = _WORDS.findall(text)
    if not words:
        raise ValueError(f"no words to read in {text!r}")
    sentences = sum(bool(_WORDS.search(part)) for part in _SENTENCE_ENDS.split(text))
    syllables = sum(_syllables(word.lower()) for word in words)
    return 206.835 - 62.3 * syllables / len(words) - len(words) / sentences


def count_words(text: str) -> int:
    """How many words and figures there are to read."""
    return len(_WORDS.findall(text))


@lru_cache(65_536)
def _syllables(word: str) -> int:
    if word[0].isdigit():
        return _SYLLABLES_OF_A_NUMBER
    # Its list of exceptions is for stress, changes the count of one word in two thousand, and is
    # read from disk again for every word.
    return max(1, len(silabeador.Syllabification(word, exceptions=0).syllables))
