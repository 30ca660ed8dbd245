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
    kind: Literal["temperature", "age", "time", "loss", "pressure"]
    value: float

    @property
    def forms(self) -> tuple[str, ...]:
        """The #words of the pattern language that it fills."""
        if self.kind == "temperature":
            return ("#temp", "#fever") if self.value >= 38 else ("#temp",)
        if self.kind == "time":
            long = ((6, 12, "#hours"), (12, 96, "#manyhours"), (120, 720, "#manydays"))
            return tuple(form for low, high, form in long if low <= self.value < high)
        return ("#pressure",) if self.kind == "pressure" else ()


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
            and self.tokens[match[0]].place - self.tokens[marker[-1]].place <= _FAR
            and marker[0] not in match
        )
        return max(ends, default=-1)


class Guard:
    """Screens messages against the catalogue. Holds nothing between messages."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon = lexicon = Lexicon(catalogue)

        def compiled(lines: Iterable[str], *, exact: bool = False) -> list[Pattern]:
            return [lexicon.pattern(line, exact=exact) for line in lines]

        self._negator = lexicon.slot("@negators")
        self._negation_end = lexicon.slot("@negation_ends")
        self._turn = lexicon.slot("@turns")
        self._past = lexicon.slot("@past")
        self._scope = {name: compiled(lines, exact=True) for name, lines in catalogue.scope.items()}
        self._observed = {name: compiled(lines) for name, lines in catalogue.observations.items()}
        self._signs = [
            (sign, compiled(sign.patterns), compiled(sign.doubtful)) for sign in catalogue.signs
        ]

    def screen(self, text: str, facts: Mapping[str, Fact], pending: str | None = None) -> Screening:
        """Look for danger in `text`.

        `facts` are what the conversation knows. `pending` is the sign whose check was asked in the
        last turn: this message answers it, and is screened for every other sign too.
        """
        asked = self._catalogue.by_id.get(pending or "")
        message = self._read(text, bare=bool(asked and asked.assumes))
        known, shown = self._know(message, facts, asked)
        findings = [
            finding
            for entry in self._signs
            if (finding := self._find(*entry, message, known, shown))
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
                if measure.start == word.start:
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
    ) -> tuple[dict[str, Fact], dict[str, list[Span]]]:
        """The facts, those of this message over the conversation's, and where she says them."""
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
        _place_fever(message, matches, known, asked.assumes if asked else None)
        shown = {name: [message.span(match) for match in found] for name, found in matches.items()}
        shown["baby_fever"] = shown["baby_fever"] or shown["any_fever"]
        for one in message.measures:
            shown.setdefault(_SHOWS.get(one.kind, one.kind), []).append((one.start, one.end))
        return known, shown

    def _find(
        self,
        sign: Sign,
        patterns: list[Pattern],
        doubtful: list[Pattern],
        message: _Message,
        known: Mapping[str, Fact],
        shown: Mapping[str, list[Span]],
    ) -> _Finding | None:
        """What the message says of one sign, at its gravest."""
        condition = parse_condition(sign.when) if sign.when else None
        holds = condition.evaluate(known).holds if condition else True
        if holds is False:
            return None
        sure: list[Match] = []
        unsure: list[Match] = []
        for match in _all(patterns, message):
            reading = self._meaning(match, message, recent=sign.recent)
            if reading == "real" and holds:
                sure.append(match)
            elif reading in ("real", "doubt") or (reading, sign.elsewhere) == (
                "elsewhere",
                "check",
            ):
                unsure.append(match)
        for match in () if sure else _all(doubtful, message):
            if self._meaning(match, message) in ("real", "doubt"):
                unsure.append(match)
        spans = {message.span(match) for match in sure or unsure}
        if condition and not patterns and not doubtful:
            spans = {span for name in condition.variables for span in shown.get(name, ())}
            return _Finding(sign, sign.level, bool(holds), tuple(sorted(spans)))
        return _Finding(sign, sign.level, bool(sure), tuple(sorted(spans))) if spans else None

    def _meaning(self, match: Match, message: _Message, *, recent: bool = False) -> Reading:
        """Whether what a match says is so, here and now."""
        first_own = message.tokens[match[0]].fills & self._negator
        if self._is_denied(match, message):
            return "doubt" if first_own else "no"
        supposed = message.latest("supposed", match)
        if supposed >= 0 and message.tokens[supposed].clause == message.tokens[match[-1]].clause:
            return "no"
        if message.latest("others", match) > message.latest("own", match):
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

    def _turned(self, match: Match, message: _Message) -> bool:
        """Whether a "but" stands between what a professional saw and the match."""
        ends = (marker[-1] for name in ("seen", "well") for marker in message.scope[name])
        between = message.tokens[min(ends, default=0) : match[0]]
        return any(token.fills & self._turn for token in between)

    def _is_denied(self, match: Match, message: _Message) -> bool:
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
_FAR = 12
"""Words over which a supposition, or someone else's story, carries."""
_REACH = 4
"""Words over which a denial carries."""


def _present(tokens: Iterable[Token]) -> int:
    present = 0
    for token in tokens:
        present |= token.fills
    return present


def _all(patterns: Iterable[Pattern], message: _Message) -> Iterator[Match]:
    for pattern in patterns:
        yield from pattern.find(message.tokens, message.present)


def _place_fever(
    message: _Message,
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
        if one.kind != "temperature":
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


def _answer(message: _Message) -> Answer:
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
    message: _Message,
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


_NUMBERS = dict(
    zip(
        [
            "cero",
            "un",
            "dos",
            "tres",
            "cuatro",
            "cinco",
            "seis",
            "siete",
            "ocho",
            "nueve",
            "diez",
            "once",
            "doce",
            "trece",
            "catorce",
            "quince",
        ],
        range(16),
        strict=True,
    )
) | {"una": 1, "dous": 2, "dois": 2, "duas": 2, "dues": 2, "two": 2, "one": 1, "three": 3}
_NUMBERS |= {"veinte": 20, "treinta": 30, "cuarenta": 40, "trenta": 30}
_NUMBERS |= {
    f"treinta y {word}": 30 + _NUMBERS[word] for word in ["cinco", "seis", "siete", "ocho", "nueve"]
}
_NUMBER = r"(?<![\w.,/])(?P<n>\d+(?:[.,']\d+)?|" + "|".join(sorted(_NUMBERS, reverse=True)) + ")"
_HALF = r"(?P<half>\s*y\s*medi[oa])?"
_DEGREES = re.compile(
    _NUMBER
    + r"(?:\s+(?:con|coma|punto)\s+(?P<tenths>\d|cinco|dos|ocho)\b)?"
    + _HALF
    + r"\s*(?P<unit>[°º]\s*[cf]?\b|grados\b|c\b|f(?:ahrenheit)?\b)?(?!\w)"
    r"(?!\s*(?:[+%]|sem|se?tman|ano|anys|dia|mes|hora|min|ml|cm|k[gm]|kilo|gr?\b|euro|punt|week))"
)
_FEVERISH = re.compile(
    r"fi?eb|calentur|temperatur|termomet|fever|grados|destempl|ardiendo|escalofri|tirit|mastitis"
    r"|(?:pecho|teta).{0,14}(?:roj|dur|calient)|(?:roj|dur|calient).{0,10}(?:pecho|teta)"
)
_SAYS = re.compile(
    r"(?:est[aoy]+|and[ao]|sigue|amanecio|marc\w+|puesto|subi\w+|lleg\w+|tiene|dio)"
    r" ?(?:con|a|en|de)?\s*$"
)
_SPELL = re.compile(
    _NUMBER + r"\s*(?P<unit>h(?:s|or\w*)?|d(?:ia\w*|ies|ays?)?|s(?:em\w*|etman\w*)|weeks?"
    r"|m(?:es\w*|onths?)?|ano\w*|years?)\b" + _HALF
)
_DAYS = {"h": 1 / 24, "d": 1, "s": 7, "w": 7, "m": 30.4, "a": 365, "y": 365}
_BORN = re.compile(r"naci|pari\b|parto|di a luz|cesarea|de vida|de nacid")
_LASTS = re.compile(
    r"(?:\b(?:hace|desde|llev\w+|durante|cada|por|tras|ultim\w+|dentro|despues|hasta|van|antes|for)"
    r"|(?:fiebre|calentura|tomas?|siestas?|embaraz\w+|nacio|prematur\w+|mayor|herman\w+|otr\w+) de)"
    r"(?: (?:de|unos|unas|casi|ya|como|las?|los|mas|hace))*\s*$"
)
_AGED = re.compile(
    r"(?:\b(?:de|d|tiene|con|cumpl\w+|bebe\w*|bb|apenas|solo|ni|y|edad:?|sus|casi"
    r"|a|is|te|tem|nin[oa]|hij[oa]|los)|^|,)\s*$"
)
_NEWBORN = re.compile(
    r"recien nacid|neonat|newborn|nounat|nounad|recem.?nascid|acab\w+ de nacer|primer dia de vida"
    r"|\bnaci[oe]? (?:ayer|hoy|anoche|antier|anteayer|esta)"
    r"|\bnacio (?:el|este) (?:lun|mar|mie|jue|vie|sab|dom)"
    r"|(?<!un )\bmes y medio"
)
_LOSS = re.compile(r"(?P<more>mas del? )?(?P<n>\d{1,2}(?:[.,]\d+)?)\s*(?:%|por ?ciento)")
_PRESSURE = re.compile(r"(?<!\d)(1[4-9]\d?|2[0-3]\d?)\s*(?:/|con|sobre|-)\s*(9\d?|1[0-4]\d?)(?!\d)")
_WEIGHT = r"(\d[.,]?\d{1,3})\b"
_WEIGHTS = re.compile(
    rf"naci\w* (?:con|pesando)? ?{_WEIGHT}.{{0,60}}?\b(?:pesa|peso|ahora|hoy)\D{{0,20}}{_WEIGHT}"
    rf"|(?:baj|perd|pas)\w+ de {_WEIGHT}\D{{0,10}} a {_WEIGHT}"
)


def _measures(folded: str, *, bare: bool) -> Iterator[_Measure]:
    """What she has measured; `bare` takes lone numbers too, as answers to a question."""
    feverish = bare or bool(_FEVERISH.search(folded)) or len(folded) < 8
    for found in _DEGREES.finditer(folded):
        value = _value(found["n"]) + (0.5 if found["half"] else 0)
        if found["tenths"]:
            value += _value(found["tenths"]) / 10
        if 95 <= value <= 108 and (found["unit"] or "").endswith(("f", "fahrenheit")):
            value = round((value - 32) / 1.8, 1)
        before = folded[max(0, found.start() - 30) : found.start()]
        told = found["unit"] or value % 1 or feverish or _SAYS.search(before)
        if 33 <= value <= 43 and told:
            yield _Measure(found.start(), found.end(), "temperature", value)
    aged = False
    for found in _SPELL.finditer(folded):
        days = (_value(found["n"]) + (0.5 if found["half"] else 0)) * _DAYS[found["unit"][0]]
        before, after = folded[max(0, found.start() - 40) : found.start()], folded[found.end() :]
        born = _BORN.search(before[-25:]) or _BORN.match(after.lstrip(" yqueds")[:12])
        is_age = born or bare or (_AGED.search(before) and not _LASTS.search(before))
        has = before.rstrip().endswith(("tiene", "con")) and days < 30
        if has and re.match(r" (?:con|sin|que) ", after):
            is_age = False  # "tiene 3 días con fiebre" is, in America, three days of fever
        if (found["unit"][0] == "h" and not born) or re.match(r" de (?:emb|gest)", after):
            is_age = False
        aged = aged or bool(is_age)
        if is_age:
            yield _Measure(found.start(), found.end(), "age", days)
        else:
            yield _Measure(found.start(), found.end(), "time", days * 24)
    for found in _PRESSURE.finditer(folded):
        yield _Measure(found.start(), found.end(), "pressure", float(found[1]))
    newborn = _NEWBORN.search(folded)
    if newborn and not aged:
        today = re.search("ayer|hoy|anoche|primer", newborn[0])
        days = 45 if "medio" in newborn[0] else 1 if today else 7
        yield _Measure(newborn.start(), newborn.end(), "age", days)
    for found in _LOSS.finditer(folded):
        if re.search(r"perd|baj|menos|lost", folded[max(0, found.start() - 50) : found.end() + 20]):
            lost = _value(found["n"]) + (0.1 if found["more"] else 0)
            yield _Measure(found.start(), found.end(), "loss", lost)
    for found in _WEIGHTS.finditer(folded):
        born_with, now = (_grams(text) for text in found.groups() if text)
        if 1500 <= now < born_with <= 6000:
            yield _Measure(found.start(), found.end(), "loss", 100 * (1 - now / born_with))


def _value(text: str) -> float:
    return _NUMBERS[text] if text in _NUMBERS else float(re.sub("[,']", ".", text))


def _grams(text: str) -> float:
    value = float(text.replace(",", "."))
    return value * 1000 if value < 10 else value
