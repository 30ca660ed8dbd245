"""The picture of a way: what is on it, and that nothing hides anything."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.texts import load_texts
from records.events import Event, Replied
from tests.trees import random_tree, write_small
from tests.unit.sample_trace import HOSTILE
from tests.unit.sample_walk import TURNS, moved, recorded, said
from tools.formats.yaml_folder import read_tree
from tools.tree import Input, Logic, Question, Tree
from ui.experts.conversations.traversal import Traversal, traversal
from ui.experts.conversations.tree_map import START, Map, Place, Road, tree_map
from ui.experts.conversations.tree_svg import drawn

TEXTS = load_texts("es")
WAY = traversal(recorded(*TURNS))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read_tree(write_small(tmp_path_factory.mktemp("map") / "small"))


def road(map_: Map, origin: str, target: str) -> Road:
    [found] = [it for it in map_.roads if (it.origin, it.target) == (origin, target)]
    return found


def test_the_way_is_lit_and_numbered_and_leads_to_its_steps(small: Tree) -> None:
    map_ = tree_map(WAY, small, TEXTS)
    numbered = {name: place.numbers for name, place in map_.places.items() if place.numbers}
    assert numbered == {
        "dolor-cuando": (1, 3, 4),
        "dolor-fiebre": (2,),
        "edad": (5,),
        "dolor-agarre": (6,),
        "dolor-dientes": (7,),
    }
    assert map_.places["dolor-cuando"].step == "t5-1"
    assert map_.places["dolor-dientes"].is_here
    assert [place.id for place in map_.places.values() if place.is_here] == ["dolor-dientes"]
    assert next(iter(map_.places)) == START


def test_logic_nodes_on_the_way_are_lit_with_the_condition_that_held(small: Tree) -> None:
    map_ = tree_map(WAY, small, TEXTS)
    assert road(map_, "dolor-cuando", "dolor-logica").state == "walked"
    assert road(map_, "dolor-logica", "dolor-logica-dos").state == "walked"
    assert road(map_, "dolor-logica-dos", "dolor-agarre").state == "walked"
    assert road(map_, "dolor-logica-dos", "dolor-dientes").state == "aside"
    asked = road(map_, "dolor-logica", "edad")
    assert (asked.state, asked.label) == ("walked", "falta un dato")


def test_roads_not_taken_have_the_probability_that_they_had(small: Tree) -> None:
    map_ = tree_map(WAY, small, TEXTS)
    # The question was put twice: as it was thought the second time.
    assert road(map_, "dolor-cuando", "dolor-logica").share == 0.9
    assert road(map_, "dolor-cuando", "dolor-agarre").share == 0.07
    assert road(map_, "dolor-cuando", "dolor-agarre").state == "aside"
    assert road(map_, "dolor-dientes", "dolor-agarre").share == 0.6
    assert road(map_, START, "dolor-cuando").share == 0.72
    assert road(map_, START, "dolor-dientes").share == 0.2
    other = road(
        tree_map(traversal(recorded(TURNS[0])), small, TEXTS), START, f"{START}dolor-dientes"
    )
    assert (other.share, other.state) == (0.2, "aside")


def test_what_was_taken_back_is_undone_unless_it_was_done_again(small: Tree) -> None:
    back: list[Event] = [said("Volver"), moved("back", "dolor-fiebre", "dolor-cuando")]
    map_ = tree_map(traversal(recorded(*TURNS[:2], back)), small, TEXTS)
    assert map_.places["dolor-fiebre"].state == "undone"
    assert road(map_, "dolor-cuando", "dolor-fiebre").state == "undone"
    again = tree_map(traversal(recorded(*TURNS[:2], back, TURNS[1])), small, TEXTS)
    assert again.places["dolor-fiebre"].state == "walked"
    assert again.places["dolor-fiebre"].numbers == (2, 3)


def test_what_an_answer_refers_to_is_small_beside_it(small: Tree) -> None:
    first: list[Event] = [said("x"), moved("jump", None, "dolor-primeros-dias", "x")]
    map_ = tree_map(traversal(recorded(first)), small, TEXTS)
    near = [place.text for place in map_.places.values() if place.kind == "elsewhere"]
    assert near == ["Mejora el agarre", "Que te vean hoy"]
    went_on: list[Event] = [moved("jump", "dolor-primeros-dias", "dolor-agarre", "dolor-agarre")]
    map_ = tree_map(traversal(recorded(first, went_on)), small, TEXTS)
    assert road(map_, "dolor-primeros-dias", "dolor-agarre").state == "walked"
    near = [place.text for place in map_.places.values() if place.kind == "elsewhere"]
    assert near == ["Que te vean hoy"]


def test_the_whole_topic_has_all_its_nodes(small: Tree) -> None:
    way = traversal(recorded(*TURNS[:2]))
    whole, part = (tree_map(way, small, TEXTS, whole=it).places for it in (True, False))
    own = {node.id for node in small.nodes if small.topic_of.get(node.id) == "dolor"}
    assert own <= set(whole)
    assert not own <= set(part)


def test_without_the_tree_the_record_alone_is_drawn() -> None:
    map_ = tree_map(WAY, None, TEXTS)
    assert map_.places["dolor-cuando"].text == "¿Cuándo te duele?"
    unknown = [(it.label, it.share) for it in map_.roads if map_.places[it.target].text == "?"]
    assert ("No me duele", 0.07) in unknown
    assert road(map_, "dolor-logica-dos", "dolor-agarre").state == "walked"
    assert drawn(map_, TEXTS)


def test_a_node_that_the_version_lacks_is_drawn_from_the_record(small: Tree) -> None:
    gone: list[Event] = [
        said("x"),
        moved("jump", None, "antiguo", "antiguo"),
        Replied(kind="question", node="antiguo", text="¿Cómo era?"),
    ]
    place = tree_map(traversal(recorded(gone)), small, TEXTS).places["antiguo"]
    assert (place.kind, place.text, place.state) == ("gone", "¿Cómo era?", "walked")


def test_a_record_without_its_beginning_is_drawn(small: Tree) -> None:
    middle: list[Event] = [said("x"), moved("choose", "dolor-cuando", "dolor-fiebre", "siempre")]
    for tree in (small, None):
        map_ = tree_map(traversal(recorded(middle)), tree, TEXTS)
        assert road(map_, "dolor-cuando", "dolor-fiebre").state == "walked"
        assert drawn(map_, TEXTS)


def test_a_danger_is_the_end_of_the_way(small: Tree) -> None:
    alarm = Replied(kind="danger", title="Fiebre", text="Ve.", urgency="emergency")
    map_ = tree_map(traversal(recorded(*TURNS[:1], [said("39"), alarm])), small, TEXTS)
    [end] = [place for place in map_.places.values() if place.is_here]
    assert (end.kind, end.text, end.urgency) == ("danger", "Fiebre", "emergency")
    assert road(map_, "dolor-cuando", end.id).state == "walked"


# Drawn


def test_the_picture_says_shares_numbers_and_names_as_links(small: Tree) -> None:
    svg = ElementTree.fromstring(drawn(tree_map(WAY, small, TEXTS), TEXTS))
    text = " ".join("".join(svg.itertext()).split())
    assert "90 %" in text
    links = {link.get("href"): link.get("aria-label") for link in svg.iter(f"{SVG}a")}
    assert links["#t5-1"] == "Paso 1·3·4. pregunta: ¿Cuándo te duele?"
    assert links["#t8-2"] == "Paso 7. aquí está · pregunta: ¿Le salen los dientes?"


def test_hostile_text_is_text() -> None:
    hostile = traversal(
        recorded(
            [
                said("x"),
                moved("jump", None, "n", "n"),
                Replied(kind="question", node="n", text=f"{HOSTILE}\0\x1b"),
            ]
        )
    )
    svg = ElementTree.fromstring(drawn(tree_map(hostile, None, TEXTS), TEXTS))
    assert {element.tag.removeprefix(SVG) for element in svg.iter()}.isdisjoint({"script", "img"})


def random_way(tree: Tree, turns: list[int]) -> Traversal:
    """A walk that takes the option with that number at each node, and goes back now and then."""
    events: list[Event] = [said("x"), moved("jump", None, tree.topics[0].starts_at, "start")]
    here = tree.by_id[tree.topics[0].starts_at]
    for number in turns:
        before, via = here, []
        move = ""
        if isinstance(here, Question):
            option = here.options[number % len(here.options)]
            move, here = option.id, tree.by_id[option.to]
        elif isinstance(here, Input) and here.to:
            move, here = here.variable, tree.by_id[here.to]
        else:
            break
        while isinstance(here, Logic):
            via.append(f"{here.id}: else")
            here = tree.by_id[here.otherwise]
        kind = "choose" if isinstance(before, Question) else "set"
        events.append(moved(kind, before.id, here.id, move, *via))
    return traversal(recorded(events))


Rectangle = tuple[float, float, float, float]


def rectangles(svg: ElementTree.Element) -> dict[str, list[Rectangle]]:
    """The boxes of places by their node, and of labels, in the picture."""
    found: dict[str, list[Rectangle]] = {}
    for group in svg.iter(f"{SVG}g"):
        kind = (group.get("class") or "").split()
        if "place" in kind or "label" in kind:
            box = group.find(f"{SVG}rect")
            assert box is not None
            x, y, width, height = (float(box.get(it) or 0) for it in ("x", "y", "width", "height"))
            name = group.get("data-node") or "label"
            found.setdefault(name, []).append((x, y, x + width, y + height))
    return found


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 400),
    turns=st.lists(st.integers(0, 5), max_size=8),
    whole=st.booleans(),
)
def test_nothing_overlaps_and_what_comes_later_is_below(
    seed: int, turns: list[int], whole: bool
) -> None:
    tree = random_tree(seed, nodes=25)
    way = random_way(tree, turns)
    map_ = tree_map(way, tree, TEXTS, whole=whole)
    picture = drawn(map_, TEXTS)
    assert picture == drawn(tree_map(way, tree, TEXTS, whole=whole), TEXTS)
    svg = ElementTree.fromstring(picture)
    boxes = rectangles(svg)
    assert sum(len(it) for name, it in boxes.items() if name != "label") == len(map_.places)
    for one, other in combinations([it for group in boxes.values() for it in group], 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    for it in map_.roads:
        if not leads(map_, it.target, it.origin):
            above, below = (
                place_of(map_.places[it.origin], boxes),
                place_of(map_.places[it.target], boxes),
            )
            if above and below:
                assert above[3] < below[1]
    left, top, width, height = map(float, re.split(" ", svg.get("viewBox") or ""))
    for x, y, right, bottom in (it for group in boxes.values() for it in group):
        assert left < x
        assert top < y
        assert right < left + width
        assert bottom < top + height


def place_of(place: Place, boxes: dict[str, list[Rectangle]]) -> Rectangle | None:
    """Its box, where it is the only one of its node."""
    found = boxes[place.node]
    return found[0] if len(found) == 1 else None


def leads(map_: Map, origin: str, target: str) -> bool:
    """Whether a way leads from one place to another."""
    seen, todo = set[str](), [origin]
    while todo:
        name = todo.pop()
        if name == target:
            return True
        if name not in seen:
            seen.add(name)
            todo += [it.target for it in map_.roads if it.origin == name]
    return False
