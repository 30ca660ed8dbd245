"""Ways through a topic that end elsewhere than before."""

from collections.abc import Iterator, Mapping

from tools.diff.model import PathChange, title_of
from tools.tree import Tree
from tools.ways import Way, in_words

Ways = Mapping[str, Mapping[Way, str] | None]
"""By topic, as `ways_of` finds them."""


def paths_of(before: Tree, after: Tree, old: Ways, new: Ways) -> Iterator[PathChange]:
    for topic, past, now in compared(old, new):
        for way in sorted(past.keys() | now.keys()):
            if past.get(way) != now.get(way):
                titles = [
                    title_of(tree.by_id[found[way]]) if way in found else None
                    for tree, found in ((before, past), (after, now))
                ]
                steps = in_words(after if way in now else before, way)
                yield PathChange(topic, steps, *titles)


def compared(old: Ways, new: Ways) -> Iterator[tuple[str, Mapping[Way, str], Mapping[Way, str]]]:
    """Topics whose ways are known in both trees, with the ends of both."""
    for topic in sorted(old.keys() & new.keys()):
        past, now = old[topic], new[topic]
        if past is not None and now is not None:
            yield topic, past, now
