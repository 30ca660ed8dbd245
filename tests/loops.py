"""Running what is asynchronous from a test that is not."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end in a thread of its own: in the main one Playwright's loop may be running."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
