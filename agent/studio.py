"""The graph for LangGraph's dev server and Studio (`langgraph.json` names it): `make studio`.

They keep the conversations themselves and know nothing of our record, so this hands each run what
`agent/turns.py` hands it otherwise: the context, made from the settings, and what a turn begins
with. The events of a turn, its reply among them, are the run's custom stream.
"""

import asyncio
import atexit
import threading
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph.state import CompiledStateGraph
from langsmith import tracing_context

from agent.graph import build
from agent.service import open_house
from agent.settings import load_settings
from agent.turns import House
from records.events import Event, MessageReceived


class StudioGraph(CompiledStateGraph[Any, Any, Any, Any]):
    """The graph of a turn; its runs need no more than her message."""

    async def astream(
        self,
        input: Any,  # noqa: A002 - Pregel's name
        config: RunnableConfig | None = None,
        **options: Any,
    ) -> AsyncIterator[Any]:
        """Run a turn, or what is left of one that Studio stopped.

        Raises UnknownTree or GraphUnavailable.
        """
        house = await asyncio.to_thread(_house)
        known: dict[str, Any] = {}
        if self.checkpointer is not None and config is not None:
            known = (await self.aget_state(config)).values
        version = known.get("tree") or house.brains.last_active
        begin = {"tree": version, "turn": uuid.uuid4().hex, "correction": None}
        # Without an input of hers it goes on with a turn: there is nothing to begin.
        turn = {**begin, **input} if isinstance(input, dict) else input
        options["context"] = await asyncio.to_thread(
            house.context, version, "studio", house.navigator, _emit, _begun()
        )
        with tracing_context(enabled=False):  # what she says stays on this machine
            async for chunk in super().astream(turn, config, **options):
                yield chunk


def _begun() -> MessageReceived:
    """When the run began; her words are in its state."""
    return MessageReceived(text="")


def _emit(event: Event) -> None:
    get_stream_writer()(event.model_dump(mode="json"))


def _house() -> House:
    """Opened by the first run and closed with the server: a look at the graph needs none."""
    with _opening:
        return _opened()


@lru_cache(maxsize=1)
def _opened() -> House:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(open_house(load_settings()))


_opening = threading.Lock()


graph = StudioGraph(**build().compile().copy({"context_schema": None}).__dict__)
"""Not checkpointed: the server puts its own checkpointer in."""
