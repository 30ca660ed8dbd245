"""One conversation as HTML: what she saw, the steps behind it, the way in the tree. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from agent.models.prices import Prices
from agent.texts import Texts
from records.events import Choice, HandedOff, PersonReplied
from records.store import ConversationSummary
from tools.tree import Tree
from ui.experts.access.permissions import Permission
from ui.experts.conversations.chat_pane import chat
from ui.experts.conversations.filters import Given, address
from ui.experts.conversations.listing import LINES, Neighbours
from ui.experts.conversations.trace import Beside, moment, timeline
from ui.experts.conversations.traversal import Recorded, Step, Traversal, traversal
from ui.experts.conversations.tree_map import Map, tree_map
from ui.experts.conversations.tree_svg import drawn
from ui.experts.markup import chips, named, percent
from ui.experts.ways import CONVERSATION, DESK, HOME, REPLAY, WHAT_IF, step_id
from ui.experts.ways import address as page_of

WHOLE = "entero"
"""In the address: the whole topics are drawn, not only what lies beside the way."""
_MOST_OTHERS = 3
"""Roads not taken that the way in words names at each step."""


@dataclass(frozen=True)
class Opened:
    """A conversation with all that its page shows."""

    summary: ConversationSummary
    recorded: Sequence[Recorded]
    topics: Sequence[str]
    """Titles of those she was led into."""
    tree: Tree | None
    """The version she was on; None where it is not there any more."""
    given: Given
    """The list that one comes from."""
    beside: Neighbours
    """In that list."""
    may: Callable[[Permission], bool]
    """Whether who looks may do what another page is for."""
    above: str = ""
    """HTML between the head and what follows."""
    under: str = ""
    """HTML under the steps."""
    whole: bool = False


def conversation_page(opened: Opened, texts: Texts, prices: Prices, beside: Beside) -> str:
    """The page below its title; `beside` says what stands under each step."""
    way = traversal(opened.recorded)
    steps = timeline(opened.recorded, texts, prices, beside)
    under = f'<section class="under">{opened.under}</section>' if opened.under else ""
    panes = {
        "chat": chat(opened.recorded, texts),
        "steps": f"{steps}{under}",
        "tree": _tree(opened, way, texts),
    }
    shown = _splitter(texts).join(_pane(name, body, texts) for name, body in panes.items())
    return (
        f"{_head(opened, texts)}{opened.above}{_tabs(panes, texts)}"
        f'<div class="panes">{shown}</div>{_keys(texts)}'
        f'<p id="place" class="unseen" role="status"></p>{_words(texts)}'
    )


def _words(texts: Texts) -> str:
    """What the script says."""
    holes = {name: f"{{{name}}}" for name in ("number", "count", "turn", "what")}
    place = escape(texts("experts.place", **holes))
    return (
        f'<i id="words" data-place="{place}" data-copied="{escape(texts("experts.copied"))}"></i>'
    )


def _head(opened: Opened, texts: Texts) -> str:
    one = opened.summary
    words = " ".join(one.first_words.split()) or texts("experts.no_words")
    urgency = texts(f"experts.urgency_mark.{one.urgency}")
    reasons = [texts(f"experts.filter.review_is.{reason}") for reason in one.reviews]
    badges = (
        chips([named(texts, "outcome", one.outcome)]),
        chips([urgency], f"level-{one.urgency}") if urgency else "",
        chips([texts("experts.line.review", why=why) for why in reasons], "review"),
    )
    facts = [
        f"{moment(one.created_at, texts)} – {moment(one.last_at, texts)}",
        texts("experts.conversation.turns", count=one.turns),
        *([texts("experts.line.topics", topics=" · ".join(opened.topics))] * bool(opened.topics)),
        f"{named(texts, 'navigator', one.navigator)} · {one.model or texts('experts.no_model')}",
        f"{texts('experts.tree')} {one.tree}",
    ]
    return (
        f'<div class="head"><div class="about"><h2>{escape(words)}</h2>'
        f'<p>{"".join(badges)}<span class="quiet">{escape(" · ".join(facts))}</span></p></div>'
        f'<nav class="ways" aria-label="{escape(texts("experts.conversation.ways"))}">'
        f"{''.join(_ways(opened, texts))}</nav></div>"
    )


def _ways(opened: Opened, texts: Texts) -> Iterator[str]:
    thread, given, near = opened.summary.thread, opened.given, opened.beside
    back = address(given, 1 + max(0, near.place - 1) // LINES).removesuffix("?")
    yield _link(HOME + back, texts("experts.conversation.to_list"))
    for key, other, place in (
        ("newer", near.newer, near.place - 1),
        ("older", near.older, near.place + 1),
    ):
        if other:
            way = CONVERSATION + address(given, thread=other, place=place)
            yield _link(way, texts(f"experts.conversation.{key}"))
    yield _link(page_of(CONVERSATION, thread), texts("experts.link"))
    for number in _waiting(opened.recorded) if opened.may("consult") else ():
        yield _link(f"{DESK}?bandeja={number}", texts("experts.inbox.desk"))
    if opened.may("replay"):
        yield _link(page_of(REPLAY, thread), texts("experts.replay.to_replay"))
        yield _link(page_of(WHAT_IF, thread), texts("experts.replay.to_what_if"))


def _waiting(recorded: Sequence[Recorded]) -> list[int]:
    """The hand-offs that nobody has answered yet."""
    events = [item.event for item in recorded]
    answered = {event.hand_off for event in events if isinstance(event, PersonReplied)}
    asked = [event.hand_off for event in events if isinstance(event, HandedOff)]
    return [number for number in asked if number not in answered]


def _link(way: str, label: str) -> str:
    return f'<a href="{escape(way)}">{escape(label)}</a>'


def _tabs(panes: dict[str, str], texts: Texts) -> str:
    """What shows and hides the panes; for the script, without which all of them are there."""
    buttons = "".join(
        f'<button type="button" aria-pressed="true" aria-controls="pane-{name}">'
        f"{escape(texts(f'experts.conversation.tab.{name}'))}</button>"
        for name in panes
    )
    label = escape(texts("experts.conversation.panes"))
    help_ = escape(texts("experts.keys.title"))
    return (
        f'<div class="tabs" role="group" aria-label="{label}" hidden>{buttons}'
        f'<button type="button" id="show-keys" class="quiet-button">{help_} <kbd>?</kbd></button>'
        "</div>"
    )


def _pane(name: str, body: str, texts: Texts) -> str:
    title = escape(texts(f"experts.conversation.pane.{name}"))
    return (
        f'<section class="pane" id="pane-{name}" tabindex="0" aria-labelledby="title-{name}">'
        f'<h2 class="title" id="title-{name}">{title}</h2>{body}</section>'
    )


def _splitter(texts: Texts) -> str:
    """What lies between two panes and changes their widths; for the script, which shows it."""
    label = escape(texts("experts.conversation.resize"))
    return (
        '<div class="splitter" role="separator" aria-orientation="vertical" tabindex="0"'
        f' aria-label="{label}" title="{label}" hidden></div>'
    )


def _tree(opened: Opened, way: Traversal, texts: Texts) -> str:
    gone = "" if opened.tree else _note(texts("experts.map.gone", tree=opened.summary.tree))
    if not (way.steps or way.ahead or way.danger):
        return gone + _note(texts("experts.map.outside"))
    map_ = tree_map(way, opened.tree, texts, whole=opened.whole)
    buttons = "".join(
        f'<button type="button" data-view="{name}" aria-label="{escape(told)}"'
        f' title="{escape(told)}">{sign}</button>'
        for name, sign in (("in", "+"), ("out", "−"), ("fit", "⤢"), ("here", "◎"))
        for told in (texts(f"experts.map.{name}"),)
    )
    label = escape(texts("experts.map.stage"))
    return (
        f'{gone}<div class="map-tools"><span class="zooms" hidden>{buttons}</span>'
        f"{_extent(opened, texts)}</div>"
        f'<div class="stage" id="map" tabindex="0" role="region" aria-label="{label}">'
        f"{drawn(map_, texts)}</div>{_legend(texts)}{_in_words(way, map_, texts)}"
    )


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _extent(opened: Opened, texts: Texts) -> str:
    """The way to the picture of the whole topics, or back to what lies beside the way."""
    if opened.tree is None:
        return ""
    place = address(opened.given, thread=opened.summary.thread, place=opened.beside.place)
    way = place if opened.whole else f"{place}&{WHOLE}=1"
    key = "part" if opened.whole else "whole"
    told = escape(texts(f"experts.map.{key}"))
    return f'<a href="{escape(CONVERSATION + way)}#pane-tree">{told}</a>'


def _legend(texts: Texts) -> str:
    items = "".join(
        f'<li><i class="{key}"></i>{escape(texts(f"experts.map.legend.{key}"))}</li>'
        for key in ("walked", "aside", "undone", "here")
    )
    return f'<ul class="map-legend">{items}</ul>'


def _in_words(way: Traversal, map_: Map, texts: Texts) -> str:
    """The same as the picture for who does not see it, and on paper."""
    items = "".join(f"<li>{_step(step, way, map_, texts)}</li>" for step in way.steps)
    end = texts("experts.map.words.nowhere")
    if way.danger:
        end = texts("experts.map.words.danger", title=way.danger.title or "")
    elif way.here:
        end = texts("experts.map.words.here", node=way.said.get(way.here, way.here))
    title = escape(texts("experts.map.words.title"))
    ahead = _others(way.ahead, "ahead", texts) if not way.danger else ""
    return (
        f'<details class="in-words" id="in-words" open><summary>{title}</summary><ol>{items}</ol>'
        f"<p>{escape(end)} {escape(ahead)}</p></details>"
    )


def _step(step: Step, way: Traversal, map_: Map, texts: Texts) -> str:
    place = way.said.get(step.origin or "", step.origin or texts("experts.map.start"))
    share = "" if step.probability is None else f" ({percent(step.probability, texts)})"
    told = texts(f"experts.map.words.{step.kind}", asked=place, label=step.label, share=share)
    passed = " ".join(
        texts("experts.map.words.passed", condition=map_.label(*one)) for one in step.via
    )
    undone = texts(f"experts.map.words.undone.{step.undone}") if step.undone else ""
    rest = " ".join(filter(None, (passed, _others(step.others, "others", texts), undone)))
    turn = escape(texts("experts.turn", number=step.turn))
    return (
        f"{escape(told)} "
        f'<span class="quiet">{escape(rest)}</span> '
        f'<a href="#{step_id(step.turn, step.seq)}">{turn}</a>'
    )


def _others(choices: Sequence[Choice], key: str, texts: Texts) -> str:
    told = "; ".join(
        f"{one.label} {percent(one.probability, texts)}" for one in choices[:_MOST_OTHERS]
    )
    return texts(f"experts.map.words.{key}", others=told) if told else ""


def _keys(texts: Texts) -> str:
    rows = "".join(
        f"<div><dt>{''.join(f'<kbd>{escape(key)}</kbd>' for key in keys.split())}</dt>"
        f"<dd>{escape(texts(f'experts.keys.{name}'))}</dd></div>"
        for name, keys in _KEYS_OF.items()
    )
    title = escape(texts("experts.keys.title"))
    close = escape(texts("experts.keys.shut"))
    return (
        f'<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">{title}</h2>'
        f'<dl>{rows}</dl><form method="dialog"><button>{close}</button></form></dialog>'
    )


_KEYS_OF = {
    "step": "j k ↓ ↑",
    "turn": "n p",
    "zoom": "+ −",
    "fit": "0",
    "pan": "← ↑ → ↓",
    "resize": "← →",
    "help": "?",
    "close": "Esc",
}
"""What keys do, in the order of the help."""
