"""Every way through a topic, from its start to where it ends."""

from collections.abc import Iterator, Mapping

from tools.tree import Input, Logic, Node, Question, Tree

MOST_WAYS = 5000
"""Ways through one topic that are listed; a topic with more is not."""
Way = tuple[tuple[str, str], ...]
"""(node, answer) pairs from the topic's start."""


def ways_of(tree: Tree) -> dict[str, Mapping[Way, str] | None]:
    """By topic: the node where each of its ways ends; None where there are more than MOST_WAYS.

    A way ends at an answer, at another topic's node, or where it comes back to itself.
    """
    return {topic.id: _ways_through(tree, topic.id, topic.starts_at) for topic in tree.topics}


def in_words(tree: Tree, way: Way) -> tuple[str, ...]:
    """What she answers on the way, or is asked where the answer is a value."""
    return tuple(_answer_in_words(tree.by_id[node], answer) for node, answer in way)


def _ways_through(tree: Tree, topic: str, start: str) -> Mapping[Way, str] | None:
    ends: dict[Way, str] = {}
    for way, end in _walk(tree, topic, start, ()):
        ends[way] = end
        if len(ends) > MOST_WAYS:
            return None
    return ends


def _walk(tree: Tree, topic: str, node_id: str, way: Way) -> Iterator[tuple[Way, str]]:
    elsewhere = tree.topic_of.get(node_id, topic) != topic
    answers = _answers(tree.by_id[node_id])
    if not answers or (elsewhere and way) or any(node_id == seen for seen, _ in way):
        yield way, node_id
        return
    for answer, target in answers:
        yield from _walk(tree, topic, target, (*way, (node_id, answer)))


def _answers(node: Node) -> list[tuple[str, str]]:
    match node:
        case Question(options=options):
            return [(option.id, option.to) for option in options]
        case Input(to=str(target)):
            return [("", target)]
        case Logic(branches=branches, otherwise=otherwise):
            return [*((branch.when, branch.to) for branch in branches), ("", otherwise)]
        case _:
            return []


def _answer_in_words(node: Node, answer: str) -> str:
    match node:
        case Question(options=options):
            return next(option.label for option in options if option.id == answer)
        case Input():
            return node.text
        case _:
            return answer or "…"
