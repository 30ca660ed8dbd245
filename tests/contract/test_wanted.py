"""A filter finds in both databases what a plain look at the same events finds."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

import pytest
import sqlalchemy as sa

from records.events import (
    Aside,
    Choice,
    Decided,
    Event,
    Failed,
    FellBack,
    FollowedUp,
    HandedOff,
    Level,
    Located,
    MessageReceived,
    Moved,
    Rated,
    Replied,
)
from records.store import CONVERSATIONS, Records
from records.wanted import NO_MODEL, REVIEWS, VALID, Found, Wanted
from tests.postgres import PostgresServer

NOW = datetime.now(UTC).replace(microsecond=0)
WORDS = ("pecho", "pechos", "duele", "DUELE", "fiebre", "niño", "mañana", "100%", "leche_fría", "a")
COMMENTS = ("", "  ", "Gracias, me SIRVIÓ", "no sirve")
TOPICS = ("dolor", "mastitis", "sueño")


@dataclass(frozen=True)
class Talk:
    """A conversation as it was written into the record."""

    thread: str
    last_at: datetime
    navigator: str
    model: str | None
    events: tuple[Event, ...]


def _turn(rng: random.Random) -> list[Event]:
    events: list[Event] = [MessageReceived(text=" ".join(rng.choices(WORDS, k=rng.randint(0, 4))))]
    topic = rng.choice(TOPICS)
    for _ in range(rng.randint(0, 2)):
        kind = rng.choice(("jump", "old jump", "choose", "no", "person", "fell", "failed", "doubt"))
        if kind == "old jump":  # from before jumps named their topic
            candidate = Choice(id=f"{topic}-1", label="x", topic=topic)
            events.append(Located(candidates=[candidate], none_of_these=0.1))
        target = {"jump": topic, "old jump": f"{topic}-1", "choose": "mastitis"}.get(kind)
        if target:
            named = {"topic": topic} if kind == "jump" else {}
            step = "jump" if "jump" in kind else "choose"
            moved = {"kind": step, "origin": None, "target": target, "move": "m", "label": "x"}
            events.append(Moved.model_validate(moved | named))
        if kind in ("no", "person"):
            why = "she is not helped" if kind == "no" else "she asks for a person"
            decided: dict[str, Any] = {"node": None, "action": "offer", "why": why, "evidence": []}
            events.append(Decided.model_validate(decided | {"posterior": [], "threshold": None}))
        if kind == "fell":
            events.append(FellBack(origin="a", target="b", why="failed", cause="x"))
        if kind == "failed":
            events.append(Failed(cause="x"))
        if kind == "doubt":
            events.append(_went_on(rng.choice((0.36, 0.49, 0.5, 0.9))))
    reply = rng.choice(("question", "question", "answer", "danger"))
    urgency = "none" if reply == "question" else rng.choice(get_args(Level))
    return [*events, Replied(kind=cast("Any", reply), text="x", node="n", urgency=urgency)]


def _went_on(probability: float) -> Decided:
    """It took the likeliest of two."""
    return Decided(
        node=None,
        action="move",
        why="one entry point stands out",
        evidence=[],
        posterior=[
            Choice(id="a", label="a", probability=probability),
            Choice(id="b", label="b", probability=0.1),
        ],
        threshold=0.35,
    )


def _aside(rng: random.Random) -> Aside:
    """Something between two turns."""
    return rng.choice(
        (
            Rated(node="n", helped=rng.random() < 0.5, comment=rng.choice(COMMENTS)),
            FollowedUp(node="n", state=rng.choice(("better", "same", "worse"))),
            HandedOff(hand_off=1),
        )
    )


def _write(records: Records, rng: random.Random, thread: str) -> Talk:
    navigator, model = rng.choice((("menu", None), ("scored", "gpt"), ("tools", "qwen")))
    settings = {"owner": "x", "tree": "es@1", "navigator": navigator, "model": model}
    events: list[Event] = []
    for number in range(rng.choice((1, 1, 2, 3))):
        message, *rest = _turn(rng)
        assert isinstance(message, MessageReceived)
        records.begin(thread, str(number), message, must_exist=False, **cast("Any", settings))
        records.finish(thread, str(number), rest)
        events += [message, *rest]
        if rng.random() < 0.3:
            aside = _aside(rng)
            records.note(thread, aside)
            events.append(aside)
    last_at = NOW - timedelta(hours=rng.randint(0, 72), minutes=30)
    return Talk(thread, last_at, navigator, model, tuple(events))


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Records, list[Talk]]]:
    """A record of many conversations, and what was written into it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('wanted')}/records.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.database()
    records, rng = Records.open(url), random.Random(7)
    talks = [_write(records, rng, f"t{number:03}") for number in range(120)]
    records.open_conversation("t120", tree="es@1", navigator="menu", model=None)
    talks.append(Talk("t120", NOW - timedelta(hours=60), "menu", None, ()))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for talk in talks:
            its = CONVERSATIONS.c.id == talk.thread
            connection.execute(CONVERSATIONS.update().where(its).values(last_at=talk.last_at))
    engine.dispose()
    yield records, sorted(talks, key=lambda talk: (talk.last_at, talk.thread), reverse=True)
    records.close()


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in _plain(text)).split()


def _reasons(talk: Talk) -> set[str]:
    replies = [e for e in talk.events if isinstance(e, Replied)]
    rated = [e for e in talk.events if isinstance(e, Rated)]
    whys = {e.why for e in talk.events if isinstance(e, Decided)}
    kinds = {type(event) for event in talk.events}
    answered = any(reply.kind in ("answer", "danger") for reply in replies)
    late = talk.last_at < datetime.now(UTC) - timedelta(hours=24)
    found = {
        "escalated": any(r.kind == "danger" or r.urgency == "emergency" for r in replies),
        "failed": Failed in kinds,
        "not_helped": any(not one.helped for one in rated),
        "complained": "she is not helped" in whys,
        "commented": any(one.comment.strip() for one in rated),
        "worse": any(isinstance(e, FollowedUp) and e.state == "worse" for e in talk.events),
        "asked_person": HandedOff in kinds or "she asks for a person" in whys,
        "gave_up": bool(talk.events) and late and not answered,
        "unsure": any(
            (e.posterior[0].probability or 0) < 0.5
            for e in talk.events
            if isinstance(e, Decided) and e.action == "move" and e.posterior
        ),
    }
    return {name for name, is_so in found.items() if is_so}


def _topics(talk: Talk) -> set[str]:
    jumps = (e for e in talk.events if isinstance(e, Moved) and e.kind == "jump")
    return {jump.topic or (jump.target or "").removesuffix("-1") for jump in jumps}


def _outcome(talk: Talk) -> str:
    kinds = {event.kind for event in talk.events if isinstance(event, Replied)}
    return "danger" if "danger" in kinds else "answered" if "answer" in kinds else "open"


def _is_wanted(talk: Talk, wanted: Wanted) -> bool:
    """The filter again, from the events and not from what is kept of them."""
    replies = [e.urgency for e in talk.events if isinstance(e, Replied)]
    rated = {event.helped for event in talk.events if isinstance(event, Rated)}
    texts = (
        e.text if isinstance(e, MessageReceived) else e.comment
        for e in talk.events
        if isinstance(e, MessageReceived | Rated)
    )
    said = [word for text in texts for word in _words(text)]
    gravest = max(replies, key=get_args(Level).index, default="none")
    reasons = _reasons(talk)
    return all(
        (
            all(any(s.startswith(w) for s in said) for w in _words(wanted.words)),
            wanted.since is None or talk.last_at >= wanted.since,
            wanted.until is None or talk.last_at < wanted.until,
            wanted.topic is None or wanted.topic in _topics(talk),
            wanted.outcome in (None, _outcome(talk)),
            wanted.model in (None, talk.model or NO_MODEL),
            wanted.navigator in (None, talk.navigator),
            wanted.urgency in (None, gravest),
            wanted.rating is None
            or {"yes": True in rated, "no": False in rated, "none": not rated}[wanted.rating],
            wanted.review is None
            or (bool(reasons) if wanted.review == "any" else wanted.review in reasons),
        )
    )


CHOICES: dict[str, tuple[Any, ...]] = {
    "words": ("pecho", "Péch", "due", "manana", "nino duele", "100%", "leche_fria", "sirv", "z"),
    "since": tuple(NOW - timedelta(hours=hours) for hours in (48, 24, 10)),
    "until": tuple(NOW - timedelta(hours=hours) for hours in (9, 5, 0)),
    "topic": (*TOPICS, "otro"),
    "model": ("gpt", "qwen", NO_MODEL, "otro"),
    "navigator": ("menu", "tools"),
    **VALID,
}
ONE = [Wanted(**{name: value}) for name, values in CHOICES.items() for value in values]


def _some(seed: int) -> Wanted:
    rng = random.Random(seed)
    names = rng.sample(sorted(CHOICES), k=rng.choice((2, 2, 3)))
    return Wanted(**{name: rng.choice(CHOICES[name]) for name in names})


def test_what_is_found_is_what_the_events_say(written: tuple[Records, list[Talk]]) -> None:
    records, talks = written
    hits = []
    for wanted in [Wanted(), *ONE, *map(_some, range(150))]:
        expected = [talk.thread for talk in talks if _is_wanted(talk, wanted)]
        found = records.conversations(limit=200, wanted=wanted)
        assert [one.thread for one in found] == expected, wanted
        assert records.count(wanted) == len(expected), wanted
        hits.append(len(expected))
    assert sum(0 < hit < len(talks) for hit in hits) > 120  # most of them tell something apart


def test_a_line_says_what_the_events_say(written: tuple[Records, list[Talk]]) -> None:
    records, talks = written
    for talk, one in zip(talks, records.conversations(limit=200), strict=True):
        assert set(one.reviews) == _reasons(talk)
        assert one.reviews == [reason for reason in REVIEWS if reason in one.reviews]
        assert set(one.topics) == _topics(talk)
        assert one.outcome == _outcome(talk)
        messages = [e.text for e in talk.events if isinstance(e, MessageReceived)]
        assert one.turns == len(messages)
        assert one.first_words == next(filter(None, messages), "")


@pytest.mark.parametrize("counted", [False, True])
def test_pages_of_what_is_wanted_follow_one_another(
    written: tuple[Records, list[Talk]], counted: bool
) -> None:
    records, _ = written
    wanted = Wanted(review="any")
    everything = records.conversations(limit=200, wanted=wanted)
    total = records.count(wanted) if counted else None
    pages = [
        records.conversations(limit=7, offset=offset, wanted=wanted, total=total)
        for offset in range(0, len(everything), 7)
    ]
    assert [one for page in pages for one in page] == everything


def test_what_there_is_to_choose_from(written: tuple[Records, list[Talk]]) -> None:
    records, _ = written
    found = Found(topics=[*TOPICS], navigators=["menu", "scored", "tools"], models=["gpt", "qwen"])
    assert records.found() == found


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"outcome": "bien"}, "outcome is one of answered, danger, open, not 'bien'"),
        ({"urgency": "alta"}, "urgency is one of none, same_day, emergency, not 'alta'"),
        ({"rating": "5"}, "rating is one of yes, no, none, not '5'"),
        ({"review": "x"}, "review is one of any, escalated, .*gave_up, not 'x'"),
        ({"words": " ¿? "}, "' ¿\\? ' is not between 1 and 20 words"),
        ({"words": "a " * 21}, "is not between 1 and 20 words"),
        ({"since": datetime(2026, 1, 1)}, "since needs a time zone: 2026-01-01T00:00:00"),
        ({"since": NOW, "until": NOW}, "nothing can be since .* and before"),
    ],
)
def test_what_cannot_be_wanted_is_said(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Wanted(**fields)


def test_what_is_given_is_named() -> None:
    wanted = Wanted(words="fiebre", rating="no")
    assert wanted.given == ["words", "rating"]
    assert replace(wanted, words="", rating=None) == Wanted()
