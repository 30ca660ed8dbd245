"""Replies as plain text, for where nothing can be bold: e-mails, summaries and drafts."""

import re
from collections.abc import Iterator

from agent.texts import Texts
from records.events import Replied, SourceShown

_BOLD = re.compile(r"\*\*(\S.*?)\*\*")


def advice_lines(reply: Replied, texts: Texts) -> Iterator[str]:
    """An answer or a warning with its sections and sources, each line or section by itself."""
    if reply.title:
        yield reply.title
    yield _plain(reply.text)
    for name in ("normal", "seek_help"):
        if said := getattr(reply, name):
            yield f"\n{texts(f'chat.{name}')}:\n{_plain(said)}"
    if reply.sources:
        yield f"\n{texts('chat.sources')}:"
        yield from (f"- {_source(source, texts)}" for source in reply.sources)
    if not reply.reviewed:
        yield texts("chat.not_reviewed")


def phone_lines(reply: Replied) -> list[str]:
    """Whom to call: a name and a number each, with the hours where they are limited."""
    return [
        f"- {phone.name}: {phone.number}{f' ({phone.hours})' if phone.hours else ''}"
        for phone in reply.phones
    ]


def published(source: SourceShown, texts: Texts) -> str:
    """By whom, and when."""
    return f"{source.organisation}, {source.year or texts('chat.no_year')}"


def _source(source: SourceShown, texts: Texts) -> str:
    return f"{published(source, texts)}: {source.title} {source.url}".strip()


def _plain(text: str) -> str:
    return _BOLD.sub(r"\1", text.strip())
