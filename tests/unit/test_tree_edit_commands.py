"""`nodriza tree diff`, `sign` and `publish`, as an editor runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.trees import SMALL, write_small
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from tools.signing import WordsChanged
from tools.tree import Advice, Referral
from ui.tree_commands import app

DRAFT = SMALL["dolor.yaml"].replace("  title: Dolor\n", "  title: Dolor\n  status: draft\n")


@pytest.fixture(autouse=True)
def no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception:
        raise result.exception
    return " ".join(result.output.split())


def reviewed(folder: Path) -> set[str]:
    leaves = (node for node in read_tree(folder).nodes if isinstance(node, Advice | Referral))
    return {leaf.id for leaf in leaves if leaf.is_reviewed}


def test_a_professional_signs_an_answer_or_a_whole_topic(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "arbol")
    assert reviewed(folder) == set()
    by = ("--by", "Ana López, matrona", "--tree", folder)
    said = run("sign", "consulta", *by, "--on", "2026-12-01")
    assert "comun.yaml: consulta «Que te vean hoy»" in said
    assert reviewed(folder) == {"consulta"}
    leaf = read_tree(folder).by_id["consulta"]
    assert isinstance(leaf, Referral)
    assert (leaf.reviewed_by, leaf.reviewed_on) == ("Ana López, matrona", "2026-12-01")
    run("sign", "dolor", *by)
    assert reviewed(folder) == {"consulta", "dolor-primeros-dias", "dolor-agarre"}


def test_what_cannot_be_signed_is_named_and_nothing_is(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "arbol")
    with pytest.raises(TreeError, match="'nada'"):
        run("sign", "consulta", "nada", "--by", "Ana", "--tree", folder)
    with pytest.raises(TreeError, match="'1/12/2026' is no date: write it as YYYY-MM-DD"):
        run("sign", "consulta", "--by", "Ana", "--on", "1/12/2026", "--tree", folder)
    assert reviewed(folder) == set()


def test_only_the_words_that_were_read_are_signed(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "arbol")
    leaf = read_tree(folder).by_id["consulta"]
    assert isinstance(leaf, Referral)
    by = ("--by", "Ana", "--tree", folder)
    with pytest.raises(WordsChanged, match="read them again"):
        run("sign", "consulta", *by, "--text", "0" * 12)
    with pytest.raises(TreeError, match="is of one answer, and these are 2"):
        run("sign", "dolor", *by, "--text", leaf.text_checksum)
    assert reviewed(folder) == set()
    run("sign", "consulta", *by, "--text", leaf.text_checksum)
    assert reviewed(folder) == {"consulta"}


def test_a_draft_is_published_once_its_answers_are_signed(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "arbol", dolor=DRAFT)
    with pytest.raises(TreeError, match="has unsigned answers") as error:
        run("publish", "dolor", "--tree", folder)
    assert any("dolor-agarre: Mejora el agarre" in problem for problem in error.value.problems)
    assert read_tree(folder).topics[0].status == "draft"
    run("sign", "dolor", "--by", "Ana", "--tree", folder)
    assert "dolor is published (0 answers unsigned)" in run("publish", "dolor", "--tree", folder)
    assert read_tree(folder).topics[0].status == "published"
    with pytest.raises(TreeError, match="is published already"):
        run("publish", "dolor", "--tree", folder)


def test_a_draft_can_be_published_unreviewed_and_says_so(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "arbol", dolor=DRAFT)
    said = run("publish", "dolor", "--unreviewed", "--tree", folder)
    assert "dolor is published (2 answers unsigned)" in said
    with pytest.raises(TreeError, match="no topic 'nada'; valid: dolor"):
        run("publish", "nada", "--tree", folder)


def test_a_difference_begins_with_what_is_unsafe(tmp_path: Path) -> None:
    old = write_small(tmp_path / "viejo")
    dolor = SMALL["dolor.yaml"].replace(
        "temperature >= 38, to: consulta", "temperature >= 38, to: dolor-agarre"
    )
    new = write_small(tmp_path / "nuevo", dolor=dolor)
    said = run("diff", old, new)
    assert said.startswith("Cuidado, menos seguro que antes dolor:")
    assert "llevaba a «Que te vean hoy» y ahora lleva a «Mejora el agarre», menos urgente" in said
    found = json.loads(CliRunner().invoke(app, ["diff", str(old), str(new), "--json"]).output)
    assert [danger["kind"] for danger in found["dangers"]][-1] == "less_urgent_path"
    assert found["open_conversations"] == 0
    assert run("diff", old, old) == "Las dos versiones son iguales."
    assert not (tmp_path / "data").exists()
