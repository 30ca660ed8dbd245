"""Draft topics are for previews: what mothers talk to has nothing that only a draft leads to."""

from pathlib import Path

import pytest

from tests.trees import SMALL, random_draft, write_small
from tools.drafts import published
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

DRAFT = """\
topic:
  id: sueno
  title: Sueño
  summary: Duerme mal.
  status: draft
  starts_at: sueno-cuando
nodes:
  - id: sueno-cuando
    kind: question
    text: ¿Cuándo?
    options:
      - {id: noche, label: De noche, to: sueno-noche}
      - {id: siempre, label: Siempre, to: consulta}
  - id: sueno-noche
    kind: advice
    title: Las noches
    urgency: none
    text: Pasa.
    sources: [guia]
    entry: {title: La noche, description: No duerme.}
"""


def with_draft(folder: Path, **changed: str) -> Tree:
    return read_tree(write_small(folder, sueno=DRAFT, **changed))


def test_a_draft_topic_and_what_only_it_leads_to_are_left_out(tmp_path: Path) -> None:
    tree = with_draft(tmp_path)
    assert {"sueno-cuando", "sueno-noche"} <= tree.by_id.keys()
    assert published(tree) == read_tree(write_small(tmp_path / "without"))


def test_what_a_published_topic_leads_to_stays_but_is_no_entry(tmp_path: Path) -> None:
    dolor = SMALL["dolor.yaml"].replace("to: dolor-fiebre}", "to: sueno-noche}")
    dolor = dolor.replace("see_also: [dolor-agarre", "see_also: [sueno-cuando, dolor-agarre")
    near_miss = "  near_misses: [{says: no duerme, belongs_to: sueno}]\nnodes:"
    tree = published(with_draft(tmp_path, dolor=dolor.replace("\nnodes:", near_miss, 1)))
    assert "sueno-noche" in tree.by_id
    assert "sueno-cuando" not in tree.by_id
    assert not {"sueno-cuando", "sueno-noche"} & {entry.node for entry in tree.entries}
    assert tree.topics[0].near_misses == ()


def test_a_tree_without_drafts_is_the_same_tree() -> None:
    tree = random_draft(7).tree()
    assert published(tree) is tree


def test_a_tree_of_drafts_only_cannot_be_used(tmp_path: Path) -> None:
    dolor = SMALL["dolor.yaml"].replace("  title: Dolor\n", "  title: Dolor\n  status: draft\n")
    with pytest.raises(TreeError, match="every topic of 'prueba' is a draft"):
        published(with_draft(tmp_path, dolor=dolor))
