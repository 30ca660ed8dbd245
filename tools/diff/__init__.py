"""What differs between two versions of a tree, and what of it makes the tree less safe."""

from tools.diff.dangers import dangers_of
from tools.diff.items import examples_of, items_of
from tools.diff.model import TreeDiff
from tools.diff.paths import paths_of
from tools.tree import Tree
from tools.ways import ways_of


def diff(before: Tree, after: Tree) -> TreeDiff:
    """Compare two trees by their ids."""
    old, new = ways_of(before), ways_of(after)
    uncounted = {topic for of in (old, new) for topic, found in of.items() if found is None}
    return TreeDiff(
        before=before.version,
        after=after.version,
        dangers=tuple(dangers_of(before, after, old, new)),
        items=tuple(items_of(before, after)),
        paths=tuple(paths_of(before, after, old, new)),
        examples=tuple(examples_of(before, after)),
        uncounted=tuple(sorted(uncounted)),
    )
