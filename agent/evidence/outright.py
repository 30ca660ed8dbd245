"""Whether she says an option in so many words: a grave one is taken only then."""

from collections.abc import Sequence

from tools.tree import Option, Question
from tools.words import folded_words

_TAKES_BACK = frozenset({"no", "nunca", "jamas", "ni", "tampoco", "sin", "si"})
"""Right before the words of an option: she denies them, or only wonders."""
_FEWEST = 2
"""Words of a label or example that may stand within a longer message; fewer must be all of it."""


def may_take(question: Question, option: str, text: str) -> bool:
    """Whether evidence is enough to take the option; one to confirm she must say herself."""
    chosen = next(item for item in question.options if item.id == option)
    return not chosen.confirm or says_outright(chosen, text)


def says_outright(option: Option, text: str) -> bool:
    """Whether her words are those of the option's label or of one of its examples, or hold them."""
    said = folded_words(text)
    return any(_holds(said, folded_words(phrase)) for phrase in (option.label, *option.examples))


def _holds(said: Sequence[str], phrase: Sequence[str]) -> bool:
    if said == phrase:
        return True
    if len(phrase) < _FEWEST:
        return False
    places = range(len(said) - len(phrase) + 1)
    return any(
        said[place : place + len(phrase)] == phrase
        and (place == 0 or said[place - 1] not in _TAKES_BACK)
        for place in places
    )
