"""A tree version as the figures need it: what its nodes are called and where they lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

from agent.gain import Prospects
from tools.errors import UnknownTree
from tools.outline import Outline, Way
from tools.store import TreeStore


@dataclass(frozen=True)
class Plan:
    """One tree version."""

    version: str
    outline: Outline = field(default_factory=Outline)
    topics: Mapping[str, str] = field(default_factory=dict)
    """Titles by topic."""
    starts: Mapping[str, str] = field(default_factory=dict)
    """The node at which a topic starts."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the value is called that a node asks for."""

    @cached_property
    def ahead(self) -> Prospects:
        """The answers below each node, every option being as likely as its neighbours."""
        entries = dict.fromkeys(self.starts.values(), 1.0)
        ahead = Prospects(self.outline, entries, lambda _question: None)
        for node in self._from_below():
            ahead.below(node)  # it remembers those that it was asked for
        return ahead

    def _from_below(self) -> Iterator[str]:
        """Every node that leads on, behind those that it leads to."""
        seen: set[str] = set()
        for start in self.outline.ways:
            walk = [(start, False)]
            while walk:
                node, left = walk.pop()
                if left:
                    yield node
                elif node not in seen and self.ways(node):
                    seen.add(node)
                    walk += [(node, True), *((way.target, False) for way in self.ways(node))]

    def options(self, node: str) -> dict[str, str]:
        """Labels of a question's options, by id, in order."""
        ways = self.outline.ways.get(node, ())
        return {way.option: way.label for way in ways if way.option}

    def buttons(self) -> frozenset[str]:
        """What can be pressed: labels of options, titles of topics."""
        labels = (way.label for ways in self.outline.ways.values() for way in ways)
        return frozenset((*labels, *self.topics.values()))

    def place(self, node: str, option: str | None) -> str:
        """What an option of a question is called, or the entry of a topic; else the id."""
        named = self.options(node).get(option or "")
        return named or self.called(option or "")

    def ways(self, node: str) -> tuple[Way, ...]:
        """The ways from a node; none where this version does not have it."""
        return self.outline.ways.get(node, ())

    def called(self, node: str) -> str:
        """The text of a question, the name of a value or the title of an answer; else the id."""
        names = (self.outline.questions, self.values, self.outline.titles)
        return next((named[node] for named in names if node in named), node)

    def topic(self, topic: str | None) -> str:
        """The title of a topic; its id where this version does not have it."""
        return self.topics.get(topic or "", topic or "")


class Plans:
    """The plans of a tree, each version read once: no version ever changes."""

    def __init__(self, store: TreeStore, tree: str) -> None:
        self._store = store
        self._tree = tree
        self._read = lru_cache(maxsize=8)(partial(_read, store))

    def __call__(self, version: str | None) -> Plan:
        """The plan of a version, or of that in use where it is None or not in the graph.

        Raises UnknownTree where none is in use; GraphUnavailable.
        """
        active = self._store.active(self._tree).version
        try:
            return self._read(version or active)
        except UnknownTree:
            return self._read(active)


def _read(store: TreeStore, version: str) -> Plan:
    # A topic's start comes before its other entries, and has its title.
    starts = {entry.topic: entry for entry in reversed(store.entries(version))}
    variables, outline = store.variables(version), store.outline(version)
    return Plan(
        version=version,
        outline=outline,
        topics={topic: entry.title for topic, entry in starts.items()},
        starts={topic: entry.node for topic, entry in starts.items()},
        values={node: variables[name].label for name, node in outline.inputs.items()},
    )
