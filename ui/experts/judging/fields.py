"""What a form for judging says, and what it offers: fields -> plain data. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.texts import Texts
from records.events import Decided, Event, Located, Replied
from records.judgements import Opinion
from tools.tree import Question, Tree
from ui.experts.judging.form import Offered
from ui.experts.judging.judged import SIGNS


@dataclass(frozen=True)
class Sent:
    """A form as it was sent."""

    thread: str
    verdict: str
    step: tuple[int, int] | None = None
    move: str = field(default="", repr=False)
    entry: str = field(default="", repr=False)
    """A place of the tree, instead of a move."""
    question: str = field(default="", repr=False)
    comment: str = field(default="", repr=False)


class Refused(Exception):
    """It cannot be stored; the text says why, to who sent it."""


def read_opinion(sent: Sent, tree: Tree | None, texts: Texts) -> Opinion:
    """What a form says. Raises Refused with what is missing, ValueError for no form of ours."""
    verdict = sent.verdict
    if verdict not in SIGNS:
        raise ValueError("no such verdict")
    move = question = None
    wording = ""
    if verdict == "better_move":
        move = _place_named(sent.entry, tree, texts) if sent.entry else sent.move
        if not move:
            raise Refused(texts("experts.judge.no_move"))
    elif verdict == "missing_question":
        if not sent.question:
            raise Refused(texts("experts.judge.no_question"))
        question = _id_in(sent.question, tree)
        wording = "" if question else sent.question
    try:
        return Opinion(verdict, move, question, wording, sent.comment)
    except ValueError as error:
        raise Refused(texts("experts.judge.too_long", error=error)) from error


def _place_named(said: str, tree: Tree | None, texts: Texts) -> str:
    if found := _id_in(said, tree):
        return found
    raise Refused(texts("experts.judge.no_place", said=said))


def _id_in(said: str, tree: Tree | None) -> str | None:
    """The node that a field names: by its id, or by its title with the id behind it."""
    found = re.search(r"\(([a-z0-9_-]+)\)$", said)
    name = found[1] if found else said
    return name if tree and name in tree.by_id else None


def offered_at(
    events: Mapping[tuple[int, int], Event], step: tuple[int, int], tree: Tree | None
) -> Offered:
    """What could have been done instead at a step: the moves that were open there."""
    match events[step]:
        case Located(candidates=candidates):
            return Offered([(it.id, it.label) for it in candidates], anywhere=True)
        case Decided(posterior=posterior, node=node):
            known = [(it.id, it.label) for it in posterior]
            return Offered(known or _options(node, tree), anywhere=node is None)
        case Replied(kind="question", node=node):
            return Offered(_options(node, tree))
        case Replied(kind="answer" | "offer" | "notice"):
            return Offered(_last_open(events, step), anywhere=True)
    return Offered()


def _last_open(
    events: Mapping[tuple[int, int], Event], step: tuple[int, int]
) -> list[tuple[str, str]]:
    """Between what the turn decided last."""
    turn, seq = step
    before = (events.get((turn, place)) for place in range(seq - 1, 0, -1))
    last = next((it for it in before if isinstance(it, Decided)), None)
    return [(it.id, it.label) for it in last.posterior] if last else []


def _options(node: str | None, tree: Tree | None) -> list[tuple[str, str]]:
    question = tree.by_id.get(node or "") if tree else None
    if not isinstance(question, Question):
        return []
    return [(option.id, option.label) for option in question.options]


def names_of(tree: Tree | None) -> dict[str, str]:
    """What the entries and questions of a tree are called, by id."""
    if tree is None:
        return {}
    return dict(questions_of(tree)) | {it.node: it.title for it in tree.entries}


def questions_of(tree: Tree) -> Iterator[tuple[str, str]]:
    """Id and text of each question."""
    return ((it.id, it.text) for it in tree.nodes if isinstance(it, Question))
