"""The experts' list, review queue, and what is learnt, over a full record: how long each takes."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

from evaluation.learnt.picture import Look, behind, picture
from evaluation.learnt.plan import Plan
from evaluation.measurement import Measurement, Progress, summarise
from evaluation.speed.generated_talks import made_up, plan, write
from records.database import RecordError, open_database
from records.judgements import Judgements
from records.learnt.lessons import Lessons
from records.learnt.scope import Scope
from records.store import Records
from records.wanted import NO_MODEL, Wanted

PAGE = 50
"""Lines of a page of the list (ui.experts.conversations.listing)."""
QUEUED = 20
"""Conversations of a page of the review queue (ui.experts.judging.review)."""
SUGGESTED = 20
"""Suggestions with their conversations (ui.experts.learnt.routes)."""
BUDGET = 1000.0
"""Milliseconds that what an expert waits for may take."""
_HOW = "what the filters offer, the number of hits and a page of 50 lines, on a warm cache"


def measure(
    url: str,
    conversations: int,
    said: Sequence[str],
    topics: Sequence[str],
    say: Progress,
    *,
    seed: int = 1,
    times: int = 20,
) -> list[Measurement]:
    """Fill the empty record at a URL and measure. Raises RecordError when it is not empty."""
    now = datetime.now(UTC)
    with closing(Records.open(url)) as records:
        if there := records.count():
            raise RecordError(f"the record has {there} conversations: an empty one is filled")
        engine = open_database(url)
        try:
            write(engine, made_up(conversations, said, topics, seed, now), conversations, say)
        finally:
            engine.dispose()
        found = _queue(url, say, times)
        for name, wanted in _asked(records, now, topics[0]).items():
            say(name)
            found += _list(records, name, wanted, times)
    with closing(Lessons.open(url)) as lessons:
        for name, look in _looks(topics[0], now).items():
            say(name)
            found.append(_learnt(lessons, plan(topics), name, look, times))
    return found


def _asked(records: Records, now: datetime, topic: str) -> dict[str, Wanted]:
    """What an expert asks for."""
    return {
        "all": Wanted(),
        "date: one week": Wanted(since=now - timedelta(days=37), until=now - timedelta(days=30)),
        "topic": Wanted(topic=topic),
        "outcome": Wanted(outcome="danger"),
        "model": Wanted(model=records.found().models[0]),
        "no model": Wanted(model=NO_MODEL),
        "navigator": Wanted(navigator="tools"),
        "urgency": Wanted(urgency="same_day"),
        "rating: no": Wanted(rating="no"),
        "needs review": Wanted(review="any"),
        "gave up": Wanted(review="gave_up"),
        "unsure": Wanted(review="unsure"),
        "search: a common word": Wanted(words="pecho"),
        "search: two words": Wanted(words="fiebre pecho"),
        "search: a rare word": Wanted(words="ranitidina"),
        "search: nothing found": Wanted(words="xilófono"),
        "search and four filters": Wanted(
            words="pecho", review="any", rating="no", navigator="tools", urgency="none"
        ),
    }


def _queue(url: str, say: Progress, times: int) -> list[Measurement]:
    """The review queue of an expert: what waits, by reason, and its first and its last page."""
    say("review queue")
    how = f"what waits by reason and a page of {QUEUED}, on a warm cache"
    with closing(Judgements.open(url)) as judgements:
        waiting = sum(judgements.waiting("experta").values())

        def look(offset: int) -> None:
            judgements.waiting("experta")
            judgements.queue("experta", limit=QUEUED, offset=offset)

        pages = {"first page": 0, "last page": max(0, waiting - QUEUED)}
        return [
            _timed(f"review queue, {name} ({waiting} wait)", times, partial(look, offset), how)
            for name, offset in pages.items()
        ]


def _looks(topic: str, now: datetime) -> dict[str, Look]:
    """What an expert wants to learn."""
    month = Scope(since=(now - timedelta(days=30)).date())
    return {
        "what is learnt: all": Look(),
        "what is learnt: a month": Look(month, step="day"),
        "what is learnt: a topic": Look(Scope(topic=topic)),
        "what is learnt: a navigator without a model": Look(
            Scope(navigator="semantic", model=NO_MODEL)
        ),
    }


def _learnt(lessons: Lessons, walked: Plan, name: str, look: Look, times: int) -> Measurement:
    """All figures and suggestions, with the conversations of each."""

    def count() -> None:
        seen = picture(lessons, lambda _version: walked, look)
        for one in seen.suggestions[:SUGGESTED]:
            behind(lessons, look.scope, one)

    return _timed(name, times, count, "all that the page shows, counted, on a warm cache")


def _list(records: Records, name: str, wanted: Wanted, times: int) -> list[Measurement]:
    """The first page and the last one, each with all that is read to show it."""
    total = records.count(wanted)
    last = max(0, (total - 1) // PAGE * PAGE)
    found = []
    for place, offset in {"first page": 0, "last page": last}.items():
        if offset or place == "first page":

            def look(offset: int = offset) -> None:
                records.found()
                total = records.count(wanted)
                records.conversations(limit=PAGE, offset=offset, wanted=wanted, total=total)

            found.append(_timed(f"{name}, {place} ({total} hits)", times, look))
    return found


def _timed(name: str, times: int, look: Callable[[], object], how: str = _HOW) -> Measurement:
    look()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        look()
        taken.append(1000 * (time.perf_counter() - began))
    return summarise(name, "ms", taken, how, budget=BUDGET)
