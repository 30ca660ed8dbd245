"""The agenda: of several problems that she has told, those that no answer has come for yet."""

from collections.abc import Mapping, Sequence

from agent.state import Brain
from records.events import Choice
from tools.walk import Step

SURE = 0.3
"""Probability from which a topic is taken up unasked; lower ones are only named for experts."""
MAYBE = 0.2
"""Probability from which one more is offered by a button under the answer. On the development
messages that finds 49 of 100 second problems in place of 39; of the buttons a third are right."""
MOST = 3
"""Problems that are kept at a time: more would be a list to read instead of help."""


def noted(agenda: Sequence[str], topics: Sequence[Choice]) -> list[str]:
    """The topics told so far and those that a new message surely tells, in that order."""
    sure = [topic.id for topic in topics if (topic.probability or 0.0) >= SURE]
    return list(dict.fromkeys([*agenda, *sure]))


def perhaps(topics: Sequence[Choice]) -> list[str]:
    """The problem that she may have told besides, too unsure to be said to have been understood."""
    unsure = (t.id for t in topics[1:] if MAYBE <= (t.probability or 0.0) < SURE)
    return list(unsure)[:1]


def pending(agenda: Sequence[str], path: Sequence[Step], brain: Brain) -> Mapping[str, str]:
    """What is still to be taken up: titles by the node where the topic starts.

    A topic is taken up once it has been entered; going back before that takes it up again.
    """
    been = {step.target.node for step in path if step.target}
    entered = {entry.topic for entry in brain.entries if entry.node in been}
    starts = [brain.starts[topic] for topic in agenda if topic not in entered]
    return {node: brain.topics[node] for node in starts[:MOST]}
