"""Our assistant, with any navigator, as mothers have it: guard, evidence, buttons and record.

A conversation has its attempt's name in the record, and its messages are numbered, so that a killed
run that begins it again is shown what was recorded: no model is asked twice.
"""

import time
import uuid
from collections.abc import Sequence

from agent.assistant import Assistant
from agent.models.chain import BELOW, UNLED
from agent.models.prices import Prices, usage_of
from agent.turns import House
from evaluation.cases import CaseFailed
from evaluation.study.attempt import Exchange, FirstReading, TokenCount
from evaluation.walks.against_menu import illegal_moves
from evaluation.walks.spending import spent_in
from records.events import (
    Event,
    Failed,
    FellBack,
    MessageReceived,
    ModelCalled,
    Moved,
    Replied,
    ToolCalled,
)
from tools.tree import Tree
from tools.walk import POSSIBLE

_ATTEMPTS = uuid.UUID("5b0e4cde-0f0a-4d0e-9a39-7f5b5fd4a9f1")
"""The namespace of conversations by attempt."""


class Ours:
    """The assistant of one house."""

    def __init__(self, name: str, house: House, tree: Tree, prices: Prices) -> None:
        """`tree` is the one that the house walks."""
        self.name = name
        self._house = house
        self._tree = tree
        self._prices = prices
        self._assistant = Assistant(house)

    def begin(self, attempt: str) -> "OurConversation":
        """The conversation of an attempt. One that an outage has ended begins anew."""
        thread = uuid.uuid5(_ATTEMPTS, attempt).hex
        if outage_in(self._assistant.history(thread)):
            self._assistant.erase(thread)
        return OurConversation(thread, self._assistant, self._house, self._tree, self._prices)

    def read(self, message: str) -> FirstReading:
        """Summary, topics and open questions; the menu reads nothing."""
        if self._house.navigator == "menu":
            return FirstReading()
        said = self._assistant.analyse(message).understood
        return FirstReading(
            summary=tuple(said.summary),
            topics=tuple(topic.id for topic in said.topics),
            open_questions=tuple(q.node for q in self._assistant.open_questions(message)),
        )

    def close(self) -> None:
        """Wait for the turns under way, then stop."""
        self._assistant.close()


class OurConversation:
    """One of them."""

    def __init__(
        self, thread: str, assistant: Assistant, house: House, tree: Tree, prices: Prices
    ) -> None:
        self.id = thread
        self._assistant = assistant
        self._house = house
        self._tree = tree
        self._prices = prices
        self._turns = 0

    def reply(self, said: str) -> Exchange:
        """Answer a message, or show what was answered before. Raises CaseFailed in an outage."""
        number, self._turns = str(self._turns), self._turns + 1
        recorded = self._house.records.turn(self.id, number)
        again = recorded is not None and recorded.status == "done"
        started = time.perf_counter()
        events = list(self._assistant.reply(self.id, number, said))
        ms = (time.perf_counter() - started) * 1000
        self._check(events, said)
        return self._exchange(said, events, None if again else round(ms, 2))

    def _check(self, events: Sequence[Event], said: str) -> None:
        if cause := outage_in(events):
            raise CaseFailed(f"the assistant could not go on: {cause}")
        heard = next((e.text for e in events if isinstance(e, MessageReceived)), said)
        if heard != said:
            raise CaseFailed(f"the record has {heard!r} where she says {said!r} now")

    def _exchange(self, said: str, events: Sequence[Event], ms: float | None) -> Exchange:
        reply = events[-1]
        assert isinstance(reply, Replied)
        back = [self._house.texts("agent.back")] if reply.can_go_back else []
        return Exchange(
            said=said,
            kind=reply.kind,
            node=reply.node,
            text=readable(reply),
            options=(*reply.options, *back),
            moves=tuple(e.target for e in events if isinstance(e, Moved) and e.target),
            illegal=illegal_moves(events, self._tree) + _refused_moves(events),
            shown=(reply.node,) if reply.kind == "answer" and reply.node else (),
            spent=TokenCount.of(spent_in(events), usage_of(events, self._prices).cost),
            ms=ms,
        )


def readable(reply: Replied) -> str:
    """All that she reads of a reply but its buttons and sources."""
    telephones = [f"{phone.name}: {phone.number}" for phone in reply.phones]
    parts = (reply.intro, reply.title, reply.text, reply.normal, reply.seek_help, reply.service)
    return "\n\n".join([*filter(None, parts), *telephones])


def outage_in(events: Sequence[Event]) -> str | None:
    """Why a turn was not the work of what was to lead it; None where it was.

    An assistant goes on with a simpler navigator when a model is down. In a study that would be
    told as the model's doing. What the model answers wrongly is its own doing.
    """
    last: ModelCalled | None = None
    for event in events:
        if isinstance(event, ModelCalled):
            last = event
        elif isinstance(event, Failed):
            return event.cause
        elif isinstance(event, FellBack) and event.why == "failed":
            unanswered = last is not None and last.output is None
            if event.origin in BELOW or (event.target == UNLED and unanswered):
                return event.cause
    return last.error if last is not None and last.output is None else None


def _refused_moves(events: Sequence[Event]) -> int:
    """Moves that the model tried by a tool and that are not legal."""
    calls = [event for event in events if isinstance(event, ToolCalled)]
    return sum(call.refused and POSSIBLE in call.result for call in calls)
