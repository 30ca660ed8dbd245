"""The difference between two trees: complete, and loud about what is less safe."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.texts import load_texts
from tests.trees import SMALL, random_tree, write_small
from tools.diff import diff
from tools.diff.model import FieldChange
from tools.formats.yaml_edit import set_in_node
from tools.formats.yaml_folder import read_tree
from tools.lint import lint
from tools.tree import Advice, Tree
from ui.tree_commands import app
from ui.tree_diff import in_words, open_conversations


def changed(folder: Path, *replacements: tuple[str, str], name: str = "dolor") -> Tree:
    text = SMALL[f"{name}.yaml"]
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return read_tree(write_small(folder, **{name: text}))


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    return read_tree(write_small(tmp_path / "small"))


@pytest.mark.parametrize("seed", range(10))
def test_a_tree_does_not_differ_from_itself(seed: int) -> None:
    found = diff(random_tree(seed), random_tree(seed))
    assert found.before == found.after
    assert not [*found.items, *found.paths, *found.examples, *found.dangers]


@pytest.mark.parametrize("seed", range(10))
def test_differences_read_backwards_are_the_same_differences(seed: int) -> None:
    one, other = random_tree(seed), random_tree(seed + 100)
    there, back = diff(one, other), diff(other, one)
    swap = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(i.what, i.id, i.change) for i in there.items} == {
        (i.what, i.id, swap[i.change]) for i in back.items
    }
    assert {(p.topic, p.before, p.after) for p in there.paths} == {
        (p.topic, p.after, p.before) for p in back.paths
    }


def test_an_option_that_leads_elsewhere_is_a_change_and_its_ways_are_named(
    small: Tree, tmp_path: Path
) -> None:
    new = changed(
        tmp_path, ("label: No me duele, to: dolor-agarre", "label: No me duele, to: consulta")
    )
    found = diff(small, new)
    [item] = found.items
    assert (item.what, item.id, item.title) == ("option", "dolor-cuando/no", "No me duele")
    assert item.fields == (FieldChange("to", "dolor-agarre", "consulta"),)
    assert any(
        (path.steps, path.before, path.after)
        == (("No me duele",), "Mejora el agarre", "Que te vean hoy")
        for path in found.paths
    )
    assert found.dangers == ()


def test_a_way_to_a_less_urgent_answer_is_a_danger(small: Tree, tmp_path: Path) -> None:
    new = changed(
        tmp_path,
        ("{when: temperature >= 38, to: consulta}", "{when: temperature >= 38, to: dolor-agarre}"),
    )
    dangers = {danger.kind: danger for danger in diff(small, new).dangers}
    assert dangers["less_urgent_path"].before == "Que te vean hoy"
    assert dangers["less_urgent_path"].after == "Mejora el agarre"
    assert "temperature >= 38" in dangers["less_urgent_path"].about


def test_an_urgent_answer_that_no_way_leads_to_any_more(small: Tree, tmp_path: Path) -> None:
    new = changed(tmp_path, ("to: consulta}", "to: dolor-agarre}"))
    kinds = {danger.kind for danger in diff(small, new).dangers}
    assert "urgent_answer_unreachable" in kinds


def test_less_urgent_answers_and_lost_ones(small: Tree, tmp_path: Path) -> None:
    calmer = changed(tmp_path / "a", ("urgency: same_day", "urgency: none"), name="comun")
    assert [d.kind for d in diff(small, calmer).dangers if d.about == "Que te vean hoy"] == [
        "less_urgent_answer"
    ]
    renamed = {name: text.replace("consulta", "cita") for name, text in SMALL.items()}
    folder = write_small(tmp_path / "b")
    for name, text in renamed.items():
        (folder / name).write_text(text, "utf-8")
    assert "urgent_answer_gone" in {d.kind for d in diff(small, read_tree(folder)).dangers}


def test_words_changed_after_the_signature_void_it(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    leaf = read_tree(folder).by_id["dolor-primeros-dias"]
    assert isinstance(leaf, Advice)
    signature = {
        "reviewed_on": "2026-12-01",
        "reviewed_by": "Ana",
        "reviewed_text": leaf.text_checksum,
    }
    path = set_in_node(folder, leaf.id, signature)
    signed = read_tree(folder)
    assert signed.by_id[leaf.id].is_reviewed  # type: ignore[union-attr]
    path.write_text(path.read_text("utf-8").replace("Suele pasar pronto.", "Suele pasar."), "utf-8")
    [danger] = diff(signed, read_tree(folder)).dangers
    assert (danger.kind, danger.before) == ("signature_void", "Ana, 2026-12-01")


def test_a_dropped_red_flag_is_a_danger(tmp_path: Path) -> None:
    flags = ("  covers: [pain]\n", "  covers: [pain]\n  red_flags: [fever, fit]\n")
    fewer = (flags[0], flags[1].replace("fever, fit", "fit"))
    [danger] = diff(changed(tmp_path / "a", flags), changed(tmp_path / "b", fewer)).dangers
    assert (danger.kind, danger.topic, danger.about) == ("red_flag_dropped", "dolor", "fever")


def test_an_option_that_may_be_guessed_from_now_on_is_a_danger(tmp_path: Path) -> None:
    plain = "{id: siempre, label: Siempre, to: dolor-fiebre}"
    marked = (plain, plain.replace("}", ", confirm: true}"))
    before, after = changed(tmp_path / "a", marked), changed(tmp_path / "b", (plain, plain))
    found = diff(before, after)
    [danger] = found.dangers
    assert (danger.kind, danger.topic, danger.about) == ("confirmation_dropped", "dolor", "Siempre")
    [item] = found.items
    assert [(f.field, f.before, f.after) for f in item.fields] == [("confirm", "true", None)]
    assert not diff(after, before).dangers


def test_new_findings_are_told_in_words(small: Tree) -> None:
    texts = load_texts("es")
    findings = [f for f in lint(small, only=["missing-part"]) if f.about == "dolor-agarre"]
    [(heading, lines)] = in_words(diff(small, small), texts, findings[:1], 2)
    assert heading == texts("diff.new_findings")
    assert lines == [
        "dolor-agarre: La respuesta «Mejora el agarre» no dice qué es normal (normal)."
        " → Escribe esa parte a partir de las fuentes. (missing-part)",
        texts("diff.mended", count=2),
    ]


def test_the_command_finds_advice_that_is_outdated_now(small: Tree, tmp_path: Path) -> None:
    worse = SMALL["dolor.yaml"].replace("Suele pasar pronto.", "Vacía bien el pecho.")
    assert worse != SMALL["dolor.yaml"]
    write_small(tmp_path / "worse", dolor=worse)
    result = CliRunner().invoke(
        app, ["diff", str(tmp_path / "small"), str(tmp_path / "worse"), "--json"]
    )
    findings = json.loads(result.stdout)["new_findings"]
    assert [finding["rule"] for finding in findings] == ["outdated-advice"]
    assert "«vacia bien el pecho»" in findings[0]["what"]


def test_an_example_that_moves_is_one_move(small: Tree, tmp_path: Path) -> None:
    new = changed(
        tmp_path,
        ("examples: [me duele al mamar, no aguanto el dolor]", "examples: [no aguanto el dolor]"),
        ("examples: [al engancharse]", "examples: [al engancharse, me duele al mamar]"),
    )
    [move] = diff(small, new).examples
    assert (move.text, move.before, move.after) == (
        "me duele al mamar",
        "dolor",
        "dolor-cuando/al-agarrar",
    )


def test_the_words_begin_with_what_is_unsafe_and_count_whom_it_touches(
    small: Tree, tmp_path: Path
) -> None:
    new = changed(
        tmp_path,
        ("{when: temperature >= 38, to: consulta}", "{when: temperature >= 38, to: dolor-agarre}"),
        ("to: dolor-fiebre}", "to: dolor-agarre}"),
    )
    texts = load_texts("es")
    found = diff(small, new)
    sections = in_words(found, texts, [], 0)
    assert sections[0][0] == texts("diff.dangers")
    assert any("«Que te vean hoy»" in line for line in sections[0][1])
    touched = open_conversations(small, found, ["dolor-cuando", "edad", None], texts)
    assert touched is not None
    assert "3 abiertas" in touched[1][0]
    assert any("1 está" in line and "¿Cuándo te duele?" in line for line in touched[1][1:])
    assert open_conversations(small, found, [], texts) is None
