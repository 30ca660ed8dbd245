"""Mermaid, SVG and HTML: everything of the tree is in the picture, readable and offline."""

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.trees import random_tree, write_small
from tests.unit.test_formats_roundtrip import NASTY, SHIPPED, dressed
from tools.errors import TreeError
from tools.formats.diagram import topic_diagram, tree_diagrams
from tools.formats.html_picture import html_page, write_html
from tools.formats.layout import Link, Rectangle, lay_out
from tools.formats.mermaid import mermaid, write_mermaid
from tools.formats.panel import Panel
from tools.formats.svg_picture import picture, write_svg
from tools.formats.wrapping import text_width, wrapped
from tools.formats.yaml_folder import read_tree
from tools.tree import Logic, Question, Tree, targets

GOLDEN = """\
  subgraph t0["Dolor"]
    n4["¿Cuándo te duele?"]:::question
    n5{{"Según lo que ya sabemos"}}:::logic
    n6{{"Según lo que ya sabemos"}}:::logic
    n7[/"¿Qué temperatura tienes?"/]:::input
    n8{{"Según lo que ya sabemos"}}:::logic
    n9(["Dolor de los primeros días"]):::advice
    n10(["Mejora el agarre"]):::advice
    n11["¿Le salen los dientes?"]:::question
  end
  n3[["Que te vean hoy"]]:::same_day
  n4 -->|"Al agarrar"| n5
  n4 -->|"Siempre"| n7
  n4 -->|"No me duele"| n10
  n5 -->|"1#46;º edad del bebé (días) #60; 14 y prematuro"| n3
  n5 -->|"2#46;º edad del bebé (días) #60; 14"| n9
  n5 -->|"en otro caso"| n6
  n6 -->|"edad del bebé (días) ≥ 180"| n11
  n6 -->|"en otro caso"| n10
  n7 --> n8
  n8 -->|"temperatura (°C) ≥ 38"| n3
  n8 -->|"en otro caso"| n4
  n11 -->|"Sí"| n10
  n11 -->|"Todavía no"| n4
"""


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    return read_tree(write_small(tmp_path / "pequeño"))


def ways(tree: Tree) -> int:
    return sum(len(targets(node)) for node in tree.nodes)


# Mermaid


def test_the_small_tree_in_mermaid(small: Tree, tmp_path: Path) -> None:
    write_mermaid(small, tmp_path / "a.mmd", "dolor")
    text = (tmp_path / "a.mmd").read_text("utf-8")
    assert text.startswith("flowchart TD\n  classDef question ")
    assert text.endswith(GOLDEN)


@pytest.mark.parametrize(
    "tree", [dressed(1, NASTY), random_tree(2, nodes=80)], ids=["raro", "azar"]
)
def test_every_node_and_way_is_in_the_flowchart(tree: Tree) -> None:
    text = mermaid(tree)
    label = r'"(?:[\w\s.,:¿?¡!()/%+°≤≥≠-]|#\d+;)*"'
    nodes = re.findall(rf"^    (n\d+)[\[({{/]+{label}[\])}}/]+:::\w+$", text, re.MULTILINE)
    arrows = re.findall(rf"^  (n\d+) -->(?:\|{label}\|)? (n\d+)$", text, re.MULTILINE)
    topics = re.findall(rf"^  subgraph t\d+\[{label}\]$", text, re.MULTILINE)
    numbers = {node.id: f"n{place}" for place, node in enumerate(tree.nodes)}
    assert sorted(nodes) == sorted(numbers.values())
    assert sorted(arrows) == sorted(
        (numbers[node.id], numbers[target]) for node in tree.nodes for target in targets(node)
    )
    assert len(topics) == len(tree.topics) + 1
    styles = text.count("  classDef ")
    other = len(text.splitlines()) - len(nodes) - len(arrows) - 2 * len(topics) - styles
    assert other == 1, "nothing else than the first line"


def test_urgent_answers_are_coloured(small: Tree) -> None:
    assert 'n3[["Que te vean hoy"]]:::same_day' in mermaid(small)


# Diagrams


def test_a_topic_shows_where_it_leads(small: Tree) -> None:
    diagram = topic_diagram(small, "dolor")
    assert diagram.boxes[0].id == "dolor-cuando"
    assert diagram.boxes[0].is_start
    elsewhere = {box.id: box.elsewhere for box in diagram.boxes if box.elsewhere}
    assert elsewhere == {"consulta": "Compartido entre temas"}
    with pytest.raises(TreeError, match="no topic 'nada'; there are: dolor"):
        topic_diagram(small, "nada")


def test_the_whole_tree_is_its_topics_and_what_they_share() -> None:
    tree = random_tree(3, nodes=60)
    diagrams = tree_diagrams(tree)
    own = [box.id for diagram in diagrams for box in diagram.boxes if not box.elsewhere]
    assert sorted(own) == sorted(node.id for node in tree.nodes)
    assert sum(len(diagram.arrows) for diagram in diagrams) == ways(tree)


# Layout


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("seed", range(12))
def test_nothing_lies_on_anything_else(seed: int) -> None:
    for diagram in tree_diagrams(random_tree(seed, nodes=60)):
        layout = lay_out(
            {box.id: (100.0, 30.0 + 7 * (place % 5)) for place, box in enumerate(diagram.boxes)},
            [Link(a.origin, a.target, (60.0, 20.0) if a.label else None) for a in diagram.arrows],
        )
        placed = [*layout.boxes.values(), *(r.label for r in layout.routes if r.label)]
        assert not [pair for pair in combinations(placed, 2) if overlap(*pair)]
        for place in placed:
            assert place.x >= 0
            assert place.y >= -1e-6
            assert place.x + place.width <= layout.width + 1e-6
            assert place.y + place.height <= layout.height + 1e-6
        assert len(layout.routes) == len(diagram.arrows)
        for arrow, route in zip(diagram.arrows, layout.routes, strict=True):
            origin, target = layout.boxes[arrow.origin], layout.boxes[arrow.target]
            if arrow.origin == arrow.target:
                assert route.goes_back
                continue
            assert route.goes_back == (target.x < origin.x)
            assert origin.y <= route.points[0][1] <= origin.y + origin.height
            assert route.points[-1][1] == pytest.approx(target.y + target.height / 2)
            assert len(route.points) % 2 == 0


def test_each_box_stands_after_what_leads_to_it() -> None:
    layout = lay_out(
        dict.fromkeys("abcd", (10.0, 10.0)),
        [Link("a", "b"), Link("b", "c"), Link("a", "c"), Link("c", "a"), Link("c", "d")],
    )
    xs = [layout.boxes[name].x for name in "abcd"]
    assert xs == sorted(set(xs))
    assert [route.goes_back for route in layout.routes] == [False, False, False, True, False]


def test_crossings_are_avoided() -> None:
    """What leads to the same box stands together, whatever the order in which it was given."""
    layout = lay_out(
        dict.fromkeys("rabcxy", (10.0, 10.0)),
        [Link("r", end) for end in "abc"] + [Link("a", "x"), Link("b", "y"), Link("c", "x")],
    )
    heights = {name: box.y for name, box in layout.boxes.items()}
    assert (heights["b"] < heights["a"]) == (heights["b"] < heights["c"])
    assert (heights["b"] < heights["a"]) == (heights["y"] < heights["x"])


# Text


def test_texts_are_wrapped() -> None:
    text = "¿Qué describe mejor cómo estás ahora? " * 3 + "x" * 100
    lines = wrapped(text, 200, 13)
    assert all(text_width(line, 13) <= 200 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped("", 200, 13) == []
    assert wrapped("menos de < 3 días", 50, 13) == ["menos", "de < 3", "días"]


# SVG


def words_of(element: ElementTree.Element) -> str:
    return "".join(" ".join(element.itertext()).split())


@pytest.mark.parametrize(
    "tree", [dressed(1, NASTY), random_tree(2, nodes=80)], ids=["raro", "azar"]
)
def test_every_node_and_way_is_in_the_picture(tree: Tree) -> None:
    root = ElementTree.fromstring(picture(tree))
    boxes = [e for e in root.iter() if e.get("data-node") and e.get("data-elsewhere") is None]
    assert sorted(str(box.get("data-node")) for box in boxes) == sorted(n.id for n in tree.nodes)
    drawn = [e for e in root.iter() if e.get("class") in ("way", "way back")]
    assert len(drawn) == ways(tree) + 1, "and one in the legend"
    identities = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(identities) == len(set(identities))
    said = words_of(root)
    for topic in tree.topics:
        assert printable(topic.title) in said
    for node in tree.nodes:
        if isinstance(node, Question):
            assert printable(node.text) in said
            assert all(printable(option.label) in said for option in node.options)
        elif not isinstance(node, Logic) and hasattr(node, "title"):
            assert printable(node.title) in said


def printable(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ufffe\uffff\s]", "", text)


def test_a_picture_stands_on_its_own(tmp_path: Path) -> None:
    tree = read_tree(SHIPPED)
    write_svg(tree, tmp_path / "a.svg")
    write_html(tree, tmp_path / "a.html")
    for path in tmp_path.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(src|href|url)\s*[=(]\s*[\"']?(?!#)|@import|fetch\(|https?:", re.sub(
            r"<title>.*?</title>", "", text, flags=re.DOTALL
        )), path  # fmt: skip


def test_the_page_cannot_be_broken_by_what_a_tree_says() -> None:
    page = html_page(
        dressed(4, ["</title><script>alert(1)</script>", '"><img src=x>', "$svg ${x}"])
    )
    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("<script>") == 1


def test_a_whole_tree_is_not_too_wide_nor_too_high() -> None:
    root = ElementTree.fromstring(picture(read_tree(SHIPPED)))
    width, height = (float(str(root.get(key))) for key in ("width", "height"))
    assert 0.7 < width / height < 2.5


def test_urgency_is_said_in_words_too(small: Tree) -> None:
    root = ElementTree.fromstring(picture(small))
    (box,) = [
        e for e in root.iter()
        if e.get("data-node") == "consulta" and e.get("data-elsewhere") is None
    ]  # fmt: skip
    assert "same_day" in str(box.get("class"))
    assert "HOY" in words_of(box)


def test_a_panel_has_room_for_its_boxes(small: Tree) -> None:
    panel = Panel(topic_diagram(small, "dolor"))
    assert panel.width > 5 * 236
    assert panel.height > 200
