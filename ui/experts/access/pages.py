"""What the pages of sign-in, accounts, log and exports have in common."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ui.experts.markup import select
from ui.hers.document import paragraph

STYLE = Path(__file__).with_name("access.css").read_text("utf-8")


def told(text: str, kind: str = "note") -> str:
    """What came of a form, which a screen reader says at once."""
    role = "alert" if kind == "urgent" else "status"
    return f'<div role="{role}">{paragraph(text, kind)}</div>' if text else ""


def text_field(name: str, label: str, value: str = "", key: str = "", **more: str) -> str:
    """A line to fill in; `more` are attributes."""
    id_ = f"{name}{key}"
    attributes = {"type": "text", "maxlength": "256", **more}
    given = "".join(f' {one}="{escape(it)}"' for one, it in attributes.items())
    return (
        f'<div><label for="{id_}">{escape(label)}</label>'
        f'<input id="{id_}" name="{name}" value="{escape(value)}"{given}></div>'
    )


def password_field(name: str, label: str, *, new: bool = False, key: str = "") -> str:
    """A password, which is never filled in by us."""
    how = "new-password" if new else "current-password"
    return text_field(name, label, key=key, type="password", autocomplete=how, required="")


def choice(
    name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str = "", key: str = ""
) -> str:
    """One of several: what is sent, and what is shown."""
    return f"<div>{select(name, label, choices, chosen, f'{name}{key}')}</div>"


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of HTML cells, the first of each being what the row is about."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    return (
        f'<div class="table" role="region" aria-label="{escape(caption)}" tabindex="0">'
        f'<table class="cards"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
