"""Assistant: one message in, a stream of events out.

    reply ──▶ queue of the conversation ──▶ worker thread ──▶ TurnRunner ──▶ events

The turn runs in a thread of its own and whoever asked only reads along, so that a reload or a
closed tab never loses a turn. A conversation has one turn at a time; turns together are bounded.
"""

import threading
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from agent.analysis import NOTHING, Analysis, Given, analyse, prospects
from agent.consultation import Consultation, consult_on
from agent.gain import OpenQuestion
from agent.replying.replies import warning
from agent.texts import Texts
from agent.turns import House, Turn, TurnRunner, log_error
from records.events import Aside, Event, FactCorrected, Locale, MessageReceived, Replied
from tools.tree import Variable

LONGEST_MESSAGE = 4000
"""Characters. Longer ones are refused with a clear sentence."""


class Assistant:
    """Answers messages. Safe to use from many threads."""

    def __init__(
        self, house: House, *, parallel_turns: int = 8, beside: "Assistant | None" = None
    ) -> None:
        """`parallel_turns` conversations are answered at the same time; the others wait.

        One that works `beside` another shares its threads, and so its number.
        """
        self._house = house
        self._runner = TurnRunner(house)
        self._pool: ThreadPoolExecutor = (
            beside._pool if beside else ThreadPoolExecutor(parallel_turns, "turn")
        )
        self._queues: dict[str, deque[Turn]] = {}
        self._lock = threading.Lock()

    @property
    def texts(self) -> Texts:
        """The catalogue that its words come from."""
        return self._house.texts

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The facts that the tree in use asks for. Raises GraphUnavailable."""
        return self._house.brains.of(self._house.brains.active()).variables

    @property
    def under_way(self) -> int:
        """How many messages are being answered or wait for it."""
        with self._lock:
            return sum(map(len, self._queues.values()))

    def open(self, thread: str) -> None:
        """Begin a conversation that has no message yet. Raises RecordError."""
        house = self._house
        house.records.open_conversation(
            thread,
            tree=house.brains.last_active,
            navigator=house.navigator,
            model=house.model_name,
        )

    def reply(
        self,
        thread: str,
        message_id: str,
        text: str,
        locale: Locale | None = None,
        *,
        must_exist: bool = False,
        consent: str | None = None,
    ) -> Iterator[Event]:
        """Answer a message: its events as they happen, the visible reply last.

        `consent` are the words that she has agreed to with it.

        The same message id again gives the events of the turn that it already had. An outage is
        answered by a calm sentence, never by an exception. A conversation that was not opened
        begins with the message, unless it `must_exist`.
        """
        if len(text) > LONGEST_MESSAGE:
            too_long = self._house.words(locale)("agent.too_long", limit=LONGEST_MESSAGE)
            return iter([MessageReceived(text=""), Replied(kind="notice", text=too_long)])
        message = MessageReceived(
            at=self._house.now(), text=storable(text), locale=locale, consent=consent
        )
        return self._enter(Turn(thread, message_id, message, must_exist=must_exist))

    def correct(
        self,
        thread: str,
        message_id: str,
        name: str,
        locale: Locale | None = None,
        *,
        must_exist: bool = False,
    ) -> Iterator[Event]:
        """Forget a fact that was understood, and go back to before it was used."""
        correction = FactCorrected(at=self._house.now(), name=name, locale=locale)
        return self._enter(Turn(thread, message_id, correction, must_exist=must_exist))

    def alarm(self, text: str, locale: Locale | None = None) -> Replied | None:
        """What a message would be answered if it tells of danger; nothing of it is kept.

        For a message that is not taken, or not yet. A doubtful danger is asked about.
        """
        house = self._house
        found = house.guard.screen(storable(text), {}, today=house.now().date())
        sign = house.catalogue.by_id.get(found.sign or "")
        if sign is None:
            return None
        if found.check:
            return Replied(kind="check", text=found.check)
        return warning(sign, found.level, house.catalogue, house.numbers(locale))

    def note(self, thread: str, aside: Aside) -> None:
        """Record what happened between two turns, at once.

        Raises RecordError: UnknownConversation when there is none, or before its first reply.
        """
        self._house.records.note(thread, aside)

    def message(self, thread: str, message_id: str) -> MessageReceived | FactCorrected | None:
        """What was sent under a message id: waiting, under way or recorded."""
        with self._lock:
            for turn in self._queues.get(thread, ()):
                if turn.message_id == message_id:
                    return turn.message
        recorded = self._house.records.turn(thread, message_id)
        return recorded.message if recorded else None

    def analyse(self, text: str) -> Analysis:
        """What a message says, outside any conversation. Raises GraphUnavailable."""
        house = self._house
        brain = house.brains.of(house.brains.active())
        return analyse(storable(text), brain, house.guard, house.now().date())

    def open_questions(self, text: str) -> list[OpenQuestion]:
        """What a message leaves open, outside any conversation, the most telling question first.

        In the tree's order where the house does without information gain. Raises GraphUnavailable.
        """
        house, text = self._house, storable(text)
        version = house.brains.active()
        brain = house.brains.of(version)
        entries = {c.node: c.probability for c in brain.locator.locate(text).candidates}
        ahead = prospects(text, entries, brain, house.brains.store, version)
        return ahead.open_questions() if house.parts.information_gain else ahead.questions_ahead()

    def consultation(
        self,
        text: str,
        given: Given = NOTHING,
        *,
        chosen: str | None = None,
        checked: str | None = None,
    ) -> Consultation:
        """All that a lactation consultant needs of a message, and a draft; nothing of it is kept.

        The arguments as agent.consultation has them. Raises GraphUnavailable.
        """
        return consult_on(self._house, storable(text), given, chosen=chosen, checked=checked)

    def erase(self, thread: str) -> None:
        """Delete all that is kept of a conversation, when its messages so far are answered.

        Raises RecordError: UnknownConversation when there is none.
        """
        erasure = _Erasure(thread, uuid.uuid4().hex, MessageReceived(text=""))
        for _ in self._enter(erasure):
            pass
        if erasure.error:
            raise erasure.error

    def history(self, thread: str) -> list[Event]:
        """All that was said: the events of done turns, and the message of an open one."""
        return [recorded.event for recorded in self._house.records.events(thread)]

    def follow(self, thread: str) -> Iterator[Event] | None:
        """The turn under way, from its start; one that a crash cut is done again first."""
        with self._lock:
            queue = self._queues.get(thread)
            if queue:
                return iter(queue[0])
        cut = self._house.records.open_turn(thread)
        if cut is None or not self._runner.is_abandoned(cut):
            return None
        return self._enter(Turn(thread, cut.message_id, cut.message))

    def turns(self, thread: str) -> int:
        """How many messages the conversation has, those under way included."""
        with self._lock:
            waiting = {turn.message_id for turn in self._queues.get(thread, ())}
        # A turn is recorded before it leaves the queue: it must not count twice, nor be missed.
        return len(waiting | self._house.records.message_ids(thread))

    def close(self) -> None:
        """Wait for the turns under way, then stop."""
        self._pool.shutdown(wait=True)

    # The queue of a conversation

    def _enter(self, turn: Turn) -> Iterator[Event]:
        with self._lock:
            queue = self._queues.setdefault(turn.thread, deque())
            for waiting in queue:
                if waiting.message_id == turn.message_id:
                    return iter(waiting)
            queue.append(turn)
            if len(queue) == 1:
                self._pool.submit(self._work, turn.thread)
        return iter(turn)

    def _work(self, thread: str) -> None:
        while True:
            with self._lock:
                queue = self._queues[thread]
                if not queue:
                    del self._queues[thread]
                    return
                turn = queue[0]
            try:
                if isinstance(turn, _Erasure):
                    self._runner.erase(thread)
                else:
                    turn.context.run(self._runner.run, turn)
            except Exception as error:  # noqa: BLE001 - she must never be left without an answer
                turn.error = error
                log_error("a turn could not be recorded", error)
                calm = self._house.words(turn.message.locale)("agent.calm")
                turn.publish(Replied(kind="notice", text=calm))
            finally:
                turn.close()
                with self._lock:
                    queue.popleft()


class _Erasure(Turn):
    """Stands in a conversation's queue like a message, and deletes it when it is its turn."""


def storable(text: str) -> str:
    """Without the characters that PostgreSQL's JSON cannot hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
