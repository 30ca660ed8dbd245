"""Arithmetic that must not run in the main thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


def apart(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What `work` gives, done in a thread of its own.

    The embedded graph's JVM takes stack from the main thread that LAPACK would need: there it
    crashes.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given, **named).result()
