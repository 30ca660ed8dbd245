"""Where the time of a turn goes, and how often a move asks the graph.

    turn = graph + record + checkpoints + encoder + LangGraph + ours

The first four are timed at their doors by the twins of `bench_house`; LangGraph's own share is what
an empty graph of the same shape takes; ours is the rest: policy, guard, locator, evidence, events,
and the hand-over between threads.
"""

import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from langsmith import tracing_context

from agent.graph import build
from agent.state import ConversationState
from agent.turns import SHOWN
from evaluation.measurement import Measurement, Progress, Sizes, summarise
from evaluation.speed.bench_house import Bench, Share, Stopwatch
from evaluation.speed.mother import LONGEST, Mother
from records.events import Event, GraphQueried, Moved, Replied
from tools.store import QueryTrace
from tools.tree import Logic
from tools.view import Position

_HOW: dict[Share, str] = {
    "graph": "time of the turn's queries, from sending to the last row (GraphQueried.ms)",
    "record": "calls of the record, timed by a twin",
    "checkpoints": "calls of LangGraph's saver and of the pruning, timed by a twin",
    "encoder": "calls of the sentence encoder for new texts, timed by a twin behind the cache",
}


@dataclass(frozen=True)
class TimedTurn:
    """One turn, in milliseconds."""

    thread: str
    total: float
    shares: dict[Share, float]
    steps: int
    """LangGraph's steps: how many nodes ran."""
    events: list[Event]
    work: float
    """Processor time of the turn's thread outside the shares."""

    def ours(self, langgraph: float) -> float:
        """What is left for our code, LangGraph having taken `langgraph`."""
        return self.total - sum(self.shares.values()) - langgraph


def measure(bench: Bench, sizes: Sizes, seed: int, say: Progress) -> list[Measurement]:
    """The shares of the time of scripted turns."""
    say(f"timing {sizes.turns} turns")
    turns = [turn for talk in _conversations(bench, sizes.turns, seed) for turn in talk]
    lengths = sorted({turn.steps for turn in turns})
    say(f"timing an empty graph of {len(lengths)} lengths")
    langgraph = _empty_turns(bench, turns[-1].thread, lengths, sizes.empty_turns)
    say("the same turns again")
    again = [turn for talk in _conversations(bench, sizes.turns, seed) for turn in talk]
    lines = [
        summarise(
            "our code per turn", "ms", [turn.ours(langgraph[turn.steps].time) for turn in turns],
            "total less the shares below; the statistics are of the turns, so they do not add up",
            budget=5.0, judged="median",
        ),
        summarise(
            "our code per turn, all views remembered: work", "CPU ms",
            [turn.work - langgraph[turn.steps].work for turn in again if turn.steps in langgraph],
            "the same turns again: processor time of the turn's thread between the calls that are"
            " timed, less LangGraph's, which hardly depends on what else the machine does",
        ),
        summarise("turn, total", "ms", [turn.total for turn in turns], "from reply() to its end"),
    ]  # fmt: skip
    for share, how in _HOW.items():
        spent = [turn.shares.get(share, 0.0) for turn in turns]
        lines.append(summarise(f"turn, {share}", "ms", spent, how))
    overhead = [langgraph[turn.steps].time for turn in turns]
    how = (
        "median of an empty graph: the real one's nodes, edges, state and number of steps, with"
        " two reads of the state before, as the assistant does; its saver's time taken off"
    )
    return [*lines, summarise("turn, LangGraph", "ms", overhead, how)]


def measure_graph(bench: Bench, sizes: Sizes, seed: int, say: Progress) -> list[Measurement]:
    """Round trips per move, one query by itself, and loading the tree."""
    say("counting the graph's round trips")
    per_move: list[float] = []
    for talk in _conversations(bench, sizes.turns // 3, seed + 1, cold=True):
        events = [event for turn in talk for event in turn.events]
        moves = sum(isinstance(event, Moved) for event in events)
        views = sum(isinstance(event, GraphQueried) and event.name == "view" for event in events)
        if moves:
            per_move.append(views / moves)
    say("timing the view query at every node, and loading the tree")
    return [
        summarise(
            "graph round trips per move", "queries", per_move,
            "view queries / moves of a conversation that begins with nothing remembered",
            budget=1.0,
        ),
        *_view_queries(bench),
        _load(bench),
    ]  # fmt: skip


# Turns


def _conversations(
    bench: Bench, turns: int, seed: int, *, cold: bool = False
) -> Iterator[list[TimedTurn]]:
    """Conversations with at least so many turns in all; `cold` ones find no view remembered."""
    mother = Mother(bench.tree, seed)
    while turns > 0:
        if cold:
            bench.store.forget_views()
        talk = list(_conversation(bench, mother))
        turns -= len(talk)
        yield talk


def _conversation(bench: Bench, mother: Mother) -> Iterator[TimedTurn]:
    thread = uuid.uuid4().hex
    words: str | None = mother.opens()
    steps = -1
    for number in range(LONGEST):
        if words is None:
            return
        bench.stopwatch.take()
        started = time.perf_counter()
        events = list(bench.assistant.reply(thread, f"m{number}", words))
        total = (time.perf_counter() - started) * 1000
        lap = bench.stopwatch.take()
        shares = lap.shares
        queried = sum(event.ms for event in events if isinstance(event, GraphQueried))
        shares["graph"] = shares.get("graph", 0.0) + queried
        # The input is a step of its own.
        made, steps = bench.stopwatch.steps - steps - 1, bench.stopwatch.steps
        yield TimedTurn(thread, total, shares, made, events, lap.work)
        reply = events[-1]
        assert isinstance(reply, Replied)
        words = mother.answers(reply)


# LangGraph by itself


@dataclass
class Route:
    """Context of the empty graph."""

    ahead: list[str]
    """Where the nodes that choose go, in order."""


def empty_graph() -> StateGraph[ConversationState, Route]:
    """The nodes and edges of the real graph; the nodes only go where they are told to."""

    def choose(state: ConversationState, runtime: Runtime[Route]) -> Command[Any]:  # noqa: ARG001
        return Command(goto=runtime.context.ahead.pop(0))

    def stay(state: ConversationState) -> dict[str, Any]:  # noqa: ARG001
        return {}

    real = build()
    graph = StateGraph(ConversationState, context_schema=Route)
    for name, node in real.nodes.items():
        if node.ends:
            graph.add_node(name, choose, destinations=tuple(node.ends))
        else:
            graph.add_node(name, stay)
    for origin, target in real.edges:
        graph.add_edge(origin, target)
    return graph


def route(steps: int) -> list[str]:
    """Where the choosing nodes go in a turn of so many steps: as in real turns."""
    if steps == 2:
        return ["escalate"]
    if steps == 3:
        return ["decide", "ask"]
    start, rest = (["understand", "locate"], 5) if steps % 2 else (["understand", "decide"], 4)
    moves = ["move"] * ((steps - rest) // 2)
    return [*start, *moves, "ask"]


@dataclass(frozen=True)
class EmptyTurn:
    """What LangGraph takes by itself, in milliseconds."""

    time: float
    work: float


def _empty_turns(bench: Bench, real: str, lengths: list[int], times: int) -> dict[int, EmptyTurn]:
    """What LangGraph takes by number of steps, with the state of a `real` conversation."""
    graph = empty_graph().compile(checkpointer=bench.house.checkpoints.saver)
    state = graph.get_state({"configurable": {"thread_id": real}}).values
    found: dict[int, EmptyTurn] = {}
    for steps in lengths:
        thread = uuid.uuid4().hex
        config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": 60}
        graph.update_state(config, state, as_node="ask")
        turns = [_empty_turn(graph, config, bench.stopwatch, steps) for _ in range(times)]
        found[steps] = EmptyTurn(
            statistics.median(turn.time for turn in turns),
            statistics.median(turn.work for turn in turns),
        )
    return found


def _empty_turn(
    graph: CompiledStateGraph[ConversationState, Route],
    config: RunnableConfig,
    stopwatch: Stopwatch,
    steps: int,
) -> EmptyTurn:
    state: ConversationState = {"tree": "empty", "turn": "m", "message": "hola"}
    stopwatch.take()
    started = time.perf_counter()
    # The assistant, too, reads the state before and as it begins.
    graph.get_state(config)
    graph.get_state(config)
    with tracing_context(enabled=False):
        ahead = Route(route(steps))
        graph.invoke(state, config, context=ahead, durability="exit", output_keys=SHOWN)
    total = (time.perf_counter() - started) * 1000
    lap = stopwatch.take()
    return EmptyTurn(total - sum(lap.shares.values()), lap.work)


# The graph by itself


def _view_queries(bench: Bench) -> list[Measurement]:
    queries: list[float] = []
    calls: list[float] = []

    def note(trace: QueryTrace) -> None:
        queries.append(trace.ms)

    store = bench.store.observed_by(note)
    for node in bench.tree.nodes:
        if isinstance(node, Logic):
            continue
        store.forget_views()
        started = time.perf_counter()
        store.view(bench.tree.version, Position(node.id))
        calls.append((time.perf_counter() - started) * 1000)
    return [
        summarise("one view query", "ms", queries, "every shown node once, nothing remembered"),
        summarise("one view query, read into a View", "ms", calls, "the same, with our reading"),
    ]


def _load(bench: Bench) -> Measurement:
    copy = bench.tree.model_copy(update={"id": f"{bench.tree.id}-load"})
    started = time.perf_counter()
    bench.store.load(copy)
    spent = time.perf_counter() - started
    bench.store.delete(copy.version)
    return summarise("loading the tree", "s", [spent], f"{len(copy.nodes)} nodes, once")
