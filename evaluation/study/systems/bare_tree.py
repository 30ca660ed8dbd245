"""The ablation "no examples": the same tree without any way in which mothers say things.

Gone are the examples of topics, entries and options, and the near misses, which are examples too.
The messages that stand beside a tree are not learnt from either (evaluation/study/systems): they
are whole examples, and with them little would be taken away; with them goes what was learnt of how
to sum up. The words that name a value ("nació hace {value}") are no examples and stay, and so do
the guard, and the weights that were once fitted on replies to all kinds of questions.
"""

from tools.tree import Node, Question, Topic, Tree


def without_examples(tree: Tree) -> Tree:
    """The tree without examples, under an id of its own."""
    update = {
        "id": f"{tree.id}-no-examples",
        "topics": tuple(map(_topic, tree.topics)),
        "nodes": tuple(map(_node, tree.nodes)),
    }
    return Tree.model_validate(tree.model_copy(update=update).model_dump(by_alias=True))


def _topic(topic: Topic) -> Topic:
    return topic.model_copy(update={"examples": (), "near_misses": ()})


def _node(node: Node) -> Node:
    entry = node.entry.model_copy(update={"examples": ()}) if node.entry else None
    update: dict[str, object] = {"entry": entry}
    if isinstance(node, Question):
        update["options"] = tuple(o.model_copy(update={"examples": ()}) for o in node.options)
    return node.model_copy(update=update)
