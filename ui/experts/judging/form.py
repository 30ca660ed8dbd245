"""What stands under a step and under a conversation to judge it: HTML. Pure.

An expert who has not judged something yet is shown nothing of what others said of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from agent.texts import Texts
from records.judgements import (
    LONGEST_COMMENT,
    NONE_OF_THESE,
    VERDICTS,
    Judgement,
    Verdict,
)
from ui.experts.judging.judged import Judged, named, own_first, told
from ui.experts.markup import select
from ui.experts.ways import JUDGE
from ui.hers.document import area, hidden, paragraph

AT_ONCE: tuple[Verdict, ...] = ("right", "wrong", "text_unclear", "unsafe")
"""Verdicts of one click; the key of each is its place, from 1."""
ENTRIES, QUESTIONS = "judge-entries", "judge-questions"
"""The lists of the tree's places, of which a page has one each."""
_HERE = Path(__file__).parent
_STYLE = (_HERE / "judge.css").read_text("utf-8")
_SCRIPT = (_HERE / "judge.js").read_text("utf-8")


@dataclass(frozen=True)
class Offered:
    """What a better move may be."""

    moves: Sequence[tuple[str, str]] = ()
    """Id and label of what was open there."""
    anywhere: bool = False
    """Whether it may be any entry of the tree."""


def head() -> str:
    """What a page with forms needs once."""
    return f"<style>{_STYLE}</style>"


def foot() -> str:
    """What the same page needs at its end, so that a key is enough."""
    return f"<script>{_SCRIPT}</script>"


def step_block(judged: Judged, offered: Offered, texts: Texts, mark: str) -> str:
    """The buttons under a step, what unfolds, and what others said."""
    own = judged.own
    buttons = "".join(
        _button(verdict, place, own, texts) for place, verdict in enumerate(AT_ONCE, 1)
    )
    group = f'role="group" aria-label="{escape(texts("experts.judge.step"))}"'
    at_once = _form(judged, mark, f'<div class="verdicts" {group}>{buttons}</div>')
    more = _details(judged, offered, texts, mark)
    return (
        f'<div class="judge" id="judge-{judged.key}">{at_once}{more}'
        f"{_said(judged, texts, mark)}</div>"
    )


def whole_block(judged: Judged, seen: str, texts: Texts, mark: str) -> str:
    """What stands under a conversation; `seen` is the moment of its last event."""
    own = judged.own
    next_one = (
        f'<button class="strong" name="next" value="1">{escape(texts("experts.judge.next"))}'
        "</button>"
    )
    fields = "".join(
        [
            hidden("seen", seen),
            _choice(judged, [it for it in VERDICTS if it != "better_move"], texts),
            _question(judged, texts),
            _comment(judged, texts),
            f'<p class="row">{next_one}<button>{escape(texts("experts.judge.save"))}</button></p>',
        ]
    )
    done = paragraph(texts("experts.judge.done"), "note") if own else ""
    return (
        f'<section class="judge whole" id="judge-all"><h2>{escape(texts("experts.judge.whole"))}'
        f"</h2>{done}{_form(judged, mark, fields)}{_said(judged, texts, mark)}"
        f"{paragraph(texts('experts.judge.keys'), 'quiet')}</section>"
    )


def places(entries: Sequence[tuple[str, str]], questions: Sequence[tuple[str, str]]) -> str:
    """The lists that the forms of a page choose from: id and title of each."""
    return "".join(
        f'<datalist id="{name}">'
        + "".join(f'<option value="{escape(place(id_, title))}">' for id_, title in listed)
        + "</datalist>"
        for name, listed in ((ENTRIES, entries), (QUESTIONS, questions))
    )


def place(id_: str, title: str) -> str:
    """How a place of the tree is written into a field."""
    return f"{title} ({id_})"


def _button(verdict: Verdict, place: int, own: Judgement | None, texts: Texts) -> str:
    chosen = "true" if own and own.verdict == verdict else "false"
    return (
        f'<button name="verdict" value="{verdict}" class="{verdict}" aria-pressed="{chosen}"'
        f' aria-keyshortcuts="{place}">{named(verdict, texts)} <kbd aria-hidden="true">{place}'
        "</kbd></button>"
    )


def _details(judged: Judged, offered: Offered, texts: Texts, mark: str) -> str:
    """The better move, the missing question, a comment."""
    own = judged.own
    with_move = bool(offered.moves or offered.anywhere)
    verdicts = [it for it in VERDICTS if it != "better_move" or with_move]
    fields = "".join(
        [
            _choice(judged, verdicts, texts),
            _move(judged, offered, texts) if with_move else "",
            _question(judged, texts),
            _comment(judged, texts),
            f'<p class="row"><button class="strong">{escape(texts("experts.judge.save"))}'
            "</button></p>",
        ]
    )
    says_more = own and (own.comment or own.verdict not in AT_ONCE)
    return (
        f'<details class="judge-more"{" open" if says_more else ""}><summary>'
        f"{escape(texts('experts.judge.more'))}</summary>{_form(judged, mark, fields)}</details>"
    )


def _form(judged: Judged, mark: str, body: str) -> str:
    item = judged.item
    step = hidden("turn", str(item.turn)) + hidden("seq", str(item.seq))
    where = hidden("c", item.thread) + ("" if item.is_whole else step)
    return f'<form method="post" action="{JUDGE}">{mark}{where}{body}</form>'


def _choice(judged: Judged, verdicts: Sequence[Verdict], texts: Texts) -> str:
    own = judged.own
    radios = "".join(
        f'<label class="pick"><input type="radio" name="verdict" value="{verdict}" required'
        f"{' checked' if own and own.verdict == verdict else ''}>"
        f"<span>{named(verdict, texts)}</span></label>"
        for verdict in verdicts
    )
    legend = escape(texts("experts.judge.choose"))
    return f'<fieldset class="picks"><legend>{legend}</legend>{radios}</fieldset>'


def _move(judged: Judged, offered: Offered, texts: Texts) -> str:
    own = judged.own
    chosen = (own.move if own else None) or ""
    open_there = {"": texts("experts.judge.pick"), **dict(offered.moves)}
    open_there[NONE_OF_THESE] = texts("experts.judge.none_of_these")
    field = select(
        "move", texts("experts.judge.move"), open_there.items(), chosen, f"move-{judged.key}"
    )
    if not offered.anywhere:
        return field
    elsewhere = "" if chosen in open_there else chosen
    return field + _listed("entry", ENTRIES, judged, texts("experts.judge.entry"), elsewhere)


def _question(judged: Judged, texts: Texts) -> str:
    own = judged.own
    value = (own.question or own.wording) if own else ""
    return _listed("question", QUESTIONS, judged, texts("experts.judge.question"), value)


def _listed(name: str, of: str, judged: Judged, label: str, value: str) -> str:
    key = f"{name}-{judged.key}"
    return (
        f'<label for="{key}">{escape(label)}</label><input type="text" id="{key}" name="{name}"'
        f' list="{of}" maxlength="{LONGEST_COMMENT}" autocomplete="off" value="{escape(value)}">'
    )


def _comment(judged: Judged, texts: Texts) -> str:
    own = judged.own
    label = texts("experts.judge.comment")
    value = own.comment if own else ""
    return area("comment", label, LONGEST_COMMENT, value, key=f"-{judged.key}")


def _said(judged: Judged, texts: Texts, mark: str) -> str:
    """Who says what; nothing before she has said something herself."""
    standing, own = judged.standing, judged.own
    if standing is None or own is None:
        return ""
    you = texts("experts.judge.you")
    rows = "".join(
        f"<li><strong>{escape(you if name == judged.expert else name)}</strong> "
        f"{told(judgement, texts, judged.names)}</li>"
        for name, judgement in own_first(standing, judged.expert)
    )
    body = f'<ul class="said">{rows}</ul>'
    if agreed := standing.agreed:
        settled = texts("experts.judge.agreed", name=agreed.expert)
        body += f'<p class="note">{escape(settled)} {told(agreed, texts, judged.names)}</p>'
    if not standing.disputed:
        return body
    differ = f'<p class="differ">{escape(texts("experts.judge.differ"))}</p>'
    return f"{differ}{body}{_settle(judged, texts, mark)}"


def _called(name: str, judged: Judged, texts: Texts) -> str:
    if name == NONE_OF_THESE:
        return texts("experts.judge.none_of_these")
    return judged.names.get(name, name)


def _settle(judged: Judged, texts: Texts, mark: str) -> str:
    """To put down what was agreed on, of the verdicts and moves that were given."""
    assert judged.standing
    given = dict.fromkeys(
        (it.verdict, it.move or "", it.question or it.wording)
        for it in judged.standing.own.values()
    )
    rest = [(it, "", "") for it in AT_ONCE if (it, "", "") not in given]
    buttons = "".join(
        "<li>"
        + _form(
            judged,
            mark,
            hidden("agreed", "1")
            + hidden("move", move)
            + hidden("question", question)
            + f'<button name="verdict" value="{verdict}">{named(verdict, texts)}'
            f" {escape(_called(move or question, judged, texts))}</button>",
        )
        + "</li>"
        for verdict, move, question in (*given, *rest)
    )
    summary = escape(texts("experts.judge.settle"))
    return (
        f'<details class="judge-more"><summary>{summary}</summary>'
        f'<ul class="settle">{buttons}</ul></details>'
    )
