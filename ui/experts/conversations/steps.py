"""One event of a conversation as a step of its timeline, in HTML."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from agent.texts import Texts
from records.events import (
    Choice,
    Decided,
    Event,
    Evidence,
    FactCorrected,
    Failed,
    FellBack,
    FollowedUp,
    GraphQueried,
    HandedOff,
    KnownFact,
    Located,
    MessageReceived,
    ModelAwaited,
    ModelCalled,
    Moved,
    PersonReplied,
    Prepared,
    Rated,
    Replied,
    Screened,
    SourceShown,
    ToolCalled,
    Understood,
)
from ui.experts.conversations.asked import called, fell_back, queried, tool
from ui.experts.conversations.tugs import tugs
from ui.experts.markup import (
    bars,
    chips,
    decimal,
    escaped,
    folded,
    listed,
    named,
    paragraph,
    percent,
    quote,
    words,
)


def step(event: Event, texts: Texts) -> str:
    """The body of an event's step."""
    match event:
        case MessageReceived():
            consent = texts("experts.consented", words=event.consent) if event.consent else ""
            return words(event.text) + paragraph(consent)
        case FactCorrected():
            return _corrected(event, texts)
        case Prepared():
            models = ", ".join(event.models) or texts("experts.no_model")
            navigator = named(texts, "navigator", event.navigator)
            told = {"navigator": navigator, "models": models, "tree": event.tree}
            return paragraph(texts("experts.prepared", **told), "quiet")
        case Screened():
            return _screened(event, texts)
        case Understood():
            return _understood(event, texts)
        case Located():
            nothing = (texts("experts.none_of_these"), event.none_of_these)
            return bars([*_chances(event.candidates), nothing], texts)
        case Decided():
            return _decided(event, texts)
        case Moved():
            return _moved(event, texts)
        case ModelAwaited():
            return paragraph(texts("experts.ahead", count=event.ahead))
        case GraphQueried():
            return queried(event, texts)
        case ModelCalled():
            return called(event, texts)
        case FellBack():
            return fell_back(event, texts)
        case ToolCalled():
            return tool(event, texts)
        case Replied():
            return _replied(event, texts)
        case Rated():
            helped = texts(f"experts.rated.{'yes' if event.helped else 'no'}")
            return paragraph(helped) + words(event.comment)
        case FollowedUp():
            return paragraph(texts(f"experts.followed_up.{event.state}"))
        case HandedOff():
            return paragraph(texts("experts.handed_off", number=event.hand_off))
        case PersonReplied():
            return words(event.text)
        case Failed():
            return f'<p class="bad">{escaped(event.cause)}</p>'
    assert_never(event)


def _corrected(event: FactCorrected, texts: Texts) -> str:
    return paragraph(texts("experts.fact_removed", name=named(texts, "fact_name", event.name)))


def _screened(event: Screened, texts: Texts) -> str:
    level = named(texts, "danger", "check" if event.check else event.level)
    body = chips([level], f"level-{event.level}")
    if event.sign:
        body += f"<strong>{escaped(named(texts, 'sign_title', event.sign))}</strong> "
    body += " ".join(quote(span.text) for span in event.spans)
    check = texts("experts.check", check=event.check) if event.check else ""
    return f"<p>{body}</p>{paragraph(check)}"


def _understood(event: Understood, texts: Texts) -> str:
    parts = [
        (texts("experts.summary"), " ".join(quote(span.text) for span in event.summary)),
        (texts("experts.facts"), _facts(event.facts, texts)),
        (texts("experts.topics"), bars(_chances(event.topics), texts) if event.topics else ""),
    ]
    asks = texts("experts.asks_back") if event.asks_back else ""
    return listed(parts) + paragraph(asks)


def _decided(event: Decided, texts: Texts) -> str:
    action = f"<strong>{escaped(named(texts, 'action', event.action))}</strong>"
    place = _place(event.node, texts) if event.node else escaped(texts("experts.no_node"))
    why = listed([(texts("experts.why"), escaped(named(texts, "reason", event.why)))])
    limit = ""
    if event.threshold is not None:
        limit = texts("experts.threshold", percent=percent(event.threshold, texts))
    chances = bars(_chances(event.posterior), texts, event.threshold)
    return (
        f'<p>{action} <span class="quiet">{place}</span></p>'
        f"{why}{chances}{paragraph(limit, 'quiet')}{_evidence(event, texts)}"
    )


def _evidence(event: Decided, texts: Texts) -> str:
    if not event.evidence:
        return paragraph(texts("experts.no_evidence"), "quiet")
    labels = {choice.id: choice.label for choice in event.posterior}
    others = (move for source in event.evidence for move in source.scores)
    moves = {move: labels.get(move, move) for move in (*labels, *others)}
    return (
        f"{paragraph(texts('experts.for_and_against'), 'quiet')}"
        f"{tugs(event.evidence, moves, texts)}"
        f"{folded(texts('experts.evidence'), _scores(event.evidence, moves, texts))}"
    )


def _scores(evidence: Sequence[Evidence], moves: Mapping[str, str], texts: Texts) -> str:
    """The same in figures."""
    head = "".join(
        f'<th scope="col">{escaped(named(texts, "source", source.source))}</th>'
        for source in evidence
    )
    rows = "".join(
        f'<tr><th scope="row">{escaped(label)}</th>'
        + "".join(_score(source.scores.get(move), texts) for source in evidence)
        + "</tr>"
        for move, label in moves.items()
    )
    label = escaped(texts("experts.evidence"))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>'
        f'<th scope="col">{escaped(texts("experts.move"))}</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _score(score: float | None, texts: Texts) -> str:
    if score is None:
        return '<td class="quiet">·</td>'
    sign = "for" if score > 0 else "against" if score < 0 else "quiet"
    return f'<td class="{sign}">{decimal(f"{score:+.2f}", texts)}</td>'


def _moved(event: Moved, texts: Texts) -> str:
    origin = _place(event.origin, texts) if event.origin else escaped(texts("experts.start"))
    target = _place(event.target, texts) if event.target else escaped(texts("experts.nowhere"))
    way = f"{origin} → {target}"
    kind = named(texts, "moved", event.kind)
    parts = [
        (texts("experts.via"), "<br>".join(escaped(_passed(it, texts)) for it in event.via)),
        (
            texts("experts.facts_used"),
            chips(named(texts, "fact_name", name) for name in event.facts_used),
        ),
    ]
    label = f"<p>{escaped(kind)} <strong>{escaped(event.label)}</strong></p>"
    return f"{label}<p>{way}</p>{listed(parts)}"


def _place(node: str, texts: Texts) -> str:
    """What she read there, with the id that the tree's files have."""
    said = named(texts, "node_said", node)
    shown = f"{escaped(texts('experts.said_there', text=said))} " if said != node else ""
    return f"{shown}<code>{escaped(node)}</code>"


def _passed(via: str, texts: Texts) -> str:
    """A logic node with the condition that held."""
    otherwise = texts("experts.map.otherwise")
    return f"{via.removesuffix('else')}{otherwise}" if via.endswith(": else") else via


def _replied(event: Replied, texts: Texts) -> str:
    head = [named(texts, "reply", event.kind)]
    urgency = chips([named(texts, "urgency", event.urgency)], f"level-{event.urgency}")
    unsigned = "" if event.reviewed else chips([texts("experts.unreviewed")], "level-same_day")
    phones = "<br>".join(
        escaped(" · ".join(filter(None, (phone.name, phone.number, phone.hours))))
        for phone in event.phones
    )
    parts = [
        (texts("experts.normal"), escaped(event.normal or "")),
        (texts("experts.seek_help"), escaped(event.seek_help or "")),
        (texts("experts.service"), escaped(event.service or "")),
        (texts("experts.phones"), phones),
        (texts("experts.buttons"), chips(event.options, "button")),
        (texts("experts.agenda"), chips(event.agenda)),
        (texts("experts.sources"), "<br>".join(_source(source) for source in event.sources)),
        (texts("experts.node"), f"<code>{escaped(event.node)}</code>" if event.node else ""),
        (texts("experts.facts_so_far"), _facts(event.facts, texts)),
    ]
    title = f"<h5>{escaped(event.title)}</h5>" if event.title else ""
    shown = f"{words(event.intro or '')}{title}{words(event.text)}"
    badges = f"{chips(head)}{urgency if event.urgency != 'none' else ''}{unsigned}"
    return f"<p>{badges}</p>{shown}{listed(parts)}"


def _source(source: SourceShown) -> str:
    about = ", ".join(filter(None, (source.organisation, str(source.year or ""))))
    title = escaped(source.title)
    if source.url.startswith(("https://", "http://")):
        title = f'<a href="{escaped(source.url)}" rel="noreferrer">{title}</a>'
    return f'{title} <span class="quiet">{escaped(about)} · {escaped(source.verification)}</span>'


def _facts(facts: Sequence[KnownFact], texts: Texts) -> str:
    return "<br>".join(
        f"{escaped(fact.label)}: <strong>{escaped(fact.shown)}</strong> "
        + (quote(fact.quote) if fact.quote else escaped(texts("experts.by_button")))
        for fact in facts
    )


def _chances(choices: Sequence[Choice]) -> list[tuple[str, float | None]]:
    return [(choice.label, choice.probability) for choice in choices]
