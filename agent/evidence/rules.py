"""Evidence without statistics: the label itself, its number, yes or no, a value in a range."""

import re
from collections.abc import Sequence

from tools.quantities import counts, durations
from tools.tree import Option, Question
from tools.words import fold, words

CERTAIN = 12.0
"""Log-odds of what cannot be misread: one wrong in about 160,000."""
LIKELY = 3.5
"""Log-odds of a rule that is right in about 97 of 100 cases, by judgement until it is fitted."""

_ORDINALS = ("primera", "segunda", "tercera", "cuarta", "quinta", "sexta")
_ORDINAL = re.compile(
    r"^(?:la|el|lo|opcion|numero|respuesta|creo que)*\s*(?:la |el |opcion |numero )?"
    r"(?:(?P<digit>[1-6])|(?P<letter>[a-f])\)|(?P<word>primer|segund|tercer|cuart|quint|sext)[oa]?|(?P<last>ultim[oa]))\W*$"
)
_YES = re.compile(r"^\W*(?:si+|sip|claro|correcto|exacto|efectivamente|asi es)\b")
_NO = re.compile(r"^\W*(?:no+|nop|que va|para nada|tampoco)\b(?! (?:lo |la )?se\b)")
_BELOW = re.compile(r"\b(?:menos de|antes de|hasta|no llega a)\b")
_ABOVE = re.compile(r"\b(?:mas de|despues de|a partir de|desde|o mas)\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


class Rules:
    """The rules, as one source of evidence."""

    name = "rules"

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        """Log-odds by option id; empty when no rule applies."""
        options = question.options
        chosen = _by_label(options, text) or _by_ordinal(options, text)
        if chosen:
            return {chosen.id: CERTAIN}
        chosen = _by_yes_or_no(options, text) or _by_range(options, text)
        return {chosen.id: LIKELY} if chosen else {}


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for case, accents and punctuation."""
    return [w.folded for w in words(one)] == [w.folded for w in words(other)]


def _by_label(options: Sequence[Option], text: str) -> Option | None:
    return next((option for option in options if same_words(option.label, text)), None)


def _by_ordinal(options: Sequence[Option], text: str) -> Option | None:
    match = _ORDINAL.match(fold(text).strip())
    if not match:
        return None
    if match["last"]:
        return options[-1]
    if match["digit"]:
        if any(_NUMBER.search(option.label) for option in options):
            return None  # "3" may be three days, not the third option
        index = int(match["digit"]) - 1
    elif match["letter"]:
        index = "abcdef".index(match["letter"])
    else:
        index = next(i for i, word in enumerate(_ORDINALS) if word.startswith(match["word"]))
    return options[index] if index < len(options) else None


def _by_yes_or_no(options: Sequence[Option], text: str) -> Option | None:
    folded = fold(text)
    for said in (_YES, _NO):
        if said.match(folded):
            meant = [option for option in options if said.match(fold(option.label))]
            return meant[0] if len(meant) == 1 else None
    return None


def _by_range(options: Sequence[Option], text: str) -> Option | None:
    """The one option whose range of time or number holds the one value that she gives."""
    is_time = any(durations(option.label) for option in options)
    said = _one_value(text, is_time)
    if said is None:
        return None
    ranges = [(option, _range(option.label, is_time)) for option in options]
    fitting = [option for option, limits in ranges if limits and limits[0] <= said <= limits[1]]
    return fitting[0] if len(fitting) == 1 else None


def _one_value(text: str, is_time: bool) -> float | None:
    """The only value in her words, in days when it is about time; None when there are more."""
    numbers = counts(text)
    found = durations(text) if is_time else numbers
    if len(found) != 1 or not isinstance(found[0].value, float):
        return None
    inside = [n for n in numbers if found[0].start <= n.start < found[0].end]
    return found[0].value if len(inside) == len(numbers) else None


def _range(label: str, is_time: bool) -> tuple[float, float] | None:
    folded = fold(label)
    found = durations(label) if is_time else counts(label)
    numbers = [item.value for item in found if isinstance(item.value, float)]
    bare = [item.value for item in counts(label) if isinstance(item.value, float)]
    if is_time and len(numbers) == 1 and len(bare) == 2 and bare[1]:
        # "Entre 2 y 6 semanas": the unit stands once and counts for both.
        numbers = [bare[0] * numbers[0] / bare[1], numbers[0]]
    if len(numbers) == 2:
        return min(numbers), max(numbers)
    if len(numbers) != 1:
        return None
    tiny = 1e-6
    if _BELOW.search(folded):
        return float("-inf"), numbers[0] - tiny
    if _ABOVE.search(folded):
        return numbers[0] + tiny, float("inf")
    return None
