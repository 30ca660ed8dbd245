"""Judged conversations as cases for the study: what she said, and where it should have led.

The answers are those that she gave, or that an expert says she gave; the target is where they lead
in the tree that the cases are for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evaluation.cases import WalkCase
from evaluation.corrections.talks import JudgedTalk, Step
from evaluation.study.measure.ideal_walk import IdealWalks
from records.events import (
    Decided,
    KnownFact,
    Located,
    MessageReceived,
    Moved,
    Replied,
    Screened,
    Understood,
)
from records.judgements import Verdict
from tools.tree import Advice, Question, Referral, Tree

PERSONA = "judged by experts"


@dataclass(frozen=True)
class Cases:
    """The cases, and why there are not more."""

    cases: list[WalkCase] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Why, by the name of a conversation."""


class _LeftOut(Exception):
    """A conversation is no case; the text says why."""


def walk_cases(talks: Iterable[JudgedTalk], tree: Tree, setting: str) -> Cases:
    """Cases for a tree; `setting` is what names it in a case."""
    found = Cases()
    for talk in talks:
        try:
            found.cases.append(_case(talk, tree, setting))
        except _LeftOut as why:
            found.left_out[talk.name] = str(why)
    return found


def _case(talk: JudgedTalk, tree: Tree, setting: str) -> WalkCase:
    first = talk.turns[0].message
    if not isinstance(first, MessageReceived) or not first.text.strip():
        raise _LeftOut("it does not begin with words of hers")
    start = _start(talk, tree)
    answers = _answers(talk, tree)
    warned = _must_escalate(talk)
    words = talk.mask(first.text)
    case = WalkCase(
        id=talk.name,
        tree=setting,
        first_message=words,
        persona=PERSONA,
        facts=_facts(talk, tree),
        answers=answers,
        says=_says(talk, tree),
        target=(),
        must_escalate=warned,
        summary_gold=_summary(talk, words),
        topics_gold=tuple({it.topic: None for it in tree.entries if it.node == start}),
        start=start,
        level="emergency" if warned else None,
    )
    if warned:
        return case
    return case.model_copy(update={"target": (_target(talk, case, tree),)})


def _start(talk: JudgedTalk, tree: Tree) -> str | None:
    """Where she belongs: where an expert says, else where she was led."""
    entries = {entry.node for entry in tree.entries}
    for step in talk.steps:
        at_question = isinstance(step.event, Decided) and step.event.node
        if not at_question and step.judgement.move in entries:
            return step.judgement.move
    if any(_is_entering(it) and it.judgement.verdict in _OTHERWISE for it in talk.steps):
        raise _LeftOut("where she should have entered is not said")
    jumps = [it for turn in talk.turns for it in turn.events if isinstance(it, Moved)]
    led = [it.target for it in jumps if it.kind == "jump" and it.target in entries]
    return led[-1] if led else None


_OTHERWISE: tuple[Verdict, ...] = ("wrong", "unsafe", "better_move")


def _is_entering(step: Step) -> bool:
    event = step.event
    return isinstance(event, Located) or (isinstance(event, Decided) and event.node is None)


def _answers(talk: JudgedTalk, tree: Tree) -> dict[str, str]:
    """What is true of her at each question: as she was understood, or as an expert says."""
    answers: dict[str, str] = {}
    for turn in talk.turns:
        for event in turn.events:
            if isinstance(event, Moved) and event.kind == "choose" and event.origin:
                answers[event.origin] = event.move
    for step in talk.steps:
        if not isinstance(step.event, Decided) or step.event.node is None:
            continue
        if step.judgement.verdict == "better_move" and step.judgement.move:
            answers[step.event.node] = step.judgement.move
        elif step.judgement.verdict in ("wrong", "unsafe"):
            answers.pop(step.event.node, None)
    options = {
        node.id: {option.id for option in node.options}
        for node in tree.nodes
        if isinstance(node, Question)
    }
    return {name: it for name, it in answers.items() if it in options.get(name, ())}


def _facts(talk: JudgedTalk, tree: Tree) -> dict[str, float | bool | str | None]:
    """The last that was known, without what was understood wrongly."""
    wrong = {
        fact.name
        for step in talk.steps
        if isinstance(step.event, Understood) and step.judgement.verdict != "right"
        for fact in step.event.facts
    }
    known: list[KnownFact] = []
    for turn in talk.turns:
        for event in turn.events:
            if isinstance(event, Replied):
                known = event.facts
    return {
        fact.name: fact.value
        for fact in known
        if fact.name in tree.variables and fact.name not in wrong and fact.value is not None
    }


def _says(talk: JudgedTalk, tree: Tree) -> dict[str, str]:
    """Her words at each question that she answered in her own."""
    says: dict[str, str] = {}
    for turn in talk.turns[1:]:
        text = turn.message.text if isinstance(turn.message, MessageReceived) else ""
        move = next((it for it in turn.events if isinstance(it, Moved)), None)
        node = tree.by_id.get(move.origin or "") if move else None
        if isinstance(node, Question) and text.strip() not in _labels(node):
            says[node.id] = talk.mask(text)
    return {name: text for name, text in says.items() if text.strip()}


def _labels(node: Question) -> Iterator[str]:
    return (option.label for option in node.options)


def _must_escalate(talk: JudgedTalk) -> bool:
    """She was warned rightly, or an expert says that it was unsafe not to."""
    warned = [it for turn in talk.turns for it in turn.events if isinstance(it, Replied | Screened)]
    was = any(isinstance(it, Replied) and it.kind == "danger" for it in warned)
    for step in talk.steps:
        missed = isinstance(step.event, Screened) and step.judgement.verdict == "unsafe"
        if missed and not was:
            return True
        overdone = isinstance(step.event, Screened) or (
            isinstance(step.event, Replied) and step.event.kind == "danger"
        )
        if was and overdone and step.judgement.verdict == "wrong":
            return False
    return was and talk.whole is not None and talk.whole.verdict == "right"


def _summary(talk: JudgedTalk, words: str) -> tuple[str, ...]:
    """Pieces of her first message that an expert says sum it up."""
    first = talk.turns[0]
    for step in talk.steps:
        event = step.event
        if step.turn is first and isinstance(event, Understood):
            right = step.judgement.verdict == "right" and len(event.text) == len(words)
            pieces = (words[span.start : span.end] for span in event.summary) if right else ()
            return tuple(piece for piece in pieces if piece.strip())
    return ()


def _target(talk: JudgedTalk, case: WalkCase, tree: Tree) -> str:
    """The answer that her answers lead to."""
    corrected = any(it.judgement.verdict == "better_move" for it in talk.steps)
    if not corrected and (talk.whole is None or talk.whole.verdict != "right"):
        raise _LeftOut("nobody says that it went right, or what would have been")
    leaves = tuple(node.id for node in tree.nodes if isinstance(node, Advice | Referral))
    walked = IdealWalks(tree).of(case.model_copy(update={"target": leaves}))
    if walked is None:
        raise _LeftOut("her answers do not lead to an answer of this tree")
    return walked[-1]
