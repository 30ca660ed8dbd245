"""A turn's events -> a tree of steps with a beginning and an end.

The state machine does one thing at a time, and an event tells of what has just been done: a step
begins where the one before it ended, and the queries between the two are its own. Calls to a model
and to the graph know how long they took. What a tool did stands under the tool.

    guard · understand · retrieval · decide · move · chat · execute_tool · reply
                                               └ query        ├ decide
                                                              └ move
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from types import MappingProxyType

from agent.models.prices import Prices, usage_of
from agent.traces import attributes as say
from agent.traces.attributes import Attributes
from records.events import (
    Decided,
    Event,
    GraphQueried,
    Located,
    ModelCalled,
    Moved,
    Prepared,
    Replied,
    Screened,
    ToolCalled,
    Understood,
)
from tools.graph_tools import CHANGES_STATE


@dataclass(frozen=True)
class Step:
    """Something that was done."""

    name: str
    start: datetime
    end: datetime
    attributes: Attributes
    remote: bool = False
    """Another process did it: a database, or the server of a model."""
    error: str | None = None
    """The class of the error with which it ended."""
    steps: tuple["Step", ...] = ()


NO_PRICES: Prices = MappingProxyType({})


def steps_of(events: Iterable[Event], began: datetime, prices: Prices = NO_PRICES) -> list[Step]:
    """The steps of a turn, in the order in which they ended."""
    fold = _Fold(began, prices)
    for is_tool, group in groupby(events, lambda event: isinstance(event, ToolCalled)):
        if is_tool:
            fold.tools([event for event in group if isinstance(event, ToolCalled)])
        else:
            for event in group:
                fold.add(event)
    return fold.done()


@dataclass
class _Fold:
    since: datetime
    """When the step before ended."""
    prices: Prices
    steps: list[Step] = field(default_factory=list)
    queries: list[Step] = field(default_factory=list)
    """Those since then, of the step that comes next."""
    called: int = 0
    """How many steps there were when the model had answered: the others are its tools'."""
    providers: Mapping[str, str] = field(default_factory=dict)
    tree: str | None = None

    def add(self, event: Event) -> None:
        match event:
            case Prepared():
                self.tree = event.tree
                self.providers = _providers(event.models)
            case GraphQueried():
                self.queries.append(self._call(event, event.name, say.of_query(event), remote=True))
            case ModelCalled():
                self._model_call(event)
            case Screened():
                self._step(event, "guard", say.of_guard(event))
            case Understood():
                self._step(event, "understand", say.of_understanding(event))
            case Located():
                self._step(event, "retrieval", say.of_location(event, self.tree))
            case Decided():
                self._step(event, "decide", say.of_decision(event))
            case Moved():
                self._step(event, "move", say.of_move(event))
            case Replied():
                self._step(event, "reply", say.of_reply(event))
            case _:
                pass  # of the turn as a whole: agent/traces/sending.py

    def tools(self, calls: Sequence[ToolCalled]) -> None:
        """The tools of one answer of the model. What was done since is of the one that does."""
        inside = [*self.steps[self.called :], *self.queries]
        began = min((step.start for step in inside), default=self.since)
        doer = next((c for c in calls if c.name in CHANGES_STATE and not c.refused), calls[0])
        del self.steps[self.called :]
        for call in calls:
            self.steps.append(
                Step(
                    f"execute_tool {say.tool_name(call)}",
                    min(began, call.at),
                    call.at,
                    say.of_tool_call(call),
                    steps=tuple(inside) if call is doer else (),
                )
            )
        self.since = calls[-1].at
        self.queries = []
        self.called = len(self.steps)

    def done(self) -> list[Step]:
        return [*self.steps, *self.queries]

    def _step(self, event: Event, name: str, attributes: Attributes) -> None:
        start = min(self.since, event.at)
        inside = tuple(replace(query, start=max(query.start, start)) for query in self.queries)
        self.steps.append(Step(name, start, event.at, attributes, steps=inside))
        self.queries = []
        self.since = event.at

    def _model_call(self, event: ModelCalled) -> None:
        provider = self.providers.get(event.model)
        call = self._call(
            event,
            f"chat {event.model}",
            say.of_model_call(event, provider, usage_of([event], self.prices).cost),
            remote=provider != say.PROVIDERS["llama_cpp"],
        )
        if event.error:
            call = replace(call, error=say.error_class(event.error))
        self.steps += [*self.queries, call]
        self.queries = []
        self.since = event.at
        self.called = len(self.steps)

    def _call(
        self, event: GraphQueried | ModelCalled, name: str, attributes: Attributes, *, remote: bool
    ) -> Step:
        start = max(event.at - timedelta(milliseconds=event.ms), min(self.since, event.at))
        return Step(name, start, event.at, attributes, remote)


def _providers(models: Sequence[str]) -> dict[str, str]:
    """The conventions' name of each model's provider."""
    parts = (model.partition(":") for model in models)
    return {model: say.PROVIDERS.get(provider, provider) for provider, _, model in parts}
