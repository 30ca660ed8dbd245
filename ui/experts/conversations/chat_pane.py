"""A conversation as she saw it: bubbles, answers, warnings, and the quick replies she was offered.

The Markdown is that of her page (ui/render.py), where her words and the tree's texts are literal.
What comes of it passes a sanitizer too: nothing in it leads or calls anywhere by itself.
"""

from collections.abc import Iterator, Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt

from agent.texts import Texts
from records.events import Event, FactCorrected, MessageReceived, Replied
from ui.experts.conversations.traversal import Recorded
from ui.experts.ways import step_id
from ui.render import Message, render

_MARKDOWN = MarkdownIt("commonmark", {"html": True})
_BOXES = ("normal", "seek", "urgent", "unreviewed", "person", "way", "after")
_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "h2", "h3", "div", "span", "small", "a"),
    *("details", "summary", "button"),
}


def chat(recorded: Sequence[Recorded], texts: Texts) -> str:
    """All of it, each bubble with a link to its step."""
    events = [item.event for item in recorded]
    screen = render(events, texts)
    places = {id(item.event): item for item in recorded}
    pressed = dict(_pressed(events))
    bubbles = "".join(_bubble(one, places, pressed, texts) for one in screen.messages)
    banner = f'<div class="banner">{_html(screen.banner)}</div>' if screen.banner else ""
    return f'<div class="chat">{banner}<ol>{bubbles}</ol></div>'


def _pressed(events: Sequence[Event]) -> Iterator[tuple[int, str]]:
    """For each reply that was answered with one of its buttons: which one."""
    asked: Replied | None = None
    for event in events:
        if isinstance(event, Replied):
            asked = event
        elif isinstance(event, MessageReceived | FactCorrected):
            if asked and isinstance(event, MessageReceived) and event.text in asked.options:
                yield id(asked), event.text
            asked = None


def _bubble(
    message: Message, places: dict[int, Recorded], pressed: dict[int, str], texts: Texts
) -> str:
    source = message.source
    place = places.get(id(source)) if source else None
    link, mark = "", ""
    if place:
        step = step_id(place.turn, place.seq)
        told = escape(texts("experts.conversation.to_step", turn=place.turn))
        link = f'<a class="to-step" href="#{step}">{told}</a>'
        mark = f' data-step="{step}"'
    offered = ""
    if isinstance(source, Replied) and source.options:
        offered = _offered(source.options, pressed.get(id(source)), texts)
    who = escape(texts(f"experts.conversation.{message.role}"))
    return (
        f'<li class="{message.role}"{mark}><span class="unseen">{who}</span>'
        f'<div class="bubble">{_html(message.content)}</div>{offered}{link}</li>'
    )


def _offered(labels: Sequence[str], pressed: str | None, texts: Texts) -> str:
    title = escape(texts("experts.conversation.offered"))
    mark = f' <span class="mark">{escape(texts("experts.conversation.pressed"))}</span>'
    items = "".join(
        f'<li class="{"pressed" if label == pressed else ""}">{escape(label)}'
        f"{mark if label == pressed else ''}</li>"
        for label in labels
    )
    return f'<ul class="offered" aria-label="{title}">{items}</ul>'


def _html(markdown: str) -> str:
    return nh3.clean(
        _MARKDOWN.render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}},
        allowed_classes={
            "div": set(_BOXES),
            "a": {"call", "action"},
            "button": {"rate", "yes", "no"},
            "span": {"typing"},
        },
        set_tag_attribute_values={"button": {"disabled": "", "type": "button"}},
        # Pages of hers and telephones are seen and not followed: only sources lead somewhere.
        url_schemes={"http", "https"},
        url_relative="deny",
    ).strip()
