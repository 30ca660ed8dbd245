"""Whether the pages of sources are still there."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx

from tools.tree import Source

_AT_ONCE = 8
_GONE = frozenset({404, 410})
_AGENT = "Mozilla/5.0 (compatible; nodriza-tree-check; checks that cited pages exist)"


def dead_sources(
    sources: Iterable[Source],
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    timeout: float = 20.0,
) -> dict[str, int | str]:
    """The HTTP status, or why there is none, by id of each source whose page is gone.

    A page that refuses programs (401, 403, 429…) is there. `timeout` is in seconds, for each of
    connecting, sending and waiting for the next bytes. `on_progress` gets (done, total).
    """
    by_url: dict[str, list[str]] = {}
    for source in sources:
        by_url.setdefault(source.url.partition("#")[0], []).append(source.id)
    dead: dict[str, int | str] = {}
    with (
        httpx.Client(
            timeout=timeout, follow_redirects=True, headers={"User-Agent": _AGENT}
        ) as client,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        running = {pool.submit(_problem, client, url): url for url in by_url}
        for done, future in enumerate(as_completed(running), start=1):
            if problem := future.result():
                dead |= dict.fromkeys(by_url[running[future]], problem)
            on_progress(done, len(running))
    return dead


def _problem(client: httpx.Client, url: str) -> int | str | None:
    """What is wrong with the page; asked with HEAD first, and with GET where that fails."""
    problem: int | str | None = None
    for method in ("HEAD", "GET"):
        try:
            with client.stream(method, url) as response:
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or type(error).__name__
            continue
        if status < 400:
            return None
        problem = status if status in _GONE or status >= 500 else None
    return problem
