"""Events -> rows, one turn or aside at a time. Pure.

What a turn begins from is read off the rows that are there, so that it makes no difference whether
a conversation is folded at once or as it happens.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from records.digest import folded
from records.events import (
    Choice,
    Decided,
    Event,
    FactCorrected,
    FollowedUp,
    Located,
    MessageReceived,
    Moved,
    Prepared,
    Rated,
    Replied,
    Understood,
)
from records.learnt.rows import Asked, Given, Learnt, Left, Miss, Missed

FOLDED = (
    *("message_received", "fact_corrected", "prepared", "understood", "located", "decided"),
    *("moved", "replied", "rated", "followed_up"),
)
"""The types of the events that rows are made of."""


@dataclass(frozen=True)
class Piece:
    """A whole turn, its message first, or an aside behind it."""

    turn: int
    events: Sequence[tuple[int, Event]]
    """With the place of each in its turn."""
    tree: str
    """Of the conversation, as the next two: for a turn that does not say what it was run with."""
    navigator: str
    model: str | None


def learnt(pieces: Iterable[Piece]) -> Learnt:
    """The rows of a conversation from its beginning."""
    rows = Learnt()
    for piece in pieces:
        rows = after(rows, piece)
    return rows


def after(rows: Learnt, piece: Piece) -> Learnt:
    """The rows when this has happened too."""
    fold = _Fold(rows, piece)
    for seq, event in piece.events:
        fold.take(seq, event)
    return Learnt(tuple(fold.asked), tuple(fold.given), tuple(fold.missed))


class _Fold:
    """One turn or aside in the making."""

    def __init__(self, rows: Learnt, piece: Piece) -> None:
        self.asked, self.given, self.missed = list(rows.asked), list(rows.given), list(rows.missed)
        self._turn = piece.turn
        self._run_with: dict[str, Any] = {
            "tree": piece.tree,
            "navigator": piece.navigator,
            "model": piece.model,
        }
        shown: list[Asked | Given] = [*rows.asked, *rows.given]
        last = max(shown, key=lambda row: (row.turn, row.seq), default=None)
        self._stretch = last.stretch if last else 0
        self._topic = last.topic if last else None
        self._said: MessageReceived | None = None
        self._why: str | None = None
        self._corrected = self._resumed = self._asks_back = False
        self._topics: dict[str, str | None] = {}
        self._bits: dict[str, float | None] = {}

    def take(self, seq: int, event: Event) -> None:
        match event:
            case MessageReceived():
                self._hears(event)
            case FactCorrected():
                self._corrected = True
            case Prepared(tree=tree, navigator=navigator, models=models):
                model = models[0] if models else None
                self._run_with = {"tree": tree, "navigator": navigator, "model": model}
            case Understood(text=text, asks_back=asks_back):
                self._resumed = self._said is not None and text != self._said.text
                self._asks_back = asks_back
            case Located(candidates=candidates):
                self._topics |= {candidate.id: candidate.topic for candidate in candidates}
            case Decided():
                self._decides(event)
            case Moved():
                self._moves(seq, event)
            case Replied():
                self._replies(seq, event)
            case Rated(node=node, helped=helped):
                self._judges(node, {"helped": helped}, rejected=not helped)
            case FollowedUp(node=node, state="worse"):
                self._judges(node, {"worse": True}, rejected=True)
            case _:
                pass

    def _hears(self, message: MessageReceived) -> None:
        self._said = message
        if (question := self._open()) and question.seconds is None:
            waited = (message.at - question.asked_at).total_seconds()
            self._change(question, seconds=max(0, round(waited)))

    def _decides(self, event: Decided) -> None:
        self._why = event.why
        self._topics |= {choice.id: choice.topic for choice in event.posterior if choice.topic}
        if event.node and event.posterior:
            self._bits[event.node] = entropy(event.posterior)
        question = self._open()
        if question and question.node == event.node:
            if event.why == "she asks back":
                self._change(question, asks_back=True)
            elif event.why == "no option stands out" and event.action == "explain":
                self._change(question, unknown=True)
            elif event.why == "no option stands out" and not self._resumed:
                self._change(question, unsure=True)
                self._miss("not understood", event.at, node=question.node)
        elif why := _LOST.get(event.why):
            self._miss(why, event.at)
        elif event.why == "she is not helped" and (answer := self._standing_at(event.node)):
            self._judges(answer.node, {"complained": True}, rejected=True)

    def _moves(self, seq: int, event: Moved) -> None:
        match event.kind:
            case "choose" | "set":
                self._answers(seq, event)
            case "jump":
                self._enters(event)
            case "back":
                self._returns(event)
            case "restart":
                self._leaves("restart")

    def _answers(self, seq: int, event: Moved) -> None:
        if event.origin is None:
            return
        option = event.move if event.kind == "choose" else None
        question = self._open()
        if question is None or question.node != event.origin:
            self._leaves("elsewhere")
            kind: Any = "question" if event.kind == "choose" else "input"
            self._add_asked(seq, event.at, event.origin, kind, shown=0, how="told", option=option)
            return
        pressed = self._said is not None and folded(self._said.text) == folded(event.label)
        self._change(
            question,
            how="button" if pressed else "words",
            option=option,
            unknown=question.unknown or (event.kind == "set" and event.label == "None"),
        )
        self._means(option, question.node, since=question.turn)
        if question.instead_of not in (None, option):
            self._revises()

    def _revises(self) -> None:
        """She changes her answer: it was not the question after it that she doubted."""
        later = [row for row in self.asked if row.stretch == self._stretch and row.left == "back"]
        if later:
            self._change(later[-1], left="revised")

    def _enters(self, event: Moved) -> None:
        chosen = self._why == "she chose it among the places offered"
        self._leaves("elsewhere")
        if chosen and (answer := self._standing_at(event.origin)):
            self._change_given(answer, followed=event.target)
        if chosen:
            self._means(event.target, None)
        shown: list[Asked | Given] = [*self.asked, *self.given]
        self._stretch = 1 + max((row.stretch for row in shown), default=0)
        self._topic = event.topic or self._topics.get(event.target or "")

    def _returns(self, event: Moved) -> None:
        """Back, by her or because a fact was taken back: what came after is undone."""
        if answer := self._standing_at(event.origin):
            self._change_given(answer, left=answer.left or not self._corrected)
        self._leaves("corrected" if self._corrected else "back")
        here = [row for row in self.asked if row.stretch == self._stretch and not row.undone]
        places = [row.node for row in here]
        since = len(places) - 1 - places[::-1].index(event.target) if event.target in places else 0
        for number, row in enumerate(here):
            self._change(row, answer=None, rejected=False, undone=number >= since and bool(row.how))
        rows: list[Asked | Given] = [*self.asked, *self.given]
        earlier = [row for row in rows if row.node == event.target]
        if event.target not in places and earlier:
            target = max(earlier, key=lambda row: (row.turn, row.seq))
            self._stretch, self._topic = target.stretch, target.topic

    def _replies(self, seq: int, event: Replied) -> None:
        match event:
            case Replied(kind="question" | "input", node=str(node)):
                self._asks(seq, event, node)
            case Replied(kind="answer", node=str(node)):
                self._gives(seq, event, node)
            case Replied(kind="offer") if question := self._open():
                began = next(row for row in self.asked if row.stretch == question.stretch)
                self._miss("elsewhere", event.at, turn=began.turn)
                self._leaves("elsewhere")
            case Replied(kind="danger"):
                self._leaves("danger")
            case _:
                pass

    def _asks(self, seq: int, event: Replied, node: str) -> None:
        question = self._open()
        if question is None or question.node != node:
            self._leaves("elsewhere")
            kind: Any = event.kind
            self._add_asked(seq, event.at, node, kind, shown=1, bits=self._bits.get(node))
            return
        self._change(question, shown=question.shown + 1)
        # Why a value is asked for again is not among the decisions.
        if event.kind == "input" and not (self._why or self._corrected or self._resumed):
            if self._asks_back:
                self._change(self.asked[-1], asks_back=True)
            else:
                self._change(self.asked[-1], unsure=True)

    def _gives(self, seq: int, event: Replied, node: str) -> None:
        self._leaves("elsewhere")
        if not self._standing_at(node):
            setting = self._setting(seq, event.at)
            self.given.append(Given(**setting, stretch=self._stretch, node=node))
        for row in list(self.asked):
            if row.stretch == self._stretch and row.how and not (row.undone or row.answer):
                self._change(row, answer=node)

    def _judges(self, node: str | None, said: dict[str, Any], *, rejected: bool) -> None:
        """What she said of an answer; of the last one where it does not say which."""
        shown = [row for row in self.given if node in (None, row.node)]
        if not shown:
            return
        answer = shown[-1]
        self._change_given(answer, **said)
        for row in list(self.asked):
            if row.stretch == answer.stretch and row.answer == answer.node:
                self._change(row, rejected=rejected)

    # The rows

    def _open(self) -> Asked | None:
        """The question that she is being asked."""
        return self.asked[-1] if self.asked and self.asked[-1].is_open else None

    def _standing_at(self, node: str | None) -> Given | None:
        """The answer at `node`, where nothing came after it."""
        if not self.given or self.given[-1].node != node:
            return None
        answer = self.given[-1]
        later = self.asked and (self.asked[-1].turn, self.asked[-1].seq) > (answer.turn, answer.seq)
        return None if later or answer.stretch != self._stretch else answer

    def _leaves(self, how: Left) -> None:
        if question := self._open():
            self._change(question, left=how)

    def _setting(self, seq: int, at: datetime, turn: int | None = None) -> dict[str, Any]:
        place = {"turn": turn or self._turn, "seq": seq, "day": at.astimezone(UTC).date()}
        return {**place, **self._run_with, "topic": self._topic}

    def _add_asked(self, seq: int, at: datetime, node: str, kind: Any, **more: Any) -> None:
        setting = self._setting(seq, at)
        before = [
            row.option
            for row in self.asked
            if row.node == node and row.stretch == self._stretch and row.undone
        ]
        instead_of = before[-1] if before else None
        self.asked.append(
            Asked(
                **setting,
                stretch=self._stretch,
                node=node,
                kind=kind,
                asked_at=at,
                instead_of=instead_of,
                **more,
            )
        )

    def _miss(self, why: Missed, at: datetime, node: str | None = None, turn: int = 0) -> None:
        setting = self._setting(0, at, turn or None)
        known = {(row.turn, row.node) for row in self.missed}
        if (setting["turn"], node) not in known:
            self.missed.append(Miss(**setting, why=why, node=node))

    def _means(self, place: str | None, node: str | None, since: int = 0) -> None:
        """What she chose after messages that had not led on."""
        for number, row in enumerate(self.missed):
            if row.node == node and row.meant is None and row.turn >= since:
                self.missed[number] = replace(row, meant=place)

    def _change(self, row: Asked, **to: Any) -> None:
        self.asked[self.asked.index(row)] = replace(row, **to)

    def _change_given(self, row: Given, **to: Any) -> None:
        self.given[self.given.index(row)] = replace(row, **to)


_LOST: dict[str, Missed] = {
    "no entry point fits": "nowhere",
    "her words say too little": "unclear",
    "no entry point stands out": "undecided",
}


def entropy(posterior: Sequence[Choice]) -> float | None:
    """Bits of a posterior; None where nothing was estimated."""
    shares = [choice.probability for choice in posterior if choice.probability]
    total = sum(shares)
    return -sum(s / total * math.log2(s / total) for s in shares) if total else None
