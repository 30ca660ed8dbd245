"""The tree over MCP, as another assistant sees it: a real client, `nodriza mcp` in its process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from agent.settings import PROJECT
from tests.integration.conftest import GraphServer, question_of
from tests.loops import run_apart
from tools.store import TreeStore
from tools.tree import Advice, Tree


class House(NamedTuple):
    """Where `nodriza mcp` runs, over HTTP."""

    url: str
    environment: dict[str, str]
    data: Path


@pytest.fixture(scope="module")
def house(
    graph_server: GraphServer, tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    data = tmp_path_factory.mktemp("mcp")
    store = TreeStore(
        graph_server.uri, graph_server.user, graph_server.password, database=graph_server.database
    )
    store.prepare()
    store.load(tree)
    store.close()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NODRIZA_")}
    environment |= {f"NODRIZA_{k.upper()}": str(v) for k, v in graph_server.settings().items()}
    environment["NODRIZA_DATA_FOLDER"] = str(data)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "cli", "mcp", "--http", "--port", str(port)]
    with (data / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait_for(port, process, data / "log")
        yield House(f"http://127.0.0.1:{port}/mcp", environment, data)
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 150
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nodriza mcp did not start:\n{log.read_text('utf-8')}")


def start_of(tree: Tree, topic: str) -> str:
    """The node where a topic's questions start."""
    return next(t.starts_at for t in tree.topics if t.id == topic)


def over_http(house: House, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    """What `talk` gives, from a client of its own."""

    async def run() -> Any:
        async with Client(house.url) as client:
            return await talk(client)

    return run_apart(run())


def ask(house: House, tool: str, **arguments: Any) -> dict[str, Any]:
    """The answer of one tool."""
    result = over_http(house, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content
    return answer


def refusal(house: House, tool: str, **arguments: Any) -> str:
    """What a tool says when it cannot."""
    result = over_http(house, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    return str(result.content[0].text)


def test_every_tool_says_that_it_only_reads(house: House) -> None:
    tools = over_http(house, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == {
        "search_tree",
        "list_topics",
        "read_node",
        "list_moves",
    }
    assert all(tool.annotations.read_only_hint for tool in tools)


def test_her_words_find_the_place(house: House, tree: Tree) -> None:
    found = ask(house, "search_tree", query="tengo una grieta en el pezon", limit=3)
    assert found["tree"] == tree.version
    assert found["danger"] is None
    assert len(found["places"]) == 3
    assert found["places"][0]["topic"] == "grietas"
    assert found["places"][0]["probability"] > 0.5


def test_danger_is_told_before_the_places(house: House) -> None:
    danger = ask(house, "search_tree", query="mi bebe esta azul y no respira")["danger"]
    assert danger["level"] == "emergency"
    assert danger["text"]
    assert all(source["url"].startswith("http") for source in danger["sources"])
    assert danger["sources"]


def test_the_table_of_contents_has_every_topic(house: House, tree: Tree) -> None:
    listed = ask(house, "list_topics")["topics"]
    assert [(t["topic"], t["starts_at"]) for t in listed] == [
        (topic.id, topic.starts_at) for topic in tree.topics
    ]


def test_an_answer_comes_word_for_word_with_its_sources(house: House, tree: Tree) -> None:
    for node in [node for node in tree.nodes if isinstance(node, Advice)][:5]:
        read = ask(house, "read_node", node=node.id)
        assert (read["text"], read["title"], read["urgency"]) == (
            node.text,
            node.title,
            node.urgency,
        )
        assert read["reviewed"] == node.is_reviewed
        assert [source["id"] for source in read["sources"]] == list(node.sources)
        assert read["sources"]


def test_the_moves_of_a_question_are_its_options(house: House, tree: Tree) -> None:
    start = start_of(tree, "grietas")
    listed = ask(house, "list_moves", node=start)
    assert [(move["option"], move["label"]) for move in listed["moves"]] == [
        (option.id, option.label) for option in question_of(tree, start).options
    ]


def test_a_walk_that_needs_her_babys_age(house: House, tree: Tree) -> None:
    """The age decides, whether it is given when the tree asks for it or was known before."""
    start = start_of(tree, "grietas")
    crack = next(
        move
        for move in ask(house, "list_moves", node=start)["moves"]
        if move["label"].startswith("Una grieta")
    )
    asked = ask(house, "list_moves", node=crack["node"], resume=crack["resume"])
    assert (asked["variable"], asked["unit"], asked["moves"]) == ("baby_age_days", "days", [])
    for days, leads_to in ((10, "grietas-primeras-semanas"), (60, "grietas-tiempo")):
        facts = {"baby_age_days": days}
        place = {"node": crack["node"], "resume": crack["resume"]}
        (told,) = ask(house, "list_moves", **place, facts=facts)["moves"]
        assert told["node"] == leads_to
        known = ask(house, "list_moves", node=start, facts=facts)["moves"]
        assert next(m["node"] for m in known if m["option"] == crack["option"]) == leads_to


def test_what_cannot_be_is_refused_in_clear_words(house: House) -> None:
    assert "no node 'nada'" in refusal(house, "read_node", node="nada")
    age = {"node": "edad-bebe", "facts": {"baby_age_days": -5}}
    assert "'baby_age_days' lies between" in refusal(house, "list_moves", **age)
    assert "limit" in refusal(house, "search_tree", query="hola", limit=1000)


def test_the_same_over_standard_input(house: House, tree: Tree, tmp_path: Path) -> None:
    async def run() -> Any:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "cli", "mcp"], env=house.environment, cwd=PROJECT
        )
        with (tmp_path / "log").open("w") as log:
            async with Client(stdio_client(server, errlog=log)) as client:
                return await client.call_tool("read_node", {"node": "edad-bebe"})

    result = run_apart(run())
    assert result.structured_content["text"] == getattr(tree.by_id["edad-bebe"], "text", None)


def test_no_record_is_made(house: House) -> None:
    ask(house, "search_tree", query="me duele")
    assert not (house.data / "records.db").exists()
    assert "me duele" not in (house.data / "log").read_text("utf-8")
