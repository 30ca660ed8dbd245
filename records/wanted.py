"""Which conversations of the record are wanted: a filter, and what it is in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa

from records.database import CONVERSATION_TOPICS, CONVERSATION_WORDS, CONVERSATIONS
from records.digest import Digest, Outcome, folded
from records.events import Level

Rating = Literal["yes", "no", "none"]
"""Whether an answer has helped; she may say both of several answers. None: she did not say."""
Review = Literal[
    "escalated",
    "worse",
    "not_helped",
    "complained",
    "commented",
    "asked_person",
    "unsure",
    "failed",
    "gave_up",
]
"""Why somebody should look at a conversation, the most pressing first: fields of Digest, that it
was unsure, and that she gave up."""
REVIEWS: tuple[Review, ...] = get_args(Review)
GAVE_UP_AFTER = timedelta(days=1)
"""Without an answer and without a word for so long, she is taken to have given up."""
UNSURE = 0.5
"""It went on although it was likelier to be wrong than right: Digest.least_sure below this."""
MOST_WORDS = 20
"""Each is looked for apart, and a query has an end."""
NO_MODEL = "-"
"""Stands for a model's name: conversations without a model."""


@dataclass(frozen=True)
class Wanted:
    """Conversations that have all of what is given. Raises ValueError for what cannot be."""

    words: str = ""
    """Each of these words, or a longer one that begins so, is among hers; accents don't count."""
    since: datetime | None = None
    """The last thing happened at this moment or later."""
    until: datetime | None = None
    """The last thing happened before this moment."""
    topic: str | None = None
    """She was led into the topic with this id."""
    outcome: Outcome | None = None
    model: str | None = None
    """A model's name in the settings, or NO_MODEL."""
    navigator: str | None = None
    urgency: Level | None = None
    rating: Rating | None = None
    review: Review | Literal["any"] | None = None
    """This reason to look at it, or any, which the experts have not cleared by judging it."""

    def __post_init__(self) -> None:
        for name, valid in VALID.items():
            if (value := getattr(self, name)) is not None and value not in valid:
                raise ValueError(f"{name} is one of {', '.join(valid)}, not {value!r}")
        if self.words and not 0 < len(folded(self.words)) <= MOST_WORDS:
            raise ValueError(f"{self.words!r} is not between 1 and {MOST_WORDS} words to look for")
        for name in ("since", "until"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone: {moment.isoformat()}")
        if self.since and self.until and self.since >= self.until:
            raise ValueError(
                f"nothing can be since {self.since.isoformat()} and before {self.until.isoformat()}"
            )

    @property
    def given(self) -> list[str]:
        """The names of what is asked for."""
        return [one.name for one in fields(self) if getattr(self, one.name) != one.default]


VALID: dict[str, tuple[str, ...]] = {
    "outcome": get_args(Outcome),
    "urgency": get_args(Level),
    "rating": get_args(Rating),
    "review": ("any", *REVIEWS),
}
"""What fields with a fixed choice may be."""


@dataclass(frozen=True)
class Found:
    """What there is to choose from, each in alphabetical order."""

    topics: Sequence[str]
    navigators: Sequence[str]
    models: Sequence[str]


def reviews(digest: Digest, last_at: datetime, now: datetime | None = None) -> list[Review]:
    """The reasons to look at a conversation that nobody has judged, the most pressing first."""
    gave_up = digest.outcome == "open" and digest.turns > 0
    late = last_at < (now or datetime.now(UTC)) - GAVE_UP_AFTER
    told = {
        "gave_up": gave_up and late,
        "unsure": digest.least_sure is not None and digest.least_sure < UNSURE,
    }
    return [it for it in REVIEWS if (told[it] if it in told else getattr(digest, it))]


def conditions(wanted: Wanted, now: datetime | None = None) -> list[sa.ColumnElement[bool]]:
    """What the rows of CONVERSATIONS have to fulfil."""
    its = CONVERSATIONS.c
    found = [its[name] == value for name in _EQUAL if (value := getattr(wanted, name)) is not None]
    if wanted.model is not None:
        found.append(its.model.is_(None) if wanted.model == NO_MODEL else its.model == wanted.model)
    if wanted.since:
        found.append(its.last_at >= wanted.since)
    if wanted.until:
        found.append(its.last_at < wanted.until)
    if wanted.rating:
        found.append(_rated(wanted.rating))
    if wanted.review == "any":
        found += [UNJUDGED, sa.or_(*(reason(one, now) for one in REVIEWS))]
    elif wanted.review:
        found += [UNJUDGED, reason(wanted.review, now)]
    if wanted.topic is not None:
        of_topic = CONVERSATION_TOPICS.c.topic == wanted.topic
        found.append(its.id.in_(sa.select(CONVERSATION_TOPICS.c.thread).where(of_topic)))
    if words := folded(wanted.words):
        said = CONVERSATION_WORDS.c.words
        all_said = sa.and_(*(said.contains(f" {word}", autoescape=True) for word in words))
        found.append(its.id.in_(sa.select(CONVERSATION_WORDS.c.thread).where(all_said)))
    return found


_EQUAL = ("outcome", "navigator", "urgency")


def _rated(rating: Rating) -> sa.ColumnElement[bool]:
    helped, not_helped = CONVERSATIONS.c.helped, CONVERSATIONS.c.not_helped
    rated = {"yes": helped, "no": not_helped, "none": ~(helped | not_helped)}
    return rated[rating]


def reason(review: Review, now: datetime | None = None) -> sa.ColumnElement[bool]:
    """Whether a row of CONVERSATIONS has this reason to be looked at, judged or not."""
    its = CONVERSATIONS.c
    if review == "unsure":
        return sa.func.coalesce(its.least_sure, 1.0) < UNSURE
    if review != "gave_up":
        return its[review]
    late = its.last_at < (now or datetime.now(UTC)) - GAVE_UP_AFTER
    return sa.and_(its.outcome == "open", its.turns > 0, late)


UNJUDGED = sa.or_(
    CONVERSATIONS.c.reviewed_to.is_(None), CONVERSATIONS.c.reviewed_to != CONVERSATIONS.c.last_at
)
"""The experts have not judged all that has happened in it."""
