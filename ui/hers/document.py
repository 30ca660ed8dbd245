"""The plain pages beside the chat: HTML without a framework, which works on any phone."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from fastapi.responses import HTMLResponse

from agent.texts import Texts

_STATIC = Path(__file__).parents[1] / "static"
_STYLE = (_STATIC / "hers.css").read_text("utf-8")
_SCRIPT = (_STATIC / "hers.js").read_text("utf-8")


@dataclass(frozen=True)
class Reader:
    """Who reads a page: her language and country."""

    texts: Texts
    home: str
    """The path of the chat in her language."""
    emergency: str
    """Whom to call in an emergency where she is: "al 112"."""


def document(texts: Texts, heading: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A page of some parts, which are HTML. Its title says nothing of her; nobody may keep it."""
    html = f"{opening(texts, heading)}{''.join(parts)}{closing(_SCRIPT)}"
    return HTMLResponse(html, status, headers=KEPT_BY_NOBODY)


KEPT_BY_NOBODY = {"cache-control": "no-store"}


def opening(texts: Texts, heading: str, style: str = "") -> str:
    """How a page begins, with a `style` of its own beside the one that all have."""
    title = escape(texts("hers.title"))
    return (
        f'<!doctype html><html lang="{texts.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}{style}</style></head><body><main>"
        f"<h1>{escape(heading)}</h1>"
    )


def closing(script: str) -> str:
    """How it ends."""
    return f"</main><script>{script}</script></body></html>"


def paragraph(text: str, kind: str = "") -> str:
    """A sentence."""
    return f'<p class="{kind}">{escape(text)}</p>'


def link(path: str, label: str, kind: str = "") -> str:
    """A link; `button` and `strong` are kinds."""
    return f'<a href="{escape(path)}" class="{kind}">{escape(label)}</a>'


def way_home(reader: Reader, kind: str = "") -> str:
    """The way back to the chat; `strong` is a kind."""
    return f"<p>{link(reader.home, reader.texts('hers.home'), f'button {kind}'.strip())}</p>"


def kept_words(text: str) -> str:
    """A text as it is, with its line breaks; the first of a page is what the script copies."""
    return f"<pre>{escape(text)}</pre>"


def scrolled(label: str, text: str) -> str:
    """A long text that leaves room for what comes after it; the keyboard scrolls it too."""
    named = f'role="region" aria-label="{escape(label)}" tabindex="0"'
    return f'<div class="scroll"><pre {named}>{escape(text)}</pre></div>'


def button(label: str, kind: str = "", name: str = "", done: str = "") -> str:
    """Sends its form; one with a name is for the script, and hidden until that can do it.

    `done` is what it says for a moment afterwards.
    """
    how = f'type="button" id="{name}" data-done="{escape(done)}" hidden' if name else ""
    return f'<button {how} class="{kind}">{escape(label)}</button>'


def form(path: str, *parts: str) -> str:
    """A form that is sent with POST: nothing of it gets into the address."""
    return f'<form method="post" action="{escape(path)}">{"".join(parts)}</form>'


def hidden(name: str, value: str) -> str:
    """A value that a form carries."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def area(name: str, label: str, limit: int, value: str = "", key: str = "") -> str:
    """Several lines of her own; `key` tells the areas of one page apart."""
    return (
        f'<label for="{name}{key}">{escape(label)}</label>'
        f'<textarea id="{name}{key}" name="{name}" rows="4" maxlength="{limit}">'
        f"{escape(value)}</textarea>"
    )
