"""What the picture of a conversation's way shows: places, and roads between them. Pure.

The nodes that she was at with all their ways out, or the whole topics. Where the tree's version is
not there any more, what the record alone says.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.texts import Texts
from records.events import Choice
from tools.formats.diagram import Arrow, Box, part_diagram
from tools.tree import Advice, Referral, Tree
from ui.experts.conversations.traversal import Step, Traversal
from ui.experts.ways import step_id

State = Literal["walked", "undone", "aside"]
"""Part of the way to where she is; of a way that was taken back; beside it."""
START = "·"
"""The place outside of the tree; no id of a node is like it."""
_UNKNOWN = "?"
"""Where a road not taken leads, when there is no tree to say it."""
_MOST_ENTRIES = 4
"""Of the entries that were not taken, those that are drawn."""


@dataclass(frozen=True)
class Place:
    """A box of the picture."""

    id: str
    node: str
    """The node's id; START outside of the tree. Several small places may stand for one node."""
    kind: str
    """Of the node; or start, danger, entry (one not taken), elsewhere (see also), gone."""
    text: str
    told: str = ""
    """All of it, for who points at it."""
    urgency: str = "none"
    state: State = "aside"
    numbers: tuple[int, ...] = ()
    """Of the steps that led there."""
    step: str | None = None
    """The id of the last one, in the page."""
    is_here: bool = False


@dataclass(frozen=True)
class Road:
    """An arrow of the picture."""

    origin: str
    target: str
    label: str
    state: State = "aside"
    share: float | None = None
    """How likely it was thought to be; None where nothing was estimated."""
    move: str = ""
    """Id of the option, entry or variable, or a logic node's condition."""


@dataclass(frozen=True)
class Map:
    """What is drawn: the first place is where reading begins."""

    places: Mapping[str, Place]
    roads: Sequence[Road]

    def label(self, origin: str, move: str) -> str:
        """What a move is called on its road; the move itself where it has none."""
        found = (it.label for it in self.roads if (it.origin, it.move) == (origin, move))
        return next(filter(None, found), move)


def tree_map(way: Traversal, tree: Tree | None, texts: Texts, *, whole: bool = False) -> Map:
    """The map of a way; with `whole` of all of the topics that it touched."""
    drawn = _Drawn()
    drawn.place(Place(START, START, "start", texts("experts.map.start"), state="walked"))
    if tree:
        _draw_tree(drawn, way, tree, whole)
    else:
        _draw_record(drawn, way)
    for step in way.steps:
        _draw_step(drawn, step, _related(tree, step.origin), texts)
    _draw_entries(drawn, way)
    if tree:
        _draw_see_also(drawn, way, tree, texts)
    _draw_end(drawn, way, texts)
    return Map(drawn.places, list(drawn.roads.values()))


@dataclass
class _Drawn:
    """Places and roads so far; a road is told by its ends and the move."""

    places: dict[str, Place] = field(default_factory=dict)
    roads: dict[tuple[str, str, str], Road] = field(default_factory=dict)

    def place(self, place: Place) -> None:
        self.places.setdefault(place.id, place)

    def road(self, road: Road) -> None:
        self.roads.setdefault((road.origin, road.target, road.move), road)

    def out_of(self, origin: str, move: str) -> tuple[str, str, str] | None:
        """The road that a move takes."""
        return next((key for key in self.roads if (key[0], key[2]) == (origin, move)), None)

    def walk(self, key: tuple[str, str, str], state: State) -> None:
        """A road was taken. What was taken back and then done again is part of the way."""
        if self.roads[key].state != "walked":
            self.roads[key] = replace(self.roads[key], state=state)

    def reach(self, name: str, state: State) -> None:
        if name in self.places and self.places[name].state != "walked":
            self.places[name] = replace(self.places[name], state=state)


def _draw_tree(drawn: _Drawn, way: Traversal, tree: Tree, whole: bool) -> None:
    visited = list(_visited(way))
    if whole:
        topics = {tree.topic_of.get(node) for node in visited} - {None}
        visited += [node.id for node in tree.nodes if tree.topic_of.get(node.id) in topics]
    shares = {(node, choice.id): choice.probability for node, choice in _weighed(way)}
    diagram = part_diagram(tree, visited)
    for box in diagram.boxes:
        drawn.place(_place_of(box))
    for arrow in diagram.arrows:
        drawn.road(_road_of(arrow, shares))
    for node in visited:
        if node not in drawn.places:
            drawn.place(Place(node, node, "gone", way.said.get(node, node)))


def _draw_record(drawn: _Drawn, way: Traversal) -> None:
    """Without the tree: the nodes she was at, and the moves that were weighed there."""
    for node in _visited(way):
        text = way.said.get(node, node)
        drawn.place(Place(node, node, "gone", text, told=text))
    taken = {(step.origin, step.move) for step in way.steps}
    for node, choice in _weighed(way):
        if (node, choice.id) not in taken:
            name = f"{node}{START}{choice.id}"
            drawn.place(Place(name, "", "gone", _UNKNOWN))
            drawn.road(Road(node, name, choice.label, share=choice.probability, move=choice.id))


def _visited(way: Traversal) -> Iterator[str]:
    """Nodes in the order in which she came there, some twice."""
    for step in way.steps:
        if step.origin:
            yield step.origin
        yield from (node for node, _ in step.via)
        yield step.target


def _weighed(way: Traversal) -> Iterator[tuple[str, Choice]]:
    """The options of each question that was looked at, as they were thought of last."""
    last = {step.origin: step.considered for step in way.steps if step.kind == "choose"}
    if way.ahead:
        last[way.here] = way.ahead
    for node, choices in last.items():
        if node:
            yield from ((node, choice) for choice in choices)


def _place_of(box: Box) -> Place:
    told = "\n\n".join(filter(None, (box.text, box.detail, box.id)))
    return Place(box.id, box.id, box.kind, box.text, told, box.urgency)


def _road_of(arrow: Arrow, shares: Mapping[tuple[str, str], float | None]) -> Road:
    share = shares.get((arrow.origin, arrow.move))
    return Road(arrow.origin, arrow.target, arrow.label, share=share, move=arrow.move)


def _related(tree: Tree | None, name: str | None) -> tuple[str, ...]:
    """What an answer refers to."""
    node = tree.by_id.get(name) if tree and name else None
    return node.see_also if isinstance(node, Advice | Referral) else ()


def _draw_step(drawn: _Drawn, step: Step, related: Collection[str], texts: Texts) -> None:
    """A step's roads and places are part of the way; those that the tree lacks are added.

    A jump comes from outside of the tree, unless it is to what the answer referred to.
    """
    state: State = "undone" if step.undone else "walked"
    origin = step.origin or START
    if step.kind == "jump" and step.target not in related:
        origin = START
    moves = [(origin, step.move), *step.via]
    if step.kind == "set" and step.via:
        moves = moves[1:]  # the way goes on at the logic node that had asked for the value
    ends = [*(node for node, _ in moves[1:]), step.target]
    for (node, move), end in zip(moves, ends, strict=True):
        known = drawn.out_of(node, move) if node != START else None
        if known is None:
            known = (node, end, move)
            is_first = (node, move) == (origin, step.move)
            label = step.label if is_first else _condition(move, texts)
            share = step.probability if is_first else None
            drawn.road(Road(node, end, label, share=share, move=move))
        drawn.walk(known, state)
        reached = known[1]
        drawn.reach(reached, state)
        if reached != end:  # a logic node that misses a value: it is asked for elsewhere
            asked = (reached, end, "")
            drawn.road(Road(*asked[:2], texts("experts.map.asked")))
            drawn.walk(asked, state)
    drawn.reach(step.target, state)
    place = drawn.places[step.target]
    drawn.places[step.target] = replace(
        place, numbers=(*place.numbers, step.number), step=step_id(step.turn, step.seq)
    )


def _condition(move: str, texts: Texts) -> str:
    return texts("experts.map.otherwise") if move == "else" else move


def _draw_entries(drawn: _Drawn, way: Traversal) -> None:
    """Entries that were thought of and not taken."""
    jumps = [step for step in way.steps if step.kind == "jump"]
    entered = {step.target for step in jumps}
    for choices in [*(step.others for step in jumps), () if way.here else way.ahead]:
        for choice in [one for one in choices if one.id not in entered][:_MOST_ENTRIES]:
            name = f"{START}{choice.id}"
            drawn.place(Place(name, choice.id, "entry", choice.label))
            drawn.road(Road(START, name, "", share=choice.probability, move=choice.id))


def _draw_see_also(drawn: _Drawn, way: Traversal, tree: Tree, texts: Texts) -> None:
    """What the answers refer to, but for what she went on with."""
    taken = {(step.origin, step.target) for step in way.steps if step.kind == "jump"}
    for name in _visited(way):
        for other in _related(tree, name):
            if (name, other) not in taken:
                place = f"{name}{START}{other}"
                drawn.place(Place(place, other, "elsewhere", _title(tree, other)))
                drawn.road(Road(name, place, texts("experts.map.see_also")))


def _title(tree: Tree, name: str) -> str:
    node = tree.by_id[name]
    if isinstance(node, Advice | Referral):
        return node.title
    return node.entry.title if node.entry else name


def _draw_end(drawn: _Drawn, way: Traversal, texts: Texts) -> None:
    end = way.here or START
    if way.danger:
        origin, end = end, f"{START}danger"
        title = way.danger.title or texts("experts.reply.danger")
        drawn.place(
            Place(end, "", "danger", title, way.danger.text, way.danger.urgency, state="walked")
        )
        drawn.road(Road(origin, end, ""))
        drawn.walk((origin, end, ""), "walked")
    if end in drawn.places:
        drawn.places[end] = replace(drawn.places[end], is_here=True)
