"""The suggestions, each with its numbers, its rule and its conversations, as HTML."""

from collections.abc import Callable, Sequence
from html import escape

from evaluation.learnt.examples import Cluster
from evaluation.learnt.plan import Plan
from evaluation.learnt.suggestions import RATE, Suggestion
from records.learnt.found import Place
from ui.experts.learnt.words import Words
from ui.experts.ways import CONVERSATION, address, step_id
from ui.hers.document import link, paragraph

_QUOTED = 3
"""Messages of a cluster that are shown."""


def suggestion(one: Suggestion, places: Sequence[Place], plan: Plan, words: Words) -> str:
    """One thing to look at."""
    quoted = [words("quoted", text=option) for option in one.options]
    topic = plan.outline.topics.get(one.node)
    heading = words(
        f"found.{one.rule}", name=plan.called(one.node), options=words("and").join(quoted)
    )
    if topic:
        heading = words("in_topic", heading=heading, topic=plan.topic(topic))
    numbers = words(
        f"numbers.{one.rule}",
        hits=words.number(one.hits),
        count=words.number(one.count),
        share=words.share(one.share),
        compared=words.percent(one.compared or 0.0),
    )
    sure = words("sure", p=_p(one.adjusted, words))
    return (
        f'<article class="found"><h3>{escape(heading)}</h3>{paragraph(f"{numbers} {sure}")}'
        f"{paragraph(words(f'means.{one.rule}'), 'quiet')}{_where(places, words)}</article>"
    )


def nothing_stands_out(words: Words) -> str:
    """Where there is no suggestion."""
    return paragraph(words("nothing_stands_out"), "note")


def how_found(words: Words) -> str:
    """How the suggestions are made, in words."""
    return paragraph(words("how_found", rate=words.percent(RATE)), "quiet")


def cluster(one: Cluster, plan: Plan, words: Words, mask: Callable[[str, str], str]) -> str:
    """Messages that say the same, and what they could be examples of.

    `mask` is what a text of a conversation is shown as.
    """
    meant = plan.place(one.node or "", one.meant) if one.meant else None
    key = "meant" if meant and one.node else "meant_place" if meant else "meant_nothing"
    where = plan.called(one.node) if one.node else ""
    heading = words(f"cluster.{key}", question=where, meant=meant or "")
    count = words("cluster.count", messages=len(one.messages), conversations=one.conversations)
    said: dict[str, str] = {}
    for message in one.messages:
        said.setdefault(message.text, message.thread)
    quotes = "".join(
        f"<blockquote>{escape(' '.join(mask(thread, text).split()))}</blockquote>"
        for text, thread in list(said.items())[:_QUOTED]
    )
    places = [Place(m.thread, m.turn, 0, m.day) for m in one.messages[:5]]
    return (
        f'<article class="found"><h3>{escape(heading)}</h3>{quotes}{paragraph(count)}'
        f"{_where(places, words)}</article>"
    )


def _where(places: Sequence[Place], words: Words) -> str:
    if not places:
        return ""
    links = "".join(
        link(
            f"{address(CONVERSATION, place.thread)}#{step_id(place.turn, place.seq)}",
            words("conversation", day=place.day.strftime("%d/%m/%Y"), turn=place.turn),
        )
        for place in places
    )
    return f'<p class="where">{escape(words("where"))} {links}</p>'


def _p(value: float, words: Words) -> str:
    smallest = 0.001
    if value < smallest:
        return f"< {smallest}".replace(".", words.texts("experts.decimal"))
    return f"{value:.3f}".replace(".", words.texts("experts.decimal"))
