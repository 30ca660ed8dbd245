"""TreeStore: decision trees in a graph database over Bolt. The only importer of the neo4j driver.

A tree version is complete or absent: it is loaded in state `loading` and put into use by one
transaction at the end. Versions are immutable, so what was read of one may be kept.
"""

import copy
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from tools.errors import GraphUnavailable, QueryRefused, TreeError, UnknownTree
from tools.outline import Outline, outline_of
from tools.queries import query
from tools.read_only import check_only_reads
from tools.rows import areas_of, near_misses_of, read_tree_from, read_view, rows_of, tree_row
from tools.tree import PlacedEntry, Tree, Variable, said_of
from tools.view import Position, View

_BATCH = 1000
_KEPT_VIEWS = 4096


@dataclass(frozen=True)
class QueryTrace:
    """A query that was run."""

    name: str
    cypher: str
    parameters: Mapping[str, Any]
    rows: int
    ms: float


@dataclass(frozen=True)
class TreeVersion:
    """A version in the graph."""

    id: str
    version: str
    title: str
    language: str
    state: str
    """loading, active or retired."""
    loaded_at: datetime


class TreeStore:
    """Reads and loads trees.

    Raises GraphUnavailable when the server cannot be reached or fails, UnknownTree when a
    tree, version or node is not there.
    """

    def __init__(
        self, uri: str, user: str, password: str, *, database: str = "neo4j", timeout: float = 10.0
    ) -> None:
        """Connects lazily; `timeout` is the longest a query may take, in seconds."""
        self._driver = neo4j.GraphDatabase.driver(
            uri,
            auth=(user, password),
            connection_acquisition_timeout=timeout,
            connection_timeout=min(timeout, 5.0),
            max_transaction_retry_time=min(timeout, 5.0),
            notifications_min_severity="OFF",
        )
        self._database = database
        self._timeout = timeout
        self._observe: Callable[[QueryTrace], None] | None = None
        self._views: OrderedDict[tuple[str, Position], View] = OrderedDict()
        self._views_lock = threading.Lock()

    def observed_by(self, observe: Callable[[QueryTrace], None]) -> "TreeStore":
        """The same store, telling `observe` of each query that goes through it."""
        twin = copy.copy(self)
        twin._observe = observe
        return twin

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def prepare(self) -> None:
        """Create constraints and indexes that are not there yet."""
        for name in (
            "constrain_trees",
            "constrain_nodes",
            "constrain_topics",
            "constrain_sources",
            "constrain_variables",
            "index_trees",
            "index_nodes",
        ):
            self._write(name)

    # Reading

    def view(self, version: str, position: Position) -> View:
        """What can be seen and done at a position: one query, or none when it was read before."""
        key = (version, position)
        with self._views_lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        ids = [position.node, *([position.resume] if position.resume else [])]
        records = self._read("view", tree=version, ids=ids)
        if len(records) < len(ids):
            raise UnknownTree(f"no node {position.node!r} in tree version {version!r}")
        view = read_view(records, position)
        with self._views_lock:
            self._views[key] = view
            if len(self._views) > _KEPT_VIEWS:
                self._views.popitem(last=False)
        return view

    def forget_views(self) -> None:
        """Read every view afresh from now on."""
        with self._views_lock:
            self._views.clear()

    def entries(self, version: str) -> tuple[PlacedEntry, ...]:
        """The places where a conversation may begin, in the order of the tree's files."""
        records = self._read("entries", tree=version)
        if not records:
            raise UnknownTree(f"no tree version {version!r} in the graph")
        records.sort(key=lambda record: (record["rank"], record["position"]))
        first = records[0]["topic"]
        said = said_of(item for record in records for item in near_misses_of(record))
        guarded = {r["topic"]: tuple(r["only_when_said"]) for r in records if r["rank"] == 0}
        return tuple(
            PlacedEntry(
                node=record["node"],
                topic=record["topic"] or first,  # a shared node has none of its own
                title=record["title"],
                description=record["description"],
                examples=(
                    *(record["examples"] or ()),
                    *(said.get(record["topic"], ()) if record["rank"] == 0 else ()),
                ),
                only_when_said=guarded[record["topic"] or first],
            )
            for record in records
        )

    def contents(self, version: str) -> dict[str, tuple[str, ...]]:
        """The table of contents: the ids of each area's topics, by the area's title, in order.

        Empty where the tree has no areas.
        """
        own = self._read("tree", tree=version)
        if not own:
            raise UnknownTree(f"no tree version {version!r} in the graph")
        topics = [record["topic"] for record in self._read("topics", tree=version)]
        return {
            title: tuple(topic["id"] for topic in topics if topic.get("area") == area)
            for area, title in areas_of(own[0]["tree"]).items()
        }

    def outline(self, version: str) -> Outline:
        """Every way of the version and where it ends."""
        return outline_of(self._read("outline", tree=version))

    def variables(self, version: str) -> dict[str, Variable]:
        """The facts that the version's inputs ask for, by name."""
        found = [record["variable"] for record in self._read("variables", tree=version)]
        fields = Variable.model_fields
        return {
            row["id"]: Variable(**{key: row[key] for key in fields if key in row}) for row in found
        }

    def versions(self) -> list[TreeVersion]:
        """Every version of every tree."""
        return [
            TreeVersion(
                **{
                    key: record["tree"][key]
                    for key in ("id", "version", "title", "language", "state")
                },
                loaded_at=datetime.fromisoformat(record["tree"]["loaded_at"]),
            )
            for record in self._read("trees")
        ]

    def active(self, tree_id: str) -> TreeVersion:
        """The version of a tree that new conversations use."""
        versions = self.versions()
        for version in versions:
            if version.id == tree_id and version.state == "active":
                return version
        there = sorted({v.id for v in versions if v.state == "active"}) or ["none"]
        raise UnknownTree(f"no tree {tree_id!r} in the graph; there are: {', '.join(there)}")

    def read_tree(self, version: str) -> Tree:
        """The whole tree, as it was loaded."""
        own = self._read("tree", tree=version)
        if not own:
            raise UnknownTree(f"no tree version {version!r} in the graph")
        names = ("topics", "all_nodes", "all_steps", "all_sources", "variables")
        return read_tree_from(
            own[0]["tree"], {name: self._read(name, tree=version) for name in names}
        )

    def whole_graph(self) -> tuple[list[neo4j.Record], list[neo4j.Record]]:
        """All nodes and all relationships of the database, whoever filled it."""
        return self._read("whole_graph_nodes"), self._read("whole_graph_relationships")

    def read_foreign(
        self, cypher: str, most: int, **parameters: Any
    ) -> tuple[list[dict[str, Any]], bool]:
        """The first `most` rows of a query that nobody of us wrote, and whether there are more.

        It cannot change anything: it is looked at first, routed to READ, and undone in any case.
        Raises QueryRefused when it does not only read, or the server refuses it or ends it after
        the store's timeout (the embedded server only if it was started to do so).
        """
        check_only_reads(cypher)
        with (
            self._answering(),
            self._driver.session(
                database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=most + 1
            ) as session,
        ):
            transaction = session.begin_transaction(timeout=self._timeout)
            try:
                found = transaction.run(cypher, parameters).fetch(most + 1)
            except Neo4jError as error:
                raise QueryRefused(f"the server refused the query: {error.message}") from error
            finally:
                with suppress(Neo4jError):  # the embedded server fails to undo what it has ended
                    transaction.rollback()
        return [record.data() for record in found[:most]], len(found) > most

    # Loading

    def load(
        self, tree: Tree, on_progress: Callable[[int, int], None] = lambda _done, _all: None
    ) -> str:
        """Load a tree and put it into use; returns its version key.

        Loading a version that is in use changes nothing; what an interrupted load left is removed
        first. `on_progress` is told how many of how many rows are in.
        """
        version = tree.version
        state = {v.version: v.state for v in self.versions()}.get(version)
        if state == "loading":
            self.delete(version)
        if state in (None, "loading"):
            self._fill(tree, on_progress)
        if state != "active":
            self._activate(tree.id, version)
        return version

    def collect(self, in_use: set[str]) -> list[str]:
        """Remove retired versions that no conversation needs; returns what was removed."""
        gone = [
            v.version for v in self.versions() if v.state == "retired" and v.version not in in_use
        ]
        for version in gone:
            self.delete(version)
        return gone

    def delete(self, version: str) -> None:
        """Remove a version, a bounded batch at a time."""
        for name in ("delete_nodes", "delete_topics", "delete_sources", "delete_variables"):
            while self._write(name, tree=version, batch=_BATCH)[0]["deleted"]:
                pass
        self._write("delete_tree", tree=version)
        self.forget_views()

    def _fill(self, tree: Tree, on_progress: Callable[[int, int], None]) -> None:
        self._write("create_tree", properties=tree_row(tree, datetime.now(UTC)))
        batches = rows_of(tree)
        total = sum(len(rows) for _, rows in batches)
        done = 0
        for name, rows in batches:
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                self._write(name, tree=tree.version, rows=batch)
                done += len(batch)
                on_progress(done, total)

    def _activate(self, tree_id: str, version: str) -> None:
        def switch(transaction: neo4j.ManagedTransaction) -> None:
            transaction.run(query("retire_tree"), id=tree_id).consume()
            result = transaction.run(query("activate_tree"), tree=version)
            if result.single() is None:
                raise TreeError(f"tree version {version!r} disappeared while it was loaded")

        with self._answering(), self._driver.session(database=self._database) as session:
            session.execute_write(switch)

    # Talking to the server

    def _read(self, name: str, **parameters: Any) -> list[neo4j.Record]:
        return self._run(name, neo4j.RoutingControl.READ, parameters)

    def _write(self, name: str, **parameters: Any) -> list[neo4j.Record]:
        return self._run(name, neo4j.RoutingControl.WRITE, parameters)

    def _run(
        self, name: str, routing: neo4j.RoutingControl, parameters: dict[str, Any]
    ) -> list[neo4j.Record]:
        cypher = query(name)
        started = time.perf_counter()
        with self._answering():
            result = self._driver.execute_query(
                neo4j.Query(cypher, timeout=self._timeout),
                parameters_=parameters,
                database_=self._database,
                routing_=routing,
            )
        ms = (time.perf_counter() - started) * 1000
        if self._observe:
            self._observe(QueryTrace(name, cypher, parameters, len(result.records), ms))
        return result.records

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (DriverError, Neo4jError, OSError) as error:
            raise GraphUnavailable(f"the graph did not answer: {error}") from error
