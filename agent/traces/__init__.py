"""What other tools are told of turns: OpenTelemetry spans, made from the record's events.

    TurnRunner ── DoneTurn ──▶ steps.py (a tree of steps) ──▶ sending.py (spans, OTLP over HTTP)
                                 └─ attributes.py, names.py: what a step says, by the conventions

Off unless NODRIZA_TRACES_ENDPOINT is set: then nothing here is imported. A span
says what was done (names, ids of the tree, counts, times), never what she said: docs/trazas.md.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.models.prices import read_prices
from agent.settings import Settings
from agent.turns import DoneTurn
from tools.errors import MissingExtra

Tell = Callable[[DoneTurn], None]
"""Is told of each turn that was done."""


@contextmanager
def tracing(settings: Settings) -> Iterator[Tell]:
    """Sends the turns that it is told of, the last ones at the end of the block.

    Raises MissingExtra when the settings ask for traces and their packages are not installed, and
    as read_prices.
    """
    if settings.traces_endpoint is None:
        yield lambda _done: None
        return
    try:
        from agent.traces.sending import sender
    except ImportError as error:
        raise MissingExtra("NODRIZA_TRACES_ENDPOINT", "traces", error) from None
    with sender(settings.traces_endpoint, read_prices(settings.prices_file)) as tell:
        yield tell
