"""One turn from beginning to end: begin → graph → finish, and what happens when it is cut.

A turn is shown when it is recorded. One that a crash cut is done again from its beginning: the
record is authoritative, and the checkpoints go back to where the last recorded turn ended.
"""

import contextvars
import logging
import os
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langsmith import tracing_context

from agent.brains import Brains
from agent.danger.guard import Guard
from agent.danger.redflags import Catalogue, Phone, phones
from agent.graph import build
from agent.llama.queue import telling_of_waits
from agent.models.budget import Budget
from agent.models.chain import BELOW
from agent.models.providers import NamedModel
from agent.models.trust import Trust
from agent.settings import Navigator, Phrasing
from agent.state import Context, ConversationState, Parts
from agent.texts import Texts, load_texts
from records.checkpoints import Checkpoints
from records.events import (
    Aside,
    Event,
    FactCorrected,
    Failed,
    FellBack,
    GraphQueried,
    Locale,
    MessageReceived,
    ModelAwaited,
    Prepared,
    Replied,
    last_reply,
)
from records.store import RecordError, Records, TurnOpen, TurnRecord
from tools.errors import NodrizaError
from tools.store import QueryTrace
from tools.view import Position

log = logging.getLogger(__name__)

_MOST_STEPS = 60
"""Graph nodes in one turn: far above any honest walk."""
SHOWN = "last_turn"
"""What LangGraph tells of the state after each node; nobody reads it, and all of it is much."""
_LONGEST_TURN = timedelta(minutes=10)
"""A turn of another machine that is open for longer was cut."""


@dataclass(frozen=True)
class DoneTurn:
    """A turn that was done here and is recorded."""

    thread: str
    message: MessageReceived | FactCorrected
    events: Sequence[Event]
    """What followed from the message, in order."""
    seconds: float
    """From its start until it was recorded."""


@dataclass(frozen=True)
class House:
    """What the assistant works with."""

    brains: Brains
    records: Records
    checkpoints: Checkpoints
    guard: Guard
    catalogue: Catalogue
    phones: tuple[Phone, ...]
    texts: Texts
    navigator: Navigator
    models: tuple[NamedModel, ...] = ()
    """The one that is asked first in front."""
    budget: Budget = field(default_factory=Budget)
    trust_of: Callable[[Navigator, str, str], Trust] = field(
        default=lambda _navigator, _version, _model: Trust()
    )
    """How far a model's choices count, by navigator, tree version and model."""
    person: bool = False
    """Whether a person answers those who ask for one."""
    parts: Parts = field(default_factory=Parts)
    phrasing: Phrasing = "tree"
    """Whose words a question is asked in."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    on_turn: Callable[[DoneTurn], None] = field(default=lambda _done: None)
    """Is told of each turn that was done here."""

    @property
    def model_name(self) -> str | None:
        """The model that is asked first."""
        return self.models[0].name if self.models else None

    def words(self, locale: Locale | None) -> Texts:
        """The catalogue in her language."""
        return load_texts(locale.language) if locale else self.texts

    def numbers(self, locale: Locale | None) -> tuple[Phone, ...]:
        """The telephones of her country, emergencies first."""
        return phones(locale.country) if locale else self.phones

    def context(
        self,
        version: str,
        thread: str,
        navigator: Navigator,
        emit: Callable[[Event], None],
        message: MessageReceived | FactCorrected,
    ) -> Context:
        """What the nodes of a turn are handed, in a tree version. Raises UnknownTree.

        To them it is the moment at which her message came: run again, the turn is the same.
        """
        locale = message.locale
        return Context(
            store=self.brains.store.observed_by(lambda trace: emit(_queried(trace))),
            brain=self.brains.of(version),
            guard=self.guard,
            catalogue=self.catalogue,
            phones=self.numbers(locale),
            texts=self.words(locale),
            navigator=navigator,
            models=self.models,
            trust_of=partial(self.trust_of, navigator, version),
            over_budget=self.budget.watch(self.records, thread, self.now, self.model_name or ""),
            now=lambda: message.at,
            emit=emit,
            person=self.person,
            parts=self.parts,
            phrasing=self.phrasing,
        )


class Turn:
    """A turn under way: its events, for as many readers as want them."""

    error: Exception | None = None
    """Why it could not be recorded."""

    def __init__(
        self,
        thread: str,
        message_id: str,
        message: MessageReceived | FactCorrected,
        *,
        must_exist: bool = True,
    ) -> None:
        """Unless it `must_exist`, the message may begin its conversation."""
        # What the asker's context holds (who traces, or pays, for it) goes along.
        self.context = contextvars.copy_context()
        self.thread = thread
        self.message_id = message_id
        self.message = message
        self.must_exist = must_exist
        self._events: list[Event] = []
        self._over = False
        self._news = threading.Condition()

    def publish(self, *events: Event) -> None:
        """Show events to the readers."""
        with self._news:
            self._events += events
            self._news.notify_all()

    def close(self) -> None:
        """No more events will come."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def __iter__(self) -> Iterator[Event]:
        place = 0
        while True:
            with self._news:
                while place == len(self._events) and not self._over:
                    self._news.wait()
                if place == len(self._events):
                    return
                event = self._events[place]
            place += 1
            yield event


class TurnRunner:
    """Runs turns, one at a time for each conversation; many conversations at once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._graph = build().compile(checkpointer=house.checkpoints.saver)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex}"

    def run(self, turn: Turn) -> None:
        """Do the turn, or show again what it was; raises RecordError when it cannot be recorded."""
        record, mine = self._begin(turn)
        if record.status == "done":
            again = self._house.records.turn_events(turn.thread, turn.message_id)
            turn.publish(*(event for event in again if not isinstance(event, Aside)))
            return
        if not mine and not self._take_over(record):
            self.run(turn)  # another process was faster
            return
        started = time.monotonic()
        turn.publish(record.message)
        events, shown = self._perform(record, turn.publish)
        self._house.records.finish(turn.thread, turn.message_id, [*events, *shown])
        turn.publish(*shown)
        seconds = time.monotonic() - started
        self._house.on_turn(DoneTurn(turn.thread, record.message, [*events, *shown], seconds))
        self._house.checkpoints.prune(turn.thread)

    def erase(self, thread: str) -> None:
        """Delete all that is kept of a conversation, once no message of it is under way.

        Raises RecordError: UnknownConversation when there is none. After any other it is still
        there, and can be erased again.
        """
        # An open turn keeps the other processes out; those that wait find no conversation.
        self._begin(Turn(thread, f"erase {uuid.uuid4().hex}", MessageReceived(text="")))
        self._house.checkpoints.erase(thread)
        self._house.records.erase(thread)

    def go_on_in(self, thread: str, version: str) -> None:
        """Let a conversation go on at the same place in another version of its tree.

        What the version does not ask is forgotten. Raises UnknownTree when it lacks the place.
        """
        brains = self._house.brains
        before = self._graph.get_state(_config(thread)).values
        if not before or before.get("tree") == version:
            return
        if position := before.get("position"):
            brains.store.view(version, Position(**position))
        known = brains.of(version).variables
        facts = {name: fact for name, fact in before["facts"].items() if name in known}
        state = {"tree": version, "facts": facts}
        self._graph.update_state(_config(thread), state, as_node="answer")

    def _begin(self, turn: Turn) -> tuple[TurnRecord, bool]:
        """Record the message. A turn before it that was cut is done first."""
        house = self._house
        house.records.presence.announce(self._owner)
        while True:
            try:
                record, mine = house.records.begin(
                    turn.thread,
                    turn.message_id,
                    turn.message,
                    owner=self._owner,
                    tree=house.brains.last_active,
                    navigator=house.navigator,
                    model=house.model_name,
                    must_exist=turn.must_exist,
                )
            except TurnOpen as error:
                other = error.turn
                if self.is_abandoned(other):
                    self.run(Turn(turn.thread, other.message_id, other.message))
                else:
                    time.sleep(0.1)
                continue
            if record.status == "open" and not mine and not self.is_abandoned(record):
                time.sleep(0.1)
                continue
            return record, mine

    def _take_over(self, record: TurnRecord) -> bool:
        """Go back to where the cut turn began; False when another process did it first."""
        house = self._house
        taken = record.owner == self._owner or house.records.take_over(
            record.thread, record.message_id, self._owner, previous=record.owner
        )
        if taken:
            house.checkpoints.roll_back(record.thread, house.records.last_done(record.thread))
        return taken

    def is_abandoned(self, record: TurnRecord) -> bool:
        """Whether whoever worked on an open turn is gone.

        One of our own is: a conversation has one turn at a time here, and whoever asks is it or
        has looked. It failed to be recorded.
        """
        if record.owner == self._owner:
            return True
        gone = self._house.records.presence.is_gone(record.owner)
        if gone is not None:
            return gone
        # SQLite: its file is on one machine, but a machine may have got another name.
        host, pid, _ = record.owner.split(":")
        if host != socket.gethostname():
            return datetime.now(UTC) - record.started_at > _LONGEST_TURN
        return int(pid) == os.getpid() or not _alive(int(pid))

    def _perform(
        self, record: TurnRecord, publish: Callable[[Event], None]
    ) -> tuple[list[Event], list[Event]]:
        """Run the graph: the events on the way, and those she sees."""
        events: list[Event] = []
        shown: list[Event] = []

        def emit(event: Event) -> None:
            if isinstance(event, Replied):
                shown.append(event)
            else:
                events.append(event)
                publish(event)

        def step_down(fell: FellBack) -> None:
            shown.clear()
            self._keep_place(record)
            emit(fell)

        try:
            with telling_of_waits(lambda ahead: emit(ModelAwaited(ahead=ahead))):
                self._lead(record, emit, step_down)
        except Exception as error:  # noqa: BLE001 - whatever fails, her place is kept
            if not isinstance(error, NodrizaError | RecordError):
                log_error("a turn failed", error)
            self._keep_place(record)
            failed = Failed(cause=f"{type(error).__name__}: {error}")
            publish(failed)
            return [*events, failed], [self._calm(record)]
        return events, shown

    def _lead(
        self,
        record: TurnRecord,
        emit: Callable[[Event], None],
        step_down: Callable[[FellBack], None],
    ) -> None:
        """Run the graph; where what a navigator rests on fails, again with a simpler one."""
        navigator = self._house.navigator
        while True:
            try:
                self._invoke(record, emit, navigator)
            except (NodrizaError, RecordError):
                raise  # none would do without the graph or the record
            except Exception as error:
                if navigator not in BELOW:
                    raise
                simpler = BELOW[navigator]
                log_error(f"the navigator {navigator} failed, {simpler} goes on", error)
                cause = f"{type(error).__name__}: {error}"
                step_down(FellBack(origin=navigator, target=simpler, why="failed", cause=cause))
                navigator = simpler
            else:
                return

    def _invoke(
        self, record: TurnRecord, emit: Callable[[Event], None], navigator: Navigator
    ) -> None:
        house = self._house
        before = self._graph.get_state(_config(record.thread)).values
        version = self._version_after(before)
        if before.get("tree") != version:
            house.records.use_tree(record.thread, version)
        said = record.message
        emit(
            Prepared(
                tree=version,
                navigator=navigator,
                models=[model.name for model in house.models],
                phrasing=house.phrasing,
                person=house.person,
            )
        )
        context = house.context(version, record.thread, navigator, emit, said)
        state: ConversationState = {
            "tree": version,
            "turn": record.message_id,
            "message": said.text if isinstance(said, MessageReceived) else "",
            "correction": said.name if isinstance(said, FactCorrected) else None,
        }
        # LangChain would send all of it to LangSmith if a variable of the shell said so.
        with tracing_context(enabled=False):
            self._graph.invoke(
                state,
                _config(record.thread),
                context=context,
                durability="exit",
                output_keys=SHOWN,
            )

    def _version_after(self, state: Mapping[str, Any]) -> str:
        """A conversation stays in its tree version until it starts over."""
        if state.get("position") or state.get("path"):
            return str(state["tree"])
        with suppress(NodrizaError):
            return self._house.brains.active()
        return str(state.get("tree") or self._house.brains.last_active)

    def _keep_place(self, record: TurnRecord) -> None:
        """Undo what the failed turn did, and let the next one go on from there."""
        house = self._house
        house.checkpoints.roll_back(record.thread, house.records.last_done(record.thread))
        before = self._graph.get_state(_config(record.thread)).values
        state = {"last_turn": record.message_id, "tree": self._version_after(before)}
        self._graph.update_state(_config(record.thread), state, as_node="answer")

    def _calm(self, record: TurnRecord) -> Replied:
        """One calm sentence, with the buttons she had."""
        said = [e.event for e in self._house.records.events(record.thread)]
        before = last_reply(said)
        return Replied(
            kind="notice",
            text=self._house.words(record.message.locale)("agent.calm"),
            options=before.options if before else [],
            facts=before.facts if before else [],
            can_go_back=before.can_go_back if before else False,
        )


def _config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}, "recursion_limit": _MOST_STEPS}


def log_error(what: str, error: BaseException) -> None:
    """Log where it happened but not the error's own text, which may hold her words."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, where)


def _queried(trace: QueryTrace) -> GraphQueried:
    return GraphQueried(
        name=trace.name,
        cypher=trace.cypher,
        parameters=dict(trace.parameters),
        rows=trace.rows,
        ms=trace.ms,
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
