"""What the experts' pages call topics and dangers, and the trees that conversations ran on."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from agent.danger.redflags import Catalogue
from agent.texts import Texts
from tools.errors import NodrizaError
from tools.store import TreeStore
from tools.tree import Tree


def naming(texts: Texts, section: str, names: Mapping[str, str]) -> Texts:
    """The texts with what codes are called in a section, as ui.experts.markup.named reads it."""
    braces = str.maketrans({"{": "{{", "}": "}}"})
    called = {code: name.translate(braces) for code, name in names.items()}
    return texts.replacing({f"experts.{section}.{code}": name for code, name in called.items()})


def with_dangers(texts: Texts, catalogue: Catalogue) -> Texts:
    """The texts with what each danger is called, whose id is all that a record has."""
    return naming(texts, "sign_title", {sign.id: sign.title for sign in catalogue.signs})


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
