"""What the experts' pages call topics and dangers, and the trees that conversations ran on."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from agent.danger.redflags import Catalogue
from agent.texts import Texts
from tools.errors import NodrizaError
from tools.store import TreeStore
from tools.tree import Tree


def with_dangers(texts: Texts, catalogue: Catalogue) -> Texts:
    """The texts with what each danger is called, whose id is all that a record has."""
    braces = str.maketrans({"{": "{{", "}": "}}"})
    titles = {sign.id: sign.title.translate(braces) for sign in catalogue.signs}
    return texts.replacing({f"experts.sign_title.{id_}": title for id_, title in titles.items()})


def topic_titles(store: TreeStore, tree: str) -> Callable[[], Mapping[str, str]]:
    """Titles by topic id, read once for each version. It raises UnknownTree, GraphUnavailable."""

    @lru_cache(maxsize=1)
    def of(version: str) -> Mapping[str, str]:
        # A topic's start comes before its other entries, and has its title.
        return {entry.topic: entry.title for entry in reversed(store.entries(version))}

    return lambda: of(store.active(tree).version)


def versions_of(store: TreeStore) -> Callable[[str], Tree]:
    """Reads tree versions, and keeps the last few: none is ever changed.

    It raises UnknownTree, GraphUnavailable.
    """
    return lru_cache(maxsize=4)(store.read_tree)


def if_there(read: Callable[[str], Tree]) -> Callable[[str], Tree | None]:
    """The same, with None for a version that was collected, and while the graph is not there."""

    def of(version: str) -> Tree | None:
        try:
            return read(version)
        except NodrizaError:
            return None

    return of
