"""Judged conversations as a file that is run again: is now done what the experts say?

Her messages are said again to the program, tree and navigator of today, as far as each still fits
what she is asked. A step is found again by its turn, its kind, its place in the tree and how often
that was there before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agent.replay.machine import Live, Machine
from agent.replay.result import reply_in, still_fits
from evaluation.corrections.talks import JudgedTalk, Mask, Step
from records.events import (
    Decided,
    Event,
    FactCorrected,
    Located,
    MessageReceived,
    Moved,
    Replied,
    Screened,
    Understood,
)
from records.judgements import NONE_OF_THESE, Verdict
from tools.errors import NodrizaError

Outcome = Literal["kept", "regressed", "mended", "not mended", "not reached"]
"""Right then and now; right then and otherwise now; wrong then and as the experts say now; wrong
then and still not so; the conversation goes another way before."""
WHOLE = "whole"
"""Stands for a kind of step: the end of the conversation."""


class CheckError(NodrizaError):
    """The file cannot be run."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Expected(_Part):
    """A judged step."""

    turn: int
    kind: str
    """The event's type, or WHOLE."""
    node: str | None = None
    """Where it was decided."""
    nth: int = 0
    """How many of that kind and place came before in the turn."""
    was: dict[str, JsonValue]
    """What was done then."""
    verdict: Verdict
    move: str | None = None
    """What was better."""
    question: str | None = None
    """What was missing."""


class Shown(_Part):
    """What she read at the end of a turn, as far as it says what she may answer."""

    kind: Literal["question", "input", "offer", "answer", "check", "danger", "notice"]
    node: str | None
    text: str = Field(repr=False)
    """Only of what is not from the tree."""
    options: list[str]


class Said(_Part):
    """A turn: her message, and what she read."""

    message: Annotated[MessageReceived | FactCorrected, Field(discriminator="type", repr=False)]
    shown: Shown | None


class Talk(_Part):
    """A conversation to run again."""

    name: str
    navigator: str
    """Then."""
    tree: str
    """Then."""
    turns: list[Said]
    expected: list[Expected]


class Checks(_Part):
    """A file of them."""

    format: Literal["nodriza-judgements-1"] = "nodriza-judgements-1"
    talks: list[Talk]


@dataclass(frozen=True)
class Checked:
    """A step that was run again."""

    talk: str
    expected: Expected
    now: Mapping[str, JsonValue] | None
    """What is done now; None where it was not come to."""
    outcome: Outcome


def checks(talks: Iterable[JudgedTalk]) -> Checks:
    """All that can be run again, of judged conversations."""
    found = []
    for talk in talks:
        expected = list(_expected(talk))
        if expected:
            turns = [_said(turn.message, turn.events, talk.mask) for turn in talk.turns]
            settings = {"navigator": talk.summary.navigator, "tree": talk.summary.tree}
            found.append(Talk(name=talk.name, turns=turns, expected=expected, **settings))
    return Checks(talks=found)


def read_checks(path: Path) -> Checks:
    """What `checks` made, from a file. Raises CheckError saying what is wrong with it."""
    try:
        return Checks.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CheckError(f"the file cannot be read: {error}") from error
    except ValidationError as error:  # its text quotes what mothers said
        faults = error.errors(include_input=False, include_url=False)
        places = tuple(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in faults[:10])
        raise CheckError(
            f"{str(path)!r} is no file of `nodriza judgements export tests`: {'; '.join(places)}"
        ) from None


def check(machine: Machine, talk: Talk, live: Live) -> list[Checked]:
    """Run a conversation again. Raises GraphUnavailable."""
    thread = talk.name
    try:
        ran = list(_run(machine, thread, talk, live))
    finally:
        machine.forget(thread)
    return [_compared(talk.name, it, ran, len(talk.turns)) for it in talk.expected]


def _run(machine: Machine, thread: str, talk: Talk, live: Live) -> Iterator[list[Event]]:
    say = machine.otherwise(thread, 1, live)
    then = now = None
    for place, turn in enumerate(talk.turns):
        if place and not still_fits(turn.message, then, now):
            return
        events = say(turn.message)
        then, now = _replied(turn.shown), reply_in(events)
        yield events


def _compared(name: str, it: Expected, ran: Sequence[list[Event]], turns: int) -> Checked:
    reached = len(ran) >= (turns if it.kind == WHOLE else it.turn)
    event = _found(it, ran[it.turn - 1]) if reached else None
    if event is None:
        return Checked(name, it, None, "not reached")
    now = done(event, ran[it.turn - 1])
    if it.verdict == "right":
        return Checked(name, it, now, "kept" if now == it.was else "regressed")
    mended = _is_mended(it, now, ran[it.turn - 1])
    return Checked(name, it, now, "mended" if mended else "not mended")


def _is_mended(it: Expected, now: Mapping[str, JsonValue], turn: Sequence[Event]) -> bool:
    """Whether what the experts say is done, or at least not what was wrong."""
    moves = {
        name for event in turn if isinstance(event, Moved) for name in (event.move, event.target)
    }
    if it.move == NONE_OF_THESE or it.move is None:
        asked = {event.node for event in turn if isinstance(event, Replied)}
        return it.question in asked if it.question else now != it.was
    return it.move in moves or now.get("best") == it.move


def _found(it: Expected, turn: Sequence[Event]) -> Event | None:
    if it.kind == WHOLE:
        return reply_in(turn)
    alike = [event for event in turn if event.type == it.kind and _place(event) == it.node]
    return alike[it.nth] if it.nth < len(alike) else None


def _expected(talk: JudgedTalk) -> Iterator[Expected]:
    for step in talk.steps:
        if _can_be_run(step.judgement.verdict, step.judgement.question):
            yield _of_step(step)
    whole, last = talk.whole, talk.turns[-1]
    reply = reply_in(last.events)
    if whole and reply and whole.verdict in ("right", "wrong", "unsafe"):
        was = done(reply, last.events)
        yield Expected(turn=last.number, kind=WHOLE, was=was, verdict=whole.verdict)


def _can_be_run(verdict: Verdict, question: str | None) -> bool:
    """A text is not made clearer by running it, nor a question asked that the tree lacks."""
    return verdict != "text_unclear" and (verdict != "missing_question" or question is not None)


def _of_step(step: Step) -> Expected:
    node = _place(step.event)
    before = step.turn.events[: step.seq - 1]
    return Expected(
        turn=step.turn.number,
        kind=step.event.type,
        node=node,
        nth=sum(it.type == step.event.type and _place(it) == node for it in before),
        was=done(step.event, step.turn.events),
        verdict=step.judgement.verdict,
        move=step.judgement.move,
        question=step.judgement.question,
    )


def _place(event: Event) -> str | None:
    return event.node if isinstance(event, Decided) else None


def done(event: Event, turn: Sequence[Event]) -> dict[str, JsonValue]:
    """What a step did, as far as it can be judged."""
    match event:
        case Screened(level=level, sign=sign):
            return {"level": level, "sign": sign}
        case Understood(facts=facts):
            return {fact.name: fact.value for fact in facts}
        case Located(candidates=candidates):
            return {"best": candidates[0].id if candidates else None}
        case Decided(action=action):
            return {"action": action, "move": _moved_after(event, turn)}
        case Replied(kind=kind, node=node):
            return {"kind": kind, "node": node}
    raise ValueError(f"{event.type!r} is no step that is judged")


def _moved_after(decided: Decided, turn: Sequence[Event]) -> str | None:
    """The move that a decision led to."""
    after = iter(turn[next(at for at, it in enumerate(turn) if it is decided) + 1 :])
    for event in after:
        if isinstance(event, Moved):
            return event.move
        if isinstance(event, Decided | Replied):
            return None
    return None


def _said(message: MessageReceived | FactCorrected, events: Sequence[Event], mask: Mask) -> Said:
    if isinstance(message, MessageReceived):
        message = message.model_copy(update={"text": mask(message.text), "consent": None})
    reply = reply_in(events)
    shown: dict[str, Any] | None = None
    if reply:
        text = "" if reply.node else mask(reply.text)
        shown = {"kind": reply.kind, "node": reply.node, "text": text, "options": reply.options}
    return Said(message=message, shown=Shown(**shown) if shown else None)


def _replied(shown: Shown | None) -> Replied | None:
    return Replied(**shown.model_dump()) if shown else None
