"""Draft topics: part of a tree's folder, seen in previews, and left out of what mothers talk to."""

from tools.components import reached
from tools.errors import TreeError
from tools.tree import Input, Node, Tree, targets


def published(tree: Tree) -> Tree:
    """The tree without its draft topics and without what only they lead to.

    Raises TreeError when every topic is a draft.
    """
    drafts = {topic.id for topic in tree.topics if topic.status == "draft"}
    if not drafts:
        return tree
    topics = [topic for topic in tree.topics if topic.id not in drafts]
    if not topics:
        raise TreeError(f"every topic of {tree.id!r} is a draft: publish one first")
    kept = _reached(tree, drafts)
    content = tree.model_dump(by_alias=True)
    content["topics"] = [
        topic.model_dump()
        | {
            "near_misses": [
                near_miss.model_dump()
                for near_miss in topic.near_misses
                if near_miss.belongs_to not in drafts
            ]
        }
        for topic in topics
    ]
    content["nodes"] = [
        _without(node, drafts, kept, tree.topic_of.get(node.id))
        for node in tree.nodes
        if node.id in kept
    ]
    content["topic_of"] = {name: topic for name, topic in tree.topic_of.items() if name in kept}
    return Tree.model_validate(content)


def _reached(tree: Tree, drafts: set[str]) -> set[str]:
    """Everything that no draft defines, and what that leads to."""
    starts = [node.id for node in tree.nodes if tree.topic_of.get(node.id) not in drafts]
    called = {node.id for node in tree.nodes if isinstance(node, Input) and not node.to}
    return reached(starts, {node.id: targets(node) for node in tree.nodes}) | called


def _without(node: Node, drafts: set[str], kept: set[str], topic: str | None) -> dict[str, object]:
    content = node.model_dump(by_alias=True)
    content["see_also"] = [name for name in node.see_also if name in kept]
    if topic in drafts:
        content["entry"] = None
    return content
