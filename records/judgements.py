"""What experts judge: steps of conversations, and whole conversations.

It is of the same database as the record and goes with a conversation when that is erased. Experts
judge each for herself: what `blind` says was written before she could have read the others'.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, get_args

import sqlalchemy as sa

from records.database import CONVERSATIONS, JUDGEMENTS, open_database, transaction
from records.store import UnknownConversation, lock
from records.wanted import REVIEWS, UNJUDGED, Review, reason

Verdict = Literal["right", "wrong", "better_move", "missing_question", "text_unclear", "unsafe"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
NONE_OF_THESE = "-"
"""Stands for a move: the better one is none of those that were open."""
LONGEST_COMMENT = 2000
"""Characters."""
ENOUGH = 2
"""Experts who judge each conversation, unless the settings say otherwise."""


@dataclass(frozen=True)
class Item:
    """What is judged: a step, or with neither turn nor seq the whole conversation."""

    thread: str
    turn: int | None = None
    seq: int | None = None

    def __post_init__(self) -> None:
        if (self.turn is None) != (self.seq is None):
            raise ValueError(f"a step has a turn and a seq, not {self.turn!r} and {self.seq!r}")

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole conversation."""
        return self.turn is None


@dataclass(frozen=True)
class Opinion:
    """What is said of an item. Raises ValueError for what cannot be."""

    verdict: Verdict
    move: str | None = None
    """Of `better_move`: id of the option or entry, or NONE_OF_THESE."""
    question: str | None = None
    """Of `missing_question`: id of the tree's question."""
    wording: str = field(default="", repr=False)
    """Of `missing_question`: the question in free words, where the tree has none."""
    comment: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}, not {self.verdict!r}")
        if (self.verdict == "better_move") != (self.move is not None):
            raise ValueError(f"a move goes with better_move, and only with it: {self.verdict!r}")
        if (self.verdict == "missing_question") != bool(self.question or self.wording):
            raise ValueError(
                f"a question goes with missing_question, and only with it: {self.verdict!r}"
            )
        for name in ("wording", "comment"):
            if (length := len(getattr(self, name))) > LONGEST_COMMENT:
                raise ValueError(f"a {name} has at most {LONGEST_COMMENT} characters, not {length}")


@dataclass(frozen=True, kw_only=True)
class Judgement(Opinion):
    """What one expert has said of an item."""

    id: int
    thread: str
    turn: int | None
    seq: int | None
    expert: str
    at: datetime
    tree: str
    """The tree version that the conversation was on."""
    agreed: bool
    """What the experts have agreed on after discussing it, put down by one of them."""
    blind: bool
    """She could not know what others say of it."""
    seen_at: datetime
    """When the last thing had happened in the conversation that she judged."""

    @property
    def item(self) -> Item:
        """What it is of."""
        return Item(self.thread, self.turn, self.seq)


@dataclass(frozen=True)
class Standing:
    """What is said of one item now."""

    item: Item
    own: Mapping[str, Judgement]
    """The newest of each expert, in the order in which they first judged it."""
    blind: Mapping[str, Judgement]
    """The newest that each wrote without knowing the others': what agreement is measured on."""
    agreed: Judgement | None
    """What they settled on."""

    @property
    def disputed(self) -> bool:
        """Whether experts differ and have not settled it."""
        said = {(it.verdict, it.move) for it in self.own.values()}
        return self.agreed is None and len(said) > 1

    @property
    def verdict(self) -> Judgement | None:
        """What holds: what was agreed, else what all who judged it say; None while disputed."""
        if self.agreed:
            return self.agreed
        return None if self.disputed else next(iter(self.own.values()), None)


def standings(judgements: Iterable[Judgement]) -> dict[Item, Standing]:
    """What is said of each item, of judgements in any order."""
    found: dict[Item, Standing] = {}
    ordered = sorted(judgements, key=attrgetter("id"))
    by_item: dict[Item, list[Judgement]] = {}
    for judgement in ordered:
        by_item.setdefault(judgement.item, []).append(judgement)
    for item, its in by_item.items():
        own = {it.expert: it for it in its if not it.agreed}
        blind = {it.expert: it for it in its if not it.agreed and it.blind}
        agreed = next((it for it in reversed(its) if it.agreed), None)
        found[item] = Standing(item, own, blind, agreed)
    return found


class Judgements:
    """The judgements of one database, for any number of threads and processes."""

    def __init__(self, engine: sa.Engine, enough: int = ENOUGH) -> None:
        """`enough` experts must have judged a conversation before it needs no review."""
        self._engine = engine
        self._enough = enough

    @classmethod
    def open(cls, url: str, enough: int = ENOUGH) -> "Judgements":
        """Opens the database of the record and creates its tables. Raises RecordError."""
        return cls(open_database(url), enough)

    def add(
        self,
        item: Item,
        expert: str,
        opinion: Opinion,
        *,
        agreed: bool = False,
        seen_at: datetime | None = None,
    ) -> None:
        """Adds a judgement; an earlier one of hers is kept and counts no more.

        `seen_at` is the `last_at` of the conversation as she saw it; left out: as it is now.
        Raises UnknownConversation.
        """
        its = CONVERSATIONS.c.id == item.thread
        with transaction(self._engine, writing=True) as connection:
            if not lock(connection, item.thread):
                raise UnknownConversation
            columns = sa.select(CONVERSATIONS.c.tree, CONVERSATIONS.c.last_at)
            known = connection.execute(columns.where(its)).one()
            row = asdict(item) | asdict(opinion)
            row |= {"expert": expert, "at": datetime.now(UTC), "tree": known.tree}
            row |= {"agreed": agreed, "seen_at": seen_at or known.last_at}
            row["blind"] = not agreed and self._is_blind(connection, item, expert)
            connection.execute(JUDGEMENTS.insert().values(row))
            if item.is_whole and self._is_done(connection, item, known.last_at):
                connection.execute(
                    CONVERSATIONS.update().where(its).values(reviewed_to=known.last_at)
                )

    def of(self, thread: str) -> list[Judgement]:
        """All of a conversation, the oldest first; those that count no more among them."""
        return self._read(sa.select(JUDGEMENTS).where(JUDGEMENTS.c.thread == thread))

    def all(self) -> Iterator[tuple[str, list[Judgement]]]:
        """All, by conversation, in the order of the conversations' ids."""
        read = self._read(sa.select(JUDGEMENTS).order_by(JUDGEMENTS.c.thread))
        for thread, its in groupby(read, key=attrgetter("thread")):
            yield thread, list(its)

    def queue(
        self, expert: str, *, limit: int = 20, offset: int = 0, only: Review | None = None
    ) -> list[str]:
        """Ids of the conversations that wait for this expert, the most pressing first.

        `only` those whose most pressing reason it is. Of the same reason, the least sure first,
        then those that have waited longest.
        """
        its = CONVERSATIONS.c
        rank = _rank()
        query = sa.select(its.id).where(*_waiting(expert))
        if only:
            query = query.where(rank == REVIEWS.index(only))
        sure = sa.func.coalesce(its.least_sure, 1.0)
        query = query.order_by(rank, sure, its.last_at, its.id).limit(limit).offset(offset)
        with transaction(self._engine) as connection:
            return list(connection.scalars(query))

    def waiting(self, expert: str) -> dict[Review, int]:
        """How many conversations wait for this expert, by the most pressing reason of each."""
        rank = _rank()
        query = sa.select(rank, sa.func.count()).where(*_waiting(expert)).group_by(rank)
        with transaction(self._engine) as connection:
            counts = dict(connection.execute(query).all())
        return {REVIEWS[place]: counts[place] for place in sorted(counts)}

    def unsafe(self) -> list[str]:
        """Ids of the conversations of which something is unsafe: as was settled, or as one says."""
        its = JUDGEMENTS.c
        accused = sa.select(its.thread).where(its.verdict == "unsafe")
        judged = self._read(sa.select(JUDGEMENTS).where(its.thread.in_(accused)))
        found = {
            item.thread
            for item, one in standings(judged).items()
            if "unsafe" in ({one.agreed.verdict} if one.agreed else _verdicts(one))
        }
        return sorted(found)

    def ended_at(self) -> dict[str, int]:
        """How many answered conversations ended with each leaf, by its id."""
        its = CONVERSATIONS.c
        query = sa.select(its.node, sa.func.count()).group_by(its.node)
        query = query.where(its.outcome == "answered", its.node.is_not(None))
        with transaction(self._engine) as connection:
            return dict(connection.execute(query).all())

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _is_blind(self, connection: sa.Connection, item: Item, expert: str) -> bool:
        """Her first of an item is; a later one as long as nobody else has judged it."""
        experts = set(
            connection.scalars(
                sa.select(JUDGEMENTS.c.expert).where(*_of_item(item), ~JUDGEMENTS.c.agreed)
            )
        )
        return expert not in experts or experts == {expert}

    def _is_done(self, connection: sa.Connection, item: Item, last_at: datetime) -> bool:
        """Whether enough have judged all that has happened, or it is settled."""
        its = JUDGEMENTS.c
        query = sa.select(its.expert, its.agreed).where(*_of_item(item), its.seen_at == last_at)
        rows = connection.execute(query).all()
        experts = {row.expert for row in rows if not row.agreed}
        return any(row.agreed for row in rows) or len(experts) >= self._enough

    def _read(self, query: sa.Select[Any]) -> list[Judgement]:
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(JUDGEMENTS.c.id))
            return [Judgement(**row._mapping) for row in rows]


def _verdicts(standing: Standing) -> set[Verdict]:
    return {it.verdict for it in standing.own.values()}


def _of_item(item: Item) -> Sequence[sa.ColumnElement[bool]]:
    its = JUDGEMENTS.c
    turn = its.turn.is_(None) if item.turn is None else its.turn == item.turn
    seq = its.seq.is_(None) if item.seq is None else its.seq == item.seq
    return (its.thread == item.thread, turn, seq)


def _waiting(expert: str) -> Sequence[sa.ColumnElement[bool]]:
    """What conversations must be like to wait for an expert."""
    hers = sa.select(JUDGEMENTS.c.id).where(
        JUDGEMENTS.c.thread == CONVERSATIONS.c.id,
        JUDGEMENTS.c.turn.is_(None),
        JUDGEMENTS.c.expert == expert,
        JUDGEMENTS.c.seen_at == CONVERSATIONS.c.last_at,
    )
    return (UNJUDGED, sa.or_(*(reason(why) for why in REVIEWS)), ~hers.exists())


def _rank() -> sa.ColumnElement[int]:
    """The place of a conversation's most pressing reason among REVIEWS."""
    return sa.case(*((reason(why), place) for place, why in enumerate(REVIEWS)))
