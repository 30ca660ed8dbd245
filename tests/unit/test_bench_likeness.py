"""The development sets were written blind: none of their texts may stand in the tree.

A case that says what an example says measures memory. The few pairs that agree by chance are
named here and in docs/benchmarks.md; a new one means that a sentence was copied, one way or the
other.
"""

import pytest

from agent.settings import PROJECT
from evaluation.cases import MessageCase, RedFlagCase, ReplyCase, read_cases
from evaluation.public.baselines import likeness_to_examples
from tools.formats.yaml_folder import read_tree
from tools.similarity import LETTERS, Phrase, PhraseIndex
from tools.tree import Question, Tree

SETS = PROJECT / "evaluation" / "development"
CLOSE = 0.9
"""Cosine of character n-grams from which two texts say the same."""
MESSAGES_BY_CHANCE = {"m054", "m156", "m254"}
REPLIES_BY_CHANCE = {"p032", "p244", "p330", "p373"}


@pytest.fixture(scope="module")
def tree() -> Tree:
    return read_tree(PROJECT / "trees" / "lactancia")


def test_no_message_stands_in_the_tree(tree: Tree) -> None:
    likeness = likeness_to_examples(tree)
    messages = read_cases(SETS / "messages.jsonl", MessageCase)
    flags = read_cases(SETS / "redflags.jsonl", RedFlagCase)
    texts = {case.id: case.text for case in messages} | {case.id: case.text for case in flags}
    near = {name: likeness(text) for name, text in texts.items()}
    assert {name for name, close in near.items() if close >= CLOSE} <= MESSAGES_BY_CHANCE
    assert 0.2 < sum(near.values()) / len(near) < 0.6


def test_no_reply_stands_among_its_own_questions_examples(tree: Tree) -> None:
    examples = {
        node.id: [example for option in node.options for example in option.examples]
        for node in tree.nodes
        if isinstance(node, Question)
    }
    texts = [text for own in examples.values() for text in own]
    index = PhraseIndex([[Phrase(text, "query")] for text in texts], tree.language, None)
    close: set[str] = set()
    for case in read_cases(SETS / "replies.jsonl", ReplyCase):
        own = set(examples.get(case.node or "", ()))
        features = index.features(case.reply)[:, LETTERS]
        if any(features[i] >= CLOSE for i, text in enumerate(texts) if text in own):
            close.add(case.id)
    assert close <= REPLIES_BY_CHANCE
