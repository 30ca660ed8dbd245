"""The red-flag guard: danger is looked for first, on every message, with no model and no graph.

read words and measures → find patterns → drop what is denied, imagined, over or someone else's
    → evaluate conditions on facts → settle the pending check → compare with known dangers
    → the gravest finding
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from agent.danger.likeness import DangerReader
from agent.danger.measures import measure
from agent.danger.patterns import Match, Message, Patterns, Span
from agent.danger.redflags import Catalogue, Level, Sign, phones
from tools.conditions import parse_condition

__all__ = ["Guard", "Screening", "phones"]
log = logging.getLogger(__name__)

Fact = float | bool | None
ALIKE = 0.4
"""How far a message resembles one danger (the probability that it tells of any, times the root of
the share of that one) from which it is taken for it by that alone."""
CLEARLY = 0.65
"""The same where a likeness may be chance, only to ask."""
PERHAPS = 0.2
"""The same from which the sign's check question is asked. These were chosen on the development
sets of red flags and of ordinary messages (docs/benchmarks.md)."""
UNLIKE = 0.3
"""Probability below which what a pattern found is only asked about."""
DISMISSED = 0.2
"""Probability below which a doubtful wording is not even asked about. On the training messages,
each left out, the first asks about 3 dangers in 334 and the second misses 2 in 175, for 63 % and
46 % of the near misses that patterns find."""
_FEW = 6
"""Words below which a likeness may be chance: it takes more, and is only asked about."""
_TELLING = 10
"""Words from which a message says enough to be found unlike any danger."""
Reading = Literal["real", "doubt", "elsewhere", "no"]
"""How a match is meant: so; perhaps; long past or someone else's; not at all."""
Answer = Literal["yes", "no", "unsure"]


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
class _Finding:
    sign: Sign
    level: Level
    sure: bool
    spans: tuple[Span, ...]

    @property
    def gravity(self) -> tuple[bool, bool]:
        """Sure before doubtful, emergencies before the rest."""
        return self.sure, self.level == "emergency"


class Guard:
    """Screens messages against the catalogue. Holds nothing between messages."""

    def __init__(self, catalogue: Catalogue, reader: DangerReader | None = None) -> None:
        """Without a `reader` only the catalogue's patterns are looked for."""
        self._catalogue = catalogue
        self._reader = reader
        self._lexicon = lexicon = catalogue.lexicon()

        def compiled(lines: Iterable[str], *, exact: bool = False) -> Patterns:
            return Patterns.of(lexicon.pattern(line, exact=exact) for line in lines)

        self._negator = lexicon.slot("@negators")
        self._negation_end = lexicon.slot("@negation_ends")
        self._turn = lexicon.slot("@turns")
        self._past = lexicon.slot("@past")
        self._scope = {name: compiled(lines, exact=True) for name, lines in catalogue.scope.items()}
        self._observed = {name: compiled(lines) for name, lines in catalogue.observations.items()}
        self._signs = [
            (sign, compiled(sign.patterns), compiled(sign.doubtful)) for sign in catalogue.signs
        ]

    def screen(
        self,
        text: str,
        facts: Mapping[str, Fact],
        pending: str | None = None,
        *,
        today: date,
        answering: bool = False,
    ) -> Screening:
        """Look for danger in `text`; `answering`: she was asked something of the tree.

        `facts` are what the conversation knows, `today` the day of the message. `pending` is the
        sign whose check was asked in the last turn: this message answers it, and is screened for
        every other sign too.
        """
        asked = self._catalogue.by_id.get(pending or "")
        message = self._read(text, bare=bool(asked and asked.assumes), today=today)
        known, shown = self._know(message, facts, asked)
        findings = [
            finding
            for entry in self._signs
            if (finding := self._find(*entry, message, known, shown))
        ]
        if asked:
            findings = _settle(asked, _answer(message), findings, message, known)
        elif self._reader and message.tokens:
            try:
                findings = self._compared(
                    self._reader, text, findings, message, known, answering=answering
                )
            except Exception as error:  # noqa: BLE001 - what patterns found stands without it
                log.error("likeness to dangers failed: %s", type(error).__name__)  # noqa: TRY400
        if not findings:
            return Screening("none", None, (), None)
        gravest = max(findings, key=lambda finding: finding.gravity)
        if gravest.sure:
            told = {span for one in findings if one.sure for span in one.spans}
            return Screening(gravest.level, gravest.sign.id, tuple(sorted(told)), None)
        question = self._catalogue.question(gravest.sign)
        return Screening("none", gravest.sign.id, gravest.spans, question)

    def _compared(
        self,
        reader: DangerReader,
        text: str,
        findings: list[_Finding],
        message: Message,
        known: Mapping[str, Fact],
        *,
        answering: bool,
    ) -> list[_Finding]:
        """Add what the message resembles, and doubt what a pattern found where it resembles none.

        What answers a question is seldom a danger told, few words resemble much by chance, and the
        danger of somebody else's child resembles hers: those take more, and are only asked about.
        Measured dangers (a temperature at an age) stand whatever the message resembles.
        """
        danger = reader.danger(text)
        if danger < UNLIKE and len(message.tokens) >= _TELLING:
            return [
                one if self._stands(one.sign, reader) else replace(one, sure=False)
                for one in findings
                if one.sure or danger >= DISMISSED
            ]
        few = len(message.tokens) < _FEW
        hinting = answering or few or bool(message.scope["others"])
        enough = CLEARLY if hinting else PERHAPS
        if danger < enough or any(one.sure for one in findings):
            return findings
        # The patterns did not see them; that it resembles such dangers says that they may be there.
        assumed = {**known, **dict.fromkeys(self._observed, True)}
        whole = ((message.tokens[0].start, message.tokens[-1].end),)
        for id_, share in reader.likest_signs(text):
            # Alike to many dangers a little, it tells of none. The root told the development
            # messages apart better than the share itself.
            sign, alike = self._catalogue.by_id.get(id_), danger * share**0.5
            if alike < enough:
                break
            if sign is None:
                continue
            holds = parse_condition(sign.when).evaluate(assumed).holds if sign.when else True
            if holds is not False:
                sure = bool(holds) and alike >= ALIKE and not hinting
                return [*findings, _Finding(sign, sign.level, sure, whole)]
        return findings

    def _stands(self, sign: Sign, reader: DangerReader) -> bool:
        """Whether likeness may not doubt what was found of a sign."""
        return sign.certain or not sign.patterns or sign.id not in reader.signs

    def _read(self, text: str, *, bare: bool, today: date) -> Message:
        measures = list(measure(text, bare=bare, today=today))
        tokens = list(self._lexicon.tokens(text, measures, self._turn))
        return Message.read(tokens, measures, self._scope)

    def _know(
        self, message: Message, facts: Mapping[str, Fact], asked: Sign | None
    ) -> tuple[dict[str, Fact], dict[str, list[Span]]]:
        """The facts, those of this message over the conversation's, and where she says them."""
        known = dict(facts)
        matches: dict[str, list[Match]] = {}
        for name, patterns in self._observed.items():
            found = [(match, self._meaning(match, message)) for match in message.find(patterns)]
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
        _place_fever(message, matches, known, asked.assumes if asked else None)
        shown = {name: [message.span(match) for match in found] for name, found in matches.items()}
        shown["baby_fever"] = shown["baby_fever"] or shown["any_fever"]
        for one in message.measures:
            shown.setdefault(_SHOWS.get(one.kind, one.kind), []).append((one.start, one.end))
        return known, shown

    def _find(
        self,
        sign: Sign,
        patterns: Patterns,
        doubtful: Patterns,
        message: Message,
        known: Mapping[str, Fact],
        shown: Mapping[str, list[Span]],
    ) -> _Finding | None:
        """What the message says of one sign, at its gravest."""
        found, hints = message.find(patterns), message.find(doubtful)
        in_words = bool(patterns or doubtful)
        if in_words and not (found or hints):
            return None
        condition = parse_condition(sign.when) if sign.when else None
        holds = condition.evaluate(known).holds if condition else True
        if holds is False:
            return None
        sure: list[Match] = []
        unsure: list[Match] = []
        for match in found:
            reading = self._meaning(match, message, recent=sign.recent)
            if reading == "real" and holds:
                sure.append(match)
            elif reading in ("real", "doubt") or (reading, sign.elsewhere) == (
                "elsewhere",
                "check",
            ):
                unsure.append(match)
        for match in () if sure else hints:
            if self._meaning(match, message) in ("real", "doubt"):
                unsure.append(match)
        spans = {message.span(match) for match in sure or unsure}
        if condition and not in_words:
            spans = {span for name in condition.variables for span in shown.get(name, ())}
            return _Finding(sign, sign.level, bool(holds), tuple(sorted(spans)))
        return _Finding(sign, sign.level, bool(sure), tuple(sorted(spans))) if spans else None

    def _meaning(self, match: Match, message: Message, *, recent: bool = False) -> Reading:
        """Whether what a match says is so, here and now."""
        first_own = message.tokens[match[0]].fills & self._negator
        if self._is_denied(match, message):
            return "doubt" if first_own else "no"
        supposed = message.latest("supposed", match)
        if supposed >= 0 and message.tokens[supposed].clause == message.tokens[match[-1]].clause:
            return "no"
        if message.is_others(match):
            return "elsewhere"
        scope, tokens = message.scope, message.tokens
        here = [token for token in tokens if token.sentence == tokens[match[-1]].sentence]
        if not scope["again"] and any(tokens[one[0]] in here for one in scope["long_ago"]):
            return "elsewhere" if any(token.fills & self._past for token in here) else "doubt"
        if scope["seen"] and scope["well"] and not scope["again"]:
            told = max(one[-1] for name in ("seen", "well") for one in scope[name])
            if match[0] > told or (recent and scope["recent"]):
                return "doubt"
            return "real" if self._turned(match, message) else "elsewhere"
        return "doubt" if message.latest("perhaps", match) >= 0 else "real"

    def _turned(self, match: Match, message: Message) -> bool:
        """Whether a "but" stands between what a professional saw and the match."""
        ends = (marker[-1] for name in ("seen", "well") for marker in message.scope[name])
        between = message.tokens[min(ends, default=0) : match[0]]
        return any(token.fills & self._turn for token in between)

    def _is_denied(self, match: Match, message: Message) -> bool:
        tokens = message.tokens
        asserting = {index for one in message.scope["not_negations"] for index in one}
        reach = _REACH
        for index in range(match[-1] - 1, -1, -1):
            token = tokens[index]
            if index in match:
                reach = _REACH
                continue
            ended = token.fills & self._negation_end or token.clause != tokens[match[0]].clause
            if (
                (ended and index < match[0])
                or token.clause != tokens[match[-1]].clause
                or not reach
            ):
                break
            if token.fills & self._negation_end and index > match[0]:
                break
            if token.fills & self._negator and index not in asserting:
                return True
            reach -= 1
        rest = tokens[match[-1] + 1 :]
        clause = [token for token in rest if token.clause == tokens[match[-1]].clause]
        if len(clause) == 1 and clause[0].fills & self._negator:
            return True  # "fiebre no"
        return bool(clause) and any(
            after[0] == match[-1] + 1 for after in message.scope["denied_after"]
        )


_SHOWS = {
    "temperature": "baby_temperature_c",
    "age": "baby_age_days",
    "loss": "baby_weight_loss_percent",
}
"""The fact that a measure shows."""
_REACH = 4
"""Words over which a denial carries."""


def _place_fever(
    message: Message,
    matches: dict[str, list[Match]],
    known: dict[str, Fact],
    assumed: str | None,
) -> None:
    """Decide whose fever it is, and how high."""
    observed = [who for who in ("baby", "mother") if matches[f"{who}_fever"]]
    aged = any(one.kind == "age" for one in message.measures)
    if not observed and assumed == "baby_fever":
        known["baby_fever"] = True
    elif not observed and aged:
        earlier = known.get("baby_temperature_c")
        known["baby_fever"] = bool(matches["any_fever"] or (earlier and earlier >= 38))
    elif not observed and matches["any_fever"]:
        known["baby_fever"] = None
    highest: dict[str, float] = {}
    for one in message.measures:
        if one.kind != "temperature" or message.is_elsewhere(one.start):
            continue
        named = [
            who
            for who in observed
            for match in matches[f"{who}_fever"]
            if any(message.tokens[index].start == one.start for index in match)
        ]
        for who in named or observed[:1] or (["baby"] if assumed or aged else []):
            highest[who] = max(one.value, highest.get(who, 0.0))
    for who, value in highest.items():
        known[f"{who}_temperature_c"] = value
        known[f"{who}_fever"] = value >= 38
    if highest.get("baby", 37.0) < 36:
        known["baby_cold"] = True
        matches["baby_cold"] += matches["baby_fever"]


def _answer(message: Message) -> Answer:
    """How she answers the check question: by the wording that her message begins with."""
    kinds: tuple[Answer, ...] = ("unsure", "no", "yes")
    for kind in kinds:
        if any(match[0] <= 1 for match in message.scope[f"answer_{kind}"]):
            return kind
    return "unsure"


def _settle(
    asked: Sign,
    answer: Answer,
    findings: list[_Finding],
    message: Message,
    known: Mapping[str, Fact],
) -> list[_Finding]:
    """Take her message as the answer to the check of `asked`; what stays open counts as a yes."""
    decided = parse_condition(asked.when).evaluate(known).holds if asked.when else None
    others = [one for one in findings if one.sure or not _same_question(one.sign, asked)]
    whole = ((message.tokens[0].start, message.tokens[-1].end),) if message.tokens else ()
    if asked.assumes and known.get(asked.assumes) and decided is False:
        # The age is known now; a sister sign may hang on a temperature that she did not give.
        open_ = [one for one in findings if not one.sure and one.sign.assumes == asked.assumes]
        return others + [_Finding(one.sign, one.level, True, whole) for one in open_]
    if decided is False or (answer == "no" and not decided):
        return others
    yes = asked.check.yes_means if asked.check and answer == "yes" else asked.level
    return [*others, _Finding(asked, yes, True, whole)]


def _same_question(sign: Sign, asked: Sign) -> bool:
    return sign.id == asked.id or (asked.assumes is not None and sign.assumes == asked.assumes)
