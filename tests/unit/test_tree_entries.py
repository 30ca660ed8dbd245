"""Where a conversation may begin, and the words that lead there."""

import pytest

from tests.trees import random_tree


@pytest.mark.parametrize("seed", range(10))
def test_near_misses_are_examples_of_the_topic_they_belong_to(seed: int) -> None:
    tree = random_tree(seed)
    starts = {entry.topic: entry for entry in tree.entries[: len(tree.topics)]}
    for topic in tree.topics:
        others = [
            near_miss.says
            for other in tree.topics
            for near_miss in other.near_misses
            if near_miss.belongs_to == topic.id
        ]
        assert starts[topic.id].examples == (*topic.examples, *others)


def test_random_trees_have_near_misses() -> None:
    trees = [random_tree(seed) for seed in range(10)]
    assert any(topic.near_misses for tree in trees for topic in tree.topics)
