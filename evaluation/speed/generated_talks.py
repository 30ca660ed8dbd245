"""Conversations made up by the thousand and written straight into a record, to measure it full.

Their events are small (no prompts, no queries) and say what real ones say: she writes, is led into
a topic, is asked, answered or warned, rates, asks for a person, leaves.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from evaluation.learnt.plan import Plan
from evaluation.measurement import Progress
from records.database import (
    CONVERSATION_TOPICS,
    CONVERSATION_WORDS,
    CONVERSATIONS,
    EVENTS,
    TURNS,
    transaction,
)
from records.digest import Digest, her_words, topics_entered, words_column
from records.events import (
    EVENT,
    Choice,
    Decided,
    Event,
    Failed,
    FellBack,
    FollowedUp,
    MessageReceived,
    Moved,
    Rated,
    Reason,
    Replied,
)
from records.learnt.fold import Piece, learnt
from records.learnt.keep import KINDS, as_row
from tools.outline import Outline, Way

_SETTINGS = (("semantic", None), ("scored", "openai:qwen3-8b"), ("tools", "openai:gpt-5-mini"))
_COMMENTS = ("", "", "gracias, me quedo más tranquila", "esto ya lo sabía", "no era mi caso")
_BUTTONS = ("Sí", "No", "No lo sé", "Siempre", "Al empezar la toma", "Tres semanas")
_LONGEST = 4
"""Turns of a conversation."""
_TREE = "es@1"
_AT_ONCE = 2000
"""Conversations in one transaction."""


@dataclass(frozen=True)
class Talk:
    """One conversation: its turns, each with its message first."""

    thread: str
    last_at: datetime
    navigator: str
    model: str | None
    turns: Sequence[Sequence[Event]]
    tree: str = _TREE
    """The tree version."""


def made_up(
    count: int, said: Sequence[str], topics: Sequence[str], seed: int, until: datetime
) -> Iterator[Talk]:
    """Conversations of the year before `until`, whose first messages are among `said`."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for number in range(count):
        navigator, model = rng.choice(_SETTINGS)
        at = until - timedelta(seconds=rng.randrange(365 * 24 * 3600))
        turns = list(_turns(rng, said, topics, at))
        yield Talk(f"{number:08d}-made-up", turns[-1][-1].at, navigator, model, turns)


def _turns(
    rng: random.Random, said: Sequence[str], topics: Sequence[str], at: datetime
) -> Iterator[list[Event]]:
    topic = rng.choice(topics)
    length = rng.choice((1, 2, 3, 3, _LONGEST))
    for number in range(length):
        at += timedelta(seconds=rng.randrange(20, 90))
        option = rng.choice(_BUTTONS)
        text = option if number else _shuffled(rng, rng.choice(said))
        turn: list[Event] = [MessageReceived(at=at, text=text)]
        if number:
            turn.append(_step(topic, number, option, at))
        elif rng.random() < 0.9:
            turn.append(_jump(topic, at))
        turn += _trouble(rng, at)
        turn.append(_reply(rng, topic, number, at, last=number == length - 1))
        if number == length - 1:
            turn += _afterwards(rng, turn[-1], at)
        yield turn


def plan(topics: Sequence[str]) -> Plan:
    """The tree that they walk: questions in a row, each with the same options."""
    ways: dict[str, tuple[Way, ...]] = {}
    for topic in topics:
        for number in range(1, _LONGEST + 1):
            last = number == _LONGEST
            answers = [f"{topic}-a{place % 4}" for place in range(len(_BUTTONS))]
            targets = answers if last else [f"{topic}-q{number + 1}"] * len(_BUTTONS)
            ways[f"{topic}-q{number}"] = tuple(
                Way(label, label, (), target)
                for label, target in zip(_BUTTONS, targets, strict=True)
            )
    questions = dict.fromkeys(ways, "¿Cuándo te duele?")
    titles = {f"{topic}-a{place}": "Calma" for topic in topics for place in range(4)}
    starts = {topic: f"{topic}-q1" for topic in topics}
    return Plan(
        _TREE, Outline(ways, questions, {}, titles), dict(zip(topics, topics, strict=True)), starts
    )


def _shuffled(rng: random.Random, text: str) -> str:
    """The same words in another order: as many to look through, and not the same text again."""
    words = text.split()
    rng.shuffle(words)
    return " ".join(words)


def _jump(topic: str, at: datetime) -> Moved:
    return Moved(
        at=at, kind="jump", origin=None, target=topic, move=topic, label=topic, topic=topic
    )


def _step(topic: str, number: int, option: str, at: datetime) -> Moved:
    here, there = f"{topic}-q{number}", f"{topic}-q{number + 1}"
    return Moved(at=at, kind="choose", origin=here, target=there, move=option, label=option)


def _trouble(rng: random.Random, at: datetime) -> list[Event]:
    chance = rng.random()
    if chance < 0.01:
        return [_decided("she is not helped", at)]
    if chance < 0.02:
        return [_decided("she asks for a person", at)]
    if chance < 0.025:
        return [Failed(at=at, cause="GraphUnavailable")]
    if chance < 0.035:
        return [FellBack(at=at, origin="scored", target="semantic", why="failed", cause="x")]
    return [_decided("the next question", at, rng.uniform(0.35, 1.0))]


def _decided(why: Reason, at: datetime, chance: float | None = None) -> Decided:
    likely = [] if chance is None else [Choice(id="o", label="Sí", probability=chance)]
    action: Literal["move", "ask"] = "move" if likely else "ask"
    return Decided(
        at=at, node="n", action=action, why=why, evidence=[], posterior=likely, threshold=None
    )


def _reply(rng: random.Random, topic: str, number: int, at: datetime, *, last: bool) -> Replied:
    chance = rng.random()
    if chance < 0.03:
        return Replied(at=at, kind="danger", text="Ve a urgencias.", urgency="emergency")
    if last and chance < 0.75:
        urgency = rng.choice(("none", "none", "none", "same_day"))
        text = "Prueba a ofrecerle el pecho cuando esté tranquilo." * 4
        node = f"{topic}-a{rng.randrange(4)}"
        return Replied(at=at, kind="answer", text=text, node=node, urgency=urgency)
    return Replied(at=at, kind="question", text="¿Cuándo te duele?", node=f"{topic}-q{number + 1}")


def _afterwards(rng: random.Random, shown: Event, at: datetime) -> list[Event]:
    node = shown.node if isinstance(shown, Replied) else None
    found: list[Event] = []
    if rng.random() < 0.3:
        helped, comment = rng.random() < 0.8, rng.choice(_COMMENTS)
        found.append(Rated(at=at, node=node, helped=helped, comment=comment))
    if rng.random() < 0.05:
        state = rng.choice(("better", "same", "worse"))
        found.append(FollowedUp(at=at, node=node, state=state))
    return found


def write(
    engine: sa.Engine, talks: Iterator[Talk], total: int, say: Progress, at_once: int = _AT_ONCE
) -> None:
    """Put conversations into an empty record, many in one transaction."""
    written = 0
    while batch := list(islice(talks, at_once)):
        with transaction(engine, writing=True) as connection:
            turns = connection.scalar(sa.select(sa.func.max(TURNS.c.id))) or 0
            rows = _Rows(turns)
            for talk in batch:
                rows.add(talk)
            for table, lines in rows.by_table.items():
                if lines:
                    connection.execute(table.insert(), lines)
        written += len(batch)
        if written % (10 * at_once) == 0 or written == total:
            say(f"{written} of {total} conversations written")


class _Rows:
    """The rows of some conversations, by table, in the order in which they are to be written."""

    def __init__(self, turns: int) -> None:
        self._turns = turns
        tables = (CONVERSATIONS, CONVERSATION_TOPICS, CONVERSATION_WORDS, TURNS, EVENTS)
        learnt = (table for _, table in KINDS)
        every = (*tables, *learnt)
        self.by_table: dict[sa.Table, list[dict[str, Any]]] = {table: [] for table in every}

    def add(self, talk: Talk) -> None:
        """The rows of one conversation."""
        events = [event for turn in talk.turns for event in turn]
        settings = {"tree": talk.tree, "navigator": talk.navigator, "model": talk.model}
        times = {"created_at": events[0].at, "last_at": talk.last_at}
        digest = asdict(Digest().after(events))
        self.by_table[CONVERSATIONS].append({"id": talk.thread, **settings, **times, **digest})
        self.by_table[CONVERSATION_TOPICS] += [
            {"thread": talk.thread, "topic": topic} for topic in topics_entered(events)
        ]
        if words := words_column(her_words(events)):
            self.by_table[CONVERSATION_WORDS].append({"thread": talk.thread, "words": words})
        pieces = (
            Piece(number, list(enumerate(turn)), talk.tree, talk.navigator, talk.model)
            for number, turn in enumerate(talk.turns, 1)
        )
        found = learnt(pieces)
        for name, table in KINDS:
            rows = enumerate(getattr(found, name))
            self.by_table[table] += [as_row(talk.thread, n, row) for n, row in rows]
        for number, turn in enumerate(talk.turns, 1):
            self._add_turn(talk.thread, number, turn)

    def _add_turn(self, thread: str, number: int, events: Sequence[Event]) -> None:
        self._turns += 1
        row = {"id": self._turns, "thread": thread, "number": number, "message_id": str(number)}
        done = {"status": "done", "owner": "made up", "started_at": events[0].at}
        self.by_table[TURNS].append(row | done | {"finished_at": datetime.now(UTC)})
        self.by_table[EVENTS] += [
            {"turn_id": self._turns, "seq": seq, "type": event.type, "at": event.at}
            | {"payload": EVENT.dump_python(event, mode="json")}
            for seq, event in enumerate(events)
        ]
