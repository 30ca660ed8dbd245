"""What a message says: clauses, the spans that sum it up, topics, and facts with their quotes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from agent.understanding.ages import ages
from agent.understanding.summary import Summarizer, summarize
from records.events import Choice, Span
from tools.conditions import Value
from tools.locate import Locator
from tools.quantities import Found, counts, durations, temperatures
from tools.tree import Variable
from tools.words import fold

_FILLER = re.compile(r"(?:\s|^)(?:ya|casi|unos|unas|ahora|como|solo|un poco mas de|mas o menos)$")
_ASKS = re.compile(
    r"[?¿]|^\W*(?:q|que|k|como|cual|cuanto|cuando|donde|por que|porq|xq|para que"
    r"|a que te refieres)\b"
    r"|\b(?:no se|no tengo ni idea de|no entiendo|no comprendo)"
    r" (?:que (?:es|son|significa|quiere decir)|como (?:se |lo |la )?(?:mir|sab|mid|compr|hac|not))"
    r"|\b(?:dime|diganme|explica\w*|aclara\w*|me gustaria saber|quisiera saber) "
    r"(?:me )?(?:que|como|cual|cuanto|donde|a que|por que)\b"
    r"|\b(?:do not|don['’ ]?t|have no idea|no idea|never) (?:\w+ )?(?:what|how|why|where|which) "
    r"|\b(?:tell|show|explain to|explain) (?:me )?(?:what|how|why|where|which)\b"
    r"|\bwould like to know (?:what|how|why|where|which)\b|^\W*(?:how to|what is|what are)\b"
)
_NEGATED = re.compile(r"\b(?:no|nunca|ni|sin|tampoco)\s+(?:\w+\s+){0,2}$")
BABY_AGE = "baby_age_days"
"""The variable that is the child's age, in days, in every tree that asks for it."""
_NAMED = 0.15
"""Probability from which a topic beside the likeliest is named: right more often on the
development messages than higher and lower ones."""


@dataclass(frozen=True)
class SaidFact:
    """A value that she gave unasked."""

    name: str
    value: Value
    span: Span


@dataclass(frozen=True)
class Understanding:
    """What one message says."""

    summary: list[Span]
    topics: list[Choice]
    facts: list[SaidFact]
    asks_back: bool


def understand(
    message: str,
    variables: Mapping[str, Variable],
    locator: Locator | None,
    summarizer: Summarizer | None,
    today: date,
) -> Understanding:
    """Read a message. Without a locator there are no topics.

    `today` is the day of the message: she may say on which weekday her baby was born.
    """
    facts = read_facts(message, variables, today)
    ages = [said.span for said in facts if said.name == BABY_AGE]
    return Understanding(
        summary=summarize(message, summarizer, ages),
        topics=_topics(message, locator) if locator else [],
        facts=facts,
        asks_back=bool(_ASKS.search(fold(message))),
    )


def read_facts(message: str, variables: Mapping[str, Variable], today: date) -> list[SaidFact]:
    """Values that she gave unasked: ages, and others in the ways that the tree says.

    Ages go to the variable BABY_AGE, where the tree has it.
    """
    folded = fold(message)
    found: dict[str, SaidFact] = {}
    for name, variable in variables.items():
        if variable.type == "boolean":
            said = _said_yes_or_no(folded, variable)
        else:
            said = _said_values(message, folded, variable)
        for start, end, value in said:
            # The last one counts: people correct themselves as they go.
            span = Span(start=start, end=end, text=message[start:end])
            found[name] = SaidFact(name, value, span)
    if BABY_AGE in variables and (said_age := _age(message, variables[BABY_AGE], today)):
        found[BABY_AGE] = said_age
    return list(found.values())


def _age(message: str, variable: Variable, today: date) -> SaidFact | None:
    """The age that the words around speak for most; of several, the last."""
    low, high = variable.min or 0.0, variable.max or float("inf")
    said = [age for age in ages(message, today) if low <= age.days <= high]
    if not said:
        return None
    best = max(said, key=lambda age: (age.sure, age.start))
    span = Span(start=best.start, end=best.end, text=message[best.start : best.end])
    return SaidFact(BABY_AGE, best.days, span)


def _said_values(message: str, folded: str, variable: Variable) -> Iterator[tuple[int, int, Value]]:
    for item in _values(message, variable):
        for phrase in variable.said:
            before, _, after = fold(phrase).partition("{value}")
            prefix = folded[: item.start].rstrip()
            while filler := _FILLER.search(prefix):
                prefix = prefix[: filler.start()].rstrip()
            head, tail = before.strip(), after.strip()
            if _ends_with(prefix, head) and _begins_with(folded[item.end :].lstrip(), tail):
                start = len(prefix) - len(head) if head else item.start
                end = folded.index(tail, item.end) + len(tail) if tail else item.end
                assert item.value is not None
                yield start, end, item.value
                break


def _values(message: str, variable: Variable) -> list[Found]:
    match variable.unit:
        case "days":
            found = durations(message)
        case "°C":
            found = temperatures(message)
        case _:
            found = counts(message)
    low, high = variable.min or 0.0, variable.max or float("inf")
    return [item for item in found if item.value is not None and low <= item.value <= high]


def _said_yes_or_no(folded: str, variable: Variable) -> Iterator[tuple[int, int, Value]]:
    for value, phrases in ((True, variable.said), (False, variable.denied)):
        for phrase in phrases:
            for match in re.finditer(rf"\b{re.escape(fold(phrase))}\b", folded):
                if value and _NEGATED.search(folded[: match.start()]):
                    continue
                yield match.start(), match.end(), value


def _ends_with(text: str, head: str) -> bool:
    return not head or (text.endswith(head) and not text[: -len(head)][-1:].isalnum())


def _begins_with(text: str, tail: str) -> bool:
    return not tail or (text.startswith(tail) and not text[len(tail) :][:1].isalnum())


def _topics(message: str, locator: Locator) -> list[Choice]:
    """What she tells of, likeliest first; the first is named however likely it is."""
    told = locator.told(message)
    return [
        Choice(id=topic, label=locator.titles[topic], probability=chance)
        for place, (topic, chance) in enumerate(told.items())
        if chance >= _NAMED or place == 0
    ]
