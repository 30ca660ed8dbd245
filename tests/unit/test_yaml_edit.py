"""Edits by commands change the named lines of a file and no others."""

from pathlib import Path

import pytest

from tests.trees import SMALL, write_small
from tools.errors import TreeError
from tools.formats.yaml_edit import set_in_node, set_in_topic
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice

COMMENTED = SMALL["dolor.yaml"].replace(
    "    urgency: none\n    text: Barriga", "    urgency: none   # sin prisa\n    text: Barriga"
)
SIGNED = {"reviewed_on": "2026-12-01", "reviewed_by": 'Ana "Nita" López: matrona'}


def test_a_signature_replaces_the_old_one_and_keeps_every_other_line(tmp_path: Path) -> None:
    folder = write_small(tmp_path, dolor=COMMENTED)
    path = set_in_node(folder, "dolor-agarre", SIGNED)
    before, after = COMMENTED.splitlines(), path.read_text("utf-8").splitlines()
    assert len(before) == len(after)
    changed = [new.strip() for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        'reviewed_on: "2026-12-01"',
        r'reviewed_by: "Ana \"Nita\" López: matrona"',
    ]
    leaf = read_tree(folder).by_id["dolor-agarre"]
    assert isinstance(leaf, Advice)
    assert (leaf.reviewed_on, leaf.reviewed_by) == tuple(SIGNED.values())


def test_a_first_signature_is_added_to_the_node(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    path = set_in_node(folder, "dolor-primeros-dias", SIGNED)
    added = [
        line
        for line in path.read_text("utf-8").splitlines()
        if line not in SMALL["dolor.yaml"].splitlines()
    ]
    assert len(added) == len(SIGNED)
    leaf = read_tree(folder).by_id["dolor-primeros-dias"]
    assert isinstance(leaf, Advice)
    assert leaf.reviewed_on == "2026-12-01"


def test_a_file_without_a_final_newline(tmp_path: Path) -> None:
    dolor = SMALL["dolor.yaml"].replace("  starts_at: dolor-cuando\n", "")
    dolor = dolor.replace("  title: Dolor\n", "  title: Dolor\n  starts_at: dolor-cuando\n")
    folder = write_small(tmp_path, dolor=dolor.rstrip())
    set_in_topic(folder, "dolor", {"status": "draft"})
    assert read_tree(folder).topics[0].status == "draft"


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    with pytest.raises(TreeError, match="no node 'nada'"):
        set_in_node(folder, "nada", SIGNED)
    with pytest.raises(TreeError, match="no topic 'nada'"):
        set_in_topic(folder, "nada", {"status": "draft"})
