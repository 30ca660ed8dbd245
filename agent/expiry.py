"""Conversations that nobody has used for a while are erased: at the start, then once a day."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

from agent.settings import Settings
from agent.turns import log_error
from records.checkpoints import Checkpoints
from records.store import RecordError, Records, UnknownConversation

_DAY = 24 * 60 * 60.0


def expire(records: Records, checkpoints: Checkpoints, days: int) -> int:
    """Erase the conversations in which nothing has happened for `days`; returns how many.

    Raises RecordError. Cut short, it is finished the next time.
    """
    erased = records.erase_idle(datetime.now(UTC) - timedelta(days=days))
    # Read in this order: a conversation is recorded before it has its first checkpoint.
    kept = checkpoints.threads()
    for thread in kept - records.threads():
        checkpoints.erase(thread)
    return erased


def expire_now(settings: Settings, days: int) -> int:
    """Does so with the database of the settings; others may be at work in it."""
    url = settings.chosen_records_url
    with closing(Records.open(url)) as records, closing(Checkpoints.open(url)) as checkpoints:
        return expire(records, checkpoints, days)


def erase_now(settings: Settings, thread: str) -> None:
    """Erases all there is of one conversation from the database of the settings.

    Others may be at work in it. Raises RecordError: UnknownConversation when there is none.
    """
    url = settings.chosen_records_url
    with closing(Records.open(url)) as records, closing(Checkpoints.open(url)) as checkpoints:
        if records.conversation(thread) is None:
            raise UnknownConversation
        records.erase(thread)
        # After the record: a turn that ends in this moment finds no conversation to go on with.
        checkpoints.erase(thread)


@contextmanager
def expiring(
    records: Records, checkpoints: Checkpoints, days: int | None, every: float = _DAY
) -> Iterator[None]:
    """Does so now and again `every` so many seconds until the block ends; never without `days`."""
    if days is None:
        yield
        return
    kept = days

    def erase() -> None:
        expire(records, checkpoints, kept)

    with daily(erase, "old conversations could not be erased", every):
        yield


@contextmanager
def daily(work: Callable[[], None], failed: str, every: float = _DAY) -> Iterator[None]:
    """Does some work now and again `every` so many seconds until the block ends.

    Raises what the first time raises; a RecordError of later ones is logged as `failed`.
    """
    work()
    stop = threading.Event()

    def again() -> None:
        while not stop.wait(every):
            try:
                work()
            except RecordError as error:
                log_error(failed, error)

    worker = threading.Thread(target=again, name="expiry", daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
