"""The tree over MCP, read-only: search it, read it with its sources, see where each answer leads.

Nothing here writes and no conversation is kept: a client says each time where it stands and what
it knows. Every text comes as it stands in the tree, with its sources.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, Protocol

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from tools import errors
from tools.conditions import Value
from tools.errors import NodrizaError
from tools.locate import Locator
from tools.store import TreeStore
from tools.tree import Advice, Input, PlacedEntry, Question, Referral, Source
from tools.view import Position, View
from tools.walk import check_value, legal_moves

INSTRUCTIONS = """\
A decision tree about breastfeeding, in Spanish, made of questions and sourced answers. Search it \
with a mother's own words, go from question to question with list_moves, and quote answers word \
for word with their sources; add no advice of your own. If search_tree reports a danger, tell her \
that first. Most answers were not reviewed by a clinician yet (see `reviewed`): this is no medical \
device and does not replace a midwife or a doctor."""

_LONGEST_QUERY = 4000
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

NodeId = Annotated[str, Field(description="Id of a node, as search_tree and list_moves give it")]
Resume = Annotated[
    str | None, Field(description="The `resume` that list_moves gave together with the node")
]
Facts = Annotated[
    dict[str, float | bool | None] | None,
    Field(description="Known facts by name, in list_moves' units; null: she does not know"),
]


class Danger(BaseModel):
    """A sign of danger in some words."""

    level: Literal["emergency", "same_day", "ask"]
    """How soon she must be seen; "ask": `text` is a question that settles it."""
    title: str
    text: str
    sources: list[Source]


class Shelf(Protocol):
    """What the server reads from."""

    @property
    def store(self) -> TreeStore: ...
    def version(self) -> str:
        """The tree version in use."""
        ...

    def locator(self, version: str) -> Locator: ...
    def danger(self, text: str) -> Danger | None:
        """The gravest sign of danger in some words."""
        ...


class Place(BaseModel):
    """Where a conversation could begin."""

    node: str
    topic: str
    title: str
    probability: float


class Found(BaseModel):
    """Places that fit some words, best first."""

    tree: str
    danger: Danger | None
    places: list[Place]
    none_of_these: float
    """Probability that the tree says nothing about it."""


class TopicLine(BaseModel):
    """A topic in the table of contents."""

    topic: str
    title: str
    summary: str
    starts_at: str


class Topics(BaseModel):
    """The table of contents."""

    tree: str
    topics: list[TopicLine]


class SeeAlso(BaseModel):
    """An answer worth reading too."""

    node: str
    title: str


class NodeText(BaseModel):
    """A node as it stands in the tree."""

    tree: str
    node: str
    kind: str
    topic: str | None
    title: str | None
    text: str
    help: str | None
    normal: str | None
    seek_help: str | None
    urgency: str | None
    reviewed: bool
    """Whether a professional has signed these very words."""
    sources: list[Source]
    see_also: list[SeeAlso]


class MoveText(BaseModel):
    """An answer that can be given, and the node that it leads to."""

    option: str | None
    label: str
    node: str | None
    """None where a value decides, which is not among the facts yet."""
    resume: str | None
    """To be given back with the node."""


class Moves(BaseModel):
    """What can be answered at a node."""

    tree: str
    node: str
    asks: str
    variable: str | None
    """The fact that the node asks for: add it to `facts` and list the moves again."""
    unit: str | None
    lowest: float | None
    highest: float | None
    moves: list[MoveText]


def make_server(shelf: Shelf) -> MCPServer[Any]:
    """The server, over a tree that `shelf` hands out."""
    server: MCPServer[Any] = MCPServer(
        "nodriza", title="Nodriza", instructions=INSTRUCTIONS, log_level="WARNING"
    )

    def tool(function: Callable[..., BaseModel]) -> None:
        server.add_tool(function, annotations=_READS)

    def search_tree(
        query: Annotated[str, Field(description="What a mother says", max_length=_LONGEST_QUERY)],
        limit: Annotated[int, Field(ge=1, le=20)] = 8,
    ) -> Found:
        """Find the places of the tree that fit some words; says first if they tell of a danger."""
        with _told():
            version = shelf.version()
            location = shelf.locator(version).locate(query, limit)
            places = [
                Place(node=c.node, topic=c.topic, title=c.title, probability=c.probability)
                for c in location.candidates
            ]
            return Found(
                tree=version,
                danger=shelf.danger(query),
                places=places,
                none_of_these=location.none_of_these + location.unclear,
            )

    def list_topics() -> Topics:
        """The table of contents: every topic and the node where its questions start."""
        with _told():
            version = shelf.version()
            first: dict[str, PlacedEntry] = {}
            for entry in shelf.store.entries(version):
                first.setdefault(entry.topic, entry)
            lines = [
                TopicLine(
                    topic=topic,
                    title=entry.title,
                    summary=entry.description,
                    starts_at=entry.node,
                )
                for topic, entry in first.items()
            ]
            return Topics(tree=version, topics=lines)

    def read_node(node: NodeId) -> NodeText:
        """Read a question or an answer, word for word, with its sources."""
        with _told():
            version = shelf.version()
            return _node_text(version, shelf.store.view(version, Position(node)))

    def list_moves(node: NodeId, resume: Resume = None, facts: Facts = None) -> Moves:
        """List what can be answered at a node, and the node that each answer leads to."""
        with _told():
            version = shelf.version()
            view = shelf.store.view(version, Position(node, resume))
            return _moves(version, view, facts or {})

    for function in (search_tree, list_topics, read_node, list_moves):
        tool(function)
    return server


@contextmanager
def _told() -> Iterator[None]:
    """Errors of ours are told to the client, in their own words."""
    try:
        yield
    except (NodrizaError, errors.ToolError) as error:
        raise ToolError(str(error)) from error


def _node_text(version: str, view: View) -> NodeText:
    node = view.node
    leaf = node if isinstance(node, Advice | Referral) else None
    return NodeText(
        tree=version,
        node=node.id,
        kind=node.kind,
        topic=view.topic,
        title=leaf.title if leaf else None,
        text=node.text,
        help=None if isinstance(node, Advice | Referral) else node.help,
        normal=leaf.normal if leaf else None,
        seek_help=leaf.seek_help if leaf else None,
        urgency=leaf.urgency if leaf else None,
        reviewed=leaf.is_reviewed if leaf else False,
        sources=list(view.sources),
        see_also=[SeeAlso(node=name, title=title) for name, title in view.see_also],
    )


def _moves(version: str, view: View, facts: Mapping[str, Value | None]) -> Moves:
    node = view.node
    variable = view.variable
    name = legal_moves(view, (), ()).variable
    moves: list[MoveText] = []
    if isinstance(node, Question):
        moves = [_move(view, o.to, o.id, o.label, facts) for o in node.options]
    elif isinstance(node, Input) and node.variable in facts:
        onward = view.position.resume or node.to
        assert variable is not None
        value = facts[node.variable]
        check_value(node.variable, variable, value)
        if onward is None:
            raise ToolError(f"{node.id!r} goes on where it was called from: give its `resume`")
        moves = [_move(view, onward, None, f"{name} = {value}", facts)]
    return Moves(
        tree=version,
        node=node.id,
        asks=node.text,
        variable=name,
        unit=variable.unit if variable else None,
        lowest=variable.min if variable else None,
        highest=variable.max if variable else None,
        moves=moves,
    )


def _move(
    view: View, to: str, option: str | None, label: str, facts: Mapping[str, Value | None]
) -> MoveText:
    landed = view.land(to, facts).position
    return MoveText(option=option, label=label, node=landed.node, resume=landed.resume)
