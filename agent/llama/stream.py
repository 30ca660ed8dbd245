"""The pieces of an answer on their way from the model to whoever reads them."""

import contextvars
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from agent.llama.abort import Abort

Piece = TypeVar("Piece")


class _End:
    """What comes last: with the error that ended the answer, if one did."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(pieces: Iterable[Piece], abort: Abort) -> Iterator[Piece]:
    """The pieces, made in a thread of their own: a slow reader does not keep the model.

    A reader that stops reading (closes the iterator, or drops it) aborts the call.
    """
    made: queue.SimpleQueue[Piece | _End] = queue.SimpleQueue()

    def make() -> None:
        try:
            for piece in pieces:
                made.put(piece)
            made.put(_End())
        except BaseException as error:  # noqa: BLE001 - raised again where it is read
            made.put(_End(error))

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(make,), name="llama-stream", daemon=True).start()
    try:
        while not isinstance(piece := made.get(), _End):
            yield piece
        if piece.error is not None:
            raise piece.error
    finally:
        abort.set()


def without_stops(pieces: Iterable[str], stops: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The text before the first stop text, and with each piece whether one was found behind it.

    What may become a stop text is held back until it is known.
    """
    held = ""
    for piece in pieces:
        held += piece
        found = [at for at in (held.find(stop) for stop in stops) if at >= 0]
        if found:
            yield held[: min(found)], True
            return
        ready = len(held) - _may_become(held, stops)
        if ready:
            yield held[:ready], False
            held = held[ready:]
    if held:
        yield held, False


def _may_become(text: str, stops: Sequence[str]) -> int:
    """How many letters at the end of a text could be the beginning of a stop text."""
    lengths = [
        length for stop in stops for length in range(1, len(stop)) if text.endswith(stop[:length])
    ]
    return max(lengths, default=0)
