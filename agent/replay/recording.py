"""A conversation as the record has it, turn by turn, and what each turn was run with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from agent.models.chain import BELOW, UNLED
from records.events import (
    Aside,
    Event,
    FactCorrected,
    Failed,
    FellBack,
    GraphQueried,
    MessageReceived,
    ModelAwaited,
    ModelCalled,
    Prepared,
)
from records.store import ConversationSummary, RecordedEvent

Message = MessageReceived | FactCorrected


# Fields with repr=False hold her words.
@dataclass(frozen=True)
class RecordedTurn:
    """A turn that has ended."""

    number: int
    message: Message = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    """All that followed the message, asides apart; the event n has the seq n + 1."""
    prepared: Prepared

    @property
    def calls(self) -> list[ModelCalled]:
        """The calls to models, in order."""
        return [event for event in self.events if isinstance(event, ModelCalled)]

    @property
    def spent(self) -> FellBack | None:
        """That no more tokens were to be used."""
        fell = (event for event in self.events if isinstance(event, FellBack))
        return next((event for event in fell if event.why != "failed"), None)

    @property
    def breaks(self) -> list[tuple[int, Failed | FellBack]]:
        """What cut the turn, each with how many events a machine had told of before.

        A failed turn was done again by a simpler navigator, or not at all.
        """
        found: list[tuple[int, Failed | FellBack]] = []
        told = 0
        for event in self.events:
            if isinstance(event, Failed) or (isinstance(event, FellBack) and event.origin in BELOW):
                found.append((told, event))
                told = 0
            elif is_told(event):
                told += 1
        return found


def is_told(event: Event) -> bool:
    """Whether the machine tells of it each time.

    What it has to ask the graph depends on what it remembers, and waits on who else is there.
    """
    return not isinstance(event, GraphQueried | ModelAwaited | Prepared)


def read_turns(
    summary: ConversationSummary, recorded: Iterable[RecordedEvent], *, person: bool
) -> list[RecordedTurn]:
    """The turns that have ended.

    `person` is assumed of turns recorded before the record told what they were run with; they are
    taken to have the conversation's tree, navigator and model.
    """
    turns = []
    for number, group in groupby(recorded, key=attrgetter("turn")):
        message, *rest = (item.event for item in group)
        assert isinstance(message, MessageReceived | FactCorrected)
        events = tuple(event for event in rest if not isinstance(event, Aside))
        if events:
            told = next((event for event in events if isinstance(event, Prepared)), None)
            prepared = told or _presumed(summary, events, person=person)
            turns.append(RecordedTurn(number, message, events, prepared))
    return turns


def _presumed(summary: ConversationSummary, events: Sequence[Event], *, person: bool) -> Prepared:
    queries = [event for event in events if isinstance(event, GraphQueried)]
    trees = [query.parameters["tree"] for query in queries if "tree" in query.parameters]
    models = [summary.model] if summary.model else []
    for event in events:
        if isinstance(event, FellBack) and event.origin in models and event.target != UNLED:
            models.append(event.target)
    reworded = any(isinstance(e, ModelCalled) and e.prompt.startswith("phrasing") for e in events)
    return Prepared(
        tree=str(trees[0]) if trees else summary.tree,
        navigator=summary.navigator,
        models=models,
        phrasing="model" if reworded else "tree",
        person=person,
    )
