"""Whole conversations with a real small model: in this process, and through `nodriza llm serve`.

Nothing of it is scripted and nobody has measured it: what it says is legal and changes nothing.
"""

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from agent.service import Service, open_service
from agent.settings import load_settings
from records.events import Decided, Failed, ModelAwaited, ModelCalled, Moved
from tests.integration.conftest import Conversation, GraphServer
from tests.integration.llama_server import weights
from tests.integration.llm_serve import Serving, llm_serve
from tests.integration.test_offline_model import SAID, assert_is_enumerated

pytest.importorskip("llama_cpp", reason="no llama-cpp-python: make deps builds it")
if weights() is None:
    pytest.skip("no weights of a small model: make test installs them", allow_module_level=True)

# One thread: two would wait for each other where other tests keep the processors busy.
IN_PROCESS: dict[str, Any] = {
    "model": f"llama_cpp:{weights()}",
    "model_parameters": {"n_threads": 1, "n_threads_batch": 1, "cached_tokens": 2048},
}


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    # A machine's own variables must change nothing.
    with llm_serve("--verbose", "false", HOST="192.0.2.1", PORT="1", N_CTX="1") as serving:
        yield serving


@pytest.fixture(scope="module")
def without(
    graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("without")
    settings = load_settings(data_folder=folder, navigator="semantic", **graph_server.settings())
    with open_service(settings) as service:
        yield service


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["in process", "served"])
def test_a_whole_conversation(
    way: str,
    without: Service,
    graph_server: GraphServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if way == "served":
        url = request.getfixturevalue("serving").url
        model: dict[str, Any] = {"model": "openai:smollm2", "model_base_url": url}
    else:
        model = IN_PROCESS
    settings = load_settings(
        data_folder=tmp_path, navigator="scored", model_timeout=120.0,
        **model, **graph_server.settings(),
    )  # fmt: skip
    with open_service(settings) as led:
        mother, other = Conversation(led.assistant), Conversation(without.assistant)
        made: list[ModelCalled] = []
        for said in SAID:
            turn, plain = mother.say(said), other.say(said)
            assert turn.of(Failed) == []
            moves = [[(m.kind, m.move, m.target) for m in t.of(Moved)] for t in (turn, plain)]
            assert moves[0] == moves[1]
            decided = [[(d.node, d.action) for d in t.of(Decided)] for t in (turn, plain)]
            assert decided[0] == decided[1]
            assert turn.replied.node == plain.replied.node
            made += turn.of(ModelCalled)
    assert len(made) == len(SAID)
    for called in made:
        assert called.error is None
        assert_is_enumerated(called)
    if way == "in process":
        for called in made[1:]:
            assert called.cached_tokens
            assert called.cached_tokens > 0.3 * (called.input_tokens or 0)


@pytest.mark.timeout(600)
def test_of_two_mothers_at_once_the_second_is_told_that_she_waits(
    graph_server: GraphServer, tmp_path: Path
) -> None:
    settings = load_settings(
        data_folder=tmp_path, navigator="scored", model_timeout=120.0,
        **IN_PROCESS, **graph_server.settings(),
    )  # fmt: skip
    said = ("me duele mucho el pecho", "mi niño no quiere comer")
    with open_service(settings) as led, ThreadPoolExecutor(2) as pool:
        mothers = [Conversation(led.assistant) for _ in said]
        turns = list(pool.map(Conversation.say, mothers, said))
    waits = [[event.ahead for event in turn.of(ModelAwaited)] for turn in turns]
    assert sorted(waits) == [[], [1, 0]]
    for turn, own, other in zip(turns, said, reversed(said), strict=True):
        (called,) = turn.of(ModelCalled)
        assert called.error is None
        assert own in str(called.messages)
        assert other not in str(called.messages)


def test_it_tells_what_it_does_otherwise_and_why(serving: Serving) -> None:
    told = " ".join(serving.told.split())
    assert "chat_format auto (profile; documented llama-2): the template" in told
    assert "interrupt_requests False (profile; documented True): one mother's" in told
    assert "n_threads 1 (flag; documented 8)" in told
    assert "(llama) at http://localhost:0/v1" in told


def test_its_streams_are_not_cut_by_another_request(serving: Serving) -> None:
    def ask(most: int) -> dict[str, Any]:
        return {
            "messages": [{"role": "user", "content": "Count to one hundred."}],
            "max_tokens": most, "temperature": 0, "stream": True,
        }  # fmt: skip

    url = f"{serving.url}/chat/completions"
    with (
        httpx.Client(timeout=60) as client,
        client.stream("POST", url, json=ask(24)) as first,
        client.stream("POST", url, json=ask(2)) as second,
    ):
        pieces = [line for line in first.iter_lines() if '"content"' in line]
        assert len(list(second.iter_lines())) > 2
    assert len(pieces) > 15


def test_a_signal_reaches_the_server_itself(serving: Serving) -> None:
    """Last of this module: it ends the server."""
    place = urlsplit(serving.url)
    assert (place.hostname, place.port) != (None, None)
    started = time.monotonic()
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(20) in (0, -signal.SIGTERM)
    assert time.monotonic() - started < 15
    with socket.socket() as client:
        assert client.connect_ex((str(place.hostname), place.port or 0)) != 0
