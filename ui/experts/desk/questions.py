"""The questions of the consultation desk: what is still open, and what each would tell."""

from collections.abc import Iterable, Sequence
from html import escape

from agent.consultation import Answered, Consultation, RelevantQuestion
from agent.texts import Texts
from records.events import Choice
from ui.experts.desk.fields import bar, fieldset, radio, radios, section, value_field, worth
from ui.experts.desk.form import OPTION, VALUE, Filled
from ui.experts.markup import chips, percent
from ui.hers.document import paragraph

_OPEN_AT_ONCE = 1
"""Questions that are shown unfolded."""


def questions(read: Consultation, filled: Filled, texts: Texts) -> str:
    """The section; what is answered comes last, to be changed."""
    known = {fact.name for fact in read.facts}
    rows = [_question(one, place, filled, texts) for place, one in enumerate(read.questions)]
    rows += [_answered(one, texts) for one in read.answered]
    # A value that could not be read is no fact, and its question may be no more among the first.
    asked = known | {one.variable for one in read.questions}
    rows += [value_field(name, name, filled) for name in filled.faults if name not in asked]
    if not rows:
        return section("questions", texts, paragraph(texts("experts.desk.none_open"), "quiet"))
    hint = paragraph(texts("experts.desk.questions_hint"), "quiet")
    return section("questions", texts, hint + "".join(rows), "questions")


def _question(one: RelevantQuestion, place: int, filled: Filled, texts: Texts) -> str:
    told = (
        f'<span class="worth">{bar(min(one.bits / 2, 1.0))} {escape(worth(one.bits, texts))}</span>'
    )
    body = paragraph(texts("experts.desk.reached", share=percent(one.reached, texts)), "quiet")
    if one.help:
        body += paragraph(one.help, "quiet")
    if one.options:
        choices = [
            (option.id, option.label, _leads(option.leaves, texts)) for option in one.options
        ]
        body += _options(f"{OPTION}{one.node}", one.text, choices, texts)
    else:
        apart = " · ".join(one.separates)
        body += paragraph(texts("experts.desk.separates", leaves=apart), "leads")
        name = one.variable or ""
        if one.is_boolean:
            answers = [(said, said) for said in ("sí", "no", "no lo sé")]
            body += radios(f"{VALUE}{name}", one.text, answers, filled.values.get(name), texts)
        else:
            body += value_field(name, one.text, filled)
    unfolded = " open" if place < _OPEN_AT_ONCE or one.variable in filled.faults else ""
    return (
        f'<details class="question"{unfolded}><summary><span>{escape(one.text)}</span> {told}'
        f"</summary>{body}</details>"
    )


def _options(name: str, legend: str, choices: Iterable[tuple[str, str, str]], texts: Texts) -> str:
    none = radio(name, "", texts("experts.desk.unanswered"), checked=True)
    rows = [
        f"<div>{radio(name, value, label, checked=False)}{leads}</div>"
        for value, label, leads in choices
    ]
    return fieldset(legend, "".join([*rows, none]), quiet=True)


def _leads(leaves: Sequence[Choice], texts: Texts) -> str:
    told = " · ".join(f"{leaf.label} {percent(leaf.probability, texts)}" for leaf in leaves)
    return paragraph(texts("experts.desk.leads", leaves=told), "leads") if told else ""


def _answered(one: Answered, texts: Texts) -> str:
    choices = list(one.options)
    label = next((label for value, label in choices if value == one.answer), "")
    done = chips([texts("experts.desk.answered", answer=label)])
    change = radios(f"{OPTION}{one.node}", one.text, choices, one.answer, texts)
    return (
        f'<details class="question"><summary><span>{escape(one.text)}</span> {done}</summary>'
        f"{change}</details>"
    )
