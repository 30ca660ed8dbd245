"""A message that holds facts and nothing else: it answers no question but what asks for them."""

import re
from collections.abc import Collection, Sequence

from agent.evidence.rules import Rules
from agent.understanding.understand import BABY_AGE, SaidFact
from tools.tree import Question
from tools.words import fold, folded_words

_ABOUT = frozenset(
    {
        *("mi", "el", "la", "tu", "su", "bebe", "nene", "nena", "nino", "nina", "hijo", "hija"),
        *("tiene", "edad", "de", "del", "es", "y", "cumple", "cumplio", "hoy", "nacio", "con"),
    }
)
"""Words around a fact that say no more than whose it is."""
_FILLERS = frozenset({"ya", "casi", "unos", "unas", "ahora", "como", "mas", "o", "menos", "solo"})
_ASKS_AGE = re.compile(r"\bedad\b|\b(?:meses|semanas|dias|anos|tiempo) tiene\b")


def tells_only(facts: Sequence[SaidFact], message: str) -> bool:
    """Whether the message says the facts and nothing else."""
    return bool(facts) and _rest(facts, message) <= _ABOUT | _FILLERS


def her_facts(
    facts: Sequence[SaidFact], message: str, asked: Question | None, known: Collection[str]
) -> list[SaidFact]:
    """The facts, without an age that answers the question she was `asked` instead.

    "10 días", and no more, is an age only where the question can make nothing of it, and no age is
    `known` yet: a wrong one would lead her to another child's answers.
    """
    bare = _rest(facts, message) <= _FILLERS
    if asked is None or not bare or _ASKS_AGE.search(fold(asked.text)):
        return list(facts)
    if BABY_AGE not in known and not Rules().weigh(asked, message):
        return list(facts)
    return [fact for fact in facts if fact.name != BABY_AGE]


def _rest(facts: Sequence[SaidFact], message: str) -> frozenset[str]:
    """The words of the message outside of its facts."""
    place, rest = 0, ""
    for span in sorted((fact.span for fact in facts), key=lambda span: span.start):
        rest += message[place : span.start] + " "
        place = max(place, span.end)
    return frozenset(folded_words(rest + message[place:]))
