"""The pieces of HTML that a timeline is made of.

Everything that comes from a record goes through `escaped`: the page shows it literally.
"""

import json
from collections.abc import Iterable, Sequence
from html import escape

from pydantic import JsonValue

from agent.texts import Texts


def escaped(text: object) -> str:
    """Text as HTML that shows it literally, in one line of source."""
    plain = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return escape(plain).replace("\n", "&#10;").replace("\t", "&#9;")


def paragraph(text: str, kind: str = "") -> str:
    """A sentence of ours; nothing for an empty one."""
    return f'<p class="{kind}">{escaped(text)}</p>' if text else ""


def words(text: str) -> str:
    """Text that somebody wrote, with its line breaks."""
    return f'<p class="words">{escaped(text)}</p>' if text else ""


def quote(text: str) -> str:
    """A piece of her message."""
    return f"<q>{escaped(text)}</q>"


def block(text: str) -> str:
    """Code or other exact text."""
    return f"<pre><code>{escaped(text)}</code></pre>"


def json_block(value: JsonValue) -> str:
    """Data as JSON."""
    return block(json.dumps(value, ensure_ascii=False, indent=2))


def folded(title: str, body: str) -> str:
    """Details that open with a click or the Enter key."""
    return f"<details><summary>{escaped(title)}</summary>{body}</details>"


def listed(parts: Iterable[tuple[str, str]]) -> str:
    """Terms and what they are (ready HTML), without the empty ones."""
    rows = "".join(
        f"<div><dt>{escaped(term)}</dt><dd>{body}</dd></div>" for term, body in parts if body
    )
    return f"<dl>{rows}</dl>" if rows else ""


def chips(labels: Iterable[str], kind: str = "") -> str:
    """Short labels in a row."""
    return " ".join(f'<span class="chip {kind}">{escaped(label)}</span>' for label in labels)


def select(
    name: str, label: str, choices: Iterable[tuple[str, str]], chosen: str = "", id_: str = ""
) -> str:
    """One of several, with its label: what is sent, and what is shown; `id_` is the name's own."""
    id_ = id_ or name
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(shown)}</option>"
        for value, shown in choices
    )
    return (
        f'<label for="{id_}">{escape(label)}</label>'
        f'<select id="{id_}" name="{name}">{options}</select>'
    )


def bars(
    chances: Sequence[tuple[str, float | None]], texts: Texts, threshold: float | None = None
) -> str:
    """Labels with their probability as a bar, and the threshold as a line across it."""
    mark = "" if threshold is None else f'<i style="left:{_width(threshold)}"></i>'
    rows = "".join(
        f'<li><span class="name">{escaped(label)}</span><span class="bar">'
        f'<b style="width:{_width(chance or 0.0)}"></b>{mark}</span>'
        f'<span class="value">{percent(chance, texts)}</span></li>'
        for label, chance in chances
    )
    return f'<ul class="bars">{rows}</ul>' if rows else ""


def named(texts: Texts, section: str, name: str) -> str:
    """What a code is called on the screen; the code itself when the catalogue lacks it."""
    key = f"experts.{section}.{name}"
    return texts(key) if key in texts.keys() else name  # noqa: SIM118 (Texts is no mapping)


_SMALLEST = 0.001
"""A probability below this one is not worth its digits."""


def percent(share: float | None, texts: Texts) -> str:
    """A probability; a dash where nothing was estimated."""
    if share is None:
        return "–"
    if 0 < share < _SMALLEST:
        return f"< {decimal(f'{100 * _SMALLEST:g}', texts)} %"
    return f"{decimal(f'{100 * share:.3g}', texts)} %"


def duration(ms: float, texts: Texts) -> str:
    """Milliseconds, or seconds from one second on."""
    if ms >= 1000:
        return f"{decimal(f'{ms / 1000:.1f}', texts)} s"
    return f"{decimal(f'{ms:.1f}' if 0 < ms < 10 else f'{ms:.0f}', texts)} ms"


def decimal(number: str, texts: Texts) -> str:
    """A formatted number with the language's decimal sign and a real minus."""
    return number.replace(".", texts("experts.decimal")).replace("-", "−")


def _width(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%"
