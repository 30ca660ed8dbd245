"""Evidence without statistics, one small reader a family: what her words settle by themselves.

No model, no tree: only the question, its labels and the reply. `CERTAIN` is for what cannot be
misread; the other weights are log(right / wrong) of their family on the development replies.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.evidence.opposites import by_term
from agent.evidence.ordinals import named
from agent.evidence.polarity import (
    is_plain_unknown,
    option_polarity,
    polarity_of,
)
from agent.evidence.ranges import fits
from agent.evidence.scope import denied, refused
from agent.evidence.statements import negated_at_all, stated_polarity
from tools.tree import Question
from tools.words import fold, stemmer, words

CERTAIN = 12.0
"""Log-odds of what cannot be misread: one wrong in about 160,000."""
LIKELY = 3.5
"""Log-odds of a rule that is right in about 97 of 100 cases."""
WEIGHTS: Mapping[str, float] = {
    "ordinal": 4.5,
    "range": 2.6,
    "yes or no": 3.0,
    "unknown": LIKELY,
    "stated": 2.25,
    "negation": 1.2,
    "term": 1.9,
    "denial": 1.5,
}
"""Log-odds by family."""
_BARE = 1
"""Words of a label that holds no more than yes or no."""
_STEM = stemmer("es")
_MARKED = re.compile(r"[^.!?¿\n]*¿[^?]*\?|[^.,;!?\n]*\?")
_UNMARKED = re.compile(
    r"^\W*(?:y\s+)?(?:que (?!va\b|si\b|no\b)|como\s|cual|cuant[oa]s?\s|por que\s|para que\s"
    r"|donde\s|what|how|why|which|where|can)\b.*$"
)
"""A question without its mark, from its first word."""
_LIST = re.compile(r"\S+")
_COMMON = frozenset(
    _LIST.findall(
        "hora horas dias semana semanas meses anos minutos veces para como esta estan este esto"
        " algo cuando desde hasta porque tiene tengo bebe pecho leche nada todo toda puedo puede"
        " quiere nunca ganas pero sobre entre mucho poco solo cada veces quiero estoy tener haber"
        " hacer"
    )
)


class Rules:
    """The rules, as one source of evidence."""

    name = "rules"

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        """Log-odds by option id; empty when no rule applies, or says the same of all options."""
        total: dict[int, float] = {}
        for _, scores in families(question.text, [o.label for o in question.options], text):
            for place, score in scores.items():
                total[place] = total.get(place, 0.0) + score
            if CERTAIN in scores.values():
                total = {place: score for place, score in scores.items() if score == CERTAIN}
                break
        if len(total) == len(question.options) and len(set(total.values())) == 1:
            return {}
        return {
            question.options[place].id: score for place, score in sorted(total.items()) if score
        }


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for case, accents and punctuation."""
    first, second = words(one), words(other)
    return len(first) == len(second) and all(
        a.folded == b.folded for a, b in zip(first, second, strict=True)
    )


def families(
    question: str, labels: Sequence[str], text: str
) -> Iterator[tuple[str, dict[int, float]]]:
    """What each family says: log-odds by the option's place, surest families first."""
    for name, read in (
        ("label", _by_label),
        ("ordinal", _by_ordinal),
        ("unknown", _by_unknown),
        ("range", _by_range),
        ("yes or no", _by_yes_or_no),
        ("stated", _by_statement),
        ("term", _by_term),
        ("denial", _by_denial),
    ):
        told = text if name in ("label", "ordinal") else _told(text)
        if words(told) and (scores := read(question, labels, told)):
            yield name, scores


def _told(text: str) -> str:
    """The reply without the questions in it."""
    folded = fold(text)
    if _UNMARKED.match(folded):
        return ""
    spans = [match.span() for match in _MARKED.finditer(folded)] if "?" in text else []
    kept, start = [], 0
    for begin, end in spans:
        kept.append(text[start:begin])
        start = end
    return " ".join([*kept, text[start:]]).strip()


def _by_label(_question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    return {place: CERTAIN for place, label in enumerate(labels) if same_words(label, text)}


def _by_ordinal(question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    found = named(question, labels, text)
    if found is None:
        return {}
    weight = CERTAIN if found.alone else WEIGHTS["ordinal"]
    scores = dict.fromkeys(found.chosen, weight)
    return scores or dict.fromkeys(found.denied, -WEIGHTS["ordinal"])


def _by_unknown(_question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    kinds = [option_polarity(label) for label in labels]
    if polarity_of(text, "yes" in kinds) != "unknown":
        return {}
    meant = [place for place, kind in enumerate(kinds) if kind == "unknown"]
    plain = [place for place in meant if is_plain_unknown(labels[place])]
    return dict.fromkeys(plain or meant, WEIGHTS["unknown"])


def _by_range(question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    return {
        place: WEIGHTS["range"] if fit else -WEIGHTS["range"] / 2
        for place, fit in fits(question, labels, text).items()
    }


def _by_yes_or_no(_question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    kinds = [option_polarity(label) for label in labels]
    said = polarity_of(text, "yes" in kinds)
    if said in (None, "unknown") or "yes" not in kinds:
        return {}
    meant = [place for place, kind in enumerate(kinds) if kind == said]
    if said == "no" and not meant:
        # "No consigue agarrarse" beside "Sí, se agarra".
        meant = [
            place
            for place, (label, kind) in enumerate(zip(labels, kinds, strict=True))
            if kind is None and fold(label).startswith("no ")
        ]
    return dict.fromkeys(meant, WEIGHTS["yes or no"])


def _by_statement(question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    kinds = [option_polarity(label) for label in labels]
    # "Sí, prematuro" holds more than a yes: a statement may mean another option.
    is_bare = {"yes", "no"} <= set(kinds) and all(
        kind == "unknown" or (kind and len(words(label)) <= _BARE)
        for kind, label in zip(kinds, labels, strict=True)
    )
    if not is_bare or polarity_of(text, True):
        return {}
    said, weight = stated_polarity(question, text), WEIGHTS["stated"]
    if said is None and negated_at_all(question, text):
        said, weight = "no", WEIGHTS["negation"]
    meant = [place for place, kind in enumerate(kinds) if kind == said]
    return dict.fromkeys(meant, weight) if said else {}


def _by_term(_question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    gain, lose = by_term(labels, text)
    weight = WEIGHTS["term"]
    return dict.fromkeys(gain, weight) | dict.fromkeys(lose, -weight / 2)


def _by_denial(_question: str, labels: Sequence[str], text: str) -> dict[int, float]:
    """An option that asserts what she puts aside loses; one that denies it too gains."""
    denies, put_aside = _stems(denied(text)), _stems(refused(text))
    scores: dict[int, float] = {}
    for place, label in enumerate(labels):
        label_denies = _stems(denied(label))
        label_tells = _stems(label) - label_denies
        if put_aside & label_tells:
            scores[place] = -WEIGHTS["denial"] / 3
        elif denies & label_denies:
            scores[place] = WEIGHTS["denial"]
    return scores


def _stems(text: str) -> set[str]:
    return {_STEM(w.folded) for w in words(text) if len(w.folded) > 3 and w.folded not in _COMMON}
