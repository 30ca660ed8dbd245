"""A professional's signature under an answer: over its very words, in the tree's YAML files."""

import difflib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.errors import TreeError
from tools.formats.yaml_edit import set_in_node
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice, Referral, Tree

Leaf = Advice | Referral


class WordsChanged(TreeError):
    """The words in the file are not those that were read and signed."""


@dataclass(frozen=True)
class Signature:
    """Who has read which words, and approves them."""

    leaf: str
    by: str
    """Name and profession, and what she is registered under."""
    on: str
    """YYYY-MM-DD."""
    text: str
    """The `text_checksum` of the words that she read."""


def leaf_of(tree: Tree, name: str) -> Leaf:
    """The answer with this id. Raises TreeError."""
    leaf = tree.by_id.get(name)
    if not isinstance(leaf, Leaf):
        raise TreeError(f"no answer has the id {name!r}")
    return leaf


def sign(folder: Path, signature: Signature) -> Path:
    """Write a signature into the file that has the answer; returns that file.

    Raises WordsChanged, with nothing written, when its words are others now; TreeError when the
    folder is not valid or has no such answer; OSError when it cannot be written.
    """
    leaf = leaf_of(read_tree(folder), signature.leaf)
    if leaf.text_checksum != signature.text:
        raise WordsChanged(
            f"the words of {leaf.id!r} are {leaf.text_checksum} now and {signature.text} was"
            " signed: read them again"
        )
    return set_in_node(
        folder,
        leaf.id,
        {
            "reviewed_on": signature.on,
            "reviewed_by": signature.by,
            "reviewed_text": signature.text,
        },
    )


def as_patch(folder: Path, signature: Signature) -> str:
    """What `sign` would change, as a unified diff for `git apply` or `patch -p1`.

    Raises as `sign` does. The folder is left as it is.
    """
    with tempfile.TemporaryDirectory(prefix="nodriza-sign-") as place:
        copy = Path(place) / folder.name
        copy.mkdir()
        for file in folder.glob("*.yaml"):
            shutil.copyfile(file, copy / file.name)
        signed = sign(copy, signature)
        before = (folder / signed.name).read_text("utf-8").splitlines(keepends=True)
        after = signed.read_text("utf-8").splitlines(keepends=True)
    name = f"{folder.name}/{signed.name}"
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))
