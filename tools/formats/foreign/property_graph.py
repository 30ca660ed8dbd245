"""A labelled property graph in memory: what a Neo4j database holds, whatever its schema."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class GraphNode:
    """A node."""

    id: str
    """The database's own id."""
    labels: frozenset[str]
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class GraphRelationship:
    """A relationship."""

    type: str
    start: str
    end: str
    properties: Mapping[str, Any]


class PropertyGraph:
    """Nodes by id, and relationships by the node that they leave or enter."""

    def __init__(
        self, nodes: Iterable[GraphNode], relationships: Iterable[GraphRelationship]
    ) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.relationships = tuple(relationships)

    @classmethod
    def of_rows(
        cls, nodes: Iterable[Mapping[str, Any]], relationships: Iterable[Mapping[str, Any]]
    ) -> "PropertyGraph":
        """A graph from the rows of `TreeStore.whole_graph`."""
        return cls(
            [GraphNode(row["id"], frozenset(row["labels"]), row["properties"]) for row in nodes],
            [
                GraphRelationship(row["type"], row["start"], row["end"], row["properties"])
                for row in relationships
            ],
        )

    def labelled(self, label: str) -> list[GraphNode]:
        """The nodes with a label, in the order of the database."""
        return [node for node in self.nodes.values() if label in node.labels]

    def steps(self, node: str, types: Iterable[str]) -> list[tuple[GraphRelationship, str]]:
        """Relationships of these types at `node`, each with the node at its other end.

        A type with `<` before it is followed against its direction.
        """
        return [
            (step, step.start if type_.startswith("<") else step.end)
            for type_ in types
            for step in (
                self._entering[node, type_[1:]]
                if type_.startswith("<")
                else self._leaving[node, type_]
            )
        ]

    @cached_property
    def _leaving(self) -> Mapping[tuple[str, str], list[GraphRelationship]]:
        found: defaultdict[tuple[str, str], list[GraphRelationship]] = defaultdict(list)
        for step in self.relationships:
            found[step.start, step.type].append(step)
        return found

    @cached_property
    def _entering(self) -> Mapping[tuple[str, str], list[GraphRelationship]]:
        found: defaultdict[tuple[str, str], list[GraphRelationship]] = defaultdict(list)
        for step in self.relationships:
            found[step.end, step.type].append(step)
        return found
