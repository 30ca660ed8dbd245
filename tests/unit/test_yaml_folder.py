"""Trees as YAML: what editors write, and what they are told when it is wrong."""

from pathlib import Path

import pytest

from tests.trees import SMALL, random_draft, write_small
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice, Input, Logic, Question


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(TreeError) as caught:
        read_tree(folder)
    for problem in caught.value.problems:
        assert problem in str(caught.value)
    return caught.value.problems


def changed(name: str, *pairs: tuple[str, str]) -> str:
    """A file of the small tree with some text in place of other."""
    text = SMALL[f"{name}.yaml"]
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_the_small_tree(tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path))
    assert (tree.id, tree.language, tree.licence) == ("prueba", "es", "CC-BY-SA-4.0")
    start = tree.by_id["dolor-cuando"]
    assert isinstance(start, Question)
    assert [o.id for o in start.options] == ["al-agarrar", "siempre", "no"]
    assert start.options[0].examples == ("al engancharse",)
    logic = tree.by_id["dolor-logica"]
    assert isinstance(logic, Logic)
    assert logic.otherwise == "dolor-logica-dos"
    called = tree.by_id["edad"]
    assert isinstance(called, Input)
    assert called.to is None
    assert tree.topic_of["dolor-cuando"] == "dolor"
    assert "edad" not in tree.topic_of


def test_the_files_say_what_the_tree_is(tmp_path: Path) -> None:
    """Reading agrees with putting the same pieces together without files."""
    for seed in range(5):
        draft = random_draft(seed, nodes=60)
        assert read_tree(draft.write(tmp_path / str(seed))) == draft.tree()


def test_values_follow_yaml_1_2(tmp_path: Path) -> None:
    text = changed(
        "dolor",
        ("text: Suele pasar pronto.", "text: no"),
        ("normal: Unos segundos al empezar.", "normal: 1:30"),
        ("seek_help: Si no cede.", "seek_help: off"),
        ('reviewed_on: "2026-10-01"', "reviewed_on: 2026-10-01"),
        ("examples: [me duele al mamar, no aguanto el dolor]", "examples: [no, yes, 2026-11-23]"),
    )
    tree = read_tree(write_small(tmp_path, dolor=text))
    leaf = tree.by_id["dolor-primeros-dias"]
    assert isinstance(leaf, Advice)
    assert (leaf.text, leaf.normal, leaf.seek_help) == ("no", "1:30", "off")
    reviewed = tree.by_id["dolor-agarre"]
    assert isinstance(reviewed, Advice)
    assert reviewed.reviewed_on == "2026-10-01"
    assert tree.topics[0].examples == ("no", "yes", "2026-11-23")


def test_a_number_is_not_a_text(tmp_path: Path) -> None:
    text = changed("dolor", ("text: Suele pasar pronto.", "text: 38"))
    line = line_of(text, "text: 38")
    (problem,) = problems(write_small(tmp_path, dolor=text))
    assert problem.startswith(f"dolor.yaml:{line}: nodes.")
    assert "valid string" in problem
    assert "(got 38)" in problem


def test_a_folder_without_a_tree(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match="holds no tree"):
        read_tree(tmp_path)
    with pytest.raises(TreeError, match="holds no tree"):
        read_tree(tmp_path / "nada")


def test_all_problems_of_the_files_come_at_once(tmp_path: Path) -> None:
    dolor = changed("dolor", ("topic:\n", "tema:\n"), ("    help: El", "    text: El"))
    found = problems(
        write_small(
            tmp_path,
            dolor=dolor,
            roto="nodes:\n  - {id: x\n",
            lista="- a\n- b\n",
            vacio="",
            otro="tree: {id: otro}\n",
            variable="variables:\n  preterm: {type: boolean, label: otra vez}\n",
        )
    )
    text = "\n".join(found)
    assert f"dolor.yaml:{line_of(dolor, 'tema:')}: unknown key 'tema'; valid: tree, topic" in text
    assert f"dolor.yaml:{line_of(dolor, 'text: El')}: key 'text' is given twice" in text
    assert "roto.yaml:3: " in text or "roto.yaml:2: " in text
    assert "lista.yaml:1: expected the keys" in text
    assert "vacio.yaml:1: expected the keys" in text
    assert "otro.yaml:1: 'tree' belongs in tree.yaml" in text
    assert "variable.yaml:2: variable 'preterm' is declared twice" in text
    assert len(found) == 7


def test_all_wrong_values_come_at_once(tmp_path: Path) -> None:
    text = changed(
        "dolor",
        ("    help: El momento", "    ayuda: El momento"),
        ("urgency: none\n    text: Suele", "urgency: pronto\n    text: Suele"),
        ("text: ¿Le salen los dientes?", "text: ''"),
        ("- {id: siempre, label", "- {id: Siempre, label"),
    )
    tree = changed("tree", ("language: es", "language: español"))
    found = problems(write_small(tmp_path, dolor=text, tree=tree))
    wanted = {
        f"dolor.yaml:{line_of(text, 'ayuda:')}": "Extra inputs",
        f"dolor.yaml:{line_of(text, 'urgency: pronto')}": "(got 'pronto')",
        f"dolor.yaml:{line_of(text, 'text: ' + chr(39))}": "at least 1 character",
        f"dolor.yaml:{line_of(text, 'id: Siempre')}": "(got 'Siempre')",
        f"tree.yaml:{line_of(tree, 'language')}": "(got 'español')",
    }
    assert len(found) == len(wanted)
    for place, message in wanted.items():
        assert any(p.startswith(f"{place}: ") and message in p for p in found), place


def test_all_inconsistencies_come_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = changed(
        "dolor",
        ("{id: siempre, label: Siempre, to: dolor-fiebre}", "{id: s, label: S, to: nada}"),
        ("starts_at: dolor-cuando", "starts_at: dolor-logica"),
        ("{when: temperature >= 38, to: consulta}", "{when: temperatura >= 38, to: consulta}"),
        ("sources: [guia]\n    see_also", "sources: [otra]\n    see_also"),
    )
    found = problems(write_small(tmp_path, dolor=text))
    for place, message in (
        ("- id: dolor-cuando", "leads to unknown node 'nada'"),
        ("topic:", "starts at a logic node"),
        ("- id: dolor-fiebre-logica", "undeclared variable 'temperatura'"),
        ("- id: dolor-primeros-dias", "cites unknown source 'otra'"),
    ):
        lines = [p for p in found if message in p]
        start = line_of(text, place)
        assert lines
        assert all(
            p.startswith((f"dolor.yaml:{start}:", f"dolor.yaml:{start + 1}:")) for p in lines
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: 5\n", "1: 'nodes' must hold a list"),
        ("nodes: {id: x}\n", "1: 'nodes' must hold a list"),
        ("sources: guia\n", "1: 'sources' must hold a list"),
        ("topic: dolor\n", "1: 'topic' must hold keys and values"),
        ("variables: [a]\n", "1: 'variables' must hold keys and values"),
        ("nodes:\n  - {id: a, 5: b}\n", "2: a key is not a word"),
        ("5: a\n", "1: a key is not a word"),
        ("true: a\n", "1: a key is not a word"),
        ("? [a, b]\n: c\n", "1: a key is not a word"),
        ("nodes: &n\n  - *n\n", "a value holds itself"),
        ("nodes:\n  - *nadie\n", "2: found undefined alias"),
        ("nodes:\n  - !!python/object/apply:os.system [true]\n", "2: could not determine"),
        ("nodes:\n  - !algo {id: a}\n", "2: could not determine"),
        ("nodes:\n  - !!int no\n", "1: invalid literal"),
        ("nodes:\n\t- id: a\n", "2: found character"),
        ("nodes: []\n---\nnodes: []\n", "2: but found another document"),
        ("nodes: [\x07]\n", ""),
    ],
)
def test_strange_yaml_is_a_problem_with_a_place(tmp_path: Path, text: str, message: str) -> None:
    found = problems(write_small(tmp_path, raro=text))
    assert any(p.startswith("raro.yaml:") and message in p for p in found), found


@pytest.mark.parametrize(
    "text",
    [
        "nodes:\n  - texto suelto\n",
        "nodes:\n  - {id: [a], kind: advice}\n",
        "topic: {id: t, title: T, summary: S, starts_at: x}\nnodes: [{id: [a]}, {id: {b: c}}]\n",
        "topic: {id: [t]}\nnodes:\n  - {id: a}\n",
        "variables: {a: 5}\n",
        "sources: [null]\n",
    ],
)
def test_values_of_the_wrong_shape_have_a_place(tmp_path: Path, text: str) -> None:
    found = problems(write_small(tmp_path, raro=text))
    assert found
    assert all(p.startswith("raro.yaml:") for p in found), found


def test_the_tree_itself_cannot_smuggle_content(tmp_path: Path) -> None:
    tree = SMALL["tree.yaml"].replace(
        "  language: es", "  language: es\n  nodes: []\n  color: rojo"
    )
    (problem,) = problems(write_small(tmp_path, tree=tree))
    assert problem == "tree.yaml:5: 'nodes' does not belong under 'tree'"


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "latin1.yaml").write_bytes("topic: {id: pezón}".encode("latin-1"))
    (problem,) = problems(folder)
    assert problem.startswith("latin1.yaml:1: ")


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "NOTAS.md").write_text("# {", "utf-8")
    (folder / "copia.yaml.bak").write_text("{", "utf-8")
    read_tree(folder)
