"""The list of conversations as HTML: a search, filters, and a card for each conversation. Pure."""

from collections.abc import Sequence
from html import escape

from agent.texts import Texts
from records.store import ConversationSummary
from ui.experts.conversations.filters import CHOSEN, DATES, Given, address, described
from ui.experts.conversations.listing import Listed
from ui.experts.conversations.trace import moment
from ui.experts.markup import chips, named, select
from ui.experts.ways import CONVERSATION, HOME

_MOST_TOPICS = 4
"""Of a conversation's topics, those that its card names."""


def list_page(listed: Listed, texts: Texts) -> str:
    """The page below its title."""
    if listed.unavailable:
        return f'<p class="note" role="status">{escape(texts("experts.unavailable"))}</p>'
    return (
        f'<div class="search-page">{_form(listed, texts)}'
        f'<div class="found"><div role="status">{_problems(listed)}{_counted(listed, texts)}</div>'
        f"{_used(listed, texts)}{_looser(listed, texts)}{_cards(listed, texts)}"
        f"{_pager(listed, texts)}</div></div>"
    )


def _form(listed: Listed, texts: Texts) -> str:
    given = listed.asked.given
    name = texts("experts.filter.q")
    words = (
        f'<label for="q">{escape(name)}</label><div class="together">'
        f'<input type="search" id="q" name="q" maxlength="200" value="{escape(given.get("q", ""))}"'
        f' placeholder="{escape(texts("experts.filter.q_hint"))}">'
        f'<button class="strong">{escape(texts("experts.filter.find"))}</button></div>'
    )
    boxes = [
        f'<div><label for="{name}">{escape(texts(f"experts.filter.{name}"))}</label>'
        f'<input type="date" id="{name}" name="{name}" value="{escape(given.get(name, ""))}"></div>'
        for name in DATES
    ]
    boxes += [_select(name, listed, texts) for name in CHOSEN]
    is_open = " open" if any(name in given for name in (*DATES, *CHOSEN)) else ""
    return (
        f'<form method="get" action="{HOME}" role="search" class="filters">{words}'
        f"<details{is_open}><summary>{escape(texts('experts.filter.more'))}</summary>"
        f'<div class="boxes">{"".join(boxes)}</div>'
        f"<button>{escape(texts('experts.filter.apply'))}</button></details></form>"
    )


def _select(name: str, listed: Listed, texts: Texts) -> str:
    choices = [(texts("experts.filter.all"), ""), *listed.choices[name]]
    offered = ((value, shown) for shown, value in choices)
    chosen = listed.asked.given.get(name, "")
    return f"<div>{select(name, texts(f'experts.filter.{name}'), offered, chosen)}</div>"


def _problems(listed: Listed) -> str:
    return "".join(f'<p class="problem">{escape(one)}</p>' for one in listed.asked.problems)


def _counted(listed: Listed, texts: Texts) -> str:
    shown = len(listed.rows)
    key = "count" if shown else "none_fits" if listed.asked.given else "empty"
    values = {
        "first": listed.first,
        "last": listed.first + shown - 1,
        "total": _number(listed.total, texts),
    }
    return f'<p class="count">{escape(texts(f"experts.{key}", **values))}</p>'


def _number(count: int, texts: Texts) -> str:
    return f"{count:,}".replace(",", texts("experts.thousands"))


def _used(listed: Listed, texts: Texts) -> str:
    """The filters in use, each a link to the list without it."""
    given = listed.asked.given
    if not given:
        return ""
    items = []
    for name, value in given.items():
        others = {key: it for key, it in given.items() if key != name}
        label = described(name, value, listed.choices, texts)
        without = escape(texts("experts.filter.remove", label=label))
        items.append(
            f'<li><a class="chip" href="{_list_address(others)}" aria-label="{without}">'
            f'{escape(label)} <span aria-hidden="true">✕</span></a></li>'
        )
    if len(given) > 1:
        clear = escape(texts("experts.filter.clear"))
        items.append(f'<li><a href="{HOME}">{clear}</a></li>')
    label = escape(texts("experts.filter.used"))
    return f'<ul class="used" aria-label="{label}">{"".join(items)}</ul>'


def _looser(listed: Listed, texts: Texts) -> str:
    if listed.rows or len(listed.asked.given) < 2:
        return ""
    items = "".join(
        f'<li><a href="{_list_address(one.given)}">'
        f"{escape(_without(one.label, one.count, texts))}</a></li>"
        for one in listed.looser
    )
    none = escape(texts("experts.filter.several"))
    return f'<ul class="looser">{items}</ul>' if items else f"<p>{none}</p>"


def _without(label: str, count: int, texts: Texts) -> str:
    return texts("experts.filter.without", label=label, count=_number(count, texts))


def _list_address(given: Given, page: int = 1) -> str:
    return escape(HOME + address(given, page).removesuffix("?"))


def _cards(listed: Listed, texts: Texts) -> str:
    cards = "".join(
        f"<li>{_card(one, place, listed, texts)}</li>"
        for place, one in enumerate(listed.rows, listed.first)
    )
    label = escape(texts("experts.list"))
    return f'<ol class="talks" aria-label="{label}">{cards}</ol>' if cards else ""


def _card(one: ConversationSummary, place: int, listed: Listed, texts: Texts) -> str:
    way = CONVERSATION + address(listed.asked.given, thread=one.thread, place=place)
    outcome = [named(texts, "outcome", one.outcome)]
    outcome += [texts("experts.line.helped")] if one.helped else []
    outcome += [texts("experts.line.fell_back")] if one.fell_back else []
    about = texts(
        "experts.line.about",
        outcome=" · ".join(outcome),
        turns=one.turns,
        navigator=named(texts, "navigator", one.navigator),
        model=one.model or texts("experts.no_model"),
    )
    words = " ".join(one.first_words.split()) or texts("experts.no_words")
    topics = [listed.titles.get(topic, topic) for topic in one.topics]
    told = topics[:_MOST_TOPICS] + ["…"] * (len(topics) > _MOST_TOPICS)
    subject = texts("experts.line.topics", topics=" · ".join(told)) if told else ""
    return (
        f'<a href="{escape(way)}"><span class="words">{escape(words)}</span></a>'
        f'<p class="when"><time datetime="{one.last_at.isoformat()}">'
        f"{escape(moment(one.last_at, texts))}</time> {_urgency(one, texts)}"
        f"{_review(one, texts)}</p>"
        f'<p class="quiet">{escape(subject)}{"<br>" if subject else ""}{escape(about)}</p>'
    )


def _urgency(one: ConversationSummary, texts: Texts) -> str:
    mark = texts(f"experts.urgency_mark.{one.urgency}")
    return chips([mark], f"level-{one.urgency}") if mark else ""


def _review(one: ConversationSummary, texts: Texts) -> str:
    reasons: Sequence[str] = [
        texts("experts.line.review", why=texts(f"experts.filter.review_is.{reason}"))
        for reason in one.reviews
    ]
    return chips(reasons, "review")


def _pager(listed: Listed, texts: Texts) -> str:
    if listed.pages == 1:
        return ""
    given, here = listed.asked.given, listed.page
    parts = []
    for key, page, rel in (("newer", here - 1, "prev"), ("older", here + 1, "next")):
        label = escape(texts(f"experts.{key}"))
        if 1 <= page <= listed.pages:
            way = _list_address(given, page)
            parts.append(f'<a class="button" rel="{rel}" href="{way}">{label}</a>')
        else:
            parts.append(f'<span class="button off">{label}</span>')
    place = escape(texts("experts.page", page=here, pages=_number(listed.pages, texts)))
    parts.insert(1, f'<span class="quiet">{place}</span>')
    label = escape(texts("experts.pages"))
    return f'<nav class="row pager" aria-label="{label}">{"".join(parts)}</nav>'
