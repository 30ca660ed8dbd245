"""Many mothers at the real page: conversations open at once, and some of them answered at once.

Each mother is a browser of her own (a cookie) with a page of her own (a session of Gradio), and
does over HTTP what the page's script does: she opens it, says something, reads until the turn is
over, says more, and loads the page anew. She tells an age that no other tells, and must read no
other's.
"""

import asyncio
import json
import re
import resource
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx

from evaluation.measurement import Measurement, Progress, quantile, summarise
from evaluation.speed.first_page import running
from tools.errors import NodrizaError

_T = TypeVar("_T")

_PATIENCE = 120.0
"""Seconds after which something that should come has not come."""
_YOUNGEST = 50
"""Days, more than any temperature; each mother's baby is a day older than the one before."""
_COUNTRY = "ES"
_AGE = re.compile(r"un bebé de (\d+) días")
SAID = ("tengo un bebé de {days} días y me duele al dar el pecho", "no lo sé")
"""What each says."""


class PageFailed(NodrizaError):
    """The page did not do what a page does."""


_CONFIGURATION = "window.gradio_config = "


@dataclass(frozen=True)
class Page:
    """Where on the page things are, as the configuration in it tells."""

    load: int
    """The function that is called when it is opened."""
    submit: int
    """The function that is called when she sends her message."""

    @classmethod
    def of(cls, html: str) -> "Page":
        """Read the configuration that Gradio writes into a page."""
        config, _ = json.JSONDecoder().raw_decode(html.split(_CONFIGURATION, 1)[1])
        box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "box")
        found = {
            (event, target == box): dependency["id"]
            for dependency in config["dependencies"]
            for target, event in dependency["targets"]
        }
        return cls(load=found["load", False], submit=found["submit", True])


@dataclass
class Visit:
    """One mother's page."""

    client: httpx.AsyncClient
    page: Page
    days: int
    """Her baby's age, which nobody else says."""
    seconds: list[float] = field(default_factory=list)
    """How long each turn took, from sending to the end of the answer."""
    strangers: set[int] = field(default_factory=set)
    """Ages that others have told, and that came to her page."""
    _session: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    async def open(self) -> str:
        """Open the page, or load it anew: what it shows then."""
        self._session = uuid.uuid4().hex[:12]
        (await self.client.get("/")).raise_for_status()
        return await self._call(self.page.load, ["", _COUNTRY])

    async def say(self, turn: int) -> None:
        """Send what comes next, and read until it is answered."""
        started = time.perf_counter()
        words = SAID[turn].format(days=self.days)
        await self._call(self.page.submit, ["stored", _COUNTRY, words, turn])
        self.seconds.append(time.perf_counter() - started)

    async def _call(self, function: int, data: list[Any]) -> str:
        """Everything that the page is sent until the call is over."""
        request = {"data": data, "fn_index": function, "session_hash": self._session}
        (await self.client.post("/gradio_api/queue/join", json=request)).raise_for_status()
        read: list[str] = []
        way = f"/gradio_api/queue/data?session_hash={self._session}"
        async with self.client.stream("GET", way) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data: "):
                    continue
                read.append(line)
                told = json.loads(line.removeprefix("data: "))
                if told["msg"] == "process_completed":
                    if not told["success"]:
                        raise PageFailed(f"the page's function {function} failed: {told}")
                    break
        text = "\n".join(read)
        self.strangers |= {int(days) for days in _AGE.findall(text)} - {self.days}
        return text


@dataclass(frozen=True)
class Load:
    """What came of it."""

    visits: Sequence[Visit]
    taken: float
    """Seconds for all turns."""
    lost: int
    """Pages that did not show her own words when they were loaded anew."""
    kept: int | None
    """Bytes by which the server had grown when all turns were over; None where unknown."""

    @property
    def crossed(self) -> int:
        """Pages that were sent something that another mother said."""
        return sum(bool(visit.strangers) for visit in self.visits)

    def measurements(self, at_once: int) -> list[Measurement]:
        """For the table of budgets."""
        name = f"page: {len(self.visits):,} open, {at_once} at once"
        turns = [seconds for visit in self.visits for seconds in visit.seconds]
        wrong = float(self.crossed + self.lost)
        how = "over HTTP as the page's script does, from one client on the same processors"
        found = [
            summarise(
                f"{name}: others' words seen, or own lost", "pages", [wrong],
                "each says an age of her own; looked for in all that her page is sent",
                budget=0.0,
            ),
            summarise(f"{name}: a turn", "s", turns, f"until she has read it all; {how}"),
            Measurement(
                f"{name}: a turn, p95", "s", len(turns), quantile(turns, 0.95),
                quantile(turns, 0.95), how,
            ),
            summarise(f"{name}: turns", "turns/s", [len(turns) / self.taken], how),
        ]  # fmt: skip
        if self.kept is not None:
            each = self.kept / 1024 / len(self.visits)
            how = "growth of the server's resident size, from its first mother to the last turn"
            found.append(summarise(f"{name}: memory each", "KiB", [each], how))
        return found


def measure(conversations: int, at_once: int, say: Progress) -> Load:
    """Let mothers talk to a server of their own. Raises as `talk_at_once`."""
    with tempfile.TemporaryDirectory(prefix="nodriza-page-") as folder:
        say("starting the page")
        with running(Path(folder)) as server:
            size = partial(_resident_bytes, server.pid)
            return asyncio.run(talk_at_once(server.url, conversations, at_once, size, say))


async def talk_at_once(
    url: str, conversations: int, at_once: int, size: Callable[[], int | None], say: Progress
) -> Load:
    """Open pages, let each say all of SAID, and load them anew; never more than `at_once` at once.

    `size` tells how many bytes the server takes. Raises PageFailed or httpx.HTTPError.
    """
    limits = httpx.Limits(max_connections=4 * at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncHTTPTransport(limits=limits) as transport:

        def browser() -> httpx.AsyncClient:
            """Cookies of its own; all share the connections."""
            options: dict[str, Any] = {"timeout": _PATIENCE, "trust_env": False}
            return httpx.AsyncClient(base_url=url, transport=transport, **options)

        page = Page.of((await browser().get("/")).raise_for_status().text)
        first, *visits = (
            Visit(browser(), page, _YOUNGEST + number) for number in range(conversations + 1)
        )
        await _all_said([first], 1, lambda _text: None)  # what is loaded for the first mother
        before = size()
        started = time.perf_counter()
        opened = await _all_said(visits, at_once, say)
        taken = time.perf_counter() - started - opened
        after = size()
        say("loading each page anew")
        shown = await _side_by_side([one.open for one in visits], at_once)
    lost = sum(
        not all(said.format(days=one.days) in text for said in SAID)
        for one, text in zip(visits, shown, strict=True)
    )
    kept = after - before if after is not None and before is not None else None
    return Load(visits, taken, lost, kept)


async def _all_said(visits: Sequence[Visit], at_once: int, say: Progress) -> float:
    """Open all pages, then let each say all of SAID; seconds that the opening took."""
    say(f"opening {len(visits)} pages")
    started = time.perf_counter()
    await _side_by_side([one.open for one in visits], at_once)
    opened = time.perf_counter() - started
    for turn in range(len(SAID)):
        say(f"message {turn + 1} of each, {at_once} at once")
        await _side_by_side([partial(one.say, turn) for one in visits], at_once)
    return opened


async def _side_by_side(acts: Sequence[Callable[[], Awaitable[_T]]], at_once: int) -> list[_T]:
    """What all of them give, never more than so many under way."""
    gate = asyncio.Semaphore(at_once)

    async def gated(act: Callable[[], Awaitable[_T]]) -> _T:
        async with gate:
            return await act()

    return list(await asyncio.gather(*map(gated, acts)))


def _resident_bytes(process: int) -> int | None:
    """Resident size of a process; None where the system does not tell."""
    statm = Path(f"/proc/{process}/statm")
    if not statm.is_file():
        return None
    return int(statm.read_text("ascii").split()[1]) * resource.getpagesize()
