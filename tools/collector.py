"""The cyclic garbage collector, out of the way while much is built and little thrown away."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Nothing is collected inside of the block.

    Starting makes millions of objects that stay. Looking through them again and again takes a
    third of a start's time (docs/adr/0012-what-a-start-costs.md).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
