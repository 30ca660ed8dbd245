"""The red-flag guard: danger is looked for first, on every message, with no model and no graph.

    read words and measures → find patterns → drop what is denied, imagined, over or someone else's
        → evaluate conditions on facts → settle the pending check → the gravest finding
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from agent.redflags import Catalogue, Level, Lexicon, Pattern, Sign, Token, phones
from tools.conditions import parse_condition
from tools.words import fold, words

__all__ = ["Guard", "Screening", "phones"]

Fact = float | bool | None
Reading = Literal["real", "doubt", "elsewhere", "no"]
"""How a match is meant: so; perhaps; long past or someone else's; not at all."""
Answer = Literal["yes", "no", "unsure"]
Match = tuple[int, ...]
"""Indexes of the tokens that fill a pattern's steps."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Screening:
    """What the guard found in one message."""

    level: Literal["none", "same_day", "emergency"]
    sign: str | None
    """Catalogue id of the gravest sign found, or of the one that `check` asks about."""
    spans: tuple[Span, ...]
    """The characters of her message that triggered."""
    check: str | None
    """The question to ask now, in Spanish; then the level is "none"."""


@dataclass(frozen=True)
class _Measure:
    """A temperature (°C), an age (days), a stretch of time (hours) or a loss of weight (%)."""

    start: int
    end: int
    kind: Literal["temperature", "age", "time", "loss"]
    value: float

    @property
    def forms(self) -> tuple[str, ...]:
        """The #words of the pattern language that it fills."""
        if self.kind == "temperature":
            return ("#temp", "#fever") if self.value >= 38 else ("#temp",)
        if self.kind == "time":
            long = ((6, 12, "#hours"), (12, 96, "#manyhours"), (120, 720, "#manydays"))
            return tuple(form for low, high, form in long if low <= self.value < high)
        return ()


@dataclass(frozen=True)
class _Finding:
    sign: Sign
    level: Level
    sure: bool
    spans: tuple[Span, ...]

    @property
    def gravity(self) -> tuple[bool, bool]:
        """Sure before doubtful, emergencies before the rest."""
        return self.sure, self.level == "emergency"


@dataclass(frozen=True)
class _Message:
    tokens: list[Token]
    present: int
    """The slots that any of its words fills."""
    measures: list[_Measure]
    scope: dict[str, list[Match]]
    """Matches of the wordings that change what others mean, by their name in the catalogue."""

    def span(self, match: Match) -> Span:
        """The characters of a match."""
        return self.tokens[match[0]].start, self.tokens[match[-1]].end

    def latest(self, name: str, match: Match) -> int:
        """Index of the last such wording that begins before `match` ends in its sentence, or -1."""
        sentence = self.tokens[match[-1]].sentence
        ends = (
            marker[-1]
            for marker in self.scope[name]
            if marker[0] < match[-1]
            and self.tokens[marker[-1]].sentence == sentence
            and marker[-1] not in match
        )
        return max(ends, default=-1)


class Guard:
    """Screens messages against the catalogue. Holds nothing between messages."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon = lexicon = Lexicon(catalogue)

        def compiled(lines: Iterable[str]) -> list[Pattern]:
            return [lexicon.pattern(line) for line in lines]

        self._negator = lexicon.slot("@negators")
        self._negation_end = lexicon.slot("@negation_ends")
        self._turn = lexicon.slot("@turns")
        self._scope = {name: compiled(lines) for name, lines in catalogue.scope.items()}
        self._observed = {name: compiled(lines) for name, lines in catalogue.observations.items()}
        self._signs = [
            (sign, compiled(sign.patterns), compiled(sign.doubtful)) for sign in catalogue.signs
        ]

    def screen(
        self, text: str, facts: Mapping[str, Fact], pending: str | None = None
    ) -> Screening:
        """Look for danger in `text`.

        `facts` are what the conversation knows. `pending` is the sign whose check was asked in the
        last turn: this message answers it, and is screened for every other sign too.
        """
        asked = self._catalogue.by_id.get(pending or "")
        message = self._read(text, bare=bool(asked and asked.assumes))
        known = self._know(message, facts, asked)
        findings = [
            finding for entry in self._signs if (finding := self._find(*entry, message, known))
        ]
        if asked:
            findings = _settle(asked, _answer(message), findings, message, known)
        if not findings:
            return Screening("none", None, (), None)
        gravest = max(findings, key=lambda finding: finding.gravity)
        if gravest.sure:
            return Screening(gravest.level, gravest.sign.id, gravest.spans, None)
        question = self._catalogue.question(gravest.sign)
        return Screening("none", gravest.sign.id, gravest.spans, question)

    def _read(self, text: str, *, bare: bool) -> _Message:
        measures = list(_measures(fold(text), bare=bare))
        tokens = list(self._tokens(text, measures))
        figures = {
            index
            for pattern in self._scope["figures"]
            for match in pattern.find(tokens, _present(tokens))
            for index in match
        }
        tokens = [token for index, token in enumerate(tokens) if index not in figures]
        present = _present(tokens)
        scope = {
            name: [match for pattern in patterns for match in pattern.find(tokens, present)]
            for name, patterns in self._scope.items()
        }
        return _Message(tokens, present, measures, scope)

    def _tokens(self, text: str, measures: list[_Measure]) -> Iterator[Token]:
        end = place = clause = sentence = 0
        for word in words(text):
            fills = self._lexicon.fills(word.folded)
            for measure in measures:
                if measure.start <= word.start < measure.end:
                    for form in measure.forms:
                        fills |= self._lexicon.fills(form)
            between = text[end : word.start]
            inside = any(measure.start < word.start < measure.end for measure in measures)
            if end and not inside and any(mark in between for mark in ".!?¿¡;:\n()"):
                sentence, clause, place = sentence + 1, clause + 1, place + 100
            elif end and not inside and (between.strip(" '’-\"") or fills & self._turn):
                clause, place = clause + 1, place + 2
            yield Token(word.start, word.end, fills, place, clause, sentence)
            end, place = word.end, place + 1

    def _know(
        self, message: _Message, facts: Mapping[str, Fact], asked: Sign | None
    ) -> dict[str, Fact]:
        """The conversation's facts with those of this message over them."""
        known = dict(facts)
        matches: dict[str, list[Match]] = {}
        for name, patterns in self._observed.items():
            found = [(match, self._meaning(match, message)) for match in _all(patterns, message)]
            matches[name] = [match for match, reading in found if reading in ("real", "doubt")]
            real = any(reading == "real" for _, reading in found)
            known[name] = True if real else None if matches[name] else False
        fever = min((message.span(match)[1] for match in matches["any_fever"]), default=0)
        ages = [one for one in message.measures if one.kind == "age"]
        if ages:
            ages.sort(key=lambda one: (one.start > fever, abs(one.start - fever)))
            known["baby_age_days"] = ages[0].value
        losses = [one.value for one in message.measures if one.kind == "loss"]
        known["baby_weight_loss_percent"] = max(losses, default=0.0)
        self._place_fever(message, matches, known, facts, asked)
        return known

    def _place_fever(
        self,
        message: _Message,
        matches: dict[str, list[Match]],
        known: dict[str, Fact],
        facts: Mapping[str, Fact],
        asked: Sign | None,
    ) -> None:
        """Whose fever is it, and how high."""
        assumed = asked.assumes if asked else None
        measured = [one for one in message.measures if one.kind == "temperature"]
        whose: dict[str, list[float]] = {"baby": [], "mother": []}
        observed = [who for who in whose if matches[f"{who}_fever"]]
        for one in measured:
            inside = [
                who
                for who in observed
                for match in matches[f"{who}_fever"]
                if any(one.start <= message.tokens[index].start < one.end for index in match)
            ]
            denied = not inside and not observed and not matches["any_fever"]
            for who in set(inside or observed[:1] or ([] if denied and not assumed else [])):
                whose[who].append(one.value)
