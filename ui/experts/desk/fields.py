"""The fields and bars that the consultation desk is made of."""

from collections.abc import Iterable
from html import escape

from agent.texts import Texts
from records.events import Choice
from ui.experts.desk.form import VALUE, Filled
from ui.experts.markup import decimal, percent

_MUCH, _SOME = 0.8, 0.2
"""Bits from which a question tells much, or something worth the name."""


def section(key: str, texts: Texts, body: str, kind: str = "") -> str:
    """A part of the page under its heading."""
    title = escape(texts(f"experts.desk.{key}"))
    return f'<section class="{kind}"><h2>{title}</h2>{body}</section>'


def radio(name: str, value: str, label: str, *, checked: bool) -> str:
    """One of the answers that go by a name."""
    kind = f'type="radio" name="{escape(name)}" value="{escape(value)}"'
    on = " checked" if checked else ""
    return f'<label class="pick"><input {kind}{on}> <span>{escape(label)}</span></label>'


def radios(
    name: str,
    legend: str,
    choices: Iterable[tuple[str, str]],
    chosen: str | None,
    texts: Texts,
) -> str:
    """A question with its answers; the last one takes it back."""
    rows = [radio(name, value, label, checked=value == chosen) for value, label in choices]
    none = radio(name, "", texts("experts.desk.unanswered"), checked=not chosen)
    return fieldset(legend, "".join([*rows, none]))


def fieldset(legend: str, body: str, *, quiet: bool = False) -> str:
    """A group of choices; a `quiet` legend is read out only, as the page shows it already."""
    kind = ' class="unseen"' if quiet else ""
    return f"<fieldset><legend{kind}>{escape(legend)}</legend>{body}</fieldset>"


def place(name: str, one: Choice, checked: bool, texts: Texts) -> str:
    """One of several places of the tree, with its probability as a bar."""
    known = one.probability is not None
    share = percent(one.probability, texts) if known else texts("experts.desk.no_estimate")
    picked = radio(name, one.id, one.label, checked=checked)
    told = f'{bar(one.probability)}<span class="value">{share}</span>'
    return f'<div class="bar-row">{picked}{told}</div>'


def value_field(name: str, label: str, filled: Filled) -> str:
    """A field for a value, with what is wrong with what was typed."""
    fault = filled.faults.get(name)
    key = f"{VALUE}{name}"
    wrong = f' aria-invalid="true" aria-describedby="{key}-fault"' if fault else ""
    told = f'<p class="urgent" id="{key}-fault">{escape(fault)}</p>' if fault else ""
    return (
        f'<div class="field"><label for="{key}" class="small">{escape(label)}</label>'
        f'<input type="text" id="{key}" name="{key}" maxlength="60" autocomplete="off"'
        f' value="{escape(filled.values.get(name, ""))}"{wrong}>{told}</div>'
    )


def bars(chances: Iterable[tuple[str, float | None]], texts: Texts) -> str:
    """Labels with their probability."""
    rows = "".join(
        f'<li class="bar-row"><span>{escape(label)}</span>{bar(share)}'
        f'<span class="value">{percent(share, texts)}</span></li>'
        for label, share in chances
    )
    return f'<ul class="bars">{rows}</ul>'


def bar(share: float | None) -> str:
    """A part of one as a bar; what it says stands beside it in words."""
    return f'<span class="bar"><b style="width:{100 * (share or 0.0):.1f}%"></b></span>'


def worth(bits: float, texts: Texts) -> str:
    """How much an answer tells, in words and in bits."""
    how = "much" if bits >= _MUCH else "some" if bits >= _SOME else "little"
    return texts(f"experts.desk.worth.{how}", bits=decimal(f"{bits:.2f}", texts))
