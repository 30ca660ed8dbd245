"""The Spanish breastfeeding tree that comes with Nodriza."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.vectors import phrases_of_tree
from tools.conditions import parse_condition
from tools.encoder import CachedEncoder, Role, UniversalSentenceEncoder, Vectors
from tools.formats.yaml_folder import read_tree
from tools.similarity import Phrase
from tools.tree import Advice, Input, Logic, Question, Referral, Tree, targets

TREES = Path(__file__).parents[2] / "trees"


@pytest.fixture(scope="module")
def tree() -> Tree:
    return read_tree(TREES / "lactancia")


def leaves(tree: Tree) -> list[Advice | Referral]:
    return [node for node in tree.nodes if isinstance(node, Advice | Referral)]


def test_it_is_large_enough_to_be_useful(tree: Tree) -> None:
    assert len(tree.nodes) >= 60
    assert len(leaves(tree)) >= 25


def test_every_answer_cites_a_source(tree: Tree) -> None:
    assert [leaf.id for leaf in leaves(tree) if not leaf.sources] == []


def test_every_source_is_cited(tree: Tree) -> None:
    cited = {source for node in tree.nodes for source in node.sources}
    assert sorted(set(tree.source_by_id) - cited) == []


def test_every_node_can_be_reached_from_an_entry(tree: Tree) -> None:
    called = {n.variable: n.id for n in tree.nodes if isinstance(n, Input) and not n.to}
    todo, reached = [entry.node for entry in tree.entries], set[str]()
    while todo:
        node = tree.by_id[todo.pop()]
        if node.id in reached:
            continue
        reached.add(node.id)
        todo += targets(node)
        if isinstance(node, Logic):
            names = {name for b in node.branches for name in parse_condition(b.when).variables}
            todo += [called[name] for name in names]
    assert sorted(set(tree.by_id) - reached) == []


def test_an_answer_can_be_reached_from_every_node(tree: Tree) -> None:
    """No way runs in a circle without an exit; a called input goes on where it was called."""
    ending = {leaf.id for leaf in leaves(tree)}
    ending |= {node.id for node in tree.nodes if isinstance(node, Input) and not node.to}
    while more := {n.id for n in tree.nodes if ending.intersection(targets(n))} - ending:
        ending |= more
    assert sorted(set(tree.by_id) - ending) == []


def test_options_have_examples_to_be_recognised_by(tree: Tree) -> None:
    bare = [
        f"{node.id}/{option.id}"
        for node in tree.nodes
        if isinstance(node, Question)
        for option in node.options
        if not option.examples
    ]
    assert bare == []


class NoEncoder:
    """The name of the offline encoder, and nothing behind it."""

    name = UniversalSentenceEncoder.name

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        raise AssertionError(f"not shipped as {role}: {texts}")


def test_the_first_start_encodes_nothing(tree: Tree) -> None:
    encoder = CachedEncoder(NoEncoder(), TREES / "lactancia.vectors.npz")
    phrases: list[Phrase] = list(phrases_of_tree(tree))
    roles: tuple[Role, ...] = ("query", "passage")
    for role in roles:
        texts = [phrase.text for phrase in phrases if phrase.role == role]
        assert encoder.encode(texts, role).shape == (len(texts), 512)
