"""A conversation run again, beside what it was: HTML for readers who do not program."""

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import JsonValue

from agent.replay.compare import Difference
from agent.replay.recording import Message, is_told
from agent.replay.result import Pair, Rerun
from agent.texts import Texts
from records.events import Event
from ui.experts.conversations.steps import step
from ui.experts.markup import chips, escaped, folded, named, paragraph

_HERE = Path(__file__).parent
STYLE = (_HERE / "rerun.css").read_text("utf-8")
_MOST = 12
"""Differences of a turn that are listed."""
_LONGEST = 300
"""Characters of a value."""


def compared(run: Rerun, texts: Texts) -> str:
    """All turns of a replay: the equal ones in a line, the others side by side."""
    first = run.first
    turns = [
        _differing(pair, texts, first) if pair.differences else _equal(pair, texts)
        for pair in run.pairs
    ]
    return f'<div class="trace">{"".join(turns)}</div>'


def beside(run: Rerun, forked: int, texts: Texts) -> str:
    """All turns of a what-if: those before the fork in a line, the others side by side."""
    turns = [
        _turn(pair, texts, _sides(pair, texts, "then"))
        if pair.number >= forked
        else _equal(pair, texts)
        for pair in run.pairs
    ]
    return f'<div class="trace">{"".join(turns)}</div>'


def verdict(run: Rerun, texts: Texts) -> str:
    """In a sentence, what came of a replay."""
    values = {"turns": run.turns, "done": len(run.pairs)}
    if run.first:
        return paragraph(texts("experts.replay.differs", turn=run.first.turn), "urgent")
    key = "not_run" if run.stopped else "same"
    return paragraph(texts(f"experts.replay.{key}", **values), "note")


def stopped(run: Rerun, texts: Texts) -> str:
    """Why it was not run to its end; nothing where it was."""
    stop = run.stopped
    if stop is None:
        return ""
    return paragraph(texts(f"experts.replay.{stop.why}", turn=stop.turn, cause=stop.cause), "note")


def _equal(pair: Pair, texts: Texts) -> str:
    title = texts("experts.replay.turn", number=pair.number)
    steps = _side(texts("experts.replay.was"), pair.recorded.message, pair.recorded.events, texts)
    return (
        f"<article><h2>{escaped(title)} {chips([texts('experts.replay.equal')])}</h2>"
        f"{folded(_short(_said(pair.recorded.message)), steps)}</article>"
    )


def _differing(pair: Pair, texts: Texts, first: Difference | None) -> str:
    bites = first is not None and first.turn == pair.number
    mark = paragraph(texts("experts.replay.bites"), "bite") if bites else ""
    differing = {difference.step for difference in pair.differences}
    sides = _sides(pair, texts, "now", differing)
    shown = sides if bites else folded(texts("experts.replay.beside"), sides)
    return _turn(pair, texts, mark + _table(pair.differences, texts) + shown, first=bites)


def _turn(pair: Pair, texts: Texts, body: str, *, first: bool = False) -> str:
    title = texts("experts.replay.turn", number=pair.number)
    count = len(pair.differences)
    key, kind = ("different", "first") if first else ("different" if count else "equal", "")
    told = chips([texts(f"experts.replay.{key}", count=count)])
    return f'<article class="{kind}"><h2>{escaped(title)} {told}</h2>{body}</article>'


def _sides(pair: Pair, texts: Texts, new: str, differing: Collection[int] = ()) -> str:
    was, recorded = texts("experts.replay.was"), pair.recorded
    then = _side(was, recorded.message, recorded.events, texts, differing)
    now = _side(texts(f"experts.replay.{new}"), pair.said, pair.new, texts)
    return f'<div class="sides">{then}{now}</div>'


def _side(
    title: str,
    said: Message,
    events: Sequence[Event],
    texts: Texts,
    differing: Collection[int] = (),
) -> str:
    """A turn's steps; those numbered in `differing` say that they came out another way."""
    mark = chips([texts("experts.replay.other_step")], "bite")
    steps = "".join(
        f'<li class="{event.type}"><h4>{escaped(texts(f"experts.step.{event.type}"))}'
        f"{f' {mark}' if number in differing else ''}</h4>"
        f'<div class="body">{step(event, texts)}</div></li>'
        for number, event in enumerate((said, *events))
        if is_told(event)
    )
    return f"<section><h3>{escaped(title)}</h3><ol>{steps}</ol></section>"


def _table(found: Sequence[Difference], texts: Texts) -> str:
    heads = [texts(f"experts.replay.{key}") for key in ("where", "was", "now")]
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in heads)
    rows = "".join(_row(difference, heads[1:], texts) for difference in found[:_MOST])
    left = len(found) - _MOST
    more = paragraph(texts("experts.replay.more", count=left), "quiet") if left > 0 else ""
    return (
        f'<table class="differences"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f"{more}"
    )


def _row(difference: Difference, heads: Sequence[str], texts: Texts) -> str:
    field = re.split(r"[.\[]", difference.path, maxsplit=1)[0]
    rest = difference.path.removeprefix(field)
    names = (texts(f"experts.step.{difference.kind}"), named(texts, "field", field) + rest)
    place = " · ".join(filter(None, names))
    values: tuple[str, str]
    if difference.path:
        section = {"why": "reason", "sign": "sign_title"}.get(field, field)
        values = (
            _shown(section, difference.recorded, texts),
            _shown(section, difference.new, texts),
        )
    else:
        gone = difference.new is None
        nothing = texts("experts.replay.nothing")
        new = texts("experts.replay.only_then" if gone else "experts.replay.only_now")
        values = (nothing, new)
    cells = "".join(
        f'<td data-of="{escaped(head)}">{escaped(value)}</td>'
        for head, value in zip(heads, values, strict=True)
    )
    return f'<tr><th scope="row">{escaped(place)}</th>{cells}</tr>'


def _shown(section: str, value: JsonValue, texts: Texts) -> str:
    """A value; what is one of a few is called as in the timeline."""
    if value in (None, "", []):
        return texts("experts.replay.nothing")
    if isinstance(value, str):
        return _short(named(texts, section, value))
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _said(message: Message) -> str:
    return message.text if message.type == "message_received" else message.name
