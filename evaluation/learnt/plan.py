"""A tree version as the figures need it: what its nodes are called and where they lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.state import Brain
from tools.outline import Outline, Way


@dataclass(frozen=True)
class Plan:
    """One tree version."""

    version: str
    outline: Outline = field(default_factory=Outline)
    topics: Mapping[str, str] = field(default_factory=dict)
    """Titles by topic."""
    starts: Mapping[str, str] = field(default_factory=dict)
    """The node at which a topic starts."""

    @classmethod
    def of(cls, version: str, brain: Brain) -> "Plan":
        """The version that a brain has read."""
        titles = {topic: brain.topics[node] for topic, node in brain.starts.items()}
        return cls(version, brain.outline, titles, brain.starts)

    def options(self, node: str) -> dict[str, str]:
        """Labels of a question's options, by id, in order."""
        ways = self.outline.ways.get(node, ())
        return {way.option: way.label for way in ways if way.option}

    def ways(self, node: str) -> tuple[Way, ...]:
        """The ways from a node; none where this version does not have it."""
        return self.outline.ways.get(node, ())

    def called(self, node: str) -> str:
        """The text of a question or the title of an answer; the id where there is neither."""
        names = (self.outline.questions, self.outline.titles)
        return next((named[node] for named in names if node in named), node)

    def topic(self, topic: str | None) -> str:
        """The title of a topic; its id where this version does not have it."""
        return self.topics.get(topic or "", topic or "")
