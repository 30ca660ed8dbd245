"""Calls of one model take turns: oldest first, bounded, and an abandoned one gives its place up."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from agent.llama.abort import Abort
from agent.llama.queue import FairQueue, telling_of_waits
from agent.llama.stream import read_ahead, without_stops
from tests.integration.openai_server import wait_until
from tools.errors import ModelUnavailable


class Line:
    """Calls that wait for a model which the test holds."""

    def __init__(self, longest: int) -> None:
        self.queue = FairQueue(longest)
        self.served: list[str] = []
        self.told: dict[str, list[int]] = {}
        self.free = threading.Event()
        self._pool = ThreadPoolExecutor(16)
        self._aborts: dict[str, Abort] = {}

    def call(self, name: str, seconds: float = 30.0) -> "Future[None]":
        """One more call, which stands in the line when this returns."""
        self.told[name] = []
        self._aborts[name] = Abort()
        before = len(self.queue)
        future = self._pool.submit(self._call, name, time.monotonic() + seconds)
        wait_until(lambda: len(self.queue) > before or future.done())
        return future

    def abandon(self, name: str) -> None:
        self._aborts[name].set()

    def _call(self, name: str, until: float) -> None:
        told, abort = self.told[name], self._aborts[name]
        with telling_of_waits(told.append), self.queue.turn(until, abort):
            self.served.append(name)
            self.free.wait(30)


def test_who_came_first_is_served_first_and_is_told_of_the_wait() -> None:
    line = Line(longest=8)
    calls = [line.call(name) for name in "abcdef"]
    line.free.set()
    for call in calls:
        call.result(10)
    assert line.served == list("abcdef")
    assert line.told["a"] == []
    for ahead, name in enumerate("bcdef", 1):
        assert line.told[name][0] == ahead
        assert line.told[name][-1] == 0
        assert line.told[name] == sorted(line.told[name], reverse=True)
    assert len(line.queue) == 0


def test_a_full_queue_refuses_at_once() -> None:
    line = Line(longest=2)
    calls = [line.call(name) for name in "abc"]
    with pytest.raises(ModelUnavailable, match="2 calls wait for the model already"):
        line.call("d").result(10)
    line.free.set()
    for call in calls:
        call.result(10)
    assert line.served == ["a", "b", "c"]


def test_who_waited_too_long_or_was_abandoned_leaves_and_the_others_move_up() -> None:
    line = Line(longest=8)
    first = line.call("a")
    late, left, last = line.call("late", 0.3), line.call("left"), line.call("z")
    line.abandon("left")
    with pytest.raises(ModelUnavailable, match="the model was busy: 1 calls"):
        late.result(10)
    with pytest.raises(ModelUnavailable, match="abandoned while it waited"):
        left.result(10)
    line.free.set()
    first.result(10)
    last.result(10)
    assert line.served == ["a", "z"]


def test_a_reader_that_stops_aborts_what_is_being_made() -> None:
    abort = Abort()

    def pieces() -> Iterator[int]:
        number = 0
        while not abort.is_set:
            yield number
            number += 1

    reader = read_ahead(pieces(), abort)
    assert [next(reader), next(reader)] == [0, 1]
    assert not abort.is_set
    reader.close()  # type: ignore[attr-defined]
    assert abort.is_set


def test_an_error_reaches_the_reader_behind_what_was_made() -> None:
    def pieces() -> Iterator[str]:
        yield "a"
        raise ModelUnavailable("gone")

    reader = read_ahead(pieces(), Abort())
    assert next(reader) == "a"
    with pytest.raises(ModelUnavailable, match="gone"):
        next(reader)


@pytest.mark.parametrize(
    ("pieces", "stops", "text", "stopped"),
    [
        (["one ", "two"], ["\n"], "one two", False),
        (["one\n", "two"], ["\n"], "one", True),
        (["one <", "|end", "|> two"], ["<|end|>"], "one ", True),
        (["one <", "|en", "ter"], ["<|end|>"], "one <|enter", False),
        (["a", "b", "c"], ["bc", "c"], "a", True),
        (["ends with <|e"], ["<|end|>"], "ends with <|e", False),
    ],
)
def test_text_ends_before_the_first_stop_text(
    pieces: list[str], stops: list[str], text: str, stopped: bool
) -> None:
    said = list(without_stops(pieces, stops))
    assert "".join(piece for piece, _ in said) == text
    assert any(found for _, found in said) == stopped
